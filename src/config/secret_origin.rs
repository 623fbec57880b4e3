//! The places that a secret can come from, and how it is fetched from each.

use std::fmt;
use std::io::{Error, ErrorKind, Read, Result as IoResult};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::address::path;
use super::child::wait_for_exit;
use super::env::Env;
use super::keys::{Section, optional};
use super::network;
use super::read::{Node, Table};
use crate::domain::secret::Secret;

pub(super) const SECRET: Section = Section {
    path: "secret",
    keys: &[
        optional("env"),
        optional("file"),
        optional("credential"),
        optional("command"),
    ],
};

const BYTES_MAX: u64 = 64 * 1024;

/// Where one secret is.
#[derive(Clone)]
pub(super) enum Origin {
    Plain(Secret),
    Env(String),
    File(PathBuf),
    /// A file of that name in systemd's `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// Program and arguments; there is no shell.
    Command(Vec<String>),
}

/// Arguments of a command may be as secret as what it prints: only the program is shown.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(secret) => write!(f, "{secret}"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Command(words) => write!(f, "command {}", program(words)),
        }
    }
}

impl Origin {
    pub(super) fn read(node: &Node<'_>) -> Option<Self> {
        match (node.as_text(), node.value.is_table()) {
            (Some(text), _) => match sound(text.to_owned()) {
                Ok(secret) => Some(Self::Plain(secret)),
                Err(what) => node.refuse(what),
            },
            (None, true) => from_table(node, &node.table(&SECRET)?),
            // The value is not shown: it may be the secret with its quotes forgotten.
            (None, false) => node.refuse(
                "must be a text, or a table with one of `env`, `file`, `credential`, `command`",
            ),
        }
    }

    /// Gets the secret; a command is given so much time. The error is one sentence without it.
    pub(super) fn fetch(&self, env: &Env, limit: Duration) -> Result<Secret, String> {
        let text = match self {
            Self::Plain(secret) => return Ok(secret.clone()),
            Self::Env(name) => from_env(env, name),
            Self::File(path) => read_file(path),
            Self::Credential(name) => read_credential(env, name),
            Self::Command(words) => run(words, limit),
        };
        text.and_then(sound)
    }
}

fn program(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

fn from_table(node: &Node<'_>, table: &Table<'_>) -> Option<Origin> {
    let env = table.maybe("env", Node::text);
    let file = table.maybe("file", path);
    let credential = table.maybe("credential", credential_name);
    let command = table.maybe("command", network::command);
    let mut given = [
        env?.map(Origin::Env),
        file?.map(Origin::File),
        credential?.map(Origin::Credential),
        command?.map(Origin::Command),
    ]
    .into_iter()
    .flatten();
    match (given.next(), given.next()) {
        (Some(one), None) => Some(one),
        (_, _) => node.refuse("needs exactly one of `env`, `file`, `credential`, `command`"),
    }
}

fn credential_name(node: &Node<'_>) -> Option<String> {
    let name = node.text()?;
    if name.contains('/') || name == "." || name == ".." {
        return node.must_be("a file name without a directory");
    }
    Some(name)
}

/// A secret cut of its last line break; what is left must be one line of text.
fn sound(mut text: String) -> Result<Secret, String> {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err("the secret is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("the secret holds line breaks or control characters".to_owned());
    }
    Ok(Secret::new(text))
}

fn from_env(env: &Env, name: &str) -> Result<String, String> {
    let value = env
        .get(name)
        .ok_or_else(|| format!("the environment variable {name} is not set"))?;
    let text = value.to_str().map(str::to_owned);
    text.ok_or_else(|| format!("the environment variable {name} is not UTF-8 text"))
}

fn read_credential(env: &Env, name: &str) -> Result<String, String> {
    let directory = env.path("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        format!(
            "CREDENTIALS_DIRECTORY is not set; the systemd unit needs LoadCredential={name}:..."
        )
    })?;
    read_file(&directory.join(name))
}

fn read_file(path: &Path) -> Result<String, String> {
    let text = network::regular_file(path).and_then(text_of);
    text.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// All that can be read, as text; more than a secret can be long is refused.
fn text_of(source: impl Read) -> IoResult<String> {
    let mut text = String::new();
    source.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes <= BYTES_MAX) {
        return Ok(text);
    }
    let why = format!("longer than {BYTES_MAX} bytes");
    Err(Error::new(ErrorKind::FileTooLarge, why))
}

/// What a command prints. It gets no input, its complaints go to our own standard error, and it is
/// killed when it takes too long.
fn run(words: &[String], limit: Duration) -> Result<String, String> {
    let name = program(words);
    let mut child = Command::new(name)
        .args(words.iter().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start the command {name}: {error}"))?;
    let deadline = Instant::now() + limit;
    let printed = read_output(&mut child, limit);
    // Without its output there is nothing to wait for.
    let left = match &printed {
        Some(_) => deadline.saturating_duration_since(Instant::now()),
        None => Duration::ZERO,
    };
    let status = wait_for_exit(&mut child, left)
        .map_err(|error| format!("lost the command {name}: {error}"))?;
    let seconds = limit.as_secs();
    let (printed, status) = printed
        .zip(status)
        .ok_or_else(|| format!("the command {name} did not end within {seconds} seconds"))?;
    let printed =
        printed.map_err(|error| format!("cannot read what the command {name} printed: {error}"))?;
    if status.success() {
        return Ok(printed);
    }
    Err(format!("the command {name} failed: {status}"))
}

/// Standard output up to its end; none when that took too long.
fn read_output(child: &mut Child, limit: Duration) -> Option<IoResult<String>> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    // The receiver may be gone when a killed command's own children held the pipe open.
    std::thread::spawn(move || sender.send(text_of(stdout)).ok());
    receiver.recv_timeout(limit).ok()
}
