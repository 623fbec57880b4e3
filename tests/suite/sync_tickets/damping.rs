//! What damping and quiet windows hold back, and for how long.

use sandbox::{Fault, Kind};

use super::{alerts, end, mapped, raise, tickets};
use crate::support::Bench;

fn re_raise(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(alert));
}

fn refuse_creations(bench: &Bench) {
    let refusal = Kind::Status {
        code: 500,
        body: Some("{\"errors\": [\"not today\"]}".to_owned()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", refusal).times(9));
}

#[test]
fn an_alert_that_came_often_enough_once_is_not_damped_again_after_a_refusal() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\noccurrences = 2\n\n[limits]");
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    re_raise(&bench, &alert);
    refuse_creations(&bench);
    bench.run(&["sync-tickets"]);
    bench.run(&["sync-tickets"]);
    assert!(tickets(&bench).is_empty());
    bench.sandbox.clear_faults();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    let text = tickets(&bench)[0]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("Times: 2"), "{text}");
}

/// The first alert has its ticket, and ended; the ticket is closed with one note.
fn closed() -> (Bench, String) {
    let mut bench = mapped();
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T08:30:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
    bench.sandbox.clear_visits();
    (bench, alert)
}

#[test]
fn an_alert_that_flaps_in_a_quiet_window_opens_its_ticket_only_after_it() {
    let (mut bench, alert) = closed();
    bench.configure(
        "[limits]",
        "[[tickets.quiet]]\nfrom = \"08:30\"\nto = \"12:00\"\n\n[limits]",
    );
    for hour in 9..=11 {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        re_raise(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        if hour < 11 {
            bench.set_now(&format!("2026-09-15T{hour:02}:30:00Z"));
            end(&bench, &alert);
            bench.run(&["sync-tickets"]).expect(0);
        }
    }
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_ne!(tickets(&bench)[0]["status"], 5);
    assert_eq!(bench.writes().len(), 2, "{:?}", bench.writes());
}

#[test]
fn a_ticket_is_opened_again_only_when_its_alert_came_often_enough() {
    let (mut bench, alert) = closed();
    bench.configure("[limits]", "[tickets.damping]\noccurrences = 3\n\n[limits]");
    for (hour, open) in [(9, false), (11, false), (13, true)] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        re_raise(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench)[0]["status"] != 5, open, "at {hour}");
        bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn the_minutes_of_damping_are_not_those_of_the_agents_clock() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\nminutes = 30\n\n[limits]");
    let fast = alerts(&bench)[0].clone();
    let slow = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.misdate_alert(&fast, "2026-09-22T08:00:00Z".parse().unwrap()));
        assert!(cloud.misdate_alert(&slow, "2026-09-09T08:00:00Z".parse().unwrap()));
    });
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T08:40:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
}

#[test]
fn an_alert_that_comes_again_under_its_old_id_has_to_last_anew() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\nminutes = 30\n\n[limits]");
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T08:10:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    for (raised, looked, made) in [("09:00", "09:10", 0), ("09:00", "09:30", 1)] {
        bench.set_now(&format!("2026-09-15T{raised}:00Z"));
        if made == 0 {
            re_raise(&bench, &alert);
        }
        bench.set_now(&format!("2026-09-15T{looked}:00Z"));
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), made, "at {looked}");
    }
}
