//! The state file: what acrotask remembers between two runs.
//!
//! State is memory, remote marks are truth: links can be rebuilt from the marks, the ledger alone is
//! precious. One SQLite file, mode 0600, one writer at a time ([`lock::Lock`]), every change of
//! several rows in one transaction, so that it survives `kill -9` at any instant. Only this room
//! names the database. No secret ever comes here.

mod adjustments;
pub(crate) mod billed_lines;
mod columns;
pub(crate) mod countdowns;
pub(crate) mod cursors;
pub(crate) mod customer_links;
mod file_errors;
mod files;
pub(crate) mod journal;
#[cfg(debug_assertions)]
mod kill_point;
mod known_names;
pub(crate) mod ledger;
pub(crate) mod levels;
pub(crate) mod lock;
pub(crate) mod logins;
pub(crate) mod measures;
mod open;
pub(crate) mod pending;
pub(crate) mod product_links;
mod rows;
pub(crate) mod runs;
mod schema;
mod seen_alert_types;
mod seen_in_autotask;
pub(crate) mod state_changes;
pub(crate) mod ticket_links;
pub(crate) mod unbilled;
mod zone;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use rusqlite::types::FromSql;
use rusqlite::{Connection, TransactionBehavior, params};
use tempfile::TempDir;

use rows::read_first_row;

/// The opened state file, to be shared by threads; each method is one short transaction.
#[derive(Debug)]
pub(crate) struct State {
    connection: Mutex<Connection>,
    access: AccessMode,
    /// Where it is; empty for one in memory.
    path: PathBuf,
    /// Holds the migrated copy that a dry run reads when the file is of an older schema.
    _scratch: Option<TempDir>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccessMode {
    ReadWrite,
    ReadOnly,
}

impl State {
    /// Writes a consistent copy to a path where nothing is yet; mode 0600.
    pub(crate) fn back_up_to(&self, to: &Path) -> Result<()> {
        schema::copy_into(&self.lock_connection(), to)
            .map_err(|error| file_errors::explain_file_error(to, error))
    }

    /// What SQLite finds wrong with the file, a sentence each; empty when it is sound.
    pub(crate) fn integrity_check(&self) -> Result<Vec<String>> {
        self.read_in_transaction(|tx| {
            let mut found: Vec<String> = tx
                .prepare("PRAGMA integrity_check")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            found.retain(|line| line != "ok");
            let dangling: Vec<String> = tx
                .prepare("PRAGMA foreign_key_check")?
                .query_map([], |row| {
                    let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                    Ok(format!("a row of {table} names a missing row of {parent}"))
                })?
                .collect::<Result<_, _>>()?;
            found.extend(dangling);
            Ok(found)
        })
    }

    /// Ties the file to one Autotask database (`ci` of the zone answer, autotask.md §2), the first
    /// time; an error ever after when the credentials lead to another one, whose companies and
    /// contracts have other ids.
    pub(crate) fn bind_autotask_database(&self, database: i64) -> Result<()> {
        match self.autotask_database()? {
            Some(bound) if bound == database => Ok(()),
            Some(bound) => bail!(
                "the state file belongs to Autotask database {bound}, but the credentials lead to \
                 database {database}: give each database a state file of its own"
            ),
            // A dry run goes by what was bound before, and binds nothing.
            None if self.access == AccessMode::ReadOnly => Ok(()),
            None => self.write_in_transaction(|tx| {
                tx.execute(
                    "INSERT INTO meta (key, value) VALUES ('autotask_database', ?1)",
                    params![database.to_string()],
                )?;
                Ok(())
            }),
        }
    }

    /// A value of the table of single values, if it was ever kept.
    fn read_meta<T: FromSql>(&self, key: &str) -> Result<Option<T>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT value FROM meta WHERE key = ?1";
            read_first_row(tx, sql, params![key], |row| row.get(0))
        })
    }

    /// The Autotask database that the file is tied to, if it is yet.
    pub(crate) fn autotask_database(&self) -> Result<Option<i64>> {
        let text: Option<String> = self.read_meta("autotask_database")?;
        text.map(|text| text.parse().context("reading the bound Autotask database"))
            .transpose()
    }

    fn lock_connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back: the connection is sound.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs reads in one transaction, so that they see one state.
    fn read_in_transaction<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = self.lock_connection();
        let transaction = connection.transaction()?;
        work(&transaction).context("reading the state file")
    }

    /// Runs changes in one transaction; all are on disk when this returns, none when it fails.
    fn write_in_transaction<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.access == AccessMode::ReadOnly {
            bail!("a dry run does not write the state file");
        }
        let changed = self.run_transaction(work).context("writing the state file");
        changed.map_err(|error| file_errors::explain_file_error(&self.path, error))
    }

    fn run_transaction<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = self.lock_connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        #[cfg(debug_assertions)]
        kill_point::kill_after_commit();
        Ok(result)
    }
}
