//! Open tickets of ours that the state file does not know: it was lost, or is older than they are.
//! They are looked for whenever all alerts are compared. What stands for an active alert is adopted
//! with it, by its external id; so is a summary with the alerts of its company. What stands for none
//! is an orphan, and is closed like others whose alerts are gone, so far as that is safe to say.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::ticket_key;
use super::action::{About, Action, ChangeKind, Changing};
use super::facts::{
    AccountFacts, Desk, Orphan, Orphans, ReadAccount, ReadAlert, Ticket, Unplaced, UntrackedTicket,
};
use super::{changes, remarks};
use crate::config::Tickets;
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::tickets::{TicketKind, TicketLink};
use crate::plan::Remark;

/// Whether one of the unknown tickets stands for the key.
pub(super) fn is_untracked(read: &ReadAccount, alert_key: &str) -> bool {
    let wanted = ticket_key::external_id(&read.account, alert_key, 1);
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
        .filter_map(|one| one.find_destination(catch_all).ok());
    let companies: BTreeSet<CompanyId> = placed.map(|found| found.company).collect();
    let untracked = companies
        .into_iter()
        .filter(|company| is_untracked(read, &ticket_key::summary_key(company.0)));
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
    let unresolved = |one: &&ReadAlert| {
        matches!(
            one.find_destination(catch_all),
            Err(Unplaced::Unresolved(_))
        )
    };
    if read.untracked.is_empty() || active.iter().any(unresolved) {
        return found;
    }
    let standing = external_ids_in_use(read, active, catch_all);
    for ticket in &read.untracked {
        if standing.contains(&ticket.first) || !read.in_scope(ticket.ticket.company) {
            continue;
        }
        // Nobody says that the company is ours to look after; it may be another's by now.
        let tenant = read.tenants.get(&ticket.ticket.company);
        if tenant.is_none() && catch_all != Some(ticket.ticket.company) {
            found.unmapped += 1;
            continue;
        }
        // Its alert may be there, and only out of sight.
        let is_hidden = |id: &TenantId| read.hidden.iter().any(|one| one.tenant == id.as_str());
        if tenant.is_some_and(is_hidden) {
            continue;
        }
        found.tickets.push(Orphan {
            found: ticket.clone(),
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
        .filter_map(|one| one.find_destination(catch_all).ok());
    keys.extend(placed.map(|found| ticket_key::summary_key(found.company.0)));
    let ids = keys
        .iter()
        .map(|key| ticket_key::external_id(&read.account, key, 1));
    ids.collect()
}

/// Closes the orphans of an account that no person is at work on; and what is said of the others.
pub(super) fn close_orphans(
    desk: &Desk,
    account: &AccountFacts,
    tickets: &Tickets,
    now: Timestamp,
) -> (Vec<Action>, Vec<Remark>) {
    let (mut actions, mut remarks) = (Vec::new(), Vec::new());
    if !tickets.auto_close.enabled {
        return (actions, remarks);
    }
    let name = &account.account;
    let unmapped = account.orphans.unmapped;
    remarks.extend((unmapped > 0).then(|| remarks::unmapped_orphans(name, unmapped)));
    for orphan in &account.orphans.tickets {
        let ticket = desk.tickets.get(&orphan.found.ticket.id);
        let Some(ticket) = ticket.filter(|ticket| !ticket.complete) else {
            continue;
        };
        if tickets.auto_close.force || is_as_a_rule_makes_it(desk, ticket) {
            actions.push(close_orphan(desk, name, orphan, ticket, tickets, now));
        } else {
            let company = desk.company_ref(ticket.company);
            remarks.push(remarks::orphan_left_to_person(name, company, ticket));
        }
    }
    (actions, remarks)
}

/// Whether the ticket stands as some rule makes tickets. What was written last is not known any
/// more, nor which rule made it, so a status and an assignment that no rule gives were set by
/// somebody: a person, or a workflow, which cannot be told apart (Autotask says when a ticket was
/// changed last, not whether by a person). Such a ticket is never closed unless forced.
fn is_as_a_rule_makes_it(desk: &Desk, ticket: &Ticket) -> bool {
    let mut rules = desk.lists.by_rule.values();
    rules.any(|ids| ids.status == ticket.status && ids.resource() == ticket.assignee)
}

fn close_orphan(
    desk: &Desk,
    account: &AccountName,
    orphan: &Orphan,
    ticket: &Ticket,
    tickets: &Tickets,
    now: Timestamp,
) -> Action {
    let status = desk.lists.close_status;
    let UntrackedTicket {
        external_id, title, ..
    } = &orphan.found;
    let gone = changes::gone_note("The alert is gone", &format!("{title}\n"), tickets, now);
    // Without a memory of it, a ticket that a person opens again would be taken for an orphan once
    // more. It gets its key when its alert is read.
    let link = TicketLink {
        external_id: external_id.clone(),
        kind: TicketKind::Alert,
        account: account.clone(),
        tenant: orphan.tenant.clone(),
        company: ticket.company,
        alert_key: format!("{}{external_id}", ticket_key::LOST),
        alert_type: None,
        ticket: ticket.id,
        opened_at: now,
        fingerprint: String::new(),
        status: Some(status),
        assignee: ticket.assignee,
        priority: None,
        written_at: now,
        closed_at: Some(now),
        occurrences: 1,
        alerts: Vec::new(),
    };
    let because = "the ticket is not in the state file, and no active alert belongs to it";
    Action::Change(Box::new(Changing {
        about: About {
            account: account.clone(),
            company: desk.company_ref(ticket.company),
            subject: format!("{} {title}", ticket.number),
            because: vec![because.to_owned()],
            alerts: Vec::new(),
        },
        kind: ChangeKind::Close,
        ticket: ticket.id,
        status: Some(desk.status_change(ticket, status)),
        priority: None,
        resolution: Some(tickets.auto_close.resolution.clone()),
        description: None,
        note: Some(gone),
        id: None,
        link,
        replaces: Vec::new(),
        merged_from: None,
    }))
}
