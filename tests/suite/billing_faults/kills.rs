//! `kill -9` while a request is under way, before and after it took effect. Between two writes to the
//! state file: [`super::commits`].

use sandbox::Kind;

use super::{At, Line, Start, WANTED, each, one_step, posts, requests};

pub(super) const STARTS: [Start; 3] = [Start::At(WANTED - 15), Start::Empty, Start::Missing];

#[test]
fn killed_while_any_request_is_under_way_the_next_runs_end_it() {
    let (before, after) = (Kind::HeldBefore, Kind::HeldAfter);
    let mut cases: Vec<(Start, At, Kind)> = Vec::new();
    for start in STARTS {
        for at in requests(start) {
            if posts(&at) {
                cases.push((start, at.clone(), after.clone()));
                cases.push((start, at, before.clone()));
            } else if matches!(start, Start::At(_)) {
                cases.push((start, at, before.clone()));
            }
        }
    }
    let cases = each(&cases, |(start, at, held)| {
        let line = Line::new(*start);
        line.killed_at(at, held.clone());
        let case = format!("{start:?}: killed at {at:?}, {held:?}");
        line.recovers(&one_step(*start), &case);
    });
    println!("fault matrix, kill -9 while a request is under way: {cases} cases");
    assert!(cases > 30, "{cases}");
}
