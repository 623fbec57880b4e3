//! From which day a change counts, and what becomes of one that cannot count now.

use super::super::{find_figures_to_read, find_rows_to_read};
use super::*;
use crate::config::PeriodMeasure;

/// How many contracts and lines are looked around.
fn around(world: &World) -> (usize, usize) {
    let wanted = find_rows_to_read(&world.facts, world.rules());
    (wanted.contracts.len(), wanted.lines.len())
}

#[test]
fn the_effective_date_follows_the_settings_and_what_was_posted() {
    let posted = |world: &mut World| {
        let line = &mut world.contract().services[0];
        let mut rows: Vec<UnitRow> = line.rows.iter().cloned().collect();
        rows[1].posted = Some(date(2026, 9, 10));
        line.rows = UnitRows::new(rows);
    };
    let taken = |world: &mut World| {
        world.line().taken.insert(PERIOD);
    };
    type Change<'a> = &'a dyn Fn(&mut World);
    let nothing: Change<'_> = &|_| {};
    let posted: Change<'_> = &posted;
    let taken: Change<'_> = &taken;
    let table = [
        (
            Effective::PeriodStart,
            LaterChanges::Hold,
            nothing,
            "5→7 2026-09-01",
        ),
        (
            Effective::PeriodStart,
            LaterChanges::Hold,
            posted,
            "period-posted",
        ),
        (Effective::PeriodStart, LaterChanges::Hold, taken, "held"),
        (
            Effective::PeriodStart,
            LaterChanges::Today,
            taken,
            "5→7 2026-09-15",
        ),
        (
            Effective::NextPeriod,
            LaterChanges::Hold,
            nothing,
            "5→7 2026-10-01",
        ),
        (
            Effective::NextPeriod,
            LaterChanges::Hold,
            posted,
            "5→7 2026-10-01",
        ),
        (
            Effective::Today,
            LaterChanges::Hold,
            nothing,
            "5→7 2026-09-15",
        ),
        (
            Effective::Today,
            LaterChanges::Hold,
            posted,
            "period-posted",
        ),
    ];
    for (effective, later, change, expected) in table {
        let mut world = World::new(5, 7);
        world.billing.effective = effective;
        world.billing.later_changes = later;
        change(&mut world);
        assert_eq!(world.said(), [expected], "{effective:?} {later:?}");
    }
}

#[test]
fn a_contract_that_ends_before_the_next_period_is_said() {
    let mut world = World::new(5, 7);
    world.contract().end = date(2026, 9, 30);
    world.billing.effective = Effective::NextPeriod;
    assert_eq!(world.said(), ["contract-ends"]);
    let mut world = World::new(5, 7);
    world.contract().end = date(2026, 9, 14);
    assert_eq!(world.said(), ["contract-ended"]);
}

#[test]
fn at_the_end_of_a_period_nothing_is_posted_before_its_last_days() {
    let mut world = World::new(5, 7);
    world.billing.posting = Posting::PeriodEnd;
    world.billing.period_end_days = 3;
    for (day, expected) in [
        (date(2026, 9, 27), "not-yet"),
        (date(2026, 9, 28), "5→7 2026-09-01"),
        (date(2026, 9, 30), "5→7 2026-09-01"),
    ] {
        world.today(day);
        assert_eq!(world.said(), [expected], "{day}");
    }
}

#[test]
fn units_that_a_person_changed_within_the_period_are_not_changed_below_that() {
    let hand = date(2026, 9, 10);
    for (later, used, expected) in [
        // 5 from the first, 7 from the tenth: a change from the first would make it 9.
        (LaterChanges::Hold, 7, vec![]),
        (LaterChanges::Today, 7, vec![]),
        (LaterChanges::Hold, 8, vec!["held"]),
        (LaterChanges::Today, 8, vec!["7→8 2026-09-15"]),
        (LaterChanges::Hold, 6, vec!["held"]),
    ] {
        let mut world = World::new(0, used);
        world.billing.later_changes = later;
        world.contract().services[0].rows = split(5, hand, 7, 7);
        assert_eq!(world.said(), expected, "{later:?} {used}");
    }
}

#[test]
fn a_change_before_another_one_that_is_coming_would_move_that_too() {
    for (day, then, next) in [(date(2026, 9, 20), 7, 7), (date(2026, 9, 30), 5, 7)] {
        for later in [LaterChanges::Hold, LaterChanges::Today] {
            let mut world = World::new(0, 7);
            world.billing.later_changes = later;
            world.contract().services[0].rows = split(5, day, then, next);
            assert_eq!(world.said(), ["uneven"], "{day} {later:?}");
            world.usage().insert(key("servers"), reading(5));
            assert_eq!(world.said(), Vec::<String>::new(), "{day} {later:?}");
        }
    }
}

#[test]
fn a_change_is_held_until_the_border_after_the_one_that_has_its_change() {
    let mut world = World::new(5, 7);
    world.billing.effective = Effective::NextPeriod;
    world.posted(NEXT, PERIOD);
    let held = world.found().notes.remove(0).text;
    assert!(held.contains("is held until 2026-10-01"), "{held}");
}

#[test]
fn rows_around_today_are_read_only_where_those_of_today_do_not_tell_enough() {
    let mut world = World::new(5, 5);
    assert_eq!(around(&world), (0, 0));
    world.usage().insert(key("servers"), reading(6));
    assert_eq!(around(&world), (0, 1), "a change is planned");

    type Change = fn(&mut World);
    let table: [(&str, Change); 6] = [
        ("split", |world| {
            world.contract().services[0].rows = split(5, date(2026, 9, 10), 5, 5);
        }),
        ("posted", |world| {
            let line = &mut world.contract().services[0];
            let mut rows: Vec<UnitRow> = line.rows.iter().cloned().collect();
            rows[1].posted = Some(date(2026, 9, 10));
            line.rows = UnitRows::new(rows);
        }),
        ("no row", |world| {
            world.contract().services[0].rows = UnitRows::default();
            world.usage().insert(key("servers"), reading(0));
        }),
        ("other borders", |world| {
            world.contract().start = date(2026, 1, 2);
        }),
        ("what accrues", |world| {
            world.facts.products = vec![link("compute_points", 3)];
        }),
        ("next period", |world| {
            world.billing.effective = Effective::NextPeriod;
        }),
    ];
    for (name, change) in table {
        let mut world = World::new(5, 5);
        change(&mut world);
        assert_eq!(around(&world), (1, 0), "{name}");
        world.contract().billing = BillingType::Prepaid;
        assert_eq!(around(&world), (0, 0), "{name}, prepaid");
    }
}

#[test]
fn earlier_readings_are_asked_for_only_where_they_tell_something() {
    let zero = |world: &mut World| {
        world.usage().insert(key("servers"), reading(0));
    };
    let highest = |world: &mut World| world.billing.measure = PeriodMeasure::Highest;
    type Change<'a> = &'a dyn Fn(&mut World);
    let table: [(Posting, &str, Change<'_>, bool); 6] = [
        (Posting::EveryRun, "servers", &|_| {}, false),
        (Posting::EveryRun, "compute_points", &|_| {}, true),
        (Posting::PeriodEnd, "servers", &|_| {}, false),
        (Posting::PeriodEnd, "servers", &zero, true),
        (Posting::PeriodEnd, "servers", &highest, true),
        (
            Posting::PeriodEnd,
            "servers",
            &|world| world.usage().clear(),
            true,
        ),
    ];
    for (posting, item, change, expected) in table {
        let mut world = World::new(5, 5);
        world.facts.known.clear();
        world.billing.posting = posting;
        world.facts.products = vec![link(item, 3)];
        change(&mut world);
        let wanted = find_figures_to_read(&world.facts, world.rules()).periods;
        let starts: Vec<Date> = wanted.keys().map(|(_, period)| period.start).collect();
        let current = if expected { vec![PERIOD] } else { vec![] };
        assert_eq!(starts, current, "{posting:?} {item}");
    }
}
