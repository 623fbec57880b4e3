//! Days of real runs, played by each binary from the same moment on: what both services hold at the
//! end, what was asked of them on the way, and what `status` and `history` say must be the same. The
//! moment may be one at which the old binary was killed, so that the new one finds its open intents.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use sandbox::{Fault, Kind};

use super::Comparison;
use super::changes::FAULTS;
use super::moment::Moment;
use super::names::Names;
use super::outcome::Outcome;
use super::provider::Provider;

/// Days that are played by each.
const DAYS: usize = 3;
/// How often a run is begun that may be killed.
const KILLS_MAX: usize = 5;
/// How often the old binary may try to come to what the new one made.
const TRIES: usize = 4;

pub(super) fn compare_chain(comparison: &Arc<Comparison>, seed: u64) {
    let mut provider = Provider::new(seed, &comparison.old);
    let days = provider.dice.i64(0..12);
    provider.live(days);
    let killed = provider.kill_one();
    comparison.saw("killed runs", killed);
    let start = Moment::of(&provider.bench);
    let place = format!("seed {seed}, {killed} killed before");
    let new = play(&mut provider, &start, &comparison.new);
    let mut old = play(&mut provider, &start, &comparison.old);
    for _ in 1..TRIES {
        let differ = |(_, old): &(String, Outcome), (_, new): &(String, Outcome)| {
            !old.differences(new, None, comparison.how).is_empty()
        };
        if !old.iter().zip(&new).any(|(old, new)| differ(old, new)) {
            break;
        }
        old = play(&mut provider, &start, &comparison.old);
    }
    for ((line, old), (_, new)) in old.iter().zip(&new) {
        comparison.compare(&place, line, (old, new), None);
    }
}

/// Plays the days from a moment on; what each run came to.
fn play(provider: &mut Provider, start: &Moment, binary: &Path) -> Vec<(String, Outcome)> {
    start.restore(&provider.bench);
    let dice = provider.save_dice();
    provider.bench.binary = binary.to_owned();
    let mut seen = Vec::new();
    let mut names = start.names();
    for day in 0..DAYS {
        if day > 0 {
            let days = provider.dice.i64(0..14);
            provider.live(days);
        }
        let broken = provider.dice.usize(..FAULTS.len() * 2);
        let fault = FAULTS
            .get(broken)
            .filter(|fault| fault.contains("cannot be read"));
        provider.break_something(fault.unwrap_or(&"none"));
        let approved = provider.chance(40).then(|| provider.digest("provision"));
        let mut lines = vec![
            vec!["provision".to_owned(), "--yes".to_owned()],
            vec!["sync-billing".to_owned(), "--yes".to_owned()],
            vec!["sync-tickets".to_owned(), "--yes".to_owned()],
        ];
        if let Some(digest) = approved.flatten() {
            lines[0] = vec!["provision".to_owned(), "--expect-plan".to_owned(), digest];
        }
        let bill = provider.chance(30).then(|| provider.digest("sync-billing"));
        if let Some(digest) = bill.flatten() {
            lines[1] = vec![
                "sync-billing".to_owned(),
                "--expect-plan".to_owned(),
                digest,
            ];
        }
        lines.push(vec!["status".to_owned()]);
        for line in lines {
            seen.push(provider.outcome(start, &mut names, day, &line));
        }
        provider.bench.sandbox.clear_faults();
    }
    let history = [
        "history".to_owned(),
        "--limit".to_owned(),
        "10000".to_owned(),
    ];
    seen.push(provider.outcome(start, &mut names, DAYS, &history));
    provider.restore_dice(dice);
    seen
}

impl Provider {
    /// One run, and what it came to since the moment at which all began.
    fn outcome(
        &self,
        start: &Moment,
        names: &mut Names,
        day: usize,
        line: &[String],
    ) -> (String, Outcome) {
        self.bench.sandbox.clear_visits();
        let words = line.iter().map(String::as_str);
        let words: Vec<&str> = words.chain(["--output", "json"]).collect();
        let run = self.bench.run(&words);
        let outcome = start.outcome(&self.bench, &run, names);
        (format!("{} (day {day})", line[0]), outcome)
    }

    /// The digest of the plan of today.
    fn digest(&self, command: &str) -> Option<String> {
        let shown = self.bench.run(&[command, "--dry-run", "--output", "json"]);
        let digest = shown.json()["plan"]["digest"].as_str().map(str::to_owned);
        self.bench.sandbox.clear_visits();
        digest
    }

    /// Kills a run at one of its writes or commits, if one comes so far.
    fn kill_one(&mut self) -> &'static str {
        for _ in 0..KILLS_MAX {
            let killed = match self.chance(30) {
                true => self.kill_after_commit(),
                false => self.kill_at_write(),
            };
            if let Some(command) = killed {
                if self.dice.bool() {
                    self.bench.long_after();
                }
                return command;
            }
        }
        "nothing"
    }

    /// A run of the whole plan, whatever the gate would hold back.
    fn approved(&self, command: &str) -> Command {
        match self.digest(command) {
            Some(digest) => self.bench.command(&[command, "--expect-plan", &digest]),
            None => self.bench.command(&[command, "--yes"]),
        }
    }

    fn kill_after_commit(&mut self) -> Option<&'static str> {
        let command = ["provision", "sync-billing", "sync-tickets"][self.dice.usize(..3)];
        let mut run = self.approved(command);
        let commit = self.dice.u32(2..16).to_string();
        run.env("ACROTASK_TEST_KILLED_AFTER_COMMIT", commit);
        (self.bench.finish(run).code == -1).then_some(command)
    }

    fn kill_at_write(&mut self) -> Option<&'static str> {
        let (command, method, path) = [
            ("provision", "PUT", "*/offering_items"),
            ("provision", "POST", "*/tenants"),
            ("sync-billing", "POST", "*/ServiceAdjustments"),
            ("sync-tickets", "POST", "*/Tickets"),
            ("sync-tickets", "PATCH", "*/Tickets"),
            ("sync-tickets", "POST", "*/Notes"),
            ("sync-tickets", "DELETE", "*/alerts/*"),
        ][self.dice.usize(..7)];
        let kind = [Kind::HeldBefore, Kind::HeldAfter][self.dice.usize(..2)].clone();
        let mut run = self.approved(command);
        let fault = Fault::new("", method, path, kind).nth(self.dice.u64(1..4));
        self.bench.sandbox.fault(fault);
        let held = self.bench.killed_when_held(&mut run);
        self.bench.sandbox.settle();
        self.bench.sandbox.clear_faults();
        held.then_some(command)
    }
}
