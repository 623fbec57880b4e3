//! The door: credentials, zone, the hourly budget (autotask.md §1, §2, §4).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Database, refusal::Refusal, route::Route};
use crate::face::{Answer, Call};

/// What an API user logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub secret: String,
    pub integration_code: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            username: "acrotask@msp.example".to_owned(),
            secret: "s3cr$t#of/the~api".to_owned(),
            integration_code: "QWERTZ7XAMPLE42INTEGRATION".to_owned(),
        }
    }
}

/// Whose the credentials are, and whether they open the door (autotask.md §1, §3). With the right user
/// name the zone is told in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Login {
    #[default]
    Works,
    /// After failed logins, until an administrator clears it: 401 with the right secret too.
    Locked,
    /// The user was made inactive: 401.
    Inactive,
    /// "An expired password looks like a wrong one": 401.
    Expired,
    /// A technician's own user. Of such a one it is known only that the API is closed to it; with no
    /// status or text in any source it is answered as a wrong secret, the hardest to tell apart.
    Ordinary,
    /// The same where the service says why: 403, the status for "authenticated, not permitted", in the
    /// words that the older SOAP interface had for it.
    OrdinaryTold,
}

/// Requests in the last rolling hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    seen: VecDeque<Timestamp>,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Budget {
    fn count(&mut self, now: Timestamp) -> usize {
        self.seen.push_back(now);
        while let Some(first) = self.seen.front() {
            if now.duration_since(*first) < HOUR {
                break;
            }
            self.seen.pop_front();
        }
        self.seen.len()
    }

    pub(super) fn used(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn spend(&mut self, now: Timestamp, requests: usize) {
        self.seen.extend(std::iter::repeat_n(now, requests));
    }
}

impl Database {
    /// Checks the three headers and counts the request.
    ///
    /// # Errors
    /// 401 with an empty body for missing headers, a wrong secret or a locked user; 500 with `errors`
    /// for an unknown user or integration code (autotask.md §0.7, §3); an error beyond the budget.
    pub(super) fn enter(&mut self, now: Timestamp, call: &Call) -> Result<(), Refusal> {
        let (Some(code), Some(user), Some(secret)) = (
            call.header("apiintegrationcode"),
            call.header("username"),
            call.header("secret"),
        ) else {
            return Err(Refusal::Bare(401));
        };
        if !user.eq_ignore_ascii_case(&self.credentials.username) {
            return Err(Refusal::invalid("The username is not valid."));
        }
        if secret != self.credentials.secret {
            self.failed_logins += 1;
            return Err(Refusal::Bare(401));
        }
        match self.login {
            Login::Works => {}
            Login::Locked | Login::Inactive | Login::Expired | Login::Ordinary => {
                self.failed_logins += 1;
                return Err(Refusal::Bare(401));
            }
            Login::OrdinaryTold => {
                let text = "This version of the API is only accessible to API Only users.";
                return Err(Refusal::Errors(403, vec![text.to_owned()]));
            }
        }
        if code != self.credentials.integration_code {
            return Err(Refusal::invalid("The IntegrationCode is not valid."));
        }
        if self.budget.count(now) > self.request_threshold {
            // Status and text are not documented (autotask.md §4); 429 is what clients are coded for.
            return Err(Refusal::Errors(
                429,
                vec!["The external request threshold of this database is exceeded.".to_owned()],
            ));
        }
        Ok(())
    }

    /// The zone answer, which needs no headers (autotask.md §2).
    pub(super) fn zone(&self, user: Option<&str>) -> Result<Value, Refusal> {
        let known = user.is_some_and(|user| user.eq_ignore_ascii_case(&self.credentials.username));
        if !known {
            return Err(Refusal::invalid("Zone information could not be determined"));
        }
        Ok(json!({
            "zoneName": "Sandbox",
            "url": format!("{}/ATServicesRest/", self.origin),
            "webUrl": format!("{}/", self.origin),
            "ci": self.ci,
        }))
    }

    pub(super) fn threshold(&self) -> Value {
        json!({
            "externalRequestThreshold": self.request_threshold,
            "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": self.budget.used(),
        })
    }

    /// What the server waits before it answers: nothing below half of the hourly requests, half a
    /// second from there, a second from three quarters (autotask.md §4).
    #[must_use]
    pub fn added_latency_ms(&self) -> u64 {
        let used = self.budget.used().saturating_mul(4);
        if used >= self.request_threshold.saturating_mul(3) {
            1000
        } else if used >= self.request_threshold.saturating_mul(2) {
            500
        } else {
            0
        }
    }

    /// Lets other integrations of the same database spend requests: the limit is shared.
    pub fn spend_requests(&mut self, now: Timestamp, requests: usize) {
        self.budget.spend(now, requests);
    }
}

/// The bucket of the thread limit (3 per integration code and bucket) that a path falls into.
#[must_use]
pub fn entity_of(path: &str) -> Option<String> {
    Route::read(path)?.bucket()
}

/// The fourth request at once on one object. Its status is not documented (autotask.md §3 "500 or
/// other"): 500 here, the harder one, because it looks like a validation failure.
#[must_use]
pub fn thread_limit_answer() -> Answer {
    Refusal::invalid(
        "Thread Threshold Exceeded. Your request exceeded the thread threshold of 3 threads for this object. (Itgenatr005)",
    )
    .answer()
}
