//! What waits costs nothing while nothing changes, is named, and is dealt with when its time comes.

use sandbox::{Fault, Kind};

use super::{alerts, details, end, mapped, notes, raise, tickets};
use crate::support::Bench;

fn tell(bench: &Bench, alert: &str, reason: &str) {
    let words = details("SRV-02", reason);
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().change_alert(alert, words)));
}

/// How many requests a run costs.
fn requests(bench: &Bench) -> usize {
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    bench.sandbox.visits().len()
}

#[test]
fn alerts_that_wait_as_they_did_cost_no_request_to_autotask() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\nminutes = 600\n\n[limits]");
    for n in 1..=4 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    let visits = bench.sandbox.visits().len();
    assert!(visits <= 6, "{visits} requests");
    bench.set_now("2026-09-15T18:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 5);
}

#[test]
fn hundreds_of_alerts_in_a_quiet_window_cost_no_request_until_it_ends() {
    let mut bench = mapped();
    bench.configure(
        "[limits]",
        "[[tickets.quiet]]\nfrom = \"07:00\"\nto = \"12:00\"\n\n[limits]",
    );
    for n in 1..=450 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:03}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    let idle = requests(&bench);
    assert!(idle <= 6, "{idle} requests");
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1, "a summary");
    let text = all[0]["description"].as_str().unwrap();
    assert!(text.contains("Active: 451"), "{text}");
}

#[test]
fn of_the_alerts_of_one_key_none_is_left_behind_when_the_first_has_lasted() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\nminutes = 60\n\n[limits]");
    end(&bench, &alerts(&bench)[0]);
    raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T08:30:00Z");
    raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T09:05:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let count = |sql: &str| {
        let count: i64 = state.query_row(sql, [], |row| row.get(0)).unwrap();
        count
    };
    assert_eq!(count("SELECT count(*) FROM ticket_alerts WHERE active"), 2);
    assert_eq!(count("SELECT count(*) FROM held_alerts"), 0);
}

#[test]
fn a_text_within_four_hours_of_a_note_is_told_when_they_are_over_and_once() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    let of = |bench: &Bench| {
        let all = tickets(bench);
        let mine = |one: &&serde_json::Value| one["title"].as_str().unwrap().ends_with("SRV-02");
        let ticket = all.iter().find(mine).unwrap();
        notes(bench, ticket)
    };
    bench.set_now("2026-09-15T09:00:00Z");
    tell(&bench, &alert, "The disk is broken.");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(of(&bench).len(), 1);
    bench.set_now("2026-09-15T09:30:00Z");
    tell(&bench, &alert, "The disk is on fire.");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T12:30:00Z");
    let idle = requests(&bench);
    assert!(idle <= 6, "{idle} requests");
    assert_eq!(of(&bench).len(), 1);
    bench.set_now("2026-09-15T13:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let told = of(&bench);
    assert_eq!(told.len(), 2);
    let text = told[1]["description"].as_str().unwrap();
    assert!(text.contains("on fire"), "{text}");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(of(&bench).len(), 2);
}

#[test]
fn an_alert_whose_ticket_is_refused_stands_in_status_in_autotasks_words_until_it_is_made() {
    let bench = mapped();
    let refusal = Kind::Status {
        code: 500,
        body: Some("{\"errors\": [\"Field udfSite is required.\"]}".to_owned()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", refusal).times(9));
    let first = bench.run(&["-q", "sync-tickets"]).expect(3);
    assert!(first.stdout.contains("udfSite"), "{}", first.stdout);
    // Tried again, and refused with the same words.
    let second = bench.run(&["-q", "sync-tickets"]).expect(0);
    assert_eq!(second.stdout, "");
    let alert = alerts(&bench)[0].to_lowercase();
    let status = bench.run(&["status"]).expect(0).stdout;
    let words = format!("the ticket or note for alert {alert} cannot be written (attempts: 2)");
    assert!(status.contains(&words), "{status}");
    assert!(status.contains("Field udfSite is required;"), "{status}");
    let explained = bench.run(&["sync-tickets", "--explain", &alert]).expect(0);
    assert!(
        explained.stdout.contains("Field udfSite is required."),
        "{}",
        explained.stdout
    );
    let run = bench.run(&["sync-tickets", "-o", "json"]).expect(0).json();
    assert_eq!(run["plan"]["gate"]["verdict"], "held");
    assert_eq!(run["held"][0]["kind"], "refused-write");
    assert_eq!(run["results"][0]["outcome"], "failed");
    let key = run["held"][0]["key"].as_str().unwrap();
    assert!(status.contains(key), "{status}");

    bench.sandbox.clear_faults();
    bench.run(&["sync-tickets"]).expect(0);
    let status = bench.run(&["status"]).expect(0).stdout;
    assert!(!status.contains("cannot be written"), "{status}");
    let run = bench.run(&["sync-tickets", "-o", "json"]).expect(0).json();
    assert_eq!(run["held"], serde_json::json!([]));
    assert_eq!(run["plan"]["gate"]["verdict"], "pass");
}
