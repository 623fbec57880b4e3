//! How a run ended: one exit code out of all that went well and wrong, and whether the run counts as
//! a success. One rule for all commands; pure.

use crate::exit::Exit;

/// All that decides how a run ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunCourse {
    /// Accounts that were read and planned, also when nothing was due.
    pub(crate) read: usize,
    /// What each account that could not be read calls for.
    pub(crate) unread: Vec<Exit>,
    /// Customers, or parts of what is known of them, that could not be read.
    pub(crate) gaps: usize,
    pub(crate) writes: WriteCounts,
    /// The safety limits, or a conflict, hold back lines or customers.
    pub(crate) held: bool,
    /// A dry run that was asked to tell found something to do.
    pub(crate) changes: bool,
    pub(crate) interrupted: bool,
}

/// How the lines that were approved ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WriteCounts {
    pub(crate) done: usize,
    pub(crate) uncertain: usize,
    /// Failed, or not tried because of what went before.
    pub(crate) undone: usize,
    /// What the first failure calls for.
    pub(crate) failure: Option<Exit>,
    /// The requests or the waiting that the run may use were spent before all was done.
    pub(crate) allowance_spent: bool,
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunOutcome {
    pub(crate) exit: Exit,
    /// All was done but what is held for a person.
    pub(crate) success: bool,
}

impl RunOutcome {
    /// The end of a run that failed as a whole.
    pub(crate) fn from_failure(exit: Exit) -> Self {
        Self {
            exit,
            success: false,
        }
    }
}

impl RunCourse {
    /// What to end with when no account at all could be read: credentials before an outage, for a
    /// person can fix those, and both before a mistake in the configuration.
    pub(crate) fn nothing_read(&self) -> Option<Exit> {
        if self.read > 0 {
            return None;
        }
        [Exit::Interrupted, Exit::Credentials, Exit::TryLater]
            .into_iter()
            .find(|grave| self.unread.contains(grave))
            .or_else(|| self.unread.first().copied())
    }

    /// The first of: interrupted, nothing read, allowance spent, partly done, failed, held, changes.
    pub(crate) fn decide_outcome(&self) -> RunOutcome {
        let WriteCounts {
            done,
            uncertain,
            undone,
            failure,
            allowance_spent,
        } = self.writes;
        if self.interrupted || self.unread.contains(&Exit::Interrupted) {
            return RunOutcome::from_failure(Exit::Interrupted);
        }
        if let Some(exit) = self.nothing_read() {
            return RunOutcome::from_failure(exit);
        }
        if allowance_spent {
            return RunOutcome::from_failure(Exit::TryLater);
        }
        let incomplete = !self.unread.is_empty() || self.gaps > 0;
        let all_written = uncertain == 0 && undone == 0;
        if incomplete || (!all_written && done + uncertain > 0) {
            return RunOutcome::from_failure(Exit::Partly);
        }
        if !all_written {
            return RunOutcome::from_failure(failure.unwrap_or(Exit::Failed));
        }
        let exit = match (self.held, self.changes) {
            (true, _) => Exit::Refused,
            (false, true) => Exit::Changes,
            (false, false) => Exit::Done,
        };
        RunOutcome {
            exit,
            success: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(read: usize, unread: &[Exit]) -> RunCourse {
        RunCourse {
            read,
            unread: unread.to_vec(),
            ..RunCourse::default()
        }
    }

    fn wrote(done: usize, uncertain: usize, undone: usize) -> RunCourse {
        let failure = (undone > 0).then_some(Exit::TryLater);
        RunCourse {
            read: 1,
            writes: WriteCounts {
                done,
                uncertain,
                undone,
                failure,
                allowance_spent: false,
            },
            ..RunCourse::default()
        }
    }

    #[track_caller]
    fn check(course: &RunCourse, exit: Exit, success: bool) {
        assert_eq!(
            course.decide_outcome(),
            RunOutcome { exit, success },
            "{course:?}"
        );
    }

    #[test]
    fn a_run_that_could_not_look_is_no_success() {
        use Exit::{Credentials, Done, Interrupted, Partly, TryLater, Usage};
        for (course, exit, success) in [
            (read(0, &[]), Done, true),
            (read(2, &[]), Done, true),
            (read(0, &[Credentials]), Credentials, false),
            (read(0, &[TryLater]), TryLater, false),
            (read(0, &[TryLater, Credentials]), Credentials, false),
            (read(0, &[Usage, TryLater]), TryLater, false),
            (read(0, &[Usage]), Usage, false),
            (read(0, &[Credentials, Interrupted]), Interrupted, false),
            (read(1, &[Credentials]), Partly, false),
            (read(1, &[TryLater]), Partly, false),
            (read(1, &[Interrupted]), Interrupted, false),
        ] {
            check(&course, exit, success);
        }
    }

    #[test]
    fn what_was_written_and_what_was_not_decide_together() {
        use Exit::{Done, Partly, TryLater};
        for (course, exit, success) in [
            (wrote(3, 0, 0), Done, true),
            (wrote(2, 0, 1), Partly, false),
            (wrote(0, 1, 0), Partly, false),
            (wrote(0, 1, 2), Partly, false),
            (wrote(0, 0, 2), TryLater, false),
        ] {
            check(&course, exit, success);
        }
        let refused = RunCourse {
            writes: WriteCounts {
                failure: Some(Exit::Failed),
                ..wrote(0, 0, 2).writes
            },
            ..read(1, &[])
        };
        check(&refused, Exit::Failed, false);
    }

    #[test]
    fn a_spent_budget_is_an_outage_whatever_was_done_before() {
        for course in [wrote(5, 0, 2), wrote(0, 0, 2), wrote(1, 1, 1)] {
            let spent = RunCourse {
                writes: WriteCounts {
                    allowance_spent: true,
                    ..course.writes
                },
                ..course
            };
            check(&spent, Exit::TryLater, false);
        }
    }

    #[test]
    fn of_several_the_gravest_counts() {
        let worst = RunCourse {
            read: 1,
            unread: vec![Exit::Credentials],
            gaps: 1,
            writes: WriteCounts {
                allowance_spent: true,
                ..wrote(1, 1, 1).writes
            },
            held: true,
            changes: true,
            interrupted: true,
        };
        check(&worst, Exit::Interrupted, false);
        let course = RunCourse {
            interrupted: false,
            ..worst
        };
        check(&course, Exit::TryLater, false);
        let course = RunCourse {
            writes: WriteCounts::default(),
            ..course
        };
        check(&course, Exit::Partly, false);
        let course = RunCourse {
            unread: Vec::new(),
            ..course
        };
        check(&course, Exit::Partly, false);
        let course = RunCourse { gaps: 0, ..course };
        check(&course, Exit::Refused, true);
        let course = RunCourse {
            held: false,
            ..course
        };
        check(&course, Exit::Changes, true);
    }

    #[test]
    fn a_run_that_did_all_but_what_it_holds_is_a_success() {
        let held = |course: RunCourse| RunCourse {
            held: true,
            ..course
        };
        check(&held(wrote(3, 0, 0)), Exit::Refused, true);
        check(&held(wrote(3, 0, 1)), Exit::Partly, false);
        check(&held(read(1, &[Exit::TryLater])), Exit::Partly, false);
    }
}
