//! A ticket that a technician completed dismisses its alerts, one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{About, Action, AlertDismissal};
use super::alerts;
use super::facts::{AccountFacts, Alert, Desk, Ticket};
use crate::domain::ids::AlertId;
use crate::domain::tickets::{KnownTicket, TicketAlert};

/// Dismissals of the alerts of tickets that people completed.
pub(super) fn dismiss_alerts(desk: &Desk, account: &AccountFacts) -> Vec<Action> {
    if account.completed.is_empty() {
        return Vec::new();
    }
    let observed = ObservedAlerts::new(account);
    account
        .completed
        .iter()
        .filter_map(|known| Some((known, desk.tickets.get(&known.link.ticket)?)))
        // One that was merged looks so, too, and its alerts are not solved.
        .filter(|(_, ticket)| ticket.complete && !desk.lost_merges.contains_key(&ticket.id))
        .flat_map(|(known, ticket)| dismiss_of_ticket(desk, account, &observed, known, ticket))
        .collect()
}

/// The alerts that are dismissed: whatever else becomes of their ticket, it stands for them no more.
pub(super) fn dismissed_alerts<'a>(actions: impl Iterator<Item = &'a Action>) -> BTreeSet<AlertId> {
    let dismissed = |action: &Action| match action {
        Action::Dismiss(dismissal) => Some(dismissal.alert.clone()),
        Action::Create(_) | Action::Change(_) | Action::WriteNote(_) => None,
    };
    actions.filter_map(dismissed).collect()
}

/// None when any alert of the ticket came, or came again, after it was completed: the problem is
/// there, whatever the ticket says.
fn dismiss_of_ticket(
    desk: &Desk,
    account: &AccountFacts,
    observed: &ObservedAlerts<'_>,
    known: &KnownTicket,
    ticket: &Ticket,
) -> Vec<Action> {
    let Some(completed) = ticket.completed else {
        return Vec::new();
    };
    let link = &known.link;
    let remembered = link.alerts.iter();
    let mut now: Vec<TicketAlert> = remembered
        .filter_map(|one| observed.find_active(one))
        .collect();
    let ids: BTreeSet<AlertId> = now.iter().map(|alert| alert.id.clone()).collect();
    // What came under its keys since we wrote last; the technician saw it or not, it is the same.
    for case in &account.cases {
        let own = case.known.as_ref().is_some_and(|one| one.id == known.id);
        if own || case.summary == Some(known.id) {
            let new = |alert: &&Alert| alert.active && !ids.contains(&alert.id);
            let new = case.alerts.iter().filter(new);
            now.extend(new.map(|alert| alerts::ticket_alert(case, alert)));
        }
    }
    if now.iter().any(|alert| alert.updated_at > completed) {
        return Vec::new();
    }
    let dismissal = |alert: TicketAlert| {
        Action::Dismiss(Box::new(AlertDismissal {
            about: About {
                account: account.account.clone(),
                company: desk.company_ref(link.company),
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

/// What was found of all alerts this time, by id.
#[derive(Debug)]
struct ObservedAlerts<'a> {
    read: BTreeMap<&'a AlertId, &'a Alert>,
    vanished: BTreeSet<&'a AlertId>,
}

impl<'a> ObservedAlerts<'a> {
    fn new(account: &'a AccountFacts) -> Self {
        let cases = || account.cases.iter();
        let read = cases().flat_map(|case| &case.alerts);
        let vanished = cases().flat_map(|case| &case.vanished);
        Self {
            read: read.map(|alert| (&alert.id, alert)).collect(),
            vanished: vanished.map(|alert| &alert.id).collect(),
        }
    }

    /// A remembered alert in the version that was read this time, if it is still active.
    fn find_active(&self, alert: &TicketAlert) -> Option<TicketAlert> {
        let mut present = alert.clone();
        if let Some(read) = self.read.get(&alert.id) {
            present.active = read.active;
            present.updated_at = read.updated;
        }
        present.active &= !self.vanished.contains(&alert.id);
        present.active.then_some(present)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::super::tests::{alert, case, decided, facts, kinds, known, now};
    use super::*;
    use crate::domain::ids::TicketId;

    fn at(minutes: i64) -> Timestamp {
        now() + SignedDuration::from_mins(minutes)
    }

    /// Alerts that are dismissed when a ticket was completed then: that of `a`, as it is remembered
    /// since before; `read` says which alerts are read of it this time, and when they came.
    fn dismissed(completed: Option<i64>, read: &[(&str, i64, bool)], gone: bool) -> usize {
        let mut case = case(1, vec![alert("a", "PC-1")]);
        let known = known(&case, 7);
        case.known = Some(known.clone());
        if gone {
            case.vanished.clone_from(&known.link.alerts);
        }
        let read = read.iter().map(|(id, minute, active)| Alert {
            updated: at(*minute),
            active: *active,
            ..alert(id, "PC-1")
        });
        case.alerts = read.collect();
        let mut facts = facts(vec![case]);
        facts.accounts[0].completed = vec![known];
        let ticket = facts.desk.tickets.get_mut(&TicketId(7)).unwrap();
        ticket.complete = true;
        ticket.completed = completed.map(at);
        let decided = decided(&facts, "[tickets]\ndismiss_on_complete = true\n");
        let kinds = kinds(&decided);
        kinds
            .iter()
            .filter(|kind| **kind == "dismiss-alert")
            .count()
    }

    #[test]
    fn completing_dismisses_what_was_there_then_and_nothing_where_anything_came_since() {
        let done = Some(10);
        for (completed, read, gone, expected) in [
            (done, &[][..], false, 1),
            // Nobody knows what came before and what after.
            (None, &[], false, 0),
            (done, &[("a", 9, true)], false, 1),
            (done, &[("a", 11, true)], false, 0),
            (done, &[("a", 9, false)], false, 0),
            (done, &[], true, 0),
            // Under the same key, and not remembered yet.
            (done, &[("b", 9, true)], false, 2),
            (done, &[("b", 11, true)], false, 0),
            (done, &[("b", 11, false)], false, 1),
        ] {
            let found = dismissed(completed, read, gone);
            assert_eq!(found, expected, "{completed:?} {read:?} {gone}");
        }
    }
}
