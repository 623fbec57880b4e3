//! Which ticket stands for a group of alerts: the remembered one, one that its external ids find, or
//! none yet.

use jiff::Timestamp;

use super::super::ticket_key;
use super::context::rule_fields;
use super::facts::{AccountFacts, Desk, Ticket};
use super::group::Group;
use super::pending_notes;
use super::transition::TicketState;
use crate::config::Tickets;
use crate::domain::ids::{AccountName, CompanyId, TicketId};
use crate::domain::tickets::{KnownTicket, TicketFieldIds, TicketKind, TicketLink};

/// The ticket of a group.
#[derive(Clone, Debug)]
pub(super) struct Basis<'a> {
    pub(super) known: Option<&'a KnownTicket>,
    pub(super) link: TicketLink,
    pub(super) ticket: Option<&'a Ticket>,
    /// Nothing is remembered of it: it was found by its external id, or there is none yet.
    pub(super) is_new: bool,
}

impl<'a> Basis<'a> {
    pub(super) fn ticket_state(&self) -> TicketState<'a> {
        match (self.ticket, self.known) {
            (Some(ticket), _) if ticket.complete => TicketState::Completed(ticket),
            (Some(ticket), _) => TicketState::Open(ticket),
            (None, Some(_)) => TicketState::Gone,
            (None, None) => TicketState::None,
        }
    }
}

/// The remembered ticket of a group, or the one that its external id finds: the open one before
/// completed ones, the newest before older ones.
pub(super) fn find_basis<'a>(
    desk: &'a Desk,
    account: &'a AccountFacts,
    tickets: &Tickets,
    group: &Group<'a>,
    now: Timestamp,
) -> Basis<'a> {
    let name = &account.account;
    let new = |external_id: String, ticket: Option<&'a Ticket>| {
        let link = new_link(
            name,
            group,
            &field_ids(desk, tickets, group),
            external_id,
            now,
        );
        Basis {
            known: group.known,
            link: match ticket {
                Some(ticket) => adopt_ticket(desk, link, ticket),
                None => link,
            },
            ticket,
            is_new: true,
        }
    };
    let Some(known) = group.known else {
        return match find_ticket(desk, name, &group.key, 1) {
            Some((external_id, ticket)) => new(external_id, Some(ticket)),
            None => new(ticket_key::external_id(name, &group.key, 1), None),
        };
    };
    let ticket = desk.tickets.get(&known.link.ticket);
    let next = match group.kind {
        TicketKind::Alert => find_next(desk, name, &group.key, known, ticket)
            .map(|(external_id, next)| new(external_id, Some(next))),
        TicketKind::Summary => find_next_summary(desk, account, known),
    };
    next.unwrap_or_else(|| Basis {
        known: Some(known),
        link: pending_notes::as_written(&account.pending_notes, &known.link, ticket),
        ticket,
        is_new: false,
    })
}

/// The ticket after one that is over: it was made by a run whose answer was lost. Its memory takes
/// the place of the old one's.
fn find_next<'a>(
    desk: &'a Desk,
    account: &AccountName,
    alert_key: &str,
    known: &KnownTicket,
    ticket: Option<&Ticket>,
) -> Option<(String, &'a Ticket)> {
    let generation = ticket_key::generation_of(&known.link.external_id);
    let from = match ticket {
        None => generation,
        Some(ticket) if ticket.complete => generation.saturating_add(1),
        Some(_) => return None,
    };
    find_ticket(desk, account, alert_key, from)
}

/// The summary that a run made in the place of a known one, and never knew: it takes over its memory.
fn find_next_summary<'a>(
    desk: &'a Desk,
    account: &AccountFacts,
    known: &'a KnownTicket,
) -> Option<Basis<'a>> {
    let (external_id, next) = find_untracked_summary(desk, account, known.link.company)?;
    let link = TicketLink {
        external_id,
        fingerprint: String::new(),
        ..known.link.clone()
    };
    Some(Basis {
        known: Some(known),
        link: adopt_ticket(desk, link, next),
        ticket: Some(next),
        is_new: false,
    })
}

/// The ticket that a key's external ids find, from a generation on.
pub(super) fn find_ticket<'a>(
    desk: &'a Desk,
    account: &AccountName,
    alert_key: &str,
    from: u32,
) -> Option<(String, &'a Ticket)> {
    let mut best: Option<(String, &Ticket)> = None;
    for generation in from.. {
        let external_id = ticket_key::external_id(account, alert_key, generation);
        let ids = desk.by_external_id.get(&external_id);
        let Some(ids) = ids.filter(|ids| !ids.is_empty()) else {
            break;
        };
        let rank = |ticket: &Ticket| (!ticket.complete, ticket.id);
        for ticket in ids.iter().filter_map(|id| desk.tickets.get(id)) {
            if (best.as_ref()).is_none_or(|(_, other)| rank(ticket) > rank(other)) {
                best = Some((external_id.clone(), ticket));
            }
        }
    }
    best
}

/// The fields of a new ticket of the group, as its rule sets them.
pub(super) fn field_ids(desk: &Desk, tickets: &Tickets, group: &Group<'_>) -> TicketFieldIds {
    let alert = match group.kind {
        TicketKind::Alert => match group.speaker() {
            None => return TicketFieldIds::default(),
            speaker => speaker,
        },
        TicketKind::Summary => group.gravest(),
    };
    desk.rule_ids(rule_fields(tickets, alert, group.company).0)
}

/// What is remembered of a ticket that is still to be made, with the fields that its rule sets.
pub(super) fn new_link(
    account: &AccountName,
    group: &Group<'_>,
    ids: &TicketFieldIds,
    external_id: String,
    now: Timestamp,
) -> TicketLink {
    let first = group.cases.first();
    let speaker = group.speaker().filter(|_| !group.is_storm());
    TicketLink {
        external_id,
        kind: group.kind,
        account: account.clone(),
        tenant: first.and_then(|case| case.destination.tenant.clone()),
        company: group.company,
        alert_key: group.key.clone(),
        alert_type: speaker.map(|alert| alert.kind.clone()),
        ticket: TicketId(0),
        opened_at: now,
        fingerprint: String::new(),
        status: Some(ids.status),
        assignee: ids.resource(),
        priority: Some(ids.priority),
        written_at: now,
        closed_at: None,
        occurrences: 0,
        alerts: Vec::new(),
    }
}

/// The same of a ticket that is found and that nobody remembers. Status and assignment as they stand
/// were not set by a person when there was no time for one; else they are as we would have written
/// them.
pub(super) fn adopt_ticket(desk: &Desk, mut link: TicketLink, ticket: &Ticket) -> TicketLink {
    link.ticket = ticket.id;
    // It is where it is, whatever became of the mapping.
    if link.kind == TicketKind::Alert {
        link.company = ticket.company;
    }
    if desk.unmodified_since_create.contains(&ticket.id) {
        link.status = Some(ticket.status);
        link.assignee = ticket.assignee;
        link.priority = ticket.priority;
    }
    link
}

/// Whether the company's summary is there and open, though nobody remembers it. What joins it does
/// not wait.
pub(super) fn has_found_summary(desk: &Desk, account: &AccountFacts, company: CompanyId) -> bool {
    account.lost_summaries.contains(&company)
        && find_untracked_summary(desk, account, company).is_some()
}

/// The open summary of a company that no run remembers, with its external id.
fn find_untracked_summary<'a>(
    desk: &'a Desk,
    account: &AccountFacts,
    company: CompanyId,
) -> Option<(String, &'a Ticket)> {
    let known = |ticket: &Ticket| {
        let mut summaries = account.summaries.iter();
        summaries.any(|known| known.link.ticket == ticket.id)
    };
    find_ticket(
        desk,
        &account.account,
        &ticket_key::summary_key(company.0),
        1,
    )
    .filter(|(_, ticket)| !ticket.complete && !known(ticket))
}

/// Whether a person changed status or assignment since our last write.
pub(super) fn is_changed_by_person(link: &TicketLink, ticket: &Ticket) -> bool {
    link.status.is_some_and(|status| status != ticket.status) || link.assignee != ticket.assignee
}
