//! A run that tests kill between two commits, at a place that does not depend on how fast anything
//! is. Builds for release do not have it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Which commit of the run is its last.
const LAST: &str = "ACROTASK_TEST_KILLED_AFTER_COMMIT";

/// Ends the process as `kill -9` does when this was the commit that a test chose.
pub(super) fn kill_after_commit() {
    static COMMITS: AtomicU64 = AtomicU64::new(0);
    let commit = COMMITS.fetch_add(1, Ordering::Relaxed) + 1;
    let last = std::env::var(LAST).ok().and_then(|text| text.parse().ok());
    if last == Some(commit) {
        // It does not return.
        drop(signal_hook::low_level::raise(signal_hook::consts::SIGKILL));
    }
}
