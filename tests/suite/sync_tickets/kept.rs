//! What could not be done is kept and done when it can be, and told until then.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, mapped, raise, tickets};
use crate::support::Bench;

fn expire(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().expire_alert(alert));
}

fn activate(bench: &Bench, active: bool) {
    bench.sandbox.with_world(|world| {
        let company = world
            .autotask
            .named("Companies", "companyName", "Alma Bakery");
        let company = company.unwrap();
        world
            .autotask
            .set("Companies", company, "isActive", json!(active));
    });
}

fn status(bench: &Bench) -> String {
    bench.run(&["status"]).expect(0).stdout
}

#[test]
fn a_ticket_that_could_not_be_closed_when_its_alert_vanished_is_closed_by_the_next_run() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    expire(&bench, &alerts(&bench)[0]);
    let refusal = Kind::Status {
        code: 500,
        body: Some(json!({"errors": ["not today"]}).to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    let fault = Fault::new("autotask", "PATCH", "*/Tickets", refusal);
    bench.sandbox.fault(fault.times(0));
    for _ in 0..3 {
        let run = bench.run(&["sync-tickets", "--all"]);
        assert!(run.stdout.contains("not today"), "{run:?}");
    }
    bench.sandbox.clear_faults();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("close ticket"), "{}", run.stdout);
    assert_eq!(tickets(&bench)[0]["status"], 5);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn an_alert_of_an_inactive_company_is_kept_and_told_until_the_company_is_active() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    activate(&bench, false);
    raise(&bench, "BackupFailed", "error", "SRV-02");
    // Long after the overlap, and no run compares everything.
    for hour in 9..12 {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(run.stdout.contains("is inactive"), "{}", run.stdout);
        assert!(status(&bench).contains("is inactive"));
    }
    activate(&bench, true);
    bench.set_now("2026-09-15T13:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert!(!status(&bench).contains("is inactive"));
}

#[test]
fn an_alert_whose_template_cannot_be_filled_is_kept_until_it_can_be() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let broken = concat!(
        "[tickets.defaults]\n",
        "title = \"{% if workload == 'SRV-02' %}{{ workload.a.b }}{% endif %}\"\n"
    );
    bench.configure("[tickets.defaults]\n", broken);
    raise(&bench, "MachineOffline30", "error", "SRV-02");
    for hour in [9, 11] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(run.stdout.contains("no ticket for"), "{}", run.stdout);
    }
    assert!(status(&bench).contains("no ticket for"));
    bench.configure(broken, "[tickets.defaults]\n");
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let made: Vec<Value> = tickets(&bench);
    assert_eq!(made.len(), 2);
    assert!(!status(&bench).contains("no ticket for"));
}
