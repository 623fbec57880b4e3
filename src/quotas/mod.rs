//! Contracts → quotas: one implementation for all commands that set them.
//!
//! [`read`] and [`Reading`] read, [`plan()`] decides, [`Setter`] carries out. The rules are in
//! docs/provisioning.md.

mod apply;
pub(crate) mod facts;
mod gather;
mod plan;
mod recovery;

pub(crate) use apply::Setter;
pub(crate) use gather::{Reading, newcomer, note_undecided, read, read_contracts, stranger};
pub(crate) use plan::{Action, Planned, Rules, Standing, is_emptied, lane, plan};
pub(crate) use recovery::recover;
