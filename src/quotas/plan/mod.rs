//! From contracts to quotas. Pure: facts and rules in; actions, notes and refusals out.

mod action;
mod contract_status;
mod dependencies;
mod desired;
mod edition;
mod ending;
mod guards;
mod planner;
mod storage;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use action::{Action, customer_lane};
pub(crate) use contract_status::ContractStatus;
pub(crate) use planner::display_unit;

use super::facts::{Facts, QuotaCustomer};
use crate::config::{Config, Deprovision, Unmapped};
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Refusal, Remark};
use planner::QuotaPlanner;

/// What the configuration says about quotas.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) unmapped: Unmapped,
    /// Storage, by name or id, for customers whose contracts hold none.
    pub(crate) default_storage: BTreeMap<AccountName, String>,
    pub(crate) lowered_percent: u32,
    pub(crate) lowered_min: usize,
    /// Days before its last day from which a contract without a successor is told; 0 is never.
    pub(crate) warn_days: u32,
    /// What becomes of a tenant without a contract.
    pub(crate) deprovision: Deprovision,
}

impl Rules {
    pub(crate) fn from_config(config: &Config) -> Self {
        Self {
            unmapped: config.products.unmapped,
            default_storage: config.provisioning.default_storage.clone(),
            lowered_percent: config.limits.quota_lowered_percent,
            lowered_min: config.limits.quota_lowered_min,
            warn_days: config.contracts.warn_days,
            deprovision: config.provisioning.deprovision,
        }
    }
}

/// What is to be done about quotas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    pub(crate) actions: Vec<Action>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) refusals: Vec<Refusal>,
    /// Customers whose tenants existed before and match their contracts without any change: from
    /// now on a lowering is an ordinary one.
    pub(crate) matches_contract: Vec<CompanyId>,
    /// Customers whose plan needs what could not be read, with their accounts.
    pub(crate) undecided: Vec<(AccountName, CompanyId)>,
}

/// Whether a refusal says that a side is suddenly empty: it holds whatever is planned.
pub(crate) fn is_emptied(refusal: &Refusal) -> bool {
    guards::EMPTIED.contains(&refusal.code)
}

/// Decides for every customer of the facts.
pub(crate) fn plan(facts: &Facts, rules: &Rules) -> Planned {
    let mut planned = Planned {
        remarks: facts.remarks.clone(),
        ..Planned::default()
    };
    let contracts = facts.book.by_company();
    let mut customers: Vec<&QuotaCustomer> = facts.customers.iter().collect();
    customers.sort_by(|a, b| (&a.account, a.party.id).cmp(&(&b.account, b.party.id)));
    let mut quotas = 0;
    let mut storages_kept = BTreeMap::new();
    for customer in customers {
        let own = contracts.get(&customer.party.id).map_or(&[][..], |own| own);
        let mut sheet = QuotaPlanner::new(facts, rules, customer, own);
        let ends = ending::remark_on_ends(&sheet, own);
        sheet.remarks.extend(ends);
        if sheet.is_due() {
            sheet.decide_all();
        }
        let kept = storages_kept.entry(customer.account.clone()).or_insert(0);
        *kept += usize::from(sheet.keeps_storage);
        quotas += guards::count_quotas(customer);
        sheet.into_plan(&mut planned);
    }
    planned
        .remarks
        .extend(storage::remark_on_kept_storages(&storages_kept));
    let run = guards::guard_run(facts, rules, &planned, quotas);
    planned.refusals.extend(run);
    planned
}
