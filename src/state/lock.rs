//! One writer at a time: the lock beside the state file.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;

use super::{file_errors, files};

/// How often a run that waits looks whether it was interrupted.
const LOOK_UP: Duration = Duration::from_millis(100);

/// Held for as long as a run may write. The kernel frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Another run holds the lock (exit code 75).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another run is active{}", self.describe_holder())]
pub(crate) struct LockBusy {
    /// Process that holds it; missing in the instant between its locking and its writing.
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<Timestamp>,
}

impl LockBusy {
    fn describe_holder(&self) -> String {
        let pid = self.pid.map(|pid| format!(": process {pid}"));
        let since = self.since.map(|since| format!(", since {since:.0}"));
        [pid, since].into_iter().flatten().collect()
    }

    fn from_lock_file(lock_path: &Path) -> Self {
        let text = fs::read_to_string(lock_path).unwrap_or_default();
        let mut words = text.split_whitespace();
        Self {
            pid: words.next().and_then(|word| word.parse().ok()),
            since: words.next().and_then(|word| word.parse().ok()),
        }
    }
}

/// The run was interrupted while it waited for the lock (exit code 130).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted while waiting for another run; nothing was written")]
pub(crate) struct WaitInterrupted;

/// How a run waits for another one to end.
pub(crate) struct LockWait<'a> {
    pub(crate) most: Duration,
    /// Ends the wait when it is set.
    pub(crate) interrupt: &'a AtomicBool,
    /// Told once, before the wait begins, who holds the lock.
    pub(crate) begins: &'a dyn Fn(&LockBusy),
}

impl Lock {
    /// Takes the lock of a state file, or fails at once.
    ///
    /// The error's root is a [`LockBusy`] when another process, or another handle in this one, holds it.
    pub(crate) fn take_or_fail(state: &Path, now: Timestamp) -> Result<Self> {
        take_lock(state, None, || now)
    }

    /// The same, but waits for the lock. The clock is read when it is had.
    ///
    /// The error's root is a [`WaitInterrupted`] when the wait was interrupted.
    pub(crate) fn wait_for(
        state: &Path,
        wait: &LockWait<'_>,
        now: impl FnOnce() -> Timestamp,
    ) -> Result<Self> {
        take_lock(state, Some(wait), now)
    }
}

fn take_lock(
    state: &Path,
    wait: Option<&LockWait<'_>>,
    now: impl FnOnce() -> Timestamp,
) -> Result<Lock> {
    // One state reached by two names has one lock.
    let real = fs::canonicalize(state).unwrap_or_else(|_| state.to_owned());
    take_beside(&real, wait, now).map_err(|error| file_errors::explain_file_error(state, error))
}

fn take_beside(
    state: &Path,
    wait: Option<&LockWait<'_>>,
    now: impl FnOnce() -> Timestamp,
) -> Result<Lock> {
    files::create_directory_of(state)?;
    let path = files::sibling_path(state, ".lock");
    let mut file = acquire_file_lock(files::open_private(&path)?, &path, wait)?;
    write_holder(&mut file, now()).with_context(|| format!("writing {}", path.display()))?;
    Ok(Lock { _file: file })
}

/// The file, locked.
fn acquire_file_lock(file: File, path: &Path, wait: Option<&LockWait<'_>>) -> Result<File> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => match wait {
            Some(wait) => acquire_before_deadline(file, path, wait),
            None => Err(anyhow!(LockBusy::from_lock_file(path))),
        },
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking {}", path.display()))
        }
    }
}

/// Waits in a thread of its own, so that the wait can end. A thread that gets the lock too late
/// finds nobody to hand it to and frees it by dropping the file.
fn acquire_before_deadline(file: File, path: &Path, wait: &LockWait<'_>) -> Result<File> {
    (wait.begins)(&LockBusy::from_lock_file(path));
    let (hand_over, locked) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let result = file.lock().map(|()| file);
        drop(hand_over.send(result));
    });
    // A wait beyond what a clock can count is a wait without end.
    let end = Instant::now().checked_add(wait.most);
    loop {
        let left = end.map_or(LOOK_UP, |end| end.saturating_duration_since(Instant::now()));
        match locked.recv_timeout(left.min(LOOK_UP)) {
            Ok(result) => return result.with_context(|| format!("locking {}", path.display())),
            Err(_) if wait.interrupt.load(Ordering::Relaxed) => {
                return Err(anyhow!(WaitInterrupted));
            }
            Err(_) if left.is_zero() => return Err(anyhow!(LockBusy::from_lock_file(path))),
            Err(_) => {}
        }
    }
}

/// Says who holds the lock, for the message of the next one.
fn write_holder(file: &mut File, now: Timestamp) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{} {now:.0}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn now() -> Timestamp {
        "2026-08-01T06:00:00Z".parse().unwrap()
    }

    fn busy(result: Result<Lock>) -> LockBusy {
        result.unwrap_err().downcast::<LockBusy>().unwrap()
    }

    #[test]
    fn a_second_lock_is_refused_and_names_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("new").join("state.db");
        let held = Lock::take_or_fail(&state, now()).unwrap();
        let refused = busy(Lock::take_or_fail(&state, now()));
        assert_eq!(refused.pid, Some(std::process::id()));
        assert_eq!(refused.since, Some(now()));
        let expected = format!(
            "another run is active: process {}, since 2026-08-01T06:00:00Z",
            std::process::id()
        );
        assert_eq!(refused.to_string(), expected);
        drop(held);
        Lock::take_or_fail(&state, now()).unwrap();
    }

    fn within<'a>(most: Duration, interrupt: &'a AtomicBool) -> LockWait<'a> {
        LockWait {
            most,
            interrupt,
            begins: &|_| {},
        }
    }

    #[test]
    fn waiting_ends_with_busy_when_the_time_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let _held = Lock::take_or_fail(&state, now()).unwrap();
        let never = AtomicBool::new(false);
        let wait = within(Duration::from_millis(20), &never);
        busy(Lock::wait_for(&state, &wait, now));
    }

    #[test]
    fn waiting_ends_with_the_lock_when_the_holder_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let held = Mutex::new(Some(Lock::take_or_fail(&state, now()).unwrap()));
        let never = AtomicBool::new(false);
        let told = Mutex::new(None);
        let wait = LockWait {
            most: Duration::MAX,
            interrupt: &never,
            begins: &|busy| {
                *told.lock().unwrap() = busy.pid;
                held.lock().unwrap().take();
            },
        };
        Lock::wait_for(&state, &wait, now).unwrap();
        assert_eq!(*told.lock().unwrap(), Some(std::process::id()));
    }

    #[test]
    fn waiting_ends_when_the_run_is_interrupted() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let _held = Lock::take_or_fail(&state, now()).unwrap();
        let interrupt = AtomicBool::new(false);
        let wait = LockWait {
            most: Duration::MAX,
            interrupt: &interrupt,
            begins: &|_| interrupt.store(true, Ordering::Relaxed),
        };
        let ended = Lock::wait_for(&state, &wait, now).unwrap_err();
        assert!(ended.is::<WaitInterrupted>(), "{ended:#}");
    }

    #[test]
    fn a_link_to_the_state_file_has_the_same_lock() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        File::create(&state).unwrap();
        let other_name = dir.path().join("other.db");
        std::os::unix::fs::symlink(&state, &other_name).unwrap();
        let _held = Lock::take_or_fail(&state, now()).unwrap();
        busy(Lock::take_or_fail(&other_name, now()));
    }
}
