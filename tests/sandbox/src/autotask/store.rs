//! Records of all entities but unit rows, which `units` keeps.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schema::{self, Entity};

/// One row of an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) fields: Map<String, Value>,
    /// By id of the definition, so that a renamed field keeps its values.
    pub(super) udfs: BTreeMap<i64, String>,
}

impl Record {
    pub(super) fn value(&self, field: &str) -> &Value {
        self.fields.get(field).unwrap_or(&Value::Null)
    }

    pub(super) fn int(&self, field: &str) -> Option<i64> {
        self.value(field).as_i64()
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.value(field).as_str().unwrap_or("")
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    /// Inactive in the sense of a reference (autotask.md §3): `isActive` is false, or 0 for contacts.
    pub(super) fn inactive(&self) -> bool {
        match self.value("isActive") {
            Value::Bool(active) => !active,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

/// The records of a database.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    tables: BTreeMap<&'static str, BTreeMap<i64, Record>>,
    last_ids: BTreeMap<&'static str, i64>,
}

impl Store {
    pub(super) fn table(&self, entity: &str) -> impl DoubleEndedIterator<Item = (i64, &Record)> {
        self.tables
            .get(entity)
            .into_iter()
            .flatten()
            .map(|(id, record)| (*id, record))
    }

    /// Rows with an id above `after`, in order of id.
    pub(super) fn after(&self, entity: &str, after: i64) -> impl Iterator<Item = (i64, &Record)> {
        self.tables
            .get(entity)
            .into_iter()
            .flat_map(move |table| table.range(after.saturating_add(1)..))
            .map(|(id, record)| (*id, record))
    }

    pub(super) fn get(&self, entity: &str, id: i64) -> Option<&Record> {
        self.tables.get(entity)?.get(&id)
    }

    pub(super) fn get_mut(&mut self, entity: &str, id: i64) -> Option<&mut Record> {
        self.tables.get_mut(entity)?.get_mut(&id)
    }

    /// The next free id of an entity. Steps are uneven, as ids in a shared service are.
    pub(super) fn next_id(&mut self, entity: &Entity) -> i64 {
        let last = self.last_ids.entry(entity.name).or_insert(entity.first_id);
        *last += 1 + (*last % 3);
        *last
    }

    pub(super) fn insert(&mut self, entity: &Entity, mut record: Record) -> i64 {
        let id = self.next_id(entity);
        record.set("id", id);
        self.tables
            .entry(entity.name)
            .or_default()
            .insert(id, record);
        id
    }

    /// Puts a record at an id of its own choosing: system rows such as company 0.
    pub(super) fn put(&mut self, entity: &str, id: i64, mut record: Record) {
        let Some(entity) = schema::entity(entity) else {
            return;
        };
        record.set("id", json!(id));
        self.tables
            .entry(entity.name)
            .or_default()
            .insert(id, record);
    }

    pub(super) fn remove(&mut self, entity: &str, id: i64) -> Option<Record> {
        self.tables.get_mut(entity)?.remove(&id)
    }
}
