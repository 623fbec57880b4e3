//! What is refused, held and told.

use jiff::civil::date;
use sandbox::{Fault, Kind};

use super::{Alma, PERIOD, kinds};

#[test]
fn a_jump_past_the_limit_waits_for_a_person_and_the_other_lines_go_on() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    let run = alma.bill().expect(4).json();
    assert_eq!(run["plan"]["gate"]["refusals"][0]["code"], "units-jump");
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 900);
}

#[test]
fn what_waits_for_a_person_is_told_once_until_it_changes_or_is_approved() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    let first = alma.bench.run(&["sync-billing", "--quiet"]).expect(4);
    assert!(first.stdout.contains("2 → 900 units"), "{}", first.stdout);
    let second = alma.bench.run(&["sync-billing", "--quiet"]).expect(0);
    assert_eq!(second.stdout, "");
    alma.used("pw_base_workstations", 901);
    alma.bench.run(&["sync-billing", "--quiet"]).expect(4);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 901);
    let waiting: i64 = rusqlite::Connection::open(alma.bench.state())
        .unwrap()
        .query_row("SELECT count(*) FROM pending_items", [], |row| row.get(0))
        .unwrap();
    assert_eq!(waiting, 0);
}

#[test]
fn missing_usage_is_not_zero_usage() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.bench.sandbox.with_world(|world| {
        let tenant = alma.tenant.clone();
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.remove_usage_row(&tenant, "pw_base_workstations", None));
    });
    let run = alma.bill().expect(0).json();
    let note = &run["plan"]["notes"][0];
    assert_eq!(note["kind"], "usage-missing");
    assert_eq!(note["needs_person"], true);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    let run = alma.bill().expect(4).json();
    assert_eq!(run["plan"]["gate"]["refusals"][0]["code"], "usage-missing");
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 0);
}

#[test]
fn what_nobody_can_bill_is_reported_once_with_what_to_do() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let start = date(2026, 8, 1);
        let end = date(2027, 7, 31);
        let second = database.add_contract(alma.company, "Second", start, end, 2, Some("Yes"));
        database.add_contract_service(second, alma.workstations, 0);
        let odd = database.add_contract(alma.company, "Odd", start, end, 2, Some("Perhaps"));
        database.add_contract_service(odd, alma.workstations, 0);
    });
    let run = alma.bill().expect(4).json();
    assert_eq!(
        kinds(&run["plan"]["notes"]),
        ["billing-type-unclear", "mixed-billing"]
    );
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    let quiet = alma.bench.run(&["sync-billing", "--quiet"]).expect(0);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn a_refusal_of_autotask_is_not_repeated_until_something_changes_or_is_approved() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 0);
    alma.bench
        .sandbox
        .with_world(|world| world.autotask.refuses_zero_units = true);
    alma.bill().expect(3);
    alma.bench.sandbox.clear_visits();
    let held = alma.bill().expect(4).json();
    assert_eq!(
        held["plan"]["gate"]["refusals"][0]["code"],
        "refused-before"
    );
    alma.bill().expect(0);
    assert_eq!(alma.bench.writes(), Vec::<String>::new());
    alma.used("pw_base_workstations", 1);
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 1);
}

#[test]
fn unit_rows_that_are_out_of_sight_are_not_zero_units() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.used("pw_base_workstations", 9);
    let path = "*/ContractServiceUnits/query";
    let empty = Kind::Body {
        text: r#"{"items": [], "pageDetails": {"count": 0, "nextPageUrl": null}}"#.to_owned(),
    };
    let hidden = Fault::new("autotask", "POST", path, empty).times(99);
    alma.bench.sandbox.fault(hidden);
    let run = alma.bill().expect(4).json();
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap();
    assert!(refusals.iter().all(|one| one["code"] == "no-units"));
    assert_eq!(alma.adjustments(), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
}
