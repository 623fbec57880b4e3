//! Carries out what was decided about tickets and alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::plan::action::{Action, Changing, Creation, Dismissal, Note, Payment, Replaced, What};
use crate::acronis;
use crate::apply::{BatchEnd, Executor};
use crate::autotask::{AutotaskWriter, NewNote, NewTicket, TicketChange, cut_note};
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::{AlertHold, HoldReason, OwedNote, OwedNoteId, TicketLink};
use crate::http::{self, Failure, FailureKind};
use crate::plan::Action as _;
use crate::state::State;
use crate::state::journal::{Intent, JournalId};
use crate::state::state_changes::StateChange;

/// Writes tickets, notes, and the end of single alerts.
#[derive(Debug)]
pub(super) struct Clerk<'a> {
    pub(super) autotask: AutotaskWriter<'a>,
    pub(super) acronis: BTreeMap<AccountName, acronis::AcronisWriter<'a>>,
    pub(super) note_type: i64,
    pub(super) note_publish: i64,
    pub(super) book: &'a Book,
}

/// What became of the actions, for the end of the run.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
pub(super) struct Pages {
    /// How many actions of each lane were tried.
    pub(super) tried: BTreeMap<String, usize>,
    pub(super) failed: Vec<Failed>,
    /// Lanes that a failure stopped.
    pub(super) broken: BTreeSet<String>,
    /// Accounts with a failed change of a ticket that stands for no alert: it was found by comparing
    /// all, and so it is again.
    pub(super) uncompared: BTreeSet<AccountName>,
    /// Alerts that were dismissed, as they are remembered.
    pub(super) dismissed: Vec<(AccountName, StateChange)>,
    /// Tickets that were written.
    pub(super) written: BTreeMap<TicketId, Wrote>,
}

/// What was written to a ticket.
#[derive(Debug, Default)]
pub(super) struct Wrote {
    /// The ticket itself, for this external id.
    pub(super) made: Option<String>,
    pub(super) status: bool,
}

/// Alerts whose action failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) account: AccountName,
    pub(super) alerts: Vec<AlertHold>,
    pub(super) why: HoldReason,
    /// In Autotask's own words when it refused.
    pub(super) detail: String,
}

impl Book {
    pub(super) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, action: &Action, end: &BatchEnd, ticket: Option<TicketId>) {
        let mut pages = self.pages();
        let about = action.about();
        *pages.tried.entry(action.lane()).or_default() += 1;
        if let Some(ticket) = ticket.filter(|_| wrote(action, end)) {
            pages.written.entry(ticket).or_default().add(action);
        }
        if let Err(error) = &end.result {
            pages.broken.insert(action.lane());
            if matches!(action, Action::Change(_)) && about.alerts.is_empty() {
                pages.uncompared.insert(about.account.clone());
            }
            pages.failed.push(Failed {
                account: about.account.clone(),
                alerts: about.alerts.clone(),
                why: held_for(action, wrote(action, end), error),
                detail: format!("{error:#}"),
            });
        } else if let Action::Dismiss(dismissal) = action {
            let over = (about.account.clone(), over(dismissal));
            pages.dismissed.push(over);
        }
    }
}

/// Whether anything of an action took effect for sure.
fn wrote(action: &Action, end: &BatchEnd) -> bool {
    let remembered = |effect: &StateChange| {
        matches!(
            effect,
            StateChange::OpenTicket(_) | StateChange::UpdateTicket(..)
        )
    };
    match action {
        Action::Create(_) | Action::Change(_) => end.effects.iter().any(remembered),
        Action::Pay(_) | Action::Dismiss(_) => end.result.is_ok(),
    }
}

impl Wrote {
    fn add(&mut self, action: &Action) {
        match action {
            Action::Create(creation) => self.made = Some(creation.link.external_id.clone()),
            Action::Change(change) => self.status |= change.status.is_some(),
            Action::Pay(_) | Action::Dismiss(_) => {}
        }
    }
}

impl Executor<Action> for Clerk<'_> {
    /// What a change is to be told of is owed from before it leaves.
    fn intend(
        &self,
        state: &State,
        action: &Action,
        intent: &Intent,
        now: Timestamp,
    ) -> Result<JournalId> {
        match action {
            Action::Change(change) => {
                let owed: Vec<StateChange> = owed(change).into_iter().collect();
                state.intend_with(intent, &owed, now)
            }
            Action::Create(_) | Action::Pay(_) | Action::Dismiss(_) => state.intend(intent, now),
        }
    }

    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> BatchEnd {
        // Tickets go out one in a request, so a batch is one action.
        let (Some(action), Some(intent)) = (batch.first(), intents.first()) else {
            return BatchEnd::from_answer(String::new(), Vec::new());
        };
        let (end, ticket) = match action {
            Action::Create(creation) => self.create(creation),
            Action::Change(change) => {
                let end = self.change(change, OwedNoteId::from(*intent));
                (end, Some(change.ticket))
            }
            Action::Pay(payment) => (self.pay(payment), Some(payment.ticket)),
            Action::Dismiss(dismissal) => (self.dismiss(dismissal), None),
        };
        self.book.note(action, &end, ticket);
        end
    }
}

impl Clerk<'_> {
    fn create(&self, creation: &Creation) -> (BatchEnd, Option<TicketId>) {
        match self.autotask.create_ticket(&new_ticket(creation)) {
            Err(failure) => (BatchEnd::from(Err(failure.into())), None),
            Ok(ticket) => {
                let mut link = creation.link.clone();
                link.ticket = ticket;
                let mut effects = ended(&creation.replaces);
                effects.push(StateChange::OpenTicket(Box::new(link)));
                (
                    BatchEnd::from_answer(format!("ticket {ticket}"), effects),
                    Some(ticket),
                )
            }
        }
    }

    /// The change first: a note about a change that was refused would come again at every run.
    fn change(&self, change: &Changing, owed: OwedNoteId) -> BatchEnd {
        let fields = TicketChange {
            status: change.status.as_ref().map(|status| status.after.0),
            title: change.title.clone(),
            description: change.description.clone(),
            resolution: change.resolution.clone(),
            ..TicketChange::default()
        };
        let mut effects = ended(&change.replaces);
        let mut done = Vec::new();
        if change.has_fields() {
            if let Err(failure) = self.autotask.update_ticket(change.ticket, &fields) {
                let unknown = failure.effect == http::Effect::Unknown;
                let mut effects = Vec::from_iter(adopted(change));
                effects.extend((!unknown).then_some(StateChange::PayNote(owed)));
                return BatchEnd {
                    result: Err(failure.into()),
                    effects,
                };
            }
            done.push("changed".to_owned());
        }
        effects.push(match change.id {
            Some(id) => StateChange::UpdateTicket(id, Box::new(change.link.clone())),
            None => StateChange::OpenTicket(Box::new(change.link.clone())),
        });
        let result = match &change.note {
            None => Ok(()),
            Some(note) => self.note(change.ticket, note),
        };
        match result {
            Err(error) if done.is_empty() => BatchEnd {
                result: Err(error),
                effects: Vec::from_iter(adopted(change)),
            },
            Err(error) => {
                effects.push(StateChange::NoteIsDue(owed));
                BatchEnd {
                    result: Err(error.context("the ticket is changed, its note is missing")),
                    effects,
                }
            }
            Ok(()) => {
                effects.push(StateChange::PayNote(owed));
                done.extend(change.note.is_some().then(|| "note written".to_owned()));
                BatchEnd::from_answer(done.join(", "), effects)
            }
        }
    }

    fn pay(&self, payment: &Payment) -> BatchEnd {
        match self.note(payment.ticket, &payment.note) {
            Err(error) => BatchEnd::from(Err(error)),
            Ok(()) => BatchEnd::from_answer(
                "note written".to_owned(),
                vec![StateChange::PayNote(payment.id)],
            ),
        }
    }

    fn note(&self, ticket: TicketId, note: &Note) -> Result<()> {
        let new = NewNote {
            title: note.title.clone(),
            description: note.text.clone(),
            note_type: self.note_type,
            publish: self.note_publish,
        };
        self.autotask.create_ticket_note(ticket, &new)?;
        Ok(())
    }

    fn dismiss(&self, dismissal: &Dismissal) -> BatchEnd {
        let account = &dismissal.about.account;
        let dismissed = self
            .acronis
            .get(account)
            .with_context(|| format!("account {account} is not part of this run"))
            .and_then(|writer| Ok(writer.dismiss_alert(&dismissal.alert)?));
        match dismissed {
            // The ticket will not be among those completed lately for ever.
            Err(error) => BatchEnd {
                result: Err(error),
                effects: vec![StateChange::OweDismissal(dismissal.id)],
            },
            Ok(()) => BatchEnd::from_answer("dismissed".to_owned(), vec![over(dismissal)]),
        }
    }
}

/// A summary that was found is remembered even when it could not be brought up to date: its alerts
/// would get tickets of their own. What it says is not known then.
fn adopted(change: &Changing) -> Option<StateChange> {
    let found = change.id.is_none() && change.what == What::UpdateSummary;
    found.then(|| {
        StateChange::OpenTicket(Box::new(TicketLink {
            fingerprint: String::new(),
            ..change.link.clone()
        }))
    })
}

/// The note that a change still lacks until it is written. A note that stands alone is planned anew
/// as long as it is not known to be there.
fn owed(change: &Changing) -> Option<StateChange> {
    let note = change.note.as_ref().filter(|_| change.has_fields())?;
    Some(StateChange::OweNote(Box::new(OwedNote {
        account: change.about.account.clone(),
        ticket: change.ticket,
        status: change.status.as_ref().map(|status| status.after.0),
        changed: false,
        assignee: change.link.assignee,
        title: note.title.clone(),
        text: cut_note(&note.text),
        owed_at: change.link.written_at,
    })))
}

/// What is remembered once an alert is dismissed.
fn over(dismissal: &Dismissal) -> StateChange {
    StateChange::EndAlert(dismissal.id, dismissal.alert.clone(), dismissal.completed)
}

/// A completed ticket that Autotask does not let open again was merged, or is closed to us by some
/// rule of the desk: what becomes of an absorbed ticket is not in the documents. Asking for it at
/// every run would be a fight.
fn held_for(action: &Action, wrote: bool, error: &anyhow::Error) -> HoldReason {
    let refused = error.downcast_ref::<Failure>().is_some_and(|failure| {
        matches!(failure.kind, FailureKind::Rejected | FailureKind::NotFound)
    });
    match action {
        Action::Change(change) if change.what == What::Reopen && refused && !wrote => {
            HoldReason::Locked
        }
        Action::Create(_) | Action::Change(_) | Action::Pay(_) | Action::Dismiss(_) => {
            HoldReason::Refused
        }
    }
}

/// Tickets that another one takes the place of.
fn ended(replaced: &[Replaced]) -> Vec<StateChange> {
    let end = |(id, old): &Replaced| StateChange::UpdateTicket(*id, Box::new(old.clone()));
    replaced.iter().map(end).collect()
}

fn new_ticket(creation: &Creation) -> NewTicket {
    let fields = &creation.fields;
    NewTicket {
        company: creation.about.party.id,
        title: creation.title.clone(),
        description: creation.description.clone(),
        status: fields.status,
        priority: fields.priority,
        due: creation.due,
        queue: fields.queue,
        assigned: fields.assigned,
        category: fields.category,
        ticket_type: fields.kind,
        issue_type: fields.issue_type,
        sub_issue_type: fields.sub_issue_type,
        source: fields.source,
        billing_code: fields.work_type,
        contract: creation.contract,
        configuration_item: creation.item,
        contact: None,
        external_id: creation.link.external_id.clone(),
    }
}
