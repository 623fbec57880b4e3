//! New customers and what they get; quotas are planned in their own room.

mod action;
mod deprovision;
mod new_customers;

pub(super) use action::Action;
pub(super) use deprovision::{
    ContractEnd, ContractHistory, CountdownChange, CountdownState, DisasterRecoveryUse,
    OffboardingPlan, OffboardingRules, plan_offboarding,
};
pub(super) use new_customers::{
    CreationRules, HomePartner, HomePartners, NewTenants, TenantCandidate, plan_new_tenants,
};
