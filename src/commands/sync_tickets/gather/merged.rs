//! Tickets that people merged into others: each is followed to the ticket that its work goes on in.
//! Autotask completes a merged ticket and leaves it a system note that names the other (autotask.md
//! §8.11); nothing else tells it from one that was solved. Its notes are read only where something
//! would follow from its being complete.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::super::plan::facts::{AccountFacts, Case, Desk, FollowedTicket, Ticket};
use crate::autotask::{TicketNote, is_ticket_number};
use crate::domain::ids::TicketId;
use crate::domain::tickets::{KnownTicket, MERGED_INTO};
use crate::session::Session;
use crate::state::State;
use crate::state::ticket_links::TicketsOf;
use jiff::SignedDuration;

/// `noteType` of the system note on a merged ticket, as two public sources have it.
const MERGED_NOTE: i64 = 93;
/// What the note says, should its type be another. A guess: no source shows its wording.
const MERGED_WORDS: &str = "merged into";
/// No ticket is followed further than this.
const MERGES_MAX: usize = 5;
/// The note is written with the merge; an older one is of a ticket that was opened again since.
const SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Puts the destination in the place of every merged ticket that something would follow from.
pub(super) fn follow_merged(
    session: &Session,
    state: &State,
    desk: &mut Desk,
    accounts: &mut [AccountFacts],
) -> Result<()> {
    let asked: BTreeSet<TicketId> = accounts
        .iter()
        .flat_map(|account| find_candidates(desk, account))
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let steps = read_steps(session, desk, &asked).context("looking for merged tickets")?;
    for ticket in asked.iter().filter(|ticket| steps.contains_key(ticket)) {
        match find_end(&steps, *ticket) {
            Ok(end) => {
                desk.merged.insert(*ticket, end);
            }
            Err(number) => {
                desk.lost_merges.insert(*ticket, number);
            }
        }
    }
    for account in accounts {
        follow_links(state, desk, account)?;
    }
    Ok(())
}

/// Complete tickets that were not completed by us and whose alerts would have them opened again or
/// replaced, would be dismissed, or are told of otherwise.
fn find_candidates(desk: &Desk, account: &AccountFacts) -> BTreeSet<TicketId> {
    let of_keys = account.cases.iter().filter_map(|case| {
        let known = case.known.as_ref()?;
        has_changed(case, known).then_some(known)
    });
    let active = |known: &&KnownTicket| known.link.alerts.iter().any(|alert| alert.active);
    let completed = account.completed.iter().filter(active);
    let summaries = account.summaries.iter().filter(|known| {
        let mut cases = account.cases.iter();
        cases.any(|case| case.summary == Some(known.id) && has_changed(case, known))
    });
    of_keys
        .chain(completed)
        .chain(summaries)
        .chain(&account.others)
        .filter(|known| {
            let by_us = known.link.closed_at.is_some()
                && known.link.status == Some(desk.lists.close_status);
            let ticket = desk.tickets.get(&known.link.ticket);
            !by_us && ticket.is_some_and(|ticket| ticket.complete)
        })
        .map(|known| known.link.ticket)
        .collect()
}

/// Whether anything about the alerts of a case is new to its ticket.
fn has_changed(case: &Case, known: &KnownTicket) -> bool {
    let is_known = |id, updated, active| {
        let mut alerts = known.link.alerts.iter();
        alerts.any(|one| one.id == id && one.updated_at == updated && one.active == active)
    };
    let mut alerts = case.alerts.iter();
    !case.vanished.is_empty()
        || alerts.any(|one| !is_known(one.id.clone(), one.updated, one.active))
}

/// Where each merged ticket went: the ticket, or its number when there is none that is shown.
type Steps = BTreeMap<TicketId, Result<TicketId, String>>;

/// Reads where these tickets went, and where those went that they went into.
fn read_steps(session: &Session, desk: &mut Desk, asked: &BTreeSet<TicketId>) -> Result<Steps> {
    let autotask = session.connected_autotask()?;
    let mut steps = Steps::new();
    let mut wanted = asked.clone();
    for _ in 0..MERGES_MAX {
        if wanted.is_empty() {
            break;
        }
        let mut numbers: BTreeMap<TicketId, String> = BTreeMap::new();
        for note in autotask.ticket_notes(&wanted)? {
            let ticket = desk.tickets.get(&note.ticket);
            // In the order of their ids: the last one counts.
            if let Some(number) = ticket.and_then(|ticket| read_destination(&note, ticket)) {
                numbers.insert(note.ticket, number);
            }
        }
        let found = autotask.tickets_by_number(numbers.values().cloned())?;
        desk.keep_tickets(found, desk.lists.close_status);
        let ids: BTreeMap<&str, (TicketId, bool)> = desk
            .tickets
            .values()
            .map(|ticket| (ticket.number.as_str(), (ticket.id, ticket.complete)))
            .collect();
        wanted = BTreeSet::new();
        for (from, number) in numbers {
            let found = ids.get(number.as_str()).copied();
            if let Some((to, true)) = found.filter(|(to, _)| !steps.contains_key(to)) {
                wanted.insert(to);
            }
            steps.insert(from, found.map(|(to, _)| to).ok_or(number));
        }
        wanted.retain(|ticket| !steps.contains_key(ticket));
    }
    // Too many merges one after the other: nobody knows where they end.
    for ticket in wanted {
        let number = desk.tickets.get(&ticket).map(|one| one.number.clone());
        steps.insert(ticket, Err(number.unwrap_or_default()));
    }
    Ok(steps)
}

/// The number of the ticket that a system note says its ticket went into.
fn read_destination(note: &TicketNote, ticket: &Ticket) -> Option<String> {
    let text = [note.title.as_deref(), note.description.as_deref()];
    let text: Vec<&str> = text.into_iter().flatten().collect();
    let text = text.join("\n");
    let is_merge =
        note.note_type == Some(MERGED_NOTE) || text.to_lowercase().contains(MERGED_WORDS);
    let is_older = note
        .created
        .zip(ticket.completed)
        .is_some_and(|(at, done)| at < done.saturating_sub(SKEW).unwrap_or(done));
    let mut numbers = text
        .split(|one: char| !one.is_ascii_alphanumeric() && one != '.')
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| is_ticket_number(word) && *word != ticket.number);
    numbers
        .next()
        .filter(|_| is_merge && !is_older)
        .map(str::to_owned)
}

/// The ticket at the end of the merges.
///
/// # Errors
/// The number that leads nowhere.
fn find_end(steps: &Steps, from: TicketId) -> Result<TicketId, String> {
    let mut at = from;
    for _ in 0..=MERGES_MAX {
        match steps.get(&at) {
            None => return Ok(at),
            Some(Ok(to)) => at = *to,
            Some(Err(number)) => return Err(number.clone()),
        }
    }
    Err(at.to_string())
}

/// From now on each link of a merged ticket stands for its destination.
fn follow_links(state: &State, desk: &mut Desk, account: &mut AccountFacts) -> Result<()> {
    let ids: Vec<TicketId> = desk.merged.values().copied().collect();
    let own = state.ticket_links(&account.account, TicketsOf::Tickets(&ids))?;
    let cases = account.cases.iter_mut();
    let links = cases
        .filter_map(|case| case.known.as_mut())
        .chain(&mut account.completed)
        .chain(&mut account.summaries)
        .chain(&mut account.others);
    let mut followed: BTreeMap<_, FollowedTicket> = BTreeMap::new();
    for known in links {
        let Some(to) = desk.merged.get(&known.link.ticket) else {
            continue;
        };
        let from = known.link.ticket;
        known.link.ticket = *to;
        // It is no text of ours that stands in the destination for this link.
        MERGED_INTO.clone_into(&mut known.link.fingerprint);
        let same = own.iter().find(|other| other.link.ticket == *to);
        let now = desk.tickets.get(to);
        if let Some(other) = same {
            known.link.status = other.link.status;
            known.link.assignee = other.link.assignee;
            known.link.priority = other.link.priority;
        } else if let Some(ticket) = now.filter(|_| desk.foreign.contains(to)) {
            known.link.status = Some(ticket.status);
            known.link.assignee = ticket.assignee;
        }
        followed.insert(
            known.id,
            FollowedTicket {
                known: known.clone(),
                from,
            },
        );
    }
    account.followed = followed.into_values().collect();
    for (from, to) in &desk.merged {
        let keys = account.active_by_ticket.remove(from).unwrap_or_default();
        account
            .active_by_ticket
            .entry(*to)
            .or_default()
            .extend(keys);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CompanyId;

    fn ticket() -> Ticket {
        Ticket {
            id: TicketId(1),
            number: "T20260915.0001".to_owned(),
            company: CompanyId(1),
            status: 5,
            complete: true,
            completed: Some("2026-09-15T09:00:00Z".parse().unwrap()),
            assignee: None,
            priority: None,
        }
    }

    #[test]
    fn the_destination_stands_in_the_system_note_of_the_merge() {
        let number = Some("T20260915.0002");
        for (kind, text, at, expected) in [
            (93, "Merged into ticket T20260915.0002.", "09:00", number),
            (93, "T20260915.0001 -> T20260915.0002", "09:00", number),
            (13, "Ticket was merged into T20260915.0002", "09:10", number),
            (94, "Absorbed ticket T20260915.0002.", "09:00", None),
            (1, "Same trouble as T20260915.0002", "09:00", None),
            (93, "Merged into ticket 20260915", "09:00", None),
            // It was opened again, and completed by a person since.
            (93, "Merged into ticket T20260915.0002.", "08:00", None),
        ] {
            let note = TicketNote {
                id: 1,
                ticket: TicketId(1),
                title: None,
                description: Some(text.to_owned()),
                note_type: Some(kind),
                publish: None,
                created: Some(format!("2026-09-15T{at}:00Z").parse().unwrap()),
                creator: None,
            };
            let found = read_destination(&note, &ticket());
            assert_eq!(found.as_deref(), expected, "{kind} {text} {at}");
        }
    }

    #[test]
    fn merges_are_followed_to_their_end_and_not_round_and_round() {
        let to = |id| Ok(TicketId(id));
        for (steps, expected) in [
            (vec![(1, to(2))], to(2)),
            (vec![(1, to(2)), (2, to(3))], to(3)),
            (
                vec![(1, to(2)), (2, Err("T9".to_owned()))],
                Err("T9".to_owned()),
            ),
            (vec![(1, to(2)), (2, to(1))], Err("1".to_owned())),
        ] {
            let steps: Steps = steps
                .into_iter()
                .map(|(id, to)| (TicketId(id), to))
                .collect();
            let found = find_end(&steps, TicketId(1));
            assert_eq!(found.is_ok(), expected.is_ok(), "{steps:?}");
            if expected != Err("1".to_owned()) {
                assert_eq!(found, expected);
            }
        }
    }
}
