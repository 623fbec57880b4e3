//! Who is notified of a run: pings for dead man's switches, commands after changes. None of
//! it ever fails the run; what goes wrong is a warning.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Session;
use super::outcome::RunOutcome;
use crate::config::wait_for_exit;
use crate::exit::Exit;
use crate::http::{
    self, Channel, Dialect, Failure, Method, RepeatPolicy, Request, Response, RetrySchedule,
    Transport, Url, VendorError,
};
use crate::report::{RunReport, run_as_json};

/// A ping that is not answered in this time is given up, after one more try.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
const PING_ATTEMPTS: u32 = 2;
/// A command that takes longer is killed.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// Where the name of the command goes in `hooks.ping_url`, as it is written and as it is encoded.
const PLACES: [&str; 2] = ["{command}", "%7Bcommand%7D"];

/// What a ping says, in the form that the common dead man's switches share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    /// `URL/start`
    Start,
    /// `URL`
    Success,
    /// `URL/fail`, with the reason as body
    Fail,
}

impl Ping {
    /// What is sent at the end. A mistake on the command line or in the configuration, and a run that
    /// found another one active, send nothing.
    fn from_outcome(outcome: RunOutcome) -> Option<Self> {
        match outcome.exit {
            Exit::Usage | Exit::Busy => None,
            Exit::Done
            | Exit::Failed
            | Exit::Partly
            | Exit::Refused
            | Exit::Credentials
            | Exit::TryLater
            | Exit::Changes
            | Exit::Interrupted => Some(if outcome.success {
                Self::Success
            } else {
                Self::Fail
            }),
        }
    }
}

impl Session {
    /// Reports, once, that a run begins. A run is reported only when nothing is wrong with the command
    /// line and the configuration any more: a start without an end would raise an alarm.
    pub(super) fn ping_start(&self, report: &RunReport) {
        if self.started.set(()).is_ok() {
            self.ping_or_warn(Ping::Start, report, None);
        }
    }

    /// Tells how a run ended, and starts the commands that follow a run that changed something.
    pub(super) fn after_run(&self, report: &RunReport, outcome: RunOutcome) {
        if let Some(ping) = Ping::from_outcome(outcome) {
            self.ping_start(report);
            self.ping_or_warn(ping, report, Some(outcome.exit));
        }
        if report.count_outcome("done") + report.count_outcome("uncertain") == 0 {
            return;
        }
        for command in &self.config.hooks.on_change {
            if let Err(error) = run_hook(command, &run_as_json(report), COMMAND_TIMEOUT) {
                self.report
                    .print_warning(&format!("hooks.on_change: {error:#}"));
            }
        }
    }

    fn ping_or_warn(&self, ping: Ping, report: &RunReport, exit: Option<Exit>) {
        let Some(url) = &self.config.hooks.ping_url else {
            return;
        };
        if let Err(error) = self.send_ping(url, ping, report, exit) {
            self.report
                .print_warning(&format!("hooks.ping_url: {error}"));
        }
    }

    /// The address may be as good as a password, so that no message shows it.
    fn send_ping(
        &self,
        url: &str,
        ping: Ping,
        report: &RunReport,
        exit: Option<Exit>,
    ) -> Result<(), String> {
        let url = ping_address(url, ping, report.command)?;
        let request = match ping {
            Ping::Start | Ping::Success => {
                Request::for_address(Method::GET, url, "pinging hooks.ping_url")
            }
            Ping::Fail => Request::for_address(Method::POST, url, "pinging hooks.ping_url")
                .with_json(serde_json::json!({
                    "run": report.run,
                    "command": report.command,
                    "exit_code": exit.map(Exit::code),
                    "error": report.error,
                }))
                // A second ping does no harm.
                .with_repeat(RepeatPolicy::Safe),
        };
        let section = &self.config.network;
        let settings = http::HttpSettings {
            connect_timeout: section.connect_timeout.min(PING_TIMEOUT),
            total_timeout: PING_TIMEOUT,
            ca_file: section.ca_file.clone(),
            ssl_cert_file: self.env.find_path("SSL_CERT_FILE"),
            schedule: RetrySchedule {
                attempts_max: PING_ATTEMPTS,
                ..RetrySchedule::default()
            },
            wait_max: PING_TIMEOUT,
        };
        // An interrupted run is reported, too: its flag does not stop this.
        let transport = Transport::new(&settings, Arc::new(AtomicBool::new(false)))
            .map_err(|error| format!("{error:#}"))?;
        let lane = Channel::new(PlainErrors, 1, Arc::default());
        match transport.send(&lane, &request) {
            Ok(_) => Ok(()),
            Err(failure) => Err(describe_failure(&failure)),
        }
    }
}

fn describe_failure(failure: &Failure) -> String {
    match (failure.status, &failure.cause) {
        (Some(status), _) => format!("the ping was answered with status {status}"),
        (None, Some(cause)) => format!("the ping could not be sent: {cause}"),
        (None, None) => "the ping could not be sent".to_owned(),
    }
}

/// The address of one ping; a query of the configured one stays.
fn ping_address(url: &str, ping: Ping, command: &str) -> Result<Url, String> {
    let word = command.replace(' ', "-");
    let text = PLACES
        .iter()
        .fold(url.to_owned(), |text, place| text.replace(place, &word));
    let mut url =
        Url::parse(&text).map_err(|error| format!("it is not a valid address: {error}"))?;
    let suffix = match ping {
        Ping::Start => Some("start"),
        Ping::Success => None,
        Ping::Fail => Some("fail"),
    };
    if let (Some(suffix), Ok(mut path)) = (suffix, url.path_segments_mut()) {
        path.pop_if_empty().push(suffix);
    }
    Ok(url)
}

/// No vendor's words are read from whoever answers pings.
#[derive(Debug)]
struct PlainErrors;

impl Dialect for PlainErrors {
    fn read_error(&self, _response: &Response) -> VendorError {
        VendorError::default()
    }
}

/// Starts a command with the run's JSON document on its standard input and waits for its end. What
/// it prints goes to our standard error: our standard output is the result of the run. A command
/// that takes longer than the limit is killed.
fn run_hook(words: &[String], document: &str, limit: Duration) -> Result<()> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(io::stderr())
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    if let Some(mut input) = child.stdin.take() {
        let document = document.to_owned();
        // A command may end without reading; a thread of its own cannot hold us up.
        std::thread::spawn(move || input.write_all(document.as_bytes()));
    }
    let seconds = limit.as_secs();
    match wait_for_exit(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{program} failed: {status}"),
        None => bail!("{program} did not end within {seconds} seconds and was killed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_reported_of_runs_that_did_all_but_what_is_held_and_mistakes_of_none() {
        for (exit, success, ping) in [
            (Exit::Done, true, Some(Ping::Success)),
            (Exit::Refused, true, Some(Ping::Success)),
            (Exit::Refused, false, Some(Ping::Fail)),
            (Exit::Failed, false, Some(Ping::Fail)),
            (Exit::Partly, false, Some(Ping::Fail)),
            (Exit::Credentials, false, Some(Ping::Fail)),
            (Exit::TryLater, false, Some(Ping::Fail)),
            (Exit::Interrupted, false, Some(Ping::Fail)),
            (Exit::Usage, false, None),
            (Exit::Busy, false, None),
        ] {
            assert_eq!(
                Ping::from_outcome(RunOutcome { exit, success }),
                ping,
                "{exit:?}"
            );
        }
    }

    #[test]
    fn pings_go_to_the_custom_places_and_keep_the_query() {
        let to = |url: &str, ping| {
            ping_address(url, ping, "map-products create")
                .unwrap()
                .to_string()
        };
        let url = "https://hc.example/abc";
        assert_eq!(to(url, Ping::Start), "https://hc.example/abc/start");
        assert_eq!(to(url, Ping::Success), "https://hc.example/abc");
        assert_eq!(
            to("https://hc.example/abc/?create=1", Ping::Fail),
            "https://hc.example/abc/fail?create=1"
        );
        let named = Url::parse("https://hc.example/k/{command}").unwrap();
        assert_eq!(
            to(named.as_str(), Ping::Success),
            "https://hc.example/k/map-products-create"
        );
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_that_fails_or_is_not_there_is_named() {
        run_hook(&words("true"), "{}", COMMAND_TIMEOUT).unwrap();
        for (command, named) in [
            ("false", "false failed"),
            ("no-such-program x", "cannot start no-such-program"),
        ] {
            let failed = run_hook(&words(command), "{}", COMMAND_TIMEOUT).unwrap_err();
            assert!(format!("{failed:#}").starts_with(named), "{failed:#}");
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_killed() {
        let killed = run_hook(&words("tail -f /dev/null"), "{}", Duration::ZERO).unwrap_err();
        assert_eq!(
            killed.to_string(),
            "tail did not end within 0 seconds and was killed"
        );
    }
}
