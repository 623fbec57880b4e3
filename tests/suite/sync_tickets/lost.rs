//! The state file is lost: open tickets are still ended with their alerts, and nobody else's are.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, end, live_links, mapped, notes, raise, tickets};
use crate::support::{Bench, Run};

pub(super) fn lose_state(bench: &Bench) {
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        drop(std::fs::remove_file(bench.dir().join(name)));
    }
}

fn recover(bench: &Bench) {
    bench.run(&["map-customer", "recover"]).expect(0);
    bench.sandbox.clear_visits();
}

fn ticket(bench: &Bench, workload: &str) -> Value {
    let mut all = tickets(bench);
    all.retain(|ticket| ticket["title"].as_str().unwrap().ends_with(workload));
    all.pop().unwrap()
}

fn status(bench: &Bench, workload: &str) -> i64 {
    ticket(bench, workload)["status"].as_i64().unwrap()
}

/// Alerts of so many workloads have their tickets; their ids.
fn ticketed(bench: &Bench, count: usize) -> Vec<String> {
    let raised = (1..=count).map(|n| raise(bench, "BackupFailed", "error", &format!("PC-{n:02}")));
    let raised = raised.collect();
    bench.run(&["sync-tickets"]).expect(0);
    raised
}

fn by_person(bench: &Bench, ticket: &Value, field: &str, value: Value) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        let id = ticket["id"].as_i64().unwrap();
        assert!(world.autotask.edit_ticket(id, field, value));
    });
}

#[test]
fn tickets_whose_alerts_ended_meanwhile_are_closed_and_the_others_adopted() {
    let mut bench = mapped();
    let raised = ticketed(&bench, 3);
    bench.set_now("2026-09-15T09:00:00Z");
    lose_state(&bench);
    end(&bench, &raised[0]);
    end(&bench, &raised[1]);
    by_person(&bench, &ticket(&bench, "PC-02"), "status", json!(8));
    recover(&bench);
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("tickets.auto_close.force"), "{run:?}");
    assert_eq!(tickets(&bench).len(), 4);
    assert_eq!(status(&bench, "PC-01"), 5);
    assert_eq!(notes(&bench, &ticket(&bench, "PC-01")).len(), 1);
    assert_eq!(status(&bench, "PC-02"), 8);
    assert_eq!(live_links(&bench), 2);
    assert_eq!(bench.writes().len(), 2, "{:?}", bench.writes());

    // A ticket that a person opens again stays open, whether or not its alert's end is read.
    bench.sandbox.clear_visits();
    for more in [&["sync-tickets"][..], &["sync-tickets", "--all"]] {
        by_person(&bench, &ticket(&bench, "PC-01"), "status", json!(1));
        bench.set_now("2026-09-15T10:00:00Z");
        bench.run(more).expect(0);
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    }

    // What was adopted is closed as if it had always been known.
    end(&bench, &raised[2]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(status(&bench, "PC-03"), 5);

    // And the alert that comes again finds its ticket.
    bench.set_now("2026-09-15T11:00:00Z");
    by_person(&bench, &ticket(&bench, "PC-01"), "status", json!(5));
    bench.set_now("2026-09-15T12:00:00Z");
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(&raised[0]));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 4);
    assert_eq!(status(&bench, "PC-01"), 1);
}

#[test]
fn the_ticket_of_an_alert_that_is_older_than_a_first_run_looks_back_is_not_taken_for_over() {
    let mut bench = mapped();
    let raised = ticketed(&bench, 1);
    bench.set_now("2026-10-15T08:00:00Z");
    lose_state(&bench);
    recover(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    assert_eq!(live_links(&bench), 2);
    bench.set_now("2026-10-15T09:00:00Z");
    end(&bench, &raised[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(status(&bench, "PC-01"), 5);
}

#[test]
fn tickets_wait_until_the_state_file_is_recovered() {
    let mut bench = mapped();
    let raised = ticketed(&bench, 1);
    bench.set_now("2026-09-15T09:00:00Z");
    lose_state(&bench);
    end(&bench, &raised[0]);
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(4);
    assert!(run.stderr.contains("map-customer recover"), "{run:?}");
    assert!(bench.writes().is_empty());
    bench.set_now("2026-09-15T10:00:00Z");
    recover(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(status(&bench, "PC-01"), 5);
}

#[test]
fn most_tickets_at_once_are_closed_only_when_a_person_says_so() {
    let mut bench = mapped();
    bench.configure(
        "tickets_per_run = 500",
        "tickets_per_run = 500\ntickets_per_company = 50",
    );
    let raised = ticketed(&bench, 12);
    bench.set_now("2026-09-15T09:00:00Z");
    lose_state(&bench);
    recover(&bench);
    raised.iter().for_each(|alert| end(&bench, alert));
    let run = bench.run(&["sync-tickets", "-o", "json"]).expect(4);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    let digest = run.json()["plan"]["digest"].as_str().unwrap().to_owned();
    bench
        .run(&["sync-tickets", "--expect-plan", &digest])
        .expect(0);
    let open = tickets(&bench);
    let open = open.iter().filter(|ticket| ticket["status"] != 5);
    assert_eq!(open.count(), 1);
}

#[test]
fn a_close_that_was_refused_is_tried_again_at_the_next_run() {
    let mut bench = mapped();
    let raised = ticketed(&bench, 1);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &raised[0]);
    // Its end lies too far back for a run that follows what changed.
    bench.set_now("2026-09-15T11:00:00Z");
    raise(&bench, "BackupFailed", "error", "PC-90");
    lose_state(&bench);
    recover(&bench);
    let refusal = Kind::Status {
        code: 500,
        body: Some(json!({"errors": ["No."]}).to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    let fault = Fault::new("autotask", "PATCH", "*/Tickets", refusal);
    bench.sandbox.fault(fault);
    bench.run(&["sync-tickets"]).expect(3);
    assert_ne!(status(&bench, "PC-01"), 5);
    bench.set_now("2026-09-15T11:10:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(status(&bench, "PC-01"), 5);
}

#[test]
fn tickets_of_others_and_those_of_a_desk_that_closes_by_hand_are_left_alone() {
    let lost = |auto_close: bool| -> (Bench, Run) {
        let mut bench = mapped();
        let raised = ticketed(&bench, 2);
        bench.set_now("2026-09-15T09:00:00Z");
        raised.iter().for_each(|alert| end(&bench, alert));
        if !auto_close {
            bench.configure("enabled = true, status", "enabled = false, status");
        }
        for (workload, external_id) in [
            ("PC-01", "acrotask-of-another-tool"),
            ("PC-02", "acrotask-0123456789abcdef01234567"),
        ] {
            if auto_close {
                let mine = ticket(&bench, workload);
                by_person(&bench, &mine, "externalID", json!(external_id));
            }
        }
        lose_state(&bench);
        recover(&bench);
        let run = bench.run(&["sync-tickets"]).expect(0);
        (bench, run)
    };
    for auto_close in [true, false] {
        let (bench, run) = lost(auto_close);
        assert!(run.stdout.contains("nothing to do"), "{run:?}");
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    }
}

#[test]
fn a_summary_is_over_when_every_active_alert_of_its_company_has_a_ticket_of_its_own() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let raised = ticketed(&bench, 11);
    assert_eq!(tickets(&bench).len(), 2);
    bench.set_now("2026-09-15T09:00:00Z");
    lose_state(&bench);
    raised.iter().for_each(|alert| end(&bench, alert));
    recover(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert_eq!(status(&bench, "ALMA-SRV01"), 1);
    assert_eq!(status(&bench, "Many alerts at Alma Bakery"), 5);
}

#[test]
fn a_summary_is_over_when_its_company_has_no_active_alert() {
    let mut bench = mapped();
    let raised = ticketed(&bench, 11);
    assert_eq!(tickets(&bench).len(), 1);
    bench.set_now("2026-09-15T09:00:00Z");
    lose_state(&bench);
    raised.iter().for_each(|alert| end(&bench, alert));
    end(&bench, &alerts(&bench)[0]);
    recover(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(tickets(&bench)[0]["status"], 5);
}

#[test]
fn a_ticket_whose_answer_was_lost_is_closed_though_its_alert_ended_before_the_next_run() {
    let mut bench = mapped();
    let fault = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(fault);
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(tickets(&bench)[0]["status"], 5);
}
