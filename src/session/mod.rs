//! One run of the program: its configuration, clock, state file and connections.

mod clients;
mod clock;
mod coverage;
mod hooks;
mod lock_wait;
mod logins;
mod outcome;
mod pending;
mod recorded_change;
pub(crate) mod recovery;
mod run;
mod run_scope;
mod scope;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;

pub(crate) use clients::{Account, AccountFailure};
pub(crate) use clock::CalendarZone;
pub(crate) use coverage::is_hidden;
pub(crate) use run::{ApplyContext, Confirmation, WriteRun};
pub(crate) use run_scope::RunScope;
pub(crate) use scope::{CompanyFilter, Scope};

use crate::autotask::Autotask;
use crate::cli::{Cli, Output};
use crate::config::{self, Config, Env, Secrets};
use crate::domain::ids::RunId;
use crate::exit::UsageError;
use crate::http::{Failure, Transport};
use crate::report::{Format, ProgressBars, Report, RequestCounts};
use crate::state::State;
use crate::state::lock::Lock;

/// Everything that one run of a command needs.
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) now: Timestamp,
    /// The day on the provider's own calendar.
    pub(crate) today: Date,
    /// Where that calendar comes from.
    pub(crate) zone: CalendarZone,
    pub(crate) run: RunId,
    pub(crate) report: Report,
    pub(crate) interrupt: Arc<AtomicBool>,
    /// The configuration that was read.
    pub(crate) config_path: PathBuf,
    pub(crate) state_path: PathBuf,
    /// Whether `now` was given from outside.
    simulated: bool,
    /// What became of waiting for the lock, until the run takes it.
    waited: Mutex<Option<Result<Lock>>>,
    env: Env,
    /// Whether it was said that this machine's zone is another than that of the runs before.
    zone_told: OnceLock<()>,
    secrets: OnceLock<Secrets>,
    transport: OnceLock<Transport>,
    /// Set when logins are tried although they were refused before.
    retry_logins: OnceLock<()>,
    autotask: OnceLock<Autotask>,
    /// How signing in to Autotask ended.
    autotask_sign_in: OnceLock<Result<(), Failure>>,
    accounts: OnceLock<Vec<Account>>,
    coverage: Mutex<coverage::Coverage>,
    /// Set once the dead man's switch was pinged at the start.
    started: OnceLock<()>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("run", &self.run)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// The report that a command line asks for.
pub(crate) fn build_report(cli: &Cli, bars: ProgressBars) -> Report {
    let format = match cli.output {
        Output::Table => Format::Table,
        Output::Json => Format::Json,
        Output::Csv => Format::Csv,
    };
    Report::new(format, cli.quiet, bars)
}

impl Session {
    /// Reads the configuration and the clock. Connects to nothing yet.
    ///
    /// # Errors
    /// Every problem of the configuration at once, or a wrong `ACROTASK_NOW`.
    pub(crate) fn open_session(cli: &Cli, report: Report, env: Env) -> Result<Self> {
        let path = config::find_file(cli.config.clone(), &env)?;
        let loaded = config::load_file(&path)?;
        for warning in &loaded.warnings {
            report.print_warning(&warning.to_string());
        }
        Self::with_config(path, loaded.config, cli, report, env)
    }

    /// The same on a configuration that was read already, from this file.
    ///
    /// # Errors
    /// A wrong `ACROTASK_NOW`, or no place for the state file.
    pub(crate) fn with_config(
        config_path: PathBuf,
        mut config: Config,
        cli: &Cli,
        report: Report,
        env: Env,
    ) -> Result<Self> {
        let report = report.of_accounts(config.acronis.len());
        let given = clock::read_given_moment(&env)?;
        let state_path = config::find_state_path(cli.state.clone(), &config, &env)?;
        let interrupt = interrupt_flag()?;
        let zone = CalendarZone::configured_or_local(config.time_zone.as_ref());
        config.tickets.zone.get_or_insert_with(|| zone.zone.clone());
        let now = || given.unwrap_or_else(clock::system_now);
        let waited = lock_wait::wait_for_lock(cli, &state_path, &report, &interrupt, now);
        let now = now();
        if given.is_some() {
            report.print_warning(&format!(
                "ACROTASK_NOW is set: this run takes {now} as the current time"
            ));
        }
        let (configuration, state) = (config_path.display(), state_path.display());
        tracing::info!(%configuration, %state, "files of this run");
        Ok(Self {
            config,
            now,
            today: zone.day_of(now),
            zone,
            run: run_id(now),
            report,
            interrupt,
            config_path,
            state_path,
            simulated: given.is_some(),
            waited: Mutex::new(waited),
            env,
            zone_told: OnceLock::new(),
            secrets: OnceLock::new(),
            transport: OnceLock::new(),
            retry_logins: OnceLock::new(),
            autotask: OnceLock::new(),
            autotask_sign_in: OnceLock::new(),
            accounts: OnceLock::new(),
            coverage: Mutex::default(),
            started: OnceLock::new(),
        })
    }

    /// The state for reading only: dry runs and listings create and change nothing.
    ///
    /// # Errors
    /// When there is a file and it cannot be read.
    pub(crate) fn state_to_read(&self) -> Result<State> {
        let state = self.existing_state()?;
        self.warn_of_zone(&state);
        Ok(state)
    }

    /// Says once when the runs before this one did not mean the same by "today".
    pub(crate) fn warn_of_zone(&self, state: &State) {
        if let Err(other) = self.zone_agrees(state)
            && self.zone_told.set(()).is_ok()
        {
            self.report.print_warning(&format!("{other:#}"));
        }
    }

    fn existing_state(&self) -> Result<State> {
        self.state_file()?.map_or_else(State::empty_in_memory, Ok)
    }

    /// The state for reading only, where there is a file.
    ///
    /// # Errors
    /// When there is a file and it cannot be read.
    pub(crate) fn state_file(&self) -> Result<Option<State>> {
        State::open_read_only(&self.state_path)
    }

    /// Whether the runs before this one meant the same by "today".
    ///
    /// # Errors
    /// The sentence that says what to set.
    fn zone_agrees(&self, state: &State) -> Result<()> {
        match state.time_zone()? {
            Some(kept) => Ok(self.zone.ensure_same_rules(&kept, self.now)?),
            None => Ok(()),
        }
    }

    /// Keeps the machine's zone at the first writing run of a configuration that names none.
    fn keep_zone(&self, state: &State) -> Result<()> {
        if self.zone.configured || state.time_zone()?.is_some() {
            return Ok(());
        }
        let name = self.zone.iana_name(self.now).ok_or_else(|| {
            UsageError(
                "this machine's time zone has no name: set time_zone at the top of the \
                 configuration, such as \"Europe/Berlin\""
                    .to_owned(),
            )
        })?;
        state.keep_time_zone(&name)
    }

    /// The time for stamps in the state file, and for how old they are: the system's, which goes on
    /// while the run does, or the one of `ACROTASK_NOW`, which stands still.
    pub(crate) fn stamp_time(&self) -> Timestamp {
        if self.simulated {
            self.now
        } else {
            clock::system_now()
        }
    }

    /// Login name of whoever started the run, as far as the environment says.
    fn started_by(&self) -> String {
        ["SUDO_USER", "LOGNAME", "USER"]
            .iter()
            .find_map(|name| self.env.get(name))
            .map_or_else(
                || "unknown".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            )
    }

    /// Requests made so far.
    pub(crate) fn count_requests(&self) -> RequestCounts {
        RequestCounts {
            acronis: self
                .accounts
                .get()
                .into_iter()
                .flatten()
                .map(|account| account.acronis.requests_sent())
                .sum(),
            autotask: self.autotask.get().map_or(0, Autotask::requests_sent),
        }
    }
}

/// `20260915T080000Z-3fa91c07`: sorts by time, unlike enough for two runs in one second.
fn run_id(now: Timestamp) -> RunId {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    RunId::new(&format!("{stamp}-{:08x}", fastrand::u32(..)))
}

/// Set by the first SIGINT, SIGTERM or SIGHUP (a terminal that was closed, a connection that broke);
/// the second ends the program at once.
fn interrupt_flag() -> Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Under `nohup` the run is meant to outlive its terminal.
        if signal == SIGHUP && ignores_hangups() {
            continue;
        }
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .context("installing the signal handlers")?;
    }
    Ok(flag)
}

/// Whether the caller, like `nohup`, has this process ignore SIGHUP (the first bit of the mask).
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}
