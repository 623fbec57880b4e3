//! Alerts that are in no list any more, without any sign of their end.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, mapped, notes, raise, tickets};
use crate::support::Bench;

fn expire(bench: &Bench, ids: &[String]) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for id in ids {
            assert!(cloud.expire_alert(id));
        }
    });
}

fn open(bench: &Bench) -> usize {
    let all: Vec<Value> = tickets(bench);
    all.iter().filter(|ticket| ticket["status"] != 5).count()
}

#[test]
fn a_ticket_whose_alert_vanished_is_closed_at_the_next_comparison() {
    let mut bench = mapped();
    raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    expire(&bench, &alerts(&bench)[1..]);
    bench.set_now("2026-09-15T09:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(open(&bench), 1);
}

#[test]
fn alerts_that_are_asked_for_by_id_come_in_pages_too() {
    let mut bench = mapped();
    bench.configure(
        "[limits]",
        "[[tickets.quiet]]\nfrom = \"08:00\"\nto = \"10:00\"\n\n[limits]",
    );
    for n in 1..=4 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.page_cap = Some(2);
        cloud.strict_alert_cursors = true;
    });
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(open(&bench), 5);
}

#[test]
fn when_most_alerts_vanish_no_ticket_is_closed_and_the_next_runs_go_on() {
    let mut bench = mapped();
    for n in 1..=7 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(open(&bench), 8);
    expire(&bench, &alerts(&bench));
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets", "--all"]).expect(4);
    assert!(run.stdout.contains("8 of 8 (100 %)"), "{}", run.stdout);
    assert!(bench.writes().is_empty());

    bench.set_now("2026-09-15T09:30:00Z");
    raise(&bench, "BackupFailed", "error", "PC-90");
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(!run.stdout.contains("close ticket"), "{}", run.stdout);
    assert_eq!(open(&bench), 9);

    let dry = ["sync-tickets", "--all", "--dry-run", "-o", "json"];
    let digest = bench.run(&dry).expect(4).json()["plan"]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    bench
        .run(&["sync-tickets", "--all", "--expect-plan", &digest])
        .expect(0);
    assert_eq!(open(&bench), 1);
}

/// Answers of the alert service are cut short: no list holds anything.
pub(super) fn cut_short(bench: &Bench) {
    let body = json!({"items": [], "paging": {"cursors": {}}}).to_string();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let empty = Kind::Status {
        code: 200,
        body: Some(body),
        headers,
    };
    let fault = Fault::new("*", "GET", "*/alerts", empty).times(0);
    bench.sandbox.fault(fault);
}

#[test]
fn alerts_that_vanish_and_are_back_unchanged_are_no_news() {
    for close in [false, true] {
        let mut bench = mapped();
        if !close {
            let on = "auto_close = { enabled = true";
            bench.configure(on, "auto_close = { enabled = false");
        }
        for n in 1..=7 {
            raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
        }
        bench.run(&["sync-tickets"]).expect(0);
        bench.sandbox.clear_visits();
        bench.set_now("2026-09-15T09:00:00Z");
        cut_short(&bench);
        bench.run(&["sync-tickets", "--all"]).expect(0);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T10:00:00Z");
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{close}: {:?}", bench.writes());
        assert_eq!(open(&bench), 8);
    }
}

#[test]
fn an_alert_that_vanished_and_says_something_else_when_it_is_back_is_told() {
    let mut bench = mapped();
    let on = "auto_close = { enabled = true";
    bench.configure(on, "auto_close = { enabled = false");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    cut_short(&bench);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.sandbox.clear_faults();
    bench.set_now("2026-09-15T10:00:00Z");
    let alert = alerts(&bench).remove(0);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.change_alert(&alert, super::details("ALMA-SRV01", "The disk is gone."));
    });
    bench.run(&["sync-tickets"]).expect(0);
    let told = notes(&bench, &tickets(&bench)[0]);
    assert_eq!(told.len(), 1);
    let text = told[0]["description"].as_str().unwrap();
    assert!(text.contains("The disk is gone."), "{text}");
}

#[test]
fn a_summary_whose_alerts_vanish_and_are_back_says_so_without_a_note() {
    let mut bench = mapped();
    let on = "auto_close = { enabled = true";
    bench.configure(on, "auto_close = { enabled = false");
    for n in 1..=11 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    let before = tickets(&bench)[0]["description"].clone();
    bench.set_now("2026-09-15T09:00:00Z");
    cut_short(&bench);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.sandbox.clear_faults();
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["description"], before);
    assert!(notes(&bench, &all[0]).is_empty());
}
