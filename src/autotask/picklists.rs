//! What Autotask says about its own entities: fields, picklists, rights (autotask.md §6).
//!
//! Picklist ids differ per database, so people write labels or ids and the live list decides.

use serde::Deserialize;

use super::decode;
use crate::domain::labels::several_by_id;
use crate::domain::names::same_in_database;

/// The values of one picklist field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picklist {
    /// As in messages: `Tickets.priority`.
    pub(crate) name: String,
    /// The field whose value decides which of these may be chosen.
    pub(crate) parent_field: Option<String>,
    pub(crate) choices: Vec<PicklistValue>,
}

/// One value of a picklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PicklistValue {
    /// The service writes it as text even where the entity's field is a number.
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) active: bool,
    pub(crate) default: bool,
    pub(crate) system: bool,
    /// Place in the list; says more about severity than label or id do (autotask.md §8.11).
    pub(crate) order: i64,
    pub(crate) parent: Option<String>,
}

/// A wanted value that the live picklist does not offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wanted:?} {why} {name}{}", self.describe_allowed())]
pub(crate) struct UnlistedValue {
    pub(crate) name: String,
    pub(crate) wanted: String,
    pub(crate) why: UnlistedReason,
    /// What could have been written instead, as `label (id)`; the values that share the label when
    /// it names several.
    pub(crate) allowed: Vec<String>,
}

/// Why a wanted value cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnlistedReason {
    #[error("is not a value of")]
    Unknown,
    #[error("is switched off in")]
    Inactive,
    #[error("does not belong to the chosen parent value in")]
    OtherParent,
    #[error("matches several values of")]
    Ambiguous,
    #[error("has no numeric id in")]
    NotANumber,
}

impl UnlistedValue {
    fn describe_allowed(&self) -> String {
        let those = self.allowed.iter().cloned();
        match self.why {
            UnlistedReason::Ambiguous => format!(": {}", several_by_id(those)),
            UnlistedReason::Unknown
            | UnlistedReason::Inactive
            | UnlistedReason::OtherParent
            | UnlistedReason::NotANumber
                if self.allowed.is_empty() =>
            {
                "; allowed: nothing".to_owned()
            }
            UnlistedReason::Unknown
            | UnlistedReason::Inactive
            | UnlistedReason::OtherParent
            | UnlistedReason::NotANumber => {
                format!("; allowed: {}", self.allowed.join(", "))
            }
        }
    }
}

impl PicklistValue {
    fn belongs_to(&self, parent: Option<i64>) -> bool {
        match (&self.parent, parent) {
            (Some(own), Some(parent)) => *own == parent.to_string(),
            (None, _) | (Some(_), None) => true,
        }
    }

    fn numeric_id(&self) -> Option<i64> {
        self.value.trim().parse().ok()
    }
}

impl Picklist {
    /// The id for a label (without regard to case) or an id; a label that reads like another
    /// value's id wins, because labels are what people see.
    ///
    /// `parent` is the id chosen for [`Self::parent_field`]; with `None` it is not checked.
    pub(crate) fn resolve_id(
        &self,
        wanted: &str,
        parent: Option<i64>,
    ) -> Result<i64, UnlistedValue> {
        let refuse = |why| self.refuse_value(wanted, why, parent);
        let named = self.find_named(wanted);
        let fitting: Vec<&PicklistValue> = (named.iter().copied())
            .filter(|choice| choice.belongs_to(parent))
            .collect();
        let mut active = fitting.iter().filter(|choice| choice.active);
        match (active.next(), active.next()) {
            (Some(choice), None) => choice
                .numeric_id()
                .ok_or_else(|| refuse(UnlistedReason::NotANumber)),
            (Some(_), Some(_)) => Err(UnlistedValue {
                allowed: labels_with_ids(fitting.iter().copied().filter(|choice| choice.active)),
                ..refuse(UnlistedReason::Ambiguous)
            }),
            (None, _) if named.is_empty() => Err(refuse(UnlistedReason::Unknown)),
            (None, _) if fitting.is_empty() => Err(refuse(UnlistedReason::OtherParent)),
            (None, _) => Err(refuse(UnlistedReason::Inactive)),
        }
    }

    /// The label of an id, also of one that is switched off by now.
    pub(crate) fn label_of(&self, id: i64) -> Option<&str> {
        self.choices
            .iter()
            .find(|choice| choice.numeric_id() == Some(id))
            .map(|choice| choice.label.as_str())
    }

    /// The ids of the active values whose label contains a word, without regard to case.
    pub(crate) fn ids_labelled(&self, word: &str) -> Vec<i64> {
        let word = word.to_lowercase();
        self.active_values()
            .filter(|choice| choice.label.to_lowercase().contains(&word))
            .filter_map(PicklistValue::numeric_id)
            .collect()
    }

    /// The values that can be chosen.
    pub(crate) fn active_values(&self) -> impl Iterator<Item = &PicklistValue> {
        self.choices.iter().filter(|choice| choice.active)
    }

    fn find_named(&self, wanted: &str) -> Vec<&PicklistValue> {
        let wanted = wanted.trim();
        let by_label: Vec<&PicklistValue> = (self.choices.iter())
            .filter(|choice| same_in_database(&choice.label, wanted))
            .collect();
        if by_label.is_empty() {
            (self.choices.iter())
                .filter(|choice| choice.value == wanted)
                .collect()
        } else {
            by_label
        }
    }

    pub(super) fn refuse_value(
        &self,
        wanted: &str,
        why: UnlistedReason,
        parent: Option<i64>,
    ) -> UnlistedValue {
        UnlistedValue {
            name: self.name.clone(),
            wanted: wanted.to_owned(),
            why,
            allowed: labels_with_ids(
                self.active_values()
                    .filter(|choice| choice.belongs_to(parent)),
            ),
        }
    }
}

/// `label (id)` each.
fn labels_with_ids<'c>(choices: impl Iterator<Item = &'c PicklistValue>) -> Vec<String> {
    choices
        .map(|choice| format!("{} ({})", choice.label, choice.value))
        .collect()
}

/// One element of `picklistValues`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PicklistValueWire {
    #[serde(default, deserialize_with = "decode::any_text")]
    value: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    label: String,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_default_value: bool,
    #[serde(default)]
    sort_order: Option<i64>,
    #[serde(default, deserialize_with = "decode::any_text")]
    parent_value: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_active: bool,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_system: bool,
}

/// The picklist of a field; a value without a value (an empty first line) is no choice.
pub(super) fn build_picklist(
    name: String,
    parent_field: Option<String>,
    wire: Vec<PicklistValueWire>,
) -> Picklist {
    let choice = |wire: PicklistValueWire| {
        Some(PicklistValue {
            value: wire.value?,
            label: wire.label,
            active: wire.is_active,
            default: wire.is_default_value,
            system: wire.is_system,
            order: wire.sort_order.unwrap_or_default(),
            parent: wire.parent_value,
        })
    };
    Picklist {
        name,
        parent_field,
        choices: wire.into_iter().filter_map(choice).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Picklist {
        let wire = serde_json::from_str(
            r#"[
              {"value": "10", "label": "Backup", "isActive": true, "sortOrder": 1, "parentValue": "", "isSystem": false},
              {"value": "11", "label": "Failed", "isActive": true, "parentValue": "10"},
              {"value": "12", "label": "Failed", "isActive": true, "parentValue": "20"},
              {"value": "13", "label": "Old", "isActive": false, "parentValue": null},
              {"value": "14", "label": "11", "isActive": true, "parentValue": null},
              {"value": null, "label": "", "isActive": true},
              {"value": 15, "label": "Recurring Contract Service", "isActive": true, "isDefaultValue": true}
            ]"#,
        )
        .unwrap();
        build_picklist(
            "Tickets.subIssueType".to_owned(),
            Some("issueType".to_owned()),
            wire,
        )
    }

    #[test]
    fn a_label_in_any_case_or_an_id_finds_the_value() {
        assert_eq!(list().resolve_id(" bACKUP ", None), Ok(10));
        assert_eq!(list().resolve_id("10", None), Ok(10));
        assert_eq!(list().resolve_id("15", None), Ok(15));
        assert_eq!(list().label_of(13), Some("Old"));
    }

    #[test]
    fn a_label_that_reads_like_an_id_wins() {
        assert_eq!(list().resolve_id("11", None), Ok(14));
    }

    #[test]
    fn the_parent_tells_equal_labels_apart() {
        assert_eq!(list().resolve_id("Failed", Some(10)), Ok(11));
        assert_eq!(list().resolve_id("Failed", Some(20)), Ok(12));
        assert_eq!(
            list().resolve_id("Failed", None).unwrap_err().why,
            UnlistedReason::Ambiguous
        );
        assert_eq!(
            list().resolve_id("Failed", None).unwrap_err().to_string(),
            "\"Failed\" matches several values of Tickets.subIssueType: Failed (11), Failed (12); \
             write the id"
        );
        let other = list().resolve_id("Failed", Some(30)).unwrap_err();
        assert_eq!(other.why, UnlistedReason::OtherParent);
    }

    #[test]
    fn an_inactive_value_is_refused_as_such() {
        assert_eq!(
            list().resolve_id("Old", None).unwrap_err().why,
            UnlistedReason::Inactive
        );
        assert_eq!(
            list().resolve_id("13", None).unwrap_err().why,
            UnlistedReason::Inactive
        );
    }

    #[test]
    fn a_refusal_lists_what_is_allowed() {
        let refused = list().resolve_id("Fialed", Some(20)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "\"Fialed\" is not a value of Tickets.subIssueType; allowed: Backup (10), \
             Failed (12), 11 (14), Recurring Contract Service (15)"
        );
    }

    #[test]
    fn labels_are_searched_for_a_word() {
        assert_eq!(list().ids_labelled("recurring"), vec![15]);
        assert_eq!(list().ids_labelled("old"), Vec::<i64>::new());
    }
}
