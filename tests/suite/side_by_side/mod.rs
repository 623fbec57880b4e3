//! This build beside an older one: both are run on the same worlds, and what they make of them must
//! be the same. `.ci/compare` builds the older one and says where it is in `ACROTASK_COMPARE_OLD`;
//! without it nothing is compared here, and the tests that compare are not run.
//!
//! A difference names seed, day, fault and command; `ACROTASK_COMPARE_SEED`, `_DAY` and `_FAULT` play
//! only these. `ACROTASK_COMPARE_TEXTS=1` compares every text, too; `ACROTASK_COMPARE_RETOLD=1` is for
//! a change of texts, after which everything is told once more: it leaves out what was told before.

pub(crate) mod beside;
mod chains;
mod changes;
mod moment;
mod names;
mod oddities;
mod outcome;
mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::support::played_by;
use crate::sync_billing::months;
use crate::sync_tickets::histories;
use changes::FAULTS;
use moment::Moment;
use outcome::{Digests, How, Outcome};
use provider::Provider;

/// How many runs' worlds come of one seed: so many days, and on each so many faults.
const DAYS: u64 = 2;
const FAULTS_A_DAY: u64 = 5;
/// Seeds that are played at once.
const AT_ONCE: usize = 2;
/// How many differences are shown.
const SHOWN_MAX: usize = 20;

/// How many kinds of something must have been seen, so that something was compared.
type Floors = &'static [(&'static str, usize)];

fn given(name: &str) -> Option<u64> {
    let text = std::env::var(format!("ACROTASK_COMPARE_{name}")).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("ACROTASK_COMPARE_{name} is a number, not '{text}'")),
    )
}

fn old_binary() -> PathBuf {
    let path = std::env::var_os("ACROTASK_COMPARE_OLD");
    path.expect("ACROTASK_COMPARE_OLD names no older binary: run .ci/compare")
        .into()
}

/// The binary that is compared with the old one: this build, unless a trial of the comparison itself
/// names another.
fn new_binary() -> PathBuf {
    std::env::var_os("ACROTASK_COMPARE_NEW")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_acrotask").into())
        .into()
}

fn write_down(file: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.create(true).append(true).open(file).unwrap();
    writeln!(file, "{text}").unwrap();
}

/// What was compared, and what differed.
struct Comparison {
    old: PathBuf,
    new: PathBuf,
    how: How,
    /// Where differences in stories are written down.
    stories: Option<PathBuf>,
    digests: Digests,
    /// What was seen in the old binary's answers: what, which kind, how often.
    seen: Mutex<BTreeMap<(&'static str, String), usize>>,
    differences: Mutex<Vec<String>>,
    compared: AtomicU64,
}

impl Comparison {
    fn new() -> Self {
        Self {
            old: old_binary(),
            new: new_binary(),
            how: How {
                texts: given("TEXTS") == Some(1),
                told: given("RETOLD") != Some(1),
            },
            stories: std::env::var_os("ACROTASK_COMPARE_STORIES").map(PathBuf::from),
            digests: Digests::default(),
            seen: Mutex::default(),
            differences: Mutex::default(),
            compared: AtomicU64::new(0),
        }
    }

    fn saw(&self, what: &'static str, kind: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen.entry((what, kind.to_owned())).or_default() += 1;
    }

    /// Whether so much differs that nobody asks whether it was luck.
    fn is_hopeless(&self) -> bool {
        let all = self.differences.lock();
        all.unwrap_or_else(PoisonError::into_inner).len() >= SHOWN_MAX
    }

    fn differ(&self, text: String) {
        if let Some(file) = &self.stories {
            write_down(file, &format!("DIFFERENCE at {text}"));
        }
        let mut all = self
            .differences
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(text);
    }

    /// Compares two outcomes of one command line in one place.
    fn compare(
        &self,
        place: &str,
        command: &str,
        (old, new): (&Outcome, &Outcome),
        digests: Option<&Digests>,
    ) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        let words = command.split(' ').filter(|word| !word.starts_with('-'));
        let verb: Vec<&str> = words
            .take(if command.starts_with("map-") { 2 } else { 1 })
            .collect();
        self.saw("exit codes", &format!("{} {}", verb.join(" "), old.code));
        let plan = &old.report["plan"];
        for (what, list, key) in [
            ("actions", &plan["actions"], "kind"),
            ("notes", &plan["notes"], "kind"),
            ("refusals", &plan["gate"]["refusals"], "code"),
            ("held", &old.report["held"], "kind"),
        ] {
            for one in list.as_array().into_iter().flatten() {
                self.saw(what, one[key].as_str().unwrap_or("?"));
            }
        }
        let found = old.differences(new, digests, self.how);
        if !found.is_empty() {
            self.differ(format!("{place}: {command}\n{}", found.join("\n")));
        }
    }

    /// Plays so many seeds side by side.
    fn play(self: &Arc<Self>, first: u64, seeds: u64, one: impl Fn(&Arc<Self>, u64) + Sync) {
        let next = AtomicU64::new(first);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    let seeds_left = || Some(next.fetch_add(1, Ordering::Relaxed));
                    while let Some(seed) = seeds_left().filter(|seed| *seed < first + seeds) {
                        if catch_unwind(AssertUnwindSafe(|| one(self, seed))).is_err() {
                            self.differ(format!("seed {seed} could not be played; see above"));
                        }
                    }
                });
            }
        });
    }

    /// Prints what was seen and ends the test when anything differed or little was seen.
    #[allow(clippy::print_stdout, reason = "the summary is what people read")]
    fn conclude(&self, floors: Floors) {
        let seen = self.seen.lock().unwrap();
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for ((what, kind), count) in &*seen {
            *kinds.entry(what).or_default() += 1;
            println!("{what}: {kind} {count}");
        }
        let compared = self.compared.load(Ordering::Relaxed);
        println!("{compared} runs compared, {} plans", self.digests.count());
        println!("kinds seen: {kinds:?}");
        let differences = self.differences.lock().unwrap();
        for (kind, count) in kinds_of(&differences) {
            println!("{count} times {kind}");
        }
        for difference in differences.iter().take(SHOWN_MAX) {
            println!("\nDIFFERENCE at {difference}");
        }
        assert!(
            differences.is_empty(),
            "{} of {compared} runs differ",
            differences.len()
        );
        let few = |(what, floor): &&(&str, usize)| kinds.get(what).is_none_or(|seen| seen < floor);
        let few: Vec<_> = floors.iter().filter(few).collect();
        assert!(few.is_empty(), "too little was seen of {few:?}");
    }
}

/// How often each kind of difference was found: its command and the places in the answer.
fn kinds_of(differences: &[String]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for difference in differences {
        let mut lines = difference.lines();
        let place = lines.next().unwrap_or_default();
        let command = place
            .rsplit_once(": ")
            .map_or(place, |(_, command)| command);
        let places = lines.filter(|line| line.starts_with('/'));
        let places = places.filter_map(|line| line.split([' ', ':']).next());
        let places: BTreeSet<&str> = places.collect();
        *kinds.entry(format!("{command}: {places:?}")).or_default() += 1;
    }
    kinds
}

/// Plays so many seeds, or the one that is asked for; fewer worlds than twenty prove little.
fn compare(worlds_a_seed: u64, floors: Floors, one: impl Fn(&Arc<Comparison>, u64) + Sync) {
    let comparison = Arc::new(Comparison::new());
    let worlds = given("WORLDS").unwrap_or(100);
    let seed = given("SEED");
    let seeds = seed.map_or(worlds.div_ceil(worlds_a_seed), |_| 1);
    comparison.play(seed.unwrap_or(1), seeds, one);
    let whole = seed.is_none() && worlds >= 20;
    comparison.conclude(if whole { floors } else { &[] });
}

#[test]
#[ignore = "needs an older binary: run .ci/compare"]
fn plans_are_the_same() {
    let floors: Floors = if given("WORLDS").unwrap_or(100) < 100 {
        &[
            ("actions", 10),
            ("notes", 10),
            ("refusals", 5),
            ("exit codes", 15),
        ]
    } else {
        &[
            ("actions", 19),
            ("notes", 37),
            ("refusals", 10),
            ("exit codes", 38),
        ]
    };
    compare(DAYS * FAULTS_A_DAY, floors, compare_plans);
}

#[test]
#[ignore = "needs an older binary: run .ci/compare"]
fn real_runs_come_to_the_same() {
    compare(20, &[("actions", 6), ("notes", 15)], chains::compare_chain);
}

#[test]
#[ignore = "needs an older binary: run .ci/compare"]
fn histories_of_tickets_are_the_same() {
    compare(
        50,
        &[("actions", 4), ("exit codes", 3)],
        |comparison, seed| {
            let player = comparison.player(format!("seed {seed}"));
            played_by(player, || histories::play_one(seed));
        },
    );
}

#[test]
#[ignore = "needs an older binary: run .ci/compare"]
fn months_of_billing_are_the_same() {
    compare(50, &[("actions", 1)], |comparison, seed| {
        let player = comparison.player(format!("seed {seed}"));
        played_by(player, || months::play_one(seed));
    });
}

/// Plays one seed and compares dry runs of all commands on each of its days, with each fault.
fn compare_plans(comparison: &Arc<Comparison>, seed: u64) {
    let mut provider = Provider::new(seed, &comparison.old);
    for day in 0..DAYS {
        let days = provider.dice.i64(0..20);
        provider.live(days);
        let commands = provider.commands();
        let start = Moment::of(&provider.bench);
        for number in 0..FAULTS_A_DAY {
            let fault = match number {
                0 => 0,
                _ => provider.dice.usize(1..FAULTS.len()),
            };
            let wanted = given("DAY").is_none_or(|wanted| wanted == day)
                && given("FAULT").is_none_or(|wanted| wanted == u64::try_from(fault).unwrap());
            if !wanted {
                continue;
            }
            let place = format!("seed {seed}, day {day}, fault {fault} ({})", FAULTS[fault]);
            for command in &commands {
                let [old, new] = [&comparison.old, &comparison.new].map(|binary| {
                    start.restore(&provider.bench);
                    provider.break_something(FAULTS[fault]);
                    provider.bench.binary.clone_from(binary);
                    provider.shown(command)
                });
                let digests = Some(&comparison.digests);
                comparison.compare(&place, &command.join(" "), (&old, &new), digests);
            }
        }
        start.restore(&provider.bench);
        provider.bench.binary.clone_from(&comparison.old);
        provider.work();
    }
}
