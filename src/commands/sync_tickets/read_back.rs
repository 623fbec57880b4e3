//! Reads the written tickets once more: workflow rules may have set status or assignment, and that
//! was no person; and the id that came back for a new ticket may be an older one's.

use std::collections::BTreeMap;

use anyhow::Result;

use super::apply::{Pages, Wrote};
use super::gather::{self, Gathered};
use super::plan::facts::Ticket;
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::{TicketLink, TicketLinkId};
use crate::session::Session;
use crate::state::State;
use crate::state::state_changes::StateChange;
use crate::state::ticket_links::TicketsOf;

/// What is to be remembered of status and assignment, by account.
pub(super) type Seen = BTreeMap<AccountName, Vec<StateChange>>;

/// A ticket as it stands after the run, and whose external id it has.
struct Now {
    ticket: Ticket,
    external_id: Option<String>,
}

/// # Errors
/// When the state cannot be read.
pub(super) fn read_back(
    session: &Session,
    state: &State,
    gathered: &Gathered,
    pages: &Pages,
) -> Result<Seen> {
    let mut seen = Seen::new();
    let ids = pages.written.keys().copied().collect();
    if pages.written.is_empty() {
        return Ok(seen);
    }
    let tickets = match session.connected_autotask()?.tickets_by_id(&ids) {
        Ok(tickets) => tickets,
        Err(failure) => {
            // Without it, what a workflow changed looks like a person's change: nothing is lost.
            session
                .report
                .print_warning(&format!("tickets could not be read again: {failure}"));
            return Ok(seen);
        }
    };
    let close_status = gathered.lists.close_status;
    let now = |ticket: crate::autotask::Ticket| {
        let external_id = ticket.external_id.as_deref().map(str::to_lowercase);
        let ticket = gather::ticket_facts(ticket, close_status);
        (
            ticket.id,
            Now {
                ticket,
                external_id,
            },
        )
    };
    let now: BTreeMap<TicketId, Now> = tickets.into_iter().map(now).collect();
    let ids: Vec<TicketId> = now.keys().copied().collect();
    for account in &gathered.facts.accounts {
        let links = state.ticket_links(&account.account, TicketsOf::Tickets(&ids))?;
        let effects = links.iter().filter_map(|known| {
            let now = now.get(&known.1.ticket)?;
            let wrote = pages.written.get(&known.1.ticket)?;
            let before = gathered.facts.desk.tickets.get(&known.1.ticket);
            tell_older(session, &known.1, wrote, now);
            taken_over(known, &links, wrote, before, now)
        });
        seen.insert(account.account.clone(), effects.collect());
    }
    Ok(seen)
}

fn tell_older(session: &Session, link: &TicketLink, wrote: &Wrote, now: &Now) {
    let mine = Some(&link.external_id);
    if wrote.made.as_ref() == mine && now.external_id.as_ref() != mine {
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
fn taken_over(
    (id, link): &(TicketLinkId, TicketLink),
    links: &[(TicketLinkId, TicketLink)],
    wrote: &Wrote,
    before: Option<&Ticket>,
    now: &Now,
) -> Option<StateChange> {
    let Now {
        ticket,
        external_id,
    } = now;
    let (status, assignee) = if wrote.made.as_ref() == Some(&link.external_id) {
        // An older ticket is as it should be when the alert that it was made for knows it so.
        let ours = |other: &TicketLink| {
            other.status == Some(ticket.status) && other.assignee == ticket.assignee
        };
        let fresh = external_id.as_ref() == Some(&link.external_id);
        let same = |(other, known): &(TicketLinkId, TicketLink)| {
            other != id && known.ticket == link.ticket && ours(known)
        };
        let all = fresh || links.iter().any(same);
        (all, all)
    } else {
        let stood = |of: fn(&Ticket, &TicketLink) -> bool| before.is_some_and(|it| of(it, link));
        let status = stood(|before, link| link.status == Some(before.status));
        let assignee = stood(|before, link| link.assignee == before.assignee);
        (wrote.status || status, wrote.status || assignee)
    };
    let mut after = (link.status, link.assignee);
    if status {
        after.0 = Some(ticket.status);
    }
    if assignee {
        after.1 = ticket.assignee;
    }
    let changed = after != (link.status, link.assignee);
    changed.then_some(StateChange::SeeTicket(*id, after.0, after.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CompanyId, ResourceId};
    use crate::domain::tickets::TicketKind;

    const OURS: (i64, Option<i64>) = (1, None);
    const OTHER: (i64, Option<i64>) = (8, Some(29));

    fn ticket((status, assignee): (i64, Option<i64>)) -> Ticket {
        Ticket {
            id: TicketId(7),
            number: "T7".to_owned(),
            company: CompanyId(1),
            status,
            complete: false,
            completed: None,
            assignee: assignee.map(ResourceId),
        }
    }

    fn link(id: i64, (status, assignee): (i64, Option<i64>)) -> (TicketLinkId, TicketLink) {
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
            written_at: at,
            closed_at: None,
            occurrences: 1,
            alerts: Vec::new(),
        };
        (TicketLinkId(id), link)
    }

    /// What the first link takes over when the ticket is now as OTHER.
    fn taken(
        links: &[(TicketLinkId, TicketLink)],
        made: Option<&str>,
        status: bool,
        before: Option<(i64, Option<i64>)>,
    ) -> Option<(Option<i64>, Option<i64>)> {
        let wrote = Wrote {
            made: made.map(str::to_owned),
            status,
        };
        let now = Now {
            ticket: ticket(OTHER),
            external_id: Some("acrotask-1".to_owned()),
        };
        let before = before.map(ticket);
        let effect = taken_over(&links[0], links, &wrote, before.as_ref(), &now)?;
        let StateChange::SeeTicket(_, status, assignee) = effect else {
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
            let found = taken(&[link(1, OURS)], made, status, before);
            assert_eq!(found, expected, "{made:?} {status} {before:?}");
        }
    }

    #[test]
    fn an_older_ticket_that_comes_back_for_a_new_alert_is_ours_only_where_it_was_before() {
        let made = Some("acrotask-2");
        let new = link(2, OURS);
        let found = |older| taken(&[new.clone(), link(1, older)], made, false, None);
        assert_eq!(found(OURS), None);
        assert_eq!(found(OTHER), Some((Some(8), Some(29))));
    }
}
