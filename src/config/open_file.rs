//! Opening a file that a person named.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Opens a file for reading. A pipe, a device or a directory is refused: opening one can wait for
/// ever.
pub(super) fn open_regular_file(path: &Path) -> Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    let why = "it is not a regular file";
    Err(Error::new(ErrorKind::InvalidInput, why))
}
