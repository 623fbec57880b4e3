//! A moment of a bench to come back to, and what a run made of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::names::Names;
use super::outcome::Outcome;
use crate::support::{Bench, Run, ended};

/// The services, the state file, and the time.
pub(super) struct Moment {
    sandbox: sandbox::Saved,
    now: jiff::Timestamp,
    state: Vec<(PathBuf, Vec<u8>)>,
    /// The number of the last request before it.
    seq: u64,
}

impl Moment {
    pub(super) fn of(bench: &Bench) -> Self {
        let state = state_files(bench).into_iter();
        Self {
            sandbox: bench.sandbox.save(),
            now: bench.now(),
            state: state
                .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
                .collect(),
            seq: bench.sandbox.visits().last().map_or(0, |visit| visit.seq),
        }
    }

    /// Makes everything what it was.
    pub(super) fn restore(&self, bench: &Bench) {
        bench.move_to(self.now);
        bench.sandbox.restore(&self.sandbox);
        for path in state_files(bench) {
            std::fs::remove_file(path).unwrap();
        }
        for (path, bytes) in &self.state {
            std::fs::write(path, bytes).unwrap();
        }
    }

    /// Names for what is made after this moment.
    pub(super) fn names(&self) -> Names {
        Names::since(&self.sandbox.world().dump())
    }

    /// What a run since this moment came to: also what became of both services, if anything was
    /// written.
    pub(super) fn outcome(&self, bench: &Bench, run: &Run, names: &mut Names) -> Outcome {
        let visits = bench.sandbox.visits().into_iter();
        let visits: Vec<_> = visits.filter(|visit| visit.seq > self.seq).collect();
        if !visits.iter().any(|visit| visit.write) {
            return Outcome::new(run, &visits, names);
        }
        let after = bench.sandbox.with_world(|world| world.dump());
        names.learn(&after);
        Outcome::new(run, &visits, names).with_world(names.in_value(&after))
    }
}

/// The state file and what SQLite keeps beside it.
fn state_files(bench: &Bench) -> Vec<PathBuf> {
    let files = std::fs::read_dir(bench.dir()).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let state = |path: &PathBuf| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("state.db")
    };
    files.filter(state).collect()
}

/// Runs a command line with another binary, after a change of its words.
pub(super) fn run_with(binary: &Path, command: &Command, word: &dyn Fn(&str) -> String) -> Run {
    let mut other = Command::new(binary);
    let words = command
        .get_args()
        .map(|given| word(given.to_str().unwrap()));
    other.args(words).env_clear().stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            other.env(name, value);
        }
    }
    if let Some(dir) = command.get_current_dir() {
        other.current_dir(dir);
    }
    ended(other.output().unwrap())
}
