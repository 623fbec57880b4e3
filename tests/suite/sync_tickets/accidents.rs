//! What is left when a run ends badly, and what the next one makes of it.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, details, end, mapped, notes, pick, raise, tickets};
use crate::support::Bench;

const ONCE: (&str, &str) = ("[limits]", "[network]\nattempts = 1\n\n[limits]");

fn id(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap()
}

fn retell(bench: &Bench, alert: &str, workload: &str, reason: &str) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.change_alert(alert, details(workload, reason)));
    });
}

fn re_raise(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().re_raise(alert)));
}

/// A person changes one field of a ticket.
fn edit(bench: &Bench, ticket: i64, field: &str, value: Value) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        assert!(world.autotask.edit_ticket(ticket, field, value));
    });
}

/// A bench whose ticket was closed by an earlier run, and whose alert is there again.
fn back_again() -> Bench {
    let mut bench = mapped();
    bench.configure(ONCE.0, ONCE.1);
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    re_raise(&bench, &alert);
    bench.sandbox.clear_visits();
    bench
}

/// Titles of the notes on the only ticket.
fn told(bench: &Bench) -> Vec<String> {
    let notes = notes(bench, &tickets(bench)[0]);
    let title = |note: &Value| note["title"].as_str().unwrap().to_owned();
    notes.iter().map(title).collect()
}

const RETURNED: [&str; 2] = ["The alert is gone", "The alert was raised again"];

#[test]
fn an_alert_that_ended_before_its_lost_ticket_was_found_closes_it() {
    let mut bench = mapped();
    let lost = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
    assert_eq!(told(&bench), ["The alert is gone"]);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_ticket_that_was_opened_again_gets_the_note_that_was_lost() {
    for kind in [Kind::CutBefore, Kind::CutAfter] {
        let mut bench = back_again();
        let lost = Fault::new("autotask", "POST", "*/Tickets/*/Notes", kind.clone());
        bench.sandbox.fault(lost);
        bench.run(&["sync-tickets"]).expect(3);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(told(&bench), RETURNED, "{kind:?}");
        assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
        bench.set_now("2026-09-15T11:00:00Z");
        end(&bench, &alerts(&bench)[0]);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench)[0]["status"], 5, "{kind:?}");
    }
}

#[test]
fn what_a_killed_run_opened_again_is_no_work_of_a_person() {
    let mut bench = back_again();
    bench.sandbox.fault(Fault::new(
        "autotask",
        "PATCH",
        "*/Tickets",
        Kind::HeldBefore,
    ));
    assert!(bench.killed_when_held(&mut bench.command(&["sync-tickets"])));
    // The change was on its way, and arrives.
    bench.sandbox.settle();
    assert_ne!(tickets(&bench)[0]["status"], 5);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(told(&bench), RETURNED);
    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
}

#[test]
fn a_ticket_that_a_person_works_on_stays_theirs_after_a_note_of_ours() {
    let mut bench = mapped();
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, ticket, "status", json!(8));
    retell(&bench, &alert, "ALMA-SRV01", "The network is down.");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(told(&bench), ["The alert changed"]);
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 8);
}

#[test]
fn a_dismissal_that_failed_is_tried_again() {
    let mut bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\ndismiss_on_complete = true\n");
    bench.configure(ONCE.0, ONCE.1);
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, ticket, "status", json!(5));
    let lost = Fault::new("acronis", "DELETE", "*/alerts/*", Kind::CutBefore);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let ended = bench
        .sandbox
        .with_world(|world| !world.acronis[0].alerts()[0]["deletedAt"].is_null());
    assert!(ended);
}

/// A bench with a summary of twelve alerts, and their ids.
fn stormy() -> (Bench, Vec<String>) {
    let bench = mapped();
    let mut raised = alerts(&bench);
    raised.extend((1..=11).map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"))));
    bench.run(&["sync-tickets"]).expect(0);
    (bench, raised)
}

#[test]
fn a_summary_that_a_person_completed_comes_back_when_one_of_its_alerts_is_told_again() {
    let (mut bench, raised) = stormy();
    let summary = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, summary, "status", json!(5));
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
    bench.set_now("2026-09-15T10:00:00Z");
    retell(&bench, &raised[3], "PC-03", "The network is down.");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["status"], pick(&bench, "status", "New"));
    assert_eq!(told(&bench), ["Alerts came again"]);
    let note = &notes(&bench, &all[0])[0];
    let text = note["description"].as_str().unwrap();
    assert!(text.contains("PC-03") && !text.contains("PC-04"), "{text}");
}

#[test]
fn a_summary_that_a_person_took_over_still_tells_which_alerts_are_left() {
    let (mut bench, raised) = stormy();
    let summary = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, summary, "status", json!(8));
    for alert in &raised {
        end(&bench, alert);
    }
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("tickets.auto_close.force"), "{run:?}");
    let text = tickets(&bench)[0]["description"].clone();
    assert!(text.as_str().unwrap().contains("Active: 0\n"), "{text}");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
    assert_eq!(tickets(&bench)[0]["status"], 8);
}

#[test]
fn a_ticket_after_a_summary_is_closed_although_an_alert_ended_under_the_ticket_before_it() {
    let mut bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\nreopen = \"never\"\n");
    let first = raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[1]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, ticket, "status", json!(5));
    // Before the next run the alert ends, and comes under another id in a storm.
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &first);
    let storm: Vec<String> = (1..=11)
        .map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}")))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T11:00:00Z");
    for alert in &storm {
        end(&bench, alert);
    }
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T12:00:00Z");
    let last = raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T13:00:00Z");
    end(&bench, &last);
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    let mine = all
        .iter()
        .filter(|one| one["title"] == "Backup failed: PC-01");
    let closed: Vec<bool> = mine.map(|one| one["status"] == 5).collect();
    assert_eq!(closed, [true; 2]);
}

#[test]
fn a_run_that_could_not_dismiss_all_alerts_of_a_ticket_goes_on_with_the_rest() {
    let (mut bench, _) = stormy();
    bench.configure("[tickets]\n", "[tickets]\ndismiss_on_complete = true\n");
    bench.configure(ONCE.0, ONCE.1);
    bench.run(&["sync-tickets"]).expect(0);
    let summary = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, summary, "status", json!(5));
    let left = || {
        let all = bench.sandbox.with_world(|world| world.acronis[0].alerts());
        all.iter().filter(|one| one["deletedAt"].is_null()).count()
    };
    for after in [9, 6, 3] {
        let lost = Fault::new("acronis", "DELETE", "*/alerts/*", Kind::CutBefore);
        bench.sandbox.fault(lost.nth(4).times(0));
        bench.run(&["sync-tickets"]).expect(3);
        assert_eq!(left(), after);
        bench.sandbox.clear_faults();
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(left(), 0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn a_storm_after_a_summary_was_completed_does_not_keep_its_alerts_from_being_dismissed() {
    for reopen in ["\"always\"", "\"never\""] {
        let (mut bench, _) = stormy();
        let words = format!("[tickets]\nreopen = {reopen}\ndismiss_on_complete = true\n");
        bench.configure("[tickets]\n", &words);
        bench.run(&["sync-tickets"]).expect(0);
        let summary = id(&tickets(&bench)[0]);
        bench.set_now("2026-09-15T09:00:00Z");
        edit(&bench, summary, "status", json!(5));
        bench.set_now("2026-09-15T10:00:00Z");
        for n in 21..=31 {
            raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
        }
        bench.run(&["sync-tickets"]).expect(0);
        // Reopened or made anew: it names the new storm only.
        let all = tickets(&bench);
        let open: Vec<&Value> = all.iter().filter(|one| one["status"] != 5).collect();
        assert_eq!(open.len(), 1, "{reopen}");
        let text = open[0]["description"].as_str().unwrap();
        assert!(text.contains("Active: 11\n"), "{reopen} {text}");
        assert!(!text.contains("PC-03"), "{reopen} {text}");
        let left = bench.sandbox.with_world(|world| world.acronis[0].alerts());
        let left = left.iter().filter(|one| one["deletedAt"].is_null());
        assert_eq!(left.count(), 11);
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty());
    }
}

#[test]
fn a_summary_whose_answer_was_lost_is_found_however_few_of_its_alerts_are_left() {
    for left in [3, 0] {
        let mut bench = mapped();
        let raised: Vec<String> = (1..=11)
            .map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}")))
            .chain(alerts(&bench))
            .collect();
        let lost = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
        bench.sandbox.fault(lost);
        bench.run(&["sync-tickets"]).expect(3);
        bench.set_now("2026-09-15T09:00:00Z");
        for alert in raised.iter().skip(left) {
            end(&bench, alert);
        }
        bench.run(&["sync-tickets"]).expect(0);
        let all = tickets(&bench);
        assert_eq!(all.len(), 1);
        let text = all[0]["description"].as_str().unwrap();
        assert!(text.contains(&format!("Active: {left}\n")), "{text}");
        assert_eq!(all[0]["status"] == 5, left == 0);
        bench.set_now("2026-09-15T10:00:00Z");
        for alert in raised.iter().take(left) {
            end(&bench, alert);
        }
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench)[0]["status"], 5);
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty());
    }
}

#[test]
fn a_summary_after_a_completed_one_is_made_once_though_its_answer_was_lost() {
    let (mut bench, _) = stormy();
    let summary = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    edit(&bench, summary, "status", json!(5));
    bench.configure("[tickets]\n", "[tickets]\nreopen = \"never\"\n");
    bench.set_now("2026-09-15T10:00:00Z");
    for n in 21..=31 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    let lost = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now("2026-09-15T10:10:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
    let all = tickets(&bench);
    assert_eq!(all.len(), 2);
    assert_ne!(all[0]["externalID"], all[1]["externalID"]);
    let text = all[1]["description"].as_str().unwrap();
    assert!(
        text.contains("- PC-31") && text.contains("- PC-03"),
        "{text}"
    );
}
