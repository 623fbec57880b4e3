//! A line over months of daily runs, with usage, settings, approvals and people's adjustments at
//! random, against a small model of Autotask's running totals.

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::*;
use crate::domain::period;

/// What Autotask holds: changes by their dates, and how far periods are approved and posted.
#[derive(Debug, Default)]
struct Totals {
    changes: BTreeMap<Date, i64>,
    posted_before: Option<Date>,
}

impl Totals {
    fn on(&self, day: Date) -> i64 {
        self.changes.range(..=day).map(|(_, units)| units).sum()
    }

    /// The rows of the periods around a day.
    fn rows(&self, contract: &Contract, today: Date) -> UnitRows {
        let mut rows = UnitRows::default();
        let mut day = today.saturating_sub(62.days()).max(contract.start);
        let last = today.saturating_add(62.days()).min(contract.end);
        while day <= last {
            let period = period::by_start(contract.start, contract.end, 1, day).unwrap();
            let within = self
                .changes
                .range(period.start.tomorrow().unwrap()..=period.end);
            let mut start = period.start;
            for border in within.map(|(day, _)| *day).chain([period.end]) {
                if border > start || border == period.end {
                    let posted = self.posted_before.filter(|before| period.end < *before);
                    rows.insert_row(UnitRow {
                        start,
                        end: border,
                        units: self.on(start),
                        posted,
                        extended: None,
                    });
                    start = border;
                }
            }
            day = period.end.tomorrow().unwrap();
        }
        rows
    }
}

/// One day: how much is used, what a person adjusts (days ahead, units), whether the periods before
/// this day are approved and posted, and how often acrotask runs.
#[derive(Clone, Debug)]
struct Day {
    used: i64,
    by_hand: Option<(i64, i64)>,
    approved: bool,
    runs: usize,
}

fn day() -> impl Strategy<Value = Day> {
    let by_hand = prop_oneof![
        12 => Just(None),
        1 => (-5_i64..40, 1_i64..4).prop_map(Some),
    ];
    let approved = prop_oneof![15 => Just(false), 1 => Just(true)];
    let runs = prop_oneof![1 => Just(0_usize), 6 => Just(1), 1 => Just(2)];
    (0_i64..9, by_hand, approved, runs).prop_map(|(used, by_hand, approved, runs)| Day {
        used,
        by_hand,
        approved,
        runs,
    })
}

fn settings() -> impl Strategy<Value = (Effective, LaterChanges, Posting)> {
    let effective = prop_oneof![
        Just(Effective::PeriodStart),
        Just(Effective::Today),
        Just(Effective::NextPeriod),
    ];
    let later = prop_oneof![Just(LaterChanges::Hold), Just(LaterChanges::Today)];
    let posting = prop_oneof![Just(Posting::EveryRun), Just(Posting::PeriodEnd)];
    (effective, later, posting)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Posted,
    Refused,
}

/// Runs once: a posted line must stand at its level from its day on, whatever follows. Tells whether
/// Autotask was asked for anything.
fn run(world: &mut World, totals: &mut Totals) -> Result<Asked, TestCaseError> {
    let today = world.facts.today;
    let contract = world.contract().clone();
    world.contract().services[0].rows = totals.rows(&contract, today);
    let found = world.found();
    let held: BTreeSet<&str> = found
        .refusals
        .iter()
        .map(|refusal| refusal.code.as_str())
        .collect();
    let mut asked = Asked::Nothing;
    for action in &found.actions {
        let crate::commands::sync_billing::plan::Action::PostUnits(post) = action else {
            continue;
        };
        if !held.is_empty() {
            continue;
        }
        let day = post.effective;
        prop_assert!(contract.start <= day && day <= contract.end);
        prop_assert_eq!(post.before, totals.on(day));
        prop_assert!(
            !world.line().taken.contains(&day),
            "a second change on {}",
            day
        );
        if totals.changes.contains_key(&day) {
            // A person's: Autotask refuses, and the line is let be.
            world.line().taken.insert(day);
            asked = Asked::Refused;
            continue;
        }
        totals.changes.insert(day, post.unit_change());
        world.line().taken.insert(day);
        world.line().posted.insert(day);
        world.line().settles.extend(post.period);
        asked = Asked::Posted;
        for later in totals.changes.keys().filter(|later| **later >= day) {
            let units = totals.on(*later);
            prop_assert_eq!(units, post.wanted, "posted from {}, but on {}", day, later);
        }
    }
    Ok(asked)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn a_posted_level_is_never_counted_twice_and_a_second_run_posts_nothing(
        (effective, later, posting) in settings(),
        start in 0_i64..31,
        days in proptest::collection::vec(day(), 20..120),
    ) {
        let mut world = World::new(0, 0);
        world.billing.effective = effective;
        world.billing.later_changes = later;
        world.billing.posting = posting;
        world.limits.usage_dropped_percent = 100;
        world.limits.units_to_zero_max = 1000;
        world.contract().start = date(2026, 1, 1).saturating_add(start.days());
        let begin = world.contract().start;
        let mut totals = Totals::default();
        let mut today = begin;
        let mut people = false;
        for day in days {
            world.facts.today = today;
            world.usage().insert(key("servers"), reading(day.used));
            if let Some((ahead, units)) = day.by_hand {
                let on = today.saturating_add(ahead.days());
                let free = !totals.changes.contains_key(&on) && on >= begin;
                if free && on <= world.contract().end {
                    totals.changes.insert(on, units);
                    people = true;
                }
            }
            if day.approved {
                totals.posted_before = Some(today);
            }
            let mut before = None;
            for _ in 0..day.runs {
                let asked = run(&mut world, &mut totals)?;
                // After a refusal another day may do.
                let again = matches!(before, Some(Asked::Nothing | Asked::Posted));
                prop_assert!(!again || asked == Asked::Nothing, "the second run of {}", today);
                before = Some(asked);
            }
            let steady = effective == Effective::PeriodStart && posting == Posting::EveryRun;
            let border = period::by_start(begin, date(2026, 12, 31), 1, today).unwrap().start;
            if steady && !people && day.runs > 0 && today == border {
                prop_assert_eq!(totals.on(today), day.used, "the level of {}", today);
            }
            today = today.tomorrow().unwrap();
        }
    }
}
