//! Random histories of alerts, people and accidents against the sandbox, beside a small model of
//! the rules. After every run nothing was written without a reason; after every run that ended well
//! there is exactly one live ticket for each live key, none for ended ones where tickets are closed,
//! no external id twice, no note without a cause, and a second run writes nothing.
//!
//! It prints its seeds and counts. `ACROTASK_MODEL_SEED` plays one seed, or with
//! `ACROTASK_MODEL_HISTORIES` that many from there on; `ACROTASK_MODEL_STEPS` makes each longer. What
//! happens follows from the seed; where exactly a kill falls is up to the machine as well.

mod after_run;
mod alerts;
mod check;
mod desk;
mod dice;
mod model;
mod people;
mod runs;
mod setting;
mod story;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use story::{Counts, Story};

const SEED: u64 = 2_026_091_500;
const HISTORIES: u64 = 9;
const STEPS: u64 = 30;
/// Histories that are played at once; much of their time is waiting.
const AT_ONCE: usize = 4;

/// Everything that must have occurred for the default seeds to prove something.
const EVENTS: &[&str] = &[
    "answers lost",
    "assigned by a person",
    "bursts of 429",
    "bursts of 500",
    "changed",
    "completed by a person",
    "deleted by a person",
    "dismissed",
    "ended",
    "everything ended at once",
    "new tickets after completed ones",
    "notes by a person",
    "notes on news",
    "notes on summaries",
    "opened again by a person",
    "raised",
    "raised again with a new id",
    "raised again with the same id",
    "raised beside another",
    "requests lost",
    "runs",
    "runs killed",
    "runs right after another",
    "runs skipped",
    "runs that did not end well",
    "status set by a person",
    "storms",
    "summaries brought up to date",
    "summaries closed",
    "summaries completed by a person",
    "summaries deleted by a person",
    "summaries made",
    "tickets closed",
    "tickets made",
    "tickets opened again",
    "touched by a person",
];

/// Plays one history, for those who look at its runs.
pub(crate) fn play_one(seed: u64) {
    Story::new(seed).play(usize::try_from(STEPS).unwrap());
}

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn random_histories_leave_one_live_ticket_for_each_live_key() {
    let one = given("ACROTASK_MODEL_SEED");
    let histories = given("ACROTASK_MODEL_HISTORIES").unwrap_or(one.map_or(HISTORIES, |_| 1));
    let steps = given("ACROTASK_MODEL_STEPS").unwrap_or(STEPS);
    let first = one.unwrap_or(SEED);
    let counts = play(first, histories, usize::try_from(steps).unwrap());
    println!(
        "seeds {first} to {}, {steps} steps each: {counts:#?}",
        first + histories - 1
    );
    if one.is_none() {
        let missing: Vec<_> = EVENTS
            .iter()
            .filter(|event| !counts.contains_key(*event))
            .collect();
        assert!(missing.is_empty(), "never occurred: {missing:?}");
    }
}

/// Plays so many seeds side by side, to the end even when one fails; what occurred in all.
fn play(first: u64, histories: u64, steps: usize) -> Counts {
    let next = AtomicU64::new(first);
    let counts = Mutex::new(Counts::new());
    let failed = Mutex::new(Vec::new());
    let one = |seed| {
        let mut story = Story::new(seed);
        story.play(steps);
        let mut all = counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (what, count) in story.counts {
            *all.entry(what).or_default() += count;
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let seeds = || Some(next.fetch_add(1, Ordering::Relaxed));
                while let Some(seed) = seeds().filter(|seed| *seed < first + histories) {
                    if catch_unwind(AssertUnwindSafe(|| one(seed))).is_err() {
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "these seeds failed: {failed:?}");
    counts.into_inner().unwrap_or_else(PoisonError::into_inner)
}
