//! The end of a run: tickets as they are after it, what waits, and where the next run goes on.

use std::collections::BTreeSet;

use anyhow::Result;

use super::COMMAND;
use super::apply::Pages;
use super::gather::{self, AccountEnd, Gathered};
use super::plan::action::Action;
use super::plan::{Settled, Wait};
use super::read_back::{Seen, read_back};
use crate::domain::ids::{AccountName, AlertId};
use crate::domain::tickets::{TicketLink, TicketLinkId};
use crate::plan::Plan;
use crate::session::Session;
use crate::state::State;
use crate::state::cursors::{HeldFor, Hold};
use crate::state::effects::Effect;
use crate::state::journal::{Entry, Resolution, Resolved};

/// A link as it was read or is to be written.
type Remembered = (Option<TicketLinkId>, TicketLink);

/// Remembers everything that this run found out without writing to a service.
///
/// # Errors
/// When the state cannot be written.
pub(super) fn finish(
    session: &Session,
    state: &State,
    gathered: Gathered,
    plan: &Plan<Action>,
    settled: Vec<Settled>,
    pages: &Pages,
    whole: bool,
) -> Result<()> {
    let seen = read_back(session, state, &gathered, pages)?;
    for (end, settled) in gathered.ends.into_iter().zip(settled) {
        let Some(account) = settled.account.clone() else {
            continue;
        };
        let planned = plan
            .lines()
            .iter()
            .filter(|line| line.action.about().account == account)
            .count();
        let tried = pages.tried.get(&account).copied().unwrap_or_default();
        let all_tried = tried == planned;
        one(
            session,
            state,
            &account,
            end,
            settled,
            pages,
            (whole && all_tried, &seen),
        )?;
    }
    Ok(())
}

fn one(
    session: &Session,
    state: &State,
    account: &AccountName,
    end: AccountEnd,
    settled: Settled,
    pages: &Pages,
    (move_on, seen): (bool, &Seen),
) -> Result<()> {
    let mut hold: Vec<Hold> = settled
        .hold
        .into_iter()
        .map(|one| Hold {
            alert: one.alert,
            why: match one.why {
                Wait::Damped => HeldFor::Damped,
                Wait::Quiet => HeldFor::Quiet,
            },
            key: one.key,
            occurrences: one.occurrences,
            updated_at: one.updated,
            detail: String::new(),
        })
        .collect();
    for (_, alerts, why) in pages.failed.iter().filter(|(of, _, _)| of == account) {
        hold.extend(alerts.iter().map(|dealt| Hold {
            alert: dealt.alert.clone(),
            why: HeldFor::Refused,
            key: dealt.key.clone(),
            occurrences: 1,
            updated_at: dealt.updated,
            detail: why.clone(),
        }));
    }
    let waiting: BTreeSet<&AlertId> = hold.iter().map(|one| &one.alert).collect();
    let released: Vec<AlertId> = if move_on {
        let seen = settled.seen.iter().chain(&end.forgotten);
        seen.filter(|id| !waiting.contains(id)).cloned().collect()
    } else {
        end.forgotten.clone()
    };
    let seen = seen.get(account).into_iter().flatten().cloned();
    let remember = settled.remember.into_iter().map(remembering);
    let effects: Vec<Effect> = remember.chain(seen).collect();
    let before = state.alert_cursor(account)?;
    let cursor = if move_on { end.cursor } else { before.clone() };
    state.mark_alert_types_seen(account, &end.types, session.now)?;
    if cursor == before && hold.is_empty() && released.is_empty() && effects.is_empty() {
        return Ok(());
    }
    let now = session.now;
    for lost in state.advance_alert_cursor(account, &cursor, &hold, &released, &effects, now)? {
        session
            .report
            .warn(&format!("it is tried again at the next run: {lost}"));
    }
    Ok(())
}

fn remembering((id, link): Remembered) -> Effect {
    match id {
        Some(id) => Effect::UpdateTicket(id, Box::new(link)),
        None => Effect::OpenTicket(Box::new(link)),
    }
}

/// Ends the entries of earlier runs whose outcome was not known: this run has looked.
///
/// # Errors
/// When the state cannot be written.
pub(super) fn resolve(
    session: &Session,
    state: &State,
    gathered: &Gathered,
    plan: &Plan<Action>,
    uncertain: &[Entry],
) -> Result<()> {
    let read: BTreeSet<&AccountName> = gathered
        .facts
        .accounts
        .iter()
        .map(|account| &account.account)
        .collect();
    for entry in uncertain
        .iter()
        .filter(|entry| entry.intent.command == COMMAND)
    {
        if !entry
            .intent
            .account
            .as_ref()
            .is_some_and(|account| read.contains(account))
        {
            continue;
        }
        if let Some((how, evidence)) = evidence(gathered, plan, entry) {
            let resolved = Resolved {
                how,
                evidence,
                at: session.now,
            };
            state.resolve(entry.id, &resolved)?;
        }
    }
    Ok(())
}

/// What this run saw of an earlier write; nothing when it did not look at it.
fn evidence(
    gathered: &Gathered,
    plan: &Plan<Action>,
    entry: &Entry,
) -> Option<(Resolution, String)> {
    let payload = &entry.intent.payload;
    if let Some(external_id) = gather::external_id_of(payload) {
        let found = gathered.facts.desk.by_external_id.get(external_id);
        let planned = plan
            .lines()
            .iter()
            .any(|line| line.action.link().external_id == external_id);
        return match (found.and_then(|ids| ids.first()), planned) {
            (Some(ticket), _) => Some((
                Resolution::TookEffect,
                format!("ticket {ticket} has the external id"),
            )),
            (None, true) => Some((
                Resolution::NoEffect,
                "no ticket has the external id; it is made now".to_owned(),
            )),
            (None, false) => None,
        };
    }
    let ticket = gather::ticket_of(payload)?;
    let again = plan.lines().iter().any(|line| match &line.action {
        Action::Change(change) => change.ticket == ticket,
        Action::Create(_) | Action::Dismiss(_) => false,
    });
    if again {
        return Some((
            Resolution::NoEffect,
            "it is done now, as far as it was missing".to_owned(),
        ));
    }
    gathered.facts.desk.unsure.contains_key(&ticket).then(|| {
        let evidence = format!("ticket {ticket} was read, and nothing is missing");
        (Resolution::TookEffect, evidence)
    })
}
