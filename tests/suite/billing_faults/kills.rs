//! `kill -9` at any instant: while a request is under way, before and after it took effect, and
//! between any two writes to the state file. In between nothing lasts that the next run could see.

use std::collections::BTreeSet;
use std::sync::Mutex;

use sandbox::Kind;

use super::{At, Line, Start, WANTED, each, one_step, posts, requests};
use crate::support::ended;

const STARTS: [Start; 3] = [Start::At(WANTED - 15), Start::Empty, Start::Missing];

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

#[test]
#[cfg_attr(not(debug_assertions), ignore = "only debug builds can be killed so")]
fn killed_between_any_two_writes_to_the_state_file_the_next_runs_end_it() {
    let seen: Mutex<Vec<String>> = Mutex::default();
    each(&STARTS, |start| {
        for commit in 1.. {
            let line = Line::new(*start);
            if !killed_after_commit(&line, commit) {
                break;
            }
            let left = line.ledger().pop().unwrap_or_else(|| "nothing".to_owned());
            seen.lock().unwrap().push(left);
            let case = format!("{start:?}: killed after commit {commit}");
            line.recovers(&one_step(*start), &case);
        }
    });
    let seen = seen.into_inner().unwrap();
    println!(
        "fault matrix, kill -9 between two commits: {} cases, which left {seen:?}",
        seen.len()
    );
    assert!(seen.len() >= 12, "{seen:?}");
    let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
    assert!(seen.is_superset(&BTreeSet::from(["nothing", "intended", "confirmed"])));
}

/// A run that is killed once it committed so many times; whether it got that far.
pub(super) fn killed_after_commit(line: &Line, commits: usize) -> bool {
    let mut command = line.command();
    command.env("ACROTASK_TEST_KILLED_AFTER_COMMIT", commits.to_string());
    ended(command.output().unwrap()).code == -1
}
