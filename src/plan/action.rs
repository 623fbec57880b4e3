//! Actions are data; text, JSON, log line and journal row are all drawn from one description.

use std::fmt;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use crate::domain::action_kind::{ActionKind, spoken_kind};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::journal_action::JournalAction;

/// One thing that a plan would do.
pub(crate) trait Action: Clone + fmt::Debug {
    /// Everything that is ever said of the action.
    fn describe(&self) -> Description;

    /// The action as the journal keeps it, for a run that has to find out how it ended.
    fn to_journal(&self) -> JournalAction;

    /// What is written right after this one, as a part of the same line of the plan, and has an entry
    /// of its own in the journal: it is not forgotten when the run ends between the two.
    fn follow_up(&self) -> Option<Self> {
        None
    }

    /// Actions of one lane are carried out one after the other, and the first failure stops the
    /// lane; different lanes run side by side.
    fn lane(&self) -> String;

    /// Neighbours of one lane with the same batch go out in one request and share its outcome.
    fn batch(&self) -> Option<String> {
        None
    }
}

/// A company as people know it: its id and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CompanyRef {
    pub(crate) name: String,
    pub(crate) id: CompanyId,
}

impl CompanyRef {
    pub(crate) fn new(id: CompanyId, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            id,
        }
    }
}

/// What a field holds before or after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Nothing is there.
    Absent,
    Flag(bool),
    Whole(i64),
    Text(String),
    /// A measured amount: people read it in the unit of its mapping, which may be another one
    /// tomorrow; digests and the journal keep it exactly.
    Amount {
        shown: String,
        /// In pieces, bytes or seconds.
        exact: String,
    },
}

impl Value {
    pub(crate) fn from_text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The value itself, whatever it is shown in.
    pub(crate) fn exact_json(&self) -> serde_json::Value {
        match self {
            Self::Absent => serde_json::Value::Null,
            Self::Flag(flag) => serde_json::json!(flag),
            Self::Whole(number) => serde_json::json!(number),
            Self::Text(text) | Self::Amount { exact: text, .. } => serde_json::json!(text),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Flag(true) => f.write_str("on"),
            Self::Flag(false) => f.write_str("off"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Text(text) | Self::Amount { shown: text, .. } => f.write_str(text),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Text(text) | Self::Amount { shown: text, .. } => serializer.serialize_str(text),
        }
    }
}

/// One field that an action changes. `field` is a stable key with underscores, as in the JSON
/// report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldChange {
    pub(crate) field: &'static str,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

impl FieldChange {
    pub(crate) fn new(field: &'static str, before: Value, after: Value) -> Self {
        Self {
            field,
            before,
            after,
        }
    }

    /// A field of something that did not exist before.
    pub(crate) fn added_field(field: &'static str, after: Value) -> Self {
        Self::new(field, Value::Absent, after)
    }
}

/// Everything that is ever said of an action. Ordered by stage first: the order of applying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Description {
    /// Lower stages are carried out first.
    pub(crate) stage: u8,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyRef>,
    /// Stable word with hyphens, as in the JSON report: `set-quota`. Read aloud it is the verb.
    pub(crate) kind: ActionKind,
    /// What is changed, as people know it; with the kind, account and company unique in a plan.
    pub(crate) subject: String,
    pub(crate) changes: Vec<FieldChange>,
    /// Why: contract ids, live usage, arithmetic. Never part of the digest.
    pub(crate) because: Vec<String>,
}

impl Description {
    /// The kind as people read it.
    pub(crate) fn kind_words(&self) -> String {
        spoken_kind(self.kind.as_str())
    }

    /// What names the line within its plan.
    pub(crate) fn line_key(&self) -> LineKey {
        LineKey {
            kind: self.kind,
            account: self.account.clone(),
            company: self.company.as_ref().map(|party| party.id),
            subject: self.subject.clone(),
        }
    }

    /// Exact text of all that is written, for the digest.
    pub(super) fn digest_text(&self) -> String {
        let Self {
            stage,
            account,
            company,
            kind,
            subject,
            changes,
            because: _,
        } = self;
        // In the words of the first release: a digest that a person noted, or that is on record as
        // reported, must not change because a type is called otherwise.
        let account = digest_account(account.as_ref());
        let company = company.as_ref().map_or_else(
            || "None".to_owned(),
            |CompanyRef { name, id }| {
                format!("Some(Party {{ name: {name:?}, id: CompanyId({id}) }})")
            },
        );
        let mut text = format!("{stage} {kind} {account} {company} {subject:?}");
        for change in changes {
            let FieldChange {
                field,
                before,
                after,
            } = change;
            // Writing into a String cannot fail.
            let _ = write!(
                text,
                " {field} {} {}",
                before.exact_json(),
                after.exact_json()
            );
        }
        text
    }
}

/// Names one line within its plan; refusals use it to say which lines they hold back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    kind: ActionKind,
    account: Option<AccountName>,
    company: Option<CompanyId>,
    subject: String,
}

impl LineKey {
    pub(super) fn digest_text(&self) -> String {
        let Self {
            kind,
            account,
            company,
            subject,
        } = self;
        let kind = kind.as_str();
        let account = digest_account(account.as_ref());
        let company =
            company.map_or_else(|| "None".to_owned(), |id| format!("Some(CompanyId({id}))"));
        format!(
            "LineKey {{ kind: {kind:?}, account: {account}, company: {company}, subject: \
             {subject:?} }}"
        )
    }
}

fn digest_account(account: Option<&AccountName>) -> String {
    let name = |account: &AccountName| format!("Some(AccountName({:?}))", account.as_str());
    account.map_or_else(|| "None".to_owned(), name)
}
