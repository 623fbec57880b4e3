//! `kill -9` at any instant: while a request is under way, before and after it took effect, and
//! between any two writes to the state file. In between nothing lasts that the next run could see.

use std::collections::BTreeSet;
use std::sync::Mutex;

use rusqlite::Connection;
use sandbox::Kind;

use super::{At, Line, Start, WANTED, each, one_step, posts, requests, started};

const STARTS: [Start; 3] = [Start::At(WANTED - 15), Start::Empty, Start::Missing];

#[test]
fn killed_while_any_request_is_under_way_the_next_runs_end_it() {
    let before = Kind::Delay { ms: 150 };
    let after = Kind::Hold { ms: 150 };
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

/// Kills a run once it committed so many times; whether it got that far.
fn killed_after_commit(line: &Line, commits: usize) -> bool {
    let mut command = line.command();
    let state = Connection::open(line.bench.state()).unwrap();
    let version = || -> i64 {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        state.query_row("PRAGMA data_version", [], read).unwrap()
    };
    // Commits with a request between them are seen apart.
    line.bench.sandbox.set_latency_ms(30);
    let mut last = version();
    let mut child = started(&mut command);
    let mut seen = 0;
    let mut killed = false;
    while child.try_wait().unwrap().is_none() {
        let now = version();
        if now != last {
            last = now;
            seen += 1;
        }
        if seen == commits {
            child.kill().unwrap();
            child.wait().unwrap();
            killed = true;
            break;
        }
    }
    line.bench.sandbox.set_latency_ms(0);
    killed
}
