//! From what the service says to what the planner reads.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::acronis::{ItemClass, OfferingItem, TenantUsage};
use crate::domain::ids::ItemKey;
use crate::quotas::facts::{Level, LiveUsage, QuotaItem};

pub(super) fn convert_items(rows: Vec<OfferingItem>) -> BTreeMap<ItemKey, QuotaItem> {
    rows.into_iter()
        .filter(|item| item.deleted_at.is_none())
        .map(|item| (item.key.clone(), convert_item(&item)))
        .collect()
}

/// An offering item as the planner sees it.
fn convert_item(item: &OfferingItem) -> QuotaItem {
    QuotaItem {
        edition: item.edition.clone(),
        usage_name: item.usage_name.clone(),
        is_feature: item.class == ItemClass::Feature,
        locked: item.locked,
        measurement: item.parse_measurement(),
        level: quota_level(item),
        version: item.quota.map_or(0, |quota| quota.version),
    }
}

/// What an item lets its tenant use. An enabled item without a quota is taken as unlimited: then
/// whatever limits it counts as lowering, and is guarded (acronis.md §5.1).
pub(in crate::quotas) fn quota_level(item: &OfferingItem) -> Level {
    if !item.enabled {
        return Level::Off;
    }
    if item.class == ItemClass::Feature {
        return Level::On;
    }
    match item.quota {
        Some(quota) if quota.value.is_some() => Level::Quota {
            value: quota.value,
            overage: quota.overage,
        },
        Some(_) | None => Level::UNLIMITED,
    }
}

/// Live usage by item. The larger of the two figures counts: which one is the live one differs by
/// item and is not stated for all (acronis.md §6.2), and here more is the careful reading.
pub(super) fn convert_usage(measured: &TenantUsage) -> LiveUsage {
    let rows = match measured {
        TenantUsage::Rows(rows) => rows,
        TenantUsage::Missing => {
            return LiveUsage::Unread("the answer does not name the tenant".to_owned());
        }
        TenantUsage::Failed(failure) => return LiveUsage::Unread(failure.to_string()),
    };
    let mut used: BTreeMap<ItemKey, Decimal> = BTreeMap::new();
    for row in rows {
        let Some(amount) = row.absolute.max(row.value) else {
            continue;
        };
        let held = used.entry(row.key.clone()).or_default();
        *held = amount.max(*held);
    }
    LiveUsage::Read(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acronis::ItemQuota;
    use crate::domain::ids::ApplicationId;

    fn offering(enabled: bool, class: ItemClass, quota: Option<ItemQuota>) -> OfferingItem {
        OfferingItem {
            tenant: None,
            key: ItemKey {
                name: "x".to_owned(),
                infra: None,
                application: ApplicationId::new("a"),
            },
            edition: None,
            usage_name: None,
            enabled,
            locked: false,
            class,
            measurement_unit: Some("quantity".to_owned()),
            quota,
            updated_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn an_enabled_item_without_a_quota_is_unlimited_and_a_disabled_one_off() {
        let soft = ItemQuota {
            value: Some(5),
            overage: None,
            version: 1,
        };
        let soft_level = Level::Quota {
            value: Some(5),
            overage: None,
        };
        for (enabled, class, quota, expected) in [
            (true, ItemClass::Count, None, Level::UNLIMITED),
            (
                true,
                ItemClass::Count,
                Some(ItemQuota::unlimited_quota(0)),
                Level::UNLIMITED,
            ),
            (true, ItemClass::Count, Some(soft), soft_level),
            (
                true,
                ItemClass::Infra,
                Some(ItemQuota::hard(7, 3)),
                Level::hard(7),
            ),
            (true, ItemClass::Feature, None, Level::On),
            (
                false,
                ItemClass::Count,
                Some(ItemQuota::hard(7, 3)),
                Level::Off,
            ),
            (false, ItemClass::Feature, None, Level::Off),
        ] {
            assert_eq!(quota_level(&offering(enabled, class, quota)), expected);
        }
    }

    #[test]
    fn a_tenant_without_an_answer_has_unknown_usage_and_not_none() {
        assert!(matches!(
            convert_usage(&TenantUsage::Missing),
            LiveUsage::Unread(_)
        ));
        assert_eq!(
            convert_usage(&TenantUsage::Rows(Vec::new())),
            LiveUsage::Read(BTreeMap::new())
        );
    }
}
