//! Usage becomes units, once.

use jiff::civil::date;
use sandbox::{Fault, Kind};
use serde_json::Value;

use super::{ADJUST, Alma, PERIOD, kinds};

#[test]
fn usage_becomes_units_from_the_period_start_and_a_second_run_posts_nothing() {
    let alma = Alma::new();
    let run = alma.bill().expect(0).json();
    assert_eq!(kinds(&run["plan"]["actions"]), ["post-units", "post-units"]);
    assert_eq!(run["summary"]["done"], 2);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    assert_eq!(alma.units(alma.workstations, date(2026, 8, 31)), 2);
    assert_eq!(alma.adjustments(), 2);

    let again = alma.bill().expect(0).json();
    assert_eq!(again["plan"]["actions"], Value::Array(vec![]));
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let alma = Alma::new();
    let run = alma
        .bench
        .run(&[
            "sync-billing",
            "--dry-run",
            "--detailed-exitcode",
            "--output",
            "json",
        ])
        .expect(10)
        .json();
    let first = &run["plan"]["actions"][1];
    assert_eq!(first["before"]["units"], 2);
    assert_eq!(first["after"]["units"], 7);
    assert_eq!(first["after"]["from"], "2026-09-01");
    assert_eq!(alma.bench.writes(), Vec::<String>::new());
    assert_eq!(alma.adjustments(), 0);
}

#[test]
fn one_line_that_fails_does_not_stop_the_others_and_the_next_run_mends_it() {
    let alma = Alma::new();
    alma.bench
        .sandbox
        .fault(Fault::new("autotask", "POST", ADJUST, Kind::CutBefore));
    let run = alma.bill().expect(3).json();
    assert_eq!(run["summary"]["done"], 1);
    assert_eq!(run["summary"]["uncertain"], 1);
    let waits = alma.bill().expect(0).json();
    assert_eq!(kinds(&waits["plan"]["notes"]), ["settling"]);
    assert_eq!(alma.adjustments(), 1);
    alma.bench.long_after();
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn a_person_who_adjusted_the_line_on_the_same_day_is_not_fought() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let line = database.contract_services(alma.contract, alma.workstations)[0];
        database.adjust_as_person(line, PERIOD, 1).unwrap();
    });
    let refused = alma.bill().expect(3).json();
    assert_eq!(refused["summary"]["failed"], 1);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 3);
}

#[test]
fn a_missing_line_is_reported_and_made_only_when_configured() {
    let alma = Alma::new();
    let service = alma
        .bench
        .sandbox
        .with_world(|world| world.autotask.add_service("Backup server", 2, "9.00"));
    alma.map("pw_base_servers", service);
    // The quotas' part would switch the unsold item off, and does not while it is in use.
    let run = alma.bill().expect(4).json();
    assert_eq!(kinds(&run["plan"]["notes"]), ["line-missing"]);
    let text = run["plan"]["notes"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("used 1 units of pw_base_servers (9.00 by the service's own price)"),
        "{text}"
    );
    assert_eq!(alma.units(service, PERIOD), 0);
    alma.billing("add_missing_lines = true");
    alma.bill().expect(0);
    assert_eq!(alma.units(service, PERIOD), 1);
}

#[test]
fn prepaid_quotas_follow_the_contract_and_over_use_is_listed_with_numbers() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.set_payg(alma.contract, "No");
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(
            &alma.tenant,
            "pw_base_workstations",
            None,
            Some((5, Some(0))),
        );
    });
    let run = alma
        .bench
        .run(&["sync-billing", "--dry-run", "-o", "json"])
        .json();
    let over = run["plan"]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|note| note["kind"] == "over-use")
        .unwrap();
    let text = over["text"].as_str().unwrap();
    assert!(
        text.contains("uses 7") && text.contains("quota of 5: 2 over"),
        "{text}"
    );
    assert_eq!(alma.adjustments(), 0);
    let provisioned = alma
        .bench
        .run(&["provision", "--dry-run", "-o", "json"])
        .json();
    let quotas = |run: &Value| -> Vec<Value> {
        let actions = run["plan"]["actions"].as_array().unwrap().iter();
        actions
            .filter(|action| action["kind"] == "set-quota")
            .cloned()
            .collect()
    };
    assert_eq!(quotas(&run), quotas(&provisioned));
    assert!(!quotas(&run).is_empty());
}
