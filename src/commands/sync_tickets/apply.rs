//! Carries out what was decided about tickets and alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};

use super::plan::action::{
    Action, AlertDismissal, ChangeKind, Changing, Creation, Note, NoteWrite,
};
use crate::acronis;
use crate::apply::{BatchEnd, Executor};
use crate::autotask::{AutotaskWriter, NewNote, NewTicket, TicketChange, is_closed_for_good};
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::{AlertHold, HoldReason, KnownTicket, TicketLink, TicketLinkId};
use crate::http::{Failure, FailureKind};
use crate::plan::Action as _;
use crate::state::journal::JournalId;
use crate::state::state_changes::StateChange;

/// Writes tickets, notes, and the end of single alerts.
#[derive(Debug)]
pub(super) struct TicketExecutor<'a> {
    pub(super) autotask: AutotaskWriter<'a>,
    pub(super) acronis: BTreeMap<AccountName, acronis::AcronisWriter<'a>>,
    pub(super) note_type: i64,
    pub(super) note_publish: i64,
    pub(super) log: &'a ApplyLog,
}

/// What became of the actions, for the end of the run; the lanes write into it side by side.
#[derive(Debug, Default)]
pub(super) struct ApplyLog(Mutex<AppliedActions>);

#[derive(Debug, Default)]
pub(super) struct AppliedActions {
    /// How many actions of each lane were tried.
    pub(super) tried: BTreeMap<String, usize>,
    pub(super) failed: Vec<FailedAction>,
    /// Lanes that a failure stopped.
    pub(super) broken: BTreeSet<String>,
    /// Accounts with a failed change of a ticket that stands for no alert: it was found by comparing
    /// all, and so it is again.
    pub(super) uncompared: BTreeSet<AccountName>,
    /// Alerts that were dismissed, as they are remembered.
    pub(super) dismissed: Vec<(AccountName, StateChange)>,
    /// Tickets that were written.
    pub(super) written: BTreeMap<TicketId, WrittenFields>,
}

/// What was written to a ticket.
#[derive(Debug, Default)]
pub(super) struct WrittenFields {
    /// The ticket itself, for this external id.
    pub(super) created: Option<String>,
    pub(super) status: bool,
    pub(super) priority: bool,
}

/// Alerts whose action failed.
#[derive(Debug)]
pub(super) struct FailedAction {
    pub(super) account: AccountName,
    pub(super) alerts: Vec<AlertHold>,
    pub(super) why: HoldReason,
    /// In Autotask's own words when it refused.
    pub(super) detail: String,
}

impl ApplyLog {
    pub(super) fn applied_actions(&self) -> MutexGuard<'_, AppliedActions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_action(&self, action: &Action, end: &BatchEnd, ticket: Option<TicketId>) {
        let mut applied = self.applied_actions();
        let about = action.about();
        let took_effect = has_taken_effect(action, end);
        let is_follow_up = matches!(action, Action::WriteNote(write) if write.follows_change);
        if !is_follow_up {
            *applied.tried.entry(action.lane()).or_default() += 1;
        }
        if let Some(ticket) = ticket.filter(|_| took_effect) {
            let written = applied.written.entry(ticket).or_default();
            match action {
                Action::Create(new) => written.created = Some(new.link.external_id.clone()),
                Action::Change(change) => {
                    written.status |= change.status.is_some();
                    written.priority |= change.priority.is_some();
                }
                Action::WriteNote(_) | Action::Dismiss(_) => {}
            }
        }
        if let Err(error) = &end.result {
            applied.broken.insert(action.lane());
            let is_change = is_follow_up || matches!(action, Action::Change(_));
            if is_change && about.alerts.is_empty() {
                applied.uncompared.insert(about.account.clone());
            }
            applied.failed.push(FailedAction {
                account: about.account.clone(),
                alerts: about.alerts.clone(),
                why: hold_reason(action, took_effect, error),
                detail: format!("{error:#}"),
            });
        } else if let Action::Dismiss(dismissal) = action {
            let account = about.account.clone();
            applied.dismissed.push((account, end_alert(dismissal)));
        }
    }
}

/// Whether anything of an action took effect for sure.
fn has_taken_effect(action: &Action, end: &BatchEnd) -> bool {
    let remembered = |change: &StateChange| matches!(change, StateChange::SaveTicket(..));
    match action {
        Action::Create(_) | Action::Change(_) => end.effects.iter().any(remembered),
        Action::WriteNote(_) | Action::Dismiss(_) => end.result.is_ok(),
    }
}

impl Executor<Action> for TicketExecutor<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> BatchEnd {
        // Tickets go out one in a request, so a batch is one action.
        let Some(action) = batch.first() else {
            return BatchEnd::from_answer(String::new(), Vec::new());
        };
        let (end, ticket) = match action {
            Action::Create(creation) => self.create_ticket(creation),
            Action::Change(change) => {
                let is_written = change.has_fields() || change.note.is_some();
                let ticket = Some(change.ticket).filter(|_| is_written);
                (self.change_ticket(change), ticket)
            }
            Action::WriteNote(write) => (self.write_note(write), Some(write.ticket)),
            Action::Dismiss(dismissal) => (self.dismiss_alert(dismissal), None),
        };
        self.log.record_action(action, &end, ticket);
        end
    }
}

impl TicketExecutor<'_> {
    fn create_ticket(&self, creation: &Creation) -> (BatchEnd, Option<TicketId>) {
        let ticket = match self.autotask.create_ticket(&new_ticket(creation)) {
            Ok(ticket) => ticket,
            Err(failure) => return (BatchEnd::from(Err(failure.into())), None),
        };
        let mut link = creation.link.clone();
        link.ticket = ticket;
        let effects = save_tickets(&creation.replaces, None, link);
        let end = BatchEnd::from_answer(format!("ticket {ticket}"), effects);
        (end, Some(ticket))
    }

    /// The note of a change of fields is an action of its own, after it.
    fn change_ticket(&self, change: &Changing) -> BatchEnd {
        let fields = TicketChange {
            status: change.status.as_ref().map(|status| status.after.0),
            priority: change.priority.as_ref().map(|priority| priority.after.0),
            description: change.description.clone(),
            resolution: change.resolution.clone(),
            ..TicketChange::default()
        };
        let result = if change.has_fields() {
            let updated = self.autotask.update_ticket(change.ticket, &fields);
            updated.map(|_| "changed").map_err(anyhow::Error::from)
        } else if let Some(note) = &change.note {
            self.create_note(change.ticket, note)
                .map(|()| "note written")
        } else {
            Ok("")
        };
        match result {
            Err(error) => BatchEnd {
                result: Err(error),
                effects: Vec::from_iter(adopt_summary(change)),
            },
            Ok(answer) => {
                let effects = save_tickets(&change.replaces, change.id, change.link.clone());
                BatchEnd::from_answer(answer.to_owned(), effects)
            }
        }
    }

    fn write_note(&self, write: &NoteWrite) -> BatchEnd {
        match self.create_note(write.ticket, &write.note) {
            Ok(()) => BatchEnd::from_answer("note written".to_owned(), Vec::new()),
            Err(error) if write.follows_change => BatchEnd::from(Err(
                error.context("the ticket is changed, its note is missing")
            )),
            Err(error) => BatchEnd::from(Err(error)),
        }
    }

    fn create_note(&self, ticket: TicketId, note: &Note) -> Result<()> {
        let new = NewNote {
            title: note.title.clone(),
            description: note.text.clone(),
            note_type: self.note_type,
            publish: self.note_publish,
        };
        self.autotask.create_ticket_note(ticket, &new)?;
        Ok(())
    }

    fn dismiss_alert(&self, dismissal: &AlertDismissal) -> BatchEnd {
        let account = &dismissal.about.account;
        let dismissed = self
            .acronis
            .get(account)
            .with_context(|| format!("account {account} is not part of this run"))
            .and_then(|writer| Ok(writer.dismiss_alert(&dismissal.alert)?));
        match dismissed {
            Err(error) => BatchEnd::from(Err(error)),
            Ok(()) => BatchEnd::from_answer("dismissed".to_owned(), vec![end_alert(dismissal)]),
        }
    }
}

/// A summary that was found is remembered even when it could not be brought up to date: its alerts
/// would get tickets of their own. What it says is not known then.
fn adopt_summary(change: &Changing) -> Option<StateChange> {
    let found = change.id.is_none() && change.kind == ChangeKind::UpdateSummary;
    let link = || TicketLink {
        fingerprint: String::new(),
        ..change.link.clone()
    };
    found.then(|| StateChange::SaveTicket(None, Box::new(link())))
}

/// What is remembered once an alert is dismissed.
fn end_alert(dismissal: &AlertDismissal) -> StateChange {
    StateChange::EndAlert(dismissal.id, dismissal.alert.clone(), dismissal.completed)
}

/// A completed ticket that Autotask says cannot be opened again is closed to us by some rule of the
/// desk; asking for it at every run would be a fight. Any other refusal may be over next time, and
/// another ticket would be one too many.
fn hold_reason(action: &Action, took_effect: bool, error: &anyhow::Error) -> HoldReason {
    let refused = error.downcast_ref::<Failure>().is_some_and(|failure| {
        let says_so = failure.message.as_deref().is_some_and(is_closed_for_good);
        let is_final = failure.kind == FailureKind::Rejected && says_so;
        is_final || failure.kind == FailureKind::NotFound
    });
    match action {
        Action::Change(change) if change.kind == ChangeKind::Reopen && refused && !took_effect => {
            HoldReason::Locked
        }
        Action::Create(_) | Action::Change(_) | Action::WriteNote(_) | Action::Dismiss(_) => {
            HoldReason::Refused
        }
    }
}

/// A ticket that was written, behind those that it takes the place of.
fn save_tickets(
    replaced: &[KnownTicket],
    id: Option<TicketLinkId>,
    link: TicketLink,
) -> Vec<StateChange> {
    let save = |id, link| StateChange::SaveTicket(id, Box::new(link));
    let replaced = replaced.iter();
    let ended = replaced.map(|old| save(Some(old.id), old.link.clone()));
    ended.chain([save(id, link)]).collect()
}

fn new_ticket(creation: &Creation) -> NewTicket {
    NewTicket {
        company: creation.about.company.id,
        title: creation.title.clone(),
        description: creation.description.clone(),
        fields: creation.fields.clone(),
        due: creation.due,
        contract: creation.contract,
        configuration_item: creation.item,
        contact: creation.contact,
        external_id: creation.link.external_id.clone(),
    }
}
