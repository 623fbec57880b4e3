//! Shall we try again? A decision, then, elsewhere, a sleep.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::failure::{Effect, FailureDetails, FailureKind};
use super::request::RepeatPolicy;

/// The bounds of trying again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetrySchedule {
    /// How many times a request is sent at most, the first time included.
    pub(crate) attempts_max: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub(crate) delay_first: Duration,
    pub(crate) delay_max: Duration,
}

impl Default for RetrySchedule {
    fn default() -> Self {
        Self {
            attempts_max: 4,
            delay_first: Duration::from_secs(1),
            delay_max: Duration::from_secs(30),
        }
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    GiveUp,
    WaitFor(Duration),
}

impl RetrySchedule {
    /// Decides after attempt number `attempt` (from 1). What a service asks for is honoured in full
    /// or not at all: whether there is time for it is the business of [`super::wait_budget::WaitBudget`].
    ///
    /// `roll` is the dice for the jitter, 0 to 1000; the wait lies between one half and the whole
    /// of the backoff, so that several workers do not come back at once.
    pub(crate) fn decide_retry(
        &self,
        failure: &FailureDetails,
        repeat: RepeatPolicy,
        attempt: u32,
        roll: u32,
    ) -> RetryDecision {
        if attempt >= self.attempts_max || !is_retryable(failure.kind) {
            return RetryDecision::GiveUp;
        }
        if repeat == RepeatPolicy::Never && failure.effect == Effect::Unknown {
            return RetryDecision::GiveUp;
        }
        let backoff = || self.backoff_delay(attempt, roll);
        RetryDecision::WaitFor(failure.retry_after.unwrap_or_else(backoff))
    }

    fn backoff_delay(&self, attempt: u32, roll: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let whole = self
            .delay_first
            .saturating_mul(1 << doublings)
            .min(self.delay_max);
        let half = whole / 2;
        half + half.saturating_mul(roll.min(1000)) / 1000
    }
}

/// Whether the same request can end differently next time.
fn is_retryable(kind: FailureKind) -> bool {
    // Not 401 above all: repeating wrong credentials locks the account.
    matches!(
        kind,
        FailureKind::Throttled | FailureKind::Outage | FailureKind::Timeout
    )
}

/// Waits. The real one sleeps; a test's only notes how long it was asked to.
pub(crate) trait Sleeper: fmt::Debug + Send + Sync {
    /// Returns after `delay`, or soon after `interrupted` is set.
    fn sleep(&self, delay: Duration, interrupted: &AtomicBool);

    /// The moment by the clock that [`Self::sleep`] moves on.
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// Sleeps for real.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RealSleeper;

impl Sleeper for RealSleeper {
    fn sleep(&self, delay: Duration, interrupted: &AtomicBool) {
        const SLICE: Duration = Duration::from_millis(100);
        let start = Instant::now();
        while !interrupted.load(Ordering::Relaxed) {
            let left = delay.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::super::failure::Failure;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failure(kind: FailureKind, effect: Effect, retry_after: Option<u64>) -> Failure {
        let url = Url::parse("https://host.example/").unwrap();
        Failure::new(kind, "x", Method::POST, &url)
            .with_effect(effect)
            .with_retry_after(retry_after.map(Duration::from_secs))
    }

    #[test]
    fn the_table_of_what_is_tried_again() {
        use Effect::{None as Nothing, Unknown};
        use RepeatPolicy::{Never, Safe};
        use RetryDecision::{GiveUp, WaitFor};
        let wait = WaitFor(SECOND);
        let table = [
            (FailureKind::Unauthorized, Nothing, None, Safe, GiveUp),
            (FailureKind::Forbidden, Nothing, None, Safe, GiveUp),
            (FailureKind::NotFound, Nothing, None, Safe, GiveUp),
            (FailureKind::Conflict, Nothing, None, Safe, GiveUp),
            (FailureKind::Rejected, Nothing, None, Safe, GiveUp),
            (FailureKind::Tls, Nothing, None, Safe, GiveUp),
            (FailureKind::Decode, Unknown, None, Safe, GiveUp),
            (FailureKind::BudgetSpent, Nothing, None, Safe, GiveUp),
            (FailureKind::WaitSpent, Nothing, Some(1), Safe, GiveUp),
            (FailureKind::Interrupted, Nothing, None, Safe, GiveUp),
            (FailureKind::Outage, Unknown, None, Safe, wait),
            (FailureKind::Timeout, Unknown, None, Safe, wait),
            (FailureKind::Throttled, Nothing, None, Safe, wait),
            // A create is sent again only when it certainly was not carried out.
            (FailureKind::Outage, Unknown, None, Never, GiveUp),
            (FailureKind::Timeout, Unknown, None, Never, GiveUp),
            (FailureKind::Outage, Unknown, Some(2), Never, GiveUp),
            (FailureKind::Outage, Nothing, None, Never, wait),
            (FailureKind::Throttled, Nothing, None, Never, wait),
            (
                FailureKind::Throttled,
                Nothing,
                Some(7),
                Never,
                WaitFor(7 * SECOND),
            ),
            // What the service asks for is honoured, however much it is.
            (
                FailureKind::Throttled,
                Nothing,
                Some(0),
                Safe,
                WaitFor(Duration::ZERO),
            ),
            (
                FailureKind::Outage,
                Unknown,
                Some(9),
                Safe,
                WaitFor(9 * SECOND),
            ),
            (
                FailureKind::Throttled,
                Nothing,
                Some(9999),
                Safe,
                WaitFor(9999 * SECOND),
            ),
        ];
        for (kind, effect, retry_after, repeat, expected) in table {
            let failure = failure(kind, effect, retry_after);
            assert_eq!(
                RetrySchedule::default().decide_retry(&failure, repeat, 1, 1000),
                expected,
                "{kind:?} {effect:?} {retry_after:?} {repeat:?}"
            );
        }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_end_with_the_attempts() {
        let schedule = RetrySchedule {
            attempts_max: 8,
            ..RetrySchedule::default()
        };
        let failure = failure(FailureKind::Outage, Effect::None, None);
        let decide =
            |attempt, roll| schedule.decide_retry(&failure, RepeatPolicy::Safe, attempt, roll);
        let waits: Vec<_> = (1..8).map(|attempt| decide(attempt, 1000)).collect();
        let seconds = [1, 2, 4, 8, 16, 30, 30].map(|n| RetryDecision::WaitFor(n * SECOND));
        assert_eq!(waits, seconds);
        assert_eq!(decide(3, 0), RetryDecision::WaitFor(2 * SECOND));
        assert_eq!(decide(8, 0), RetryDecision::GiveUp);
    }

    #[test]
    fn an_interrupted_sleep_ends_at_once() {
        // Else it would take longer than anybody waits for a test.
        RealSleeper.sleep(Duration::MAX, &AtomicBool::new(true));
    }
}
