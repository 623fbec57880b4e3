//! `[network]`, `[state]` and `[hooks]`: the small sections about this machine.

use std::path::PathBuf;
use std::time::Duration;

use super::address::{path, ping_url};
use super::keys::{Section, default, optional};
use super::read::{Node, Table};

pub(super) const NETWORK: Section = Section {
    path: "network",
    keys: &[
        default("connect_timeout_seconds", "10"),
        default("timeout_seconds", "60"),
        default("attempts", "4"),
        default("wait_max_seconds", "120"),
        optional("ca_file"),
    ],
};

pub(super) const STATE: Section = Section {
    path: "state",
    keys: &[optional("path")],
};

pub(super) const HOOKS: Section = Section {
    path: "hooks",
    keys: &[default("on_change", "[]"), default("ping_url", "\"\"")],
};

/// How requests are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) connect_timeout: Duration,
    /// From sending a request to the last byte of its answer.
    pub(crate) timeout: Duration,
    /// How often a request that may be repeated is sent at most, the first time included.
    pub(crate) attempts: u32,
    /// How long one run waits, in all, for services that say "later".
    pub(crate) wait_max: Duration,
    /// PEM file of certificates to trust besides the system's.
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// None: the search of [`state_path`](super::state_path) goes on.
    pub(crate) path: Option<PathBuf>,
}

/// What is told to others about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hooks {
    /// Commands started, without a shell, after a run that changed something: program and arguments.
    pub(crate) on_change: Vec<Vec<String>>,
    /// Address that is told of start, success and failure of a run.
    pub(crate) ping_url: Option<String>,
}

pub(super) fn read_network(table: &Table<'_>) -> Option<Network> {
    let connect = table.read("connect_timeout_seconds", |node| node.whole(1..=300));
    let total = table.read("timeout_seconds", |node| node.whole(1..=3600));
    let attempts = table.read("attempts", |node| node.whole(1..=10));
    let wait_max = table.read("wait_max_seconds", |node| node.whole(0..=3600));
    let ca_file = table.maybe("ca_file", readable_file);
    let network = Network {
        connect_timeout: Duration::from_secs(connect?),
        timeout: Duration::from_secs(total?),
        attempts: attempts?,
        wait_max: Duration::from_secs(wait_max?),
        ca_file: ca_file?,
    };
    if network.connect_timeout > network.timeout {
        let what = "must not be longer than `timeout_seconds`";
        table.problem("connect_timeout_seconds", what);
        return None;
    }
    Some(network)
}

/// A certificate file that is missing shows only as "unknown issuer" once a server is called.
fn readable_file(node: &Node<'_>) -> Option<PathBuf> {
    let path = path(node)?;
    match regular_file(&path) {
        Ok(_) => Some(path),
        Err(error) => node.refuse(format!("cannot read {}: {error}", path.display())),
    }
}

/// Opens a file for reading. A pipe, a device or a directory is refused: opening one can wait for
/// ever.
pub(super) fn regular_file(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    use std::io::{Error, ErrorKind};
    if std::fs::metadata(path)?.is_file() {
        return std::fs::File::open(path);
    }
    let why = "it is not a regular file";
    Err(Error::new(ErrorKind::InvalidInput, why))
}

pub(super) fn read_state(table: &Table<'_>) -> Option<State> {
    let path = table.maybe("path", path)?;
    Some(State { path })
}

pub(super) fn read_hooks(table: &Table<'_>) -> Option<Hooks> {
    let on_change = table.read("on_change", |node| node.list(command));
    let ping_url = table.read("ping_url", ping_url);
    Some(Hooks {
        on_change: on_change?,
        ping_url: ping_url?,
    })
}

/// Reads a command: a program, or a list of a program and its arguments. There is no shell, so a
/// text with spaces in it is a mistake.
pub(super) fn command(node: &Node<'_>) -> Option<Vec<String>> {
    if node.value.is_array() {
        let words = node.list(Node::text)?;
        return match words.is_empty() {
            true => node.refuse("must name a program"),
            false => Some(words),
        };
    }
    let program = node.text()?;
    if program.contains(char::is_whitespace) {
        return node.refuse("no shell splits this; write a list, as [\"program\", \"argument\"]");
    }
    Some(vec![program])
}
