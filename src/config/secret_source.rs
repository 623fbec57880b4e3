//! Where a secret comes from: the environment, a file, a systemd credential, a command, or (with a
//! warning) the configuration file itself; and how it is fetched from each.

use std::fmt;
use std::fs;
use std::io::{Error, ErrorKind, Read, Result as IoResult};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::child::wait_for_exit;
use super::command_line::CommandLine;
use super::env::Env;
use super::keys::Form;
use super::open_file::open_regular_file;
use super::problem::Findings;
use super::read::{ConfigValue, Node};
use super::section::section;
use crate::domain::secret::Secret;

section! {
    /// Where a secret is: exactly one of these.
    "secret" struct SecretPlace {
        /// Name of an environment variable.
        env: Option<String> = none;
        /// A regular file, no pipe; there is a warning when every user can read it.
        file: Option<PathBuf> = none;
        /// Name of a file in systemd's `$CREDENTIALS_DIRECTORY` (`LoadCredential=`).
        credential: Option<String> = none, by read_credential_name;
        /// A command that prints it; no shell, no input, 10 seconds at most.
        command: Option<CommandLine> = none;
    }
}

const BYTES_MAX: u64 = 64 * 1024;

/// A secret that is not read yet, with its place in the file.
#[derive(Clone, Debug)]
pub(crate) struct SecretSource {
    pub(super) origin: Origin,
    key: String,
    line: Option<usize>,
}

/// Where one secret is.
#[derive(Clone)]
pub(super) enum Origin {
    Plain(Secret),
    Env(String),
    File(PathBuf),
    /// A file of that name in systemd's `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    Command(CommandLine),
}

/// Arguments of a command may be as secret as what it prints: only the program is shown.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(secret) => write!(f, "{secret}"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Command(command) => write!(f, "command {}", command.program_name()),
        }
    }
}

impl ConfigValue for SecretSource {
    const FORM: &'static Form = &Form::Secret(&SecretPlace::SECTION);

    fn read(node: &Node<'_>) -> Option<Self> {
        let origin = read_origin(node)?;
        Some(Self {
            origin,
            key: node.key.clone(),
            line: node.line,
        })
    }
}

impl SecretSource {
    /// Whether the secret itself stands in the configuration file.
    fn is_plain(&self) -> bool {
        matches!(self.origin, Origin::Plain(_))
    }

    /// Gets the secret, or reports why it cannot be had; a command is given so much time.
    pub(super) fn fetch_or_report(
        &self,
        env: &Env,
        limit: Duration,
        findings: &Findings,
    ) -> Option<Secret> {
        if let Origin::File(path) = &self.origin {
            self.warn_of_open_file(path, findings);
        }
        match self.origin.fetch_secret(env, limit) {
            Ok(secret) => Some(secret),
            Err(what) => {
                findings.add_problem(self.line, &self.key, what);
                None
            }
        }
    }

    /// A group that may read the file is often meant (root:acrotask 0640); everybody never is.
    fn warn_of_open_file(&self, path: &Path, findings: &Findings) {
        if read_mode(path).is_some_and(|mode| mode & 0o004 != 0) {
            let shown = path.display();
            let what =
                format!("every user of this machine can read {shown}; fix: chmod 600 {shown}");
            findings.add_warning(self.line, &self.key, what);
        }
    }
}

/// Warns of secrets that stand in a configuration file which others can read.
pub(super) fn warn_of_plain_secrets<'s>(
    file: &Path,
    sources: impl IntoIterator<Item = &'s SecretSource>,
    findings: &Findings,
) {
    if read_mode(file).is_none_or(|mode| mode & 0o044 == 0) {
        return;
    }
    for source in sources.into_iter().filter(|source| source.is_plain()) {
        let what = "the secret is in this file, which others can read; fix: chmod 600 the file, \
                    or use { env }, { file }, { credential } or { command }";
        findings.add_warning(source.line, &source.key, what);
    }
}

fn read_mode(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(path).ok()?;
    Some(metadata.permissions().mode())
}

impl Origin {
    /// Gets the secret; a command is given so much time. The error is one sentence without it.
    pub(super) fn fetch_secret(&self, env: &Env, limit: Duration) -> Result<Secret, String> {
        let text = match self {
            Self::Plain(secret) => return Ok(secret.clone()),
            Self::Env(name) => read_variable(env, name),
            Self::File(path) => read_file(path),
            Self::Credential(name) => read_credential(env, name),
            Self::Command(command) => run_command(command, limit),
        };
        text.and_then(check_secret)
    }
}

fn read_origin(node: &Node<'_>) -> Option<Origin> {
    match (node.as_text(), node.value.is_table()) {
        (Some(text), _) => match check_secret(text.to_owned()) {
            Ok(secret) => Some(Origin::Plain(secret)),
            Err(what) => node.refuse(what),
        },
        (None, true) => choose_origin(node, SecretPlace::read(node)?),
        // The value is not shown: it may be the secret with its quotes forgotten.
        (None, false) => node.refuse(
            "must be a text, or a table with one of `env`, `file`, `credential`, `command`",
        ),
    }
}

fn choose_origin(node: &Node<'_>, place: SecretPlace) -> Option<Origin> {
    let mut given = [
        place.env.map(Origin::Env),
        place.file.map(Origin::File),
        place.credential.map(Origin::Credential),
        place.command.map(Origin::Command),
    ]
    .into_iter()
    .flatten();
    match (given.next(), given.next()) {
        (Some(one), None) => Some(one),
        (_, _) => node.refuse("needs exactly one of `env`, `file`, `credential`, `command`"),
    }
}

fn read_credential_name(node: &Node<'_>) -> Option<Option<String>> {
    let name = node.read_text()?;
    if name.contains('/') || name == "." || name == ".." {
        return node.must_be("a file name without a directory");
    }
    Some(Some(name))
}

/// A secret cut of its last line break; what is left must be one line of text.
fn check_secret(mut text: String) -> Result<Secret, String> {
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

fn read_variable(env: &Env, name: &str) -> Result<String, String> {
    let value = env
        .get(name)
        .ok_or_else(|| format!("the environment variable {name} is not set"))?;
    let text = value.to_str().map(str::to_owned);
    text.ok_or_else(|| format!("the environment variable {name} is not UTF-8 text"))
}

fn read_credential(env: &Env, name: &str) -> Result<String, String> {
    let directory = env.find_path("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        format!(
            "CREDENTIALS_DIRECTORY is not set; the systemd unit needs LoadCredential={name}:..."
        )
    })?;
    read_file(&directory.join(name))
}

fn read_file(path: &Path) -> Result<String, String> {
    let text = open_regular_file(path).and_then(read_all);
    text.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// All that can be read, as text; more than a secret can be long is refused.
fn read_all(source: impl Read) -> IoResult<String> {
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
fn run_command(command: &CommandLine, limit: Duration) -> Result<String, String> {
    let name = command.program_name();
    let mut child = Command::new(name)
        .args(command.iter().skip(1))
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
        .map_err(|error| format!("cannot wait for the command {name}: {error}"))?;
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
    std::thread::spawn(move || sender.send(read_all(stdout)).ok());
    receiver.recv_timeout(limit).ok()
}
