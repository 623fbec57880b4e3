//! What is wrong with the state file when the system does not let it be used, in words for people.

use std::io;
use std::path::Path;

use anyhow::Error;
use rusqlite::ErrorCode;

/// Puts one sentence that names the file and says what to do before an error that the operator of
/// the machine can fix; any other error stays as it is.
pub(super) fn explain_file_error(path: &Path, error: Error) -> Error {
    let why = error.chain().find_map(|cause| {
        let io = cause.downcast_ref::<io::Error>().and_then(from_io_error);
        let sqlite = cause.downcast_ref::<rusqlite::Error>();
        io.or_else(|| from_sqlite_error(sqlite?.sqlite_error_code()?))
    });
    let shown = path.display();
    match why {
        Some(FileError::Full) => error.context(format!(
            "there is no space left for the state file {shown}: free some on its disk (or raise \
             the quota of its owner) and run again; what was saved before is safe"
        )),
        Some(FileError::Denied) => error.context(format!(
            "this user may not use the state file {shown}: run as the user that owns it and its \
             folder, or name another file with --state or state.path"
        )),
        Some(FileError::ReadOnly) => error.context(format!(
            "the state file {shown} cannot be written: it, or its disk, is read-only; make it \
             writable, or name another file with --state or state.path"
        )),
        Some(FileError::Failing) => error.context(format!(
            "writing to the state file {shown} failed: its disk is full, over a limit or failing; \
             what was saved before is safe"
        )),
        None => error,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileError {
    Full,
    Denied,
    ReadOnly,
    Failing,
}

fn from_io_error(error: &io::Error) -> Option<FileError> {
    use io::ErrorKind;
    let kind = error.kind();
    if [ErrorKind::StorageFull, ErrorKind::QuotaExceeded].contains(&kind) {
        Some(FileError::Full)
    } else if kind == ErrorKind::PermissionDenied {
        Some(FileError::Denied)
    } else if kind == ErrorKind::ReadOnlyFilesystem {
        Some(FileError::ReadOnly)
    } else if kind == ErrorKind::FileTooLarge {
        Some(FileError::Failing)
    } else {
        None
    }
}

fn from_sqlite_error(code: ErrorCode) -> Option<FileError> {
    if code == ErrorCode::DiskFull {
        Some(FileError::Full)
    } else if code == ErrorCode::PermissionDenied || code == ErrorCode::CannotOpen {
        Some(FileError::Denied)
    } else if code == ErrorCode::ReadOnly {
        Some(FileError::ReadOnly)
    } else if code == ErrorCode::SystemIoFailure {
        Some(FileError::Failing)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::super::open::tests::{now, temporary};
    use super::*;

    #[test]
    fn a_full_disk_is_named_with_the_file_and_nothing_of_the_change_is_kept() {
        let (dir, state) = temporary();
        state.bind_autotask_database(7).unwrap();
        {
            // What SQLite says when its file can grow no further.
            let connection = state.lock_connection();
            let pages: i64 = connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .unwrap();
            connection
                .pragma_update(None, "max_page_count", pages)
                .unwrap();
        }
        let write = |bytes: i64| {
            state.write_in_transaction(|tx| {
                let sql = "INSERT INTO meta (key, value) VALUES ('x', hex(zeroblob(?1)))";
                tx.execute(sql, [bytes])?;
                Ok(())
            })
        };
        let error = write(1 << 20).unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with("there is no space left for the state file "),
            "{text}"
        );
        assert!(text.contains(&dir.path().display().to_string()), "{text}");
        // It goes on where it was.
        assert_eq!(state.autotask_database().unwrap(), Some(7));
        write(1).unwrap();
    }

    #[test]
    fn what_the_system_refuses_is_told_apart() {
        let of = |code: i32| from_io_error(&io::Error::from_raw_os_error(code));
        let table = [
            (28, Some(FileError::Full)),     // ENOSPC
            (122, Some(FileError::Full)),    // EDQUOT
            (13, Some(FileError::Denied)),   // EACCES
            (1, Some(FileError::Denied)),    // EPERM
            (30, Some(FileError::ReadOnly)), // EROFS
            (27, Some(FileError::Failing)),  // EFBIG
            (4, None),                       // EINTR
        ];
        for (code, expected) in table {
            assert_eq!(of(code), expected, "{code}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_the_file_and_what_to_do() {
        // Not even root may make folders there.
        let path = Path::new("/sys/acrotask/state.db");
        let error = State::open_or_create(path, now()).unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("the state file /sys/acrotask/state.db"),
            "{text}"
        );
        assert!(text.contains("state.path"), "{text}");
    }
}
