//! What of the pay-as-you-go field is missing. Pure.

use crate::domain::action_kind::ActionKind;
use crate::domain::journal_action::JournalAction;
use crate::plan::{self, Description, FieldChange, Remark, RemarkKind, Value};

/// The values of the field.
const VALUES: [&str; 2] = ["Yes", "No"];

/// The numbers by which this database knows a single-choice list on contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContractListKind {
    pub(super) entity: i64,
    pub(super) list: i64,
}

/// The field of that name on contracts, made by us or by hand.
#[derive(Clone, Debug)]
pub(super) struct FieldDefinition {
    pub(super) is_list: bool,
    pub(super) active: bool,
    pub(super) values: Vec<String>,
}

/// Everything that was read.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) kind: ContractListKind,
    pub(super) definition: Option<FieldDefinition>,
}

/// One thing to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Field { name: String },
    Value { name: String, value: String },
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        let (stage, kind, subject, change, why) = match self {
            Self::Field { name } => (
                1,
                ActionKind::CreateField,
                name.clone(),
                FieldChange::added_field("kind", Value::from_text("list on contracts")),
                "in Autotask a field cannot be deleted or changed to another type: check the name \
                 first",
            ),
            Self::Value { name, value } => (
                2,
                ActionKind::AddValue,
                format!("{name}: {value}"),
                FieldChange::added_field("value", Value::from_text(value)),
                "in Autotask a value of a list cannot be deleted",
            ),
        };
        Description {
            stage,
            account: None,
            company: None,
            kind,
            subject,
            changes: vec![change],
            because: vec![why.to_owned()],
        }
    }

    /// The next run reads field and values anyway, and makes what is missing.
    fn to_journal(&self) -> JournalAction {
        JournalAction::Other
    }

    /// The values come after their field.
    fn lane(&self) -> String {
        "field".to_owned()
    }
}

/// Field and values that are missing; what is in the way is a note.
pub(super) fn plan(facts: &Facts) -> (Vec<Action>, Vec<Remark>) {
    let name = facts.name.clone();
    let Some(found) = &facts.definition else {
        let field = Action::Field { name: name.clone() };
        let values = VALUES.iter().map(|value| add_value(&name, value));
        return (std::iter::once(field).chain(values).collect(), Vec::new());
    };
    if !found.is_list {
        let text = format!(
            "contracts have a field {name:?} that is not a single-choice list, and its type \
             cannot be changed: rename it in Autotask, or set another name in billing.payg_field"
        );
        return (
            Vec::new(),
            vec![field_note(RemarkKind::FieldKind, facts, text)],
        );
    }
    let has = |value: &str| found.values.iter().any(|held| held == value);
    let missing = VALUES.iter().filter(|value| !has(value));
    let actions = missing.map(|value| add_value(&name, value)).collect();
    let notes = (!found.active).then(|| {
        let text = format!("the field {name:?} is inactive: activate it in Autotask");
        field_note(RemarkKind::FieldInactive, facts, text)
    });
    (actions, notes.into_iter().collect())
}

fn add_value(name: &str, value: &str) -> Action {
    Action::Value {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn field_note(kind: RemarkKind, facts: &Facts, text: String) -> Remark {
    Remark::new(kind, facts.name.clone(), text).for_person()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(definition: Option<FieldDefinition>) -> Facts {
        Facts {
            name: "Acronis PAYG".to_owned(),
            kind: ContractListKind { entity: 8, list: 5 },
            definition,
        }
    }

    fn found(is_list: bool, active: bool, values: &[&str]) -> Facts {
        facts(Some(FieldDefinition {
            is_list,
            active,
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }))
    }

    #[test]
    fn only_what_is_missing_is_made_and_a_field_of_another_kind_is_left() {
        let (actions, notes) = plan(&facts(None));
        assert_eq!((actions.len(), notes.len()), (3, 0));
        let (actions, notes) = plan(&found(true, true, &["Yes", "No", "Maybe"]));
        assert_eq!((actions.len(), notes.len()), (0, 0));
        let (actions, notes) = plan(&found(true, true, &["Yes"]));
        assert_eq!(actions, [add_value("Acronis PAYG", "No")]);
        assert_eq!(notes, []);
        let (actions, notes) = plan(&found(false, true, &[]));
        assert_eq!((actions.len(), notes[0].kind.as_str()), (0, "field-kind"));
        let (actions, notes) = plan(&found(true, false, &["Yes", "No"]));
        assert_eq!(
            (actions.len(), notes[0].kind.as_str()),
            (0, "field-inactive")
        );
    }
}
