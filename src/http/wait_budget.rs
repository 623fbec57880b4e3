//! How long one run may wait for services that say "later": one allowance for all its requests.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The waiting that a run may still do. Waits of several threads at once count once, as the clock
/// on the wall counts them.
#[derive(Debug)]
pub(crate) struct WaitBudget {
    all: Duration,
    used: Mutex<UsedWait>,
}

#[derive(Debug, Default)]
struct UsedWait {
    /// Waited in all, waits that are under way included.
    spent: Duration,
    /// Until when somebody is waiting already.
    until: Option<Instant>,
}

/// A wait that goes beyond what the run may still wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitTooLong {
    pub(crate) left: Duration,
    pub(crate) all: Duration,
}

impl WaitBudget {
    pub(crate) fn new(all: Duration) -> Self {
        Self {
            all,
            used: Mutex::default(),
        }
    }

    /// Whether so long a wait is within what is left; nothing is taken off.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn allows_wait(&self, wait: Duration) -> Result<(), WaitTooLong> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.all.saturating_sub(used.spent);
        let all = self.all;
        (wait <= left)
            .then_some(())
            .ok_or(WaitTooLong { left, all })
    }

    /// Takes a wait that begins now off what is left.
    ///
    /// # Errors
    /// When less is left than is asked for; nothing is taken then.
    pub(crate) fn take_wait(&self, wait: Duration, now: Instant) -> Result<(), WaitTooLong> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = used
            .until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let more = wait.saturating_sub(shared);
        let left = self.all.saturating_sub(used.spent);
        let end = now.checked_add(wait).filter(|_| more <= left);
        let Some(end) = end else {
            return Err(WaitTooLong {
                left,
                all: self.all,
            });
        };
        used.spent = used.spent.saturating_add(more);
        used.until = used.until.max(Some(end));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Seconds after the start, and for how many.
    type Wait = (u32, u32);

    /// Whether each of these waits may be.
    fn granted(all: u32, waits: &[Wait]) -> Vec<bool> {
        let budget = WaitBudget::new(all * SECOND);
        let start = Instant::now();
        let take = |&(at, wait): &Wait| budget.take_wait(wait * SECOND, start + at * SECOND);
        waits.iter().map(|wait| take(wait).is_ok()).collect()
    }

    #[test]
    fn all_waits_of_a_run_are_taken_off_one_allowance() {
        let table: [(u32, &[Wait], &[bool]); 6] = [
            (120, &[(0, 60), (60, 60), (120, 1)], &[true, true, false]),
            // One that is too long takes nothing off.
            (120, &[(0, 100_000), (0, 120)], &[false, true]),
            // At once: they end together and count once.
            (120, &[(0, 100), (0, 100), (50, 50)], &[true, true, true]),
            (120, &[(0, 100), (50, 70), (120, 1)], &[true, true, false]),
            (0, &[(0, 0), (0, 1)], &[true, false]),
            (
                7,
                &[(0, 1), (10, 2), (20, 4), (30, 1)],
                &[true, true, true, false],
            ),
        ];
        for (all, waits, expected) in table {
            assert_eq!(granted(all, waits), expected, "{all} {waits:?}");
        }
    }

    #[test]
    fn what_is_left_is_said() {
        let budget = WaitBudget::new(10 * SECOND);
        let now = Instant::now();
        budget.take_wait(4 * SECOND, now).unwrap();
        let refused = budget.take_wait(60 * SECOND, now + 4 * SECOND).unwrap_err();
        let (left, all) = (6 * SECOND, 10 * SECOND);
        assert_eq!(refused, WaitTooLong { left, all });
    }
}
