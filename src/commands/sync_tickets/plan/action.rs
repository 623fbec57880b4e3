//! What a run does to tickets and alerts.

use jiff::Timestamp;

use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{
    AccountName, AlertId, ConfigurationItemId, ContactId, ContractId, ResourceId, TicketId,
};
use crate::domain::journal_action::JournalAction;
use crate::domain::tickets::{
    AlertHold, KnownTicket, TicketFieldIds, TicketKind, TicketLink, TicketLinkId,
};
use crate::plan::{self, CompanyRef, Description, FieldChange, Value};

/// One write, or a ticket's change with its note.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Create(Box<Creation>),
    Change(Box<Changing>),
    WriteNote(Box<NoteWrite>),
    Dismiss(Box<AlertDismissal>),
}

/// What every action is about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyRef,
    pub(crate) subject: String,
    pub(crate) because: Vec<String>,
    /// The alerts that this deals with, as they are held should it fail.
    pub(crate) alerts: Vec<AlertHold>,
}

/// A new ticket.
#[derive(Clone, Debug)]
pub(crate) struct Creation {
    pub(crate) about: About,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) fields: TicketFieldIds,
    /// Labels of priority and status, for people.
    pub(crate) priority: String,
    pub(crate) due: Timestamp,
    pub(crate) contract: Option<ContractId>,
    pub(crate) item: Option<ConfigurationItemId>,
    pub(crate) contact: Option<ContactId>,
    /// What is remembered once the ticket is there; its id is not known yet.
    pub(crate) link: TicketLink,
    /// A ticket whose writes go before this one, for it is replaced.
    pub(crate) after: Option<TicketId>,
    /// The tickets that stood for its alerts until now, as they are remembered from then on, in the
    /// same stroke: no alert is ever tracked twice.
    pub(crate) replaces: Vec<KnownTicket>,
}

/// A change of a ticket, a note on it, or both.
#[derive(Clone, Debug)]
pub(crate) struct Changing {
    pub(crate) about: About,
    pub(crate) kind: ChangeKind,
    pub(crate) ticket: TicketId,
    pub(crate) status: Option<ListChange>,
    /// Only ever to a more urgent one.
    pub(crate) priority: Option<ListChange>,
    pub(crate) resolution: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) note: Option<Note>,
    pub(crate) id: Option<TicketLinkId>,
    pub(crate) link: TicketLink,
    /// As for a new ticket.
    pub(crate) replaces: Vec<KnownTicket>,
    /// The ticket that was merged into this one, and stood for the alerts until now.
    pub(crate) merged_from: Option<TicketId>,
}

/// A change of a field whose values are those of a list: id and label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListChange {
    pub(crate) before: (i64, String),
    pub(crate) after: (i64, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// A note that tells of a change of its ticket: right after it, or as soon as a later run can.
#[derive(Clone, Debug)]
pub(crate) struct NoteWrite {
    pub(crate) about: About,
    pub(crate) ticket: TicketId,
    pub(crate) note: Note,
    /// The status that the change sets, if it sets any.
    pub(crate) status: Option<i64>,
    /// Whose the ticket was when the change was decided on.
    pub(crate) assignee: Option<ResourceId>,
    pub(crate) since: Timestamp,
    /// The same run made the change, in the same line of its plan.
    pub(crate) follows_change: bool,
}

/// What a change is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Note,
    Reopen,
    Close,
    UpdateSummary,
    /// The alerts of a merged ticket stand under its destination from now on.
    Follow,
}

impl ChangeKind {
    fn action_kind(self) -> ActionKind {
        match self {
            Self::Note => ActionKind::NoteTicket,
            Self::Reopen => ActionKind::ReopenTicket,
            Self::Close => ActionKind::CloseTicket,
            Self::UpdateSummary => ActionKind::UpdateSummary,
            Self::Follow => ActionKind::FollowTicket,
        }
    }

    fn stage(self) -> u8 {
        match self {
            Self::Follow => 0,
            Self::Close => 1,
            Self::Reopen => 2,
            Self::Note => 3,
            Self::UpdateSummary => 4,
        }
    }
}

/// An alert whose ticket a technician completed.
#[derive(Clone, Debug)]
pub(crate) struct AlertDismissal {
    pub(crate) about: About,
    pub(crate) alert: AlertId,
    pub(crate) ticket: TicketId,
    pub(crate) id: TicketLinkId,
    /// When the ticket was completed.
    pub(crate) completed: Timestamp,
}

impl Changing {
    /// Whether anything but a note is written.
    pub(crate) fn has_fields(&self) -> bool {
        self.status.is_some()
            || self.priority.is_some()
            || self.resolution.is_some()
            || self.description.is_some()
    }
}

impl Action {
    pub(crate) fn about(&self) -> &About {
        match self {
            Self::Create(creation) => &creation.about,
            Self::Change(change) => &change.about,
            Self::WriteNote(write) => &write.about,
            Self::Dismiss(dismissal) => &dismissal.about,
        }
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        let (stage, kind, changes) = match self {
            Self::Create(creation) => describe_creation(creation),
            Self::Change(change) => (
                change.kind.stage(),
                change.kind.action_kind(),
                describe_change(change),
            ),
            Self::WriteNote(write) => (
                0,
                ChangeKind::Note.action_kind(),
                vec![describe_note(&write.note), on_ticket(write.ticket)],
            ),
            Self::Dismiss(dismissal) => (
                5,
                ActionKind::DismissAlert,
                vec![
                    FieldChange::new(
                        "alert",
                        Value::from_text(dismissal.alert.as_str()),
                        Value::Absent,
                    ),
                    on_ticket(dismissal.ticket),
                ],
            ),
        };
        let about = self.about();
        Description {
            stage,
            account: Some(about.account.clone()),
            company: Some(about.company.clone()),
            kind,
            subject: about.subject.clone(),
            changes,
            because: about.because.clone(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        match self {
            Self::Create(creation) => JournalAction::CreateTicket {
                stands_for: creation.link.kind,
                external_id: creation.link.external_id.clone(),
            },
            Self::Change(change) => JournalAction::ChangeTicket {
                ticket: change.ticket,
            },
            Self::WriteNote(write) => JournalAction::WriteNote {
                ticket: write.ticket,
                title: write.note.title.clone(),
                text: write.note.text.clone(),
                status: write.status,
                assignee: write.assignee,
                since: write.since,
            },
            Self::Dismiss(dismissal) => JournalAction::DismissAlert {
                alert: dismissal.alert.clone(),
                ticket: dismissal.ticket,
            },
        }
    }

    /// A note about a change that was refused would come again at every run, so it goes after it.
    fn follow_up(&self) -> Option<Self> {
        let Self::Change(change) = self else {
            return None;
        };
        let note = change.note.as_ref().filter(|_| change.has_fields())?;
        Some(Self::WriteNote(Box::new(NoteWrite {
            about: change.about.clone(),
            ticket: change.ticket,
            note: note.clone(),
            status: change.status.as_ref().map(|status| status.after.0),
            assignee: change.link.assignee,
            since: change.link.written_at,
            follows_change: true,
        })))
    }

    /// One ticket's writes go one after the other; alerts have nothing to do with each other.
    fn lane(&self) -> String {
        match self {
            Self::Create(creation) => match creation.after {
                Some(before) => format!("ticket {before}"),
                None => creation.link.external_id.clone(),
            },
            Self::Change(change) => format!("ticket {}", change.ticket),
            Self::WriteNote(write) => format!("ticket {}", write.ticket),
            Self::Dismiss(dismissal) => format!("alert {}", dismissal.alert),
        }
    }
}

fn describe_creation(creation: &Creation) -> (u8, ActionKind, Vec<FieldChange>) {
    let kind = match creation.link.kind {
        TicketKind::Alert => ActionKind::CreateTicket,
        TicketKind::Summary => ActionKind::CreateSummary,
    };
    let number = |id: Option<i64>| id.map_or(Value::Absent, Value::Whole);
    let mut changes = vec![
        FieldChange::added_field("title", Value::from_text(&creation.title)),
        FieldChange::added_field("priority", Value::from_text(&creation.priority)),
        FieldChange::added_field("contract", number(creation.contract.map(|id| id.0))),
        FieldChange::added_field("configuration_item", number(creation.item.map(|id| id.0))),
        FieldChange::added_field("external_id", Value::from_text(&creation.link.external_id)),
    ];
    let fields = &creation.fields;
    let optional = [
        ("contact", creation.contact.map(|id| Value::Whole(id.0))),
        ("sla", fields.sla.map(Value::Whole)),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(name, value)| Some(FieldChange::added_field(name, value?)));
    changes.extend(optional);
    if !fields.user_defined.is_empty() {
        let named = fields.user_defined.iter();
        let named: Vec<String> = named
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let named = Value::Text(named.join(", "));
        changes.push(FieldChange::added_field("user_defined", named));
    }
    (6, kind, changes)
}

fn describe_change(change: &Changing) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let fields = [("status", &change.status), ("priority", &change.priority)];
    for (name, field) in fields {
        if let Some(ListChange { before, after }) = field {
            let (before, after) = (Value::from_text(&before.1), Value::from_text(&after.1));
            changes.push(FieldChange::new(name, before, after));
        }
    }
    if let Some(note) = &change.note {
        changes.push(describe_note(note));
    }
    changes.push(match change.merged_from {
        None => on_ticket(change.ticket),
        Some(from) => FieldChange::new(
            "ticket",
            Value::Whole(from.0),
            Value::Whole(change.ticket.0),
        ),
    });
    changes
}

fn describe_note(note: &Note) -> FieldChange {
    FieldChange::added_field("note", Value::from_text(&note.title))
}

/// Names the ticket that something is done about, for people and for the next run.
fn on_ticket(ticket: TicketId) -> FieldChange {
    FieldChange::new("ticket", Value::Whole(ticket.0), Value::Whole(ticket.0))
}
