//! `sync-tickets --explain`: what a run would do about one alert, and nothing else.

use super::{alerts, end, mapped, raise, tickets};
use crate::support::Bench;

/// What is said to become of an alert.
fn verdict(bench: &Bench, alert: &str) -> String {
    bench.sandbox.clear_visits();
    let explain = ["sync-tickets", "--explain", alert, "-o", "json"];
    let run = bench.run(&explain).expect(0);
    assert!(bench.writes().is_empty());
    let (_, after) = run.stdout.split_once("\"verdict\"").unwrap();
    after.lines().nth(1).unwrap().to_owned()
}

#[track_caller]
fn says(bench: &Bench, alert: &str, part: &str) {
    let said = verdict(bench, alert);
    assert!(said.contains(part), "{part} is missing in {said}");
}

#[test]
fn an_alert_that_stands_in_a_summary_is_not_said_to_get_a_ticket() {
    let bench = mapped();
    let raised: Vec<String> = (1..=11)
        .map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}")))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    says(&bench, &raised[0], "summary T");
    end(&bench, &raised[0]);
    says(&bench, &raised[0], "is updated");
}

#[test]
fn an_alert_from_before_the_first_run_looked_back_is_said_to_get_none() {
    let mut bench = mapped();
    bench.set_now("2026-09-25T08:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    says(&bench, &alerts(&bench)[0], "tickets.first_run_days");
}

#[test]
fn the_life_of_a_ticket_is_told_step_by_step() {
    let mut bench = mapped();
    let alert = alerts(&bench)[0].clone();
    says(&bench, &alert, "a ticket is created");
    bench.run(&["sync-tickets"]).expect(0);
    says(&bench, &alert, "nothing is changed");
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    says(&bench, &alert, "is closed");
    bench.run(&["sync-tickets"]).expect(0);
    says(
        &bench,
        &alert,
        "it is opened again if the alert is raised again",
    );
    bench.set_now("2026-09-15T10:00:00Z");
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(&alert));
    says(&bench, &alert, "is opened again, with a note");
    bench.configure("[tickets]\n", "[tickets]\nreopen = \"never\"\n");
    says(&bench, &alert, "a new ticket is created");
}

#[test]
fn only_a_ticket_that_is_made_is_shown_and_a_storm_is_thought_of() {
    let bench = mapped();
    let alert = alerts(&bench)[0].clone();
    says(
        &bench,
        &alert,
        "in a run with more than 10 such tickets for the company, or 500 in total",
    );
    let shown = |bench: &Bench| {
        let run = bench.run(&["sync-tickets", "--explain", &alert]).expect(0);
        run.stdout.contains("external_id")
    };
    assert!(shown(&bench));
    bench.run(&["sync-tickets"]).expect(0);
    assert!(!shown(&bench));
}

#[test]
fn what_holds_an_alert_back_is_named() {
    let bench = mapped();
    let alert = alerts(&bench)[0].clone();
    bench.configure("[limits]", "[tickets.damping]\noccurrences = 3\n\n[limits]");
    bench.run(&["sync-tickets"]).expect(0);
    says(&bench, &alert, "raised so far: 1 (tickets.damping)");
    let company = bench.sandbox.with_world(|world| {
        let names = world
            .autotask
            .named("Companies", "companyName", "Alma Bakery");
        names.unwrap()
    });
    bench.configure("[tickets.damping]\noccurrences = 3\n\n", "");
    bench.sandbox.with_world(|world| {
        assert!(
            world
                .autotask
                .set("Companies", company, "isActive", false.into())
        )
    });
    says(&bench, &alert, "the company is inactive");
}
