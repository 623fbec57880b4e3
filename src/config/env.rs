//! The process environment, read in this one place and handed on as a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// The environment variables of this process, or those that a test made up.
#[derive(Clone, Default)]
pub(crate) struct Env(BTreeMap<OsString, OsString>);

impl Env {
    /// The variables of this process, as they are now.
    pub(crate) fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    #[cfg(test)]
    /// Variables from a list of names and values.
    pub(crate) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let own = |(name, value): (N, V)| (name.into(), value.into());
        Self(pairs.into_iter().map(own).collect())
    }

    /// A variable, whatever it holds.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A path from a variable; an empty variable counts as one that is not set.
    pub(crate) fn find_path(&self, name: &str) -> Option<PathBuf> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// A directory of the XDG kind: the variable, which must be absolute to count, or else a place
    /// below the home directory.
    pub(super) fn find_xdg_directory(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        self.find_path(name)
            .filter(|path| path.is_absolute())
            .or_else(|| self.find_path("HOME").map(|home| home.join(below_home)))
    }
}

/// Values may be secrets: only how many there are is shown.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env({} variables)", self.0.len())
    }
}
