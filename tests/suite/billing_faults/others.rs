//! What others do to a line while a posting of ours is not settled, and what a dry run says then.

use sandbox::Kind;

use super::{Line, PERIOD, Start, WANTED, posting};

const START: Start = Start::At(WANTED - 15);

fn notes(run: &serde_json::Value) -> Vec<&str> {
    let notes = run["plan"]["notes"].as_array().unwrap().iter();
    let kinds = notes.map(|note| note["kind"].as_str().unwrap());
    // The links of these worlds were made in another one, and its tenant uses what nothing counts.
    kinds
        .filter(|kind| !["mark-missing", "unbilled-usage"].contains(kind))
        .collect()
}

/// The plan of a run, whatever was told before: a dry run tells all of it.
fn plan(run: &serde_json::Value) -> serde_json::Value {
    let mut plan = run["plan"].clone();
    for note in plan["notes"].as_array_mut().unwrap() {
        note.as_object_mut().unwrap().remove("reported");
    }
    plan
}

/// A person's change of the line from the period's start on.
fn person_adjusts(line: &Line, change: i64) {
    let id = line.lines()[0];
    line.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        database.adjust_as_person(id, PERIOD, change).unwrap();
    });
}

#[test]
fn a_change_that_a_person_made_first_is_not_taken_for_ours_and_not_taken_back() {
    let line = Line::new(START);
    let at = posting(1);
    let mut command = line.command();
    line.bench.sandbox.fault(at.fault(Kind::HeldBefore));
    let (run, held) = line.bench.run_until_held(&mut command, |_| {
        person_adjusts(&line, 15);
        line.bench.sandbox.let_go();
    });
    assert!(held);
    run.expect(0);
    assert_eq!(line.ledger(), ["overtaken"]);
    let rows = line.bench.run(&["history", "-o", "json"]).expect(0).json();
    let run = rows[0]["run"].as_str().unwrap();
    line.bench.run(&["revert", run, "--yes"]).expect(2);
    // The day has its adjustment.
    line.uses(WANTED + 5);
    assert_eq!(notes(&line.run().expect(0).json()), ["held"]);
    assert_eq!(line.adjustments(), 1);
}

#[test]
fn a_line_that_others_changed_while_an_answer_was_lost_is_not_posted_to_on_that_day() {
    let line = Line::new(START);
    line.broken(posting(1).fault(Kind::CutBefore)).expect(3);
    person_adjusts(&line, 3);
    let next = line.run().expect(0).json();
    assert_eq!(notes(&next), ["settling"]);
    line.bench.long_after();
    let held = line.run().expect(0).json();
    assert_eq!(notes(&held), ["held"]);
    assert_eq!(line.ledger(), ["overtaken"]);
    assert_eq!(line.units(PERIOD), START.units() + 3);
}

#[test]
fn a_dry_run_after_a_lost_answer_shows_the_plan_of_the_run_that_follows() {
    for (held, landed) in [(Kind::HeldAfter, true), (Kind::CutBefore, false)] {
        let line = Line::new(START);
        if landed {
            line.killed_at(&posting(1), held);
        } else {
            line.broken(posting(1).fault(held)).expect(3);
        }
        line.landed();
        line.bench.long_after();
        line.uses(WANTED + 5);
        let dry = ["sync-billing", "--dry-run", "--output", "json"];
        let dry = line.bench.run(&dry).expect(0).json();
        let actions = dry["plan"]["actions"].as_array().unwrap();
        assert_eq!(actions.len(), usize::from(!landed));
        let real = line.run().expect(0).json();
        assert_eq!(plan(&real), plan(&dry));
        assert_eq!(line.adjustments(), 1);
    }
}
