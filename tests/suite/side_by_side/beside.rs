//! The new binary beside each run of a story that the old one plays: both start from the same
//! moment, and the story goes on with what the old one made of it.

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

use super::Comparison;
use super::moment::{Moment, run_with};
use crate::support::{Bench, Player, Run};

/// How often the old binary may try to come to what the new one made: where several requests are
/// under way at once, their order is a matter of luck.
const TRIES: usize = 8;

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

    fn beside(&self, place: &str, bench: &Bench, command: &Command) -> Run {
        let start = Moment::of(bench);
        let new = start.outcome(bench, &run_with(&self.new, command), &mut start.names());
        let words = command.get_args().map(|word| word.to_str().unwrap());
        let line = words.collect::<Vec<_>>().join(" ");
        let digests = Some(&self.digests);
        for _ in 1..TRIES {
            start.restore(bench);
            let run = run_with(&self.old, command);
            let old = start.outcome(bench, &run, &mut start.names());
            if old.differences(&new, digests, self.texts).is_empty() {
                self.compare(place, &line, (&old, &new), digests);
                return run;
            }
        }
        start.restore(bench);
        let run = run_with(&self.old, command);
        let old = start.outcome(bench, &run, &mut start.names());
        self.compare(place, &line, (&old, &new), digests);
        run
    }
}
