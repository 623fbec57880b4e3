//! The runs: who ran what, when, how it ended, what it cost.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row, params};

use super::State;
use super::columns::Cell;
use super::rows::{Cells, Columns, read_cell, read_first_row, read_rows, table_row};
use crate::domain::ids::RunId;

/// A run as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunStart {
    pub(crate) id: RunId,
    pub(crate) command: String,
    /// Login name of the person, or of the service account, that started it.
    pub(crate) started_by: String,
    pub(crate) dry_run: bool,
    pub(crate) started_at: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunEnd {
    pub(crate) ended_at: Timestamp,
    pub(crate) exit_code: i32,
    /// Whether it counts as a success: all was done but what is held for a person.
    pub(crate) success: bool,
    /// What was done, by word: `changed` 3, `failed` 1.
    pub(crate) counts: BTreeMap<String, i64>,
    /// Requests made, by API (`acronis`, `autotask`).
    pub(crate) requests: BTreeMap<String, i64>,
    /// One sentence, when it failed.
    pub(crate) error: Option<String>,
}

/// A run and its end; a run without one is going on or was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: RunStart,
    pub(crate) end: Option<RunEnd>,
}

table_row! { Run: start, end }

table_row! { RunEnd: ended_at, exit_code, success, counts, requests, error }
table_row! { RunStart: id, command, started_by, dry_run, started_at }

impl State {
    /// Comes before the first intent: the journal and the ledger refer to it.
    pub(crate) fn start_run(&self, run: &RunStart) -> Result<()> {
        self.write_in_transaction(|tx| {
            Cells::of(run).insert_into(tx, "runs")?;
            Ok(())
        })
    }

    pub(crate) fn finish_run(&self, id: &RunId, end: &RunEnd) -> Result<()> {
        self.write_in_transaction(|tx| {
            let going_on = "id = ? AND ended_at IS NULL";
            if Cells::of(end).update(tx, "runs", going_on, id)? == 0 {
                bail!("run {id} has already ended");
            }
            Ok(())
        })
    }

    /// Takes back the beginning of a run that was only a mistake on the command line; false when
    /// something was written down in its name, which keeps it.
    pub(crate) fn forget_run(&self, id: &RunId) -> Result<bool> {
        self.write_in_transaction(|tx| {
            match tx.execute("DELETE FROM runs WHERE id = ?1", params![id]) {
                Ok(gone) => Ok(gone > 0),
                // The journal, the ledger or another table refers to it.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    Ok(false)
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    /// The last runs of all commands but these, the newest first.
    pub(crate) fn last_runs(&self, except: &[&str], limit: u32) -> Result<Vec<Run>> {
        let except = serde_json::to_string(except)?;
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM runs WHERE exit_code IS NOT 2
                           AND command NOT IN (SELECT value FROM json_each(?1))
                       ORDER BY started_at DESC, rowid DESC LIMIT ?2";
            read_rows(tx, sql, params![except, limit], Run::from_row)
        })
    }

    /// The last run of a command that wrote or could have, however it ended; a mistake on the
    /// command line (exit code 2) is none.
    pub(crate) fn last_run(&self, command: &str) -> Result<Option<Run>> {
        self.read_in_transaction(|tx| find_newest_run(tx, command, "exit_code IS NOT 2"))
    }

    /// When the successful runs of a command began, from the last one before `since`, in order.
    pub(crate) fn successes_since(
        &self,
        command: &str,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>> {
        self.read_in_transaction(|tx| {
            let sql = "WITH successes AS (SELECT started_at FROM runs
                           WHERE command = ?1 AND dry_run = 0 AND success = 1)
                       SELECT started_at FROM successes
                       WHERE started_at >= COALESCE(
                           (SELECT MAX(started_at) FROM successes WHERE started_at < ?2), ?2)
                       ORDER BY started_at";
            read_rows(tx, sql, params![command, Cell(&since)], |row| {
                read_cell(row, "started_at")
            })
        })
    }

    /// The last run of a command that counts as a success.
    pub(crate) fn last_success(&self, command: &str) -> Result<Option<Run>> {
        self.read_in_transaction(|tx| find_newest_run(tx, command, "success = 1"))
    }
}

fn find_newest_run(tx: &Connection, command: &str, condition: &str) -> Result<Option<Run>> {
    let sql = format!(
        "SELECT * FROM runs WHERE command = ?1 AND dry_run = 0 AND {condition}
         ORDER BY started_at DESC, rowid DESC LIMIT 1"
    );
    read_first_row(tx, &sql, params![command], Run::from_row)
}

impl Columns for Option<RunEnd> {
    fn read(row: &Row<'_>, _: &str) -> rusqlite::Result<Self> {
        match read_cell::<Option<Timestamp>>(row, "ended_at")? {
            Some(_) => RunEnd::from_row(row).map(Some),
            None => Ok(None),
        }
    }

    fn write<'a>(&'a self, column: &'static str, cells: &mut Cells<'a>) {
        if let Some(end) = self {
            end.write(column, cells);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::state::open::tests::{now, temporary};

    fn start(id: &str, dry_run: bool, minutes: i64) -> RunStart {
        RunStart {
            id: RunId::new(id),
            command: "provision".to_owned(),
            started_by: "cron".to_owned(),
            dry_run,
            started_at: now() + minutes.minutes(),
        }
    }

    fn end(exit_code: i32) -> RunEnd {
        RunEnd {
            ended_at: now() + 1.hour(),
            exit_code,
            success: exit_code == 0 || exit_code == 4,
            counts: BTreeMap::from([("changed".to_owned(), 3)]),
            requests: BTreeMap::from([("acronis".to_owned(), 12), ("autotask".to_owned(), 7)]),
            error: (exit_code != 0).then(|| "Autotask answered 401".to_owned()),
        }
    }

    #[test]
    fn a_run_comes_back_with_its_end_and_a_killed_one_without() {
        let (_dir, state) = temporary();
        state.start_run(&start("r1", false, 0)).unwrap();
        state.finish_run(&RunId::new("r1"), &end(3)).unwrap();
        state.start_run(&start("r2", false, 1)).unwrap();
        let expected = [
            Run {
                start: start("r2", false, 1),
                end: None,
            },
            Run {
                start: start("r1", false, 0),
                end: Some(end(3)),
            },
        ];
        assert_eq!(state.last_runs(&[], 10).unwrap(), expected);
        assert_eq!(state.last_runs(&[], 1).unwrap(), expected[..1]);
        assert_eq!(state.last_runs(&["provision"], 10).unwrap(), []);
        state.finish_run(&RunId::new("r1"), &end(0)).unwrap_err();
    }

    #[test]
    fn successes_since_a_day_begin_with_the_last_one_before_it() {
        let (_dir, state) = temporary();
        for (minutes, exit_code) in [(0, 0), (10, 0), (20, 6), (30, 0), (40, 0)] {
            let run = start(&format!("r{minutes}"), false, minutes);
            state.start_run(&run).unwrap();
            state.finish_run(&run.id, &end(exit_code)).unwrap();
        }
        for (since, expected) in [
            (25, vec![10, 30, 40]),
            (30, vec![10, 30, 40]),
            (90, vec![40]),
            (-5, vec![0, 10, 30, 40]),
        ] {
            let expected: Vec<Timestamp> = expected
                .iter()
                .map(|minutes| now() + i64::from(*minutes).minutes())
                .collect();
            let since = now() + i64::from(since).minutes();
            assert_eq!(state.successes_since("provision", since).unwrap(), expected);
        }
    }

    #[test]
    fn the_last_success_is_a_real_run_that_ended_well() {
        let (_dir, state) = temporary();
        for (id, dry_run, minutes, code) in [
            ("good", false, 0, 0),
            ("dry", true, 1, 0),
            ("held", false, 2, 4),
            ("partial", false, 3, 3),
        ] {
            state.start_run(&start(id, dry_run, minutes)).unwrap();
            state.finish_run(&RunId::new(id), &end(code)).unwrap();
        }
        let id = |run: Option<Run>| run.map(|run| run.start.id.to_string());
        let success = state.last_success("provision").unwrap();
        assert_eq!(id(success).as_deref(), Some("held"));
        let last = state.last_run("provision").unwrap();
        assert_eq!(id(last).as_deref(), Some("partial"));
        assert_eq!(state.last_success("sync-tickets").unwrap(), None);
    }

    #[test]
    fn a_mistake_on_the_command_line_leaves_no_run_unless_it_wrote_something() {
        let (_dir, state) = temporary();
        for (id, minutes) in [("good", 0), ("mistake", 1)] {
            state.start_run(&start(id, false, minutes)).unwrap();
        }
        state.finish_run(&RunId::new("good"), &end(0)).unwrap();
        assert!(state.forget_run(&RunId::new("mistake")).unwrap());
        assert_eq!(state.last_runs(&[], 10).unwrap().len(), 1);
        state.start_run(&start("wrote", false, 2)).unwrap();
        let intent = crate::state::journal::Intent {
            run: RunId::new("wrote"),
            command: "provision".to_owned(),
            kind: "set-quota".to_owned(),
            action: crate::domain::journal_action::JournalAction::Other,
            subject: "x".to_owned(),
            account: None,
            company: None,
            follow_up: None,
            payload: serde_json::json!({}),
        };
        state.intend(&intent, now()).unwrap();
        assert!(!state.forget_run(&RunId::new("wrote")).unwrap());
        state.finish_run(&RunId::new("wrote"), &end(2)).unwrap();
        let last = state.last_run("provision").unwrap().unwrap();
        assert_eq!(last.start.id, RunId::new("good"));
        assert_eq!(state.last_runs(&[], 10).unwrap().len(), 1);
    }
}
