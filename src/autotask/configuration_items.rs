//! Configuration items, to find the one an alert is about (autotask.md §8.13).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq};
use super::read::records;
use crate::domain::ids::{CompanyId, ConfigurationItemId};
use crate::http::Failure;

const FIELDS: &[&str] = &[
    "companyID",
    "isActive",
    "referenceTitle",
    "referenceNumber",
    "serialNumber",
    "rmmDeviceAuditHostname",
];

/// A device or another thing of a company.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct ConfigurationItem {
    pub(crate) id: ConfigurationItemId,
    #[serde(rename = "companyID")]
    pub(crate) company: CompanyId,
    #[serde(
        default,
        rename = "referenceTitle",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) title: Option<String>,
    #[serde(
        default,
        rename = "referenceNumber",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) reference_number: Option<String>,
    #[serde(
        default,
        rename = "serialNumber",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) serial_number: Option<String>,
    /// As a remote-monitoring tool found it.
    // Abbreviations at the start of a name are spelled in several ways (autotask.md §7).
    #[serde(
        default,
        rename = "rmmDeviceAuditHostname",
        alias = "rMMDeviceAuditHostname",
        alias = "RMMDeviceAuditHostname",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) hostname: Option<String>,
}

records!(ConfigurationItem);

impl Autotask {
    /// The active configuration items of these companies, by id.
    pub(crate) fn configuration_items(
        &self,
        companies: &[CompanyId],
    ) -> Result<Vec<ConfigurationItem>, Failure> {
        let query = Query::for_entity(Entity::ConfigurationItems)
            .with_fields(FIELDS)
            .with_filter(eq("isActive", true));
        let ids = companies.iter().map(|id| id.0);
        let what = "reading configuration items";
        self.all_in(&query, "companyID", ids, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_read_however_its_field_is_spelled() {
        for name in ["rmmDeviceAuditHostname", "rMMDeviceAuditHostname"] {
            let json = format!(r#"{{"id": 1, "companyID": 2, "{name}": "SRV-01"}}"#);
            let item = serde_json::from_str::<ConfigurationItem>(&json).unwrap();
            assert_eq!(item.hostname.as_deref(), Some("SRV-01"));
        }
    }
}
