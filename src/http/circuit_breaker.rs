//! Stops asking a service that says "later" too often, or for longer than the run may wait.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::failure::{Failure, FailureKind};
use super::request::Request;
use super::wait_budget::WaitTooLong;

/// Writes in a row that a service answers with "later" before it gets no more requests in this run.
const THROTTLED_MAX: u32 = 3;

/// Whether a service is asked anything more in this run.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// Why it is not.
    tripped: OnceLock<String>,
    /// Writes that ended with "later", since the last one that was taken.
    throttled: AtomicU32,
}

impl CircuitBreaker {
    /// Why nothing more is sent, once that is so.
    pub(super) fn tripped_because(&self) -> Option<&str> {
        self.tripped.get().map(String::as_str)
    }

    pub(super) fn record_success(&self, request: &Request) {
        if request.is_write() {
            self.throttled.store(0, Ordering::Relaxed);
        }
    }

    /// A service that says "later" to every write says it to the rest of them, too.
    pub(super) fn record_failure(&self, request: &Request, failure: Failure) -> Failure {
        if failure.kind != FailureKind::Throttled || !request.is_write() {
            return failure;
        }
        let count = self.throttled.fetch_add(1, Ordering::Relaxed) + 1;
        if count < THROTTLED_MAX {
            return failure;
        }
        let why = format!("it postponed {THROTTLED_MAX} writes in a row");
        self.trip(failure, why)
    }

    /// The wait that a service asks for is longer than the run may wait.
    pub(super) fn record_too_long(&self, failure: Failure, too_long: WaitTooLong) -> Failure {
        let later = failure.kind == FailureKind::Throttled || failure.retry_after.is_some();
        if !later {
            return failure;
        }
        let WaitTooLong { left, all } = too_long;
        let (left, all) = (left.as_secs(), all.as_secs());
        let asked = match failure.retry_after {
            Some(wait) => format!("it asks to wait {} seconds", wait.as_secs()),
            None => "it still asks to try later".to_owned(),
        };
        self.trip(
            failure,
            format!(
                "{asked}, and this run may wait {left} more (network.wait_max_seconds = {all})"
            ),
        )
    }

    fn trip(&self, failure: Failure, why: String) -> Failure {
        let failure = failure.with_kind(FailureKind::WaitSpent).with_cause(&why);
        // Another thread may have been told the same.
        self.tripped.get_or_init(|| why);
        failure
    }
}
