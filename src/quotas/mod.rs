//! Contracts → quotas: one implementation for all commands that set them.
//!
//! [`read_quotas`] and [`QuotaReading`] read, [`plan()`] decides, [`QuotaExecutor`] carries out. The rules are in
//! docs/provisioning.md.

mod apply;
pub(crate) mod facts;
mod gather;
mod plan;
mod recovery;

pub(crate) use apply::QuotaExecutor;
pub(crate) use gather::{
    QuotaReading, customer_to_create, customer_to_link, read_contracts, read_quotas,
    remark_on_undecided,
};
pub(crate) use plan::{Action, ContractStatus, Planned, Rules, customer_lane, is_emptied, plan};
pub(crate) use recovery::recover_quotas;
