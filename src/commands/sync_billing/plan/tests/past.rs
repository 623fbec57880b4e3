//! Ended periods: settled, offered, or named.

use super::super::super::facts::ReadingsAround;
use super::*;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::period::BillingPeriod;
use crate::plan::RemarkKind;

const AUGUST: BillingPeriod = BillingPeriod {
    start: date(2026, 8, 1),
    end: date(2026, 8, 31),
};

fn measure(amount: i64) -> MeasuredAmount {
    MeasuredAmount {
        amount: Decimal::from(amount),
        at: "2026-08-31T08:00:00Z".parse().unwrap(),
    }
}

/// The middle of September, `used` then; August ended with five units and was read as `read`.
fn after_august(posting: Posting, read: Option<i64>, used: i64) -> World {
    let mut world = World::new(5, used);
    world.billing.posting = posting;
    world.billing.period_end_days = 3;
    world.known().since = AUGUST.start;
    let item = (AccountName::new("eu"), TenantId::new("t"), key("servers"));
    if let Some(read) = read {
        world.facts.measures.insert((item, AUGUST), measure(read));
    }
    world
}

fn change_august(world: &mut World, change: impl Fn(&mut UnitRow)) {
    let line = &mut world.contract().services[0];
    let mut rows: Vec<UnitRow> = line.rows.iter().cloned().collect();
    change(&mut rows[0]);
    line.rows = UnitRows::new(rows);
}

fn settled(world: &mut World) {
    world.past(AUGUST, true, 5);
}

#[test]
fn an_ended_period_is_settled_offered_or_named_whatever_the_posting() {
    let offered = ["5→7 2026-08-01", "! period-missed"];
    let end = |world: &World| {
        let said = world.said().into_iter();
        said.filter(|said| said != "not-yet").collect::<Vec<_>>()
    };
    assert_eq!(end(&after_august(Posting::PeriodEnd, Some(7), 9)), offered);
    assert_eq!(end(&after_august(Posting::PeriodEnd, Some(5), 9)), [""; 0]);
    let unread = after_august(Posting::PeriodEnd, None, 9);
    assert_eq!(end(&unread), ["period-unread"]);
}

#[test]
fn what_settles_a_period_and_what_makes_it_one_for_a_person() {
    let end = |world: &World| {
        let said = world.said().into_iter();
        said.filter(|said| said != "not-yet").collect::<Vec<_>>()
    };
    type Change<'a> = &'a dyn Fn(&mut World);
    let table: [(&str, Change<'_>, &[&str]); 10] = [
        ("right without a change", &settled, &[]),
        (
            "posted by acrotask",
            &|world| world.posted(AUGUST.start, AUGUST.start),
            &[],
        ),
        (
            "settled by one of another day",
            &|world| {
                world.line().settles.insert(AUGUST.start);
            },
            &[],
        ),
        (
            "approved and posted in Autotask",
            &|world| {
                change_august(world, |row| row.posted = Some(date(2026, 9, 10)));
            },
            &["period-missed"],
        ),
        (
            "September was changed since",
            &|world| {
                world.line().taken.insert(PERIOD);
                world.line().posted.insert(PERIOD);
            },
            &["period-missed"],
        ),
        (
            "somebody changed it since",
            &|world| {
                world.contract().services[0].rows = split(5, date(2026, 9, 2), 6, 6);
            },
            &["period-missed"],
        ),
        (
            "seen first in September",
            &|world| world.known().since = PERIOD,
            &[],
        ),
        (
            "not an account of this run",
            &|world| world.facts.accounts.clear(),
            &[],
        ),
        (
            "in trial now",
            &|world| world.facts.customers[0].trial = true,
            &["trial", "period-missed"],
        ),
        (
            "in trial in its last days",
            &|world| world.past(AUGUST, true, 7).in_trial = true,
            &[],
        ),
    ];
    for (name, change, expected) in table {
        let mut world = after_august(Posting::PeriodEnd, Some(7), 5);
        change(&mut world);
        assert_eq!(end(&world), expected, "{name}");
    }
}

#[test]
fn later_changes_come_on_top_of_what_was_missed_and_wait_with_it() {
    // Every run: September wants 9, so that 5, 7 and 9 follow each other.
    let both = after_august(Posting::EveryRun, Some(7), 9);
    let expected = ["5→7 2026-08-01", "7→9 2026-09-01", "! period-missed"];
    assert_eq!(both.said(), expected);
    let found = both.found();
    let held = found.actions.iter().map(|action| action.describe());
    assert!(
        held.into_iter()
            .all(|line| found.refusals[0].holds_line(&line))
    );
    // September is right at five, and stays so.
    let right = after_august(Posting::EveryRun, Some(7), 5);
    let expected = ["5→7 2026-08-01", "7→5 2026-09-01", "! period-missed"];
    assert_eq!(right.said(), expected);
    // September is what August should have been.
    let same = after_august(Posting::EveryRun, Some(7), 7);
    assert_eq!(same.said(), ["5→7 2026-08-01", "! period-missed"]);
    // September is settled in its last days, and rides on until then.
    let rides = after_august(Posting::PeriodEnd, Some(7), 5);
    assert_eq!(rides.said(), ["5→7 2026-08-01", "! period-missed"]);
    let mut last_days = after_august(Posting::PeriodEnd, Some(7), 5);
    last_days.facts.today = date(2026, 9, 29);
    let expected = ["5→7 2026-08-01", "7→5 2026-09-01", "! period-missed"];
    assert_eq!(last_days.said(), expected);
}

#[test]
fn what_was_missed_of_billing_in_advance_counts_from_the_period_after() {
    let mut world = after_august(Posting::PeriodEnd, Some(7), 9);
    world.billing.effective = Effective::NextPeriod;
    let expected = ["5→7 2026-09-01", "! period-missed", "not-yet"];
    assert_eq!(world.said(), expected);
    world.posted(PERIOD, AUGUST.start);
    assert_eq!(world.said(), ["not-yet"]);
}

#[test]
fn ended_inactive_and_unlinked_contracts_are_looked_at_too() {
    let offered = ["5→7 2026-08-01", "! period-missed"];
    let past = |world: &World| {
        let said = world.said().into_iter();
        let mine = said.filter(|said| said.contains("2026-08") || said.contains("period"));
        mine.collect::<Vec<_>>()
    };
    let mut ended = after_august(Posting::PeriodEnd, Some(7), 0);
    ended.contract().end = AUGUST.end;
    assert_eq!(past(&ended), offered);
    for change in [
        (|world| world.contract().active = false) as fn(&mut World),
        |world| world.contract().billing = BillingType::Prepaid,
        |world| {
            world.facts.linked.clear();
            world.facts.customers.clear();
        },
    ] {
        let mut world = after_august(Posting::PeriodEnd, Some(7), 0);
        change(&mut world);
        assert_eq!(past(&world), offered, "seen in August last");
        // Nothing is owed for what came after it was seen last.
        world.known().since = date(2026, 7, 1);
        world.facts.measures.clear();
        settled(&mut world);
        world.facts.today = date(2026, 10, 20);
        assert_eq!(past(&world), ["period-unread"], "July");
    }
}

#[test]
fn a_period_without_a_reading_is_named_with_its_amount_and_the_readings_around() {
    let mut world = after_august(Posting::PeriodEnd, None, 9);
    world.contract().services[0].price = Some(Decimal::new(250, 2));
    let item = (AccountName::new("eu"), TenantId::new("t"), key("servers"));
    let around = ReadingsAround {
        before: Some(measure(4)),
        after: None,
    };
    world.facts.around.insert((item, AUGUST), around);
    let found = world.found();
    let note = found
        .notes
        .iter()
        .find(|note| note.kind == RemarkKind::PeriodUnread);
    let text = &note.unwrap().text;
    assert!(text.contains("its 5 units, 12.50 stay as billed"), "{text}");
    assert!(
        text.contains("before it: 4 units, read 2026-08-31"),
        "{text}"
    );
    assert!(text.contains("after it: none"), "{text}");
}

#[test]
fn twelve_periods_are_looked_at_and_not_more() {
    let mut world = World::new(5, 5);
    world.contract().start = date(2024, 1, 1);
    world.known().since = date(2024, 6, 1);
    let unread = world.said();
    assert_eq!(unread, vec!["period-unread"; 12]);
}

#[test]
fn a_later_change_that_never_came_is_named_when_its_period_is_over() {
    use LaterChanges::{Hold, Raise, Today};
    let end = |changed: bool, later, wanted, units| {
        let mut world = after_august(Posting::EveryRun, Some(wanted), units);
        world.billing.later_changes = later;
        // Its change came from a posting, or its first reading needed none.
        if changed {
            world.posted(date(2026, 8, 1), AUGUST.start);
        }
        world.past(AUGUST, true, wanted);
        let said = world.said().into_iter();
        said.filter(|said| said.ends_with("period-missed")).count()
    };
    for (later, wanted, named) in [
        (Today, 7, 1),
        (Today, 3, 1),
        (Today, 5, 0),
        (Raise, 7, 1),
        // A decrease counts from the next period.
        (Raise, 3, 0),
        (Hold, 7, 0),
        (Hold, 3, 0),
    ] {
        for changed in [true, false] {
            let found = end(changed, later, wanted, 5);
            assert_eq!(found, named, "{later:?} {wanted} {changed}");
        }
    }
}

#[test]
fn a_period_that_turns_out_right_is_settled_then() {
    let right = after_august(Posting::PeriodEnd, Some(5), 9);
    let line = (ContractId(1), ServiceId(3));
    assert_eq!(right.found().found_right, [(line, AUGUST.start)]);
    let missed = after_august(Posting::PeriodEnd, Some(7), 9);
    assert_eq!(missed.found().found_right, []);
}

#[test]
fn a_period_that_fell_to_nothing_without_a_bill_waits_until_a_person_has_seen_it() {
    let mut world = after_august(Posting::PeriodEnd, Some(0), 0);
    change_august(&mut world, |row| row.units = 0);
    world.contract().services[0].price = Some(Decimal::from(5));
    let item = (AccountName::new("eu"), TenantId::new("t"), key("servers"));
    world.facts.peaks.insert((item, AUGUST), measure(6));
    let found = world.found();
    let note = found
        .notes
        .iter()
        .find(|note| note.kind == RemarkKind::UsageZero);
    let note = note.unwrap();
    assert!(note.text.contains("6 units, 30"), "{}", note.text);
    assert!(note.subject.ends_with("period 2026-08-01"), "{note:?}");
    assert!(note.needs_person);
    assert_eq!(found.found_right, [], "nothing settles it");
}

#[test]
fn a_line_whose_period_is_no_month_stands_in_the_report_with_its_units() {
    let mut world = World::new(5, 7);
    world.contract().period_months = Some(3);
    assert_eq!(world.said(), ["not-monthly"]);
    let standing = world.found().billed_levels;
    let stands: Vec<(i64, Option<i64>)> =
        standing.iter().map(|one| (one.units, one.wanted)).collect();
    assert_eq!(stands, [(5, Some(7))]);
}
