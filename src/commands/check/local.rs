//! What can be checked without a connection: configuration, secrets, state file, hooks.

use std::path::Path;

use anyhow::Result;

use super::findings::CheckFindings;
use super::{fix_in_config, problem_line};
use crate::cli::Cli;
use crate::config::{self, Env, Problem, Problems};
use crate::exit::{Exit, UsageError};
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
pub(super) fn open_session(
    cli: &Cli,
    report: Report,
    env: Env,
    findings: &mut CheckFindings,
) -> Result<Option<Session>> {
    let path = config::find_file(cli.config.clone(), &env)?;
    let loaded = match config::load_file(&path) {
        Ok(loaded) => loaded,
        Err(Problems(problems)) => {
            for problem in &problems {
                add_config_problem(problem, "correct", findings);
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
    findings.add_ok(CONFIG, "file", found);
    for warning in &loaded.warnings {
        findings.add_warning(CONFIG, &warning.key, problem_line(warning), "");
    }
    Session::with_config(path, loaded.config, cli, report, env).map(Some)
}

/// A problem with what to do about it, in words that its place in the file ends.
fn add_config_problem(problem: &Problem, cure: &str, findings: &mut CheckFindings) {
    let subject = if problem.key.is_empty() {
        "file"
    } else {
        &problem.key
    };
    let mend = match problem.line {
        Some(line) => format!("{cure} {}, line {line}", problem.file.display()),
        None => format!("{cure} {}", problem.file.display()),
    };
    findings.add_missing(Exit::Usage, CONFIG, subject, &problem.what, mend);
}

/// Secrets, state file and hooks; hands back the state file, where one can be read.
pub(super) fn check_local(session: &Session, findings: &mut CheckFindings) -> Option<State> {
    let opened = session.state_file();
    check_secrets(session, findings);
    check_time_zone(session, &opened, findings);
    check_state_file(session, &opened, findings);
    check_hooks(session, findings);
    opened.ok().flatten()
}

fn check_secrets(session: &Session, findings: &mut CheckFindings) {
    match session.read_secrets() {
        Ok(secrets) if secrets.warnings.is_empty() => {
            findings.add_ok(CONFIG, "secrets", "all can be read");
        }
        Ok(secrets) => {
            for warning in &secrets.warnings {
                findings.add_warning(CONFIG, &warning.key, problem_line(warning), "");
            }
        }
        Err(error) => match error.downcast_ref::<Problems>() {
            Some(Problems(problems)) => {
                for problem in problems {
                    add_config_problem(problem, "provide the secret named in", findings);
                }
            }
            None => findings.add_failed(CONFIG, "secrets", &error),
        },
    }
}

/// What "today" means, and where that comes from.
fn check_time_zone(
    session: &Session,
    opened: &Result<Option<State>>,
    findings: &mut CheckFindings,
) {
    let (name, today) = (session.zone.display_name(session.now), session.today);
    let subject = "time_zone";
    if session.zone.configured {
        let found = format!("{name}, as configured; today is {today}");
        return findings.add_ok(CONFIG, subject, found);
    }
    let source = format!("{name}, this machine's (time_zone is not set); today is {today}");
    let kept = match opened {
        Ok(Some(state)) => state.time_zone(),
        Ok(None) => Ok(None),
        // The finding about the state file says why.
        Err(_) => return findings.add_ok(CONFIG, subject, source),
    };
    match kept {
        Ok(None) => findings.add_ok(
            CONFIG,
            subject,
            format!("{source}; the first run that writes stores it"),
        ),
        Ok(Some(kept)) => match session.zone.ensure_same_rules(&kept, session.now) {
            Ok(()) => findings.add_ok(
                CONFIG,
                subject,
                format!("{source}; earlier runs used {kept}"),
            ),
            Err(UsageError(text)) => {
                let set = fix_in_config("time_zone");
                findings.add_missing(Exit::Usage, CONFIG, subject, text, set);
            }
        },
        // The finding about the state file says why.
        Err(_) => findings.add_ok(CONFIG, subject, source),
    }
}

fn check_state_file(
    session: &Session,
    opened: &Result<Option<State>>,
    findings: &mut CheckFindings,
) {
    let path = &session.state_path;
    let shown = path.display();
    let state = match opened {
        Ok(Some(state)) => state,
        Ok(None) if can_create_file(path) => {
            return findings.add_ok(STATE, "file", format!("{shown}: the first run creates it"));
        }
        Ok(None) => {
            let found = format!("{shown}: its folder is not writable");
            return findings.add_missing(
                Exit::Usage,
                STATE,
                "file",
                found,
                fix_in_config("state.path"),
            );
        }
        Err(error) => return findings.add_failed(STATE, "file", error),
    };
    match state.integrity_check() {
        Ok(wrong) if wrong.is_empty() => {
            findings.add_ok(STATE, "file", format!("{shown}: integrity check passed"));
        }
        Ok(wrong) => findings.add_missing(
            Exit::Failed,
            STATE,
            "file",
            format!("{shown}: {}", wrong.join("; ")),
            "restore the last backup (docs/operations.md)",
        ),
        Err(error) => findings.add_failed(STATE, "file", &error),
    }
}

/// Whether the nearest folder that is there could take a new one or a file. Permissions of root
/// and of read-only file systems are not told apart from others; the first run tells then.
fn can_create_file(path: &Path) -> bool {
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

fn check_hooks(session: &Session, findings: &mut CheckFindings) {
    for command in &session.config.hooks.on_change {
        let Some(program) = command.first() else {
            continue;
        };
        let lost = program.contains('/') && !Path::new(program).exists();
        if lost {
            findings.add_warning(
                CONFIG,
                "hooks.on_change",
                format!("program {program} not found"),
                fix_in_config("hooks.on_change"),
            );
        }
    }
}
