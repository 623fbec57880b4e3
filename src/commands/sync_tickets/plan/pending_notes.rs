//! Notes that earlier runs could not write beside the change that they tell of.

use jiff::SignedDuration;

use super::action::{About, Action, Note, NoteWrite};
use super::facts::{AccountFacts, Desk, Ticket};
use super::text::same_words;
use crate::domain::ids::AccountName;
use crate::domain::tickets::{PendingNote, PendingNoteId, TicketLink};

/// The clocks of both sides may differ by a little.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What comes of the notes that are still to be written.
#[derive(Debug, Default)]
pub(super) struct PendingNotes {
    pub(super) actions: Vec<Action>,
    /// Notes that are there already, or that there is nothing to be told of.
    pub(super) needless: Vec<PendingNoteId>,
}

pub(super) fn plan_notes(desk: &Desk, account: &AccountFacts) -> PendingNotes {
    let mut pending = PendingNotes::default();
    for note in &account.pending_notes {
        match find_ticket_without(desk, note) {
            Some(ticket) => {
                let write = write_note(desk, &account.account, note, ticket);
                pending.actions.push(write);
            }
            None => pending.needless.push(note.id),
        }
    }
    pending
}

/// The ticket that a note is still to be written on.
fn find_ticket_without<'a>(desk: &'a Desk, note: &PendingNote) -> Option<&'a Ticket> {
    let ticket = desk.tickets.get(&note.ticket)?;
    let took_effect = note.changed || is_ours(note, ticket);
    let since = note.since.saturating_sub(SKEW).unwrap_or(note.since);
    let written = desk.unconfirmed_writes.get(&note.ticket);
    let is_there = written.is_some_and(|notes| {
        let mut notes = notes.iter();
        // The same words may stand there from an earlier time.
        notes.any(|(at, text)| at.is_none_or(|at| at >= since) && same_words(text, &note.written))
    });
    (took_effect && !is_there).then_some(ticket)
}

/// Whether a note with this text is written on the ticket anyway, because it is still to be written.
pub(super) fn will_be_written(
    desk: &Desk,
    pending: &[PendingNote],
    ticket: &Ticket,
    text: &str,
) -> bool {
    pending.iter().any(|note| {
        note.ticket == ticket.id
            && same_words(text, &note.text)
            && find_ticket_without(desk, note).is_some()
    })
}

/// Whether a change whose answer was lost shows in the ticket. One that sets no status cannot be
/// told: it is planned anew, and its note with it.
fn is_ours(note: &PendingNote, ticket: &Ticket) -> bool {
    note.ticket == ticket.id && note.status == Some(ticket.status)
}

/// ChangeKind is remembered of a ticket, with a status that is our own although the answer was lost: it
/// began another round of the ticket, with whomever it had then.
pub(super) fn as_written(
    pending: &[PendingNote],
    link: &TicketLink,
    ticket: Option<&Ticket>,
) -> TicketLink {
    let mut link = link.clone();
    let mut notes = pending.iter();
    if let Some(note) = ticket.and_then(|ticket| notes.rfind(|note| is_ours(note, ticket))) {
        link.status = note.status;
        link.assignee = note.assignee;
    }
    link
}

fn write_note(desk: &Desk, account: &AccountName, note: &PendingNote, ticket: &Ticket) -> Action {
    Action::WriteNote(Box::new(NoteWrite {
        about: About {
            account: account.clone(),
            company: desk.company_ref(ticket.company),
            subject: ticket.number.clone(),
            because: vec!["an earlier run could not write it".to_owned()],
            alerts: Vec::new(),
        },
        ticket: ticket.id,
        note: Note {
            title: note.title.clone(),
            text: note.text.clone(),
        },
        status: note.status,
        assignee: note.assignee,
        since: note.since,
        follows_change: false,
    }))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::facts::Facts;
    use super::super::tests::{alert, case, facts, known};
    use super::*;
    use crate::domain::ids::{ResourceId, TicketId};

    const OPEN: i64 = 1;
    const CLOSED: i64 = 5;

    /// Ticket 1, in a status; and notes that are on it, with the hour of this day.
    fn desk(status: i64, notes: &[(Option<&str>, &str)]) -> Facts {
        let mut one = case(1, vec![alert("a", "PC-1")]);
        one.known = Some(known(&one, 1));
        let mut facts = facts(vec![one]);
        let ticket = facts.desk.tickets.get_mut(&TicketId(1)).unwrap();
        ticket.status = status;
        ticket.assignee = Some(ResourceId(7));
        let there = notes.iter();
        let there = there.map(|(at, text)| (at.map(hour), (*text).to_owned()));
        facts
            .desk
            .unconfirmed_writes
            .insert(TicketId(1), there.collect());
        facts
    }

    fn hour(text: &str) -> Timestamp {
        format!("2026-09-15T{text}:00Z").parse().unwrap()
    }

    fn pending_note(status: Option<i64>, changed: bool) -> PendingNote {
        PendingNote {
            id: PendingNoteId(9),
            ticket: TicketId(1),
            status,
            changed,
            assignee: Some(ResourceId(3)),
            title: "The alert is gone".to_owned(),
            text: "It is gone.".to_owned(),
            written: "It is gone.".to_owned(),
            since: hour("07:30"),
        }
    }

    #[test]
    fn a_pending_note_is_written_when_its_change_took_effect_and_it_is_not_there() {
        let words = "It  is\ngone.";
        for (note, status, there, due) in [
            (pending_note(Some(CLOSED), true), OPEN, vec![], true),
            (pending_note(Some(CLOSED), false), CLOSED, vec![], true),
            (pending_note(Some(CLOSED), false), OPEN, vec![], false),
            (pending_note(None, false), OPEN, vec![], false),
            (
                pending_note(Some(CLOSED), true),
                CLOSED,
                vec![(Some("07:31"), words)],
                false,
            ),
            // The clocks of both sides may differ by a little.
            (
                pending_note(Some(CLOSED), true),
                CLOSED,
                vec![(Some("07:25"), words)],
                false,
            ),
            // The same words of an earlier time.
            (
                pending_note(Some(CLOSED), true),
                CLOSED,
                vec![(Some("07:24"), words)],
                true,
            ),
            (
                pending_note(Some(CLOSED), true),
                CLOSED,
                vec![(None, words)],
                false,
            ),
            (
                pending_note(Some(CLOSED), true),
                CLOSED,
                vec![(Some("07:31"), "Another.")],
                true,
            ),
        ] {
            let mut facts = desk(status, &there);
            facts.accounts[0].pending_notes = vec![note];
            let pending = plan_notes(&facts.desk, &facts.accounts[0]);
            let found = (pending.actions.len(), pending.needless.len());
            let expected = if due { (1, 0) } else { (0, 1) };
            assert_eq!(found, expected, "{status} {there:?}");
        }
        // A ticket that is not there gets nothing.
        let mut facts = desk(CLOSED, &[]);
        facts.desk.tickets.clear();
        facts.accounts[0].pending_notes = vec![pending_note(None, true)];
        let pending = plan_notes(&facts.desk, &facts.accounts[0]);
        assert_eq!(pending.needless, [PendingNoteId(9)]);
    }

    #[test]
    fn a_status_whose_answer_was_lost_is_ours_with_the_assignment_of_that_time() {
        for (status, expected) in [
            (CLOSED, (Some(CLOSED), Some(ResourceId(3)))),
            (8, (Some(0), None)),
        ] {
            let mut facts = desk(status, &[]);
            facts.accounts[0].pending_notes = vec![pending_note(Some(CLOSED), false)];
            let link = facts.accounts[0].cases[0].known.clone().unwrap().link;
            let ticket = facts.desk.tickets.get(&TicketId(1));
            let found = as_written(&facts.accounts[0].pending_notes, &link, ticket);
            assert_eq!((found.status, found.assignee), expected, "{status}");
        }
    }

    #[test]
    fn a_pending_note_that_this_run_writes_is_not_written_twice() {
        let mut facts = desk(CLOSED, &[]);
        facts.accounts[0].pending_notes = vec![pending_note(Some(CLOSED), true)];
        let (desk, pending) = (&facts.desk, &facts.accounts[0].pending_notes);
        let ticket = &desk.tickets[&TicketId(1)];
        assert!(will_be_written(desk, pending, ticket, "It is gone."));
        assert!(!will_be_written(desk, pending, ticket, "It came again."));
    }
}
