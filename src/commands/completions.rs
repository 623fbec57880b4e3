//! A completion script on standard output, for packagers and shells.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::report::Report;

pub(super) fn run(report: &Report, shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "acrotask", &mut script);
    report.print_text(&String::from_utf8_lossy(&script));
    Exit::Done
}
