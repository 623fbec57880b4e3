//! The life of a ticket: what a change of its alerts means for it. A table, in code.

use jiff::{SignedDuration, Timestamp};

use super::facts::Ticket;
use crate::config::Reopen;

/// What is known of the ticket of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'t> {
    /// There never was one.
    Never,
    /// It is remembered and not in Autotask any more: deleted, or merged into another.
    Gone,
    Open(&'t Ticket),
    Done(&'t Ticket),
}

/// What has become of the alerts of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// At least one is active.
    pub(crate) active: bool,
    /// One is active that was not, or not under this id: since when.
    pub(crate) raised: Option<Timestamp>,
    /// The latest version of an active alert that the ticket knew already.
    pub(crate) touched: Option<Timestamp>,
    /// Something in the text is new to the ticket.
    pub(crate) retold: bool,
    /// We ended the ticket ourselves, because all its alerts were gone.
    pub(crate) was_ended: bool,
}

/// How the desk wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) reopen: Reopen,
    /// A completed ticket cannot be opened again: it was tried.
    pub(crate) locked: bool,
    pub(crate) auto_close: bool,
    pub(crate) force: bool,
    /// A person changed status or assignment after our last write.
    pub(crate) by_person: bool,
    /// The same ticket stands for other alerts that are active.
    pub(crate) shared: bool,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Only remembered.
    Remember,
    /// The ticket is over; only remembered.
    End,
    Create,
    Note,
    Reopen,
    Close,
    /// It is gone and not fought.
    LeaveGone,
    /// All alerts are gone, but a person has taken the ticket over.
    LeaveToPerson,
}

/// Days are counted as the service counts them from its own completed date.
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn decide(
    standing: Standing<'_>,
    change: Change,
    manner: Manner,
    now: Timestamp,
) -> Step {
    if change.active {
        return active(standing, change, manner, now);
    }
    match standing {
        Standing::Never | Standing::Gone | Standing::Done(_) => Step::End,
        Standing::Open(_) if !manner.auto_close || manner.shared => Step::Remember,
        Standing::Open(_) if manner.by_person && !manner.force => Step::LeaveToPerson,
        Standing::Open(_) => Step::Close,
    }
}

fn active(standing: Standing<'_>, change: Change, manner: Manner, now: Timestamp) -> Step {
    match standing {
        Standing::Never => Step::Create,
        Standing::Gone if change.raised.is_some() || change.was_ended => Step::Create,
        Standing::Gone => Step::LeaveGone,
        Standing::Open(_) if change.retold => Step::Note,
        Standing::Open(_) => Step::Remember,
        Standing::Done(_) if manner.locked => Step::Create,
        Standing::Done(ticket) if !raised_after(ticket, change) => Step::Remember,
        Standing::Done(ticket) => match manner.reopen {
            Reopen::Always => Step::Reopen,
            Reopen::Never => Step::Create,
            Reopen::UntilDays(days) => {
                let limit = DAY.saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
                let closed_for = ticket.completed.map(|at| now.duration_since(at));
                // Without a completed date nobody knows how long: the old ticket is nearer.
                if closed_for.is_some_and(|age| age >= limit) {
                    Step::Create
                } else {
                    Step::Reopen
                }
            }
        },
    }
}

/// Whether the alert came after the ticket was completed. A person who completes a ticket while its
/// alert is active has decided about that alert, until it is raised or told again.
fn raised_after(ticket: &Ticket, change: Change) -> bool {
    if change.was_ended {
        return true;
    }
    let Some(completed) = ticket.completed else {
        return change.raised.is_some();
    };
    change.raised.is_some_and(|at| at >= completed)
        || change.touched.is_some_and(|at| at > completed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CompanyId, TicketId};

    fn at(text: &str) -> Timestamp {
        format!("2026-09-{text}:00Z").parse().unwrap()
    }

    fn ticket(completed: Option<&str>) -> Ticket {
        Ticket {
            id: TicketId(1),
            number: "T1".to_owned(),
            company: CompanyId(1),
            status: 1,
            complete: completed.is_some(),
            completed: completed.map(at),
            assignee: None,
        }
    }

    const QUIET: Change = Change {
        active: true,
        raised: None,
        touched: None,
        retold: false,
        was_ended: false,
    };

    const MANNER: Manner = Manner {
        reopen: Reopen::Always,
        locked: false,
        auto_close: true,
        force: false,
        by_person: false,
        shared: false,
    };

    fn gone() -> Change {
        Change {
            active: false,
            ..QUIET
        }
    }

    fn raised(when: &str) -> Change {
        Change {
            raised: Some(at(when)),
            ..QUIET
        }
    }

    fn step(standing: Standing<'_>, change: Change, manner: Manner) -> Step {
        decide(standing, change, manner, at("15T08:00"))
    }

    #[test]
    fn an_active_alert_without_a_ticket_gets_one_and_an_ended_one_does_not() {
        assert_eq!(
            step(Standing::Never, raised("15T07:00"), MANNER),
            Step::Create
        );
        assert_eq!(step(Standing::Never, gone(), MANNER), Step::End);
    }

    #[test]
    fn an_open_ticket_gets_a_note_only_for_a_new_text() {
        let open = ticket(None);
        let open = Standing::Open(&open);
        assert_eq!(step(open, raised("15T07:00"), MANNER), Step::Remember);
        let retold = Change {
            retold: true,
            ..QUIET
        };
        assert_eq!(step(open, retold, MANNER), Step::Note);
    }

    #[test]
    fn a_completed_ticket_is_left_until_its_alert_comes_again() {
        let done = ticket(Some("15T06:00"));
        let done = Standing::Done(&done);
        assert_eq!(step(done, QUIET, MANNER), Step::Remember);
        assert_eq!(step(done, raised("15T05:00"), MANNER), Step::Remember);
        assert_eq!(step(done, raised("15T06:00"), MANNER), Step::Reopen);
        let touched = |when| Change {
            touched: Some(at(when)),
            ..QUIET
        };
        assert_eq!(step(done, touched("15T06:00"), MANNER), Step::Remember);
        assert_eq!(step(done, touched("15T06:01"), MANNER), Step::Reopen);
        let ours = Change {
            was_ended: true,
            ..QUIET
        };
        assert_eq!(step(done, ours, MANNER), Step::Reopen);
    }

    #[test]
    fn reopening_follows_the_configured_word_or_number_of_days() {
        for (reopen, completed, expected) in [
            (Reopen::Always, "01T08:00", Step::Reopen),
            (Reopen::Never, "15T07:00", Step::Create),
            (Reopen::UntilDays(7), "08T08:01", Step::Reopen),
            (Reopen::UntilDays(7), "08T08:00", Step::Create),
        ] {
            let done = ticket(Some(completed));
            let manner = Manner { reopen, ..MANNER };
            let found = step(Standing::Done(&done), raised("15T07:30"), manner);
            assert_eq!(found, expected, "{reopen:?} {completed}");
        }
    }

    #[test]
    fn a_completed_ticket_that_cannot_be_opened_again_gets_a_successor() {
        let done = ticket(Some("15T06:00"));
        let manner = Manner {
            locked: true,
            ..MANNER
        };
        let found = step(Standing::Done(&done), raised("15T07:00"), manner);
        assert_eq!(found, Step::Create);
        assert_eq!(step(Standing::Done(&done), gone(), manner), Step::End);
        let open = ticket(None);
        assert_eq!(step(Standing::Open(&open), QUIET, manner), Step::Remember);
    }

    #[test]
    fn a_ticket_that_a_person_removed_is_not_fought_but_a_new_problem_gets_a_new_one() {
        let retold = Change {
            retold: true,
            touched: Some(at("15T07:00")),
            ..QUIET
        };
        assert_eq!(step(Standing::Gone, retold, MANNER), Step::LeaveGone);
        assert_eq!(
            step(Standing::Gone, raised("15T07:00"), MANNER),
            Step::Create
        );
        assert_eq!(step(Standing::Gone, gone(), MANNER), Step::End);
    }

    #[test]
    fn a_ticket_is_closed_only_when_wanted_alone_and_untouched() {
        let open = ticket(None);
        let open = Standing::Open(&open);
        let with = |change: fn(&mut Manner)| {
            let mut manner = MANNER;
            change(&mut manner);
            step(open, gone(), manner)
        };
        assert_eq!(with(|_| {}), Step::Close);
        assert_eq!(with(|manner| manner.auto_close = false), Step::Remember);
        assert_eq!(with(|manner| manner.shared = true), Step::Remember);
        assert_eq!(with(|manner| manner.by_person = true), Step::LeaveToPerson);
        let forced = with(|manner| {
            manner.by_person = true;
            manner.force = true;
        });
        assert_eq!(forced, Step::Close);
        let done = ticket(Some("15T06:00"));
        assert_eq!(step(Standing::Done(&done), gone(), MANNER), Step::End);
    }
}
