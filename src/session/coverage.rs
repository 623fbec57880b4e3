//! What a run could read and what it could not, taken down where it is read.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use anyhow::Result;

use super::outcome::RunCourse;
use super::run_scope::UNREADABLE;
use super::{AccountFailure, Session};
use crate::domain::ids::AccountName;
use crate::exit::{self, Exit, NothingReadError};
use crate::http::{Failure, FailureKind};
use crate::plan::Remark;
use crate::report::AccountRead;

/// The accounts of a run, and the gaps in what was read of them.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    read: BTreeSet<AccountName>,
    unread: Vec<UnreadAccount>,
    gaps: Vec<UnreadAccount>,
}

/// Something that could not be read.
#[derive(Debug)]
struct UnreadAccount {
    account: AccountName,
    exit: Exit,
    advice: Option<&'static str>,
    text: String,
}

impl Coverage {
    fn add_read(&mut self, account: &AccountName) {
        self.read.insert(account.clone());
    }

    fn add_unread(&mut self, account: &AccountName, error: &anyhow::Error) {
        let what = format!("account {account} could not be read");
        self.unread
            .push(UnreadAccount::from_error(account, &what, error));
    }

    /// Everything that was not read, each once, as sentences.
    fn unread_texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for one in self.unread.iter().chain(&self.gaps) {
            if !texts.contains(&one.text) {
                texts.push(one.text.clone());
            }
        }
        texts
    }

    fn is_unread(&self, account: &AccountName) -> bool {
        self.unread.iter().any(|one| one.account == *account)
    }

    /// What it means for the end of a run.
    pub(super) fn as_course(&self) -> RunCourse {
        let read = self.read.iter().filter(|account| !self.is_unread(account));
        RunCourse {
            read: read.count(),
            unread: self.unread.iter().map(|one| one.exit).collect(),
            gaps: self.gaps.len(),
            ..RunCourse::default()
        }
    }

    /// The advice that goes with an exit code; when only a part is missing, that of the gravest.
    fn find_advice(&self, exit: Option<Exit>) -> Option<&'static str> {
        let all = || self.unread.iter().chain(&self.gaps);
        let graver = [exit.unwrap_or(Exit::Credentials), Exit::TryLater];
        let fitting = graver
            .into_iter()
            .find_map(|exit| all().find(|one| one.exit == exit));
        fitting.or_else(|| all().next()).and_then(|one| one.advice)
    }

    fn nothing_read(&self) -> Option<NothingReadError> {
        let exit = self.as_course().nothing_read()?;
        Some(NothingReadError {
            exit,
            advice: self.find_advice(Some(exit)),
            text: self.unread_texts().join("; "),
        })
    }
}

impl UnreadAccount {
    fn from_error(account: &AccountName, what: &str, error: &anyhow::Error) -> Self {
        let (exit, advice) = exit::explain_error(error);
        let exit = match exit {
            Exit::Credentials | Exit::Interrupted | Exit::Usage => exit,
            Exit::Done
            | Exit::Failed
            | Exit::Partly
            | Exit::Refused
            | Exit::TryLater
            | Exit::Changes
            | Exit::Busy => Exit::TryLater,
        };
        Self {
            account: account.clone(),
            exit,
            advice,
            text: format!("{what}: {error:#}"),
        }
    }
}

impl Session {
    /// Takes down that an account was read. One that fails at anything else counts as unread.
    pub(crate) fn record_read(&self, account: &AccountName) {
        self.lock_coverage().add_read(account);
    }

    /// Takes down that an account could not be read, or not all that a plan needs of it.
    pub(crate) fn record_unread(
        &self,
        account: &AccountName,
        error: anyhow::Error,
    ) -> AccountFailure {
        self.lock_coverage().add_unread(account, &error);
        let account = account.clone();
        AccountFailure { account, error }
    }

    /// Takes down that something about one customer of an account could not be read. What is only
    /// hidden from the API client is no failure.
    pub(crate) fn record_gap(&self, account: &AccountName, error: &anyhow::Error) {
        if !is_hidden(error) {
            self.record_blind_spot(account, error);
        }
    }

    /// The same for what one hidden customer does not explain.
    pub(crate) fn record_blind_spot(&self, account: &AccountName, error: &anyhow::Error) {
        let gap = UnreadAccount::from_error(account, &format!("account {account}"), error);
        self.lock_coverage().gaps.push(gap);
    }

    /// Goes on when at least one account was read.
    ///
    /// # Errors
    /// When there are accounts and none of them could be read: every one with what failed.
    pub(crate) fn ensure_something_read(&self) -> Result<()> {
        match self.lock_coverage().nothing_read() {
            Some(nothing) => Err(nothing.into()),
            None => Ok(()),
        }
    }

    /// The end of a listing: says what could not be read.
    ///
    /// # Errors
    /// When no account could be read.
    pub(crate) fn end_listing(&self) -> Result<Exit> {
        self.ensure_something_read()?;
        self.say_unread();
        Ok(self.lock_coverage().as_course().decide_outcome().exit)
    }

    /// Warns of the remarks beside a listing; what could not be read is said at its end.
    pub(crate) fn warn_of_remarks(&self, remarks: &[Remark]) {
        let others = remarks.iter().filter(|remark| remark.kind != UNREADABLE);
        for remark in others {
            self.report.warn_of(remark);
        }
    }

    /// Says what could not be read, with one sentence of advice.
    pub(super) fn say_unread(&self) {
        let coverage = self.lock_coverage();
        let texts = coverage.unread_texts();
        if texts.is_empty() {
            return;
        }
        let advice = coverage.find_advice(None);
        self.report.print_unread(&texts, advice);
    }

    /// The same as one text, for the record of the run.
    pub(super) fn unread_text(&self) -> Option<String> {
        let texts = self.lock_coverage().unread_texts();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Every account with what failed, for the document of the run.
    pub(super) fn accounts_seen(&self) -> Vec<AccountRead> {
        let coverage = self.lock_coverage();
        let failed = |account: &AccountName| {
            let mine = coverage.unread.iter().filter(|one| one.account == *account);
            let texts: Vec<&str> = mine.map(|one| one.text.as_str()).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        };
        let unread = coverage.unread.iter().map(|one| &one.account);
        let accounts: BTreeSet<&AccountName> = coverage.read.iter().chain(unread).collect();
        accounts
            .into_iter()
            .map(|account| AccountRead {
                account: account.clone(),
                error: failed(account),
            })
            .collect()
    }

    pub(super) fn lock_coverage(&self) -> std::sync::MutexGuard<'_, Coverage> {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One customer may be closed to the API client, or gone: a remark of the plan, and no failure.
pub(crate) fn is_hidden(error: &anyhow::Error) -> bool {
    let mut failures = error.chain().filter_map(|cause| cause.downcast_ref());
    failures.any(|failure: &Failure| {
        matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::UsageError;
    use crate::http::{Method, Url};

    fn failure(kind: FailureKind) -> anyhow::Error {
        let url = Url::parse("https://dc.example/").unwrap();
        Failure::new(kind, "reading tenants", Method::GET, &url).into()
    }

    #[test]
    fn an_account_counts_as_read_only_when_nothing_of_it_failed() {
        let [eu, us] = ["eu", "us"].map(AccountName::new);
        let mut coverage = Coverage::default();
        coverage.add_read(&eu);
        coverage.add_read(&us);
        assert!(coverage.nothing_read().is_none());
        coverage.add_unread(&us, &failure(FailureKind::Outage));
        assert_eq!(coverage.as_course().decide_outcome().exit, Exit::Partly);
        coverage.add_unread(&eu, &failure(FailureKind::Unauthorized));
        coverage.add_unread(&eu, &failure(FailureKind::Unauthorized));
        let nothing = coverage.nothing_read().unwrap();
        assert_eq!(nothing.exit, Exit::Credentials);
        assert!(nothing.advice.unwrap().contains("its secret"));
        assert_eq!(
            nothing
                .text
                .matches("account eu could not be read: ")
                .count(),
            1
        );
        assert!(
            nothing
                .text
                .contains("account us could not be read: reading tenants")
        );
    }

    #[test]
    fn whatever_else_fails_in_an_account_is_tried_again_later() {
        let eu = AccountName::new("eu");
        for (error, exit) in [
            (anyhow::anyhow!("odd"), Exit::TryLater),
            (failure(FailureKind::Decode), Exit::TryLater),
            (failure(FailureKind::Forbidden), Exit::Credentials),
            (UsageError("no partner".to_owned()).into(), Exit::Usage),
        ] {
            let mut coverage = Coverage::default();
            coverage.add_unread(&eu, &error);
            assert_eq!(
                coverage.as_course().decide_outcome().exit,
                exit,
                "{error:#}"
            );
        }
    }
}
