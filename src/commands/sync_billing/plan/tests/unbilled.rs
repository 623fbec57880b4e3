//! Usage that nothing bills, editions that were switched, and what people keep.

use super::*;

/// What is not billed, and the kinds of what is said of it.
fn unbilled(world: &World) -> (Vec<String>, usize) {
    let found = world.found();
    let items = found.unbilled.iter().map(|one| one.item.to_string());
    (items.collect(), found.over_use.len())
}

#[test]
fn an_item_that_no_mapping_counts_and_no_line_bills_is_named() {
    let mut world = World::new(5, 5);
    world.usage().insert(key("second_storage"), reading(300));
    assert_eq!(unbilled(&world), (vec!["second_storage".to_owned()], 1));
    // Mapped and without a line: said with that line, and listed with the price of the service.
    world.facts.products.push(link("second_storage", 4));
    world.facts.prices.insert(ServiceId(4), Decimal::TWO);
    assert_eq!(unbilled(&world), (vec!["second_storage".to_owned()], 1));
    assert_eq!(world.said(), ["line-missing"]);
    let text = world.found().over_use[0].note.text.clone();
    assert!(
        text.contains("used 300 units of second_storage (600.00 by the service's own price)"),
        "{text}"
    );
    assert_eq!(world.found().unbilled[0].price, Some(Decimal::TWO));
    for choice in [MappingChoice::Free, MappingChoice::Leave] {
        world.facts.products[1].choice = choice;
        assert_eq!(unbilled(&world).0, Vec::<String>::new(), "a person decided");
    }
    world.facts.products.pop();
    type Change = fn(&mut ItemReading);
    let changes: [Change; 3] = [
        |row| row.absolute = Some(Decimal::ZERO),
        |row| row.enabled = None,
        |row| row.enabled = Some(false),
    ];
    for change in changes {
        let mut other = reading(300);
        change(&mut other);
        world.usage().insert(key("second_storage"), other);
        assert_eq!(unbilled(&world).0, Vec::<String>::new());
    }
    world.usage().insert(key("second_storage"), reading(300));
    world.contract().billing = BillingType::Prepaid;
    assert_eq!(unbilled(&world).0, Vec::<String>::new(), "quotas bound it");
}

#[test]
fn the_same_usage_in_another_edition_is_not_named_twice() {
    let mut world = World::new(5, 5);
    let mut same = reading(5);
    same.usage_name = Some("servers".to_owned());
    world.usage().insert(key("servers"), same.clone());
    world.usage().insert(key("other_servers"), same);
    assert_eq!(unbilled(&world).0, Vec::<String>::new());
}

#[test]
fn a_few_units_do_not_go_to_zero_while_another_edition_is_used() {
    let mut world = World::new(3, 0);
    assert_eq!(world.said(), ["3→0 2026-09-01"]);
    world.usage().insert(key("new_servers"), reading(3));
    assert_eq!(
        world.said(),
        ["3→0 2026-09-01", "! edition-switch", "unbilled-usage"]
    );
}

#[test]
fn units_that_a_person_means_to_keep_are_added_to_what_is_used() {
    let mut world = World::new(10, 3);
    world.known().units = Some(3);
    assert_eq!(world.said(), ["10→3 2026-10-01", "! units-changed"]);
    let subject = "Service 3 (service 3) on contract 1".to_owned();
    world.facts.kept.insert(subject, 10);
    assert_eq!(world.said(), Vec::<String>::new());
    let line = world.found().lines[&(ContractId(1), ServiceId(3))].clone();
    assert_eq!((line.offset, line.units), (7, Some(10)));
    world
        .facts
        .known
        .insert((ContractId(1), ServiceId(3)), line);
    world.usage().insert(key("servers"), reading(4));
    assert_eq!(world.said(), ["10→11 2026-09-01"]);
}

#[test]
fn a_contract_that_is_inactive_before_its_successor_begins_is_a_gap() {
    let mut world = World::new(5, 5);
    world.contract().active = false;
    assert_eq!(world.said(), ["contract-ended"]);
    let mut next = contract(2, 3, 5);
    next.start = NEXT;
    world.facts.book.contracts.insert(next.id, next);
    let text = world.found().notes[0].text.clone();
    assert!(
        text.contains("a renewal gap, in which Autotask goes on billing 5 units"),
        "{text}"
    );
}
