//! `[network]`, `[state]` and `[hooks]`: the small sections about this machine.

use std::path::PathBuf;
use std::time::Duration;

use super::address::{ADDRESS, read_ping_url};
use super::command_line::CommandLine;
use super::keys::Form;
use super::open_file::open_regular_file;
use super::read::{ConfigValue, Node, Table};
use super::section::section;

section! {
    /// How requests are made.
    "network" struct Network: PartialEq, Eq {
        /// Seconds to wait for a connection; not more than `timeout_seconds`.
        connect_timeout as "connect_timeout_seconds": Duration = 10, in 1..=300;
        /// Seconds to wait for a whole response.
        timeout as "timeout_seconds": Duration = 60, in 1..=3600;
        /// How often a request that is safe to repeat is sent at most, the first time included.
        attempts: u32 = 4, in 1..=10;
        /// Seconds that one run waits, in total, for services that ask to try later; then it ends
        /// with exit code 6.
        ///
        /// Such a service answers 429, or sends `Retry-After`. One that asks for more than is left,
        /// or that postpones three writes in a row, gets no more requests in that run.
        wait_max as "wait_max_seconds": Duration = 120, in 0..=3600;
        /// PEM file of certificates to trust besides those of the system, for TLS-inspecting
        /// proxies.
        ca_file: Option<PathBuf> = none, by read_readable_file, eg "/etc/ssl/certs/proxy.pem";
        check compare_timeouts: connect_timeout, timeout;
    }
}

section! {
    /// Where the state file is.
    "state" struct StateSettings: PartialEq, Eq {
        /// The state file. Not set: `$STATE_DIRECTORY` of systemd, then
        /// `$XDG_STATE_HOME/acrotask/state.db`.
        path: Option<PathBuf> = none, eg "/var/lib/acrotask/state.db";
    }
}

section! {
    /// Who is notified of a run.
    "hooks" struct Hooks: PartialEq, Eq {
        /// Commands to start after a run that changed something: each a program, or a list of a
        /// program and its arguments. There is no shell.
        on_change: Vec<CommandLine> = [],
            by read_commands as &Form::List(<CommandLine as ConfigValue>::FORM);
        /// URL to ping at start, success and failure of each run: a dead man's switch such as
        /// healthchecks.io or Uptime Kuma. `{command}` in it becomes the name of the command.
        /// Empty: none.
        ping_url: Option<String> = "", by read_ping_url as ADDRESS;
    }
}

fn compare_timeouts(table: &Table<'_>, connect: &Duration, whole: &Duration) -> Option<()> {
    if connect <= whole {
        return Some(());
    }
    let what = "must not be longer than `timeout_seconds`";
    table.refuse("connect_timeout_seconds", what)
}

/// A certificate file that is missing shows only as "unknown issuer" once a server is called.
fn read_readable_file(node: &Node<'_>) -> Option<Option<PathBuf>> {
    let path = PathBuf::read(node)?;
    match open_regular_file(&path) {
        Ok(_) => Some(Some(path)),
        Err(error) => node.refuse(format!("cannot read {}: {error}", path.display())),
    }
}

fn read_commands(node: &Node<'_>) -> Option<Vec<CommandLine>> {
    node.read_list(CommandLine::read)
}
