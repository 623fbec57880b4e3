//! Field lists and rights of an entity, asked once per connection (autotask.md §6).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::picklists::{Picklist, PicklistValueWire, build_picklist};
use crate::http::Failure;

/// The fields of one entity as this database has them.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) entity: Entity,
    pub(crate) fields: Vec<Field>,
}

/// One field, standard or user-defined.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Shown name; only user-defined fields have one of their own.
    pub(crate) label: Option<String>,
    pub(crate) picklist: Option<Picklist>,
    /// A record cannot be created without it; what queues and categories require besides is not
    /// told (autotask.md §6).
    pub(crate) required: bool,
}

impl Field {
    /// Whether this is its name, or what it is shown as.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let label = self.label.as_deref().unwrap_or_default();
        self.name.eq_ignore_ascii_case(name) || label.eq_ignore_ascii_case(name)
    }
}

impl Fields {
    /// A field by name, without regard to case.
    pub(crate) fn get(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The picklist of a field; an empty one where the field is missing or has no values, so that
    /// every value is refused with a message that names the field.
    pub(crate) fn picklist_of(&self, name: &str) -> Picklist {
        self.get(name)
            .and_then(|field| field.picklist.clone())
            .unwrap_or_else(|| Picklist {
                name: format!("{}.{name}", self.entity),
                parent_field: None,
                choices: Vec::new(),
            })
    }
}

/// What an API user may do with the records of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessLevel {
    None,
    All,
    Restricted,
    /// Missing, or a word that is not known: nothing is concluded from it.
    Unknown,
}

/// Capabilities of an entity and rights of the API user on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) can_create: bool,
    pub(crate) can_query: bool,
    pub(crate) can_update: bool,
    pub(crate) create: AccessLevel,
    pub(crate) query: AccessLevel,
    pub(crate) update: AccessLevel,
    pub(crate) has_user_defined_fields: bool,
}

/// Answers already had, by entity and by whether they are the user-defined fields.
#[derive(Debug, Default)]
pub(super) struct FieldCache(Mutex<BTreeMap<(Entity, bool), Arc<Fields>>>);

impl FieldCache {
    fn get(&self, key: (Entity, bool)) -> Option<Arc<Fields>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(&key).cloned()
    }

    fn put_fields(&self, key: (Entity, bool), fields: &Arc<Fields>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(key, Arc::clone(fields));
    }
}

impl Autotask {
    /// The standard fields of an entity with their picklists.
    pub(crate) fn read_fields(&self, entity: Entity) -> Result<Arc<Fields>, Failure> {
        self.field_list(entity, false, "fields")
    }

    /// The user-defined fields of an entity.
    pub(crate) fn user_defined_fields(&self, entity: Entity) -> Result<Arc<Fields>, Failure> {
        self.field_list(entity, true, "userDefinedFields")
    }

    /// One picklist of an entity; empty where this database has no such list.
    pub(crate) fn read_picklist(&self, entity: Entity, field: &str) -> Result<Picklist, Failure> {
        Ok(self.read_fields(entity)?.picklist_of(field))
    }

    /// What the API user may do with an entity.
    pub(crate) fn read_rights(&self, entity: Entity) -> Result<Rights, Failure> {
        let path = [entity.as_str(), "entityInformation"];
        let what = format!("reading the permissions on {entity}");
        let answer: InfoAnswer = self.get(entity, &path, &what)?;
        Ok(answer.info.into_rights())
    }

    fn field_list(
        &self,
        entity: Entity,
        user: bool,
        segment: &str,
    ) -> Result<Arc<Fields>, Failure> {
        if let Some(known) = self.field_cache().get((entity, user)) {
            return Ok(known);
        }
        let path = [entity.as_str(), "entityInformation", segment];
        let what = format!("reading the fields of {entity}");
        let answer: FieldsAnswer = self.get(entity, &path, &what)?;
        let fields = Arc::new(answer.into_fields(entity));
        self.field_cache().put_fields((entity, user), &fields);
        Ok(fields)
    }
}

#[derive(Debug, Deserialize)]
struct FieldsAnswer {
    fields: Vec<FieldWire>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldWire {
    name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    label: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_pick_list: bool,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_required: bool,
    #[serde(default)]
    picklist_values: Option<Vec<PicklistValueWire>>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    picklist_parent_value_field: Option<String>,
}

impl FieldsAnswer {
    fn into_fields(self, entity: Entity) -> Fields {
        let fields = self.fields.into_iter().map(|wire| wire.into_field(entity));
        Fields {
            entity,
            fields: fields.collect(),
        }
    }
}

impl FieldWire {
    fn into_field(self, entity: Entity) -> Field {
        let name = format!("{entity}.{}", self.name);
        let parent = self.picklist_parent_value_field;
        let choices = self.picklist_values.or(self.is_pick_list.then(Vec::new));
        Field {
            required: self.is_required,
            name: self.name,
            label: self.label,
            picklist: choices.map(|choices| build_picklist(name, parent, choices)),
        }
    }
}

#[derive(Debug, Deserialize)]
struct InfoAnswer {
    info: InfoWire,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InfoWire {
    #[serde(default, deserialize_with = "decode::decode_flag")]
    can_create: bool,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    can_query: bool,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    can_update: bool,
    #[serde(default, deserialize_with = "decode::any_text")]
    user_access_for_create: Option<String>,
    #[serde(default, deserialize_with = "decode::any_text")]
    user_access_for_query: Option<String>,
    #[serde(default, deserialize_with = "decode::any_text")]
    user_access_for_update: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    has_user_defined_fields: bool,
}

impl InfoWire {
    fn into_rights(self) -> Rights {
        Rights {
            can_create: self.can_create,
            can_query: self.can_query,
            can_update: self.can_update,
            create: parse_access(self.user_access_for_create.as_deref()),
            query: parse_access(self.user_access_for_query.as_deref()),
            update: parse_access(self.user_access_for_update.as_deref()),
            has_user_defined_fields: self.has_user_defined_fields,
        }
    }
}

/// The level is written as text or as 0/1/2 (autotask.md §6). Which number is which is not said:
/// the order of the names is taken, and nothing is decided by the difference of 1 and 2.
fn parse_access(word: Option<&str>) -> AccessLevel {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("none" | "0") => AccessLevel::None,
        Some("all" | "1") => AccessLevel::All,
        Some("restricted" | "2") => AccessLevel::Restricted,
        Some(_) | None => AccessLevel::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_both_kinds_are_read_and_found_without_regard_to_case() {
        let answer: FieldsAnswer = serde_json::from_str(
            r#"{"fields": [
              {"name": "priority", "dataType": "integer", "length": 0, "isRequired": true,
               "isReadOnly": false, "isQueryable": true, "isReference": false,
               "referenceEntityType": "", "isPickList": true, "picklistParentValueField": "",
               "picklistValues": [{"value": "2", "label": "Medium", "isActive": true}],
               "isSupportedWebhookField": true},
              {"name": "title", "dataType": "string", "length": 255, "picklistValues": null},
              {"name": "Acronis PAYG", "label": "Acronis PAYG", "type": "string"}
            ]}"#,
        )
        .unwrap();
        let fields = answer.into_fields(Entity::Tickets);
        assert_eq!(
            fields.picklist_of("Priority").resolve_id("medium", None),
            Ok(2)
        );
        assert!(fields.get("title").unwrap().picklist.is_none());
        let refused = fields
            .picklist_of("title")
            .resolve_id("x", None)
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "\"x\" is not a value of Tickets.title; allowed: nothing"
        );
        let payg = fields.get("acronis payg").unwrap();
        assert_eq!(payg.label.as_deref(), Some("Acronis PAYG"));
    }

    #[test]
    fn access_is_read_as_word_or_number() {
        let answer: InfoAnswer = serde_json::from_str(
            r#"{"info": {"name": "Contract", "canCreate": true, "canQuery": true,
                "canUpdate": null, "userAccessForCreate": "None", "userAccessForQuery": 1}}"#,
        )
        .unwrap();
        let rights = answer.info.into_rights();
        assert_eq!(rights.create, AccessLevel::None);
        assert_eq!(rights.query, AccessLevel::All);
        assert_eq!(rights.update, AccessLevel::Unknown);
        assert!(rights.can_query && !rights.can_update);
    }
}
