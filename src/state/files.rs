//! The files beside the state: private directory, private file, names of siblings.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const PRIVATE_DIR: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// The state's path with a suffix added to the whole name: `state.db` and `.lock`.
pub(super) fn sibling_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the directory that holds the file, for the owner only; one that exists stays as it is.
pub(super) fn create_directory_of(path: &Path) -> Result<()> {
    let Some(directory) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) else {
        return Ok(());
    };
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_DIR)
        .create(directory)
        .with_context(|| format!("creating the directory {}", directory.display()))
}

/// Opens a file for reading and writing and makes it if need be, readable by the owner only from
/// its first instant. SQLite gives its `-wal` and `-shm` files the mode of the main file.
pub(super) fn open_private(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(path)
        .with_context(|| format!("opening {}", path.display()))?;
    restrict_permissions(path)?;
    Ok(file)
}

/// Makes a file that is not there yet, empty and private.
pub(super) fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)
        .with_context(|| format!("creating {}", path.display()))
}

/// Takes the rights of others off a file that is there.
pub(super) fn restrict_permissions(path: &Path) -> Result<()> {
    let Ok(found) = fs::metadata(path) else {
        return Ok(());
    };
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(PRIVATE_FILE))
        .with_context(|| format!("making {} readable by its owner only", path.display()))
}

/// Brings a file and its name to the disk.
pub(super) fn sync_to_disk(path: &Path) -> Result<()> {
    let sync_one = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync_one(path).with_context(|| format!("syncing {}", path.display()))?;
    let directory = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    sync_one(directory).with_context(|| format!("syncing {}", directory.display()))
}

/// The path as a `file:` URI that promises SQLite that nobody changes the file.
pub(super) fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}
