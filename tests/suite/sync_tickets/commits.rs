//! `kill -9` between any two writes to the state file, which only debug builds can be told to do: what
//! was still to be written is written by the next run, exactly once.

use super::memory::{active, by_person, with_three_alerts};
use super::{alerts, end, mapped, notes, pick, tickets};
use crate::support::Bench;

/// The runs after the kill: one that ends it, and one that finds nothing to do.
fn ends(bench: &mut Bench, case: &str) {
    bench.set_now("2026-09-15T12:00:00Z");
    let run = bench.run(&["sync-tickets"]);
    assert_eq!(run.code, 0, "{case}: {}", run.stdout);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{case}: {:?}", bench.writes());
    let status = bench.run(&["status"]).expect(0).stdout;
    assert!(!status.contains("nobody knows yet"), "{case}: {status}");
}

fn titles(bench: &Bench) -> Vec<String> {
    let all = notes(bench, &tickets(bench)[0]);
    let title = |note: &serde_json::Value| note["title"].as_str().unwrap().to_owned();
    all.iter().map(title).collect()
}

#[test]
fn killed_between_a_change_and_its_note_the_next_run_writes_the_note_once() {
    let mut between = 0;
    for commit in 1.. {
        let mut bench = mapped();
        let alert = alerts(&bench)[0].clone();
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alert);
        if !bench.is_killed_after_commit(&["sync-tickets"], commit) {
            break;
        }
        let closed = tickets(&bench)[0]["status"] == 5;
        between += usize::from(closed && titles(&bench).is_empty());
        let case = format!("killed after commit {commit}");
        ends(&mut bench, &case);
        assert_eq!(tickets(&bench)[0]["status"], 5, "{case}");
        assert_eq!(titles(&bench), ["The alert is gone"], "{case}");
    }
    // Before the note was taken up, and after.
    assert_eq!(between, 2);
}

#[test]
fn killed_while_a_note_of_an_earlier_run_is_written_it_is_written_once() {
    let mut missing = 0;
    for commit in 1.. {
        let mut bench = mapped();
        let alert = alerts(&bench)[0].clone();
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alert);
        let cut = sandbox::Fault::new("autotask", "POST", "*/Notes", sandbox::Kind::CutBefore);
        bench.sandbox.fault(cut.times(0));
        assert_ne!(bench.run(&["sync-tickets"]).code, 0);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T10:00:00Z");
        if !bench.is_killed_after_commit(&["sync-tickets"], commit) {
            break;
        }
        missing += usize::from(titles(&bench).is_empty());
        let case = format!("killed after commit {commit}");
        ends(&mut bench, &case);
        assert_eq!(titles(&bench), ["The alert is gone"], "{case}");
    }
    assert!(missing >= 2, "{missing}");
}

#[test]
fn killed_between_dismissals_the_next_run_dismisses_the_rest() {
    let mut left = Vec::new();
    for commit in 1.. {
        let (mut bench, ticket, _) = with_three_alerts();
        bench.set_now("2026-09-15T09:00:00Z");
        by_person(&bench, |database| assert!(database.close_ticket(ticket)));
        let fault = sandbox::Fault::new(
            "acronis",
            "DELETE",
            "*/alerts/*",
            super::memory::refused(403),
        );
        bench.sandbox.fault(fault.times(0));
        assert_ne!(bench.run(&["sync-tickets"]).code, 0);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T10:00:00Z");
        if !bench.is_killed_after_commit(&["sync-tickets"], commit) {
            break;
        }
        left.push(active(&bench).len());
        let case = format!("killed after commit {commit}");
        ends(&mut bench, &case);
        assert!(active(&bench).is_empty(), "{case}");
        assert_ne!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
    }
    assert!(left.contains(&3) && left.contains(&0), "{left:?}");
}
