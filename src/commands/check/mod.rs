//! `check`: everything that can be wrong before the first run, with how to mend it. Looks at all of
//! it and never stops at the first; writes nothing but which logins are good or refused.

mod accounts;
mod autotask;
mod billing;
mod findings;
mod fix;
mod local;
mod mapping;
mod tickets;

use anyhow::Result;

use crate::cli::{CheckArgs, Cli};
use crate::config::{self, Env};
use crate::exit::Exit;
use crate::report::Report;
use crate::session::Session;
use crate::state::State;
use findings::Findings;

pub(super) fn run(cli: &Cli, args: &CheckArgs, report: Report, env: Env) -> Result<Exit> {
    if args.fix {
        let session = Session::open(cli, report, env)?;
        session.try_refused_logins();
        return fix::run(&session, &args.write);
    }
    let mut findings = Findings::default();
    if let Some(session) = local::open(cli, report.clone(), env, &mut findings)? {
        let file = local::look(&session, &mut findings);
        if !args.offline {
            // A person asks: also those logins are tried that were refused before.
            session.try_refused_logins();
            services(&session, file.as_ref(), &mut findings)?;
            if let Err(error) = session.remember_checked_logins(file) {
                session.warn_of_logins(&error);
            }
        }
    }
    let exit = findings.exit();
    if cli.quiet {
        findings.only_trouble();
        if findings.is_empty() {
            return Ok(exit);
        }
    }
    report.list(&findings.list());
    Ok(exit)
}

fn services(session: &Session, file: Option<&State>, findings: &mut Findings) -> Result<()> {
    // Without all secrets there is nothing to sign in with; they are listed already.
    if session.secrets().is_err() {
        return Ok(());
    }
    let empty = State::empty()?;
    let state = file.unwrap_or(&empty);
    autotask::look(session, state, findings);
    let types = accounts::look(session, findings);
    if session.config.tickets.enabled {
        tickets::rules(session, types.as_ref(), findings);
    }
    // Told once above: what cannot be signed in to cannot be compared with.
    if findings.exit() == Exit::Done {
        mapping::look(session, state, findings);
        billing::look(session, state, findings);
    }
    Ok(())
}

/// What to do about a value that does not fit.
fn in_file(key: &str) -> String {
    format!("change {key} in the configuration")
}

/// A problem without its file and key, which stand beside it.
fn problem_line(problem: &config::Problem) -> String {
    match problem.line {
        Some(line) => format!("line {line}: {}", problem.what),
        None => problem.what.clone(),
    }
}
