//! What tickets and notes say, and when a note is worth writing.

use serde_json::{Value, json};

use super::{details, end, mapped, notes, raise, tickets};
use crate::support::Bench;

fn retell(bench: &Bench, alert: &str, details: Value) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().change_alert(alert, details));
}

/// Tickets of one run are made at the same time, so their order says nothing.
fn ticket_of(bench: &Bench, workload: &str) -> Value {
    let mut all = tickets(bench).into_iter();
    all.find(|ticket| ticket["title"].as_str().unwrap().contains(workload))
        .unwrap()
}

#[test]
fn times_and_counters_that_move_by_themselves_are_no_cause_for_a_note() {
    let mut bench = mapped();
    let at = |hour: i64| {
        let mut moved = details("SRV-02", "The disk is full.");
        moved["lastRun"] = json!(format!("{hour}:00"));
        moved["attempts"] = json!(hour);
        moved["daysPassed"] = json!(hour - 10);
        moved
    };
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    retell(&bench, &alert, at(10));
    bench.run(&["sync-tickets"]).expect(0);
    for hour in 11..=13 {
        bench.set_now(&format!("2026-09-15T{hour}:00:00Z"));
        retell(&bench, &alert, at(hour));
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert!(notes(&bench, &ticket_of(&bench, "SRV-02")).is_empty());
}

#[test]
fn a_text_that_changes_all_the_time_is_told_every_few_hours_and_nothing_is_lost() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    for (hour, told) in [(9, 1), (10, 1), (12, 1), (13, 2)] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        retell(
            &bench,
            &alert,
            details("SRV-02", &format!("Reason {hour}.")),
        );
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(
            notes(&bench, &ticket_of(&bench, "SRV-02")).len(),
            told,
            "at {hour}"
        );
    }
    // What was not told in time is told by the next comparison of all alerts, once.
    bench.set_now("2026-09-15T14:00:00Z");
    retell(&bench, &alert, details("SRV-02", "The last word."));
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T18:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    let told = notes(&bench, &ticket_of(&bench, "SRV-02"));
    assert_eq!(told.len(), 3);
    let last = told[2]["description"].as_str().unwrap();
    assert!(last.contains("The last word."), "{last}");
}

#[test]
fn an_alert_that_joins_without_a_note_keeps_its_ticket_open() {
    let mut bench = mapped();
    let one = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    retell(&bench, &one, details("SRV-02", "Another reason."));
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:30:00Z");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        let details = details("SRV-02", "A third reason.");
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
    });
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &one);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(notes(&bench, &ticket_of(&bench, "SRV-02")).len(), 1);
    assert_ne!(ticket_of(&bench, "SRV-02")["status"], 5);
}

#[test]
fn a_text_of_any_length_leaves_everything_else_in_its_place() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        let mut long = details("SRV-02", &"It broke again. ".repeat(1_250));
        for n in 0..99 {
            long[format!("detail{n}")] = json!("more of it ".repeat(40));
        }
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", long);
    });
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = ticket_of(&bench, "SRV-02");
    let text = ticket["description"].as_str().unwrap();
    assert!(text.encode_utf16().count() <= 8_000);
    for part in [
        "It broke […]\n\nFirst step:",
        "Details:",
        "Console: http",
        "Contract: ",
        "Alert: BackupFailed (Backup)",
        "acrotask: ",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    assert!(
        text.trim_end()
            .ends_with(ticket["externalID"].as_str().unwrap())
    );
}
