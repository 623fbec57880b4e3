//! A bench for stories: a sandbox, a configuration and a state file in a folder of their own, and
//! the real binary run against them.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Mutex;

use jiff::Timestamp;
use sandbox::{Sandbox, World};
use serde_json::Value;

use crate::side_by_side::beside::stories;

/// The moment at which stories happen unless they say otherwise.
pub(crate) const NOW: &str = "2026-09-15T08:00:00Z";

/// How one run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The one JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON document ({error}): {self:?}"))
    }

    /// Fails the test with everything that was said unless the run ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }
}

/// Runs a command of a bench to its end.
type Finish = dyn Fn(&Bench, Command) -> Run;

/// Who runs the binary for the benches of a thread, where something is to be done at each run.
#[derive(Clone)]
pub(crate) struct Player {
    /// What new benches of the thread run.
    pub(crate) binary: PathBuf,
    pub(crate) run: Rc<Finish>,
}

thread_local! {
    static PLAYER: RefCell<Option<Player>> = const { RefCell::new(None) };
}

fn player() -> Option<Player> {
    PLAYER.with_borrow(Clone::clone).or_else(stories)
}

/// Lets a story be played by somebody; the thread is for nothing else.
pub(crate) fn played_by<T>(player: Player, story: impl FnOnce() -> T) -> T {
    PLAYER.set(Some(player));
    story()
}

/// Everything one story needs; gone when dropped.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) config: PathBuf,
    /// What is run: the binary of this build, unless a comparison runs another one.
    pub(crate) binary: PathBuf,
    now: Mutex<Timestamp>,
    dir: tempfile::TempDir,
}

impl Bench {
    /// A bench on a small world: one account, three companies, two tenants, one storage.
    pub(crate) fn small() -> Self {
        Self::on(World::small(NOW.parse().unwrap()))
    }

    pub(crate) fn on(world: World) -> Self {
        let sandbox = Sandbox::start(world);
        let dir = scratch();
        let config = sandbox.write_config(dir.path()).unwrap();
        Self {
            sandbox,
            config,
            binary: player().map_or_else(
                || env!("CARGO_BIN_EXE_acrotask").into(),
                |player| player.binary,
            ),
            now: Mutex::new(NOW.parse().unwrap()),
            dir,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state.db")
    }

    /// Makes the lines of all linked companies and mapped services ones that acrotask took over
    /// before.
    pub(crate) fn take_over(&self) {
        let number = |row: &Value, field: &str| row[field].as_i64().unwrap();
        let lines: Vec<(i64, i64, i64)> = self.sandbox.with_world(|world| {
            let database = &world.autotask;
            let company =
                |contract| number(&database.get("Contracts", contract).unwrap(), "companyID");
            let lines = database.all("ContractServices").into_iter().map(|line| {
                let contract = number(&line, "contractID");
                (contract, number(&line, "serviceID"), company(contract))
            });
            lines.collect()
        });
        let mut state = rusqlite::Connection::open(self.state()).unwrap();
        let saving = state.transaction().unwrap();
        for line in lines {
            let sql =
                "INSERT OR IGNORE INTO billed_lines (contract, service, service_name, company,
                  company_name, account, tenant, application, item, infra, since, taken_over)
                SELECT ?1, service, service_name, company, company_name, customer_links.account,
                  tenant, application, item, infra, '2026-09-01', '2026-09-01'
                FROM product_links JOIN customer_links USING (account)
                WHERE service = ?2 AND company = ?3 AND unlinked_at IS NULL";
            saving.execute(sql, line).unwrap();
        }
        saving.commit().unwrap();
    }

    /// Moves the clock of the sandbox and of every later run.
    pub(crate) fn set_now(&mut self, now: &str) {
        self.move_to(now.parse().unwrap());
    }

    pub(crate) fn move_to(&self, moment: Timestamp) {
        *self.now.lock().unwrap() = moment;
        self.sandbox.with_world(|world| world.now = moment);
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Appends lines to the configuration; the last word on a table wins only once, so tables are
    /// changed with [`Bench::configure`].
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert!(
            text.contains(from),
            "the configuration does not say {from}:\n{text}"
        );
        std::fs::write(&self.config, text.replacen(from, to, 1)).unwrap();
    }

    /// The binary with this configuration, this clock and no terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("ACROTASK_CONFIG", &self.config)
            .env("ACROTASK_NOW", self.now().to_string())
            .env("TZ", "UTC")
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments))
    }

    /// Runs a command of this bench to its end.
    pub(crate) fn finish(&self, mut command: Command) -> Run {
        match player() {
            Some(player) => (player.run)(self, command),
            None => ended(command.output().unwrap()),
        }
    }

    /// The same with a text on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        use std::io::Write as _;
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end without reading its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ended(child.wait_with_output().unwrap())
    }

    /// Starts a run and does something with its process id once it has a request held (see
    /// [`sandbox::Kind::HeldBefore`]); how it ended, and whether it came so far.
    pub(crate) fn run_until_held(
        &self,
        command: &mut Command,
        then: impl FnOnce(u32) + Send,
    ) -> (Run, bool) {
        let watch = self.sandbox.watch();
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let process = child.id();
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let held = watch.held(1);
                if held {
                    then(process);
                }
                held
            });
            let output = child.wait_with_output().unwrap();
            watch.end();
            (ended(output), watching.join().unwrap())
        })
    }

    /// Starts a run and ends it with `kill -9` once it has a request held; whether it came so far.
    /// The request stays held.
    pub(crate) fn killed_when_held(&self, command: &mut Command) -> bool {
        let (run, held) = self.run_until_held(command, |process| signal(process, "KILL"));
        assert!(!held || run.code == -1, "{run:?}");
        held
    }

    /// A run that kills itself once it committed so many times; whether it got that far.
    #[cfg(debug_assertions)]
    pub(crate) fn is_killed_after_commit(&self, arguments: &[&str], commits: usize) -> bool {
        let mut command = self.command(arguments);
        command.env("ACROTASK_TEST_KILLED_AFTER_COMMIT", commits.to_string());
        ended(command.output().unwrap()).code == -1
    }

    /// So much later that what runs before sent has been carried out or never will be.
    pub(crate) fn long_after(&self) {
        let later = self.now().checked_add(jiff::SignedDuration::from_mins(61));
        self.move_to(later.unwrap());
    }

    /// Writes that took effect since the visits were last cleared, as `METHOD path`.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.sandbox
            .writes()
            .iter()
            .map(|visit| format!("{} {}", visit.method, visit.path))
            .collect()
    }
}

/// A run that was started by hand.
pub(crate) fn ended(output: std::process::Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process}");
    let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(status.success());
}

/// A directory that is gone when dropped; in memory where there is such a place, because every
/// commit of every run waits for the disk.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}
