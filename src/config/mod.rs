//! The configuration: validated plain data, what planners may read.
//!
//! [`find_file()`] says which file, [`load_file()`] reads it and reports every problem at once, and
//! [`Config::resolve_secrets`] gets the secrets for the commands that connect. Nothing here prints.

mod accounts;
mod address;
mod billing;
mod child;
mod command_line;
mod contracts;
mod customers;
mod env;
mod find;
mod keys;
mod label;
mod limits;
mod load;
mod network;
mod open_file;
mod pattern;
mod problem;
mod products;
mod provisioning;
mod quiet;
mod read;
mod secret_source;
mod secrets;
mod section;
mod template;
mod ticket_rules;
mod tickets;
mod values;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod refusals;

pub(crate) use accounts::AcronisAccount;
pub(crate) use billing::{Billing, Effective, LaterChanges, PeriodMeasure, Posting, Trial};
pub(crate) use child::wait_for_exit;
pub(crate) use customers::{CustomerTask, Customers, Terms};
pub(crate) use env::Env;
pub(crate) use find::{NotFound, find_file, find_state_path, find_user_file};
pub(crate) use label::LabelOrId;
pub(crate) use limits::Limits;
pub(crate) use load::{Config, load_file};
pub(crate) use network::Network;
pub(crate) use problem::{Problem, Problems};
pub(crate) use products::{NameParts, NameTemplate, Products, Unmapped};
pub(crate) use provisioning::{Administrator, Deprovision, Mode, Provisioning};
pub(crate) use quiet::QuietWindow;
pub(crate) use secrets::Secrets;
pub(crate) use ticket_rules::{AlertTraits, Match, Severity, TicketFields};
pub(crate) use tickets::{Damping, Reopen, Tickets};

#[cfg(test)]
pub(crate) use load::{from_text, sample, sample_with};

/// A commented configuration file with every key; what `acrotask init` writes.
pub(crate) const EXAMPLE: &str = include_str!("../../config.example.toml");
