//! Open tickets of ours that the state file does not know: it was lost, or is older than they are.
//! They are looked for whenever all alerts are compared. What stands for an active alert is adopted
//! with it, by its external id; so is a summary with the alerts of its company. What stands for none
//! is an orphan, and is closed like others whose alerts are gone, so far as that is safe to say.

use std::collections::BTreeSet;

use super::action::{About, Action, Changing, Status, What};
use super::build::Ctx;
use super::facts::{Orphan, Orphans, ReadAccount, ReadAlert, Ticket, Unplaced};
use super::{key, touch};
use crate::domain::ids::CompanyId;
use crate::domain::tickets::{TicketKind, TicketLink};
use crate::plan::Note;

/// Whether one of the unknown tickets stands for the key.
pub(super) fn is_untracked(read: &ReadAccount, alert_key: &str) -> bool {
    let wanted = key::external_id(&read.account, alert_key, 1);
    let mut tickets = read.untracked.iter();
    tickets.any(|ticket| ticket.first == wanted)
}

/// Companies with a summary of which it is not known whether it was made, or that is open and that
/// the state file does not know. Nobody knows which alerts stood in the latter; as long as its company
/// has any, those without a ticket of their own did, as far as can be told.
pub(super) fn lost_summaries(
    read: &ReadAccount,
    active: &[&ReadAlert],
    catch_all: Option<CompanyId>,
) -> BTreeSet<CompanyId> {
    let placed = active
        .iter()
        .filter_map(|one| one.destination(catch_all).ok());
    let companies: BTreeSet<CompanyId> = placed.map(|found| found.company).collect();
    let untracked = companies
        .into_iter()
        .filter(|company| is_untracked(read, &key::summary_key(company.0)));
    let all = untracked.chain(read.unanswered_summaries.iter().copied());
    all.filter(|company| read.in_scope(*company)).collect()
}

/// Those that stand for no active alert. `active` are all active alerts of a run that compared them
/// all.
pub(super) fn find_orphans(
    read: &ReadAccount,
    active: &[&ReadAlert],
    catch_all: Option<CompanyId>,
) -> Orphans {
    let mut found = Orphans {
        open: read.untracked.len(),
        ..Orphans::default()
    };
    // A summary may stand for an alert of which it could not be told whose it is.
    let unresolved =
        |one: &&ReadAlert| matches!(one.destination(catch_all), Err(Unplaced::Unresolved(_)));
    if read.untracked.is_empty() || active.iter().any(unresolved) {
        return found;
    }
    let standing = external_ids_in_use(read, active, catch_all);
    for ticket in &read.untracked {
        if standing.contains(&ticket.first) || !read.in_scope(ticket.company) {
            continue;
        }
        // Nobody says that the company is ours to look after; it may be another's by now.
        let tenant = read.tenants.get(&ticket.company);
        if tenant.is_none() && catch_all != Some(ticket.company) {
            found.unmapped += 1;
            continue;
        }
        found.tickets.push(Orphan {
            ticket: ticket.ticket,
            external_id: ticket.external_id.clone(),
            title: ticket.title.clone(),
            tenant: tenant.cloned(),
        });
    }
    found
}

/// External ids that stand for something: those of active alerts, mapped or not, and, since no
/// summary tells which alerts it stands for, that of every company with any active alert.
fn external_ids_in_use(
    read: &ReadAccount,
    active: &[&ReadAlert],
    catch_all: Option<CompanyId>,
) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = active.iter().map(|one| one.key.clone()).collect();
    let placed = active
        .iter()
        .filter_map(|one| one.destination(catch_all).ok());
    keys.extend(placed.map(|found| key::summary_key(found.company.0)));
    let ids = keys
        .iter()
        .map(|key| key::external_id(&read.account, key, 1));
    ids.collect()
}

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
    for stray in &ctx.account.orphans.tickets {
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
fn link(ctx: Ctx<'_>, stray: &Orphan, ticket: &Ticket, status: i64) -> TicketLink {
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

fn closing(ctx: Ctx<'_>, stray: &Orphan, ticket: &Ticket) -> Action {
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
    let count = ctx.account.orphans.unmapped;
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
