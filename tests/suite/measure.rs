//! How long a run takes and how much memory it holds. Only for tests that run when they are asked
//! for: what they measure depends on the machine.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Bench;

/// What one run cost.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
    pub(crate) peak_kib: u64,
}

impl Figures {
    /// A debug build says nothing about the time.
    pub(crate) fn assert_within(&self, limit: Duration) {
        assert!(cfg!(debug_assertions) || self.took < limit, "{self:?}");
    }

    pub(crate) fn assert_below_mib(&self, limit: u64) {
        assert!(self.peak_kib < limit * 1024, "{self:?}");
    }
}

/// Runs a command once.
#[allow(clippy::print_stdout, reason = "the figures are what it is run for")]
pub(crate) fn measure_run(bench: &Bench, arguments: &[&str]) -> Figures {
    let begun = Instant::now();
    let mut command = bench.command(arguments);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM"));
        let held = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        peak_kib = peak_kib.max(held.unwrap_or(0));
        // Watching must not take a core from what is watched.
        std::thread::sleep(Duration::from_millis(10));
    }
    let code = child.wait().unwrap().code();
    let took = begun.elapsed();
    let figures = Figures {
        code,
        took,
        peak_kib,
    };
    println!("{}: {figures:?}", arguments.join(" "));
    figures
}
