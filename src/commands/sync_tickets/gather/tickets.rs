//! What Autotask is asked: tickets in bulk, companies, contracts, configuration items and lists.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::SignedDuration;

use super::super::plan::facts::{AccountFacts, Case, Company, Desk, Item, Ticket, UntrackedTicket};
use super::super::ticket_key;
use super::merged;
use crate::autotask::{self, Autotask, ContractScope, STATUS_COMPLETE};
use crate::domain::ids::{AccountName, CompanyId, ItemKey, ServiceId, TicketId};
use crate::domain::links::MappingChoice;
use crate::domain::tickets::TicketContact;
use crate::gather::companies;
use crate::gather::ticket_lists;
use crate::http::Failure;
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::ticket_links::TicketsOf;

/// How long workflow rules may take that are set off by a new ticket.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);
/// No key has more tickets one after the other than this.
const GENERATIONS_MAX: u32 = 1000;

pub(super) fn read_desk(
    session: &Session,
    state: &State,
    accounts: &mut [AccountFacts],
) -> Result<Desk> {
    let autotask = session.connected_autotask()?;
    let lists = ticket_lists::read_ticket_lists(autotask, &session.config.tickets)?;
    let close_status = lists.close_status;
    let mut desk = Desk {
        lists,
        services: mapped_services(state)?,
        ..Desk::default()
    };
    let remembered: BTreeSet<TicketId> = accounts
        .iter()
        .flat_map(|account| {
            let cases = account.cases.iter().filter_map(|case| case.known.as_ref());
            cases
                .chain(&account.summaries)
                .chain(&account.completed)
                .chain(&account.others)
                .map(|known| known.link.ticket)
                .chain(account.pending_notes.iter().map(|note| note.ticket))
        })
        .collect();
    let tickets = autotask.tickets_by_id(&remembered)?;
    desk.keep_tickets(tickets, close_status);
    merged::follow_merged(session, state, &mut desk, accounts)?;
    for orphan in accounts.iter().flat_map(|account| &account.orphans.tickets) {
        let mut ticket = orphan.found.ticket.clone();
        ticket.complete |= ticket.status == close_status;
        desk.tickets.insert(ticket.id, ticket);
    }
    find_by_external_id(session, state, &mut desk, accounts)?;
    desk.descriptions = read_descriptions(autotask, accounts, &desk)?;
    read_unconfirmed_notes(session, state, &mut desk, accounts)?;
    read_companies(session, state, &mut desk, accounts)?;
    Ok(desk)
}

/// The open tickets of an account.
#[derive(Debug, Default)]
pub(super) struct OpenTickets {
    /// All of them; none when they were not asked for.
    pub(super) all: Option<BTreeSet<TicketId>>,
    /// Those that the state file does not know.
    pub(super) untracked: Vec<UntrackedTicket>,
}

impl OpenTickets {
    /// Asks Autotask for the account's open tickets. One that is remembered, even as ended, is not
    /// untracked: if it is open again, a person opened it.
    pub(super) fn read(session: &Session, state: &State, account: &Account) -> Result<Self> {
        let name = &account.name;
        let open = session
            .connected_autotask()?
            .tickets_open(&ticket_key::account_prefix(name))
            .with_context(|| format!("looking for open tickets of account {name}"))?;
        let ids: Vec<TicketId> = open.iter().map(|ticket| ticket.id).collect();
        let links = state.ticket_links(name, TicketsOf::Tickets(&ids))?;
        let known: BTreeSet<TicketId> = links.iter().map(|known| known.link.ticket).collect();
        let untracked = open
            .into_iter()
            .filter(|ticket| !known.contains(&ticket.id))
            .filter_map(|ticket| {
                let external_id = ticket.external_id.as_ref()?.to_lowercase();
                Some(UntrackedTicket {
                    first: ticket_key::first_external_id(&external_id)?.to_owned(),
                    external_id,
                    title: ticket.title.clone(),
                    // None of them has the status that closes a ticket by itself.
                    ticket: ticket_facts(ticket, STATUS_COMPLETE),
                })
            });
        Ok(Self {
            untracked: untracked.collect(),
            all: Some(ids.into_iter().collect()),
        })
    }
}

impl Desk {
    pub(super) fn keep_tickets(&mut self, tickets: Vec<autotask::TicketRecord>, close_status: i64) {
        for ticket in tickets {
            let id = ticket.id;
            let external_id = ticket.external_id.as_deref().map(str::to_lowercase);
            if !external_id.is_some_and(|id| id.starts_with(ticket_key::PREFIX)) {
                self.foreign.insert(id);
            }
            self.tickets.insert(id, ticket_facts(ticket, close_status));
        }
    }
}

/// A ticket in the planner's words. The status that closes a ticket need not be the system's own.
pub(in super::super) fn ticket_facts(ticket: autotask::TicketRecord, close_status: i64) -> Ticket {
    Ticket {
        id: ticket.id,
        complete: ticket.is_complete() || ticket.status == close_status,
        number: ticket.number.unwrap_or_else(|| ticket.id.to_string()),
        company: ticket.company,
        status: ticket.status,
        completed: ticket.completed,
        assignee: ticket.assigned_resource,
        priority: ticket.priority,
    }
}

/// Looks for tickets by external id wherever one may stand that is not remembered: for every new
/// key (a lost state file, a lost answer), and for the next ticket of a key whose last one is over.
fn find_by_external_id(
    session: &Session,
    state: &State,
    desk: &mut Desk,
    accounts: &[AccountFacts],
) -> Result<()> {
    let mut wanted: Vec<(AccountName, String, u32)> = Vec::new();
    for account in accounts {
        let name = &account.account;
        let mut counts: BTreeMap<CompanyId, usize> = BTreeMap::new();
        for case in account.cases.iter().filter(|case| case.summary.is_none()) {
            if let Some(generation) = next_generation(desk, case) {
                wanted.push((name.clone(), case.key.clone(), generation));
                if case.alerts.iter().any(|alert| alert.active) {
                    *counts.entry(case.destination.company).or_default() += 1;
                }
            }
        }
        // Any company with more than one ticket to be made may get a summary; whether it does is
        // the storm brake's to say, over all accounts together.
        let several = counts.into_iter().filter(|(_, count)| *count > 1);
        let several = several.map(|(company, _)| company);
        let summaries: BTreeSet<CompanyId> = several
            .chain(account.lost_summaries.iter().copied())
            .collect();
        let summaries = summaries.into_iter();
        wanted
            .extend(summaries.map(|company| (name.clone(), ticket_key::summary_key(company.0), 1)));
    }
    let unanswered = unanswered_ids(state)?;
    for _ in 0..GENERATIONS_MAX {
        if wanted.is_empty() {
            break;
        }
        let ids: BTreeSet<String> = wanted
            .iter()
            .map(|(account, key, generation)| ticket_key::external_id(account, key, *generation))
            .collect();
        let close_status = desk.lists.close_status;
        let found = session.connected_autotask()?.tickets_by_external_id(ids)?;
        for ticket in &found {
            // The filter may compare without regard to case; ours is lower case.
            if let Some(external_id) = ticket.external_id.as_ref().map(|id| id.to_lowercase()) {
                if unanswered.contains(&external_id) && is_as_made(ticket) {
                    desk.unmodified_since_create.insert(ticket.id);
                }
                let ids = desk.by_external_id.entry(external_id).or_default();
                ids.push(ticket.id);
            }
        }
        desk.keep_tickets(found, close_status);
        wanted.retain_mut(|(account, key, generation)| {
            let external_id = ticket_key::external_id(account, key, *generation);
            *generation = generation.saturating_add(1);
            desk.by_external_id.contains_key(&external_id)
        });
    }
    Ok(())
}

/// External ids that earlier runs created tickets with, and got no answer.
fn unanswered_ids(state: &State) -> Result<BTreeSet<String>> {
    let uncertain = state.uncertain()?;
    let ids = uncertain
        .iter()
        .filter_map(|entry| entry.intent.action.external_id().map(str::to_lowercase));
    Ok(ids.collect())
}

/// Whether a ticket stands as it did right after it was made, when a workflow may have set it up but
/// hardly a person: the services say when it was changed last and not by whom (autotask.md §8.11), so
/// what was changed later may be a person's, and so may be one that does not say when.
fn is_as_made(ticket: &autotask::TicketRecord) -> bool {
    let changed = ticket.last_modified.max(ticket.last_activity);
    let since = |made| Some(changed?.duration_since(made) <= SETTLED);
    ticket.created.and_then(since).unwrap_or(false)
}

/// From which ticket of the key on to look: after one that is over, whatever makes a next one
/// (`reopen`, a mapping that changed, a ticket that cannot be opened again), for a run that got no
/// answer may have made it. None while the remembered ticket is open.
fn next_generation(desk: &Desk, case: &Case) -> Option<u32> {
    let Some(known) = &case.known else {
        return Some(1);
    };
    let generation = ticket_key::generation_of(&known.link.external_id);
    match desk.tickets.get(&known.link.ticket) {
        None => Some(generation),
        Some(ticket) if ticket.complete => Some(generation.saturating_add(1)),
        Some(_) => None,
    }
}

/// The descriptions of all summaries on the desk, remembered or found by external id.
fn read_descriptions(
    autotask: &Autotask,
    accounts: &[AccountFacts],
    desk: &Desk,
) -> Result<BTreeMap<TicketId, String>, Failure> {
    let mut ids: BTreeSet<TicketId> = BTreeSet::new();
    for account in accounts {
        let known = account.summaries.iter().map(|known| known.link.ticket);
        ids.extend(known.filter(|ticket| desk.tickets.contains_key(ticket)));
        ids.extend(found_summaries(account, desk));
    }
    Ok(autotask.ticket_descriptions(&ids)?.into_iter().collect())
}

fn found_summaries<'a>(
    account: &AccountFacts,
    desk: &'a Desk,
) -> impl Iterator<Item = TicketId> + 'a {
    let cases = account.cases.iter().map(|case| case.destination.company);
    let remembered = account.summaries.iter().map(|known| known.link.company);
    let lost = account.lost_summaries.iter().copied();
    let first = |company: CompanyId| {
        ticket_key::external_id(&account.account, &ticket_key::summary_key(company.0), 1)
    };
    let firsts: BTreeSet<String> = cases.chain(remembered).chain(lost).map(first).collect();
    let ours = move |external_id: &str| {
        ticket_key::first_external_id(external_id).is_some_and(|id| firsts.contains(id))
    };
    let found = desk.by_external_id.iter();
    found
        .filter(move |(external_id, _)| ours(external_id))
        .flat_map(|(_, tickets)| tickets.iter().copied())
}

/// The notes of tickets of which it is not known whether the last write took effect.
fn read_unconfirmed_notes(
    session: &Session,
    state: &State,
    desk: &mut Desk,
    accounts: &[AccountFacts],
) -> Result<()> {
    let mut tickets: BTreeSet<TicketId> = state
        .uncertain()?
        .iter()
        .filter_map(|entry| entry.intent.action.ticket())
        .collect();
    let pending = accounts.iter().flat_map(|account| &account.pending_notes);
    tickets.extend(pending.map(|note| note.ticket));
    if tickets.is_empty() {
        return Ok(());
    }
    for ticket in &tickets {
        desk.unconfirmed_writes.entry(*ticket).or_default();
    }
    for note in session.connected_autotask()?.ticket_notes(&tickets)? {
        let notes = desk.unconfirmed_writes.entry(note.ticket).or_default();
        let at = note.created;
        notes.extend(note.description.map(|text| (at, text)));
    }
    Ok(())
}

/// Companies of all cases; contracts and configuration items where a ticket may be made.
fn read_companies(
    session: &Session,
    state: &State,
    desk: &mut Desk,
    accounts: &[AccountFacts],
) -> Result<()> {
    let autotask = session.connected_autotask()?;
    // A ticket may be at another company than its alert is by now.
    let mut companies: BTreeSet<CompanyId> =
        desk.tickets.values().map(|ticket| ticket.company).collect();
    let mut making = BTreeSet::new();
    for account in accounts {
        let others = account.summaries.iter().chain(&account.completed);
        companies.extend(others.map(|known| known.link.company));
        for case in &account.cases {
            companies.insert(case.destination.company);
            let open = case
                .known
                .as_ref()
                .and_then(|known| desk.tickets.get(&known.link.ticket))
                .is_some_and(|ticket| !ticket.complete);
            if case.summary.is_some() || (!open && case.alerts.iter().any(|alert| alert.active)) {
                making.insert(case.destination.company);
            }
        }
    }
    let ids: Vec<CompanyId> = companies.into_iter().collect();
    for company in autotask.companies_by_id(&ids)? {
        let known = Company {
            name: company.name,
            active: company.active,
        };
        desk.companies.insert(company.id, known);
    }
    if desk.companies.is_empty() && !ids.is_empty() {
        companies::refuse_if_none_is_shown(autotask, &state.customer_links()?)?;
    }
    let making: Vec<CompanyId> = making.into_iter().collect();
    if making.is_empty() {
        return Ok(());
    }
    let (with, without): (Vec<CompanyId>, Vec<CompanyId>) = making
        .iter()
        .partition(|company| session.config.uses_contracts(**company));
    desk.without_contract = without.into_iter().collect();
    if !with.is_empty() {
        let (field, today) = (&session.config.billing.payg_field, session.today);
        desk.contracts = autotask
            .contract_book(&ContractScope::Of(with), field, today, today)
            .context("reading the contracts that tickets go on")?;
    }
    desk.configuration_items = read_items(autotask, &making)?;
    let mut rules = desk.lists.by_rule.values();
    if rules.any(|ids| ids.contact == TicketContact::Primary) {
        let contacts = autotask
            .primary_contacts(&making)
            .context("reading the contacts that tickets name")?;
        let contacts = contacts.into_iter();
        desk.primary_contacts = contacts.map(|(company, one)| (company, one.id)).collect();
    }
    Ok(())
}

fn read_items(
    autotask: &Autotask,
    companies: &[CompanyId],
) -> Result<BTreeMap<CompanyId, Vec<Item>>> {
    let mut items: BTreeMap<CompanyId, Vec<Item>> = BTreeMap::new();
    for item in autotask.configuration_items(companies)? {
        let names = [
            item.title,
            item.hostname,
            item.reference_number,
            item.serial_number,
        ];
        items.entry(item.company).or_default().push(Item {
            id: item.id,
            names: names.into_iter().flatten().collect(),
        });
    }
    Ok(items)
}

fn mapped_services(state: &State) -> Result<BTreeMap<(AccountName, ServiceId), ItemKey>> {
    let mut services = BTreeMap::new();
    for link in state.product_links()? {
        if let MappingChoice::Service { id, .. } = link.choice {
            services.insert((link.account, id), link.item);
        }
    }
    Ok(services)
}
