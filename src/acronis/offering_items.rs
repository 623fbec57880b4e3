//! Offering items: what a tenant may use, and how much of it (acronis.md §5).

use jiff::Timestamp;
use serde::Deserialize;

use super::{Acronis, lenient};
use crate::domain::ids::{ApplicationId, InfraId, ItemKey, TenantId};
use crate::domain::units::Measurement;
use crate::http::{Failure, Pages};

/// One item of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferingItem {
    /// Missing where the answer does not say; then it is the tenant that was asked about.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) key: ItemKey,
    /// `None` for all services but Cyber Protection and Sync & Share.
    pub(crate) edition: Option<String>,
    /// The name without the edition's prefix; not always the same word (acronis.md §5.6).
    pub(crate) usage_name: Option<String>,
    pub(crate) enabled: bool,
    /// Locked items cannot be changed.
    pub(crate) locked: bool,
    pub(crate) class: ItemClass,
    /// The service's word; [`OfferingItem::parse_measurement`] reads it.
    pub(crate) measurement_unit: Option<String>,
    /// Missing for features, and often for disabled items.
    pub(crate) quota: Option<ItemQuota>,
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// The service's `type` of an item or usage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ItemClass {
    Count,
    /// Belongs to a storage or disaster-recovery infrastructure.
    Infra,
    /// Switched on or off, without a quota.
    Feature,
    Other(String),
}

/// A quota in pieces, bytes or seconds (acronis.md §5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ItemQuota {
    /// `None` is unlimited.
    pub(crate) value: Option<i64>,
    /// What may be used above `value`: `Some(0)` makes it hard, `None` never blocks.
    pub(crate) overage: Option<i64>,
    /// As last read, sent back unchanged; 0 where there was no quota.
    pub(crate) version: i64,
}

#[derive(Deserialize)]
pub(super) struct WireItem {
    application_id: String,
    name: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    edition: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    usage_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    status: Option<bool>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    locked: Option<bool>,
    #[serde(default, rename = "type", deserialize_with = "lenient::lenient_text")]
    class: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    infra_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    measurement_unit: Option<String>,
    #[serde(default)]
    quota: Option<WireQuota>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct WireQuota {
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    value: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    overage: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    version: Option<i64>,
}

impl Acronis {
    /// All items of a tenant, enabled and disabled, of all editions: without `edition=*` only those
    /// of a legacy edition come (acronis.md §5.3).
    pub(crate) fn offering_items(&self, tenant: &TenantId) -> Result<Vec<OfferingItem>, Failure> {
        let what = format!("reading the offering items of tenant {tenant}");
        let list = self.get(&["tenants", tenant.as_str(), "offering_items"], &what);
        let first = list.clone().with_query("edition", "*");
        self.list_pages(first, list, OfferingItem::from_wire)
            .collect()
    }

    /// All items of a tenant and of all tenants below it, partners and folders included; no edition
    /// is left out here (acronis.md §5.3).
    pub(crate) fn offering_items_below(&self, root: &TenantId) -> Pages<'_, OfferingItem> {
        let what = format!("reading the offering items of all tenants below {root}");
        let list = self.get(&["tenants", "offering_items"], &what);
        let first = list
            .clone()
            .with_query("subtree_root_tenant_id", root.as_str());
        self.list_pages(first, list, OfferingItem::from_wire)
    }

    /// What a partner or folder can hand to a customer: the source of the product mapping. Anything
    /// else cannot be enabled (acronis.md §5.3).
    pub(crate) fn available_for_child(
        &self,
        parent: &TenantId,
    ) -> Result<Vec<OfferingItem>, Failure> {
        let what = format!(
            "reading the offering items that tenant {parent} can offer to \
                            customers"
        );
        let path = [
            "tenants",
            parent.as_str(),
            "offering_items",
            "available_for_child",
        ];
        let list = self.get(&path, &what);
        let first = list
            .clone()
            .with_query("kind", "customer")
            .with_query("edition", "*");
        self.list_pages(first, list, OfferingItem::from_wire)
            .collect()
    }
}

impl OfferingItem {
    /// `None` for a unit of measure that we do not know and must not guess at.
    pub(crate) fn parse_measurement(&self) -> Option<Measurement> {
        Measurement::parse(self.measurement_unit.as_deref())
    }

    fn from_wire(wire: WireItem) -> Self {
        Self {
            tenant: wire.tenant_id.map(|id| TenantId::new(&id)),
            key: item_key(wire.name, wire.infra_id.as_deref(), &wire.application_id),
            edition: wire.edition,
            usage_name: wire.usage_name,
            // In `available_for_child` the status may be missing: nothing is enabled there yet.
            enabled: wire.status == Some(true),
            locked: wire.locked == Some(true),
            class: ItemClass::from_word(wire.class.as_deref()),
            measurement_unit: wire.measurement_unit,
            quota: wire.quota.map(ItemQuota::from_wire),
            updated_at: wire.updated_at,
            deleted_at: wire.deleted_at,
        }
    }
}

pub(super) fn item_key(name: String, infra: Option<&str>, application: &str) -> ItemKey {
    ItemKey {
        name,
        infra: infra.map(InfraId::new),
        application: ApplicationId::new(application),
    }
}

impl ItemClass {
    pub(super) fn from_word(word: Option<&str>) -> Self {
        match word {
            Some("count") => Self::Count,
            Some("infra") => Self::Infra,
            Some("feature") => Self::Feature,
            Some(other) => Self::Other(other.to_owned()),
            None => Self::Other(String::new()),
        }
    }
}

impl ItemQuota {
    /// Blocks at the value.
    #[cfg(test)]
    pub(crate) fn hard(value: i64, version: i64) -> Self {
        Self {
            value: Some(value),
            overage: Some(0),
            version,
        }
    }

    pub(super) fn from_wire(wire: WireQuota) -> Self {
        Self {
            value: wire.value,
            overage: wire.overage,
            version: wire.version.unwrap_or(0),
        }
    }

    /// Pay as you go.
    pub(crate) fn unlimited_quota(version: i64) -> Self {
        Self {
            value: None,
            overage: None,
            version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> OfferingItem {
        OfferingItem::from_wire(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_item_is_read_with_its_storage_and_quota() {
        let item = read(
            r#"{"application_id":"6E6D758D-8e74-3ae3-ac84-50eb0dff12eb","name":"pw_base_storage",
            "edition":"pck_per_workload","usage_name":"storage","tenant_id":"4C1D","status":1,
            "locked":null,"type":"infra","infra_id":"9A1B","measurement_unit":"bytes",
            "quota":{"value":1.073741824e9,"overage":0,"version":1717171717000}}"#,
        );
        assert_eq!(item.key.to_string(), "pw_base_storage@9a1b");
        assert_eq!(
            item.key.application.as_str(),
            "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb"
        );
        assert!(item.enabled && !item.locked);
        assert_eq!(item.class, ItemClass::Infra);
        assert_eq!(item.parse_measurement(), Some(Measurement::Bytes));
        assert_eq!(
            item.quota,
            Some(ItemQuota::hard(1 << 30, 1_717_171_717_000))
        );
    }

    #[test]
    fn a_feature_without_quota_unit_and_edition_is_read_as_such() {
        let item = read(
            r#"{"application_id":"a","name":"x","edition":null,"status":0,"type":"feature",
            "infra_id":null}"#,
        );
        assert!(!item.enabled);
        assert_eq!((item.quota, item.key.infra), (None, None));
        assert_eq!(
            OfferingItem::parse_measurement(&read(
                r#"{"application_id":"a","name":"x","measurement_unit":"parsecs"}"#
            )),
            None
        );
    }

    #[test]
    fn an_unlimited_quota_is_not_a_missing_one() {
        let item = read(
            r#"{"application_id":"a","name":"x","quota":{"value":null,"overage":null,"version":0}}"#,
        );
        assert_eq!(item.quota, Some(ItemQuota::unlimited_quota(0)));
    }
}
