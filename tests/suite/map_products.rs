//! Stories of `map-products`.

use sandbox::{Fault, Kind};
use serde_json::Value;

use crate::support::{Bench, Run};

/// The rows of `map-products list`.
fn listed(bench: &Bench) -> Vec<Value> {
    let run = bench
        .run(&["map-products", "list", "--output", "json"])
        .expect(0);
    run.json().as_array().unwrap().clone()
}

/// The row of one item, by the text in its `item` column.
#[track_caller]
fn row(rows: &[Value], item: &str) -> Value {
    let found = rows.iter().find(|row| row["item"] == item);
    found
        .unwrap_or_else(|| panic!("{item} is not listed"))
        .clone()
}

/// The names of all services of the sandbox's Autotask.
fn services(bench: &Bench) -> Vec<String> {
    bench.sandbox.with_world(|world| {
        let rows = world.autotask.all("Services");
        let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect()
    })
}

fn write(bench: &Bench, verb: &[&str]) -> Run {
    let mut arguments = vec!["map-products"];
    arguments.extend(verb);
    arguments.extend(["--output", "json"]);
    bench.run(&arguments)
}

#[test]
fn create_all_makes_a_service_for_every_counted_item_and_a_second_run_writes_nothing() {
    let bench = Bench::small();
    let run = write(&bench, &["create", "--all"]).expect(0).json();
    let writes = bench.writes().len();
    assert!(writes > 20, "{run}");
    assert_eq!(run["summary"]["done"], writes);
    let rows = listed(&bench);
    let workstations = row(&rows, "pw_base_workstations");
    assert_eq!(workstations["state"], "mapped");
    assert_eq!(
        workstations["service"],
        "Acronis - Per workload - Workstations"
    );
    assert_eq!(row(&rows, "pw_base_m365_mailboxes")["state"], "unmapped");

    bench.sandbox.clear_visits();
    let again = write(&bench, &["create", "--all"]).expect(0).json();
    assert_eq!(again["summary"]["actions"], 0);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_dry_run_writes_neither_services_nor_a_state_file() {
    let bench = Bench::small();
    let before = services(&bench);
    let run = write(&bench, &["create", "--all", "-n", "--detailed-exitcode"]).expect(10);
    assert!(run.json()["summary"]["actions"].as_u64().unwrap() > 20);
    assert_eq!(services(&bench), before);
    assert!(!bench.state().exists());
}

#[test]
fn what_failed_is_made_by_the_next_run_under_the_same_name() {
    let bench = Bench::small();
    let fault = Fault::new(
        "autotask",
        "POST",
        "*/Services",
        Kind::Status {
            code: 500,
            body: Some(r#"{"errors":["The period type is closed today"]}"#.to_owned()),
            headers: Vec::new(),
        },
    );
    bench.sandbox.fault(fault.nth(3).times(2));
    let first = write(&bench, &["create", "--all"]).expect(3).json();
    let failed: Vec<&str> = first["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["outcome"] != "done")
        .map(|row| row["subject"].as_str().unwrap())
        .collect();
    assert_eq!(failed.len(), 2, "{first}");
    let planned = |run: &Value, subject: &str| -> Value {
        let actions = run["plan"]["actions"].as_array().unwrap();
        let action = actions.iter().find(|action| action["subject"] == subject);
        action.unwrap()["after"]["service"].clone()
    };
    bench.sandbox.clear_visits();
    let second = write(&bench, &["create", "--all"]).expect(0).json();
    for subject in &failed {
        assert_eq!(planned(&second, subject), planned(&first, subject));
    }
    assert_eq!(second["summary"]["done"], 2);
    assert_eq!(
        write(&bench, &["create", "--all"]).expect(0).json()["summary"]["actions"],
        0
    );
}

#[test]
fn a_second_use_of_a_service_or_of_an_item_is_refused_with_both_names() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_servers"]).expect(0);
    bench.sandbox.clear_visits();
    let taken = "Acronis - Per workload - Servers";
    let refused = write(&bench, &["use", "pw_base_vms", taken]).expect(4);
    for offender in ["eu/pw_base_servers", "eu/pw_base_vms", taken] {
        assert!(refused.stderr.contains(offender), "{}", refused.stderr);
    }
    let refused = write(&bench, &["use", "pw_base_servers", "Managed Workstation"]).expect(4);
    for offender in ["eu/pw_base_servers", "Managed Workstation", taken] {
        assert!(refused.stderr.contains(offender), "{}", refused.stderr);
    }
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");
}
