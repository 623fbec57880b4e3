//! A subcommand each.

mod completions;
mod map_customer;
mod map_products;
mod provision;
mod sync_billing;

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
        Command::Completions { shell } => Ok(completions::completions(&report, *shell)),
        Command::Man => completions::man(&report),
        Command::MapCustomer(verb) => map_customer::run(&Session::open(cli, report, env)?, verb),
        Command::MapProducts(verb) => map_products::run(&Session::open(cli, report, env)?, verb),
        Command::SyncBilling(args) => sync_billing::run(&Session::open(cli, report, env)?, args),
        Command::Provision(args) => provision::run(&Session::open(cli, report, env)?, args),
        _ => Ok(Exit::Failed),
    }
}
