//! How the program ends: a number for scripts, and one sentence of advice for people.

use std::process::ExitCode;

use crate::config::{NotFound, Problems};
use crate::http::{Failure, Kind};
use crate::plan::Denied;
use crate::state::lock::{Busy, Stopped};

/// The exit codes that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed; nothing was written.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// Some customers failed, the rest is done; running again is safe.
    Partly,
    /// A guard refused; a person must decide.
    Refused,
    /// Credentials or permission.
    Credentials,
    /// Outage or request budget; try later.
    TryLater,
    /// A dry run with `--detailed-exitcode` found something to do.
    Changes,
    /// Another run holds the lock, and did for as long as this one was to wait.
    Busy,
    Interrupted,
}

impl Exit {
    pub(crate) const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Partly,
        Self::Refused,
        Self::Credentials,
        Self::TryLater,
        Self::Changes,
        Self::Busy,
        Self::Interrupted,
    ];

    /// What the code says, for the manual page.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done, or nothing to do.",
            Self::Failed => "Failed; nothing was written.",
            Self::Usage => "The command line or the configuration is wrong.",
            Self::Partly => {
                "Some customers failed, the rest is done. Running again is safe and tries only what \
                 is left."
            }
            Self::Refused => {
                "A guard refused the plan or a part of it. A person must decide; --expect-plan with \
                 the digest that was printed applies exactly that plan."
            }
            Self::Credentials => "Credentials are wrong, or a permission is missing.",
            Self::TryLater => {
                "A service is out of reach, or the share of requests is spent. Running again later \
                 is safe."
            }
            Self::Changes => "With --dry-run and --detailed-exitcode: there is something to do.",
            Self::Busy => "Another run holds the lock, and did until --lock-wait was over.",
            Self::Interrupted => "Interrupted; what had begun was finished and recorded.",
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partly => 3,
            Self::Refused => 4,
            Self::Credentials => 5,
            Self::TryLater => 6,
            Self::Changes => 10,
            Self::Busy => 75,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A mistake in what was typed or configured, in one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A demand that a guard or a rule refuses although it was typed correctly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// The exit code and, where the root is recognised, one sentence of advice for an error.
pub(crate) fn explain(error: &anyhow::Error) -> (Exit, Option<&'static str>) {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return explain_failure(failure.kind);
        }
        if cause.is::<Problems>() || cause.is::<NotFound>() || cause.is::<Usage>() {
            return (Exit::Usage, None);
        }
        if cause.is::<Denied>() || cause.is::<Refused>() {
            return (Exit::Refused, None);
        }
        if cause.is::<Busy>() {
            return (Exit::Busy, None);
        }
        if cause.is::<Stopped>() {
            return (Exit::Interrupted, None);
        }
    }
    (Exit::Failed, None)
}

fn explain_failure(kind: Kind) -> (Exit, Option<&'static str>) {
    match kind {
        Kind::Unauthorized => (
            Exit::Credentials,
            Some(
                "Check the user or client, its secret and whether it is locked or disabled; \
                 nothing was tried again, because failed logins can lock an API user.",
            ),
        ),
        Kind::Forbidden => (
            Exit::Credentials,
            Some("The login works, but a right is missing; `acrotask check` lists what is needed."),
        ),
        Kind::Throttled | Kind::Outage | Kind::Timeout => {
            (Exit::TryLater, Some("Running again later is safe."))
        }
        Kind::BudgetSpent => (
            Exit::TryLater,
            Some(
                "The share of the hourly requests that one run may use is spent; running again \
                 later is safe (limits.autotask_requests_percent).",
            ),
        ),
        Kind::WaitSpent => (
            Exit::TryLater,
            Some(
                "One run waits for services no longer than network.wait_max_seconds in all; \
                 running again later is safe.",
            ),
        ),
        Kind::Tls => (
            Exit::Failed,
            Some("If a proxy inspects connections here, name its certificate in network.ca_file."),
        ),
        Kind::Interrupted => (Exit::Interrupted, None),
        Kind::BadUrl => (Exit::Usage, None),
        Kind::NotFound
        | Kind::Conflict
        | Kind::Rejected
        | Kind::Decode
        | Kind::ForeignHost
        | Kind::RepeatedCursor
        | Kind::TooManyPages => (Exit::Failed, None),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_root_decides_the_code_however_deep_it_lies() {
        let deep = |error: anyhow::Error| explain(&error.context("a").context("b")).0;
        assert_eq!(deep(Usage("no such item".to_owned()).into()), Exit::Usage);
        assert_eq!(
            deep(Refused("not that one".to_owned()).into()),
            Exit::Refused
        );
        assert_eq!(deep(anyhow::anyhow!("disk full")), Exit::Failed);
        let none: anyhow::Result<()> = None.context("nothing there");
        assert_eq!(deep(none.unwrap_err()), Exit::Failed);
    }
}
