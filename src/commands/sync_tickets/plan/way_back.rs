//! The way back: a ticket that a technician completed dismisses its alerts, one by one.

use std::collections::BTreeSet;

use super::action::{About, Action, Dismissal};
use super::build::Ctx;
use super::facts::{Alert, Known, Ticket};
use super::merge;
use crate::domain::ids::AlertId;
use crate::domain::tickets::TicketAlert;

/// Dismissals of the alerts of tickets that people completed.
pub(super) fn dismissals(ctx: Ctx<'_>) -> Vec<Action> {
    if !ctx.rules.tickets.dismiss_on_complete {
        return Vec::new();
    }
    ctx.account
        .completed
        .iter()
        .filter_map(|known| Some((known, ctx.ticket(known.link.ticket)?)))
        .filter(|(_, ticket)| ticket.complete)
        .flat_map(|(known, ticket)| of_ticket(ctx, known, ticket))
        .collect()
}

/// The alerts that are dismissed: whatever else becomes of their ticket, it stands for them no more.
pub(super) fn let_go(actions: &[Action]) -> BTreeSet<AlertId> {
    let dismissed = |action: &Action| match action {
        Action::Dismiss(dismissal) => Some(dismissal.alert.clone()),
        Action::Create(_) | Action::Change(_) | Action::Pay(_) => None,
    };
    actions.iter().filter_map(dismissed).collect()
}

/// None when any alert of the ticket came, or came again, after it was completed: the problem is
/// there, whatever the ticket says.
fn of_ticket(ctx: Ctx<'_>, known: &Known, ticket: &Ticket) -> Vec<Action> {
    let Some(completed) = ticket.completed else {
        return Vec::new();
    };
    let link = &known.link;
    let remembered = link.alerts.iter();
    let mut now: Vec<TicketAlert> = remembered.filter_map(|one| present(ctx, one)).collect();
    // What came under its keys since we wrote last; the technician saw it or not, it is the same.
    for case in &ctx.account.cases {
        let own = case.known.as_ref().is_some_and(|one| one.id == known.id);
        if own || case.summary == Some(known.id) {
            let new = |alert: &&Alert| alert.active && !now.iter().any(|one| one.id == alert.id);
            let new: Vec<TicketAlert> = (case.alerts.iter().filter(new))
                .map(|alert| merge::member(case, alert))
                .collect();
            now.extend(new);
        }
    }
    if now.iter().any(|alert| alert.updated_at > completed) {
        return Vec::new();
    }
    let dismissal = |alert: TicketAlert| {
        Action::Dismiss(Box::new(Dismissal {
            about: About {
                account: ctx.account.account.clone(),
                party: ctx.party(link.company),
                subject: format!("{} ({})", alert.label, alert.id),
                because: vec![format!("ticket {} was completed", ticket.number)],
                alerts: Vec::new(),
            },
            alert: alert.id,
            ticket: ticket.id,
            id: known.id,
            completed,
        }))
    };
    now.into_iter().map(dismissal).collect()
}

/// A remembered alert in the version that was read this time, if it is still active.
fn present(ctx: Ctx<'_>, alert: &TicketAlert) -> Option<TicketAlert> {
    let read = ctx
        .account
        .cases
        .iter()
        .flat_map(|case| &case.alerts)
        .find(|one| one.id == alert.id);
    let mut vanished = ctx.account.cases.iter().flat_map(|case| &case.vanished);
    let mut present = alert.clone();
    if let Some(read) = read {
        present.active = read.active;
        present.updated_at = read.updated;
    } else if vanished.any(|one| one.id == alert.id) {
        present.active = false;
    }
    present.active.then_some(present)
}
