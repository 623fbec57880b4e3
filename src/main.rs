//! Keeps Acronis Cyber Protect Cloud and Autotask PSA in step for a managed service provider.

mod acronis;
mod apply;
mod autotask;
mod cli;
mod commands;
mod config;
mod domain;
mod exit;
mod gather;
mod http;
mod logging;
mod onboarding;
mod plan;
mod quotas;
mod report;
mod session;
mod state;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let bars = report::ProgressBars::new(cli.quiet);
    logging::start_logging(cli.verbose, cli.quiet, cli.log_format, &bars);
    let env = config::Env::of_process();
    let report = session::build_report(&cli, bars);
    match commands::run(&cli, report.clone(), env) {
        Ok(exit::Exit::Done) if report.lost_output() => exit::Exit::Failed.into(),
        Ok(exit) => exit.into(),
        Err(error) => {
            let (exit, advice) = exit::explain_error(&error);
            report.print_failure(&error, advice);
            exit.into()
        }
    }
}
