//! Whether a tenant is a trial or billed (acronis.md §3.8).

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Acronis, lenient};
use crate::domain::ids::TenantId;
use crate::http::Failure;

/// From trial to production there is no way back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PricingMode {
    Trial,
    Production,
    Suspended,
    /// A mode that came later.
    Other(String),
}

/// The pricing of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pricing {
    pub(crate) mode: PricingMode,
    pub(crate) currency: Option<String>,
    /// The version of the pricing, which is not the tenant's.
    pub(crate) version: i64,
    pub(crate) production_start: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct WirePricing {
    mode: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    currency: Option<String>,
    version: i64,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    production_start_date: Option<Timestamp>,
}

impl Acronis {
    /// Read before it is set: a tenant already in the wanted mode needs nothing (acronis.md §3.8).
    pub(crate) fn read_pricing(&self, tenant: &TenantId) -> Result<Pricing, Failure> {
        let what = format!("reading the pricing mode of tenant {tenant}");
        let path = ["tenants", tenant.as_str(), "pricing"];
        self.read_json(self.get(&path, &what))
            .map(Pricing::from_wire)
    }
}

impl Pricing {
    pub(super) fn from_wire(wire: WirePricing) -> Self {
        Self {
            mode: PricingMode::from_word(&wire.mode),
            currency: wire.currency,
            version: wire.version,
            production_start: wire.production_start_date,
        }
    }
}

impl PricingMode {
    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "trial" => Self::Trial,
            "production" => Self::Production,
            "suspended" => Self::Suspended,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for PricingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trial => "trial",
            Self::Production => "production",
            Self::Suspended => "suspended",
            Self::Other(word) => word,
        })
    }
}
