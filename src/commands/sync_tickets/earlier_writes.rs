//! Ends the entries of earlier runs whose outcome was not known: this run has looked, has done what
//! was missing, and remembers what it found. A run that ends before looks as if it never was.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::COMMAND;
use super::gather::Gathered;
use super::plan::action::Action;
use super::run_end::FinishedRun;
use crate::domain::ids::{AccountName, AlertId, TicketId};
use crate::plan::Plan;
use crate::session::recovery::{Observation, Recovery};
use crate::session::{Account, Session};
use crate::state::journal::Entry;

/// What was asked for because nothing that the run read anyway tells of it.
#[derive(Debug, Default)]
struct AskedServices {
    /// Alerts that were asked for, and whether they are still active.
    alerts: BTreeMap<(AccountName, AlertId), bool>,
    /// External ids that were asked for, with their tickets.
    tickets: BTreeMap<String, Vec<TicketId>>,
}

/// # Errors
/// When the state cannot be read or written.
pub(super) fn resolve_earlier_writes(
    recovery: &Recovery<'_>,
    run: &FinishedRun<'_>,
    accounts: &[&Account],
    gathered: &Gathered,
) -> Result<()> {
    let FinishedRun { session, plan, .. } = run;
    let untried = run.find_untried();
    let done = |account: &AccountName| untried.get(account).is_none_or(|one| !one.cursor_stays);
    let read = |entry: &Entry| {
        let account = entry.intent.account.as_ref();
        let mut read = gathered.facts.accounts.iter().map(|one| &one.account);
        entry.intent.command == COMMAND && read.any(|one| Some(one) == account && done(one))
    };
    let observe_here = |entry: &Entry| observe_in_run(gathered, plan, entry);
    let mut asked = AskedServices::default();
    // A run that looks at some companies only does not see what the others still have to get.
    if run.whole {
        let mut unknown = recovery.uncertain()?;
        unknown.retain(|entry| read(entry) && observe_here(entry).is_none());
        asked = AskedServices::read(session, accounts, &unknown).unwrap_or_else(|error| {
            let text = format!("the results of earlier writes could not be read: {error:#}");
            session.report.print_warning(&text);
            AskedServices::default()
        });
    }
    recovery.run(|entry| {
        let observed = || observe_here(entry).or_else(|| asked.observe_entry(entry));
        Ok(read(entry).then(observed).flatten())
    })
}

/// What this run saw of an earlier write; nothing when it did not look at it.
fn observe_in_run(gathered: &Gathered, plan: &Plan<Action>, entry: &Entry) -> Option<Observation> {
    let write = &entry.intent.action;
    let mut actions = plan.lines().iter().map(|line| &line.action);
    if write.ended_alert().is_some() {
        return None;
    }
    if let Some(external_id) = write.external_id() {
        let found = gathered.facts.desk.by_external_id.get(external_id);
        let made = |action: &Action| matches!(action, Action::Create(new) if new.link.external_id == external_id);
        return match found.and_then(|ids| ids.first()) {
            Some(ticket) => Some(has_external_id(*ticket)),
            None => actions.any(made).then(|| {
                let evidence = "no ticket has the external id; it is created now";
                Observation::when(false, evidence.to_owned())
            }),
        };
    }
    let ticket = write.ticket()?;
    let again = |action: &Action| match action {
        Action::Change(change) => change.ticket == ticket,
        Action::WriteNote(write) => write.ticket == ticket,
        Action::Create(_) | Action::Dismiss(_) => false,
    };
    if actions.any(again) {
        let evidence = "what was missing is done now";
        return Some(Observation::when(false, evidence.to_owned()));
    }
    gathered
        .facts
        .desk
        .unconfirmed_writes
        .contains_key(&ticket)
        .then(|| {
            let evidence = format!("ticket {ticket} was read, and nothing is missing");
            Observation::when(true, evidence)
        })
}

fn has_external_id(ticket: TicketId) -> Observation {
    Observation::when(true, format!("ticket {ticket} has the external id"))
}

impl AskedServices {
    fn read(session: &Session, accounts: &[&Account], entries: &[Entry]) -> Result<Self> {
        let mut asked = Self::default();
        for account in accounts {
            let mine = entries
                .iter()
                .filter(|entry| entry.intent.account.as_ref() == Some(&account.name));
            let ids: BTreeSet<AlertId> = mine
                .filter_map(|entry| entry.intent.action.ended_alert().cloned())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let list: Vec<AlertId> = ids.iter().cloned().collect();
            let found = account.acronis.alerts_by_id(&list)?;
            let active: BTreeSet<AlertId> = found
                .into_iter()
                .filter(|alert| alert.deleted_at.is_none())
                .map(|alert| alert.id)
                .collect();
            asked.alerts.extend(ids.into_iter().map(|id| {
                let is_active = active.contains(&id);
                ((account.name.clone(), id), is_active)
            }));
        }
        let ids: BTreeSet<String> = entries
            .iter()
            .filter_map(|entry| entry.intent.action.external_id())
            .map(str::to_owned)
            .collect();
        if !ids.is_empty() {
            let found = session
                .connected_autotask()?
                .tickets_by_external_id(ids.clone())?;
            asked.tickets = ids.into_iter().map(|id| (id, Vec::new())).collect();
            for ticket in found {
                let external_id = ticket.external_id.unwrap_or_default().to_lowercase();
                asked
                    .tickets
                    .entry(external_id)
                    .or_default()
                    .push(ticket.id);
            }
        }
        Ok(asked)
    }

    fn observe_entry(&self, entry: &Entry) -> Option<Observation> {
        let write = &entry.intent.action;
        if let Some(alert) = write.ended_alert() {
            let account = entry.intent.account.clone()?;
            let is_active = *self.alerts.get(&(account, alert.clone()))?;
            let evidence = if is_active {
                "the alert is active"
            } else {
                "the alert has ended"
            };
            return Some(Observation::when(!is_active, evidence.to_owned()));
        }
        let found = self.tickets.get(write.external_id()?)?;
        let none = || Observation::when(false, "no ticket has the external id".to_owned());
        Some(
            found
                .first()
                .map_or_else(none, |ticket| has_external_id(*ticket)),
        )
    }
}
