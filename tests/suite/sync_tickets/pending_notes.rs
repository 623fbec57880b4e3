//! Notes that a run could not write are written by the next one, exactly once.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, end, mapped, notes, pick, tickets};
use crate::support::Bench;

const ALERT_GONE: &str = "The alert is gone";
const RAISED_AGAIN: &str = "The alert was raised again";

fn refused() -> Kind {
    Kind::Status {
        code: 500,
        body: Some(json!({"errors": ["noteType is not active"]}).to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    }
}

/// Every way in which a note can fail.
fn failures() -> [Kind; 3] {
    [refused(), Kind::CutBefore, Kind::CutAfter]
}

fn fail(bench: &Bench, method: &str, path: &str, kind: &Kind) {
    let fault = Fault::new("autotask", method, path, kind.clone());
    bench.sandbox.fault(fault.times(0));
}

/// The titles of all notes on the one ticket.
fn told(bench: &Bench) -> Vec<String> {
    let all = notes(bench, &tickets(bench)[0]);
    let title = |note: &Value| note["title"].as_str().unwrap().to_owned();
    all.iter().map(title).collect()
}

fn re_raise(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(alert));
}

/// A run that fails, and two that do not: the second of them has nothing left to do.
fn fail_and_run_twice(bench: &mut Bench, method: &str, path: &str, kind: &Kind) {
    fail(bench, method, path, kind);
    let run = bench.run(&["sync-tickets"]);
    assert_ne!(run.code, 0, "{kind:?}: {}", run.stdout);
    bench.sandbox.clear_faults();
    bench.run(&["sync-tickets"]).expect(0);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    let status = bench.run(&["status"]).expect(0).stdout;
    assert!(
        !status.contains("it is not known whether"),
        "{kind:?}: {status}"
    );
}

#[test]
fn a_note_about_closing_or_opening_again_is_written_once_however_it_failed() {
    for kind in failures() {
        let mut bench = mapped();
        let alert = alerts(&bench)[0].clone();
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alert);
        fail_and_run_twice(&mut bench, "POST", "*/Notes", &kind);
        assert_eq!(tickets(&bench)[0]["status"], 5);
        assert_eq!(told(&bench), [ALERT_GONE], "{kind:?}");
        bench.set_now("2026-09-15T10:00:00Z");
        re_raise(&bench, &alert);
        fail_and_run_twice(&mut bench, "POST", "*/Notes", &kind);
        assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
        assert_eq!(told(&bench), [ALERT_GONE, RAISED_AGAIN], "{kind:?}");
        // The same words as the first time, and yet another note.
        bench.set_now("2026-09-15T11:00:00Z");
        end(&bench, &alert);
        fail_and_run_twice(&mut bench, "POST", "*/Notes", &kind);
        assert_eq!(told(&bench), [ALERT_GONE, RAISED_AGAIN, ALERT_GONE]);
    }
}

#[test]
fn a_change_whose_answer_was_lost_is_told_and_is_no_persons() {
    for kind in [Kind::CutBefore, Kind::CutAfter] {
        let mut bench = mapped();
        let alert = alerts(&bench)[0].clone();
        bench.run(&["sync-tickets"]).expect(0);
        for hour in [9, 11] {
            bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
            end(&bench, &alert);
            fail_and_run_twice(&mut bench, "PATCH", "*/Tickets", &kind);
            assert_eq!(tickets(&bench)[0]["status"], 5, "{kind:?}");
            bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
            re_raise(&bench, &alert);
            fail_and_run_twice(&mut bench, "PATCH", "*/Tickets", &kind);
            assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
        }
        let once = [ALERT_GONE, RAISED_AGAIN];
        assert_eq!(told(&bench), [once, once].concat(), "{kind:?}");
    }
}

#[test]
fn a_note_that_autotask_goes_on_refusing_is_tried_at_every_run_and_holds_up_nothing() {
    let mut bench = mapped();
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    fail(&bench, "POST", "*/Notes", &refused());
    for hour in 9..12 {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        if hour == 9 {
            end(&bench, &alert);
        }
        let run = bench.run(&["sync-tickets"]);
        assert!(run.stdout.contains("noteType is not active"), "{run:?}");
    }
    // The problem comes back and goes while nothing can be noted: in the end all is told in order.
    bench.set_now("2026-09-15T12:00:00Z");
    re_raise(&bench, &alert);
    bench.run(&["sync-tickets"]);
    bench.sandbox.clear_faults();
    bench.set_now("2026-09-15T13:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(told(&bench), [ALERT_GONE, RAISED_AGAIN]);
    assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
}
