//! What a ticket has to wait for, and what is remembered meanwhile: reopenings as loud as new
//! tickets, and notes not all the time.

use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::build::{self, Basis, Ctx, Want};
use super::cases::Judged;
use super::facts::Case;
use super::merge::Merged;
use super::{brakes, key, storm};
use crate::domain::tickets::{TicketAlert, TicketLink};

/// A ticket gets no more than one note about new texts in this time; the next tells them all.
const NOTE_EVERY: SignedDuration = SignedDuration::from_hours(4);

impl<'a> Judged<'a> {
    /// Tickets that open again are as many mails as new ones, and count with them.
    pub(super) fn reopen(
        &mut self,
        ctx: Ctx<'a>,
        case: &'a Case,
        merged: &Merged,
        basis: &Basis<'_>,
        action: Action,
    ) {
        let Some(speaker) = case.gravest() else {
            self.actions.push(action);
            return;
        };
        let active = merged.alerts.iter().filter(|alert| alert.active);
        self.wanted.push(Want {
            case,
            speaker,
            alerts: active.cloned().collect(),
            times: brakes::occurrences(case),
            generation: key::generation(&basis.link.external_id),
            replaces: basis.known.map(|known| build::replaced(ctx, known)),
            reopening: Some(Box::new(action)),
        });
    }

    /// Whether a window or damping holds the case back now; its alerts are held then.
    pub(super) fn waits(&mut self, ctx: Ctx<'_>, case: &Case) -> bool {
        // It joins the company's open summary, or stands in it already.
        if storm::has_found(ctx, case.place.company) {
            return false;
        }
        let tickets = ctx.rules.tickets;
        let Some(why) = brakes::wait(tickets, case, ctx.now()) else {
            return false;
        };
        let counting = tickets.damping.occurrences.is_some();
        let holds = brakes::holds(case, why, counting, ctx.now());
        self.settled.hold.extend(holds);
        true
    }
}

/// Whether the ticket was written to so lately that another note has to wait. Its creation does not
/// count: what comes after it is news. Nor does a write that may not have been carried out: what it
/// was to say is still due.
pub(super) fn told_lately(ctx: Ctx<'_>, link: &TicketLink) -> bool {
    let unsure = ctx.facts.desk.unsure.contains_key(&link.ticket);
    !unsure && lately(link, ctx.now())
}

/// Whether another note has to wait for the last write to the ticket.
pub(crate) fn lately(link: &TicketLink, now: Timestamp) -> bool {
    link.written_at > link.opened_at && now.duration_since(link.written_at) < NOTE_EVERY
}

/// What is remembered of a ticket whose reopening waits: which of its alerts ended. What is active
/// stays news until it is dealt with.
pub(super) fn ended_only(before: &TicketLink, merged: &Merged) -> TicketLink {
    let mut after = before.clone();
    for member in &mut after.alerts {
        let ended = |now: &&TicketAlert| now.id == member.id && !now.active;
        if let Some(now) = merged.alerts.iter().find(ended) {
            *member = now.clone();
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::super::tests::{alert, case, known, now};
    use super::*;

    #[test]
    fn a_note_waits_for_four_hours_after_the_last_word_but_not_after_the_creation() {
        let case = case(1, vec![alert("a", "PC-1")]);
        let hours = |count| {
            now()
                .saturating_sub(SignedDuration::from_hours(count))
                .unwrap()
        };
        let minute = SignedDuration::from_mins(1);
        for (opened, written, waits) in [
            (hours(9), hours(4), false),
            (hours(9), hours(4).saturating_add(minute).unwrap(), true),
            (hours(9), now(), true),
            // Nothing was written since it was made.
            (hours(1), hours(1), false),
        ] {
            let link = TicketLink {
                opened_at: opened,
                written_at: written,
                ..known(&case, 1).link
            };
            assert_eq!(lately(&link, now()), waits, "{opened} {written}");
        }
    }
}
