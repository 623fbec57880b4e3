//! Which companies get which tenants. Pure: facts and wishes in, a plan or a sentence of refusal
//! out. The mapping is one to one in both directions, whatever is asked for.

mod action;
mod batch;
mod create;
mod facts;
mod recover;
mod suggest;
mod unlink;

pub(super) use action::{Action, Pair, Unlinked};
pub(super) use batch::{Batch, Linking};
pub(super) use create::{Creation, Making, clash, create};
pub(super) use facts::{Company, Facts, Kind, Tenant};
pub(super) use recover::recover;
pub(super) use suggest::suggest;
pub(super) use unlink::unlink;

/// Why something that was asked for is not planned, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// What was typed cannot be meant.
    Usage(String),
    /// It was typed correctly, and a rule forbids it.
    Refused(String),
}

impl Problem {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Usage(text) | Self::Refused(text) => text,
        }
    }
}
