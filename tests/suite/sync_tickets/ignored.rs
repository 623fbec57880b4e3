//! Alerts that a rule ignores, beside tickets that are there.

use serde_json::{Value, json};

use super::{details, end, live_links, mapped, notes, raise, tickets};
use crate::support::Bench;

/// From now on alerts of this severity are ignored.
fn ignore(bench: &mut Bench, severity: &str) {
    let first = "[[tickets.rule]]\nmatch = { severity = \"critical\" }";
    let rule = format!("[[tickets.rule]]\nmatch = {{ severity = \"{severity}\" }}\ncreate = false");
    bench.configure(first, &format!("{rule}\n\n{first}"));
}

fn ticket(bench: &Bench) -> Value {
    let mut all = tickets(bench);
    all.retain(|ticket| ticket["title"].as_str().unwrap().ends_with("SRV-02"));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn complete(bench: &Bench) {
    let id = ticket(bench)["id"].as_i64().unwrap();
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        assert!(world.autotask.close_ticket(id));
    });
}

fn retell(bench: &Bench, alert: &str, text: &str) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.change_alert(alert, details("SRV-02", text)));
    });
}

fn explained(bench: &Bench, alert: &str) -> String {
    let run = bench.run(&["sync-tickets", "--explain", alert]).expect(0);
    run.stdout
}

/// How many alerts wait.
fn held(bench: &Bench) -> i64 {
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let all = "SELECT count(*) FROM held_alerts";
    state.query_row(all, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_completed_ticket_is_not_opened_again_for_an_alert_that_is_ignored_since() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "warning", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    complete(&bench);
    ignore(&mut bench, "warning");
    bench.sandbox.clear_visits();
    for (hour, text) in [(10, "Again."), (11, "And again.")] {
        bench.set_now(&format!("2026-09-15T{hour}:00:00Z"));
        retell(&bench, &alert, text);
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    assert_eq!(
        (ticket(&bench)["status"].clone(), held(&bench)),
        (json!(5), 0)
    );
    let words = explained(&bench, &alert);
    assert!(words.contains("and is closed; it stays closed"), "{words}");

    // Its end is followed, and it comes back as if there never was a ticket.
    bench.set_now("2026-09-15T12:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(live_links(&bench), 1);
    bench.set_now("2026-09-15T13:00:00Z");
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().re_raise(&alert)));
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    let words = explained(&bench, &alert);
    assert!(words.contains("the rule says create = false"), "{words}");
}

#[test]
fn a_reopening_that_waited_is_dropped_when_its_alert_is_ignored() {
    let mut bench = mapped();
    let window = "[[tickets.quiet]]\nfrom = \"10:30\"\nto = \"12:00\"\n\n[limits]";
    bench.configure("[limits]", window);
    let alert = raise(&bench, "BackupFailed", "warning", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T11:00:00Z");
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().re_raise(&alert)));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(held(&bench), 1);
    ignore(&mut bench, "warning");
    bench.set_now("2026-09-15T12:30:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    assert_eq!(held(&bench), 0);
}

#[test]
fn an_ignored_alert_does_not_join_the_open_ticket_of_its_problem() {
    let mut bench = mapped();
    ignore(&mut bench, "information");
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    for (hour, severity) in [(9, "information"), (10, "ok")] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        raise(&bench, "BackupFailed", severity, "SRV-02");
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert!(notes(&bench, &ticket(&bench)).is_empty());
    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(ticket(&bench)["status"], 5);
}

#[test]
fn an_open_ticket_is_closed_with_an_alert_that_is_ignored_since_and_told_nothing_of_it() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "warning", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    ignore(&mut bench, "warning");
    bench.set_now("2026-09-15T13:00:00Z");
    retell(&bench, &alert, "Again.");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    let words = explained(&bench, &alert);
    assert!(words.contains("is for SRV-02"), "{words}");
    bench.set_now("2026-09-15T14:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(ticket(&bench)["status"], 5);
}

#[test]
fn a_summary_is_not_opened_again_for_an_alert_that_is_ignored_since() {
    let mut bench = mapped();
    let raised: Vec<String> = (1..=12)
        .map(|n| raise(&bench, "BackupFailed", "warning", &format!("PC-{n:02}")))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    let summary = tickets(&bench).pop().unwrap();
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        let id = summary["id"].as_i64().unwrap();
        assert!(world.autotask.close_ticket(id));
    });
    ignore(&mut bench, "warning");
    bench.set_now("2026-09-15T10:00:00Z");
    retell(&bench, &raised[3], "Again.");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}
