//! Configuration items, to find the one an alert is about (autotask.md §8.13).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq};
use super::read::Record;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigurationItem {
    pub(crate) id: ConfigurationItemId,
    pub(crate) company: CompanyId,
    pub(crate) title: Option<String>,
    pub(crate) reference_number: Option<String>,
    pub(crate) serial_number: Option<String>,
    /// As a remote-monitoring tool found it.
    pub(crate) hostname: Option<String>,
}

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
        let rows = self.all_in::<ConfigurationItemWire>(&query, "companyID", ids, what)?;
        Ok(rows
            .into_iter()
            .map(ConfigurationItemWire::into_item)
            .collect())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationItemWire {
    id: i64,
    #[serde(rename = "companyID")]
    company: i64,
    #[serde(default, deserialize_with = "decode::decode_text")]
    reference_title: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    reference_number: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    serial_number: Option<String>,
    // Abbreviations at the start of a name are spelled in several ways (autotask.md §7).
    #[serde(
        default,
        alias = "rMMDeviceAuditHostname",
        alias = "RMMDeviceAuditHostname",
        deserialize_with = "decode::decode_text"
    )]
    rmm_device_audit_hostname: Option<String>,
}

impl Record for ConfigurationItemWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl ConfigurationItemWire {
    fn into_item(self) -> ConfigurationItem {
        ConfigurationItem {
            id: ConfigurationItemId(self.id),
            company: CompanyId(self.company),
            title: self.reference_title,
            reference_number: self.reference_number,
            serial_number: self.serial_number,
            hostname: self.rmm_device_audit_hostname,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_read_however_its_field_is_spelled() {
        for name in ["rmmDeviceAuditHostname", "rMMDeviceAuditHostname"] {
            let json = format!(r#"{{"id": 1, "companyID": 2, "{name}": "SRV-01"}}"#);
            let item = serde_json::from_str::<ConfigurationItemWire>(&json)
                .unwrap()
                .into_item();
            assert_eq!(item.hostname.as_deref(), Some("SRV-01"));
        }
    }
}
