//! Offering items and quotas of a tenant (acronis.md §5.1, §5.2).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Cloud;
use super::catalogue::{Entry, Form, entries};
use super::ids::datetime;
use super::tenant::Kind;

/// What tells items of one tenant apart: line of the catalogue and storage. The line stands for
/// application and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) entry: usize,
    pub(super) infra: Option<usize>,
}

impl Key {
    pub(super) fn entry(self) -> &'static Entry {
        &entries()[self.entry]
    }
}

/// `value` and `overage` in the item's unit; all `None` and version 0 is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) value: Option<i64>,
    pub(super) overage: Option<i64>,
    pub(super) version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) on: bool,
    /// Missing on features and on what never was on.
    pub(super) quota: Option<Quota>,
    pub(super) updated: Timestamp,
}

impl Cloud {
    /// Whether the item is on at a tenant.
    pub(super) fn is_on(&self, tenant: usize, key: Key) -> bool {
        self.tenants[tenant]
            .items
            .get(&key)
            .is_some_and(|row| row.on)
    }

    /// What a tenant lists: its own rows, and what its parent hands on but was never touched here.
    ///
    /// A customer that has an edition of an application lists rows of that edition only; that is how
    /// a tenant comes to the "30-60 rows" of acronis.md §9 where both editions are on offer.
    pub(super) fn listed(&self, at: usize) -> Vec<Key> {
        let tenant = &self.tenants[at];
        let mut keys: Vec<Key> = tenant.items.keys().copied().collect();
        if tenant.kind != Kind::Customer {
            return keys;
        }
        let in_use: Vec<(&str, &str)> = tenant
            .items
            .iter()
            .filter(|(_, row)| row.on)
            .filter_map(|(key, _)| Some((key.entry().application, key.entry().edition?)))
            .collect();
        let offered = self.handed_on(tenant.parent);
        keys.extend(
            offered.filter(|key| {
                !tenant.items.contains_key(key) && fits_edition(key.entry(), &in_use)
            }),
        );
        keys.sort_unstable();
        keys
    }

    /// The items that are on at a parent, hence may be on at its children.
    pub(super) fn handed_on(&self, parent: Option<usize>) -> impl Iterator<Item = Key> {
        parent
            .into_iter()
            .flat_map(|parent| &self.tenants[parent].items)
            .filter(|(_, row)| row.on)
            .map(|(key, _)| *key)
    }

    /// One row as the API shows it.
    pub(super) fn item_json(&self, at: usize, key: Key) -> Value {
        let tenant = &self.tenants[at];
        let row = tenant.items.get(&key);
        let entry = key.entry();
        let updated = row.map_or(tenant.created, |row| row.updated);
        let mut doc = Map::new();
        let mut put = |name: &str, value: Value| doc.insert(name.to_owned(), value);
        put("application_id", json!(entry.application));
        put("name", json!(entry.name));
        put("edition", json!(entry.edition));
        put("usage_name", json!(entry.usage));
        put("tenant_id", json!(tenant.id));
        put("status", json!(i64::from(row.is_some_and(|row| row.on))));
        let is_feature = entry.form == Form::Feature;
        put(
            "locked",
            if is_feature {
                Value::Null
            } else {
                json!(false)
            },
        );
        put("type", json!(entry.form.word()));
        put("infra_id", json!(self.infra_id(key.infra)));
        if let Some(unit) = entry.unit {
            put("measurement_unit", json!(unit));
        }
        if let Some(quota) = row.and_then(|row| row.quota) {
            put("quota", quota.json());
        }
        let flavour = u64::try_from(key.entry).unwrap_or_default();
        put("updated_at", json!(datetime(updated, flavour)));
        put("deleted_at", Value::Null);
        if flavour % 7 == 0 {
            put("grace_period_ends_at", Value::Null);
        }
        Value::Object(doc)
    }

    pub(super) fn infra_id(&self, infra: Option<usize>) -> Option<&str> {
        infra.map(|at| self.infras[at].id.as_str())
    }

    /// How much of an item a tenant uses.
    pub(super) fn used(&self, at: usize, key: Key) -> i64 {
        let usages = &self.tenants[at].usages;
        let usage = usages.get(&(key.entry().name.clone(), key.infra));
        usage.map_or(0, |usage| usage.absolute)
    }

    /// Whether a tenant uses an item at all.
    pub(super) fn in_use(&self, at: usize, key: Key) -> bool {
        self.tenants[at]
            .usages
            .get(&(key.entry().name.clone(), key.infra))
            .is_some_and(|usage| usage.absolute > 0 || usage.value > 0)
    }
}

impl Quota {
    pub(super) fn json(self) -> Value {
        json!({"value": self.value, "overage": self.overage, "version": self.version})
    }
}

fn fits_edition(entry: &Entry, in_use: &[(&str, &str)]) -> bool {
    let Some(edition) = entry.edition else {
        return true;
    };
    let mut same_application = in_use.iter().filter(|(app, _)| *app == entry.application);
    let mut any = false;
    same_application.any(|(_, used)| {
        any = true;
        *used == edition
    }) || !any
}
