//! The configuration: validated plain data, what planners may read.
//!
//! [`find()`] says which file, [`load()`] reads it and tells every problem at once, and
//! [`Config::resolve_secrets`] gets the secrets for the commands that connect. Nothing here prints.

mod accounts;
mod address;
mod billing;
mod child;
mod customers;
mod env;
mod find;
mod keys;
mod label;
mod limits;
mod load;
mod network;
mod pattern;
mod problem;
mod products;
mod provisioning;
mod quiet;
mod read;
mod secret_origin;
mod secrets;
mod template;
mod ticket_rules;
mod tickets;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod refusals;

use std::path::PathBuf;

use jiff::tz::TimeZone;

pub(crate) use accounts::{AcronisAccount, Autotask};
pub(crate) use billing::{Billing, Effective, LaterChanges, PeriodMeasure, Posting, Trial};
pub(crate) use child::wait_for_exit;
pub(crate) use customers::{Customers, Terms};
pub(crate) use env::Env;
pub(crate) use find::{NotFound, find, state_path, user_file};
pub(crate) use label::LabelOrId;
pub(crate) use limits::Limits;
pub(crate) use load::load;
pub(crate) use network::{Hooks, Network, State};
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

/// Every table of the file with its keys, in the file's order.
const SECTIONS: &[&keys::Section] = &[
    &load::FILE,
    &accounts::ACRONIS,
    &accounts::AUTOTASK,
    &network::NETWORK,
    &network::STATE,
    &products::PRODUCTS,
    &provisioning::PROVISIONING,
    &provisioning::DEPROVISION,
    &billing::BILLING,
    &customers::CUSTOMER,
    &tickets::TICKETS,
    &tickets::AUTO_CLOSE,
    &tickets::DAMPING,
    &ticket_rules::DEFAULTS,
    &ticket_rules::RULE,
    &ticket_rules::MATCH,
    &quiet::QUIET,
    &limits::LIMITS,
    &network::HOOKS,
];

/// One configuration file, checked as far as it can be without asking anybody.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The file it was read from.
    pub(crate) file: PathBuf,
    /// What "today" means; the machine's zone when it is not set.
    pub(crate) time_zone: Option<TimeZone>,
    /// At least one, names unique.
    pub(crate) acronis: Vec<AcronisAccount>,
    pub(crate) autotask: Autotask,
    pub(crate) network: Network,
    pub(crate) state: State,
    pub(crate) products: Products,
    pub(crate) provisioning: Provisioning,
    pub(crate) billing: Billing,
    pub(crate) customers: Customers,
    pub(crate) tickets: Tickets,
    pub(crate) limits: Limits,
    pub(crate) hooks: Hooks,
}
