//! Opening a real file: whose it is, its mode, its schema, and what a dry run leaves behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::domain::ids::{AccountName, CompanyId, RunId};
use crate::domain::links::PendingStep;
use crate::state::runs::RunStart;
use crate::state::ticket_links::TicketsOf;

pub(in crate::state) fn now() -> Timestamp {
    "2026-08-01T06:00:00.5Z".parse().unwrap()
}

/// A state file of its own, in a directory that goes when it is dropped.
pub(in crate::state) fn temporary() -> (TempDir, State) {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open_or_create(&dir.path().join("state.db"), now()).unwrap();
    (dir, state)
}

/// Starts a run, as every write must belong to one.
pub(in crate::state) fn start_run(state: &State, id: &str) -> RunId {
    let run = RunStart {
        id: RunId::new(id),
        command: "sync-billing".to_owned(),
        started_by: "root".to_owned(),
        dry_run: false,
        started_at: now(),
    };
    state.start_run(&run).unwrap();
    run.id
}

/// The next schema, to be migrated to.
fn next() -> Vec<Migration> {
    let next = "CREATE TABLE next (id INTEGER) STRICT;";
    MIGRATIONS.iter().copied().chain([next]).collect()
}

/// The next schema, whose migration breaks half-way.
fn broken() -> Vec<Migration> {
    let next = "CREATE TABLE next (id INTEGER) STRICT; CREATE TABLE runs (id TEXT) STRICT;";
    MIGRATIONS.iter().copied().chain([next]).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn schema_of(connection: &Connection) -> Vec<(String, String, Option<String>)> {
    connection
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn fixture(dir: &TempDir, sql: &str) -> PathBuf {
    let path = dir.path().join("state.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

const VERSION_1: &str = include_str!("../../../tests/databases/v1.sql");
const VERSION_7: &str = include_str!("../../../tests/databases/v7.sql");

#[test]
fn directory_and_files_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("var").join("acrotask").join("state.db");
    let state = State::open_or_create(&path, now()).unwrap();
    start_run(&state, "r1");
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&files::sibling_path(&path, suffix)), 0o600, "{suffix}");
    }
    let copy = dir.path().join("copy.db");
    state.back_up_to(&copy).unwrap();
    assert_eq!(mode(&copy), 0o600);
}

#[test]
fn a_file_that_others_can_read_is_closed_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    drop(State::open_or_create(&path, now()).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(State::open_or_create(&path, now()).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_file_of_a_newer_version_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    drop(State::open_with(&path, now(), &next()).unwrap());
    let before = fs::read(&path).unwrap();
    let refusal = State::open_or_create(&path, now()).unwrap_err().to_string();
    let expected = format!(
        "{0} was written by a newer acrotask (schema {1}, this one knows {2}): use that version \
         again, or restore the copy {0}.bak-v{2}",
        path.display(),
        MIGRATIONS.len() + 1,
        MIGRATIONS.len()
    );
    assert_eq!(refusal, expected);
    let read_only = State::open_read_only(&path).unwrap_err().to_string();
    assert_eq!(read_only, expected);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_not_ours_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("text");
    fs::write(&text, "key = \"value\"\n".repeat(100)).unwrap();
    let other = dir.path().join("other.db");
    let sql = "CREATE TABLE cookies (id INTEGER); PRAGMA user_version = 1;";
    Connection::open(&other)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
    for (path, why) in [
        (text, "it is not an SQLite database"),
        (other, "it belongs to another program"),
    ] {
        let before = fs::read(&path).unwrap();
        let expected = format!("{} is not a state file of acrotask: {why}", path.display());
        let refusal = State::open_or_create(&path, now()).unwrap_err();
        assert_eq!(refusal.to_string(), expected);
        let refusal = State::open_read_only(&path).unwrap_err();
        assert_eq!(refusal.to_string(), expected);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn read_only_creates_nothing_when_there_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep").join("state.db");
    assert!(State::open_read_only(&path).unwrap().is_none());
    assert!(names(&dir).is_empty());
    let empty = State::empty_in_memory().unwrap();
    assert!(empty.customer_links().unwrap().is_empty());
}

#[test]
fn read_only_cannot_write_and_leaves_the_directory_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let state = State::open_or_create(&path, now()).unwrap();
    start_run(&state, "r1");
    drop(state);
    let before = (names(&dir), fs::read(&path).unwrap());

    for state in [
        State::open_read_only(&path).unwrap().unwrap(),
        State::empty_in_memory().unwrap(),
    ] {
        // A dry run binds nothing and is not stopped by it; whatever else writes is refused.
        state.bind_autotask_database(1).unwrap();
        assert_eq!(state.autotask_database().unwrap(), None);
        let refused = state.set_lowering_approved(CompanyId(1), true).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a dry run does not write the state file"
        );
        // Even past our own wall SQLite refuses.
        let direct = state
            .lock_connection()
            .execute("DELETE FROM runs", [])
            .unwrap_err();
        assert_eq!(direct.sqlite_error_code(), Some(ErrorCode::ReadOnly));
    }
    assert_eq!((names(&dir), fs::read(&path).unwrap()), before);
}

#[test]
fn read_only_sees_what_a_running_writer_committed() {
    let (dir, state) = temporary();
    let reader = State::open_read_only(&dir.path().join("state.db"))
        .unwrap()
        .unwrap();
    start_run(&state, "r1");
    assert_eq!(reader.last_runs(&[], 10).unwrap().len(), 1);
}

#[test]
fn read_only_sees_what_a_killed_writer_committed() {
    let (dir, state) = temporary();
    start_run(&state, "r1");
    // What is on disk while the handle is open is what `kill -9` leaves.
    let left = tempfile::tempdir().unwrap();
    for name in ["state.db", "state.db-wal"] {
        fs::copy(dir.path().join(name), left.path().join(name)).unwrap();
    }
    let path = left.path().join("state.db");
    let log = files::sibling_path(&path, "-wal");
    let before = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let reader = State::open_read_only(&path).unwrap().unwrap();
    assert_eq!(reader.last_runs(&[], 10).unwrap().len(), 1);
    drop(reader);
    assert_eq!((fs::read(&path).unwrap(), fs::read(&log).unwrap()), before);
    let state = State::open_or_create(&path, now()).unwrap();
    assert_eq!(state.last_runs(&[], 10).unwrap().len(), 1);
}

#[test]
fn threads_share_one_state() {
    let (_dir, state) = temporary();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let state = &state;
            scope.spawn(move || {
                for run in 0..10 {
                    start_run(state, &format!("{thread}-{run}"));
                }
            });
        }
    });
    assert_eq!(state.last_runs(&[], 100).unwrap().len(), 40);
}

#[test]
fn a_file_on_a_read_only_disk_is_read_without_its_helpers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state 100%?.db");
    let state = State::open_or_create(&path, now()).unwrap();
    start_run(&state, "r1");
    drop(state);
    let connection = open_immutable(&path).unwrap();
    let reader = State::from_read_connection(connection, Path::new(""), None).unwrap();
    assert_eq!(reader.last_runs(&[], 10).unwrap().len(), 1);
    assert_eq!(names(&dir), ["state 100%?.db"]);
}

#[test]
fn a_file_that_was_killed_before_its_first_migration_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    drop(files::open_private(&path).unwrap());
    assert!(State::open_read_only(&path).unwrap().is_none());
    let connection = Connection::open(&path).unwrap();
    prepare_for_writing(&connection, &path).unwrap();
    drop(connection);
    assert!(State::open_read_only(&path).unwrap().is_none());
    State::open_or_create(&path, now()).unwrap();
}

#[test]
fn todays_first_migration_makes_what_version_1_was() {
    let dir = tempfile::tempdir().unwrap();
    let old = Connection::open(fixture(&dir, VERSION_1)).unwrap();
    let mut fresh = Connection::open_in_memory().unwrap();
    schema::migrate_schema(&mut fresh, None, 0, &MIGRATIONS[..1], now()).unwrap();
    assert_eq!(schema_of(&fresh), schema_of(&old));
}

#[test]
fn a_database_of_version_1_opens_with_all_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(&dir, VERSION_1);
    let state = State::open_or_create(&path, now()).unwrap();
    assert_eq!(state.integrity_check().unwrap(), Vec::<String>::new());
    assert_eq!(state.last_runs(&[], 10).unwrap().len(), 1);
    assert_eq!(state.product_links().unwrap().len(), 2);
    assert_eq!(state.customer_links().unwrap().len(), 1);
    assert_eq!(state.customer_link_history(None).unwrap().len(), 2);
    assert_eq!(state.uncertain().unwrap().len(), 1);
    assert_eq!(state.autotask_database().unwrap(), Some(314_159));
    let pending = state.pending_items(None).unwrap();
    assert_eq!(pending[0].item.text, "the answer was lost");
}

#[test]
fn a_migration_keeps_a_copy_of_the_older_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let old = State::open_or_create(&path, now()).unwrap();
    start_run(&old, "r1");
    drop(old);
    // What an earlier attempt left when it was killed does not get in the way.
    let copy = format!("state.db.bak-v{}", MIGRATIONS.len());
    fs::write(dir.path().join(format!("{copy}.part")), "half").unwrap();

    let new = State::open_with(&path, now(), &next()).unwrap();
    assert_eq!(new.last_runs(&[], 10).unwrap().len(), 1);
    drop(new);
    assert_eq!(names(&dir), ["state.db", copy.as_str()]);
    let copy = dir.path().join(copy);
    assert_eq!(mode(&copy), 0o600);
    let restored = State::open_or_create(&copy, now()).unwrap();
    assert_eq!(restored.last_runs(&[], 10).unwrap().len(), 1);
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    drop(State::open_or_create(&path, now()).unwrap());
    State::open_with(&path, now(), &broken()).unwrap_err();
    let state = State::open_or_create(&path, now()).unwrap();
    let tables = schema_of(&state.lock_connection());
    assert!(tables.iter().all(|(_, name, _)| name != "next"));
}

#[test]
fn a_dry_run_reads_an_older_file_without_migrating_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let old = State::open_or_create(&path, now()).unwrap();
    start_run(&old, "r1");
    drop(old);
    let before = fs::read(&path).unwrap();
    let reader = State::open_read_only_with(&path, &next()).unwrap().unwrap();
    assert_eq!(reader.last_runs(&[], 10).unwrap().len(), 1);
    assert!(
        schema_of(&reader.lock_connection())
            .iter()
            .any(|(_, name, _)| name == "next")
    );
    drop(reader);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names(&dir), ["state.db"]);
}

#[test]
fn a_backup_is_whole_and_never_overwrites() {
    let (dir, state) = temporary();
    start_run(&state, "r1");
    let copy = dir.path().join("copy.db");
    state.back_up_to(&copy).unwrap();
    let before = fs::read(&copy).unwrap();
    state.back_up_to(&copy).unwrap_err();
    assert_eq!(fs::read(&copy).unwrap(), before);
    let reader = State::open_read_only(&copy).unwrap().unwrap();
    assert_eq!(reader.last_runs(&[], 10).unwrap().len(), 1);
    assert_eq!(reader.integrity_check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_serves_one_autotask_database_only() {
    let (_dir, state) = temporary();
    state.bind_autotask_database(314).unwrap();
    state.bind_autotask_database(314).unwrap();
    let refusal = state.bind_autotask_database(42).unwrap_err().to_string();
    assert!(
        refusal.contains("belongs to Autotask database 314"),
        "{refusal}"
    );
    assert!(refusal.contains("lead to database 42"), "{refusal}");
}

#[test]
fn the_open_intents_of_a_database_of_version_7_are_read_as_actions() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open_or_create(&fixture(&dir, VERSION_7), now()).unwrap();
    assert_eq!(state.integrity_check().unwrap(), Vec::<String>::new());
    let uncertain = state.uncertain().unwrap();
    let found: Vec<String> = uncertain
        .iter()
        .map(|entry| serde_json::to_string(&entry.intent.action).unwrap())
        .collect();
    assert_eq!(found, OPEN_IN_VERSION_7);
}

#[test]
fn nothing_that_was_still_to_be_written_in_a_database_of_version_7_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open_or_create(&fixture(&dir, VERSION_7), now()).unwrap();
    let steps = state.pending_steps().unwrap();
    assert_eq!(
        steps[&CompanyId(5)],
        [PendingStep::Production, PendingStep::Administrator]
    );
    let mut pending = state.pending_writes().unwrap();
    pending.retain(|one| one.entry.is_planned);
    let found: Vec<String> = pending
        .iter()
        .map(|one| {
            let action = serde_json::to_string(&one.entry.intent.action).unwrap();
            format!("{} {action}", one.is_certain)
        })
        .collect();
    assert_eq!(found, PLANNED_IN_VERSION_7);
}

#[test]
fn of_the_tickets_of_a_database_of_version_7_nobody_knows_what_they_told() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open_or_create(&fixture(&dir, VERSION_7), now()).unwrap();
    let live = state.ticket_links(&AccountName::new("eu"), TicketsOf::Live);
    let live = live.unwrap();
    let alerts: Vec<_> = live.iter().flat_map(|known| &known.link.alerts).collect();
    assert_eq!(alerts.len(), 2);
    for alert in alerts {
        assert_eq!((&alert.says, &alert.said), (&None, &None));
        assert_eq!((alert.reported, alert.fingerprint.as_str()), (true, "f"));
    }
    assert!(live.iter().all(|known| known.link.priority.is_none()));
}

/// With whether the change that a note tells of is known to be there.
const PLANNED_IN_VERSION_7: &[&str] = &[
    r#"true {"kind":"write-note","ticket":2,"title":"The alert was raised again","text":"It came again.","status":1,"assignee":29,"since":"2026-09-15T07:00:00Z"}"#,
    r#"false {"kind":"write-note","ticket":3,"title":"The alert is gone","text":"It is gone.","status":5,"assignee":null,"since":"2026-09-15T07:00:00Z"}"#,
    r#"true {"kind":"complete-step","step":"administrator"}"#,
    r#"true {"kind":"complete-step","step":"production"}"#,
    r#"true {"kind":"dismiss-alert","alert":"a-9","ticket":5}"#,
];

const OPEN_IN_VERSION_7: &[&str] = &[
    r#"{"kind":"create-tenant","name":"Alma"}"#,
    r#"{"kind":"adopt-tenant","tenant":"0b1d2c3e-0000-4000-8000-000000000001"}"#,
    r#"{"kind":"link-customer","tenant":"0b1d2c3e-0000-4000-8000-000000000001"}"#,
    r#"{"kind":"note-changes"}"#,
    r#"{"kind":"unlink-customer","tenant":"0b1d2c3e-0000-4000-8000-000000000001","is_marked":true}"#,
    r#"{"kind":"unlink-customer","tenant":"0b1d2c3e-0000-4000-8000-000000000001","is_marked":false}"#,
    r#"{"kind":"complete-step","step":"two-factor"}"#,
    r#"{"kind":"complete-step","step":"production"}"#,
    r#"{"kind":"complete-step","step":"administrator"}"#,
    r#"{"kind":"disable-tenant"}"#,
    r#"{"kind":"delete-tenant"}"#,
    r#"{"kind":"set-quota","item":{"shown":"storage@i-1"},"level":{"exact":{"quota":{"value":10737418240,"overage":0}}}}"#,
    r#"{"kind":"set-quota","item":{"shown":"workstations"},"level":{"exact":{"quota":{"value":7,"overage":0}}}}"#,
    r#"{"kind":"set-quota","item":{"shown":"servers"},"level":{"shown":"2 GiB"}}"#,
    r#"{"kind":"set-quota","item":{"shown":"antivirus"},"level":{"exact":"on"}}"#,
    r#"{"kind":"create-service","item":{"shown":"storage@i-1"},"name":"Storage","unit":null,"rounding":"nearest","included":null,"minimum":null}"#,
    r#"{"kind":"decide-item","item":{"shown":"workstations"}}"#,
    r#"{"kind":"post-units"}"#,
    r#"{"kind":"create-ticket","stands_for":"alert","external_id":"acrotask-e1"}"#,
    r#"{"kind":"create-ticket","stands_for":"summary","external_id":"acrotask-s1"}"#,
    r#"{"kind":"change-ticket","ticket":1}"#,
    r#"{"kind":"change-ticket","ticket":2}"#,
    r#"{"kind":"change-ticket","ticket":3}"#,
    r#"{"kind":"change-ticket","ticket":4}"#,
    r#"{"kind":"dismiss-alert","alert":"a-5","ticket":5}"#,
    r#"{"kind":"other"}"#,
];
