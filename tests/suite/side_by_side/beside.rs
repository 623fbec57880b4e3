//! The new binary beside each run of a story that the old one plays: both start from the same
//! moment, and the story goes on with what the old one made of it.

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use super::Comparison;
use super::moment::{Moment, run_with};
use crate::support::{Bench, Player, Run};

/// How often the old binary may try to come to what the new one made: where several requests are
/// under way at once, their order is a matter of luck.
const TRIES: usize = 8;

/// Commands that write other files, which does not go twice.
const ALONE: &[&str] = &["init", "backup"];

impl Comparison {
    /// A player who compares each run of a story.
    pub(super) fn player(self: &Arc<Self>, place: String) -> Player {
        let comparison = Arc::clone(self);
        let runs = Cell::new(0);
        let run = move |bench: &Bench, command: Command| {
            runs.set(runs.get() + 1);
            comparison.beside(&format!("{place}, run {}", runs.get()), bench, &command)
        };
        Player {
            binary: self.old.clone(),
            run: Rc::new(run),
        }
    }

    /// Runs a command line of a story with both binaries. The services and the state file are then
    /// what the old one made of them; what was said is the new one's text, or the old one's document.
    fn beside(&self, place: &str, bench: &Bench, command: &Command) -> Run {
        let first = command.get_args().next().and_then(|word| word.to_str());
        if first.is_some_and(|word| ALONE.contains(&word)) {
            return run_with(&self.old, command, &str::to_owned);
        }
        let start = Moment::of(bench);
        let in_new = |word: &str| self.digests.in_new(word);
        let said = run_with(&self.new, command, &in_new);
        let new = start.outcome(bench, &said, &mut start.names());
        let words = command.get_args().map(|word| word.to_str().unwrap());
        let line = words.collect::<Vec<_>>().join(" ");
        let digests = Some(&self.digests);
        let tries = if self.is_hopeless() { 1 } else { TRIES };
        for at in 1..=tries {
            start.restore(bench);
            let run = run_with(&self.old, command, &|word| self.digests.in_old(word));
            let old = start.outcome(bench, &run, &mut start.names());
            let same = || old.differences(&new, digests, self.how).is_empty();
            if at == tries || same() {
                self.compare(place, &line, (&old, &new), digests);
                let stdout = match new.report.is_string() {
                    true => said.stdout,
                    false => run.stdout,
                };
                return Run {
                    stdout,
                    stderr: said.stderr,
                    ..run
                };
            }
        }
        unreachable!("the last try is one")
    }
}

/// A player for all stories of the suite, when they are to be played by the old binary.
pub(crate) fn stories() -> Option<Player> {
    static ALL: OnceLock<Option<Arc<Comparison>>> = OnceLock::new();
    let asked = || {
        std::env::var_os("ACROTASK_COMPARE_STORIES")?;
        Some(Arc::new(Comparison::new()))
    };
    let comparison = ALL.get_or_init(asked).as_ref()?;
    let thread = std::thread::current();
    Some(comparison.player(thread.name().unwrap_or("a thread").to_owned()))
}
