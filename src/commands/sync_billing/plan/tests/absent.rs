//! What is missing: usage, unit rows, lines, contracts. Absence is never zero.

use super::*;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::period::BillingPeriod;

#[test]
fn missing_usage_changes_nothing_until_it_is_approved() {
    let mut world = World::new(3, 0);
    world.usage().clear();
    assert_eq!(world.said(), ["3→0 2026-09-01", "! usage-missing"]);
    world.facts.customers[0].usage = CustomerUsage::Missing;
    assert_eq!(world.said(), ["3→0 2026-09-01", "! usage-missing"]);
    let mut world = World::new(3, 0);
    world.usage().get_mut(&key("servers")).unwrap().absolute = None;
    assert_eq!(world.said(), ["3→0 2026-09-01", "! usage-missing"]);
    let mut world = World::new(0, 0);
    world.usage().clear();
    assert_eq!(world.said(), Vec::<String>::new());
    let item = (AccountName::new("eu"), TenantId::new("t"), key("servers"));
    world.facts.billed.insert(item, 4);
    assert_eq!(world.said(), ["usage-missing"]);
}

#[test]
fn a_minimum_is_not_billed_where_no_usage_was_reported() {
    let mut world = World::new(0, 0);
    world.facts.products[0].measure.minimum = 10;
    assert_eq!(world.said(), ["0→10 2026-09-01"], "a reported zero");
    world.usage().clear();
    assert_eq!(world.said(), ["0→10 2026-09-01", "! usage-missing"]);
    world.facts.customers[0].usage = CustomerUsage::Missing;
    assert_eq!(world.said(), ["0→10 2026-09-01", "! usage-missing"]);
    // What is not known is no number to an accountant either.
    let standing = world.found().billed_levels.remove(0);
    assert_eq!((standing.wanted, standing.line.usage), (None, None));

    let mut world = World::new(5, 5);
    world.billing.add_missing_lines = true;
    let mut vms = link("vms", 4);
    vms.measure.minimum = 10;
    world.facts.products.push(vms);
    world.usage().insert(key("vms"), reading(0));
    assert_eq!(world.said(), Vec::<String>::new(), "no line for nothing");
    world.usage().insert(key("vms"), reading(1));
    assert_eq!(world.said(), ["0→10 2026-09-01"]);
}

#[test]
fn usage_that_falls_to_nothing_is_held_whatever_the_minimum() {
    for (minimum, included, used, expected) in [
        (1, 0, 0, vec!["300→1 2026-09-01", "! usage-zero"]),
        (0, 50, 40, vec!["300→0 2026-09-01", "! usage-zero"]),
        (0, 0, 250, vec!["300→250 2026-09-01"]),
    ] {
        let mut world = World::new(300, used);
        world.limits.usage_dropped_percent = 100;
        world.facts.products[0].measure.minimum = minimum;
        world.facts.products[0].measure.included = included;
        assert_eq!(world.said(), expected, "{minimum} {included} {used}");
    }
}

#[test]
fn a_line_without_a_unit_row_is_not_taken_for_one_of_zero_units() {
    let mut world = World::new(0, 7);
    world.contract().services[0].rows = UnitRows::default();
    assert_eq!(world.said(), ["0→7 2026-09-01", "! no-units"]);

    let mut other = contract(2, 4, 0);
    other.services[0].rows = UnitRows::default();
    world.facts.book.contracts.insert(other.id, other);
    world.facts.products.push(link("vms", 4));
    world.usage().insert(key("vms"), reading(2));
    let all = [
        "0→2 2026-09-01",
        "0→7 2026-09-01",
        "! no-units",
        "! no-units",
        "! no-units",
    ];
    let mut said = world.said();
    said.sort_by_key(|text| text.starts_with('!'));
    said[..2].sort();
    assert_eq!(said, all, "and the whole run stops");
    assert!(world.found().stops_all());
    world.contract().services[0].rows = rows(7);
    assert!(!world.found().stops_all());
}

#[test]
fn a_fall_that_is_held_does_not_stop_the_run_before_it_is_due() {
    let mut world = World::new(1000, 100);
    world.line().taken.insert(PERIOD);
    assert_eq!(world.said(), ["held"]);
    world.line().taken.clear();
    assert!(world.found().stops_all());
}

const POINTS: &str = "pw_base_adv_dr_compute_points";

#[test]
fn what_accrues_is_billed_on_the_last_day_by_what_accrued_in_the_period() {
    let mut world = World::new(5, 0);
    world.known().item = key(POINTS);
    world.facts.products = vec![link(POINTS, 3)];
    *world.usage() = BTreeMap::from([(key(POINTS), reading(900))]);
    let item = (AccountName::new("eu"), TenantId::new("t"), key(POINTS));
    let period = BillingPeriod {
        start: PERIOD,
        end: date(2026, 9, 30),
    };
    let measure = MeasuredAmount {
        amount: Decimal::from(6),
        at: "2026-09-15T08:00:00Z".parse().unwrap(),
    };
    world.facts.measures.insert((item.clone(), period), measure);
    assert_eq!(world.said(), ["not-yet"]);
    world.facts.today = date(2026, 9, 30);
    assert_eq!(world.said(), ["5→6 2026-09-01"]);
    // A new vendor's month: its zero is not a level.
    world.facts.today = NEXT;
    let nothing = MeasuredAmount {
        amount: Decimal::ZERO,
        ..measure
    };
    let october = BillingPeriod {
        start: NEXT,
        end: date(2026, 10, 31),
    };
    world.facts.measures.insert((item, october), nothing);
    let unposted = world.said();
    assert_eq!(
        unposted,
        ["5→6 2026-09-01", "not-yet"],
        "the last day's run is missing"
    );
    let rows = &mut world.contract().services[0].rows;
    let posted = rows.iter().map(|row| UnitRow {
        posted: (row.start == PERIOD).then_some(NEXT),
        ..row.clone()
    });
    let unposted = std::mem::replace(rows, UnitRows::new(posted.collect()));
    assert_eq!(
        world.said(),
        ["not-yet", "period-missed"],
        "it is posted by now"
    );
    world.contract().services[0].rows = unposted;
    world.posted(PERIOD, PERIOD);
    assert_eq!(world.said(), ["not-yet"]);
}

#[test]
fn a_part_is_not_billed_beside_its_whole() {
    let mut world = World::new(5, 5);
    world.facts.products = vec![link("pw_base_m365_seats", 3), link("pw_base_m365_teams", 4)];
    let teams = ServiceLine {
        id: ContractServiceId(11),
        service: ServiceId(4),
        price: None,
        rows: rows(0),
    };
    world.contract().services.push(teams);
    *world.usage() = BTreeMap::from([
        (key("pw_base_m365_seats"), reading(6)),
        (key("pw_base_m365_teams"), reading(9)),
    ]);
    assert_eq!(world.said(), ["5→6 2026-09-01", "double-charging"]);
    let text = |world: &World| world.found().notes.remove(0).text;
    assert!(text(&world).contains("only the whole is billed"));
    assert!(text(&world).contains("map-products free eu/pw_base_m365_teams"));
    assert!(!text(&world).contains("unset"));

    let seats = world.contract().services.remove(0);
    let mut prepaid = contract(2, 3, 5);
    prepaid.billing = BillingType::Prepaid;
    prepaid.services = vec![seats];
    world
        .facts
        .book
        .contracts
        .insert(prepaid.id, prepaid.clone());
    assert_eq!(world.said(), ["double-charging"]);
    assert!(text(&world).contains("the whole is prepaid"));

    prepaid.billing = BillingType::PayAsYouGo;
    let mut twice = prepaid.clone();
    twice.id = ContractId(3);
    world.facts.book.contracts.insert(prepaid.id, prepaid);
    world.facts.book.contracts.insert(twice.id, twice);
    assert_eq!(world.said(), ["several-contracts", "double-charging"]);
    let found = world.found().notes.remove(1).text;
    assert!(found.contains("neither is"), "{found}");
}

#[test]
fn a_mapped_part_that_no_contract_holds_is_not_spoken_of() {
    let mut world = World::new(5, 5);
    world.facts.products = vec![link("pw_base_m365_seats", 3), link("pw_base_m365_teams", 4)];
    *world.usage() = BTreeMap::from([
        (key("pw_base_m365_seats"), reading(6)),
        (key("pw_base_m365_teams"), reading(9)),
    ]);
    assert_eq!(world.said(), ["5→6 2026-09-01"]);
    world.billing.add_missing_lines = true;
    assert_eq!(world.said(), ["5→6 2026-09-01"]);

    // Without the whole on a contract, the part is what is sold.
    world.facts.products.remove(0);
    assert_eq!(world.said()[0], "0→9 2026-09-01");
}

#[test]
fn usage_that_no_contract_bills_any_more_is_told() {
    type Change = fn(&mut World);
    let table: [(Change, &[&str]); 4] = [
        (
            |world| world.contract().end = date(2026, 9, 14),
            &["contract-ended"],
        ),
        (|world| world.contract().active = false, &["contract-ended"]),
        (
            |world| {
                world.contract().end = date(2026, 9, 14);
                let mut renewed = contract(2, 3, 7);
                renewed.billing = BillingType::Prepaid;
                world.facts.book.contracts.insert(renewed.id, renewed);
            },
            &[],
        ),
        (|world| world.contract().start = NEXT, &[]),
    ];
    for (change, expected) in table {
        let mut world = World::new(5, 7);
        change(&mut world);
        assert_eq!(world.said(), expected);
    }
}

#[test]
fn a_contract_that_says_pay_as_you_go_and_holds_nothing_yet_lacks_its_lines() {
    let mut world = World::new(5, 7);
    world.contract().services.clear();
    assert_eq!(world.said(), ["line-missing"]);
    world.billing.add_missing_lines = true;
    assert_eq!(world.said(), ["0→7 2026-09-01"]);
    world.usage().insert(key("servers"), reading(0));
    assert_eq!(world.said(), Vec::<String>::new());
}

#[test]
fn a_line_of_another_period_than_its_contract_is_not_planned_but_told() {
    let mut world = World::new(5, 7);
    world.contract().services.clear();
    world.facts.service_months.insert(ServiceId(3), 12);
    for adds in [false, true] {
        world.billing.add_missing_lines = adds;
        assert_eq!(world.said(), ["service-period-differs"]);
        let text = world.found().notes.remove(0).text;
        assert!(text.contains("every 12 months"), "{text}");
    }
    world.facts.service_months.insert(ServiceId(3), 1);
    assert_eq!(world.said(), ["0→7 2026-09-01"]);
}

#[test]
fn a_link_to_the_contract_is_given_where_the_configuration_tells_its_address() {
    let mut world = World::new(0, 900);
    let text = |world: &World| world.found().refusals.remove(0).text;
    assert!(!text(&world).contains("https"));
    world.billing.contract_link = "https://psa.example/contract/{contract}".to_owned();
    assert!(text(&world).ends_with(" (https://psa.example/contract/1)"));
}

#[test]
fn what_cannot_be_billed_stands_in_the_months_report_with_its_reason() {
    type Change = fn(&mut World);
    let table: [Change; 3] = [
        |world| world.facts.customers[0].usage = CustomerUsage::Unreadable("403".to_owned()),
        |world| world.usage().get_mut(&key("servers")).unwrap().doubled = true,
        |world| {
            let bundle = BundleLine {
                id: ContractBundleId(90),
                bundle: BundleId(9),
                services: BTreeSet::from([ServiceId(3)]),
                rows: rows(1),
            };
            world.contract().bundles.push(bundle);
        },
    ];
    for change in table {
        let mut world = World::new(5, 7);
        change(&mut world);
        let found = world.found();
        assert!(found.actions.is_empty());
        let standing = &found.billed_levels[0];
        assert_eq!((standing.units, standing.wanted), (5, None));
        assert_eq!(standing.line.arithmetic, found.notes[0].text);
    }
}
