//! The schema of the state file: whose file it is, how old it is, and the way to today's.
//!
//! `user_version` says how many migrations were applied. The list is only ever appended to.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};

use super::columns::Cell;
use super::files;

/// "ACRO", in the file's header.
const APPLICATION_ID: i64 = 0x4143_524F;

/// A step of the schema, as SQL.
pub(super) type Migration = &'static str;

/// All steps, oldest first. Never edit one that was released.
pub(super) const MIGRATIONS: &[Migration] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
];

/// The number of migrations that were applied to a file; 0 for an empty one.
///
/// Changes nothing. Refuses a file that is not ours and one from a newer acrotask.
pub(super) fn schema_version(
    connection: &Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<usize> {
    let shown = path.display();
    let application = match read_pragma(connection, "application_id") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            bail!("{shown} is not a state file of acrotask: it is not an SQLite database")
        }
        found => found.with_context(|| format!("reading {shown}"))?,
    };
    let version = read_pragma(connection, "user_version")?;
    if application == 0 && version == 0 && is_empty(connection)? {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        bail!("{shown} is not a state file of acrotask: it belongs to another program");
    }
    let known = migrations.len();
    match usize::try_from(version) {
        Ok(version) if (1..=known).contains(&version) => Ok(version),
        Ok(_) | Err(_) => bail!(
            "{shown} was written by a newer acrotask (schema {version}, this one knows {known}): \
             use that version again, or restore the copy {shown}.bak-v{known}"
        ),
    }
}

/// Applies the migrations that are missing, each in one exclusive transaction. A file that holds
/// something is copied to `<path>.bak-vN` first.
pub(super) fn migrate_schema(
    connection: &mut Connection,
    path: Option<&Path>,
    from: usize,
    migrations: &[Migration],
    now: Timestamp,
) -> Result<()> {
    if from >= migrations.len() {
        return Ok(());
    }
    if let Some(path) = path.filter(|_| from > 0) {
        copy_aside(connection, path, from)?;
    }
    for (index, sql) in migrations.iter().enumerate().skip(from) {
        apply_migration(connection, index, sql, now)
            .with_context(|| format!("upgrading the state file to schema {}", index + 1))?;
    }
    Ok(())
}

/// One step. What it reads and what it writes is one transaction: after `kill -9` it happened whole
/// or not at all.
fn apply_migration(
    connection: &mut Connection,
    index: usize,
    sql: &str,
    now: Timestamp,
) -> Result<()> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let applied = read_pragma(&step, "user_version")?;
    if usize::try_from(applied).is_ok_and(|applied| applied > index) {
        return Ok(()); // another process was faster
    }
    step.execute_batch(sql)?;
    step.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)",
        params![format!("schema_{}_at", index + 1), Cell(&now)],
    )?;
    step.pragma_update(None, "application_id", APPLICATION_ID)?;
    step.pragma_update(None, "user_version", i64::try_from(index + 1)?)?;
    step.commit()?;
    Ok(())
}

/// Copies the file before it is migrated. The copy gets its name only when it is whole.
fn copy_aside(connection: &Connection, path: &Path, version: usize) -> Result<()> {
    let copy = files::sibling_path(path, &format!(".bak-v{version}"));
    let unfinished = files::sibling_path(&copy, ".part");
    if unfinished.exists() {
        fs::remove_file(&unfinished)?;
    }
    copy_into(connection, &unfinished)?;
    fs::rename(&unfinished, &copy)
        .with_context(|| format!("naming the copy {}", copy.display()))?;
    files::sync_to_disk(&copy)
}

/// Writes a consistent copy of the database to a file that must not be there yet; mode 0600.
pub(super) fn copy_into(connection: &Connection, to: &Path) -> Result<()> {
    let name = to.to_str().context("a copy's path must be UTF-8")?;
    drop(files::create_private(to)?); // SQLite fills an empty file, and keeps its mode
    // A reader's `query_only` forbids even this, although it only reads.
    let query_only = read_pragma(connection, "query_only")?;
    connection.pragma_update(None, "query_only", false)?;
    let written = connection.execute("VACUUM INTO ?1", params![name]);
    connection.pragma_update(None, "query_only", query_only)?;
    if written.is_err() {
        drop(fs::remove_file(to));
    }
    written.with_context(|| format!("copying the state file to {}", to.display()))?;
    files::sync_to_disk(to)
}

fn read_pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}
