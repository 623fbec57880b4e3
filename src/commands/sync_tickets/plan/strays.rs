//! Open tickets of ours that nobody remembers and that stand for no active alert any more: they are
//! closed like others whose alerts are gone, so far as that is safe to say.

use super::action::{About, Action, Changing, Status, What};
use super::build::Ctx;
use super::facts::{Stray, Ticket};
use super::{key, touch};
use crate::domain::tickets::{TicketKind, TicketLink};
use crate::plan::Note;

/// What came of the strays of an account.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) actions: Vec<Action>,
    pub(super) notes: Vec<Note>,
}

pub(super) fn of(ctx: Ctx<'_>) -> Found {
    let mut found = Found::default();
    let close = &ctx.rules.tickets.auto_close;
    if !close.enabled {
        return found;
    }
    found.notes.extend(unmapped(ctx));
    for stray in &ctx.account.strays.strays {
        let Some(ticket) = ctx.ticket(stray.ticket).filter(|ticket| !ticket.complete) else {
            continue;
        };
        if close.force || untouched(ctx, ticket) {
            found.actions.push(closing(ctx, stray, ticket));
        } else {
            found.notes.push(left(ctx, ticket));
        }
    }
    found
}

/// Whether the ticket stands as some rule makes tickets. What was written last is not known any
/// more, nor which rule made it, so a status and an assignment that no rule gives were set by
/// somebody: a person, or a workflow, which cannot be told apart (Autotask says when a ticket was
/// changed last, not whether by a person). Such a ticket is never closed unless forced.
fn untouched(ctx: Ctx<'_>, ticket: &Ticket) -> bool {
    ctx.facts.desk.lists.by_rule.values().any(|ids| {
        ids.status == ticket.status && ids.assigned.map(|(resource, _)| resource) == ticket.assignee
    })
}

/// As it is remembered once it is closed: without it, a ticket that a person opens again would be
/// taken for a stray once more. It gets its key when its alert is read.
fn link(ctx: Ctx<'_>, stray: &Stray, ticket: &Ticket, status: i64) -> TicketLink {
    TicketLink {
        external_id: stray.external_id.clone(),
        kind: TicketKind::Alert,
        account: ctx.account.account.clone(),
        tenant: stray.tenant.clone(),
        company: ticket.company,
        alert_key: format!("{}{}", key::LOST, stray.external_id),
        alert_type: None,
        ticket: ticket.id,
        opened_at: ctx.now(),
        fingerprint: String::new(),
        status: Some(status),
        assignee: ticket.assignee,
        written_at: ctx.now(),
        closed_at: Some(ctx.now()),
        occurrences: 1,
        alerts: Vec::new(),
    }
}

fn closing(ctx: Ctx<'_>, stray: &Stray, ticket: &Ticket) -> Action {
    let resolution = &ctx.rules.tickets.auto_close.resolution;
    let status = ctx.facts.desk.lists.close_status;
    Action::Change(Box::new(Changing {
        about: About {
            account: ctx.account.account.clone(),
            party: ctx.party(ticket.company),
            subject: format!("{} {}", ticket.number, stray.title),
            because: vec![
                "the state file does not know the ticket, and no active alert belongs to it"
                    .to_owned(),
            ],
            alerts: Vec::new(),
        },
        what: What::Close,
        ticket: ticket.id,
        status: Some(Status {
            before: (ticket.status, ctx.label("status", ticket.status)),
            after: (status, ctx.label("status", status)),
        }),
        resolution: Some(resolution.clone()),
        title: None,
        description: None,
        note: Some(touch::gone_note(ctx, resolution, &[&stray.title], None)),
        id: None,
        link: link(ctx, stray, ticket, status),
        replaces: Vec::new(),
    }))
}

fn left(ctx: Ctx<'_>, ticket: &Ticket) -> Note {
    Note {
        kind: "left-to-person",
        account: Some(ctx.account.account.clone()),
        company: Some(ctx.party(ticket.company)),
        subject: ticket.number.clone(),
        text: format!(
            "the state file does not know ticket {}, and no active alert belongs to it; its status \
             or assignment is not as any rule makes tickets, so somebody may be at work on it: it \
             stays open (tickets.auto_close.force)",
            ticket.number
        ),
        needs_person: false,
    }
}

fn unmapped(ctx: Ctx<'_>) -> Option<Note> {
    let count = ctx.account.strays.unmapped;
    (count > 0).then(|| Note {
        kind: "unmapped-tickets",
        account: Some(ctx.account.account.clone()),
        company: None,
        subject: ctx.account.account.to_string(),
        text: format!(
            "{count} open tickets that the state file does not know, and that no active alert \
             belongs to, are of companies that are not mapped; they are looked at again once their \
             companies are (map-customer recover, map-customer link)"
        ),
        needs_person: false,
    })
}
