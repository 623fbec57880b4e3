//! The manual page on standard output, in roff: every command with its options, exit codes, files.

use anyhow::Result;
use clap::{Arg, Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::report::Report;

const FILES: &[(&str, &str)] = &[
    (
        "$XDG_CONFIG_HOME/acrotask/config.toml, /etc/acrotask/config.toml",
        "The configuration: the first of these that exists, unless --config or ACROTASK_CONFIG is \
         given.",
    ),
    (
        "$STATE_DIRECTORY/state.db, $XDG_STATE_HOME/acrotask/state.db",
        "The state: mappings, the journal of every change, the ledger of every billed number; \
         unless --state or state.path is given. Back it up.",
    ),
    (
        "state.db.lock",
        "The lock, beside the state file: held by the run that writes.",
    ),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("ACROTASK_CONFIG", "The configuration file."),
    (
        "ACROTASK_NOW",
        "A time such as 2026-08-01T09:00:00Z that a run takes as the current time; for tests.",
    ),
    ("NO_COLOR", "Accepted; text is never coloured."),
];

pub(super) fn run(report: &Report) -> Result<Exit> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    commands_section(&command).to_writer(&mut page)?;
    let codes: Vec<(String, &str)> = Exit::ALL
        .iter()
        .map(|exit| (exit.code().to_string(), exit.describe_code()))
        .collect();
    let codes: Vec<(&str, &str)> = codes
        .iter()
        .map(|(code, text)| (code.as_str(), *text))
        .collect();
    terms_section("EXIT STATUS", &codes).to_writer(&mut page)?;
    terms_section("FILES", FILES).to_writer(&mut page)?;
    terms_section("ENVIRONMENT", ENVIRONMENT).to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    report.print_text(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}

/// A section of words with their explanations.
fn terms_section(title: &str, terms: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, text) in terms {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
    roff
}

/// Every command and verb with what it takes; options of all commands stand above already.
fn commands_section(root: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in root.get_subcommands().filter(|command| is_listed(command)) {
        describe_command(&mut roff, "acrotask", command);
    }
    roff
}

fn is_listed(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

fn describe_command(roff: &mut Roff, before: &str, command: &Command) {
    let name = format!("{before} {}", command.get_name());
    let verbs: Vec<&Command> = command
        .get_subcommands()
        .filter(|verb| is_listed(verb))
        .collect();
    roff.control("SS", [name.as_str()]);
    if let Some(about) = command.get_about() {
        roff.text([roman(about.to_string())]);
    }
    for verb in &verbs {
        describe_command(roff, &name, verb);
    }
    let own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set() && is_not_help(arg);
    for arg in command.get_arguments().filter(own) {
        roff.control("TP", []);
        roff.text([bold(flag_names(arg)), roman(" "), italic(value_names(arg))]);
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        roff.text([roman(help)]);
    }
}

fn is_not_help(arg: &Arg) -> bool {
    !matches!(arg.get_id().as_str(), "help" | "version")
}

fn flag_names(arg: &Arg) -> String {
    let short = arg.get_short().map(|letter| format!("-{letter}"));
    let long = arg.get_long().map(|word| format!("--{word}"));
    let both: Vec<String> = [short, long].into_iter().flatten().collect();
    both.join(", ")
}

fn value_names(arg: &Arg) -> String {
    let takes = arg.get_action().takes_values();
    let names = arg.get_value_names().filter(|_| takes).unwrap_or_default();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.join(" ")
}
