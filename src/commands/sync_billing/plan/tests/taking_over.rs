//! Lines that had units before, units that people changed, money that one run may move, and trial.

use super::*;
use crate::config::Trial;

fn price(world: &mut World, cents: i64) {
    world.contract().services[0].price = Some(Decimal::new(cents, 2));
}

#[test]
fn the_first_change_of_a_line_that_had_units_waits_for_a_person() {
    let fresh = |before, used| {
        let mut world = World::new(before, used);
        world.facts.known.clear();
        world
    };
    for (before, used, expected) in [
        (5, 7, vec!["5→7 2026-09-01", "! taking-over"]),
        (5, 5, vec![]),
        (0, 7, vec!["0→7 2026-09-01"]),
    ] {
        assert_eq!(fresh(before, used).said(), expected, "{before} {used}");
    }
    // What is learned of it is kept.
    let key = (ContractId(1), ServiceId(3));
    let taken_over = |before, used| fresh(before, used).found().lines[&key].taken_over;
    assert_eq!(taken_over(5, 7), None);
    assert_eq!(taken_over(5, 5), Some(TODAY));
    assert_eq!(taken_over(0, 7), Some(TODAY));
    let mut waiting = World::new(5, 7);
    waiting.known().taken_over = None;
    assert_eq!(waiting.said(), ["5→7 2026-09-01", "! taking-over"]);
    assert!(World::new(5, 7).found().lines.is_empty(), "nothing is new");
}

#[test]
fn all_lines_that_are_taken_over_wait_once_with_their_totals() {
    let mut world = World::new(5, 7);
    price(&mut world, 250);
    world.facts.known.clear();
    let mut other = contract(2, 4, 9);
    other.services[0].price = Some(Decimal::ONE);
    world.facts.book.contracts.insert(other.id, other);
    world.facts.products.push(link("vms", 4));
    world.usage().insert(key("vms"), reading(6));
    let found = world.found();
    let [refusal] = found.refusals.as_slice() else {
        panic!("{:?}", found.refusals);
    };
    assert!(
        refusal.text.starts_with("2 lines of 1 companies"),
        "{}",
        refusal.text
    );
    assert!(
        refusal.text.contains("14 → 13 units, +5.00 and -3.00"),
        "{}",
        refusal.text
    );
}

#[test]
fn a_renewal_is_taken_over_without_a_word_and_a_former_prepaid_contract_is_not() {
    let mut renewed = World::new(5, 7);
    let old = renewed
        .facts
        .known
        .remove(&(ContractId(1), ServiceId(3)))
        .unwrap();
    renewed
        .facts
        .known
        .insert((ContractId(9), ServiceId(3)), old.clone());
    assert_eq!(renewed.said(), ["5→7 2026-09-01"]);
    let mut another = World::new(5, 7);
    another.facts.known.clear();
    another
        .facts
        .known
        .insert((ContractId(9), ServiceId(4)), old);
    assert_eq!(another.said(), ["5→7 2026-09-01", "! taking-over"]);

    let mut prepaid = World::new(5, 7);
    prepaid
        .facts
        .prepaid
        .insert(ContractId(1), date(2026, 9, 3));
    assert_eq!(prepaid.said(), ["5→7 2026-09-01", "! taking-over"]);
    prepaid
        .facts
        .prepaid
        .insert(ContractId(1), date(2026, 8, 31));
    assert_eq!(prepaid.said(), ["5→7 2026-09-01"]);
}

#[test]
fn the_money_that_a_run_adds_and_takes_away_is_bounded_each_by_itself() {
    for (before, used, expected) in [
        (10, 20, vec!["10→20 2026-09-01"]),
        (10, 21, vec!["10→21 2026-09-01", "! amount-change"]),
        (20, 10, vec!["20→10 2026-09-01"]),
        (21, 10, vec!["21→10 2026-09-01", "! amount-change"]),
    ] {
        let mut world = World::new(before, used);
        world.limits.amount_change_max = 1000;
        world.limits.usage_dropped_percent = 100;
        price(&mut world, 10_000);
        assert_eq!(world.said(), expected, "{before} {used}");
    }
    // What waits for something else is not counted.
    let mut held = World::new(10, 30);
    held.limits.amount_change_max = 1000;
    held.limits.units_change_max = 5;
    price(&mut held, 10_000);
    assert_eq!(held.said(), ["10→30 2026-09-01", "! units-jump"]);
}

#[test]
fn units_that_somebody_changed_are_named_and_wait() {
    let changed = |left: i64, stands: i64, used: i64| {
        let mut world = World::new(stands, used);
        price(&mut world, 500);
        world.known().units = Some(left);
        world
    };
    // Posted 3, taken back to 10: September was ours already.
    let mut world = changed(3, 10, 3);
    world.posted(PERIOD, PERIOD);
    assert_eq!(world.said(), ["10→3 2026-10-01", "! units-changed"]);
    let text = world.found().refusals[0].text.clone();
    assert!(
        text.contains("has 10 units, but acrotask posted 3"),
        "{text}"
    );
    assert!(
        text.contains("+7 units, 35.00 of the current period"),
        "{text}"
    );
    for (left, stands, used, expected) in [
        (5, 6, 7, vec!["6→7 2026-10-01", "! units-changed"]),
        (5, 7, 7, vec![]),
        (5, 5, 7, vec!["5→7 2026-09-01"]),
    ] {
        assert_eq!(
            changed(left, stands, used).said(),
            expected,
            "{left} {stands} {used}"
        );
    }
    let mut last = changed(5, 6, 7);
    last.contract().end = date(2026, 9, 30);
    assert_eq!(last.said(), ["units-changed"]);
    // A person's two units stay beside what is used.
    let mut kept = changed(7, 7, 6);
    kept.known().offset = 2;
    assert_eq!(kept.said(), ["7→8 2026-09-01"]);
    kept.known().offset = -9;
    kept.limits.units_to_zero_max = 9;
    assert_eq!(kept.said(), ["7→0 2026-09-01"]);
}

#[test]
fn a_tenant_in_trial_is_not_billed_unless_configured_and_named_in_any_case() {
    let mut world = World::new(5, 7);
    price(&mut world, 250);
    world.facts.customers[0].trial = true;
    assert_eq!(world.said(), ["trial"]);
    let found = world.found();
    assert!(
        found.notes[0].text.contains("5 units, total 12.50"),
        "{}",
        found.notes[0].text
    );
    assert!(
        found.billed_levels[0].settled,
        "the mode of the settling run decides"
    );
    world.billing.trial = Trial::Bill;
    assert_eq!(world.said(), ["5→7 2026-09-01", "trial"]);
    world.contract().billing = BillingType::Prepaid;
    assert_eq!(world.said(), ["trial"]);
    world.contract().active = false;
    assert_eq!(world.said(), Vec::<String>::new());
}
