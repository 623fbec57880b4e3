//! A service that refuses the first form of an adjustment: every break and `kill -9` around the
//! second sending, on a service that would add a second adjustment of a day.

use std::collections::BTreeSet;

use sandbox::Kind;
use sandbox::autotask::AdjustmentForm;

use super::requests::requests_of;
use super::{At, Line, Start, WANTED, each, one_step, posting, posts};

pub(super) const START: Start = Start::At(WANTED - 15);

pub(super) fn line(start: Start) -> Line {
    let line = Line::new(start);
    line.bench.sandbox.with_world(|world| {
        world.autotask.refused_forms = BTreeSet::from([AdjustmentForm::Line]);
        world.autotask.takes_second_adjustments = true;
    });
    line
}

fn around(start: Start) -> Vec<At> {
    let all = requests_of(&line(start), start);
    let sent = all.iter().filter(|at| at.path.contains("Adjustments"));
    assert_eq!(sent.count(), 2, "{all:?}");
    all.into_iter().filter(posts).collect()
}

#[test]
fn killed_while_the_other_form_is_tried_the_next_runs_end_it() {
    let mut cases: Vec<(At, Kind)> = Vec::new();
    for at in around(START) {
        cases.push((at.clone(), Kind::HeldBefore));
        if at.path.contains("Adjustments") {
            cases.push((at, Kind::HeldAfter));
        }
    }
    let cases = each(&cases, |(at, held)| {
        let line = line(START);
        line.killed_at(at, held.clone());
        line.recovers(&one_step(START), &format!("killed at {at:?}, {held:?}"));
    });
    println!("fault matrix, kill -9 around the other form: {cases} cases");
    assert!(cases >= 8, "{cases}");
}

#[test]
fn every_break_around_the_other_form_ends_with_one_adjustment() {
    let gateway = Kind::Status {
        code: 503,
        body: None,
        headers: vec![],
    };
    let text = "<html>".to_owned();
    let kinds = [
        Kind::CutBefore,
        Kind::CutAfter,
        gateway,
        Kind::Body { text },
    ];
    let mut cases: Vec<(At, Kind)> = Vec::new();
    for at in around(START) {
        cases.extend(kinds.iter().map(|kind| (at.clone(), kind.clone())));
    }
    cases.push((posting(2), Kind::Late));
    let cases = each(&cases, |(at, kind)| {
        let line = line(START);
        line.broken(at.fault(kind.clone()));
        line.recovers(&one_step(START), &format!("{kind:?} at {at:?}"));
    });
    println!("fault matrix, the other form: {cases} cases");
    assert!(cases >= 20, "{cases}");
}
