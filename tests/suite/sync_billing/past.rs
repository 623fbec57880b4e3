//! Money that was held, missed, taken over, changed by hand, or that nothing bills.

use jiff::civil::date;
use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{ADJUST, Alma, PERIOD, kinds};

fn codes(run: &Value) -> Vec<&str> {
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap().iter();
    refusals.map(|one| one["code"].as_str().unwrap()).collect()
}

fn text_of(run: &Value, kind: &str) -> String {
    let mut notes = run["plan"]["notes"].as_array().unwrap().iter();
    let note = notes.find(|note| note["kind"] == kind);
    note.unwrap_or_else(|| panic!("no {kind}: {run:#}"))["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_change_that_autotask_refused_once_is_offered_after_the_border() {
    let mut alma = Alma::new();
    alma.bench.set_now("2026-09-30T06:00:00Z");
    let refusal = Kind::Status {
        code: 500,
        body: Some(r#"{"errors":["An error occurred."]}"#.to_owned()),
        headers: vec![],
    };
    alma.bench
        .sandbox
        .fault(Fault::new("autotask", "POST", ADJUST, refusal).times(9));
    alma.bill();
    assert_eq!(alma.adjustments(), 0);
    alma.bench.sandbox.clear_faults();
    alma.bench.set_now("2026-10-02T06:00:00Z");
    alma.used("pw_base_workstations", 9);
    let missed = alma.bill().expect(4).json();
    assert!(codes(&missed).contains(&"period-missed"), "{missed:#}");
    assert_eq!(alma.adjustments(), 0, "October waits for September");
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 9);
    let again = alma.bill().expect(0).json();
    assert_eq!(again["plan"]["actions"], json!([]));
}

#[test]
fn a_month_that_nobody_looked_at_is_named_with_units_and_amount() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.bench.set_now("2026-11-02T06:00:00Z");
    alma.used("pw_base_workstations", 9);
    let run = alma.bill().json();
    let text = text_of(&run, "period-unread");
    assert!(text.contains("2026-10-01 to 2026-10-31"), "{text}");
    let workstations = run["plan"]["notes"].to_string();
    assert!(
        workstations.contains("its 7 units, 35.00 stay as billed"),
        "{workstations}"
    );
    assert!(
        workstations.contains("the last reading before it: 7 units"),
        "{workstations}"
    );
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 11, 1)), 9);
}

#[test]
fn lines_that_had_units_are_taken_over_with_one_approval() {
    let alma = Alma::new();
    let state = rusqlite::Connection::open(alma.bench.state()).unwrap();
    state.execute("DELETE FROM billed_lines", []).unwrap();
    let first = alma.bill().expect(4).json();
    assert_eq!(codes(&first), ["taking-over"]);
    let text = first["plan"]["gate"]["refusals"][0]["text"].to_string();
    assert!(text.contains("2 → 7 units, +25.00 and -0.00"), "{text}");
    assert_eq!(alma.units(alma.storage, PERIOD), 420, "it had none");
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
}

#[test]
fn a_change_that_a_person_took_back_is_named_and_not_posted_over() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.adjust_by_hand(alma.workstations, date(2026, 9, 10), -5);
    alma.bench.set_now("2026-09-16T08:00:00Z");
    let run = alma.bill().expect(4).json();
    assert_eq!(codes(&run), ["units-changed"]);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 16)), 2);
    alma.approve();
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
}

#[test]
fn a_change_of_a_person_that_is_dismissed_stays_beside_what_is_used() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.adjust_by_hand(alma.workstations, date(2026, 9, 10), -5);
    alma.bench.set_now("2026-09-16T08:00:00Z");
    alma.bill().expect(4);
    let rows = alma.bench.run(&["status", "-o", "json"]).json();
    let mut rows = rows.as_array().unwrap().iter();
    let changed = |row: &&Value| row["text"].as_str().unwrap().contains("somebody changed");
    let key = rows.find(changed).unwrap()["key"].as_str().unwrap();
    let dismiss = [
        "status",
        "dismiss",
        key,
        "--reason",
        "agreed with the customer",
    ];
    alma.bench.run(&dismiss).expect(0);
    let run = alma.bill().expect(0).json();
    assert_eq!(run["plan"]["actions"], json!([]));
    alma.used("pw_base_workstations", 9);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 4);
}

#[test]
fn a_tenant_in_trial_keeps_its_units_and_is_named() {
    let mut alma = Alma::new();
    let in_mode = |alma: &Alma, mode: &str| {
        alma.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            cloud.set_tenant(&alma.tenant, "pricing_mode", json!(mode));
        });
    };
    in_mode(&alma, "trial");
    let run = alma.bill().expect(0).json();
    let text = text_of(&run, "trial");
    assert!(text.contains("keep their 2 units, total 10.00"), "{text}");
    assert_eq!(alma.adjustments(), 0);
    // The mode that the settling run finds decides for the whole period.
    in_mode(&alma, "production");
    let run = alma.bill().expect(0).json();
    assert!(kinds(&run["plan"]["notes"]).contains(&"held"));
    assert_eq!(alma.adjustments(), 0);
    in_mode(&alma, "trial");
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.billing("trial = \"bill\"");
    let run = alma.bill().expect(0).json();
    assert!(kinds(&run["plan"]["notes"]).contains(&"trial"));
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
}

#[test]
fn usage_that_nothing_bills_is_named_and_stands_in_the_report() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(&alma.tenant, "pw_base_mobiles", None, None);
        cloud.set_usage(&alma.tenant, "pw_base_mobiles", None, 30, 30);
    });
    let run = alma.bill().expect(0).json();
    let text = text_of(&run, "unbilled-usage");
    assert!(
        text.contains("30 of pw_base_mobiles (not mapped)"),
        "{text}"
    );
    let report = ["billing-report", "2026-09", "--output", "json"];
    let rows = alma.bench.run(&report).expect(0).json();
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["service_name"] == "not billed")
        .unwrap();
    assert_eq!(row["usage"], "30");
    assert_eq!(row["arithmetic"], "not mapped");
}

#[test]
fn held_money_stands_in_status_and_in_the_report() {
    let alma = Alma::shipped();
    alma.bill().expect(0);
    let rows = alma.bench.run(&["status", "-o", "json"]).json();
    let held = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["kind"] == "held");
    let text = held.unwrap()["text"].as_str().unwrap();
    assert!(
        text.contains("differ from usage: 2 (companies: 1)"),
        "{text}"
    );
    assert!(text.contains("+425 units, amounts +67"), "{text}");
    let report = ["billing-report", "2026-09", "--output", "json"];
    let rows = alma.bench.run(&report).expect(0).json();
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["held"] == 5).unwrap();
    assert_eq!(row["held_amount"], "25");
}
