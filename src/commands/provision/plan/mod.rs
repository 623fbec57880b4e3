//! New customers and what they get; quotas are planned in their own room.

mod action;
mod deprovision;
mod newcomers;

pub(super) use action::{Action, Finish, Whom};
pub(super) use deprovision::{End, Ends, Recovery, Running, Tenure, Terms, Tick, ends};
pub(super) use newcomers::{Candidate, Hosts, Making, Place, births, finishing, normal};
