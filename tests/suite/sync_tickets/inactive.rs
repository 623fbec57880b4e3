//! Companies that take no tickets: inactive ones, and those that are gone or hidden.

use serde_json::json;

use super::{alerts, end, mapped, notes, raise, tickets};
use crate::support::{Bench, Run};

fn activate(bench: &Bench, active: bool) {
    bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        let alma = desk.named("Companies", "companyName", "Alma Bakery");
        desk.set("Companies", alma.unwrap(), "isActive", json!(active));
    });
}

fn again(bench: &Bench, alerts: &[String]) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        alerts
            .iter()
            .for_each(|alert| assert!(cloud.re_raise(alert)));
    });
}

/// The ticket of ended alerts whose company was switched off, and that come again; then a run.
fn come_again(bench: &mut Bench, all: &[String]) -> Run {
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(bench).len(), 1);
    bench.set_now("2026-09-15T09:00:00Z");
    all.iter().for_each(|alert| end(bench, alert));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(bench)[0]["status"], 5);
    activate(bench, false);
    bench.set_now("2026-09-15T10:00:00Z");
    again(bench, all);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0)
}

#[test]
fn a_ticket_of_an_inactive_company_is_opened_again_only_when_the_company_is_active() {
    let mut bench = mapped();
    let all = alerts(&bench);
    let run = come_again(&mut bench, &all);
    assert!(run.stdout.contains("the company is inactive"), "{run:?}");
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    let status = bench.run(&["status"]);
    assert!(status.stdout.contains("inactive"), "{status:?}");
    let explained = bench.run(&["sync-tickets", "--explain", &all[0]]).expect(0);
    assert!(explained.stdout.contains("inactive"), "{explained:?}");

    activate(&bench, true);
    bench.set_now("2026-09-15T11:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = &tickets(&bench)[0];
    assert_eq!(
        (&ticket["status"], notes(&bench, ticket).len()),
        (&json!(1), 2)
    );
    // It is what it was: a due date is not set anew.
    assert_eq!(ticket["dueDateTime"], "2026-09-16T08:00:00.000Z");
}

#[test]
fn an_alert_that_ends_while_its_company_is_inactive_opens_nothing_again() {
    let mut bench = mapped();
    let all = alerts(&bench);
    come_again(&mut bench, &all);
    bench.set_now("2026-09-15T11:00:00Z");
    all.iter().for_each(|alert| end(&bench, alert));
    bench.run(&["sync-tickets"]).expect(0);
    activate(&bench, true);
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn a_summary_of_an_inactive_company_is_not_opened_again_either() {
    let mut bench = mapped();
    for n in 1..=11 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    let summary = tickets(&bench).pop().unwrap();
    bench.set_now("2026-09-15T09:00:00Z");
    let mut all = alerts(&bench);
    all.truncate(3);
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        let id = summary["id"].as_i64().unwrap();
        assert!(world.autotask.close_ticket(id));
        let cloud = world.cloud(None).unwrap();
        all.iter().for_each(|alert| assert!(cloud.end_alert(alert)));
    });
    bench.run(&["sync-tickets"]).expect(0);
    activate(&bench, false);
    bench.set_now("2026-09-15T10:00:00Z");
    again(&bench, &all);
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("the company is inactive"), "{run:?}");
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    activate(&bench, true);
    bench.set_now("2026-09-15T11:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!(1)));
}
