//! What is remembered of a ticket between two runs.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::{
    AccountName, AlertId, BillingCodeId, CompanyId, ContactId, ResourceId, TenantId, TicketId,
};

/// The number of a ticket link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TicketLinkId(pub(crate) i64);

/// The entry of the journal that a note is still to be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PendingNoteId(pub(crate) i64);

/// A note that tells of a change of its ticket and is not known to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingNote {
    pub(crate) id: PendingNoteId,
    pub(crate) ticket: TicketId,
    /// The status that the change sets, if it sets any.
    pub(crate) status: Option<i64>,
    /// The change is known to have taken effect.
    pub(crate) changed: bool,
    /// Whose the ticket was when the change was decided on.
    pub(crate) assignee: Option<ResourceId>,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The text cut to what the field takes: as it stands on the ticket once it is written.
    pub(crate) written: String,
    /// Since when a note with these words is this one.
    pub(crate) since: Timestamp,
}

/// What a ticket stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketKind {
    /// One alert key.
    Alert,
    /// A storm: many alerts of one company.
    Summary,
}

impl TicketKind {
    const ALL: [Self; 2] = [Self::Alert, Self::Summary];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Summary => "summary",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Stands in the place of a description's fingerprint where the ticket of a link was merged into
/// another, whose description is not ours to write.
pub(crate) const MERGED_INTO: &str = "merged";

/// A ticket and the alerts it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketLink {
    /// The ticket's external id: the alert key, hashed. Unique among live tickets.
    pub(crate) external_id: String,
    pub(crate) kind: TicketKind,
    pub(crate) account: AccountName,
    /// The customer tenant; none for a summary over several, or of unmapped ones.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) company: CompanyId,
    /// What makes alerts the same alert (rules: tickets). Unique among the account's live tickets.
    pub(crate) alert_key: String,
    pub(crate) alert_type: Option<String>,
    pub(crate) ticket: TicketId,
    pub(crate) opened_at: Timestamp,
    /// Of the ticket's own description as last written.
    pub(crate) fingerprint: String,
    /// Status and assignment as we last wrote or found them right after writing; other values in
    /// Autotask were set by a person.
    pub(crate) status: Option<i64>,
    pub(crate) assignee: Option<ResourceId>,
    /// The same of the priority; none where it is not known.
    pub(crate) priority: Option<i64>,
    /// When we last wrote to the ticket.
    pub(crate) written_at: Timestamp,
    /// When it was completed, by us or by a person; none while it is live.
    pub(crate) closed_at: Option<Timestamp>,
    /// How often the alert was raised, the first time included.
    pub(crate) occurrences: i64,
    pub(crate) alerts: Vec<TicketAlert>,
}

impl AlertSaying {
    /// How grave it is; none for a word that is not known.
    pub(crate) fn severity_rank(&self) -> Option<usize> {
        const SEVERITIES: [&str; 5] = ["ok", "information", "warning", "error", "critical"];
        let mut words = SEVERITIES.iter();
        words.position(|word| *word == self.severity)
    }

    /// Nothing but how grave it is.
    pub(crate) fn keep_severity(self) -> Self {
        Self {
            severity: self.severity,
            ..Self::default()
        }
    }
}

/// A ticket link that is remembered, by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownTicket {
    pub(crate) id: TicketLinkId,
    pub(crate) link: TicketLink,
}

/// An alert of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TicketAlert {
    pub(crate) id: AlertId,
    /// The alert's own key; of a summary's alerts each has another.
    pub(crate) key: String,
    /// What people call it: `srv-01: Backup failed`.
    pub(crate) label: String,
    /// Of its text as the ticket tells it.
    pub(crate) fingerprint: String,
    /// `updatedAt` of the version that was dealt with.
    pub(crate) updated_at: Timestamp,
    pub(crate) active: bool,
    /// The ticket tells this text; otherwise the text waits for the next note.
    pub(crate) reported: bool,
    /// What it says; none of an alert of a summary, and of one that an older version remembered.
    pub(crate) says: Option<AlertSaying>,
    /// What the ticket tells of it, where that is not what it says.
    pub(crate) said: Option<AlertSaying>,
}

impl TicketAlert {
    /// What the ticket tells of it; none when it tells nothing, or nobody knows.
    pub(crate) fn reported_saying(&self) -> Option<&AlertSaying> {
        if self.reported {
            self.says.as_ref()
        } else {
            self.said.as_ref()
        }
    }
}

/// What an alert says, as it is shown and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AlertSaying {
    /// `Backup failed`.
    pub(crate) problem: String,
    pub(crate) severity: String,
    pub(crate) workload: String,
    pub(crate) plan: String,
    /// What happened, in the source's words.
    pub(crate) message: String,
    pub(crate) details: BTreeMap<String, String>,
    /// When it was raised first, by the clock of the source.
    pub(crate) since: Option<Timestamp>,
    /// How often the ticket's alerts had been raised when this was told.
    pub(crate) times: i64,
}

/// Whom at the customer a ticket names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TicketContact {
    #[default]
    Nobody,
    /// The company's active primary contact; nobody where it has none.
    Primary,
    /// A contact of the ticket's company.
    Fixed(ContactId),
}

/// The fields of a ticket as ids of the live lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TicketFieldIds {
    pub(crate) status: i64,
    pub(crate) priority: i64,
    pub(crate) queue: Option<i64>,
    pub(crate) category: Option<i64>,
    /// `ticketType`.
    pub(crate) kind: Option<i64>,
    pub(crate) issue_type: Option<i64>,
    pub(crate) sub_issue_type: Option<i64>,
    pub(crate) work_type: Option<BillingCodeId>,
    /// The resource and its role.
    pub(crate) assigned: Option<(ResourceId, i64)>,
    pub(crate) source: Option<i64>,
    /// `serviceLevelAgreementID`.
    pub(crate) sla: Option<i64>,
    pub(crate) contact: TicketContact,
    /// User-defined fields by name, with their values as Autotask shows them.
    pub(crate) user_defined: Vec<(String, String)>,
}

impl TicketFieldIds {
    /// Whom a new ticket is assigned to.
    pub(crate) fn resource(&self) -> Option<ResourceId> {
        self.assigned.map(|(resource, _)| resource)
    }
}

/// Ids of the live lists for everything that tickets are written with.
#[derive(Clone, Debug, Default)]
pub(crate) struct TicketLists {
    /// Fields by position of the rule; 0 is the defaults alone.
    pub(crate) by_rule: BTreeMap<usize, TicketFieldIds>,
    pub(crate) close_status: i64,
    pub(crate) note_type: i64,
    pub(crate) note_publish: i64,
    /// The place of each priority in its list: the more urgent stand before the others.
    pub(crate) priority_order: BTreeMap<i64, i64>,
    /// What people call the ids, by list: `priority`, `queue`, `status`.
    pub(crate) labels: BTreeMap<(&'static str, i64), String>,
}

/// How far the first run looked back. What was raised before its horizon and was not touched since
/// the run itself never becomes a ticket (acronis.md §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstRun {
    pub(crate) at: Timestamp,
    pub(crate) horizon: Timestamp,
}

impl FirstRun {
    /// A run at this time that looks so many days back.
    pub(crate) fn looking_back(at: Timestamp, days: u32) -> Self {
        let age = SignedDuration::from_hours(24 * i64::from(days));
        Self {
            at,
            horizon: at.saturating_sub(age).unwrap_or(at),
        }
    }
}

/// Why an alert is held back while the cursor moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldReason {
    /// Its ticket could not be created; it is tried again at every run.
    Refused,
    /// No ticket can be made until a person changes something; said in a note of its own.
    Blocked,
    /// Its completed ticket could not be opened again: Autotask refused that.
    Locked,
    /// It did not last long enough, or occur often enough, yet.
    Damped,
    /// It came in a window in which no tickets are made.
    Quiet,
    /// It could not be told whose it is.
    Unresolved,
}

impl HoldReason {
    const ALL: [Self; 6] = [
        Self::Refused,
        Self::Blocked,
        Self::Locked,
        Self::Damped,
        Self::Quiet,
        Self::Unresolved,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::Locked => "locked",
            Self::Damped => "damped",
            Self::Quiet => "quiet",
            Self::Unresolved => "unresolved",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }
}

/// An alert that was read but not dealt with: it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertHold {
    pub(crate) alert: AlertId,
    pub(crate) why: HoldReason,
    /// What makes alerts the same alert.
    pub(crate) key: String,
    /// How often it was raised since it is held.
    pub(crate) occurrences: i64,
    /// `updatedAt` of the version that is held.
    pub(crate) updated_at: Timestamp,
    /// Since when it is active, by the service's clock; none when it had ended.
    pub(crate) active_since: Option<Timestamp>,
    /// In Autotask's own words when it refused the ticket.
    pub(crate) detail: String,
}

impl AlertHold {
    /// Whether neither damping nor a window is what it waits for: they have let it pass already.
    pub(crate) fn is_past_suppression(&self) -> bool {
        match self.why {
            HoldReason::Refused | HoldReason::Blocked | HoldReason::Locked => true,
            HoldReason::Damped | HoldReason::Quiet | HoldReason::Unresolved => false,
        }
    }
}
