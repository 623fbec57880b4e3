//! From which day a change counts, and what a period's end is for.

use jiff::civil::date;
use serde_json::Value;

use super::{Alma, PERIOD, kinds};

#[test]
fn a_second_change_in_a_period_is_held_and_posted_at_the_start_of_the_next() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.used("pw_base_workstations", 9);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 9);
}

#[test]
fn a_posted_period_is_left_alone_and_the_change_counts_from_the_next() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.post_periods(alma.contract, PERIOD);
    });
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn the_highest_measure_of_a_period_is_posted_in_its_last_days() {
    let mut alma = Alma::shipped();
    alma.billing("measure = \"highest\"");
    alma.used("pw_base_workstations", 11);
    let measured = alma.bill().expect(0).json();
    assert_eq!(measured["plan"]["actions"], Value::Array(vec![]));
    alma.used("pw_base_workstations", 8);
    alma.bench.set_now("2026-09-28T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 11);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn units_that_a_person_changed_within_the_period_are_billed_once() {
    let mut alma = Alma::new();
    alma.adjust_by_hand(alma.workstations, date(2026, 9, 10), 5);
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 9)), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 15)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.used("pw_base_workstations", 8);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 8);
}

#[test]
fn nothing_is_posted_before_a_change_that_is_coming() {
    let mut alma = Alma::new();
    alma.adjust_by_hand(alma.workstations, date(2026, 10, 1), 5);
    let told = alma.bill().expect(0).json();
    assert_eq!(kinds(&told["plan"]["notes"]), ["uneven"]);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 2);
    alma.bench.set_now("2026-10-02T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 2)), 7);
}

#[test]
fn a_change_of_the_next_period_is_not_posted_twice_by_one_of_today() {
    let mut alma = Alma::new();
    alma.billing("effective = \"next-period\"\nlater_changes = \"today\"");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.bench.set_now("2026-09-16T08:00:00Z");
    alma.used("pw_base_workstations", 9);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
}

#[test]
fn a_period_end_that_nobody_ran_in_is_made_good_once_it_is_approved() {
    let mut alma = Alma::shipped();
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 0);
    alma.bench.set_now("2026-10-05T06:00:00Z");
    alma.used("pw_base_workstations", 12);
    let missed = alma.bill().expect(4).json();
    let refusals = missed["plan"]["gate"]["refusals"].as_array().unwrap();
    assert!(refusals.iter().all(|one| one["code"] == "period-missed"));
    assert_eq!(refusals.len(), 2);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 0);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    alma.bench.set_now("2026-10-30T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 12);
}

#[test]
fn what_accrues_is_billed_by_what_accrued_between_the_borders() {
    let mut alma = Alma::new();
    let item = "notarizations";
    let service = alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let service = database.add_service("Notarizations", 2, "1.00");
        database.add_contract_service(alma.contract, service, 0);
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(&alma.tenant, item, None, None);
        service
    });
    alma.map(item, service);
    for (day, used, expected) in [(15, 4, 0), (29, 30, 0), (30, 50, 50)] {
        alma.used(item, used);
        alma.bench.set_now(&format!("2026-09-{day}T06:00:00Z"));
        alma.bill().expect(0);
        assert_eq!(alma.units(service, PERIOD), expected, "{day}");
    }
    // The figure begins anew with October; the level stays until October's last day.
    alma.used(item, 0);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(service, date(2026, 10, 1)), 50);
}

#[test]
fn rows_around_today_are_read_only_of_contracts_that_change() {
    let alma = Alma::new();
    let reads = |alma: &Alma| {
        let visits = alma.bench.sandbox.visits();
        let units = visits
            .iter()
            .filter(|visit| visit.path.ends_with("ContractServiceUnits/query"));
        units.count()
    };
    alma.bill().expect(0);
    alma.bench.sandbox.clear_visits();
    alma.bill().expect(0);
    assert_eq!(reads(&alma), 1);
}
