//! Notes that earlier runs could not write beside the change that they tell of.

use jiff::SignedDuration;

use super::action::{About, Action, Note, Payment};
use super::build::Ctx;
use super::facts::Ticket;
use super::touch::same;
use crate::domain::tickets::{OwedNote, OwedNoteId, TicketLink};

/// The clocks of both sides may differ by a little.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What comes of what is owed.
#[derive(Debug, Default)]
pub(super) struct Owed {
    pub(super) actions: Vec<Action>,
    /// Notes that are there already, or that there is nothing to be told of.
    pub(super) paid: Vec<OwedNoteId>,
}

pub(super) fn payments(ctx: Ctx<'_>) -> Owed {
    let mut owed = Owed::default();
    for (id, note) in &ctx.account.owed_notes {
        match due(ctx, note) {
            Some(ticket) => owed.actions.push(payment(ctx, *id, note, ticket)),
            None => owed.paid.push(*id),
        }
    }
    owed
}

/// The ticket that a note is still to be written on.
fn due<'a>(ctx: Ctx<'a>, note: &OwedNote) -> Option<&'a Ticket> {
    let ticket = ctx.ticket(note.ticket)?;
    let took_effect = note.changed || is_ours(note, ticket);
    let since = note.owed_at.saturating_sub(SKEW).unwrap_or(note.owed_at);
    let written = ctx.facts.desk.unsure.get(&note.ticket);
    let is_there = written.is_some_and(|notes| {
        let mut notes = notes.iter();
        // The same words may stand there from an earlier time.
        notes.any(|(at, text)| at.is_none_or(|at| at >= since) && same(text, &note.text))
    });
    (took_effect && !is_there).then_some(ticket)
}

/// Whether a note with this text is written on the ticket anyway, because it is owed.
pub(super) fn tells(ctx: Ctx<'_>, ticket: &Ticket, text: &str) -> bool {
    let mut owed = ctx.account.owed_notes.iter().map(|(_, note)| note);
    owed.any(|note| note.ticket == ticket.id && same(text, &note.text) && due(ctx, note).is_some())
}

/// Whether a change whose answer was lost shows in the ticket. One that sets no status cannot be
/// told: it is planned anew, and its note with it.
fn is_ours(note: &OwedNote, ticket: &Ticket) -> bool {
    note.ticket == ticket.id && note.status == Some(ticket.status)
}

/// What is remembered of a ticket, with a status that is our own although the answer was lost: it
/// began another round of the ticket, with whomever it had then.
pub(super) fn as_written(ctx: Ctx<'_>, link: &TicketLink, ticket: Option<&Ticket>) -> TicketLink {
    let mut link = link.clone();
    let mut owed = ctx.account.owed_notes.iter().map(|(_, note)| note);
    if let Some(note) = ticket.and_then(|ticket| owed.rfind(|note| is_ours(note, ticket))) {
        link.status = note.status;
        link.assignee = note.assignee;
    }
    link
}

fn payment(ctx: Ctx<'_>, id: OwedNoteId, note: &OwedNote, ticket: &Ticket) -> Action {
    Action::Pay(Box::new(Payment {
        about: About {
            account: ctx.account.account.clone(),
            party: ctx.party(ticket.company),
            subject: ticket.number.clone(),
            because: vec!["an earlier run could not write it".to_owned()],
            alerts: Vec::new(),
        },
        ticket: ticket.id,
        note: Note {
            title: note.title.clone(),
            text: note.text.clone(),
        },
        id,
    }))
}
