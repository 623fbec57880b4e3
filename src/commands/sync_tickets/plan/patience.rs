//! What a ticket has to wait for, and what is remembered meanwhile: reopenings as loud as new
//! tickets, and notes not all the time.

use super::action::Action;
use super::build::{self, Basis, Ctx, Want};
use super::cases::Judged;
use super::facts::Case;
use super::merge::Merged;
use super::{key, storm, suppress};
use crate::domain::tickets::{TicketAlert, TicketLink};

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
            times: suppress::count_occurrences(case),
            generation: key::generation(&basis.link.external_id),
            replaces: basis.known.map(|known| build::replaced(ctx, known)),
            reopening: Some(Box::new(action)),
        });
    }

    /// Whether a window or damping holds the case back now; its alerts are held then.
    pub(super) fn waits(&mut self, ctx: Ctx<'_>, case: &Case) -> bool {
        // It joins the company's open summary, or stands in it already.
        if storm::has_found(ctx, case.destination.company) {
            return false;
        }
        let tickets = ctx.rules.tickets;
        let Some(why) = suppress::find_reason(tickets, case, ctx.now()) else {
            return false;
        };
        let counting = tickets.damping.occurrences.is_some();
        let holds = suppress::holds(case, why, counting, ctx.now());
        self.settled.hold.extend(holds);
        true
    }
}

/// Whether the ticket was written to so lately that another note has to wait. Its creation does not
/// count: what comes after it is news. Nor does a write that may not have been carried out: what it
/// was to say is still due.
pub(super) fn told_lately(ctx: Ctx<'_>, link: &TicketLink) -> bool {
    let unsure = ctx.facts.desk.unsure.contains_key(&link.ticket);
    !unsure && suppress::within_note_interval(link, ctx.now())
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
