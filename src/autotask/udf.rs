//! Definitions of user-defined fields and the items of list fields (autotask.md §8.10).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::picklists::{Picklist, UnlistedReason, UnlistedValue};
use super::query::{Query, eq};
use super::read::records;
use crate::http::Failure;

const FIELDS: &[&str] = &["name", "description", "udfType", "dataType", "isActive"];
const ITEM_FIELDS: &[&str] = &["udfFieldId", "valueForDisplay", "valueForExport"];

/// The definition of a user-defined field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct UdfDefinition {
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    pub(crate) description: Option<String>,
    /// The entity the field belongs to, as id in the `udfType` picklist.
    #[serde(
        default,
        rename = "udfType",
        deserialize_with = "decode::decode_number"
    )]
    pub(crate) udf_type: Option<i64>,
    /// Id in the `dataType` picklist.
    #[serde(
        default,
        rename = "dataType",
        deserialize_with = "decode::decode_number"
    )]
    pub(crate) data_type: Option<i64>,
    #[serde(default, rename = "isActive", deserialize_with = "decode::decode_flag")]
    pub(crate) active: bool,
}

/// One value of a list field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct UdfListItem {
    pub(crate) id: i64,
    // Irregular among the vendor's names (autotask.md §7), so the regular one is taken too.
    #[serde(rename = "udfFieldId", alias = "udfFieldID")]
    pub(crate) udf: i64,
    #[serde(
        default,
        rename = "valueForDisplay",
        deserialize_with = "decode::decode_shown_text"
    )]
    pub(crate) display: String,
    #[serde(
        default,
        rename = "valueForExport",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) export: Option<String>,
}

/// The two ids that make a single-choice list on contracts; they cannot be corrected once a field
/// was made with the wrong ones (autotask.md §8.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UdfKind {
    pub(crate) udf_type: i64,
    pub(crate) data_type: i64,
}

records!(UdfDefinition, UdfListItem);

impl Autotask {
    /// The definitions of this name, of every entity, inactive ones included. Names are unique
    /// within an entity only.
    pub(crate) fn udf_definitions(&self, name: &str) -> Result<Vec<UdfDefinition>, Failure> {
        let query = Query::for_entity(Entity::UserDefinedFieldDefinitions)
            .with_fields(FIELDS)
            .with_filter(eq("name", name));
        let what = "reading definitions of user-defined fields";
        self.read_all(&query, what)
    }

    /// The values of a list field, by id.
    pub(crate) fn udf_list_items(&self, udf: i64) -> Result<Vec<UdfListItem>, Failure> {
        let query = Query::for_entity(Entity::UserDefinedFieldListItems)
            .with_fields(ITEM_FIELDS)
            .with_filter(eq("udfFieldId", udf));
        let what = "reading the values of a user-defined field";
        self.read_all(&query, what)
    }

    /// What a single-choice list on contracts is called in this database. The numbers are found
    /// in no document, the labels decide; `Err` inside says which was not clear.
    pub(crate) fn contract_list_kind(&self) -> Result<Result<UdfKind, UnlistedValue>, Failure> {
        let fields = self.read_fields(Entity::UserDefinedFieldDefinitions)?;
        Ok(contract_list(
            &fields.picklist_of("udfType"),
            &fields.picklist_of("dataType"),
        ))
    }
}

fn contract_list(udf_types: &Picklist, data_types: &Picklist) -> Result<UdfKind, UnlistedValue> {
    let udf_type = udf_types
        .resolve_id("Contract", None)
        .or_else(|_| udf_types.resolve_id("Contracts", None))?;
    Ok(UdfKind {
        udf_type,
        data_type: single_choice(data_types)?,
    })
}

/// The only value whose label speaks of a list and not of several choices; fields with several
/// choices are outside the API (autotask.md §8.10).
fn single_choice(data_types: &Picklist) -> Result<i64, UnlistedValue> {
    let many = data_types.ids_labelled("multi");
    let mut lists = data_types.ids_labelled("list");
    lists.retain(|id| !many.contains(id));
    match lists.as_slice() {
        [id] => Ok(*id),
        other => {
            let why = if other.is_empty() {
                UnlistedReason::Unknown
            } else {
                UnlistedReason::Ambiguous
            };
            Err(data_types.refuse_value("List", why, None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::picklists::build_picklist;
    use super::*;

    fn list(name: &str, labels: &[(i64, &str)]) -> Picklist {
        let json: Vec<_> = (labels.iter())
            .map(|(id, label)| {
                serde_json::json!({"value": id.to_string(), "label": label, "isActive": true})
            })
            .collect();
        let wire = serde_json::from_str(&serde_json::Value::from(json).to_string()).unwrap();
        build_picklist(name.to_owned(), None, wire)
    }

    #[test]
    fn the_single_choice_list_on_contracts_is_found_by_its_labels() {
        let types = list("udfType", &[(1, "Company"), (8, "Contracts")]);
        let data = [
            (1, "Text (Single Line)"),
            (5, "List (Single Select)"),
            (6, "List (Multi Select)"),
        ];
        let kind = contract_list(&types, &list("dataType", &data));
        let expected = UdfKind {
            udf_type: 8,
            data_type: 5,
        };
        assert_eq!(kind, Ok(expected));
    }

    #[test]
    fn unclear_labels_are_refused_instead_of_guessed() {
        let types = list("udfType", &[(1, "Company")]);
        let data = list("dataType", &[(5, "List")]);
        assert_eq!(
            contract_list(&types, &data).unwrap_err().why,
            UnlistedReason::Unknown
        );
        let types = list("udfType", &[(8, "Contract")]);
        let data = list("dataType", &[(5, "List"), (6, "Price list")]);
        let refused = contract_list(&types, &data).unwrap_err();
        assert_eq!(refused.why, UnlistedReason::Ambiguous);
        assert!(refused.to_string().contains("Price list (6)"), "{refused}");
    }
}
