//! Which types of alerts there are, and how many alerts (acronis.md §8.5).

use jiff::Timestamp;
use serde::Deserialize;

use super::{Acronis, ListAnswer, Severity, lenient};
use crate::http::Failure;

/// All there are; the parameter is required (acronis.md §8.5).
const OS_TYPES: [&str; 4] = ["windows", "linux", "macos", "ios"];

/// One type of alert, as the service knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertType {
    pub(crate) id: String,
    pub(crate) category: Option<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) enabled: Option<bool>,
    pub(crate) alias: Option<String>,
    /// Names of the details that say what an alert of this type is about.
    pub(crate) context_keys: Vec<String>,
}

/// How many alerts there are and when that last changed: the cheap look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlertStats {
    pub(crate) count: Option<i64>,
    pub(crate) modified_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct WireAlertType {
    id: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    category: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    severity: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    alias: Option<String>,
    #[serde(
        default,
        rename = "contextKeys",
        deserialize_with = "lenient::lenient_list"
    )]
    context_keys: Vec<String>,
}

#[derive(Deserialize)]
struct WireStats {
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    count: Option<i64>,
    #[serde(
        default,
        rename = "modifiedAt",
        deserialize_with = "lenient::lenient_date"
    )]
    modified_at: Option<Timestamp>,
}

impl Acronis {
    /// All types of alerts that the service knows now.
    pub(crate) fn alert_types(&self) -> Result<Vec<AlertType>, Failure> {
        let request = OS_TYPES.iter().fold(
            self.alerts_request(&["types"], "reading the types of alerts"),
            |request, os| request.with_query("os_type", os),
        );
        let listing: ListAnswer<WireAlertType> = self.read_json(request)?;
        Ok(listing
            .items
            .into_iter()
            .map(AlertType::from_wire)
            .collect())
    }

    /// How many alerts there are and when that last changed.
    pub(crate) fn alert_stats(&self) -> Result<AlertStats, Failure> {
        let request = self.alerts_request(&["stats"], "counting alerts");
        let wire: WireStats = self.read_json(request)?;
        Ok(AlertStats {
            count: wire.count,
            modified_at: wire.modified_at,
        })
    }
}

impl AlertType {
    fn from_wire(wire: WireAlertType) -> Self {
        Self {
            id: wire.id,
            category: wire.category,
            severity: wire.severity.as_deref().map(Severity::from_word),
            enabled: wire.enabled,
            alias: wire.alias,
            context_keys: wire.context_keys,
        }
    }
}
