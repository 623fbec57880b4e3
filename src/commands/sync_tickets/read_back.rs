//! Reads the written tickets once more: workflow rules may have set status, assignment or priority, and that
//! was no person; and the id that came back for a new ticket may be an older one's.

use std::collections::BTreeMap;

use anyhow::Result;

use super::apply::{AppliedActions, WrittenFields};
use super::gather::{self, Gathered};
use super::plan::facts::Ticket;
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::{KnownTicket, TicketLink};
use crate::session::Session;
use crate::state::State;
use crate::state::state_changes::StateChange;
use crate::state::ticket_links::TicketsOf;

/// A ticket as it stands after the run, and whose external id it has.
struct TicketAfterRun {
    ticket: Ticket,
    external_id: Option<String>,
}

/// What is to be remembered of status, assignment and priority, by account.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn read_back_tickets(
    session: &Session,
    state: &State,
    gathered: &Gathered,
    applied: &AppliedActions,
) -> Result<BTreeMap<AccountName, Vec<StateChange>>> {
    let mut changes = BTreeMap::new();
    let ids = applied.written.keys().copied().collect();
    if applied.written.is_empty() {
        return Ok(changes);
    }
    let tickets = match session.connected_autotask()?.tickets_by_id(&ids) {
        Ok(tickets) => tickets,
        Err(failure) => {
            // Without it, what a workflow changed looks like a person's change: nothing is lost.
            session
                .report
                .print_warning(&format!("tickets could not be read again: {failure}"));
            return Ok(changes);
        }
    };
    let close_status = gathered.facts.desk.lists.close_status;
    let now = |ticket: crate::autotask::TicketRecord| {
        let external_id = ticket.external_id.as_deref().map(str::to_lowercase);
        let ticket = gather::ticket_facts(ticket, close_status);
        let id = ticket.id;
        let now = TicketAfterRun {
            ticket,
            external_id,
        };
        (id, now)
    };
    let now: BTreeMap<TicketId, TicketAfterRun> = tickets.into_iter().map(now).collect();
    let ids: Vec<TicketId> = now.keys().copied().collect();
    for account in &gathered.facts.accounts {
        let links = state.ticket_links(&account.account, TicketsOf::Tickets(&ids))?;
        let effects = links.iter().filter_map(|known| {
            let ticket = known.link.ticket;
            let (now, written) = (now.get(&ticket)?, applied.written.get(&ticket)?);
            let before = gathered.facts.desk.tickets.get(&ticket);
            report_older_ticket(session, &known.link, written, now);
            take_over_fields(known, &links, written, before, now)
        });
        changes.insert(account.account.clone(), effects.collect());
    }
    Ok(changes)
}

fn report_older_ticket(
    session: &Session,
    link: &TicketLink,
    written: &WrittenFields,
    now: &TicketAfterRun,
) {
    let mine = Some(&link.external_id);
    if written.created.as_ref() == mine && now.external_id.as_ref() != mine {
        session.report.print_progress(&format!(
            "Autotask returned its older ticket {} for {}; that ticket is now used for this \
             alert, too",
            now.ticket.number, link.external_id
        ));
    }
}

/// Status and assignment are taken over only where they stood as we knew them before we wrote, or
/// where we set the status, which begins another round of the ticket: whatever else they are, a
/// person set them, and a note of ours is no reason to call that our own.
fn take_over_fields(
    known: &KnownTicket,
    links: &[KnownTicket],
    written: &WrittenFields,
    before: Option<&Ticket>,
    now: &TicketAfterRun,
) -> Option<StateChange> {
    let link = &known.link;
    let TicketAfterRun {
        ticket,
        external_id,
    } = now;
    let (status, assignee, priority) = if written.created.as_ref() == Some(&link.external_id) {
        // An older ticket is as it should be when the alert that it was made for knows it so.
        let ours = |other: &TicketLink| {
            other.status == Some(ticket.status) && other.assignee == ticket.assignee
        };
        let fresh = external_id.as_ref() == Some(&link.external_id);
        let same = |other: &KnownTicket| {
            other.id != known.id && other.link.ticket == link.ticket && ours(&other.link)
        };
        let all = fresh || links.iter().any(same);
        (all, all, all)
    } else {
        let stood = |of: fn(&Ticket, &TicketLink) -> bool| before.is_some_and(|it| of(it, link));
        let status = stood(|before, link| link.status == Some(before.status));
        let assignee = stood(|before, link| link.assignee == before.assignee);
        let priority = stood(|before, link| link.priority == before.priority);
        (
            written.status || status,
            written.status || assignee,
            written.priority || priority,
        )
    };
    let status = if status {
        Some(ticket.status)
    } else {
        link.status
    };
    let assignee = if assignee {
        ticket.assignee
    } else {
        link.assignee
    };
    let priority = if priority {
        ticket.priority
    } else {
        link.priority
    };
    let changed = (status, assignee, priority) != (link.status, link.assignee, link.priority);
    changed.then_some(StateChange::SeeTicket(known.id, status, assignee, priority))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CompanyId, ResourceId};
    use crate::domain::tickets::{TicketKind, TicketLinkId};

    /// Status and assignment.
    type Fields = (i64, Option<i64>);

    const OURS: Fields = (1, None);
    const OTHER: Fields = (8, Some(29));

    fn ticket((status, assignee): Fields) -> Ticket {
        Ticket {
            id: TicketId(7),
            number: "T7".to_owned(),
            company: CompanyId(1),
            status,
            complete: false,
            completed: None,
            assignee: assignee.map(ResourceId),
            priority: None,
        }
    }

    fn link(id: i64, (status, assignee): Fields) -> KnownTicket {
        let at = "2026-09-15T08:00:00Z".parse().unwrap();
        let link = TicketLink {
            external_id: format!("acrotask-{id}"),
            kind: TicketKind::Alert,
            account: AccountName::new("eu"),
            tenant: None,
            company: CompanyId(1),
            alert_key: format!("k{id}"),
            alert_type: None,
            ticket: TicketId(7),
            opened_at: at,
            fingerprint: String::new(),
            status: Some(status),
            assignee: assignee.map(ResourceId),
            priority: None,
            written_at: at,
            closed_at: None,
            occurrences: 1,
            alerts: Vec::new(),
        };
        KnownTicket {
            id: TicketLinkId(id),
            link,
        }
    }

    /// What the first link takes over when the ticket is now as OTHER.
    fn taken_over(
        links: &[KnownTicket],
        created: Option<&str>,
        status: bool,
        before: Option<Fields>,
    ) -> Option<(Option<i64>, Option<i64>)> {
        let written = WrittenFields {
            created: created.map(str::to_owned),
            status,
            priority: false,
        };
        let now = TicketAfterRun {
            ticket: ticket(OTHER),
            external_id: Some("acrotask-1".to_owned()),
        };
        let before = before.map(ticket);
        let effect = take_over_fields(&links[0], links, &written, before.as_ref(), &now)?;
        let StateChange::SeeTicket(_, status, assignee, _) = effect else {
            panic!("{effect:?}");
        };
        Some((status, assignee.map(|id| id.0)))
    }

    #[test]
    fn what_a_workflow_sets_after_a_write_is_ours_and_what_a_person_set_before_is_not() {
        let all = Some((Some(8), Some(29)));
        let (new, older) = (Some("acrotask-1"), Some("acrotask-2"));
        for (made, status, before, expected) in [
            // A new ticket, and one that stood as we knew it.
            (new, false, None, all),
            (None, false, Some(OURS), all),
            // A person had it before we wrote.
            (None, false, Some(OTHER), None),
            (None, false, Some((1, Some(29))), Some((Some(8), None))),
            (None, false, Some((8, None)), Some((Some(1), Some(29)))),
            // With the status that we set the ticket begins anew.
            (None, true, Some((5, Some(29))), all),
            // Made for another key: this one's memory tells nothing new.
            (older, false, None, None),
        ] {
            let found = taken_over(&[link(1, OURS)], made, status, before);
            assert_eq!(found, expected, "{made:?} {status} {before:?}");
        }
    }

    #[test]
    fn an_older_ticket_that_comes_back_for_a_new_alert_is_ours_only_where_it_was_before() {
        let made = Some("acrotask-2");
        let new = link(2, OURS);
        let found = |older| taken_over(&[new.clone(), link(1, older)], made, false, None);
        assert_eq!(found(OURS), None);
        assert_eq!(found(OTHER), Some((Some(8), Some(29))));
    }
}
