//! The real binary: built, started, listened to, weighed.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};

/// Exit code of a run that a guard held back in part or whole.
const REFUSED: i32 = 4;
/// How often the memory of a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How much of one command's text is shown.
const LINES_FIRST: usize = 14;
const LINES_LAST: usize = 4;
const LINE_CHARS: usize = 150;
/// Said by every run on a date of its own; the demonstration says its date once.
const OWN_DATE: &str = "warning: ACROTASK_NOW is set";

/// acrotask with the configuration of the demonstration.
#[derive(Debug)]
pub(crate) struct Program {
    binary: PathBuf,
    config: PathBuf,
    /// The date of the demonstration when it began, and when that was.
    begun: (Timestamp, Instant),
    /// Most memory that any run used so far, in KiB.
    peak_kib: Cell<u64>,
}

/// How one run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary beside this example (`target/PROFILE/acrotask`), brought up to date by cargo.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn built() -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding this example")?;
    let profile = own
        .parent()
        .and_then(Path::parent)
        .context("this example is not in target/PROFILE/examples")?;
    let binary = profile.join(format!("acrotask{}", std::env::consts::EXE_SUFFIX));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--locked"])
        // Named together, both share one set of features and nothing is compiled twice.
        .args(["--bin", "acrotask", "--example", "demo"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    if let Some(target) = profile.parent() {
        build.arg("--target-dir").arg(target);
    }
    let status = build.status().context("starting cargo to build acrotask")?;
    ensure!(status.success(), "acrotask could not be built");
    ensure!(binary.exists(), "cargo did not create {}", binary.display());
    Ok(binary)
}

impl Program {
    pub(crate) fn new(binary: PathBuf, config: PathBuf, date: Timestamp) -> Self {
        Self {
            binary,
            config,
            begun: (date, Instant::now()),
            peak_kib: Cell::new(0),
        }
    }

    /// Most memory that any run used so far, in KiB; 0 where the system does not tell.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.peak_kib.get()
    }

    /// Runs a command, shows what it says, and fails unless it ended well.
    ///
    /// # Errors
    /// When it ended with another exit code than 0; all that it said is in the error.
    pub(crate) fn show(&self, arguments: &[&str]) -> Result<Run> {
        println!("\n$ acrotask {}", shell_words(arguments));
        let run = self.run(arguments, "")?;
        if run.code != 0 {
            bail!(
                "acrotask {} ended with exit code {}:\n{}{}",
                arguments.join(" "),
                run.code,
                run.stdout,
                run.stderr
            );
        }
        print_short(&run);
        Ok(run)
    }

    /// The same for a command that a guard may hold back, as guards do when quotas of customers
    /// that were there before are lowered for the first time. A person looks at the preview and
    /// approves exactly that plan.
    ///
    /// # Errors
    /// When it failed for another reason, or failed once approved.
    pub(crate) fn show_approving(&self, arguments: &[&str]) -> Result<Run> {
        println!("\n$ acrotask {}", shell_words(arguments));
        let run = self.run(arguments, "")?;
        print_short(&run);
        match run.code {
            0 => Ok(run),
            REFUSED => {
                let digest = self.digest(arguments)?;
                println!(
                    "\n# A safety limit held something back. We reviewed the plan and approve it."
                );
                let mut approved = arguments.to_vec();
                approved.extend(["--expect-plan", &digest]);
                self.show(&approved)
            }
            code => bail!("ended with exit code {code}:\n{}{}", run.stdout, run.stderr),
        }
    }

    /// The digest of the plan that a command would carry out now.
    fn digest(&self, arguments: &[&str]) -> Result<String> {
        let mut preview = arguments.to_vec();
        preview.extend(["--dry-run", "--output", "json"]);
        let run = self.run(&preview, "")?;
        let document: serde_json::Value =
            serde_json::from_str(&run.stdout).context("reading the preview")?;
        let digest = document["plan"]["digest"].as_str();
        Ok(digest.context("the preview has no digest")?.to_owned())
    }

    /// Runs a command with a text on its standard input.
    ///
    /// # Errors
    /// When it could not be started or was killed.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Result<Run> {
        let mut child = Command::new(&self.binary)
            .args(arguments)
            .env("ACROTASK_CONFIG", &self.config)
            .env("ACROTASK_NOW", self.now()?.to_string())
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting acrotask")?;
        if let Some(mut pipe) = child.stdin.take() {
            // A command that does not read its input may be gone already.
            drop(std::io::Write::write_all(&mut pipe, input.as_bytes()));
        }
        let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
        let status = self.wait(&mut child)?;
        Ok(Run {
            code: status.code().context("acrotask was killed")?,
            stdout: text(stdout),
            stderr: text(stderr),
        })
    }

    /// What time it is in the demonstration.
    fn now(&self) -> Result<Timestamp> {
        let (date, begun) = self.begun;
        let since = SignedDuration::try_from(begun.elapsed())?;
        Ok(date.checked_add(since)?)
    }

    /// Waits for the end, and looks at the memory until then.
    fn wait(&self, child: &mut Child) -> Result<std::process::ExitStatus> {
        let status_file = format!("/proc/{}/status", child.id());
        loop {
            let peak = peak_of(&status_file).unwrap_or(0);
            self.peak_kib.set(self.peak_kib.get().max(peak));
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// `VmHWM`: the most resident memory that a process ever had.
fn peak_of(status_file: &str) -> Option<u64> {
    let text = fs::read_to_string(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn reader(pipe: Option<impl std::io::Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            drop(pipe.read_to_end(&mut bytes));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn text(reader: thread::JoinHandle<String>) -> String {
    reader.join().unwrap_or_default()
}

fn shell_words(arguments: &[&str]) -> String {
    let quoted: Vec<String> = arguments
        .iter()
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    quoted.join(" ")
}

/// The beginning and the end of what a run said, in lines of bearable length.
fn print_short(run: &Run) {
    let said = run.stdout.lines().chain(run.stderr.lines());
    let said = said.filter(|line| !line.starts_with(OWN_DATE));
    let lines: Vec<String> = said.map(cut).collect();
    if lines.len() <= LINES_FIRST + LINES_LAST + 1 {
        lines.iter().for_each(|line| println!("{line}"));
        return;
    }
    let (first, rest) = lines.split_at(LINES_FIRST);
    let (left_out, last) = rest.split_at(rest.len() - LINES_LAST);
    first.iter().for_each(|line| println!("{line}"));
    println!("    ... {} more lines ...", left_out.len());
    last.iter().for_each(|line| println!("{line}"));
}

fn cut(line: &str) -> String {
    if line.chars().count() <= LINE_CHARS {
        return line.to_owned();
    }
    let kept: String = line.chars().take(LINE_CHARS).collect();
    format!("{kept} ...")
}
