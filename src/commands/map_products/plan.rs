//! Which items get which services. Pure: facts and wishes in, a plan or a sentence of refusal out.

mod create;
mod decide;
mod import;
mod names;
mod rules;
mod suggest;
mod used;

pub(super) use create::{ServiceOptions, plan_services};
pub(super) use decide::{plan_decisions, set_measure, use_service};
pub(super) use import::{ItemWish, plan_import, split_off_conflicts};
pub(super) use rules::ServicePeriod;
pub(super) use suggest::plan_suggestions;
pub(super) use used::{ItemUsers, UsedItems, select_used, services_by_item};

use super::facts::{Subject, show_choice};
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::BillingCodeId;
use crate::domain::journal_action::{JournalAction, WrittenItem};
use crate::domain::links::MappingChoice;
use crate::domain::units::{Measure, Rounding, Unit};
use crate::plan::{self, Description, FieldChange, Value};

/// One change of the product mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Make a service and map the item to it.
    Create {
        item: Subject,
        name: String,
        /// Id and label of the period type.
        period: (i64, String),
        /// Id and name of the billing code.
        code: (BillingCodeId, String),
        measure: Measure,
    },
    /// Decide for an item: a service that exists, free, or leave; also another measure of the same.
    Decide {
        item: Subject,
        before: Option<MappingChoice>,
        choice: MappingChoice,
        measure: Measure,
    },
    /// Forget what was decided.
    Unset {
        item: Subject,
        before: MappingChoice,
    },
}

/// What of a measure was asked for; the rest stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MeasureWish {
    pub(super) unit: Option<Unit>,
    pub(super) rounding: Option<Rounding>,
    pub(super) included: Option<i64>,
    pub(super) minimum: Option<i64>,
}

impl MeasureWish {
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Unit and rounding as somebody wrote them, behind these dashes on a command line.
    ///
    /// # Errors
    /// A sentence with the words that there are.
    pub(super) fn parse_words(
        unit: Option<&str>,
        rounding: Option<&str>,
        dashes: &str,
    ) -> Result<Self, String> {
        let unit = unit.map(|word| {
            Unit::parse(word).ok_or_else(|| {
                let known: Vec<&str> = Unit::ALL.iter().map(|unit| unit.as_str()).collect();
                format!("{dashes}unit takes {}, not {word:?}", known.join(", "))
            })
        });
        let rounding = rounding.map(|word| {
            Rounding::parse(word)
                .ok_or_else(|| format!("{dashes}rounding takes up, nearest or down, not {word:?}"))
        });
        Ok(Self {
            unit: unit.transpose()?,
            rounding: rounding.transpose()?,
            ..Self::default()
        })
    }

    pub(super) fn apply_to(self, measure: Measure) -> Measure {
        Measure {
            unit: self.unit.unwrap_or(measure.unit),
            rounding: self.rounding.unwrap_or(measure.rounding),
            included: self.included.unwrap_or(measure.included),
            minimum: self.minimum.unwrap_or(measure.minimum),
        }
    }
}

impl Action {
    pub(super) fn item(&self) -> &Subject {
        match self {
            Self::Create { item, .. } | Self::Decide { item, .. } | Self::Unset { item, .. } => {
                item
            }
        }
    }

    fn kind(&self) -> ActionKind {
        match self {
            Self::Create { .. } => ActionKind::CreateService,
            Self::Unset { .. } => ActionKind::Unset,
            Self::Decide { before, choice, .. } if before.as_ref() == Some(choice) => {
                ActionKind::SetMeasure
            }
            Self::Decide { choice, .. } => match choice {
                MappingChoice::Service { .. } => ActionKind::UseService,
                MappingChoice::Free => ActionKind::Free,
                MappingChoice::Leave => ActionKind::Leave,
            },
        }
    }

    fn list_changes(&self) -> Vec<FieldChange> {
        match self {
            Self::Create {
                item,
                name,
                period,
                code,
                measure,
            } => {
                let mut changes = vec![
                    FieldChange::added_field("service", Value::from_text(name)),
                    FieldChange::added_field("period", Value::from_text(&period.1)),
                    FieldChange::added_field("service_code", Value::from_text(&code.1)),
                ];
                changes.extend(measure_changes(item.measure, *measure));
                changes
            }
            Self::Decide {
                item,
                before,
                choice,
                measure,
            } => {
                let (was, now) = (show_choice(before.as_ref()), show_choice(Some(choice)));
                let mapping = (was != now).then(|| FieldChange::new("mapping", was, now));
                let mut changes: Vec<FieldChange> = mapping.into_iter().collect();
                changes.extend(measure_changes(item.measure, *measure));
                changes
            }
            Self::Unset { before, .. } => {
                vec![FieldChange::new(
                    "mapping",
                    show_choice(Some(before)),
                    show_choice(None),
                )]
            }
        }
    }
}

/// The fields in which two measures differ.
fn measure_changes(before: Measure, after: Measure) -> Vec<FieldChange> {
    let text = |unit: Unit| Value::from_text(unit.as_str());
    let way = |rounding: Rounding| Value::from_text(rounding.as_str());
    let all = [
        ("unit", text(before.unit), text(after.unit)),
        ("rounding", way(before.rounding), way(after.rounding)),
        (
            "included",
            Value::Whole(before.included),
            Value::Whole(after.included),
        ),
        (
            "minimum",
            Value::Whole(before.minimum),
            Value::Whole(after.minimum),
        ),
    ];
    all.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| FieldChange::new(field, before, after))
        .collect()
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        let item = self.item();
        Description {
            stage: 1,
            account: Some(item.account.clone()),
            company: None,
            kind: self.kind(),
            subject: item.key.to_string(),
            changes: self.list_changes(),
            because: Vec::new(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        let item = WrittenItem::Exact(self.item().key.clone());
        match self {
            Self::Create { name, measure, .. } => JournalAction::CreateService {
                item,
                name: name.clone(),
                unit: Some(measure.unit),
                rounding: Some(measure.rounding),
                included: Some(measure.included),
                minimum: Some(measure.minimum),
            },
            Self::Decide { .. } | Self::Unset { .. } => JournalAction::DecideItem { item },
        }
    }

    /// Services are made side by side. Decisions change this machine's memory only and go together.
    fn lane(&self) -> String {
        let item = self.item();
        match self {
            Self::Create { .. } => format!("{}/{}", item.account, item.key),
            Self::Decide { .. } | Self::Unset { .. } => "decisions".to_owned(),
        }
    }

    /// All decisions of a plan or none, so that two items can swap their services.
    fn batch(&self) -> Option<String> {
        match self {
            Self::Create { .. } => None,
            Self::Decide { .. } | Self::Unset { .. } => Some("decisions".to_owned()),
        }
    }
}
