//! Words that change items and usages from outside.

use serde_json::Value;

use super::Cloud;
use super::catalogue::{FUTURE_ITEM, Form, position};
use super::item::{Key, Quota, Row};
use super::storages::Infra;
use super::usages::Usage;

impl Cloud {
    /// Switches an item on with no rule checked. `quota` is value and overage in the item's unit, an
    /// overage of `None` makes it soft; no quota means unlimited. Answers whether there is such an item.
    pub fn enable_item(
        &mut self,
        tenant: &str,
        name: &str,
        infra: Option<&str>,
        quota: Option<(i64, Option<i64>)>,
    ) -> bool {
        let at = self.place_of(tenant);
        let Some(key) = self.key(name, infra) else {
            return false;
        };
        let quota = match quota {
            Some((value, overage)) => self.stored(Some(value), overage),
            None => Quota::default(),
        };
        let limited = key.entry().form != Form::Feature;
        let row = Row {
            on: true,
            quota: limited.then_some(quota),
            updated: self.now,
        };
        self.tenants[at].items.insert(key, row);
        true
    }

    /// Switches an item off with no rule checked; its quota stays. Answers whether it was there.
    pub fn disable_item(&mut self, tenant: &str, name: &str, infra: Option<&str>) -> bool {
        let at = self.place_of(tenant);
        let (key, now) = (self.key(name, infra), self.now);
        let Some(row) = key.and_then(|key| self.tenants[at].items.get_mut(&key)) else {
            return false;
        };
        row.on = false;
        row.updated = now;
        true
    }

    /// Offers an item whose type and unit are in no document to the root, every partner and folder.
    /// Answers its name.
    pub fn offer_future_item(&mut self) -> String {
        self.offer_item(FUTURE_ITEM);
        FUTURE_ITEM.to_owned()
    }

    /// Offers an item of the catalogue to the root, every partner and folder, on every storage that can
    /// carry it: for what no seeded world offers, as `pw_base_m365_seats_unlimited`,
    /// `pw_base_storage_class1` and `…_class2`, `pw_base_secondary_storage` (geo-redundant, listed
    /// under `include_secondary` only) and `pw_base_secondary_m365_seats`, all with names of our own.
    /// Answers whether there is such an item.
    pub fn offer_item(&mut self, name: &str) -> bool {
        let Some(entry) = position(name) else {
            return false;
        };
        let place = Key { entry, infra: None }.entry().place;
        let carries = |infra: &Infra| {
            let able = &infra.capabilities;
            place.is_some_and(|place| able.iter().any(|word| word == place))
        };
        let infras: Vec<Option<usize>> = match place {
            None => vec![None],
            Some(_) => (0..self.infras.len())
                .filter(|&at| carries(&self.infras[at]))
                .map(Some)
                .collect(),
        };
        for infra in infras {
            self.offer_to_all(Key { entry, infra });
        }
        true
    }

    /// Sets a usage in the unit of its item. A name that is no item, such as `m365_seats_shared`, makes
    /// a row without an `offering_item`.
    pub fn set_usage(
        &mut self,
        tenant: &str,
        name: &str,
        infra: Option<&str>,
        absolute: i64,
        value: i64,
    ) {
        let at = self.place_of(tenant);
        let infra = infra.and_then(|id| self.infra_place(id));
        let usage = Usage { absolute, value };
        self.tenants[at]
            .usages
            .insert((name.to_owned(), infra), usage);
    }

    /// Takes a row away, as if the item had never been used. Answers whether it was there.
    pub fn remove_usage_row(&mut self, tenant: &str, name: &str, infra: Option<&str>) -> bool {
        let at = self.place_of(tenant);
        let infra = infra.and_then(|id| self.infra_place(id));
        let usages = &mut self.tenants[at].usages;
        usages.remove(&(name.to_owned(), infra)).is_some()
    }

    /// The items a tenant lists, as the API shows them, with `edition=*`.
    #[must_use]
    pub fn items_of(&self, tenant: &str) -> Vec<Value> {
        let at = self.place_of(tenant);
        let keys = self.listed(at).into_iter();
        keys.map(|key| self.item_json(at, key)).collect()
    }

    /// The key of an item; `None` when the name is unknown, or the storage is missing or too much.
    fn key(&self, name: &str, infra: Option<&str>) -> Option<Key> {
        let entry = position(name)?;
        let infra = match infra {
            Some(id) => Some(self.infra_place(id)?),
            None => None,
        };
        let key = Key { entry, infra };
        (key.entry().place.is_some() == infra.is_some()).then_some(key)
    }

    fn infra_place(&self, id: &str) -> Option<usize> {
        self.infras.iter().position(|infra| infra.id == id)
    }
}
