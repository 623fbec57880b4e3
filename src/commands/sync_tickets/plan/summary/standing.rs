//! What is known of a company's summary before anything is decided.

use super::super::build::{self, Ctx};
use super::super::facts::Ticket;
use super::super::life::{Manner, Standing};
use super::super::{cases, key, owed, roll, storm};
use super::{Sum, fields};
use crate::domain::ids::TicketId;
use crate::domain::tickets::{TicketKind, TicketLink};

/// Where its ticket stands.
pub(super) fn standing<'a>(sum: &Sum<'_>, ticket: Option<&'a Ticket>) -> Standing<'a> {
    match (sum.known, ticket) {
        (_, Some(ticket)) if ticket.complete => Standing::Done(ticket),
        (_, Some(ticket)) => Standing::Open(ticket),
        (Some(_), None) => Standing::Gone,
        (None, None) => Standing::Never,
    }
}

/// What the description of its ticket says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What it is to say.
    This,
    /// What it said before, in our words.
    Before,
    /// Somebody else's words, which are never written over. So are those that cannot be read.
    ByPerson,
}

impl Told {
    pub(super) fn of(ctx: Ctx<'_>, link: &TicketLink, ticket: Option<&Ticket>, text: &str) -> Self {
        let now = ticket.and_then(|ticket| {
            let now = ctx.facts.desk.descriptions.get(&ticket.id)?;
            // A run whose answer was lost may have written it, or made the ticket.
            let unsure = ctx.facts.desk.unsure.contains_key(&ticket.id);
            Some((now, unsure || link.fingerprint.is_empty()))
        });
        match now {
            Some((now, _)) if roll::fingerprint(now) == roll::fingerprint(text) => Self::This,
            Some((now, _)) if roll::fingerprint(now) == link.fingerprint => Self::Before,
            Some((now, true)) if roll::reads_like_ours(now) => Self::Before,
            Some(_) | None => Self::ByPerson,
        }
    }
}

pub(super) fn manner(
    ctx: Ctx<'_>,
    sum: &Sum<'_>,
    link: &TicketLink,
    ticket: Option<&Ticket>,
) -> Manner {
    let tickets = ctx.rules.tickets;
    Manner {
        reopen: tickets.reopen,
        locked: sum.cases.iter().any(|case| case.locked()),
        auto_close: tickets.auto_close.enabled,
        force: tickets.auto_close.force,
        by_person: ticket.is_some_and(|ticket| build::by_person(link, ticket)),
        shared: false,
    }
}

/// The memory of the summary, and its ticket: remembered, found by external id, or none yet.
pub(super) fn basis<'a>(ctx: Ctx<'a>, sum: &Sum<'a>) -> (TicketLink, Option<&'a Ticket>) {
    if let Some(known) = sum.known {
        if let Some((link, next)) = storm::next(ctx, &known.link) {
            return (link, Some(next));
        }
        let ticket = ctx.ticket(known.link.ticket);
        return (owed::as_written(ctx, &known.link, ticket), ticket);
    }
    let alert_key = key::summary_key(sum.company.0);
    let ids = fields(ctx, sum).1;
    let found = cases::found(ctx, &alert_key, 1);
    let external_id = found.as_ref().map_or_else(
        || key::external_id(&ctx.account.account, &alert_key, 1),
        |(external_id, _)| external_id.clone(),
    );
    let ticket = found.map(|(_, ticket)| ticket);
    let made = || (ids.status, ids.assigned.map(|(resource, _)| resource));
    let (status, assignee) = ticket.map_or_else(made, |ticket| build::ours(ctx, &ids, ticket));
    let link = TicketLink {
        external_id,
        kind: TicketKind::Summary,
        account: ctx.account.account.clone(),
        tenant: sum
            .cases
            .first()
            .and_then(|case| case.destination.tenant.clone()),
        company: sum.company,
        alert_key,
        alert_type: None,
        ticket: ticket.map_or(TicketId(0), |ticket| ticket.id),
        opened_at: ctx.now(),
        fingerprint: String::new(),
        status: Some(status),
        assignee,
        written_at: ctx.now(),
        closed_at: None,
        occurrences: 0,
        alerts: Vec::new(),
    };
    (link, ticket)
}
