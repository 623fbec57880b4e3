//! Believable worlds, the same for the same seed.

mod cast;
mod catalogue;
mod dice;
mod msp;
mod names;
mod offices;
mod sign;
mod small;
mod tenants;
mod troubles;

use jiff::Timestamp;

pub use cast::Spelling;
use cast::{Sale, Workloads};
pub use sign::Signed;

/// What a seeded world is made from.
#[derive(Clone, Debug)]
pub struct SeedOptions {
    /// Companies in Autotask; there are two customer tenants for every three.
    pub companies: usize,
    pub seed: u64,
    /// The world's clock.
    pub now: Timestamp,
    /// Acronis accounts (data centres); tenants are shared out among them. At least one.
    pub accounts: usize,
    /// Alerts; without a number ten for every three companies.
    pub alerts: Option<usize>,
    /// Some prepaid customers need a person: quotas above what will be bought, usage above it.
    pub awkward: bool,
}

impl SeedOptions {
    /// The usual world at a time: 60 companies, one account.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            companies: 60,
            seed: 1,
            now,
            accounts: 1,
            alerts: None,
            awkward: false,
        }
    }
}

/// A company with what it buys and where it lives: what account managers know.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) company: i64,
    pub(crate) name: String,
    pub(crate) sale: Sale,
    pub(crate) workloads: Workloads,
    /// Its contract for backup.
    pub(crate) contract: Option<i64>,
    pub(crate) home: Option<Home>,
}

/// A client's tenant.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Place of the account in the world.
    pub(crate) account: usize,
    pub(crate) tenant: String,
    /// Name of its storage.
    pub(crate) storage: String,
    pub(crate) spelling: Spelling,
}

/// A company and the tenant that is really its own, whatever the two are called: what a technician
/// knows and no program can find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub company: i64,
    /// Name of the Acronis account.
    pub account: String,
    pub tenant: String,
    pub spelling: Spelling,
}

/// One GiB in bytes.
pub(crate) const GIB: i64 = 1 << 30;

/// Names of a customer's machines, as they stand in Autotask and in alerts.
pub(crate) fn machine(company: &str, number: usize) -> String {
    let slug = names::slug(company);
    let short: String = slug
        .split('-')
        .next()
        .unwrap_or("host")
        .chars()
        .take(8)
        .collect();
    let short = short.to_uppercase();
    if number < 3 {
        format!("{short}-SRV{:02}", number + 1)
    } else {
        format!("{short}-WS{:03}", number - 2)
    }
}
