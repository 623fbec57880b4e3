//! Months of simulated business, run by run through the real binary, beside an oracle that was
//! written from the billing rules and knows nothing of the program: every ended period of every line
//! is billed exactly once, by the reading that the rules name, or it is named for a person with
//! units and amount.
//!
//! It prints its seeds and counts. `ACROTASK_MONTHS_SEED` plays one seed, or with
//! `ACROTASK_MONTHS_HISTORIES` that many from there on.

mod oracle;
mod shop;
mod story;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use story::Story;

const SEED: u64 = 20_260_201;
const HISTORIES: u64 = 6;
/// Histories that are played at once; much of their time is waiting.
const AT_ONCE: usize = 2;

/// Everything that must have occurred for the default seeds to prove something.
const EVENTS: &[&str] = &[
    "adjustments refused once",
    "answers lost",
    "contracts ended",
    "contracts renewed",
    "customers unlinked",
    "histories with a run a week",
    "periods billed by the last reading",
    "periods billed by the highest reading",
    "periods billed by the first reading",
    "periods billed in advance",
    "periods billed with approval",
    "periods named for a person",
    "plans approved",
    "readings missing",
    "readings of zero",
    "rows posted",
    "runs",
    "runs without Acronis",
    "turned pay-as-you-go",
];

/// What occurred, by name.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Plays one history, for those who look at its runs.
pub(crate) fn play_one(seed: u64) {
    Story::new(seed).play();
}

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_period_of_every_line_is_billed_exactly_once_or_named_for_a_person() {
    let one = given("ACROTASK_MONTHS_SEED");
    let histories = given("ACROTASK_MONTHS_HISTORIES").unwrap_or(one.map_or(HISTORIES, |_| 1));
    let first = one.unwrap_or(SEED);
    let next = AtomicU64::new(0);
    let total: Mutex<Counts> = Mutex::new(Counts::new());
    let failed: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= histories {
                        return;
                    }
                    let seed = first + number;
                    match catch_unwind(AssertUnwindSafe(|| Story::new(seed).play())) {
                        Ok(counts) => {
                            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                            for (name, count) in counts {
                                *total.entry(name).or_default() += count;
                            }
                        }
                        Err(_) => {
                            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                            failed.push(seed);
                        }
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    println!("{histories} histories from seed {first}: {total:#?}");
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "play again with ACROTASK_MONTHS_SEED: {failed:?}"
    );
    if one.is_none() {
        let idle: Vec<&&str> = EVENTS
            .iter()
            .filter(|name| !total.contains_key(**name))
            .collect();
        assert!(idle.is_empty(), "these never occurred: {idle:?}");
    }
}
