//! What is remembered after a run: answers that were lost, and what came between two runs.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, details, end, mapped, notes, pick, raise, tickets};
use crate::support::Bench;

/// Does something in Autotask as a technician would.
pub(super) fn by_person(bench: &Bench, act: impl FnOnce(&mut sandbox::autotask::Database)) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        act(&mut world.autotask);
    });
}

fn retell(bench: &Bench, alert: &str, details: Value) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().change_alert(alert, details));
}

fn id(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap()
}

#[test]
fn a_ticket_whose_answer_was_lost_and_whose_alert_has_ended_since_is_remembered_as_over() {
    for closes in [true, false] {
        let mut bench = mapped();
        if !closes {
            bench.configure("enabled = true, status", "enabled = false, status");
        }
        let fault = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
        bench.sandbox.fault(fault);
        bench.run(&["sync-tickets"]).expect(3);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alerts(&bench)[0]);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench)[0]["status"] == 5, closes);
        // Another alert within the overlap leads to the first being read once more.
        bench.set_now("2026-09-15T09:05:00Z");
        raise(&bench, "BackupFailed", "error", "SRV-02");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), 2);
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    }
}

#[test]
fn a_ticket_that_a_person_took_over_stays_theirs_whatever_is_noted_on_it() {
    for refused in [false, true] {
        let mut bench = mapped();
        let alert = alerts(&bench)[0].clone();
        bench.run(&["sync-tickets"]).expect(0);
        let ticket = id(&tickets(&bench)[0]);
        let status = pick(&bench, "status", "In Progress");
        by_person(&bench, |database| {
            assert!(database.edit_ticket(ticket, "status", json!(status)));
        });
        bench.set_now("2026-09-15T09:00:00Z");
        retell(&bench, &alert, details("ALMA-SRV01", "Another reason."));
        if refused {
            let refusal = Kind::Status {
                code: 500,
                body: Some(json!({"errors": ["no note today"]}).to_string()),
                headers: Vec::new(),
            };
            let fault = Fault::new("autotask", "POST", "*/Notes", refusal);
            bench.sandbox.fault(fault);
            bench.run(&["sync-tickets"]);
        }
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(notes(&bench, &tickets(&bench)[0]).len(), 1);
        bench.set_now("2026-09-15T10:00:00Z");
        end(&bench, &alert);
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(
            run.stdout.contains("tickets.auto_close.force"),
            "{}",
            run.stdout
        );
        assert_eq!(tickets(&bench)[0]["status"], status);
    }
}

#[test]
fn a_summary_that_a_person_took_over_stays_theirs_however_often_it_is_brought_up_to_date() {
    let mut bench = mapped();
    let mut raised = alerts(&bench);
    raised.extend((1..=11).map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"))));
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[0]);
    let status = pick(&bench, "status", "In Progress");
    by_person(&bench, |database| {
        assert!(database.edit_ticket(ticket, "status", json!(status)));
    });
    for (hour, some) in [(9, &raised[..6]), (10, &raised[6..])] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        some.iter().for_each(|alert| end(&bench, alert));
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert_eq!(tickets(&bench)[0]["status"], status);
}

#[test]
fn a_ticket_that_stands_for_two_problems_is_closed_once_when_both_end_together() {
    let mut bench = mapped();
    let first = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[0]);
    // Autotask takes the second for a duplicate and answers with the first.
    let answer = Kind::Status {
        code: 200,
        body: Some(json!({"itemId": ticket}).to_string()),
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", answer));
    let second = raise(&bench, "BackupFailed", "error", "SRV-02");
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stderr.contains("older ticket"), "{}", run.stderr);
    assert_eq!(tickets(&bench).len(), 1);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &first);
    end(&bench, &second);
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = &tickets(&bench)[0];
    assert_eq!(ticket["status"], 5);
    assert_eq!(notes(&bench, ticket).len(), 1);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

pub(super) fn refused(code: u16) -> Kind {
    Kind::Status {
        code,
        body: Some(json!({"errors": ["not today"]}).to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    }
}

/// Ids of the alerts that are still active.
pub(super) fn active(bench: &Bench) -> Vec<String> {
    let all = bench.sandbox.with_world(|world| world.acronis[0].alerts());
    let active = all.iter().filter(|alert| alert["deletedAt"].is_null());
    active
        .map(|alert| alert["id"].as_str().unwrap().to_owned())
        .collect()
}

fn uncertain(bench: &Bench) -> usize {
    let status = bench.run(&["status", "-o", "csv"]);
    status.stdout.matches("it is not known whether").count()
}

/// A bench whose one ticket stands for its first alert and two more of the same problem.
pub(super) fn with_three_alerts() -> (Bench, i64, Vec<String>) {
    let bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\ndismiss_on_complete = true\n");
    end(&bench, &alerts(&bench)[0]);
    let three: Vec<String> = (0..3)
        .map(|_| raise(&bench, "BackupFailed", "error", "SRV-02"))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = id(&tickets(&bench)[0]);
    (bench, ticket, three)
}

#[test]
fn a_dismissal_that_was_refused_is_tried_at_every_run_until_it_is_done_once() {
    let (mut bench, ticket, _) = with_three_alerts();
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| assert!(database.close_ticket(ticket)));
    let fault = Fault::new("acronis", "DELETE", "*/alerts/*", refused(403));
    bench.sandbox.fault(fault.times(0));
    for hour in 10..13 {
        bench.set_now(&format!("2026-09-15T{hour}:00:00Z"));
        bench.sandbox.clear_visits();
        let run = bench.run(&["sync-tickets"]);
        assert_ne!(run.code, 0, "{}", run.stdout);
        assert_eq!(
            run.stdout.matches("\n  dismiss alert").count(),
            3,
            "{}",
            run.stdout
        );
        assert_eq!(active(&bench).len(), 3);
    }
    bench.sandbox.clear_faults();
    bench.set_now("2026-09-15T14:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.writes().len(), 3);
    assert!(active(&bench).is_empty());
    bench.set_now("2026-09-15T15:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn a_dismissal_that_is_owed_is_not_made_up_for_after_the_ticket_was_opened_again() {
    let (mut bench, ticket, _) = with_three_alerts();
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| assert!(database.close_ticket(ticket)));
    let fault = Fault::new("acronis", "DELETE", "*/alerts/*", refused(403));
    bench.sandbox.fault(fault.times(0));
    bench.run(&["sync-tickets"]);
    bench.sandbox.clear_faults();
    let status = pick(&bench, "status", "In Progress");
    by_person(&bench, |database| {
        assert!(database.edit_ticket(ticket, "status", json!(status)));
    });
    bench.set_now("2026-09-15T12:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    assert_eq!(active(&bench).len(), 3);
}

#[test]
fn of_several_dismissals_each_is_remembered_by_itself() {
    for nth in 1..=3 {
        let (mut bench, ticket, three) = with_three_alerts();
        bench.set_now("2026-09-15T09:00:00Z");
        by_person(&bench, |database| assert!(database.close_ticket(ticket)));
        let path = format!("*/alerts/{}", three[nth - 1]);
        let fault = Fault::new("acronis", "DELETE", &path, refused(500));
        bench.sandbox.fault(fault.times(0));
        bench.run(&["sync-tickets"]).expect(3);
        assert_eq!(active(&bench), [three[nth - 1].clone()]);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T12:00:00Z");
        bench.sandbox.clear_visits();
        // Whatever is compared, the technician's ticket stays completed.
        bench.run(&["sync-tickets", "--all"]).expect(0);
        let writes = bench.writes();
        assert_eq!(writes.len(), 1, "{writes:?}");
        assert!(writes[0].starts_with("DELETE "), "{writes:?}");
        assert!(active(&bench).is_empty());
        assert_eq!(tickets(&bench)[0]["status"], 5);
    }
}

#[test]
fn a_dismissal_whose_answer_was_lost_is_looked_up_and_not_left_uncertain() {
    for kind in [Kind::CutAfter, Kind::CutBefore] {
        let (mut bench, ticket, _) = with_three_alerts();
        bench.set_now("2026-09-15T09:00:00Z");
        by_person(&bench, |database| assert!(database.close_ticket(ticket)));
        let fault = Fault::new("acronis", "DELETE", "*/alerts/*", kind);
        bench.sandbox.fault(fault.times(0));
        bench.run(&["sync-tickets"]);
        assert_eq!(uncertain(&bench), 3);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T12:00:00Z");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(uncertain(&bench), 0);
        assert!(active(&bench).is_empty());
    }
}

#[test]
fn a_creation_that_had_no_effect_is_settled_though_its_alert_ended_meanwhile() {
    let mut bench = mapped();
    let fault = Fault::new("autotask", "POST", "*/Tickets", Kind::CutBefore);
    bench.sandbox.fault(fault.times(0));
    bench.run(&["sync-tickets"]);
    assert_eq!(uncertain(&bench), 1);
    bench.sandbox.clear_faults();
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(uncertain(&bench), 0);
    assert!(tickets(&bench).is_empty());
}

#[test]
fn a_problem_that_comes_and_goes_is_named_once_at_the_end_and_not_remembered_for_ever() {
    let mut bench = mapped();
    let remembered = |bench: &Bench| -> i64 {
        let state = rusqlite::Connection::open(bench.state()).unwrap();
        let sql = "SELECT count(*) FROM ticket_alerts WHERE label LIKE 'SRV-02%'";
        state.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for hour in [9, 11, 13, 15] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        let two = [(); 2].map(|()| raise(&bench, "BackupFailed", "error", "SRV-02"));
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
        two.iter().for_each(|alert| end(&bench, alert));
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(remembered(&bench), 2, "{hour}");
    }
    let all = tickets(&bench);
    let ticket = all
        .iter()
        .find(|one| one["title"] == "Backup failed: SRV-02");
    let told = notes(&bench, ticket.unwrap());
    // Opened again three times and closed four times; no text was told twice.
    assert_eq!(told.len(), 7, "{told:?}");
    let last = told.last().unwrap()["description"].as_str().unwrap();
    assert_eq!(last.matches("SRV-02").count(), 1, "{last}");
    assert!(
        last.contains("SRV-02: Backup failed (2 alerts)\n"),
        "{last}"
    );
}
