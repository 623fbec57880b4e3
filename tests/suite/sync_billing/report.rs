//! What is posted when, line by line.

use serde_json::{Value, json};

use super::Alma;

/// The word and the day of the line for workstations, in the current periods or those of a month.
fn posting(alma: &Alma, month: Option<&str>) -> (Value, Value, Value) {
    let mut report = vec!["billing-report", "--output", "json"];
    report.extend(month);
    let rows = alma.bench.run(&report).expect(0).json();
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["service"] == alma.workstations)
        .unwrap();
    let of = |key: &str| row[key].clone();
    (of("held"), of("posting"), of("posting_day"))
}

#[test]
fn the_report_says_for_each_line_what_will_be_posted_and_when() {
    let mut alma = Alma::shipped();
    alma.bill().expect(0);
    let measured = (json!(5), json!("measured"), json!("2026-09-28"));
    assert_eq!(posting(&alma, None), measured);
    assert_eq!(posting(&alma, Some("2026-09")), measured);
    let shown = alma.bench.run(&["billing-report"]).expect(0).stdout;
    for part in [
        "Posting",
        "measured",
        "2026-09-28",
        "current periods: 2 lines",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(shown.contains("measured: 2 lines, +425 units, amounts +67 and 0"));

    alma.bench.set_now("2026-09-29T08:00:00Z");
    alma.bill().expect(0);
    let settled = (json!(null), json!("settled"), json!("2026-09-29"));
    assert_eq!(posting(&alma, None), settled);

    alma.used("pw_base_workstations", 9);
    alma.bench.set_now("2026-09-30T08:00:00Z");
    alma.bill().expect(0);
    let held = (json!(2), json!("held"), json!("2026-10-29"));
    assert_eq!(posting(&alma, None), held);

    // In October the same September is settled, and its line is measured anew.
    alma.bench.set_now("2026-10-15T08:00:00Z");
    alma.bill().expect(0);
    assert_eq!(posting(&alma, Some("2026-09")).1, "settled");
    let measured = (json!(2), json!("measured"), json!("2026-10-29"));
    assert_eq!(posting(&alma, None), measured);
}

#[test]
fn the_report_names_what_needs_a_person_and_what_was_missed() {
    let mut alma = Alma::shipped();
    alma.bill().expect(0);
    alma.used("pw_base_workstations", 0);
    alma.bench.set_now("2026-09-28T08:00:00Z");
    alma.bill().expect(4);
    let waits = (json!(-2), json!("needs-approval"), json!(null));
    assert_eq!(posting(&alma, None), waits);
    alma.bench.set_now("2026-10-02T08:00:00Z");
    assert_eq!(posting(&alma, Some("2026-09")).1, "missed");
}

#[test]
fn the_report_says_nothing_of_a_posting_where_nothing_was_read() {
    let alma = Alma::shipped();
    alma.bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.remove_usage_row(&alma.tenant, "pw_base_workstations", None));
    });
    alma.bill();
    assert_eq!(
        posting(&alma, None),
        (json!(null), json!(null), json!(null))
    );
}

#[test]
fn days_on_which_nothing_is_posted_move_the_day_in_the_report() {
    let alma = Alma::shipped();
    alma.billing("freeze = [28, 29]");
    alma.bill().expect(0);
    assert_eq!(
        posting(&alma, None),
        (json!(5), json!("measured"), json!("2026-09-30"))
    );
}

#[test]
fn what_is_posted_for_the_next_period_is_not_held_any_more() {
    let mut alma = Alma::shipped();
    alma.billing("effective = \"next-period\"");
    alma.bench.set_now("2026-09-29T08:00:00Z");
    for _ in 0..2 {
        alma.bill().expect(0);
        let settled = (json!(null), json!("settled"), json!("2026-09-29"));
        assert_eq!(posting(&alma, None), settled);
    }
    let rows = alma.bench.run(&["status", "-o", "json"]).json();
    let mut rows = rows.as_array().unwrap().iter();
    assert!(rows.all(|row| row["kind"] != "held"));
}
