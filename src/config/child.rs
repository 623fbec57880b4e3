//! The end of a child process, waited for with a limit.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::io::retry_on_intr;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// Waits for the end of a child; one that takes longer than the limit is killed, and there is no
/// status.
///
/// The waiting thread leaves the ended child for the caller to reap (`NOWAIT`): until then its
/// process id cannot become another process', so that the kill cannot hit a stranger.
pub(crate) fn wait_for_exit(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let id = Pid::from_child(child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let (sender, ended) = mpsc::channel();
    // The receiver is gone when the child was killed.
    thread::spawn(move || {
        sender
            .send(retry_on_intr(|| waitid(WaitId::Pid(id), options)))
            .ok()
    });
    if let Ok(ended) = ended.recv_timeout(limit) {
        ended?;
        return child.wait().map(Some);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_child_that_ends_hands_over_its_status_and_one_that_does_not_is_killed() {
        let mut ends = Command::new("false").spawn().unwrap();
        let status = wait_for_exit(&mut ends, Duration::MAX).unwrap();
        assert_eq!(status.and_then(|status| status.code()), Some(1));

        // It reads from us for ever.
        let mut stays = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let held = stays.stdin.take();
        assert_eq!(wait_for_exit(&mut stays, Duration::ZERO).unwrap(), None);
        assert!(!stays.wait().unwrap().success());
        drop(held);
    }
}
