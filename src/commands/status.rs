//! `status`: last runs, countdowns and items that need attention. Connects to no service, takes no
//! lock.

mod attention;
mod held_units;

use anyhow::Result;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{age, dismiss};
use crate::cli::{StatusArgs, StatusVerb};
use crate::exit::{Exit, UsageError};
use crate::gather::billing_windows;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::runs::Run;

/// The commands that are meant to run again and again.
const SCHEDULED: [&str; 3] = ["provision", "sync-billing", "sync-tickets"];
/// How many runs of other commands are looked through for the last one of each.
const RUNS_SEEN: u32 = 50;

const COLUMNS: &[Column] = &[
    Column::shown_column("kind", "Kind"),
    Column::shown_column("key", "Key"),
    Column::shown_column("command", "Command"),
    Column::shown_column("account", "Account"),
    Column::shown_column("company", "Company"),
    Column::shown_column("state", "State"),
    Column::shown_column("since", "Since"),
    Column::shown_column("age", "Age"),
    Column::script_column("age_seconds"),
    Column::script_column("run"),
    Column::shown_column("text", "What"),
];

pub(super) fn run(session: &Session, args: &StatusArgs) -> Result<Exit> {
    if let Some(StatusVerb::Dismiss(args)) = &args.verb {
        return dismiss::run(session, args);
    }
    let max_age = args
        .max_age
        .as_deref()
        .map(|text| age::parse_age(text, "--max-age"))
        .transpose()?;
    let commands = watched_commands(session, args)?;
    let (config, path) = (session.config_path.display(), session.state_path.display());
    let files = format!("configuration: {config}, state file: {path}");
    session.report.print_always(&files);
    let file = session.state_file()?;
    let has_file = file.is_some();
    let state = file.map_or_else(State::empty_in_memory, Ok)?;
    session.warn_of_zone(&state);
    let mut rows = Vec::new();
    let mut late = Vec::new();
    for command in &commands {
        let (row, too_old) = scheduled_run(&state, command, session.now, max_age)?;
        rows.push(row);
        late.extend(too_old);
    }
    if args.commands.is_empty() {
        rows.extend(read_other_runs(&state, session.now)?);
    }
    rows.extend(read_countdowns(&state, session.now, &session.zone.zone)?);
    rows.extend(held_units::held_units_row(session, &state)?);
    rows.extend(list_customers_apart(session));
    let waiting = attention::read_attention_rows(&state, session.now)?;
    let blind = find_blind_spot(session, &state, has_file, &commands)?;
    let mut footer = status_footer(waiting.len(), &late, blind.is_some());
    let gap = billing_windows::warn_of_gap(session, &state)?;
    footer.extend(gap.map(|gap| format!("warning: {gap}")));
    rows.extend(waiting);
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: rows.into_iter().map(StatusRow::into_cells).collect(),
        footer,
    });
    if let Some(why) = &blind {
        session.report.print_unread(std::slice::from_ref(why), None);
    }
    Ok(if late.is_empty() && blind.is_none() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Why this state file says nothing of the runs that somebody relies on: there is none, or none of
/// the commands ever succeeded on it. Then it may be the wrong one.
fn find_blind_spot(
    session: &Session,
    state: &State,
    has_file: bool,
    commands: &[&str],
) -> Result<Option<String>> {
    const SEE: &str = "if runs are scheduled, they use another state file: run them with -v to \
                       see which one, then give it with --state or state.path, or run this \
                       command as their user";
    let path = session.state_path.display();
    if !has_file {
        let text = format!("there is no state file {path}, so nothing has run yet; {SEE}");
        return Ok(Some(text));
    }
    let mut ran = false;
    for command in commands {
        if state.last_success(command)?.is_some() {
            return Ok(None);
        }
        ran |= state.last_run(command)?.is_some();
    }
    let known = format!(
        "the state file {path} has no successful run of {}",
        commands.join(", ")
    );
    Ok(match (commands.is_empty(), ran) {
        (true, _) => None,
        (false, true) => Some(format!("{known}; the last ones failed as shown")),
        (false, false) => Some(format!("{known}; {SEE}")),
    })
}

/// The commands to tell of: those named, else those that the configuration enables.
fn watched_commands(session: &Session, args: &StatusArgs) -> Result<Vec<&'static str>> {
    let config = &session.config;
    let enabled = [
        config.provisioning.enabled,
        config.billing.enabled,
        config.tickets.enabled,
    ];
    if args.commands.is_empty() {
        let on = SCHEDULED.into_iter().zip(enabled).filter(|(_, on)| *on);
        return Ok(on.map(|(command, _)| command).collect());
    }
    args.commands
        .iter()
        .map(|named| {
            SCHEDULED
                .into_iter()
                .find(|command| command == named)
                .ok_or_else(|| {
                    UsageError(format!(
                        "--command takes one of {}, not {named:?}",
                        SCHEDULED.join(", ")
                    ))
                    .into()
                })
        })
        .collect()
}

/// One row, whatever it is about.
#[derive(Debug, Default)]
struct StatusRow {
    kind: &'static str,
    /// What `status dismiss` takes.
    key: Option<String>,
    command: String,
    account: Option<String>,
    company: Option<i64>,
    state: String,
    since: Option<Timestamp>,
    age: Option<SignedDuration>,
    run: Option<String>,
    text: String,
}

impl StatusRow {
    fn with_since(mut self, since: Timestamp, now: Timestamp) -> Self {
        self.since = Some(since);
        self.age = Some(now.duration_since(since));
        self
    }

    fn into_cells(self) -> Vec<Value> {
        let text = |text: Option<String>| text.map_or(Value::Absent, Value::Text);
        let filled = |text: String| {
            if text.is_empty() {
                Value::Absent
            } else {
                Value::Text(text)
            }
        };
        vec![
            Value::from_text(self.kind),
            text(self.key),
            filled(self.command),
            text(self.account),
            self.company.map_or(Value::Absent, Value::Whole),
            filled(self.state),
            text(self.since.map(|since| format!("{since:.0}"))),
            text(self.age.map(age::format_age)),
            (self.age).map_or(Value::Absent, |age| Value::Whole(age.as_secs())),
            text(self.run),
            filled(self.text),
        ]
    }
}

/// The last run of a command, with its last success; and the sentence of complaint when that is
/// too old.
fn scheduled_run(
    state: &State,
    command: &str,
    now: Timestamp,
    max_age: Option<SignedDuration>,
) -> Result<(StatusRow, Option<String>)> {
    let success = state.last_success(command)?;
    let age = success
        .as_ref()
        .map(|run| now.duration_since(run.start.started_at));
    let late = max_age.and_then(|most| match age {
        Some(age) if age <= most => None,
        Some(age) => Some(format!(
            "{command} last succeeded {} ago, more than {}",
            age::format_age(age),
            age::format_age(most)
        )),
        None => Some(format!("{command} never succeeded")),
    });
    let Some(last) = state.last_run(command)? else {
        let line = StatusRow {
            kind: "run",
            command: command.to_owned(),
            state: "never".to_owned(),
            text: "never run".to_owned(),
            ..StatusRow::default()
        };
        return Ok((line, late));
    };
    let mut line = describe_run(&last, now);
    if last.end.as_ref().is_none_or(|end| !end.success) {
        line.text.push_str(&match age {
            Some(age) => format!("; last success {} ago", age::format_age(age)),
            None => "; never succeeded".to_owned(),
        });
    }
    Ok((line, late))
}

fn describe_run(run: &Run, now: Timestamp) -> StatusRow {
    let (state, text) = match &run.end {
        None => (
            "open".to_owned(),
            "has not ended: it is still running, or it was killed and the next run recovers what \
             it left open"
                .to_owned(),
        ),
        Some(end) => {
            let error = end.error.as_deref().map(first_line);
            let counts: Vec<String> = end
                .counts
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(word, count)| format!("{count} {word}"))
                .collect();
            let done = if counts.is_empty() {
                "nothing to do".to_owned()
            } else {
                counts.join(", ")
            };
            let word = if end.success { "ok" } else { "failed" };
            let text = match end.exit_code {
                0 => done,
                code if end.success => {
                    format!("{done}; something needs a decision (exit code {code})")
                }
                code => format!("exit code {code}: {}", error.unwrap_or(done)),
            };
            (word.to_owned(), text)
        }
    };
    StatusRow {
        kind: "run",
        command: run.start.command.clone(),
        state,
        run: Some(run.start.id.to_string()),
        text,
        ..StatusRow::default()
    }
    .with_since(run.start.started_at, now)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The last run of each other command, newest first.
fn read_other_runs(state: &State, now: Timestamp) -> Result<Vec<StatusRow>> {
    let mut seen: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for run in state.last_runs(&SCHEDULED, RUNS_SEEN)? {
        if !run.start.dry_run && !seen.contains(&run.start.command) {
            seen.push(run.start.command.clone());
            lines.push(describe_run(&run, now));
        }
    }
    Ok(lines)
}

/// Companies for which something is switched off: what is not done for them is reported nowhere else.
fn list_customers_apart(session: &Session) -> Vec<StatusRow> {
    let blocks = &session.config.customers;
    let apart = blocks.iter().filter_map(|(company, _)| {
        Some(StatusRow {
            kind: "customer",
            company: Some(company.0),
            state: "off".to_owned(),
            text: format!(
                "switched off by [[customer]]: {}",
                blocks.describe_off(company)?
            ),
            ..StatusRow::default()
        })
    });
    apart.collect()
}

/// Tenants whose last contract ended, with the days counted so far.
fn read_countdowns(state: &State, now: Timestamp, zone: &TimeZone) -> Result<Vec<StatusRow>> {
    let lines = state.read_countdowns()?.into_iter().map(|clock| {
        let days = clock
            .confirmed
            .since(clock.since)
            .map_or(0, |span| span.get_days());
        let line = StatusRow {
            kind: "clock",
            command: "provision".to_owned(),
            account: Some(clock.account.to_string()),
            company: Some(clock.company.0),
            state: if clock.disabled_at.is_some() {
                "disabled".to_owned()
            } else {
                "running".to_owned()
            },
            text: format!(
                "{} days without a contract, since {}: {}",
                days, clock.since, clock.reason
            ),
            ..StatusRow::default()
        };
        match clock.since.to_zoned(zone.clone()) {
            Ok(start) => line.with_since(start.timestamp(), now),
            Err(_) => line,
        }
    });
    Ok(lines.collect())
}

/// A file that may be the wrong one does not say that all is well.
fn status_footer(waiting: usize, late: &[String], blind: bool) -> Vec<String> {
    let mut footer: Vec<String> = late.iter().map(|text| format!("LATE: {text}")).collect();
    footer.push(match waiting {
        0 if blind => return footer,
        0 => "nothing needs attention".to_owned(),
        1 => "1 item needs attention".to_owned(),
        count => format!("{count} items need attention"),
    });
    footer
}
