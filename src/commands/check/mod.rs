//! `check`: everything that can be wrong before the first run, with how to fix it. Looks at all of
//! it and never stops at the first; writes nothing but which logins are good or refused.

mod accounts;
mod autotask;
mod billing;
mod findings;
mod fix;
mod local;
mod mapping;
mod setup;
mod tickets;

use anyhow::Result;

use crate::cli::{CheckArgs, Cli};
use crate::config::{self, Env};
use crate::exit::Exit;
use crate::report::Report;
use crate::session::Session;
use crate::state::State;
use findings::CheckFindings;

pub(super) fn run(cli: &Cli, args: &CheckArgs, report: Report, env: Env) -> Result<Exit> {
    if args.fix {
        let session = Session::open_session(cli, report, env)?;
        session.try_refused_logins();
        return fix::run_fix(&session, &args.write);
    }
    let mut findings = CheckFindings::default();
    if let Some(session) = local::open_session(cli, report.clone(), env, &mut findings)? {
        let file = local::check_local(&session, &mut findings);
        if !args.offline {
            // A person asks: also those logins are tried that were refused before.
            session.try_refused_logins();
            check_services(&session, file.as_ref(), &mut findings)?;
            setup::check_setup(&session, file.as_ref(), &mut findings);
            if let Err(error) = session.remember_checked_logins(file) {
                session.warn_of_logins(&error);
            }
        }
    }
    let exit = findings.exit_code();
    if cli.quiet {
        findings.retain_problems();
        if findings.is_empty() {
            return Ok(exit);
        }
    }
    report.print_list(&findings.to_list());
    Ok(exit)
}

fn check_services(
    session: &Session,
    file: Option<&State>,
    findings: &mut CheckFindings,
) -> Result<()> {
    // Without all secrets there is nothing to sign in with; they are listed already.
    if session.read_secrets().is_err() {
        return Ok(());
    }
    let empty = State::empty_in_memory()?;
    let state = file.unwrap_or(&empty);
    autotask::check_autotask(session, state, findings);
    let types = accounts::check_accounts(session, findings);
    if session.config.tickets.enabled {
        tickets::check_ticket_rules(session, types.as_ref(), findings);
    }
    // Told once above: what cannot be signed in to cannot be compared with.
    if findings.exit_code() == Exit::Done {
        mapping::check_mapping(session, state, findings);
        setup::check_contracts(session, state, findings);
        billing::check_billing(session, state, findings);
    }
    Ok(())
}

/// What to do about a value that does not fit.
fn fix_in_config(key: &str) -> String {
    format!("change {key} in the configuration")
}

/// A problem without its file and key, which stand beside it.
fn problem_line(problem: &config::Problem) -> String {
    match problem.line {
        Some(line) => format!("line {line}: {}", problem.what),
        None => problem.what.clone(),
    }
}
