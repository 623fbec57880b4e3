//! Progress on standard error: only on a terminal, only once a step has taken a second.

use std::fmt;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A step that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Has tests see progress at once, however fast the machine is. Builds for release do not have it.
#[cfg(debug_assertions)]
const AT_ONCE: &str = "ACROTASK_TEST_PROGRESS_AT_ONCE";

/// All progress of a run; log lines and results go through [`ProgressBars::suspend_while`].
#[derive(Clone)]
pub(crate) struct ProgressBars {
    multi: MultiProgress,
    visible: bool,
}

impl ProgressBars {
    /// Hidden unless standard error is a terminal and the run is not quiet.
    pub(crate) fn new(quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            multi: MultiProgress::with_draw_target(target),
            visible,
        }
    }

    /// Takes the bars off the screen while something else is printed.
    pub(crate) fn suspend_while<R>(&self, print: impl FnOnce() -> R) -> R {
        if self.visible {
            self.multi.suspend(print)
        } else {
            print()
        }
    }

    pub(super) fn start_step(&self, what: &str, total: Option<usize>) -> ProgressStep {
        let bar = match total {
            Some(_) => ProgressBar::hidden().with_style(bar_style("{msg} {bar:30} {pos}/{len}")),
            None => ProgressBar::hidden().with_style(bar_style("{spinner} {msg} {pos}")),
        };
        if let Some(total) = total.and_then(|total| u64::try_from(total).ok()) {
            bar.set_length(total);
        }
        bar.set_message(what.to_owned());
        ProgressStep {
            bars: self.clone(),
            bar,
            since: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }
}

impl fmt::Debug for ProgressBars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bars")
            .field("visible", &self.visible)
            .finish()
    }
}

fn bar_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// One step under way; gone from the screen when dropped.
pub(crate) struct ProgressStep {
    bars: ProgressBars,
    bar: ProgressBar,
    since: Instant,
    shown: AtomicBool,
}

impl ProgressStep {
    /// Another part of the step is done.
    pub(crate) fn advance_step(&self) {
        self.bar.inc(1);
        let due = self.since.elapsed() >= PATIENCE;
        #[cfg(debug_assertions)]
        let due = due || std::env::var_os(AT_ONCE).is_some();
        if due && self.bars.visible && !self.shown.swap(true, Ordering::Relaxed) {
            self.bars.multi.add(self.bar.clone());
        }
    }
}

impl Drop for ProgressStep {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl fmt::Debug for ProgressStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("position", &self.bar.position())
            .finish()
    }
}
