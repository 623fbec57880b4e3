//! Picklists: per database, with ids that only the metadata tells (autotask.md §6, §8).

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One value of a picklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub value: i64,
    pub label: String,
    /// A value of the picklist this one depends on.
    pub parent: Option<i64>,
    pub active: bool,
    pub system: bool,
    pub default: bool,
}

impl Pick {
    /// An active value of no parent.
    #[must_use]
    pub fn new(value: i64, label: &str) -> Self {
        Self {
            value,
            label: label.to_owned(),
            parent: None,
            active: true,
            system: false,
            default: false,
        }
    }

    /// `value` travels as a string (autotask.md §6).
    pub(super) fn json(&self, sort_order: usize) -> Value {
        json!({
            "value": self.value.to_string(),
            "label": self.label,
            "isDefaultValue": self.default,
            "sortOrder": sort_order,
            "parentValue": self.parent.map_or_else(String::new, |parent| parent.to_string()),
            "isActive": self.active,
            "isSystem": self.system,
        })
    }
}

/// All picklists of a database, by entity and field.
#[derive(Clone, Debug, Default)]
pub(super) struct Picklists(BTreeMap<(String, String), Vec<Pick>>);

impl Picklists {
    pub(super) fn of(&self, entity: &str, field: &str) -> Option<&[Pick]> {
        self.0
            .get(&(entity.to_owned(), field.to_owned()))
            .map(Vec::as_slice)
    }

    pub(super) fn edit(&mut self, entity: &str, field: &str) -> &mut Vec<Pick> {
        self.0
            .entry((entity.to_owned(), field.to_owned()))
            .or_default()
    }

    pub(super) fn find(&self, entity: &str, field: &str, value: i64) -> Option<&Pick> {
        self.of(entity, field)?
            .iter()
            .find(|pick| pick.value == value)
    }

    pub(super) fn by_label(&self, entity: &str, field: &str, label: &str) -> Option<i64> {
        self.of(entity, field)?
            .iter()
            .find(|pick| pick.label.eq_ignore_ascii_case(label))
            .map(|pick| pick.value)
    }

    pub(super) fn default_of(&self, entity: &str, field: &str) -> Option<i64> {
        self.of(entity, field)?
            .iter()
            .find(|pick| pick.default)
            .map(|pick| pick.value)
    }
}
