//! Opening the state file: for a run that writes, for a dry run, and as if it were empty.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

use super::schema::{self, MIGRATIONS, Migration};
use super::{AccessMode, State, file_errors, files};

/// How long a statement waits for another process that is just committing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements that are kept; this room has fewer.
const STATEMENTS_KEPT: usize = 128;

impl State {
    /// Opens the file for reading and writing, makes it if it is absent (directory 0700, file 0600)
    /// and brings it to today's schema; take the [`super::lock::Lock`] first.
    ///
    /// Refuses a file that is not ours and one that a newer acrotask wrote, untouched.
    pub(crate) fn open_or_create(path: &Path, now: Timestamp) -> Result<Self> {
        let opened = Self::open_with(path, now, MIGRATIONS);
        opened.map_err(|error| file_errors::explain_file_error(path, error))
    }

    /// Opens the file for a command that changes nothing; `None` when there is no file, or an empty
    /// one: go on with [`State::empty_in_memory`]. Creates nothing that stays.
    pub(crate) fn open_read_only(path: &Path) -> Result<Option<Self>> {
        let opened = Self::open_read_only_with(path, MIGRATIONS);
        opened.map_err(|error| file_errors::explain_file_error(path, error))
    }

    /// A state that remembers nothing and cannot be written: what a dry run sees before the first
    /// real run.
    pub(crate) fn empty_in_memory() -> Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        schema::migrate_schema(&mut connection, None, 0, MIGRATIONS, Timestamp::UNIX_EPOCH)?;
        Self::from_read_connection(connection, Path::new(""), None)
    }

    pub(super) fn open_with(path: &Path, now: Timestamp, migrations: &[Migration]) -> Result<Self> {
        files::create_directory_of(path)?;
        drop(files::open_private(path)?);
        for leftover in ["-wal", "-shm"] {
            files::restrict_permissions(&files::sibling_path(path, leftover))?;
        }
        let mut connection = Connection::open_with_flags(path, file_flags())
            .with_context(|| format!("opening the state file {}", path.display()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let version = schema::schema_version(&connection, path, migrations)?;
        prepare_for_writing(&connection, path)?;
        schema::migrate_schema(&mut connection, Some(path), version, migrations, now)?;
        Ok(Self {
            connection: Mutex::new(connection),
            access: AccessMode::ReadWrite,
            path: path.to_owned(),
            _scratch: None,
        })
    }

    pub(super) fn open_read_only_with(
        path: &Path,
        migrations: &[Migration],
    ) -> Result<Option<Self>> {
        let found = path
            .try_exists()
            .with_context(|| format!("looking for the state file {}", path.display()))?;
        if !found {
            return Ok(None);
        }
        let connection = open_for_reading(path)?;
        match schema::schema_version(&connection, path, migrations)? {
            0 => Ok(None),
            version if version == migrations.len() => {
                Self::from_read_connection(connection, path, None).map(Some)
            }
            version => Self::migrated_copy(&connection, version, migrations).map(Some),
        }
    }

    /// A file of an older schema is read through a copy that is brought to today's, since a dry run
    /// must leave the file itself as it is.
    fn migrated_copy(old: &Connection, version: usize, migrations: &[Migration]) -> Result<Self> {
        let scratch = tempfile::tempdir().context(
            "creating a temporary folder for a copy of the \
                                                   state file",
        )?;
        let path = scratch.path().join("state.db");
        schema::copy_into(old, &path)?;
        let mut connection = Connection::open_with_flags(&path, file_flags())?;
        let epoch = Timestamp::UNIX_EPOCH;
        schema::migrate_schema(&mut connection, None, version, migrations, epoch)?;
        Self::from_read_connection(connection, &path, Some(scratch))
    }

    fn from_read_connection(
        connection: Connection,
        path: &Path,
        scratch: Option<TempDir>,
    ) -> Result<Self> {
        // The second wall behind `Access::ReadOnly`: SQLite refuses every change.
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(Self {
            connection: Mutex::new(connection),
            access: AccessMode::ReadOnly,
            path: path.to_owned(),
            _scratch: scratch,
        })
    }
}

/// Without CREATE: files are made by us, with their mode. Without URI: `?` and `%` are plain.
fn file_flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// WAL, so that a dry run or `status` reads while a run writes. `synchronous = FULL`, because in WAL
/// mode NORMAL may lose the last commits on power failure: an intent that was committed before its
/// request left would be forgotten, and an adjustment posted twice. One fsync per commit is nothing
/// beside a request.
fn prepare_for_writing(connection: &Connection, path: &Path) -> Result<()> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        bail!(
            "{} is on a file system where SQLite cannot keep a write-ahead log (mode {mode}): \
             move the state file to a local disk",
            path.display()
        );
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

/// A handle for reading. SQLite's own read-only mode would leave `-wal` and `-shm` behind, which it
/// needs to read a WAL database but then cannot remove; so the handle may write, the statements may
/// not (`query_only`), and closing it cleans up. Where even that is impossible (read-only directory)
/// and no log is waiting, nobody can be writing, and SQLite is told so. A log that a killed run left
/// stays as it is, for the next run that writes.
fn open_for_reading(path: &Path) -> Result<Connection> {
    let opened = connect_for_reading(path, file_flags());
    let cannot_open = |error: &rusqlite::Error| {
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
        )
    };
    let result = match opened {
        Err(error) if cannot_open(&error) && !has_log(path) => open_immutable(path),
        other => other,
    };
    result.with_context(|| format!("opening the state file {}", path.display()))
}

fn connect_for_reading(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log(path))?;
    connection.pragma_update(None, "query_only", true)?;
    // Nothing is opened until something is read; what is wrong with the content is told later.
    let probe = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match probe {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Ok(connection),
        Err(error) => Err(error),
        Ok(()) => Ok(connection),
    }
}

fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    connect_for_reading(Path::new(&files::immutable_uri(path)), flags)
}

fn has_log(path: &Path) -> bool {
    std::fs::metadata(files::sibling_path(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

#[cfg(test)]
pub(super) mod tests;
