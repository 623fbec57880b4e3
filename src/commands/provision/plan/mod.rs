//! New customers and what they get; quotas are planned in their own room.

mod action;
mod deprovision;
mod newcomers;

pub(super) use action::Action;
pub(super) use deprovision::{End, Ends, Recovery, Running, Tenure, Terms, Tick, ends};
pub(super) use newcomers::{Births, Candidate, Hosts, Making, Place, births, normal};
