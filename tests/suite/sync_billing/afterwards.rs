//! Questions afterwards: explain, the month's report, taking back.

use jiff::civil::date;
use sandbox::{Fault, Kind};

use super::{Alma, PERIOD, kinds};

#[test]
fn a_posted_number_is_explained_and_the_month_adds_up_exactly() {
    let alma = Alma::new();
    let run = alma.bill().expect(0).json();
    let company = alma.company.to_string();
    let rows = alma
        .bench
        .run(&["explain", &company, "pw_base_workstations", "-o", "json"])
        .expect(0)
        .json();
    let posted = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["kind"] == "billed")
        .unwrap();
    assert_eq!(posted["arithmetic"], "7 = 7");
    assert_eq!(posted["before"], 2);
    assert_eq!(posted["change"], "+5");
    assert_eq!(posted["after"], 7);
    assert_eq!(posted["effective"], "2026-09-01");
    assert_eq!(posted["outcome"], "confirmed");
    assert_eq!(posted["run"], run["run"]);
    assert_eq!(posted["usage_at"], "2026-09-15T08:00:00Z");

    let month = alma
        .bench
        .run(&["billing-report", "2026-09", "-o", "json"])
        .expect(0)
        .json();
    let lines: Vec<(&str, i64, &str)> = month
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["unit_price"].as_str().unwrap(),
                row["units"].as_i64().unwrap(),
                row["amount"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("5", 7, "35"), ("0.1", 420, "42")]);
    let shown = alma.bench.run(&["billing-report", "2026-09"]).expect(0);
    assert!(
        shown.stdout.contains("2 lines, total 77"),
        "{}",
        shown.stdout
    );
    let empty = alma.bench.run(&["billing-report", "2026-08"]).expect(0);
    assert!(empty.stdout.contains("0 lines"), "{}", empty.stdout);
    alma.bench.run(&["billing-report", "2026-8"]).expect(2);
}

#[test]
fn a_run_is_taken_back_once_from_the_next_period_on() {
    let mut alma = Alma::new();
    let first = alma.bill().expect(0).json();
    let run = first["run"].as_str().unwrap();
    alma.bench.run(&["revert", run]).expect(2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.bench.run(&["revert", run, "--yes"]).expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 2);
    assert_eq!(alma.units(alma.storage, date(2026, 10, 1)), 0);
    assert_eq!(alma.adjustments(), 4);
    let again = alma
        .bench
        .run(&["revert", run, "--yes", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(kinds(&again["plan"]["notes"]), ["reverted", "reverted"]);
    assert_eq!(alma.adjustments(), 4);
    alma.bench.set_now("2026-10-02T06:00:00Z");
    alma.bench.run(&["revert", "nothing", "--yes"]).expect(2);
}

#[test]
fn a_quota_of_a_killed_run_is_settled_by_the_next_run_of_the_same_command() {
    let alma = Alma::new();
    alma.bench
        .sandbox
        .with_world(|world| world.autotask.set_payg(alma.contract, "No"));
    if alma.bill().code == 4 {
        alma.approve();
    }
    alma.adjust_by_hand(alma.workstations, PERIOD, 5);
    let held = Fault::new("acronis", "PUT", "*/offering_items", Kind::HeldAfter);
    alma.bench.sandbox.fault(held);
    let mut run = alma.bench.command(&["sync-billing", "--yes"]);
    assert!(alma.bench.killed_when_held(&mut run));
    alma.bench.sandbox.clear_faults();
    let uncertain = || {
        let status = alma.bench.run(&["status", "-o", "json"]).stdout;
        status.contains("\"uncertain\"")
    };
    assert!(uncertain());
    alma.bill().expect(0);
    assert!(!uncertain());
}
