//! How the program ends: a number for scripts, and one sentence of advice for people.

use std::process::ExitCode;

use crate::config::{NotFound, Problems};
use crate::http::{Failure, FailureKind};
use crate::plan::ApprovalDenied;
use crate::state::lock::{LockBusy, WaitInterrupted};

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
    pub(crate) fn describe_code(self) -> &'static str {
        match self {
            Self::Done => "Done, or nothing to do.",
            Self::Failed => "Failed; nothing was written.",
            Self::Usage => "The command line or the configuration is wrong.",
            Self::Partly => {
                "Some accounts or customers failed, the rest is done. Running again is safe and \
                 retries only what is left."
            }
            Self::Refused => {
                "A safety limit held back the plan or a part of it. A person must decide: to apply \
                 exactly that plan, run again with --expect-plan and the digest that was printed."
            }
            Self::Credentials => "Credentials are wrong, or a permission is missing.",
            Self::TryLater => {
                "A service is unavailable or its response is not usable, or the request budget is \
                 spent. Running again later is safe."
            }
            Self::Changes => "With --dry-run and --detailed-exitcode: there are changes to apply.",
            Self::Busy => "Another run is active and did not end within --lock-wait.",
            Self::Interrupted => "Interrupted. What had begun was finished and recorded.",
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
pub(crate) struct UsageError(pub(crate) String);

/// A demand that a guard or a rule refuses although it was typed correctly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RefusedError(pub(crate) String);

/// No account could be read, so that nothing was planned.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct NothingReadError {
    pub(crate) exit: Exit,
    pub(crate) advice: Option<&'static str>,
    /// Every account with what failed.
    pub(crate) text: String,
}

/// The exit code and, where the root is recognised, one sentence of advice for an error that ended
/// a run before it wrote anything. A request that failed is credentials or an outage: an answer that
/// is not understood, or a list that does not end, is no better than no answer.
pub(crate) fn explain_error(error: &anyhow::Error) -> (Exit, Option<&'static str>) {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return explain_failed_read(failure);
        }
        if let Some(nothing) = cause.downcast_ref::<NothingReadError>() {
            return (nothing.exit, nothing.advice);
        }
        if cause.is::<Problems>() || cause.is::<NotFound>() || cause.is::<UsageError>() {
            return (Exit::Usage, None);
        }
        if cause.is::<ApprovalDenied>() || cause.is::<RefusedError>() {
            return (Exit::Refused, None);
        }
        if cause.is::<LockBusy>() {
            return (Exit::Busy, None);
        }
        if cause.is::<WaitInterrupted>() {
            return (Exit::Interrupted, None);
        }
    }
    (Exit::Failed, None)
}

/// The same for a write: what the service refused as such is no outage, and trying again would not
/// help.
pub(crate) fn explain_failed_write(error: &anyhow::Error) -> (Exit, Option<&'static str>) {
    let failure = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Failure>());
    let refused = failure.is_some_and(|failure| {
        matches!(
            failure.kind,
            FailureKind::NotFound
                | FailureKind::Conflict
                | FailureKind::Rejected
                | FailureKind::Decode
        )
    });
    if refused {
        (Exit::Failed, None)
    } else {
        explain_error(error)
    }
}

fn explain_failed_read(failure: &Failure) -> (Exit, Option<&'static str>) {
    match failure.kind {
        FailureKind::Unauthorized => (
            Exit::Credentials,
            Some(
                "Check the user name or client id, its secret, and whether it is locked or disabled. \
                 No second login was tried, because failed logins can lock an API user.",
            ),
        ),
        FailureKind::Forbidden => (
            Exit::Credentials,
            Some(
                "The login works, but a permission is missing: `acrotask check` lists what is needed.",
            ),
        ),
        FailureKind::Throttled | FailureKind::Outage | FailureKind::Timeout => {
            (Exit::TryLater, Some("Running again later is safe."))
        }
        FailureKind::BudgetSpent => (
            Exit::TryLater,
            Some(
                "This run used its share of the hourly requests \
                 (limits.autotask_requests_percent). Running again later is safe.",
            ),
        ),
        FailureKind::WaitSpent => (
            Exit::TryLater,
            Some(
                "This run waited for services as long as network.wait_max_seconds allows. Running \
                 again later is safe.",
            ),
        ),
        FailureKind::Tls => (
            Exit::TryLater,
            Some(
                "If connections go through a TLS-inspecting proxy, set network.ca_file to its certificate.",
            ),
        ),
        FailureKind::Interrupted => (Exit::Interrupted, None),
        // With a status it is an answer that leads elsewhere; without one it never left.
        FailureKind::BadUrl if failure.status.is_none() => (Exit::Usage, None),
        FailureKind::BadUrl
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Rejected
        | FailureKind::Decode
        | FailureKind::ForeignHost
        | FailureKind::RepeatedCursor
        | FailureKind::TooManyPages => (
            Exit::TryLater,
            Some(
                "Running again later is safe. If it fails again, run it with -vvv, which shows the \
                 answers, and check the address in the configuration.",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_root_decides_the_code_however_deep_it_lies() {
        let deep = |error: anyhow::Error| explain_error(&error.context("a").context("b")).0;
        assert_eq!(
            deep(UsageError("no such item".to_owned()).into()),
            Exit::Usage
        );
        assert_eq!(
            deep(RefusedError("not that one".to_owned()).into()),
            Exit::Refused
        );
        assert_eq!(deep(anyhow::anyhow!("disk full")), Exit::Failed);
        let none: anyhow::Result<()> = None.context("nothing there");
        assert_eq!(deep(none.unwrap_err()), Exit::Failed);
    }

    #[test]
    fn a_failed_request_is_credentials_or_an_outage_and_a_refused_write_is_neither() {
        use FailureKind as Kind;

        let url = crate::http::Url::parse("https://dc.example/").unwrap();
        let failed = |kind, status: Option<u16>| {
            let failure = Failure::new(kind, "asking", crate::http::Method::GET, &url);
            let failure = status.map_or(failure.clone(), |status| failure.with_status(status));
            let error = anyhow::Error::from(failure).context("account eu");
            (explain_error(&error).0, explain_failed_write(&error).0)
        };
        for (kind, status, read, write) in [
            (
                Kind::Unauthorized,
                Some(401),
                Exit::Credentials,
                Exit::Credentials,
            ),
            (
                Kind::Forbidden,
                Some(403),
                Exit::Credentials,
                Exit::Credentials,
            ),
            (Kind::Throttled, Some(429), Exit::TryLater, Exit::TryLater),
            (Kind::Outage, Some(500), Exit::TryLater, Exit::TryLater),
            (Kind::Outage, None, Exit::TryLater, Exit::TryLater),
            (Kind::Timeout, None, Exit::TryLater, Exit::TryLater),
            (Kind::Tls, None, Exit::TryLater, Exit::TryLater),
            (Kind::NotFound, Some(404), Exit::TryLater, Exit::Failed),
            (Kind::Conflict, Some(409), Exit::TryLater, Exit::Failed),
            (Kind::Rejected, Some(400), Exit::TryLater, Exit::Failed),
            (Kind::Decode, Some(200), Exit::TryLater, Exit::Failed),
            (Kind::RepeatedCursor, None, Exit::TryLater, Exit::TryLater),
            (Kind::TooManyPages, None, Exit::TryLater, Exit::TryLater),
            (Kind::ForeignHost, None, Exit::TryLater, Exit::TryLater),
            (Kind::BudgetSpent, None, Exit::TryLater, Exit::TryLater),
            (Kind::BadUrl, Some(302), Exit::TryLater, Exit::TryLater),
            (Kind::BadUrl, None, Exit::Usage, Exit::Usage),
            (
                Kind::Interrupted,
                None,
                Exit::Interrupted,
                Exit::Interrupted,
            ),
        ] {
            assert_eq!(failed(kind, status), (read, write), "{kind:?} {status:?}");
        }
    }
}
