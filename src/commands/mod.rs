//! A subcommand each.

mod age;
mod backup;
mod billing_report;
mod check;
mod completions;
mod dismiss;
mod explain;
mod history;
mod init;
mod known_words;
mod man;
mod map_customer;
mod map_products;
mod provision;
mod status;
mod sync_billing;
mod sync_tickets;

use anyhow::Result;

use crate::cli::{Cli, Command};
use crate::config::Env;
use crate::exit::Exit;
use crate::report::Report;
use crate::session::Session;

/// Runs the command of a command line.
///
/// # Errors
/// Whatever ended it; the exit code is in the error's root.
pub(crate) fn run(cli: &Cli, report: Report, env: Env) -> Result<Exit> {
    match &cli.command {
        Command::Backup { file } => backup::run(&Session::open_session(cli, report, env)?, file),
        Command::Check(args) => check::run(cli, args, report, env),
        Command::Completions { shell } => Ok(completions::run(&report, *shell)),
        Command::Init(args) => init::run(cli, args, &report, &env),
        Command::Man => man::run(&report),
        Command::MapCustomer(verb) => {
            map_customer::run(&Session::open_session(cli, report, env)?, verb)
        }
        Command::MapProducts(verb) => {
            map_products::run(&Session::open_session(cli, report, env)?, verb)
        }
        Command::Explain(args) => explain::run(&Session::open_session(cli, report, env)?, args),
        Command::History(args) => history::run(&Session::open_session(cli, report, env)?, args),
        Command::Provision(args) => provision::run(&Session::open_session(cli, report, env)?, args),
        Command::BillingReport(args) => {
            billing_report::run(&Session::open_session(cli, report, env)?, args)
        }
        Command::Revert(args) => {
            sync_billing::revert_run(&Session::open_session(cli, report, env)?, args)
        }
        Command::Status(args) => status::run(&Session::open_session(cli, report, env)?, args),
        Command::SyncBilling(args) => {
            sync_billing::run(&Session::open_session(cli, report, env)?, args)
        }
        Command::SyncTickets(args) => {
            sync_tickets::run(&Session::open_session(cli, report, env)?, args)
        }
    }
}
