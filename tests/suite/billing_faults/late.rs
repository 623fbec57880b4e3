//! Requests that land after their caller gave up, and units that show a posting late; on a service
//! that refuses a second adjustment of a day and on one that adds it.

use sandbox::Kind;

use super::{At, Line, ONCE, PERIOD, Start, WANTED, each, one_step, posting, posts, requests};

const START: Start = Start::At(WANTED - 15);

fn line(takes_second: bool) -> Line {
    let line = Line::with(START, ONCE, "");
    line.bench
        .sandbox
        .with_world(|world| world.autotask.takes_second_adjustments = takes_second);
    line
}

#[test]
fn a_request_that_lands_after_the_caller_gave_up_is_not_posted_twice() {
    let requests = requests(START);
    let mut cases: Vec<(At, bool, bool)> = Vec::new();
    for at in requests.iter().filter(|at| posts(at)) {
        for soon in [true, false] {
            cases.extend([false, true].map(|takes| (at.clone(), soon, takes)));
        }
    }
    let cases = each(&cases, |(at, soon, takes)| {
        let line = line(*takes);
        line.broken(at.fault(Kind::Late));
        if *soon {
            line.landed();
        }
        line.run();
        let case = format!("soon: {soon}, at {at:?}, adds second adjustments: {takes}");
        line.recovers(&one_step(START), &case);
    });
    println!("fault matrix, timeouts: {cases} cases");
    assert!(cases >= 12, "{cases}");
}

#[test]
fn an_answer_that_is_lost_is_not_posted_twice_whatever_a_second_adjustment_does() {
    let kinds = [
        Kind::CutBefore,
        Kind::CutAfter,
        Kind::Status {
            code: 503,
            body: None,
            headers: vec![],
        },
        Kind::Body {
            text: "<html>".to_owned(),
        },
    ];
    let mut cases: Vec<(At, Kind)> = Vec::new();
    for at in requests(START).iter().filter(|at| posts(at)) {
        cases.extend(kinds.iter().map(|kind| (at.clone(), kind.clone())));
    }
    let cases = each(&cases, |(at, kind)| {
        let line = line(true);
        line.broken(at.fault(kind.clone()));
        line.recovers(&one_step(START), &format!("{kind:?} at {at:?}"));
    });
    println!("fault matrix, second adjustments are added: {cases} cases");
    assert!(cases >= 12, "{cases}");
}

/// The answer is lost in the last minutes of a period, a run in between fails, and the next one is
/// in another period: what was sent first may land still.
#[test]
fn a_lost_answer_is_remembered_over_failed_runs_and_over_the_end_of_the_period() {
    for lands in [true, false] {
        let mut line = line(true);
        line.bench.set_now("2026-09-30T23:57:00Z");
        let held = if lands { Kind::Late } else { Kind::CutBefore };
        line.broken(posting(1).fault(held)).expect(3);
        line.bench.set_now("2026-09-30T23:58:00Z");
        line.bench
            .configure("[billing]", "[billing]\nfreeze = [30]");
        line.run().expect(0);
        line.bench.set_now("2026-10-01T00:00:30Z");
        let next = line.run().expect(0).json();
        let notes = next["plan"]["notes"].to_string();
        assert!(notes.contains("\"settling\""), "{notes}");
        assert_eq!(line.adjustments(), 0);
        line.landed();
        line.bench.long_after();
        if !lands {
            // September's change was lost: it is offered, and October waits for it.
            line.run().expect(4);
            line.approves = true;
        }
        line.run().expect(0);
        let steps = [(jiff::civil::Date::MIN, START.units()), (PERIOD, WANTED)];
        line.settled(&steps, "the end of a period");
    }
}

#[test]
fn units_that_show_a_posting_late_are_not_posted_to_again() {
    let stale = r#"{"items": [], "pageDetails": {"count": 0, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null}}"#;
    let start = Start::At(0);
    let late = Line::new(start);
    let units = requests(start)
        .into_iter()
        .filter(|at| at.path.contains("ContractServiceUnits"))
        .max_by_key(|at| at.nth)
        .unwrap();
    let text = stale.to_owned();
    let fault = units.fault(Kind::Body { text }).times(0);
    let first = late.broken(fault).expect(3).json();
    assert_eq!(first["results"][0]["outcome"], "uncertain");
    assert_eq!(late.adjustments(), 1);
    late.recovers(&one_step(start), "late");
}
