//! Reads what the planner of tickets needs, and no more than that.

mod alerts;
mod cases;
mod descriptions;
mod desk;
mod details;
mod left;
mod places;
mod single;
mod strays;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use serde_json::Value;

use super::plan::facts::{AccountFacts, Desk, Facts, Known};
use super::plan::key;
use crate::autotask::Ticket;
use crate::domain::ids::{AccountName, AlertId, CompanyId, TicketId};
use crate::domain::links::CustomerLink;
use crate::domain::tickets::{TicketKind, TicketLinkId};
use crate::gather::lost_state;
use crate::gather::ticket_lists::{self, TicketLists};
use crate::session::{Account, AccountFailure, Scope, Session};
use crate::state::State;
use crate::state::cursors::{AlertCursor, HeldAlert};
use crate::state::ticket_links::TicketsOf;
use alerts::{How, Reading};
use cases::Sources;
use places::Places;
use strays::{Unknown, Whose};

pub(super) use desk::seen;
pub(super) use single::{Single, single};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const LOOK_BACK: SignedDuration = SignedDuration::from_mins(10);

/// Facts, and what the end of the run needs besides.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) facts: Facts,
    pub(super) lists: TicketLists,
    pub(super) failures: Vec<AccountFailure>,
    pub(super) ends: Vec<AccountEnd>,
}

/// Where one account's next run goes on.
#[derive(Debug)]
pub(super) struct AccountEnd {
    pub(super) cursor: AlertCursor,
    /// Held alerts that are to be forgotten.
    pub(super) forgotten: Vec<AlertId>,
    /// All types that were read.
    pub(super) types: Vec<String>,
    /// Tickets that earlier runs could not dismiss all alerts of, and that this one looks at.
    pub(super) owed: BTreeSet<TicketLinkId>,
    /// Live tickets, until those that people completed are known.
    live: Vec<Known>,
    /// Tickets that are not remembered, until they lie on the desk.
    strays: Vec<Ticket>,
}

/// Reads all accounts; one that fails does not stop the others. `all` compares all active alerts,
/// whatever the cursor says.
pub(super) fn read(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    scope: &Scope,
    all: bool,
) -> Result<Gathered> {
    let (accounts, failures) = lost_state::refuse(session, state, accounts)?;
    let step = session.report.step_of("reading alerts", accounts.len());
    let links = state.customer_links()?;
    let mut gathered = Gathered {
        facts: Facts {
            now: session.now,
            today: session.today,
            accounts: Vec::new(),
            desk: Desk::default(),
        },
        lists: TicketLists::default(),
        failures,
        ends: Vec::new(),
    };
    for account in accounts {
        match one(session, state, account, &links, (scope, all)) {
            Ok((facts, end)) => {
                session.account_read(&account.name);
                gathered.facts.accounts.push(facts);
                gathered.ends.push(end);
            }
            Err(error) => gathered
                .failures
                .push(session.account_unread(&account.name, error)),
        }
        step.tick();
    }
    let completed = completed(session, &gathered)?;
    for (facts, end) in gathered.facts.accounts.iter_mut().zip(&mut gathered.ends) {
        if session.config.tickets.dismiss_on_complete {
            end.cursor.completed_until = Some(session.now);
        }
        let mut live = std::mem::take(&mut end.live);
        let dismisses = session.config.tickets.dismiss_on_complete;
        live.retain(|known| {
            scope.companies.holds(known.link.company)
                && (completed.contains(&known.link.ticket)
                    || (dismisses && end.owed.contains(&known.id)))
        });
        end.owed
            .retain(|id| !dismisses || live.iter().any(|known| known.id == *id));
        facts.completed = live;
    }
    let accounts = &gathered.facts.accounts;
    // Nothing to decide: Autotask is not even asked for its zone.
    if accounts.iter().any(has_something) {
        let autotask = session.autotask()?;
        gathered.lists = ticket_lists::read(autotask, &session.config.tickets)?;
        let strays = gathered.ends.iter_mut();
        let strays = strays.flat_map(|end| std::mem::take(&mut end.strays));
        let strays = strays.collect();
        gathered.facts.desk = desk::read(session, state, &gathered.lists, accounts, strays)?;
    }
    let tickets = &gathered.facts.desk.tickets;
    for account in &mut gathered.facts.accounts {
        account.owed_notes.retain(|(_, note)| {
            let ticket = tickets.get(&note.ticket);
            ticket.is_none_or(|ticket| scope.companies.holds(ticket.company))
        });
    }
    Ok(gathered)
}

fn has_something(account: &AccountFacts) -> bool {
    !account.cases.is_empty()
        || !account.completed.is_empty()
        || !account.lost_summaries.is_empty()
        || !account.owed_notes.is_empty()
        || account.reconciled
}

/// Companies whose summary was about to be made by a run that got no answer, or was killed.
fn unanswered_summaries(
    state: &State,
    account: &AccountName,
    scope: &Scope,
) -> Result<BTreeSet<CompanyId>> {
    let uncertain = state.uncertain()?;
    let intents = uncertain.iter().map(|entry| &entry.intent);
    let mine = intents.filter(|intent| {
        intent.kind == super::plan::action::CREATE_SUMMARY
            && intent.account.as_ref() == Some(account)
    });
    let companies = mine.filter_map(|intent| intent.company);
    let in_scope = companies.filter(|company| scope.companies.holds(*company));
    Ok(in_scope.collect())
}

/// Tickets of ours that were completed since the last look, where completing dismisses alerts.
fn completed(session: &Session, gathered: &Gathered) -> Result<BTreeSet<TicketId>> {
    let looked = gathered.ends.iter().map(|end| end.cursor.completed_until);
    let Some(since) = looked.min() else {
        return Ok(BTreeSet::new());
    };
    if !session.config.tickets.dismiss_on_complete {
        return Ok(BTreeSet::new());
    }
    // The first look goes back a day; the clocks of both sides may differ by a little.
    let since = since
        .unwrap_or(session.now.saturating_sub(DAY)?)
        .saturating_sub(LOOK_BACK)?;
    let tickets = session
        .autotask()?
        .tickets_completed_since(key::PREFIX, since)?;
    Ok(tickets.into_iter().map(|ticket| ticket.id).collect())
}

/// What was remembered and read of one account.
struct Look {
    held: Vec<HeldAlert>,
    live: Vec<Known>,
    /// Open tickets that are not remembered.
    unknown: Unknown,
    reading: Reading,
}

fn look(
    session: &Session,
    state: &State,
    account: &Account,
    links: &[CustomerLink],
    all: bool,
) -> Result<Look> {
    let name = &account.name;
    let cursor = state.alert_cursor(name)?;
    let held = state.held_alerts(name)?;
    let live = known(state, account, TicketsOf::Live)?;
    let live_links: Vec<_> = live.iter().map(|known| &known.link).collect();
    // A new mapping is to find the alerts that came before it.
    let mapped = links
        .iter()
        .filter(|link| link.account == *name)
        .any(|link| cursor.reconciled_at.is_some_and(|at| link.linked_at > at));
    // A first run looks back only so far, unless there are tickets from before it.
    let first = cursor.watermark.is_none();
    let before = first.then(|| Unknown::read(session, state, account));
    let before = before.transpose()?;
    let how = How {
        all: all || mapped,
        whole: before.as_ref().is_some_and(|found| !found.is_empty()),
    };
    let reading = alerts::read(session, account, cursor, &held, &live_links, how)
        .with_context(|| format!("reading the alerts of account {name}"))?;
    let unknown = match before {
        Some(unknown) => unknown,
        None if reading.reconciled => Unknown::read(session, state, account)?,
        None => Unknown::default(),
    };
    Ok(Look {
        held,
        live,
        unknown,
        reading,
    })
}

fn one(
    session: &Session,
    state: &State,
    account: &Account,
    links: &[CustomerLink],
    (scope, all): (&Scope, bool),
) -> Result<(AccountFacts, AccountEnd)> {
    let name = &account.name;
    let look = look(session, state, account, links, all)?;
    let (held, live, reading) = (look.held, look.live, look.reading);
    let contexts = contexts(account, &reading)?;
    let whose = Whose {
        links,
        catch_all: session.config.tickets.catch_all_company,
        scope,
    };
    let places = Places::read(account, links, &reading.alerts, whose.catch_all)
        .with_context(|| format!("finding the tenants of the alerts of account {name}"))?;
    let closed = closed(state, account, &reading, (&contexts, &places))?;
    let mut sorted = cases::sort(&Sources {
        alerts: &reading.alerts,
        contexts: &contexts,
        places: &places,
        live: &live,
        closed: &closed,
        unknown: &look.unknown,
        account: name,
        held: &held,
        vanished: &reading.vanished,
        tickets: &session.config.tickets,
        scope,
        first_run: reading.cursor.first_run,
        reconciled: reading.reconciled,
    });
    sorted.leave_waiting(&session.config.tickets, session.now);
    let types = types(&reading);
    let active = strays::active(&reading, &contexts, &places);
    let mut lost_summaries = look.unknown.summaries(name, &whose, &active);
    lost_summaries.extend(unanswered_summaries(state, name, scope)?);
    let (strays, stray_tickets) = look.unknown.strays(name, &whose, &active);
    let facts = AccountFacts {
        account: name.clone(),
        console: console(session, account),
        active_by_ticket: cases::active_by_ticket(&live, &sorted.cases),
        cases: sorted.cases,
        unmapped: sorted.unmapped,
        unresolved: sorted.unresolved,
        passed: sorted.passed,
        new_types: state.unseen_alert_types(name, &types)?,
        vanished: reading.vanished.iter().cloned().collect(),
        live: tickets(&live),
        strays,
        reconciled: reading.reconciled,
        completed: Vec::new(),
        owed_notes: state.owed_notes(name)?,
        summaries: summaries(&live, scope),
        lost_summaries,
    };
    let end = AccountEnd {
        owed: state.owed_dismissals(name)?,
        cursor: reading.cursor,
        forgotten: reading.forgotten,
        types,
        live,
        strays: stray_tickets,
    };
    Ok((facts, end))
}

/// How many tickets there are; several keys may share one.
fn tickets(live: &[Known]) -> usize {
    let tickets: BTreeSet<TicketId> = live.iter().map(|known| known.link.ticket).collect();
    tickets.len()
}

fn summaries(live: &[Known], scope: &Scope) -> Vec<Known> {
    let summaries = live
        .iter()
        .filter(|known| known.link.kind == TicketKind::Summary)
        .filter(|known| scope.companies.holds(known.link.company));
    summaries.cloned().collect()
}

/// Closed tickets that stood for any of the alerts, or for their keys.
fn closed(
    state: &State,
    account: &Account,
    reading: &Reading,
    (contexts, places): (&BTreeMap<String, Vec<String>>, &Places<'_>),
) -> Result<Vec<Known>> {
    let read = || reading.alerts.iter();
    let keys: Vec<String> = read()
        .map(|alert| cases::keyed(alert, contexts, places).key)
        .collect();
    let ids: Vec<AlertId> = read().map(|alert| alert.id.clone()).collect();
    let mut closed = known(state, account, TicketsOf::Keys(&keys))?;
    closed.extend(known(state, account, TicketsOf::Alerts(&ids))?);
    closed.extend(strays::closed(
        known(state, account, TicketsOf::KeysFrom(key::LOST))?,
        account,
        &keys,
    ));
    closed.retain(|known| known.link.closed_at.is_some());
    Ok(closed)
}

/// The types of all alerts that were read, each once.
fn types(reading: &Reading) -> Vec<String> {
    let types: BTreeSet<&String> = reading.alerts.iter().map(|alert| &alert.kind).collect();
    types.into_iter().cloned().collect()
}

fn known(state: &State, account: &Account, of: TicketsOf<'_>) -> Result<Vec<Known>> {
    let links = state.ticket_links(&account.name, of)?;
    Ok(links
        .into_iter()
        .map(|(id, link)| Known { id, link })
        .collect())
}

/// The details that are the context of each type. Types are read, never known by heart; without
/// them keys would differ from those of the last run, so a failure ends the account's run.
fn contexts(account: &Account, reading: &Reading) -> Result<BTreeMap<String, Vec<String>>> {
    if reading.alerts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let types = account
        .acronis
        .alert_types()
        .context("reading the types of alerts")?;
    Ok(types
        .into_iter()
        .map(|one| (one.id, one.context_keys))
        .collect())
}

/// Links to a single alert are not documented, so the console's own address is named.
fn console(session: &Session, account: &Account) -> String {
    let section = session
        .config
        .acronis
        .iter()
        .find(|section| section.name == account.name);
    section
        .map(|section| section.url.to_string())
        .unwrap_or_default()
}

/// The ticket that an entry of the journal is about.
pub(super) fn ticket_of(payload: &Value) -> Option<TicketId> {
    payload.pointer("/after/ticket")?.as_i64().map(TicketId)
}

/// The external id that an entry of the journal would have created.
pub(super) fn external_id_of(payload: &Value) -> Option<&str> {
    payload.pointer("/after/external_id")?.as_str()
}

/// The alert that an entry of the journal would have dismissed.
pub(super) fn alert_of(payload: &Value) -> Option<AlertId> {
    payload.pointer("/before/alert")?.as_str().map(AlertId::new)
}
