//! Whose turn it is: one run writes at a time, and another may wait for it.

use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use jiff::Timestamp;

use super::Session;
use crate::cli::Cli;
use crate::report::Report;
use crate::state::lock::{Lock, LockBusy, LockWait};

/// Waits for the lock where the command line asks for that, before the clock is read: when the wait
/// is over it may be another day. What became of it is told by [`Session::take_lock`], like a lock that
/// was not waited for. `None` when there is nothing to wait for.
pub(super) fn wait_for_lock(
    cli: &Cli,
    state: &Path,
    report: &Report,
    interrupt: &AtomicBool,
    now: impl FnOnce() -> Timestamp,
) -> Option<Result<Lock>> {
    let args = cli.command.write_args()?;
    if args.dry_run || args.lock_wait.is_zero() {
        return None;
    }
    let begins = |busy: &LockBusy| report.print_progress(&format!("waiting: {busy}"));
    let wait = LockWait {
        most: args.lock_wait,
        interrupt,
        begins: &begins,
    };
    Some(Lock::wait_for(state, &wait, now))
}

impl Session {
    /// The lock of the state file, for as long as the run writes.
    ///
    /// # Errors
    /// When another run holds it, or held it until the wait was over.
    pub(super) fn take_lock(&self) -> Result<Lock> {
        let mut waited = self.waited.lock().unwrap_or_else(PoisonError::into_inner);
        match waited.take() {
            Some(waited) => waited,
            None => Lock::take_or_fail(&self.state_path, self.now),
        }
    }
}
