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
fn a_period_that_is_posted_is_named_and_nothing_is_dated_later_because_of_it() {
    for alma in [Alma::new(), {
        let mut shipped = Alma::shipped();
        shipped.bench.set_now("2026-09-29T08:00:00Z");
        shipped
    }] {
        alma.bench.sandbox.with_world(|world| {
            world.autotask.post_periods(alma.contract, PERIOD);
        });
        let told = alma.bill().expect(0).json();
        let notes = told["plan"]["notes"].as_array().unwrap();
        assert_eq!(kinds(&told["plan"]["notes"]), ["period-posted"; 2]);
        let text = notes[1]["text"].as_str().unwrap();
        assert!(text.contains("2 → 7 units (+5, 25.00)"), "{text}");
        assert!(text.contains("next-period"), "{text}");
        assert!(notes.iter().all(|note| note["needs_person"] == true));
        assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 2);
        assert_eq!(alma.adjustments(), 0);
    }
}

#[test]
fn who_posts_in_advance_bills_the_first_later_period_that_is_open() {
    let mut alma = Alma::shipped();
    alma.billing("effective = \"next-period\"");
    alma.bench.set_now("2026-09-29T08:00:00Z");
    alma.bench.sandbox.with_world(|world| {
        world
            .autotask
            .post_periods(alma.contract, date(2026, 10, 1));
    });
    alma.bill().expect(0);
    let on = |day| alma.units(alma.workstations, day);
    assert_eq!(on(date(2026, 10, 31)), 2);
    assert_eq!(on(date(2026, 11, 1)), 7);
    // October's reading follows in November's row only where that is free: December.
    alma.used("pw_base_workstations", 9);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 2, "September is settled");
    alma.bench.set_now("2026-10-30T08:00:00Z");
    alma.bench.sandbox.with_world(|world| {
        world
            .autotask
            .post_periods(alma.contract, date(2026, 11, 1));
    });
    alma.bill().expect(0);
    let on = |day| alma.units(alma.workstations, day);
    assert_eq!(on(date(2026, 11, 30)), 7);
    assert_eq!(on(date(2026, 12, 1)), 9);
}

#[test]
fn the_shipped_settings_bill_what_is_used_at_the_end_of_a_period() {
    let mut alma = Alma::shipped();
    // Twenty in the first night, twenty-five from then on.
    for (day, used, posted) in [
        (1, 20, 2),
        (2, 25, 2),
        (15, 25, 2),
        (28, 25, 25),
        (30, 30, 25),
    ] {
        alma.used("pw_base_workstations", used);
        alma.bench.set_now(&format!("2026-09-{day:02}T08:00:00Z"));
        alma.bill().expect(0);
        assert_eq!(alma.units(alma.workstations, PERIOD), posted, "{day}");
    }
    alma.bench.set_now("2026-10-15T08:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 25);
    alma.bench.set_now("2026-10-29T08:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 25);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 30);
}

#[test]
fn increases_can_be_raised_at_once_while_decreases_wait() {
    let mut alma = Alma::new();
    alma.billing("later_changes = \"raise\"");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    alma.bench.set_now("2026-09-20T08:00:00Z");
    alma.used("pw_base_workstations", 9);
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 19)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 20)), 9);
    alma.bench.set_now("2026-09-25T08:00:00Z");
    alma.used("pw_base_workstations", 4);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 9);
    alma.bench.set_now("2026-10-01T08:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 4);
}

#[test]
fn a_fall_to_nothing_and_an_older_reading_wait_for_a_person_at_the_periods_end() {
    let mut alma = Alma::shipped();
    alma.bill().expect(0);
    alma.bench.set_now("2026-09-28T08:00:00Z");
    alma.used("pw_base_workstations", 0);
    let run = alma.bill().expect(4).json();
    assert_eq!(run["plan"]["gate"]["refusals"][0]["code"], "usage-zero");
    alma.bench.sandbox.with_world(|world| {
        let tenant = alma.tenant.clone();
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.remove_usage_row(&tenant, "pw_base_workstations", None));
    });
    alma.bench.set_now("2026-09-29T08:00:00Z");
    let run = alma.bill().expect(4).json();
    let refusal = &run["plan"]["gate"]["refusals"][0];
    assert_eq!(refusal["code"], "older-reading");
    let text = refusal["text"].as_str().unwrap();
    assert!(text.contains("reading of 2026-09-28"), "{text}");
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 0);
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
