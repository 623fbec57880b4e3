//! When a service has said "later" often or long enough for one run.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::failure::{Failure, Kind};
use super::patience::TooLong;
use super::request::Request;

/// Writes in a row that a service puts off before it gets no more of them in this run.
const PUT_OFF_MAX: u32 = 3;

/// Whether a service is asked anything more in this run.
#[derive(Debug, Default)]
pub(super) struct Door {
    /// Why it is not.
    closed: OnceLock<String>,
    /// Writes that ended with "later", since the last one that was taken.
    put_off: AtomicU32,
}

impl Door {
    /// Why nothing more is sent, once that is so.
    pub(super) fn closed(&self) -> Option<&str> {
        self.closed.get().map(String::as_str)
    }

    /// A request was taken.
    pub(super) fn took(&self, request: &Request) {
        if request.writes() {
            self.put_off.store(0, Ordering::Relaxed);
        }
    }

    /// A service that says "later" to every write says it to the rest of them, too.
    pub(super) fn put_off(&self, request: &Request, failure: Failure) -> Failure {
        if failure.kind != Kind::Throttled || !request.writes() {
            return failure;
        }
        let count = self.put_off.fetch_add(1, Ordering::Relaxed) + 1;
        if count < PUT_OFF_MAX {
            return failure;
        }
        self.close(failure, format!("it put off {PUT_OFF_MAX} writes in a row"))
    }

    /// The wait that a service asks for is longer than the run may wait.
    pub(super) fn too_long(&self, failure: Failure, too_long: TooLong) -> Failure {
        let later = failure.kind == Kind::Throttled || failure.retry_after.is_some();
        if !later {
            return failure;
        }
        let TooLong { left, all } = too_long;
        let (left, all) = (left.as_secs(), all.as_secs());
        let asked = match failure.retry_after {
            Some(wait) => format!("it asks to wait {} seconds", wait.as_secs()),
            None => "it still says \"later\"".to_owned(),
        };
        self.close(
            failure,
            format!(
                "{asked}, and this run may wait {left} more (network.wait_max_seconds = {all})"
            ),
        )
    }

    fn close(&self, failure: Failure, why: String) -> Failure {
        let failure = failure.with_kind(Kind::WaitSpent).with_cause(&why);
        // Another thread may have been told the same.
        self.closed.get_or_init(|| why);
        failure
    }
}
