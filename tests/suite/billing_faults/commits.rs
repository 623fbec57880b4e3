//! `kill -9` between any two writes to the state file, which only debug builds can be told to do. In
//! between nothing lasts that the next run could see.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::kills::STARTS;
use super::{Line, Start, each, forms, one_step};
use crate::support::ended;

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

#[test]
fn killed_between_two_writes_around_the_other_form_the_next_runs_end_it() {
    let again: Mutex<usize> = Mutex::default();
    each(&[forms::START, Start::Missing], |start| {
        for commit in 1.. {
            let line = forms::line(*start);
            if !killed_after_commit(&line, commit) {
                break;
            }
            if line.sent_again() {
                *again.lock().unwrap() += 1;
            }
            let case = format!("{start:?}: killed after commit {commit}");
            line.recovers(&one_step(*start), &case);
        }
    });
    assert_eq!(again.into_inner().unwrap(), 2);
}

/// A run that is killed once it committed so many times; whether it got that far.
fn killed_after_commit(line: &Line, commits: usize) -> bool {
    let mut command = line.command();
    command.env("ACROTASK_TEST_KILLED_AFTER_COMMIT", commits.to_string());
    ended(command.output().unwrap()).code == -1
}

impl Line {
    /// Whether the last posting is under way for the second time.
    fn sent_again(&self) -> bool {
        let state = rusqlite::Connection::open(self.bench.state()).unwrap();
        let sql =
            "SELECT count(*) FROM ledger WHERE state = 'intended' AND answer LIKE '%sent again%'";
        state.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
