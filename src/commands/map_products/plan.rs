//! Which items get which services. Pure: facts and wishes in, a plan or a sentence of refusal out.

mod create;
mod decide;
mod import;
mod names;
mod rules;
mod suggest;

pub(super) use create::{Making, create};
pub(super) use decide::{choose, set_measure, use_service};
pub(super) use import::{Wish, agreeing, import};
pub(super) use rules::Period;
pub(super) use suggest::suggest;

use super::facts::{Subject, shown};
use crate::domain::ids::BillingCodeId;
use crate::domain::journal_action::{JournalAction, WrittenItem};
use crate::domain::links::Choice;
use crate::domain::units::{Measure, Rounding, Unit};
use crate::plan::{self, Change, Description, Value};

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
        before: Option<Choice>,
        choice: Choice,
        measure: Measure,
    },
    /// Forget what was decided.
    Unset { item: Subject, before: Choice },
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

    pub(super) fn on(self, measure: Measure) -> Measure {
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

    fn kind(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-service",
            Self::Unset { .. } => "unset",
            Self::Decide { before, choice, .. } if before.as_ref() == Some(choice) => "set-measure",
            Self::Decide { choice, .. } => match choice {
                Choice::Service { .. } => "use-service",
                Choice::Free => "free",
                Choice::Leave => "leave",
            },
        }
    }

    fn changes(&self) -> Vec<Change> {
        match self {
            Self::Create {
                item,
                name,
                period,
                code,
                measure,
            } => {
                let mut changes = vec![
                    Change::set("service", Value::text(name)),
                    Change::set("period", Value::text(&period.1)),
                    Change::set("service_code", Value::text(&code.1)),
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
                let (was, now) = (shown(before.as_ref()), shown(Some(choice)));
                let mapping = (was != now).then(|| Change::new("mapping", was, now));
                let mut changes: Vec<Change> = mapping.into_iter().collect();
                changes.extend(measure_changes(item.measure, *measure));
                changes
            }
            Self::Unset { before, .. } => {
                vec![Change::new("mapping", shown(Some(before)), shown(None))]
            }
        }
    }
}

/// The fields in which two measures differ.
fn measure_changes(before: Measure, after: Measure) -> Vec<Change> {
    let text = |unit: Unit| Value::text(unit.as_str());
    let way = |rounding: Rounding| Value::text(rounding.as_str());
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
        .map(|(field, before, after)| Change::new(field, before, after))
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
            changes: self.changes(),
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
