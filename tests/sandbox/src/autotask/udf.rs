//! User-defined fields: definitions and list items are entities, values live in the records
//! (autotask.md §8.10).

use serde_json::{Value, json};

use super::{
    Database,
    refusal::{Refusal, required, unknown_field, wrong_type},
    schema::Entity,
    store::Record,
};

pub(super) const DEFINITIONS: &str = "UserDefinedFieldDefinitions";
pub(super) const LIST_ITEMS: &str = "UserDefinedFieldListItems";
/// Label of the data type whose values come from list items.
pub(super) const LIST: &str = "List (single select)";

/// An active definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Udf {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) protected: bool,
    pub(super) list: bool,
    pub(super) required: bool,
}

impl Database {
    /// The active user-defined fields of an entity.
    pub(super) fn udfs_of(&self, entity: &Entity) -> Vec<Udf> {
        let Some(label) = entity.udf_type else {
            return Vec::new();
        };
        let udf_type = self.picklists.by_label(DEFINITIONS, "udfType", label);
        let list = self.picklists.by_label(DEFINITIONS, "dataType", LIST);
        self.store
            .table(DEFINITIONS)
            .filter(|(_, record)| udf_type.is_some() && record.int("udfType") == udf_type)
            .filter(|(_, record)| record.value("isActive") == &Value::Bool(true))
            .map(|(id, record)| Udf {
                id,
                name: record.text("name").to_owned(),
                protected: record.value("isProtected") == &Value::Bool(true),
                list: record.int("dataType") == list,
                required: record.value("isRequired") == &Value::Bool(true),
            })
            .collect()
    }

    pub(super) fn udf_named(&self, entity: &Entity, name: &str) -> Option<Udf> {
        self.udfs_of(entity)
            .into_iter()
            .find(|udf| udf.name.eq_ignore_ascii_case(name))
    }

    /// Active list items of a definition: id and text.
    pub(super) fn list_items(&self, definition: i64) -> Vec<(i64, String)> {
        self.store
            .table(LIST_ITEMS)
            .filter(|(_, item)| item.int("udfFieldId") == Some(definition) && !item.inactive())
            .map(|(id, item)| (id, item.text("valueForDisplay").to_owned()))
            .collect()
    }

    /// Writes the `userDefinedFields` of a body into a record. Fields not named stay.
    ///
    /// # Errors
    /// An unknown name, a value of the wrong type, or one that matches no list item exactly
    /// (autotask.md §8.10 "must match an item exactly"; the wording is a guess).
    pub(super) fn write_udfs(
        &self,
        entity: &Entity,
        given: &Value,
        record: &mut Record,
    ) -> Result<(), Refusal> {
        let list = given
            .as_array()
            .ok_or_else(|| Refusal::invalid(wrong_type("userDefinedFields", given)))?;
        for entry in list {
            let name = entry["name"].as_str().unwrap_or("");
            let udf = self
                .udf_named(entity, name)
                .ok_or_else(|| Refusal::invalid(unknown_field(name, entity.singular)))?;
            let text = match &entry["value"] {
                Value::Null => {
                    record.udfs.remove(&udf.id);
                    continue;
                }
                Value::String(text) => text,
                other
                @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    return Err(Refusal::invalid(wrong_type(name, other)));
                }
            };
            if udf.list && !self.list_items(udf.id).iter().any(|(_, item)| item == text) {
                return Err(Refusal::invalid(format!(
                    "Value {text} does not exist or is invalid for the user-defined field {name}."
                )));
            }
            record.udfs.insert(udf.id, text.clone());
        }
        Ok(())
    }

    /// The `fields` of `/entityInformation/userDefinedFields` (autotask.md §6: `type` and `label`).
    pub(super) fn udf_metadata(&self, entity: &Entity) -> Vec<Value> {
        self.udfs_of(entity)
            .iter()
            .map(|udf| {
                let items: Vec<Value> = self
                    .list_items(udf.id)
                    .iter()
                    .enumerate()
                    .map(|(order, (id, text))| {
                        json!({
                            "value": id.to_string(), "label": text, "isDefaultValue": false,
                            "sortOrder": order, "parentValue": "", "isActive": true,
                            "isSystem": false,
                        })
                    })
                    .collect();
                let record = self.store.get(DEFINITIONS, udf.id);
                let text = |field: &str| record.map_or(Value::Null, |r| r.value(field).clone());
                json!({
                    "name": udf.name, "label": udf.name, "type": "string", "length": 0,
                    "description": text("description"), "isRequired": udf.required, "isReadOnly": false,
                    "isQueryable": true, "isReference": false, "referenceEntityType": "",
                    "isPickList": udf.list,
                    "picklistValues": if udf.list { Value::Array(items) } else { Value::Null },
                    "picklistParentValueField": "", "defaultValue": text("defaultValue"),
                    "isSupportedWebhookField": false,
                })
            })
            .collect()
    }

    /// Rules of definitions: the name is unique among the fields of that entity.
    pub(super) fn check_definition(
        &self,
        id: Option<i64>,
        record: &mut Record,
    ) -> Result<(), Refusal> {
        let name = record.text("name").to_owned();
        let clash = self.store.table(DEFINITIONS).any(|(other, existing)| {
            Some(other) != id
                && existing.int("udfType") == record.int("udfType")
                && existing.text("name").eq_ignore_ascii_case(&name)
        });
        if clash {
            return Err(Refusal::invalid(format!(
                "A user-defined field named {name} already exists."
            )));
        }
        if id.is_none() {
            // "send isActive true" (autotask.md §8.10): left out, the field comes out inactive. That
            // is the careful reading; no source says what the default is.
            if record.value("isActive").is_null() {
                record.set("isActive", false);
            }
            let default = record.value("defaultValue");
            let is_list =
                record.int("dataType") == self.picklists.by_label(DEFINITIONS, "dataType", LIST);
            if is_list && !default.is_null() {
                // No item exists yet that the default could name (recipe of autotask.md §8.10).
                return Err(Refusal::invalid(
                    "defaultValue must be one of the list items.; on record number [0].",
                ));
            }
        }
        if record.int("sortOrder").is_some_and(|order| order < 1) {
            return Err(Refusal::invalid("sortOrder must be above 0."));
        }
        if record.value("sortOrder").is_null() {
            record.set("sortOrder", 1);
        }
        Ok(())
    }

    /// Rules of list items: only on list fields, both texts unique within the field.
    pub(super) fn check_list_item(
        &self,
        id: Option<i64>,
        record: &mut Record,
    ) -> Result<(), Refusal> {
        let definition = record
            .int("udfFieldId")
            .ok_or_else(|| Refusal::invalid(required("udfFieldId")))?;
        let list = self.picklists.by_label(DEFINITIONS, "dataType", LIST);
        let owner = self.store.get(DEFINITIONS, definition);
        if owner.is_none_or(|owner| owner.int("dataType") != list) {
            return Err(Refusal::invalid(
                "List items can only be added to a list user-defined field.",
            ));
        }
        for field in ["valueForDisplay", "valueForExport"] {
            let text = record.text(field);
            let clash = self.store.table(LIST_ITEMS).any(|(other, item)| {
                Some(other) != id
                    && item.int("udfFieldId") == Some(definition)
                    && item.text(field).eq_ignore_ascii_case(text)
            });
            if clash {
                return Err(Refusal::invalid(format!(
                    "{field} {text} already exists in this user-defined field."
                )));
            }
        }
        if record.value("isActive").is_null() {
            record.set("isActive", true);
        }
        Ok(())
    }
}
