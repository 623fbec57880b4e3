//! What a run changes, exactly, as the journal keeps it: what a later run goes by when nobody knows
//! how it ended.
//!
//! The state file holds these values under the words below. A word that was released stays, and a
//! field that is added has a default.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::ids::{AlertId, ItemKey, ResourceId, TenantId, TicketId};
use super::links::PendingStep;
use super::quota_level::Level;
use super::tickets::TicketKind;
use super::units::{Rounding, Unit};

/// One change. Whose it is (account and company) stands beside it in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum JournalAction {
    /// Make a tenant that bears our mark, and link the company to it.
    CreateTenant { name: String },
    /// Link the company to a tenant that an earlier run made.
    AdoptTenant { tenant: TenantId },
    /// Write our mark into a tenant that exists, and link the company to it.
    LinkCustomer { tenant: TenantId },
    /// Remember names of a link anew.
    NoteChanges,
    /// Take our mark away where the tenant bears it, and forget the link.
    UnlinkCustomer { tenant: TenantId, is_marked: bool },
    /// Give a tenant what a new one gets besides quotas.
    CompleteStep { step: PendingStep },
    /// Disable a tenant whose contracts are over.
    DisableTenant,
    /// Delete it.
    DeleteTenant,
    /// Set what an item lets the tenant use.
    SetQuota {
        item: WrittenItem,
        level: WrittenLevel,
    },
    /// Make a service and map the item to it; of the measure what is to be changed.
    CreateService {
        item: WrittenItem,
        name: String,
        unit: Option<Unit>,
        rounding: Option<Rounding>,
        included: Option<i64>,
        minimum: Option<i64>,
    },
    /// Decide for an item, in the memory of this machine only.
    DecideItem { item: WrittenItem },
    /// Adjust the units of a line; the ledger holds its figures under the number of the entry.
    PostUnits,
    /// Make a ticket.
    CreateTicket {
        stands_for: TicketKind,
        external_id: String,
    },
    /// Change fields of a ticket, or write a note that stands alone: it is planned anew as long as it
    /// is not there.
    ChangeTicket { ticket: TicketId },
    /// Write the note that tells of a change of its ticket.
    WriteNote {
        ticket: TicketId,
        title: String,
        text: String,
        /// The status that the change sets, if it sets any.
        status: Option<i64>,
        /// Whose the ticket was when the change was decided on.
        assignee: Option<ResourceId>,
        /// Since when a note with these words is this one.
        since: Timestamp,
    },
    /// End an alert whose ticket was completed.
    DismissAlert { alert: AlertId, ticket: TicketId },
    /// What no later run looks for: a person says what became of it. So is what only a newer version
    /// knows.
    #[serde(other)]
    Other,
}

impl JournalAction {
    /// Whether it stays to be done until it is done: facts alone would not plan it anew.
    pub(crate) fn must_come_about(&self) -> bool {
        matches!(
            self,
            Self::CompleteStep { .. } | Self::WriteNote { .. } | Self::DismissAlert { .. }
        )
    }

    /// The ticket that is written to, or whose alert is ended.
    pub(crate) fn ticket(&self) -> Option<TicketId> {
        if let Self::ChangeTicket { ticket }
        | Self::WriteNote { ticket, .. }
        | Self::DismissAlert { ticket, .. } = self
        {
            Some(*ticket)
        } else {
            None
        }
    }

    /// The external id of the ticket that is made.
    pub(crate) fn external_id(&self) -> Option<&str> {
        if let Self::CreateTicket { external_id, .. } = self {
            Some(external_id)
        } else {
            None
        }
    }

    /// The alert that is ended.
    pub(crate) fn ended_alert(&self) -> Option<&AlertId> {
        if let Self::DismissAlert { alert, .. } = self {
            Some(alert)
        } else {
            None
        }
    }
}

/// An offering item of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WrittenItem {
    Exact(ItemKey),
    /// As people read it, without the application: by versions that kept no actions.
    Shown(String),
}

impl WrittenItem {
    /// Whether the action was about this item.
    pub(crate) fn is(&self, key: &ItemKey) -> bool {
        match self {
            Self::Exact(own) => own == key,
            Self::Shown(own) => *own == key.to_string(),
        }
    }
}

/// What an item was to let a tenant use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WrittenLevel {
    Exact(Level),
    /// As people read it, in the unit of the mapping of that time: by the oldest versions.
    Shown(serde_json::Value),
}

/// Enumerations that lie in the state file by their words.
macro_rules! kept_by_word {
    ($($name:ty),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                <$name>::parse(&word).ok_or_else(|| de::Error::custom(format!("no value {word:?}")))
            }
        }
    )+};
}

kept_by_word!(Rounding, PendingStep, TicketKind, Unit);

#[cfg(test)]
mod tests {
    use super::*;

    /// Every action as the state file holds it.
    const STORED: &[&str] = &[
        r#"{"kind":"create-tenant","name":"Alma"}"#,
        r#"{"kind":"adopt-tenant","tenant":"t-1"}"#,
        r#"{"kind":"link-customer","tenant":"t-1"}"#,
        r#"{"kind":"note-changes"}"#,
        r#"{"kind":"unlink-customer","tenant":"t-1","is_marked":true}"#,
        r#"{"kind":"complete-step","step":"two-factor"}"#,
        r#"{"kind":"complete-step","step":"production"}"#,
        r#"{"kind":"complete-step","step":"administrator"}"#,
        r#"{"kind":"disable-tenant"}"#,
        r#"{"kind":"delete-tenant"}"#,
        r#"{"kind":"set-quota","item":{"exact":{"name":"storage","infra":"i-1","application":"a-1"}},"level":{"exact":{"quota":{"value":5,"overage":null}}}}"#,
        r#"{"kind":"set-quota","item":{"shown":"storage@i-1"},"level":{"exact":"on"}}"#,
        r#"{"kind":"set-quota","item":{"shown":"storage@i-1"},"level":{"exact":"off"}}"#,
        r#"{"kind":"set-quota","item":{"shown":"storage@i-1"},"level":{"shown":"5 GiB"}}"#,
        r#"{"kind":"create-service","item":{"shown":"storage"},"name":"Storage","unit":"GiB","rounding":"up","included":1,"minimum":null}"#,
        r#"{"kind":"decide-item","item":{"shown":"storage"}}"#,
        r#"{"kind":"post-units"}"#,
        r#"{"kind":"create-ticket","stands_for":"alert","external_id":"acrotask-1"}"#,
        r#"{"kind":"create-ticket","stands_for":"summary","external_id":"acrotask-1"}"#,
        r#"{"kind":"change-ticket","ticket":7}"#,
        r#"{"kind":"write-note","ticket":7,"title":"It is gone","text":"It is.","status":5,"assignee":null,"since":"2026-09-15T07:00:00Z"}"#,
        r#"{"kind":"dismiss-alert","alert":"a","ticket":7}"#,
        r#"{"kind":"other"}"#,
    ];

    #[test]
    fn every_action_keeps_its_words_in_the_state_file() {
        for text in STORED {
            let action: JournalAction = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&action).unwrap(), *text);
        }
    }
}
