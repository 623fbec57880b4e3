//! Which period a reading bills, and what waits for a person at a period's end.

use super::*;
use crate::config::PeriodMeasure;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::period::BillingPeriod;

#[test]
fn a_reading_bills_the_first_later_period_that_is_open_and_never_a_further_one() {
    let all_posted = |world: &mut World, last: Date| {
        let line = &mut world.contract().services[0];
        let rows = line.rows.iter().map(|row| UnitRow {
            posted: (row.start <= last).then_some(row.start),
            ..row.clone()
        });
        line.rows = UnitRows::new(rows.collect());
    };
    type Change<'a> = &'a dyn Fn(&mut World);
    let table: [(&str, Change<'_>, &str); 6] = [
        ("open", &|_| {}, "5→7 2026-10-01"),
        (
            "the next is posted in advance",
            &|world| all_posted(world, NEXT),
            "5→7 2026-11-01",
        ),
        (
            "the next carries the reading of August",
            &|world| world.posted(NEXT, date(2026, 8, 1)),
            "5→7 2026-11-01",
        ),
        (
            "the next carries this period's",
            &|world| world.posted(NEXT, PERIOD),
            "held",
        ),
        (
            "a further one carries this period's",
            &|world| world.posted(date(2026, 11, 1), PERIOD),
            "held",
        ),
        (
            "the contract ends",
            &|world| world.contract().end = date(2026, 9, 30),
            "contract-ends",
        ),
    ];
    for (name, change, expected) in table {
        for posting in [Posting::EveryRun, Posting::PeriodEnd] {
            let mut world = World::new(5, 7);
            world.billing.effective = Effective::NextPeriod;
            world.billing.posting = posting;
            world.facts.today = match posting {
                Posting::EveryRun => TODAY,
                Posting::PeriodEnd => date(2026, 9, 29),
            };
            change(&mut world);
            assert_eq!(world.said(), [expected], "{name} {posting:?}");
        }
    }
}

#[test]
fn nothing_is_dated_on_or_before_a_day_that_a_posted_row_covers() {
    for (posted, today, expected) in [
        // The row of the period itself.
        (1, TODAY, "period-posted"),
        // A later one, whatever became of the one before.
        (2, TODAY, "period-posted"),
        // An earlier one is what it should be.
        (0, TODAY, "5→7 2026-09-01"),
    ] {
        let mut world = World::new(5, 7);
        world.facts.today = today;
        let line = &mut world.contract().services[0];
        let mut rows: Vec<UnitRow> = line.rows.iter().cloned().collect();
        rows[posted].posted = Some(today);
        line.rows = UnitRows::new(rows);
        line.price = Some(Decimal::new(250, 2));
        assert_eq!(world.said(), [expected], "{posted}");
        if expected == "period-posted" {
            let text = world.found().notes.remove(0).text;
            assert!(text.contains("5 → 7 units (+2, 5.00)"), "{text}");
            assert!(text.contains("next-period"), "{text}");
        }
    }
}

#[test]
fn a_start_that_carries_an_earlier_periods_reading_is_named_for_a_person() {
    for posting in [Posting::EveryRun, Posting::PeriodEnd] {
        for later in [LaterChanges::Hold, LaterChanges::Today, LaterChanges::Raise] {
            let mut world = World::new(5, 7);
            world.billing.posting = posting;
            world.billing.later_changes = later;
            world.facts.today = date(2026, 9, 29);
            world.posted(PERIOD, date(2026, 8, 1));
            assert_eq!(world.said(), ["period-carried"], "{posting:?} {later:?}");
            world.usage().insert(key("servers"), reading(5));
            assert_eq!(world.said(), Vec::<String>::new());
        }
    }
}

#[test]
fn a_settled_period_keeps_its_units_and_what_changes_after_it_belongs_to_the_next() {
    let settled = |settle: fn(&mut World)| {
        let mut world = World::new(5, 9);
        world.billing.posting = Posting::PeriodEnd;
        world.facts.today = date(2026, 9, 29);
        settle(&mut world);
        world
    };
    for settle in [
        (|world| world.posted(PERIOD, PERIOD)) as fn(&mut World),
        World::found_right,
    ] {
        let world = settled(settle);
        assert_eq!(world.said(), ["held"]);
        let text = world.found().notes.remove(0).text;
        assert!(text.contains("held until 2026-10-29"), "{text}");
        let mut last = settled(settle);
        last.contract().end = date(2026, 9, 30);
        assert_eq!(
            last.said(),
            Vec::<String>::new(),
            "the contract has no next"
        );
        // At every run the first reading settles it, too; a later one is a later change.
        let mut every_run = settled(settle);
        every_run.billing.posting = Posting::EveryRun;
        assert_eq!(every_run.said(), ["held"]);
        every_run.billing.later_changes = LaterChanges::Today;
        assert_eq!(every_run.said(), ["5→9 2026-09-29"]);
    }
}

#[test]
fn later_changes_of_a_period_are_held_or_prorated_by_their_direction() {
    use LaterChanges::{Hold, Raise, Today};
    for (later, used, expected) in [
        (Hold, 7, "held"),
        (Hold, 3, "held"),
        (Today, 7, "5→7 2026-09-15"),
        (Today, 3, "5→3 2026-09-15"),
        (Raise, 7, "5→7 2026-09-15"),
        (Raise, 3, "held"),
    ] {
        for effective in [Effective::PeriodStart, Effective::Today] {
            let mut world = World::new(5, used);
            world.billing.effective = effective;
            world.billing.later_changes = later;
            world.posted(PERIOD, PERIOD);
            assert_eq!(world.said(), [expected], "{later:?} {effective:?} {used}");
        }
    }
}

#[test]
fn an_older_reading_and_a_fall_to_nothing_wait_for_approval_at_a_periods_end() {
    let at_end = |used: i64| {
        let mut world = World::new(5, used);
        world.billing.posting = Posting::PeriodEnd;
        world.facts.today = date(2026, 9, 29);
        world
    };
    let period = BillingPeriod {
        start: PERIOD,
        end: date(2026, 9, 30),
    };
    let key_of = || (AccountName::new("eu"), TenantId::new("t"), key("servers"));
    let earlier = |amount: i64| MeasuredAmount {
        amount: Decimal::from(amount),
        at: "2026-09-27T08:00:00Z".parse().unwrap(),
    };
    let mut unread = at_end(0);
    unread.usage().clear();
    unread.facts.measures.insert((key_of(), period), earlier(7));
    assert_eq!(unread.said(), ["5→7 2026-09-01", "! older-reading"]);
    let text = unread.found().refusals.remove(0).text;
    assert!(text.contains("2026-09-27T08:00:00Z"), "{text}");
    unread.facts.measures.clear();
    assert_eq!(unread.said(), ["5→0 2026-09-01", "! usage-missing"]);

    let mut fallen = at_end(0);
    assert_eq!(fallen.said(), ["5→0 2026-09-01"]);
    fallen.facts.peaks.insert((key_of(), period), earlier(6));
    assert_eq!(fallen.said(), ["5→0 2026-09-01", "! usage-zero"]);
    let text = fallen.found().refusals.remove(0).text;
    assert!(text.contains("after 6 on 2026-09-27"), "{text}");
    let mut unbilled = World::new(0, 0);
    unbilled.billing.posting = Posting::PeriodEnd;
    unbilled.facts.today = date(2026, 9, 29);
    unbilled.contract().services[0].price = Some(Decimal::from(5));
    assert_eq!(unbilled.said(), [""; 0]);
    unbilled.facts.peaks.insert((key_of(), period), earlier(6));
    assert_eq!(unbilled.said(), ["usage-zero"]);
    let text = unbilled.found().notes.remove(0).text;
    assert!(text.contains("6 units, 30.00"), "{text}");
    fallen.billing.posting = Posting::EveryRun;
    assert_eq!(fallen.said(), ["5→0 2026-09-01"]);

    // The highest of the period bills by itself as long as the run read the item.
    let mut highest = at_end(0);
    highest.billing.measure = PeriodMeasure::Highest;
    highest
        .facts
        .measures
        .insert((key_of(), period), earlier(7));
    assert_eq!(highest.said(), ["5→7 2026-09-01"]);
    highest.usage().clear();
    assert_eq!(highest.said(), ["5→7 2026-09-01", "! older-reading"]);
}

#[test]
fn a_customer_apart_is_billed_by_its_own_settings() {
    let mut world = World::new(5, 7);
    assert_eq!(world.said(), ["5→7 2026-09-01"]);
    let apart =
        |keys: &str| config::sample_with(&format!("[[customer]]\ncompany = 7\n{keys}")).customers;
    world.customers = apart("posting = \"period-end\"");
    assert_eq!(world.said(), ["not-yet"]);
    world.customers = apart("later_changes = \"raise\"");
    world.posted(PERIOD, PERIOD);
    assert_eq!(world.said(), ["5→7 2026-09-15"]);
}
