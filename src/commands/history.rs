//! `history`: every write ever made, from the journal.

use anyhow::Result;
use clap::CommandFactory as _;

use super::age;
use super::known_words::expect_word;
use crate::cli::{Cli, HistoryArgs};
use crate::domain::ids::{AccountName, RunId};
use crate::exit::Exit;
use crate::gather::company_names::find_company;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter, Outcome};

const COLUMNS: &[Column] = &[
    Column::shown_column("at", "When"),
    Column::script_column("run"),
    Column::shown_column("command", "Command"),
    Column::shown_column("started_by", "By"),
    Column::shown_column("account", "Account"),
    Column::shown_column("company", "Company"),
    Column::shown_column("kind", "Action"),
    Column::shown_column("subject", "Subject"),
    Column::shown_column("changes", "Before → after"),
    Column::json_column("before"),
    Column::json_column("after"),
    Column::json_column("exact"),
    Column::json_column("because"),
    Column::shown_column("outcome", "Outcome"),
    Column::shown_column("answer", "Response"),
    Column::script_column("settled_at"),
    Column::script_column("resolution"),
    Column::script_column("evidence"),
];

pub(super) fn run(session: &Session, args: &HistoryArgs) -> Result<Exit> {
    let since = args
        .since
        .as_deref()
        .map(|text| age::parse_moment(text, "--since", session.now, &session.zone.zone))
        .transpose()?;
    let state = session.state_to_read()?;
    let company = args.company.as_deref();
    let filter = HistoryFilter {
        run: args.run.as_deref().map(RunId::new),
        company: company
            .map(|typed| find_company(session, &state, typed))
            .transpose()?,
        account: args.account.as_deref().map(AccountName::new),
        command: args.command.clone(),
        since,
        // One more than shown tells whether there is more.
        limit: Some(args.limit.saturating_add(1)),
    };
    let mut entries = state.history(&filter)?;
    if entries.is_empty() {
        expect_known_filters(session, &state, args)?;
    }
    let most = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let more = entries.len() > most;
    entries.truncate(most);
    let footer = match (entries.len(), more) {
        (0, _) => vec!["no change matches".to_owned()],
        (1, false) => vec!["1 change".to_owned()],
        (count, false) => vec![format!("{count} changes, newest first")],
        (count, true) => vec![format!(
            "the newest {count} changes; use --limit to see more, or --since, --run, --company, \
             --account and --command to see fewer"
        )],
    };
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: entries.iter().map(history_row).collect(),
        footer,
    });
    Ok(Exit::Done)
}

/// Whether what was asked for exists at all: a typing mistake is not "no write".
///
/// # Errors
/// What is unknown, with what was probably meant.
fn expect_known_filters(session: &Session, state: &State, args: &HistoryArgs) -> Result<()> {
    expect_word("run", args.run.as_deref(), state.known_runs()?)?;
    let commands = state.known_commands()?.into_iter().chain(known_commands());
    expect_word("command", args.command.as_deref(), commands.collect())?;
    let configured = session.config.acronis.iter();
    let accounts = configured.map(|account| account.name.to_string());
    let accounts = accounts.chain(state.known_accounts()?).collect();
    expect_word("account", args.account.as_deref(), accounts)?;
    Ok(())
}

/// The commands that there are, also those that never ran here.
fn known_commands() -> Vec<String> {
    let whole = Cli::command();
    let mut all = Vec::new();
    for command in whole.get_subcommands() {
        let name = command.get_name();
        all.push(name.to_owned());
        let verbs = command.get_subcommands();
        all.extend(verbs.map(|verb| format!("{name} {}", verb.get_name())));
    }
    all
}

fn history_row(entry: &Entry) -> Vec<Value> {
    let intent = &entry.intent;
    let (outcome, answer) = outcome_and_answer(entry);
    let json = |part: &str| {
        intent
            .payload
            .get(part)
            .map_or(Value::Absent, |part| Value::Text(part.to_string()))
    };
    let resolved = entry.resolved.as_ref();
    vec![
        Value::Text(format!("{:.0}", entry.at)),
        Value::from_text(intent.run.as_str()),
        Value::from_text(&intent.command),
        Value::from_text(&entry.started_by),
        (intent.account.as_ref())
            .map_or(Value::Absent, |account| Value::from_text(account.as_str())),
        (intent.company).map_or(Value::Absent, |company| Value::Whole(company.0)),
        Value::from_text(&intent.kind),
        Value::from_text(&intent.subject),
        Value::Text(describe_changes(&intent.payload)),
        json("before"),
        json("after"),
        json("exact"),
        json("because"),
        Value::from_text(outcome),
        answer.map_or(Value::Absent, Value::from_text),
        (entry.settled_at).map_or(Value::Absent, |at| Value::Text(format!("{at:.0}"))),
        resolved.map_or(Value::Absent, |resolved| {
            Value::from_text(resolved.how.as_str())
        }),
        resolved.map_or(Value::Absent, |resolved| {
            Value::from_text(&resolved.evidence)
        }),
    ]
}

/// The outcome in one word, and what was answered or went wrong. An intent that never came back,
/// or whose answer was lost, is told by what was found out about it later.
fn outcome_and_answer(entry: &Entry) -> (&'static str, Option<&str>) {
    let found = entry.resolved.as_ref();
    let open = |error| match found {
        Some(resolved) => (resolved.how.as_str(), Some(resolved.evidence.as_str())),
        None => ("uncertain", error),
    };
    match &entry.outcome {
        Some(Outcome::Done { answer }) => ("done", Some(answer)),
        Some(Outcome::Failed { error }) => ("failed", Some(error)),
        Some(Outcome::Uncertain { error }) => open(Some(error.as_str())),
        None => open(Some("the run ended before the response came")),
    }
}

/// `units 5 → 7  price 3`: what stood there before is left out where nothing did.
fn describe_changes(payload: &serde_json::Value) -> String {
    let empty = serde_json::Map::new();
    let side = |name: &str| payload.get(name).and_then(|side| side.as_object());
    let before = side("before").unwrap_or(&empty);
    let parts: Vec<String> = side("after")
        .unwrap_or(&empty)
        .iter()
        .map(|(field, after)| match before.get(field) {
            None | Some(serde_json::Value::Null) => format!("{field} {}", plain_value(after)),
            // What stays as it is only says what the line is about.
            Some(before) if before == after => format!("{field} {}", plain_value(after)),
            Some(before) => format!("{field} {} → {}", plain_value(before), plain_value(after)),
        })
        .collect();
    parts.join("  ")
}

fn plain_value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::Bool(true) => "on".to_owned(),
        serde_json::Value::Bool(false) => "off".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_read_like_the_plan_did() {
        let payload = serde_json::json!({
            "before": {"units": 5, "name": null, "on": false, "ticket": 118_409},
            "after": {"units": 7, "name": "Alma", "on": true, "ticket": 118_409},
        });
        assert_eq!(
            describe_changes(&payload),
            "name Alma  on off → on  ticket 118409  units 5 → 7"
        );
        assert_eq!(describe_changes(&serde_json::Value::Null), "");
    }
}
