//! Which companies get which tenants. Pure: facts and wishes in, a plan or a sentence of refusal
//! out. The mapping is one to one in both directions, whatever is asked for.

mod action;
mod batch;
mod create;
mod facts;
mod recover;
mod suggest;
mod unlink;

pub(super) use action::{Action, CustomerPair, EndedLink};
pub(super) use batch::{LinkBatch, LinkOptions};
pub(super) use create::{CreationOptions, PlannedTenant, find_name_clash, plan_tenant};
pub(super) use facts::{CompanyFacts, Facts, TenantFacts, TenantRole};
pub(super) use recover::plan_recovery;
pub(super) use suggest::plan_suggestions;
pub(super) use unlink::plan_unlink;

/// Why something that was asked for is not planned, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MappingProblem {
    /// What was typed cannot be meant.
    Usage(String),
    /// It was typed correctly, and a rule forbids it.
    Refused(String),
}

impl MappingProblem {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Usage(text) | Self::Refused(text) => text,
        }
    }
}
