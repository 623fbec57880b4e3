//! What can be told without asking anybody: configuration, secrets, state file, hooks.

use std::path::Path;

use anyhow::Result;

use super::findings::Findings;
use super::{in_file, problem_line};
use crate::cli::Cli;
use crate::config::{self, Env, Problem, Problems};
use crate::exit::{Exit, Usage};
use crate::report::Report;
use crate::session::Session;
use crate::state::State;

const CONFIG: &str = "config";
const STATE: &str = "state";

/// Reads the configuration; `None` when that is impossible, which the findings then say line by
/// line.
///
/// # Errors
/// When there is no configuration at all, or `ACROTASK_NOW` is wrong.
pub(super) fn open(
    cli: &Cli,
    report: Report,
    env: Env,
    findings: &mut Findings,
) -> Result<Option<Session>> {
    let path = config::find(cli.config.clone(), &env)?;
    let loaded = match config::load(&path) {
        Ok(loaded) => loaded,
        Err(Problems(problems)) => {
            for problem in &problems {
                refused(problem, "correct", findings);
            }
            return Ok(None);
        }
    };
    let names: Vec<&str> = loaded
        .config
        .acronis
        .iter()
        .map(|account| account.name.as_str())
        .collect();
    let found = format!("{}; accounts: {}", path.display(), names.join(", "));
    findings.ok(CONFIG, "file", found);
    for warning in &loaded.warnings {
        findings.warning(CONFIG, &warning.key, problem_line(warning), "");
    }
    Session::with((path, loaded.config), cli, report, env).map(Some)
}

/// A problem with what to do about it, in words that its place in the file ends.
fn refused(problem: &Problem, cure: &str, findings: &mut Findings) {
    let subject = if problem.key.is_empty() {
        "file"
    } else {
        &problem.key
    };
    let mend = match problem.line {
        Some(line) => format!("{cure} {}, line {line}", problem.file.display()),
        None => format!("{cure} {}", problem.file.display()),
    };
    findings.missing(Exit::Usage, CONFIG, subject, &problem.what, mend);
}

/// Secrets, state file and hooks; hands back the state file, where one can be read.
pub(super) fn look(session: &Session, findings: &mut Findings) -> Option<State> {
    let opened = session.state_file();
    secrets(session, findings);
    time_zone(session, &opened, findings);
    state(session, &opened, findings);
    hooks(session, findings);
    opened.ok().flatten()
}

fn secrets(session: &Session, findings: &mut Findings) {
    match session.secrets() {
        Ok(secrets) if secrets.warnings.is_empty() => {
            findings.ok(CONFIG, "secrets", "all can be read");
        }
        Ok(secrets) => {
            for warning in &secrets.warnings {
                findings.warning(CONFIG, &warning.key, problem_line(warning), "");
            }
        }
        Err(error) => match error.downcast_ref::<Problems>() {
            Some(Problems(problems)) => {
                for problem in problems {
                    refused(problem, "provide the secret, or correct", findings);
                }
            }
            None => findings.failed(CONFIG, "secrets", &error),
        },
    }
}

/// What "today" means, and where that comes from.
fn time_zone(session: &Session, opened: &Result<Option<State>>, findings: &mut Findings) {
    let (name, today) = (session.zone.shown(session.now), session.today);
    let subject = "time_zone";
    if session.zone.configured {
        let found = format!("{name}, as configured; today is {today}");
        return findings.ok(CONFIG, subject, found);
    }
    let source = format!("{name}, this machine's (time_zone is not set); today is {today}");
    let kept = match opened {
        Ok(Some(state)) => state.time_zone(),
        Ok(None) => Ok(None),
        // The finding about the state file says why.
        Err(_) => return findings.ok(CONFIG, subject, source),
    };
    match kept {
        Ok(None) => findings.ok(
            CONFIG,
            subject,
            format!("{source}; the first run that writes stores it"),
        ),
        Ok(Some(kept)) => match session.zone.agrees_with(&kept, session.now) {
            Ok(()) => findings.ok(
                CONFIG,
                subject,
                format!("{source}; earlier runs used {kept}"),
            ),
            Err(Usage(text)) => {
                let set = in_file("time_zone");
                findings.missing(Exit::Usage, CONFIG, subject, text, set);
            }
        },
        // The finding about the state file says why.
        Err(_) => findings.ok(CONFIG, subject, source),
    }
}

fn state(session: &Session, opened: &Result<Option<State>>, findings: &mut Findings) {
    let path = &session.state_path;
    let shown = path.display();
    let state = match opened {
        Ok(Some(state)) => state,
        Ok(None) if can_be_made(path) => {
            return findings.ok(STATE, "file", format!("{shown}: the first run creates it"));
        }
        Ok(None) => {
            let found = format!("{shown}: its folder is not writable");
            return findings.missing(Exit::Usage, STATE, "file", found, in_file("state.path"));
        }
        Err(error) => return findings.failed(STATE, "file", error),
    };
    match state.integrity_check() {
        Ok(wrong) if wrong.is_empty() => {
            findings.ok(STATE, "file", format!("{shown}: integrity check passed"));
        }
        Ok(wrong) => findings.missing(
            Exit::Failed,
            STATE,
            "file",
            format!("{shown}: {}", wrong.join("; ")),
            "restore the last backup (docs/operations.md)",
        ),
        Err(error) => findings.failed(STATE, "file", &error),
    }
}

/// Whether the nearest folder that is there could take a new one or a file. Permissions of root
/// and of read-only file systems are not told apart from others; the first run tells then.
fn can_be_made(path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .find(|folder| folder.as_os_str().is_empty() || folder.exists())
        .is_some_and(|folder| {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            tempfile::tempfile_in(folder).is_ok()
        })
}

fn hooks(session: &Session, findings: &mut Findings) {
    for command in &session.config.hooks.on_change {
        let Some(program) = command.first() else {
            continue;
        };
        let lost = program.contains('/') && !Path::new(program).exists();
        if lost {
            findings.warning(
                CONFIG,
                "hooks.on_change",
                format!("program {program} not found"),
                in_file("hooks.on_change"),
            );
        }
    }
}
