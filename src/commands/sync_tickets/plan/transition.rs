//! What a change of its alerts means for a ticket.
//!
//! ```text
//! ticket     alerts                            policy                              transition
//! ---------  --------------------------------  ----------------------------------  -------------
//! none       any active                                                            Create
//! gone       raised, or ended by us before                                         Create
//! gone       active, none raised                                                   LeaveGone
//! open       active, a text is new                                                 WriteNote
//! open       active, no text is new                                                Remember
//! completed  any active                        re-opening was refused              Create
//! completed  active, none came since                                               Remember
//! completed  one came since                    reopen = "never", or N days ago     Create
//! completed  one came since                    reopen = "always", or lately        Reopen
//! open       all ended                         no auto_close, or it is shared      Remember
//! open       all ended                         a person's, and no force            LeaveToPerson
//! open       all ended                         ours was merged into it             TellEnd
//! open       all ended                                                             Close
//! completed  any active                        merged into one that is not shown   LeaveGone
//! any other  all ended                                                             End
//! ```

use jiff::{SignedDuration, Timestamp};

use super::facts::Ticket;
use crate::config::Reopen;

/// What is known of the ticket of a group of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketState<'t> {
    /// There never was one.
    None,
    /// It is remembered and not in Autotask any more: deleted, or merged into another.
    Gone,
    Open(&'t Ticket),
    Completed(&'t Ticket),
}

/// What has become of the alerts of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertDelta {
    /// At least one is active.
    pub(crate) active: bool,
    /// One is active that was not, or not under this id: since when.
    pub(crate) raised: Option<Timestamp>,
    /// The latest version of an active alert that the ticket knew already.
    pub(crate) touched: Option<Timestamp>,
    /// Something in the text is new to the ticket.
    pub(crate) has_news: bool,
    /// One is graver than what the ticket tells.
    pub(crate) rose: bool,
    /// We ended the ticket ourselves, because all its alerts were gone.
    pub(crate) was_ended: bool,
}

/// ChangeKind the configuration and earlier events allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) reopen: Reopen,
    /// A completed ticket cannot be opened again: it was tried.
    pub(crate) locked: bool,
    pub(crate) auto_close: bool,
    pub(crate) force: bool,
    /// A person changed status or assignment after our last write.
    pub(crate) by_person: bool,
    /// The same ticket stands for other alerts that are active.
    pub(crate) shared: bool,
    /// The ticket is no ticket of ours: ours was merged into it.
    pub(crate) foreign: bool,
    /// Our ticket was merged into one that is not shown.
    pub(crate) merged_away: bool,
}

/// What is done about the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    /// Only remembered.
    Remember,
    /// The ticket is over; only remembered.
    End,
    Create,
    WriteNote,
    Reopen,
    Close,
    /// A person removed it: it is not made again.
    LeaveGone,
    /// All alerts are gone, which is told to the ticket that ours was merged into.
    TellEnd,
    /// All alerts are gone, but a person has taken the ticket over.
    LeaveToPerson,
}

/// Days are counted as the service counts them from its own completed date.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The table above.
pub(crate) fn decide_transition(
    state: TicketState<'_>,
    delta: AlertDelta,
    policy: Policy,
    now: Timestamp,
) -> Transition {
    if delta.active {
        return decide_active(state, delta, policy, now);
    }
    match state {
        TicketState::None | TicketState::Gone | TicketState::Completed(_) => Transition::End,
        TicketState::Open(_) if policy.auto_close && policy.foreign => Transition::TellEnd,
        TicketState::Open(_) if !policy.auto_close || policy.shared => Transition::Remember,
        TicketState::Open(_) if policy.by_person && !policy.force => Transition::LeaveToPerson,
        TicketState::Open(_) => Transition::Close,
    }
}

fn decide_active(
    state: TicketState<'_>,
    delta: AlertDelta,
    policy: Policy,
    now: Timestamp,
) -> Transition {
    match state {
        TicketState::None => Transition::Create,
        TicketState::Gone if delta.raised.is_some() || delta.was_ended => Transition::Create,
        TicketState::Gone => Transition::LeaveGone,
        TicketState::Open(_) if delta.has_news => Transition::WriteNote,
        TicketState::Open(_) => Transition::Remember,
        TicketState::Completed(_) if policy.merged_away => Transition::LeaveGone,
        TicketState::Completed(_) if policy.locked => Transition::Create,
        TicketState::Completed(ticket) if !came_since(ticket, delta) => Transition::Remember,
        TicketState::Completed(ticket) => match policy.reopen {
            Reopen::Always => Transition::Reopen,
            Reopen::Never => Transition::Create,
            Reopen::UntilDays(days) => {
                let limit = DAY.saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
                let closed_for = ticket.completed.map(|at| now.duration_since(at));
                // Without a completed date nobody knows how long: the old ticket is nearer.
                if closed_for.is_some_and(|age| age >= limit) {
                    Transition::Create
                } else {
                    Transition::Reopen
                }
            }
        },
    }
}

/// Whether the alert came after the ticket was completed. A person who completes a ticket while its
/// alert is active has decided about that alert, until it is raised or told again.
fn came_since(ticket: &Ticket, delta: AlertDelta) -> bool {
    if delta.was_ended {
        return true;
    }
    let Some(completed) = ticket.completed else {
        return delta.raised.is_some();
    };
    delta.raised.is_some_and(|at| at >= completed) || delta.touched.is_some_and(|at| at > completed)
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
            priority: None,
        }
    }

    const QUIET: AlertDelta = AlertDelta {
        active: true,
        raised: None,
        touched: None,
        has_news: false,
        rose: false,
        was_ended: false,
    };

    const POLICY: Policy = Policy {
        reopen: Reopen::Always,
        locked: false,
        auto_close: true,
        force: false,
        by_person: false,
        shared: false,
        foreign: false,
        merged_away: false,
    };

    fn gone() -> AlertDelta {
        AlertDelta {
            active: false,
            ..QUIET
        }
    }

    fn raised(when: &str) -> AlertDelta {
        AlertDelta {
            raised: Some(at(when)),
            ..QUIET
        }
    }

    fn step(state: TicketState<'_>, delta: AlertDelta, policy: Policy) -> Transition {
        decide_transition(state, delta, policy, at("15T08:00"))
    }

    #[test]
    fn an_active_alert_without_a_ticket_gets_one_and_an_ended_one_does_not() {
        assert_eq!(
            step(TicketState::None, raised("15T07:00"), POLICY),
            Transition::Create
        );
        assert_eq!(step(TicketState::None, gone(), POLICY), Transition::End);
    }

    #[test]
    fn an_open_ticket_gets_a_note_only_for_a_new_text() {
        let open = ticket(None);
        let open = TicketState::Open(&open);
        assert_eq!(step(open, raised("15T07:00"), POLICY), Transition::Remember);
        let has_news = AlertDelta {
            has_news: true,
            ..QUIET
        };
        assert_eq!(step(open, has_news, POLICY), Transition::WriteNote);
    }

    #[test]
    fn a_completed_ticket_is_left_until_its_alert_comes_again() {
        let done = ticket(Some("15T06:00"));
        let done = TicketState::Completed(&done);
        assert_eq!(step(done, QUIET, POLICY), Transition::Remember);
        assert_eq!(step(done, raised("15T05:00"), POLICY), Transition::Remember);
        assert_eq!(step(done, raised("15T06:00"), POLICY), Transition::Reopen);
        let touched = |when| AlertDelta {
            touched: Some(at(when)),
            ..QUIET
        };
        assert_eq!(
            step(done, touched("15T06:00"), POLICY),
            Transition::Remember
        );
        assert_eq!(step(done, touched("15T06:01"), POLICY), Transition::Reopen);
        let ours = AlertDelta {
            was_ended: true,
            ..QUIET
        };
        assert_eq!(step(done, ours, POLICY), Transition::Reopen);
    }

    #[test]
    fn reopening_follows_the_configured_word_or_number_of_days() {
        for (reopen, completed, expected) in [
            (Reopen::Always, "01T08:00", Transition::Reopen),
            (Reopen::Never, "15T07:00", Transition::Create),
            (Reopen::UntilDays(7), "08T08:01", Transition::Reopen),
            (Reopen::UntilDays(7), "08T08:00", Transition::Create),
        ] {
            let done = ticket(Some(completed));
            let policy = Policy { reopen, ..POLICY };
            let found = step(TicketState::Completed(&done), raised("15T07:30"), policy);
            assert_eq!(found, expected, "{reopen:?} {completed}");
        }
    }

    #[test]
    fn a_completed_ticket_that_cannot_be_opened_again_gets_a_successor() {
        let done = ticket(Some("15T06:00"));
        let policy = Policy {
            locked: true,
            ..POLICY
        };
        let found = step(TicketState::Completed(&done), raised("15T07:00"), policy);
        assert_eq!(found, Transition::Create);
        assert_eq!(
            step(TicketState::Completed(&done), gone(), policy),
            Transition::End
        );
        let open = ticket(None);
        assert_eq!(
            step(TicketState::Open(&open), QUIET, policy),
            Transition::Remember
        );
    }

    #[test]
    fn a_ticket_that_a_person_removed_is_not_fought_but_a_new_problem_gets_a_new_one() {
        let has_news = AlertDelta {
            has_news: true,
            touched: Some(at("15T07:00")),
            ..QUIET
        };
        assert_eq!(
            step(TicketState::Gone, has_news, POLICY),
            Transition::LeaveGone
        );
        assert_eq!(
            step(TicketState::Gone, raised("15T07:00"), POLICY),
            Transition::Create
        );
        assert_eq!(step(TicketState::Gone, gone(), POLICY), Transition::End);
    }

    #[test]
    fn a_merged_ticket_is_left_alone_and_a_destination_of_a_person_is_only_told() {
        let (open, done) = (ticket(None), ticket(Some("15T06:00")));
        let foreign = Policy {
            foreign: true,
            force: true,
            ..POLICY
        };
        let lost = Policy {
            merged_away: true,
            locked: true,
            ..POLICY
        };
        let quiet = Policy {
            auto_close: false,
            ..foreign
        };
        let (open, done) = (TicketState::Open(&open), TicketState::Completed(&done));
        for (state, delta, policy, expected) in [
            (open, gone(), foreign, Transition::TellEnd),
            (open, gone(), quiet, Transition::Remember),
            (done, gone(), foreign, Transition::End),
            (done, raised("15T07:00"), lost, Transition::LeaveGone),
            (done, gone(), lost, Transition::End),
        ] {
            assert_eq!(step(state, delta, policy), expected, "{policy:?}");
        }
    }

    #[test]
    fn a_ticket_is_closed_only_when_wanted_alone_and_untouched() {
        let open = ticket(None);
        let open = TicketState::Open(&open);
        let with = |change: fn(&mut Policy)| {
            let mut policy = POLICY;
            change(&mut policy);
            step(open, gone(), policy)
        };
        assert_eq!(with(|_| {}), Transition::Close);
        assert_eq!(
            with(|policy| policy.auto_close = false),
            Transition::Remember
        );
        assert_eq!(with(|policy| policy.shared = true), Transition::Remember);
        assert_eq!(
            with(|policy| policy.by_person = true),
            Transition::LeaveToPerson
        );
        let forced = with(|policy| {
            policy.by_person = true;
            policy.force = true;
        });
        assert_eq!(forced, Transition::Close);
        let done = ticket(Some("15T06:00"));
        assert_eq!(
            step(TicketState::Completed(&done), gone(), POLICY),
            Transition::End
        );
    }
}
