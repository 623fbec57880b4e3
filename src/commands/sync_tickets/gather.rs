//! Reads what the planner of tickets needs, and no more than that: first alerts, then, for those that
//! are left once they are sorted, what Autotask has. Decides nothing.

mod alerts;
mod details;
mod merged;
mod tenants;
mod tickets;
mod vanished;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};

use super::plan::facts::{AccountFacts, Desk, Facts, ReadAccount};
use super::plan::suppress::DueAlerts;
use super::ticket_key;
use crate::autotask::cut_note;
use crate::config::CustomerTask;
use crate::domain::ids::{AccountName, AlertId, CompanyId, TenantId, TicketId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::CustomerLink;
use crate::domain::tickets::{AlertHold, KnownTicket, PendingNote, TicketKind};
use crate::gather::lost_state;
use crate::session::{Account, AccountFailure, CompanyFilter, Scope, Session};
use crate::state::State;
use crate::state::cursors::AlertCursor;
use crate::state::journal::JournalId;
use crate::state::journal::planned::PendingWrite;
use crate::state::ticket_links::TicketsOf;
use alerts::AlertReading;
use tenants::AlertTenants;
use tickets::OpenTickets;

pub(super) use tickets::ticket_facts;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const LOOK_BACK: SignedDuration = SignedDuration::from_mins(10);

/// Which alerts a run is to look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadExtent {
    /// All active alerts are compared, whatever the cursor says.
    pub(super) all: bool,
    /// Alerts that were raised since then are no longer too old for a ticket.
    pub(super) since: Option<Timestamp>,
}

/// Which alerts are asked for although nothing is known to have changed.
type FindDue<'a> = &'a dyn Fn(&[AlertHold], &[KnownTicket]) -> DueAlerts;

/// What was read of all accounts, before anything is decided.
#[derive(Debug)]
pub(super) struct AlertReadings {
    pub(super) accounts: Vec<ReadAccount>,
    failures: Vec<AccountFailure>,
    ends: Vec<AccountEnd>,
}

/// Facts, and what the end of the run needs besides.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) facts: Facts,
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
    /// Dismissals that earlier runs left, of tickets that this one looks at.
    pub(super) dismissals: Vec<PendingDismissal>,
}

/// An alert of a completed ticket that could not be dismissed yet.
#[derive(Debug)]
pub(super) struct PendingDismissal {
    pub(super) id: JournalId,
    pub(super) alert: AlertId,
    ticket: TicketId,
}

/// Reads the alerts of all accounts; one that fails does not stop the others. `find_due` says, of
/// what is held and what live tickets know, what is asked for besides.
///
/// # Errors
/// When the state cannot be read, or seems to be lost.
pub(super) fn read_alerts(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    scope: &Scope,
    extent: ReadExtent,
    find_due: FindDue<'_>,
) -> Result<AlertReadings> {
    let (accounts, failures) = lost_state::refuse_lost_state(session, state, accounts)?;
    let step = session.report.step_of("reading alerts", accounts.len());
    let links = state.customer_links()?;
    let mut readings = AlertReadings {
        accounts: Vec::new(),
        failures,
        ends: Vec::new(),
    };
    for account in accounts {
        match read_account(session, state, account, &links, extent, find_due) {
            Ok((mut read, end)) => {
                session.record_read(&account.name);
                if let CompanyFilter::Only(ids) = &scope.companies {
                    read.companies = Some(ids.clone());
                }
                readings.accounts.push(read);
                readings.ends.push(end);
            }
            Err(error) => {
                let failure = session.record_unread(&account.name, error);
                readings.failures.push(failure);
            }
        }
        step.advance_step();
    }
    Ok(readings)
}

/// Reads what Autotask has of the accounts, now that their alerts are sorted.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(super) fn read_tickets(
    session: &Session,
    state: &State,
    readings: AlertReadings,
    mut sorted: Vec<AccountFacts>,
) -> Result<Gathered> {
    let AlertReadings {
        accounts,
        failures,
        mut ends,
    } = readings;
    let dismisses = session.config.tickets.dismiss_on_complete;
    let completed = read_completed(session, &ends)?;
    for ((facts, end), read) in sorted.iter_mut().zip(&mut ends).zip(&accounts) {
        if dismisses {
            end.cursor.completed_until = Some(session.now);
        } else {
            end.dismissals.clear();
        }
        let live = read.live.iter().filter(|known| {
            read.in_scope(known.link.company)
                && (completed.contains(&known.link.ticket)
                    || end.dismissals.iter().any(|one| one.is_of(known)))
        });
        facts.completed = live.cloned().collect();
        end.dismissals.retain(|one| {
            let mut live = read.live.iter();
            !live.any(|known| one.is_of(known) && !read.in_scope(known.link.company))
        });
    }
    let mut desk = Desk::default();
    // Nothing to decide: Autotask is not even asked for its zone.
    if sorted.iter().any(has_something) {
        desk = tickets::read_desk(session, state, &mut sorted)?;
    }
    for (facts, read) in sorted.iter_mut().zip(&accounts) {
        facts.pending_notes.retain(|note| {
            let ticket = desk.tickets.get(&note.ticket);
            ticket.is_none_or(|ticket| read.in_scope(ticket.company))
        });
    }
    Ok(Gathered {
        facts: Facts {
            now: session.now,
            today: session.today,
            accounts: sorted,
            desk,
        },
        failures,
        ends,
    })
}

fn has_something(account: &AccountFacts) -> bool {
    !account.cases.is_empty()
        || !account.completed.is_empty()
        || !account.lost_summaries.is_empty()
        || !account.pending_notes.is_empty()
        || account.reconciled
}

/// Reads one alert with everything that it is sorted by; none when no account knows it.
///
/// # Errors
/// When its account, or the state, cannot be read.
pub(super) fn read_one_alert(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    id: &AlertId,
) -> Result<Option<ReadAccount>> {
    for account in accounts {
        let alert = match account.acronis.read_alert(id) {
            Ok(alert) => alert,
            Err(failure) => {
                session.record_unread(&account.name, failure.into());
                continue;
            }
        };
        session.record_read(&account.name);
        if let Some(alert) = alert {
            let reading = AlertReading {
                alerts: vec![alert],
                ..AlertReading::default()
            };
            let memory = AccountMemory::read(state, account)?;
            let first_run = alerts::look_back(session, &memory.cursor);
            let links = state.customer_links()?;
            let mut read = assemble_account(session, state, account, &links, memory, &reading)?;
            read.first_run = Some(first_run);
            return Ok(Some(read));
        }
    }
    Ok(None)
}

/// Reads what Autotask has about one alert.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(super) fn read_tickets_of_one(
    session: &Session,
    state: &State,
    account: AccountFacts,
) -> Result<Facts> {
    let mut accounts = vec![account];
    let desk = tickets::read_desk(session, state, &mut accounts)?;
    Ok(Facts {
        now: session.now,
        today: session.today,
        accounts,
        desk,
    })
}

/// Tickets of ours that were completed since the last look, where completing dismisses alerts.
fn read_completed(session: &Session, ends: &[AccountEnd]) -> Result<BTreeSet<TicketId>> {
    let looked = ends.iter().map(|end| end.cursor.completed_until);
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
        .connected_autotask()?
        .tickets_completed_since(ticket_key::PREFIX, since)?;
    Ok(tickets.into_iter().map(|ticket| ticket.id).collect())
}

/// What is remembered of one account.
#[derive(Debug)]
struct AccountMemory {
    cursor: AlertCursor,
    held: Vec<AlertHold>,
    live: Vec<KnownTicket>,
}

impl AccountMemory {
    fn read(state: &State, account: &Account) -> Result<Self> {
        let held = state.held_alerts(&account.name)?.into_iter();
        Ok(Self {
            cursor: state.alert_cursor(&account.name)?,
            held: held.map(|held| held.hold).collect(),
            live: state.ticket_links(&account.name, TicketsOf::Live)?,
        })
    }
}

fn read_account(
    session: &Session,
    state: &State,
    account: &Account,
    links: &[CustomerLink],
    extent: ReadExtent,
    find_due: FindDue<'_>,
) -> Result<(ReadAccount, AccountEnd)> {
    let name = &account.name;
    let memory = AccountMemory::read(state, account)?;
    let cursor = &memory.cursor;
    // A new mapping is to find the alerts that came before it.
    let mapped = links
        .iter()
        .filter(|link| link.account == *name)
        .any(|link| cursor.reconciled_at.is_some_and(|at| link.linked_at > at));
    // So is a first run that is to look back further than it did.
    let first_run = alerts::look_back(session, cursor);
    let widened = cursor.first_run.is_some_and(|first| first != first_run);
    let all = extent.all || extent.since.is_some() || mapped || widened;
    let due = find_due(&memory.held, &memory.live);
    let mut reading = alerts::read_alerts(session, account, &memory, all, due)
        .with_context(|| format!("reading the alerts of account {name}"))?;
    let open = if reading.reconciled {
        OpenTickets::read(session, state, account)?
    } else {
        OpenTickets::default()
    };
    let others = tenants_of_untracked(links, name, &open);
    let hidden = vanished::keep_gone(account, links, &memory.live, others, &mut reading)
        .with_context(|| format!("looking for the alerts of account {name} that are in no list"))?;
    let types: BTreeSet<&String> = reading.alerts.iter().map(|alert| &alert.kind).collect();
    let types: Vec<String> = types.into_iter().cloned().collect();
    let mut read = assemble_account(session, state, account, links, memory, &reading)?;
    read.hidden = hidden;
    read.since = extent.since;
    read.open = open.all;
    read.untracked = open.untracked;
    read.unanswered_summaries = unanswered_summaries(state, name)?;
    read.new_types = state.unseen_alert_types(name, &types)?;
    let mut pending = state.pending_writes()?;
    pending.retain(|one| one.entry.intent.account.as_ref() == Some(name));
    read.pending_notes = pending.iter().filter_map(pending_note).collect();
    let end = AccountEnd {
        dismissals: pending.iter().filter_map(PendingDismissal::read).collect(),
        cursor: reading.cursor,
        forgotten: reading.forgotten,
        types,
    };
    Ok((read, end))
}

/// Tenants whose alerts may only be out of sight, so that open tickets that nobody remembers seem to
/// stand for none.
fn tenants_of_untracked(
    links: &[CustomerLink],
    account: &AccountName,
    open: &OpenTickets,
) -> BTreeSet<TenantId> {
    let untracked = open.untracked.iter().map(|one| one.ticket.company);
    let companies: BTreeSet<CompanyId> = untracked.collect();
    let mine = links.iter().filter(|link| link.account == *account);
    let mine = mine.filter(|link| companies.contains(&link.company));
    mine.map(|link| link.tenant.clone()).collect()
}

/// Alerts with their keys and customers, and the tickets that stood for them.
fn assemble_account(
    session: &Session,
    state: &State,
    account: &Account,
    links: &[CustomerLink],
    memory: AccountMemory,
    reading: &AlertReading,
) -> Result<ReadAccount> {
    let name = &account.name;
    let contexts = read_contexts(account, reading)?;
    let named = session.config.tickets.catch_all_company.is_some();
    let tenants = AlertTenants::read(account, links, &reading.alerts, named)
        .with_context(|| format!("finding the tenants of the alerts of account {name}"))?;
    let keyed = reading.alerts.iter();
    let alerts: Vec<_> = keyed
        .map(|alert| details::in_our_words(alert, &contexts, &tenants))
        .collect();
    let keys: Vec<String> = alerts.iter().map(|one| one.key.clone()).collect();
    let ids: Vec<AlertId> = alerts.iter().map(|one| one.alert.id.clone()).collect();
    let mut closed = state.ticket_links(name, TicketsOf::Keys(&keys))?;
    closed.extend(state.ticket_links(name, TicketsOf::Alerts(&ids))?);
    let lost = state.ticket_links(name, TicketsOf::KeysFrom(ticket_key::LOST))?;
    closed.extend(with_keys(lost, name, &keys));
    closed.retain(|known| known.link.closed_at.is_some());
    let mine = || links.iter().filter(|link| link.account == account.name);
    let mut sections = session.config.acronis.iter();
    // Links to a single alert are not documented, so the console's own address is named.
    let console = sections.find(|section| section.name == account.name);
    Ok(ReadAccount {
        account: account.name.clone(),
        console: console.map_or_else(String::new, |section| section.url.to_string()),
        companies: None,
        off: session.config.customers.list_off(CustomerTask::Tickets),
        tenants: mine()
            .map(|link| (link.company, link.tenant.clone()))
            .collect(),
        mapped_at: mine()
            .map(|link| (link.tenant.clone(), link.linked_at))
            .collect(),
        hidden: Vec::new(),
        alerts,
        vanished: reading.vanished.clone(),
        reconciled: reading.reconciled,
        first_run: reading.cursor.first_run,
        since: None,
        live: memory.live,
        closed,
        held: memory.held,
        open: None,
        untracked: Vec::new(),
        unanswered_summaries: BTreeSet::new(),
        new_types: Vec::new(),
        pending_notes: Vec::new(),
    })
}

/// Orphans that were closed, under the keys that they turn out to have, now that these were read.
fn with_keys(
    mut lost: Vec<KnownTicket>,
    account: &AccountName,
    keys: &[String],
) -> Vec<KnownTicket> {
    if lost.is_empty() {
        return lost;
    }
    let first = |key: &String| (ticket_key::external_id(account, key, 1), key.clone());
    let keys: BTreeMap<String, String> = keys.iter().map(first).collect();
    lost.retain_mut(|known| {
        let key = ticket_key::first_external_id(&known.link.external_id)
            .and_then(|first| keys.get(first));
        if let Some(key) = key {
            known.link.alert_key.clone_from(key);
        }
        key.is_some()
    });
    lost
}

/// Companies whose summary was about to be made by a run that got no answer, or was killed.
fn unanswered_summaries(state: &State, account: &AccountName) -> Result<BTreeSet<CompanyId>> {
    let uncertain = state.uncertain()?;
    let intents = uncertain.iter().map(|entry| &entry.intent);
    let mine = intents.filter(|intent| {
        let is_summary = matches!(
            intent.action,
            JournalAction::CreateTicket {
                stands_for: TicketKind::Summary,
                ..
            }
        );
        is_summary && intent.account.as_ref() == Some(account)
    });
    Ok(mine.filter_map(|intent| intent.company).collect())
}

/// The details that are the context of each type. Types are read, never known by heart; without
/// them keys would differ from those of the last run, so a failure ends the account's run.
fn read_contexts(
    account: &Account,
    reading: &AlertReading,
) -> Result<BTreeMap<String, Vec<String>>> {
    if reading.alerts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let types = account
        .acronis
        .alert_types()
        .context("reading the types of alerts")?;
    let keys = types.into_iter().map(|one| (one.id, one.context_keys));
    Ok(keys.collect())
}

fn pending_note(pending: &PendingWrite) -> Option<PendingNote> {
    let JournalAction::WriteNote {
        ticket,
        title,
        text,
        status,
        assignee,
        since,
    } = &pending.entry.intent.action
    else {
        return None;
    };
    Some(PendingNote {
        id: pending.entry.id.into(),
        ticket: *ticket,
        status: *status,
        changed: pending.is_certain,
        assignee: *assignee,
        title: title.clone(),
        text: text.clone(),
        written: cut_note(text),
        since: *since,
    })
}

impl PendingDismissal {
    fn read(pending: &PendingWrite) -> Option<Self> {
        let JournalAction::DismissAlert { alert, ticket } = &pending.entry.intent.action else {
            return None;
        };
        Some(Self {
            id: pending.entry.id,
            alert: alert.clone(),
            ticket: *ticket,
        })
    }

    fn is_of(&self, known: &KnownTicket) -> bool {
        known.link.ticket == self.ticket
    }
}
