//! What the quota planner decides on: contracts, mappings, and tenants as they are now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::contracts::ContractBook;
use crate::domain::ids::{AccountName, CompanyId, ContractId, InfraId, ItemKey, TenantId};
use crate::domain::links::{CustomerLink, ProductLink};
pub(crate) use crate::domain::quota_level::Level;
use crate::domain::storages::StorageInfo;
use crate::domain::units::{Measurement, Unit, show_exactly};
use crate::plan::{CompanyRef, Remark, Value};

/// Everything that was read.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) today: Date,
    /// Contracts of all companies, or of those in scope, ended ones too.
    pub(crate) book: ContractBook,
    /// Decided offering items of all accounts.
    pub(crate) products: Vec<ProductLink>,
    /// The customers to be planned, existing and to be made.
    pub(crate) customers: Vec<QuotaCustomer>,
    /// Storages by name, of all accounts.
    pub(crate) storages: BTreeMap<InfraId, StorageInfo>,
    /// Accounts whose storages could not be read: known by id only, and none can be chosen.
    pub(crate) storages_unread: BTreeSet<AccountName>,
    /// What was left alone while reading, and why.
    pub(crate) remarks: Vec<Remark>,
    pub(crate) whole_view: WholeView,
}

/// How much was seen of either side, to tell a change from an outage.
#[derive(Clone, Debug, Default)]
pub(crate) struct WholeView {
    /// All customer links of the accounts that were read.
    pub(crate) links: Vec<CustomerLink>,
    /// Whether all companies and contracts were asked for.
    pub(crate) whole: bool,
    /// How many customer tenants each account that was read shows.
    pub(crate) tenants: BTreeMap<AccountName, usize>,
    pub(crate) out_of_sight: OutOfSight,
    /// Accounts that show no offering item of any of so many tenants.
    pub(crate) itemless: BTreeMap<AccountName, usize>,
}

/// What an earlier run saw of contracts, and what is out of sight now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutOfSight {
    /// Contracts that were in force and are in no list any more.
    pub(crate) contracts: BTreeMap<CompanyId, Vec<ContractId>>,
    /// So many contracts were pay-as-you-go, are in force still, and none says so any more.
    pub(crate) payg: Option<usize>,
    /// Contracts held services, and none holds anything any more.
    pub(crate) lines: bool,
}

/// One customer: a company and the tenant that stands for it, or will.
#[derive(Clone, Debug)]
pub(crate) struct QuotaCustomer {
    pub(crate) party: CompanyRef,
    pub(crate) account: AccountName,
    /// `None` while the tenant is still to be made.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) tenant_name: String,
    /// The tenant was there before it was linked.
    pub(crate) existed_before: bool,
    pub(crate) lowering_approved: bool,
    /// What it has, or for a new one can be given; enabled and disabled.
    pub(crate) items: BTreeMap<ItemKey, QuotaItem>,
    pub(crate) usage: LiveUsage,
}

/// An offering item of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotaItem {
    pub(crate) edition: Option<String>,
    pub(crate) usage_name: Option<String>,
    pub(crate) is_feature: bool,
    pub(crate) locked: bool,
    /// `None` when it is measured in something that we do not know.
    pub(crate) measurement: Option<Measurement>,
    pub(crate) level: Level,
    /// The quota's version as read, to be sent back with a change.
    pub(crate) version: i64,
}

/// What is known of a tenant's live usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiveUsage {
    /// In pieces, bytes or seconds. An item without a row is not the same as one without usage.
    Read(BTreeMap<ItemKey, Decimal>),
    /// Why it is not known.
    Unread(String),
    /// A tenant that is still to be made uses nothing.
    New,
}

impl Level {
    /// In the unit of the mapping, or in a smaller one where that could not show it exactly.
    pub(crate) fn show_level(self, unit: Unit) -> Value {
        let amount = |value: i64| show_exactly(value, unit);
        let shown = match self {
            Self::Off => return Value::Flag(false),
            Self::On => return Value::Flag(true),
            Self::Quota { value: None, .. } => return Value::from_text("unlimited"),
            Self::Quota {
                value: Some(value),
                overage,
            } => match (overage, unit) {
                (Some(0), Unit::Count) => return Value::Whole(value),
                (Some(0), _) => amount(value),
                (Some(more), _) => format!("{} + {}", amount(value), amount(more)),
                (None, _) => format!("{} (soft)", amount(value)),
            },
        };
        Value::Amount {
            shown,
            exact: self.exact_text(),
        }
    }

    /// The level itself, in pieces, bytes or seconds: what a journal compares.
    fn exact_text(self) -> String {
        let number =
            |value: Option<i64>| value.map_or("none".to_owned(), |value| value.to_string());
        match self {
            Self::Off => "off".to_owned(),
            Self::On => "on".to_owned(),
            Self::Quota { value, overage } => {
                format!("value {} overage {}", number(value), number(overage))
            }
        }
    }
}

impl Facts {
    /// What was decided for the items of an account.
    pub(crate) fn products_of(
        &self,
        account: &AccountName,
    ) -> impl Iterator<Item = &ProductLink> + Clone {
        self.products
            .iter()
            .filter(move |link| link.account == *account)
    }

    /// What amounts of an item are shown in: the unit of its mapping where that fits.
    pub(super) fn display_unit(
        &self,
        customer: &QuotaCustomer,
        key: &ItemKey,
        item: &QuotaItem,
    ) -> Unit {
        let measurement = item.measurement.unwrap_or(Measurement::Nothing);
        let mut links = self.products_of(&customer.account);
        links
            .find(|link| link.item == *key)
            .map(|link| link.measure.unit)
            .filter(|unit| unit.fits_measurement(measurement))
            .unwrap_or_else(|| measurement.default_unit())
    }
}

impl QuotaCustomer {
    /// Live usage of an item in its own measure; `None` when it is not known.
    pub(crate) fn known_usage(&self, key: &ItemKey) -> Option<Decimal> {
        match &self.usage {
            LiveUsage::Read(rows) => rows.get(key).copied(),
            LiveUsage::Unread(_) => None,
            LiveUsage::New => Some(Decimal::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(value: Option<i64>, overage: Option<i64>) -> Level {
        Level::Quota { value, overage }
    }

    #[test]
    fn a_level_is_lowered_when_less_can_be_used_than_before() {
        let soft = quota(Some(25), None);
        let with_overage = quota(Some(25), Some(5));
        for (before, after, lowered) in [
            (Level::Off, Level::hard(5), false),
            (Level::UNLIMITED, Level::hard(1_000), true),
            (Level::hard(25), Level::hard(24), true),
            (Level::hard(25), Level::hard(26), false),
            (soft, Level::hard(25), true),
            (with_overage, Level::hard(25), true),
            (with_overage, Level::hard(30), false),
            (Level::hard(0), Level::UNLIMITED, false),
            (Level::Off, Level::ZERO, false),
        ] {
            assert_eq!(before.is_lowered_by(after), lowered, "{before:?} {after:?}");
        }
    }

    #[test]
    fn levels_are_shown_in_the_unit_of_the_mapping() {
        let gib = 1_i64 << 30;
        for (level, unit, shown) in [
            (Level::Off, Unit::Count, "off"),
            (Level::On, Unit::Count, "on"),
            (Level::UNLIMITED, Unit::GiB, "unlimited"),
            (Level::hard(25), Unit::Count, "25"),
            (Level::hard(200 * gib), Unit::GiB, "200 GiB"),
            (quota(Some(25), None), Unit::Count, "25 (soft)"),
            (quota(Some(20), Some(5)), Unit::Count, "20 + 5"),
            (Level::hard(2 * 1024 * gib), Unit::TiB, "2 TiB"),
            (Level::hard(gib), Unit::TiB, "1 GiB"),
            (Level::hard(gib + 1), Unit::TiB, "1073741825 bytes"),
            (Level::hard(1_500_000_000), Unit::GB, "1.5 GB"),
        ] {
            assert_eq!(level.show_level(unit).to_string(), shown);
        }
    }

    #[test]
    fn a_level_is_the_same_value_whatever_it_is_shown_in() {
        let level = Level::hard(1 << 40);
        let (tib, gib) = (level.show_level(Unit::TiB), level.show_level(Unit::GiB));
        assert_eq!(
            (tib.to_string(), gib.to_string()),
            ("1 TiB".into(), "1024 GiB".into())
        );
        assert_eq!(tib.exact_json(), gib.exact_json());
        let other = Level::hard((1 << 40) + 1).show_level(Unit::TiB);
        assert_ne!(tib.exact_json(), other.exact_json());
        let soft = quota(Some(1 << 40), None).show_level(Unit::TiB);
        assert_ne!(tib.exact_json(), soft.exact_json());
    }
}
