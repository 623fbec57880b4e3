//! Texts about the command line itself, for packagers.

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::report::Report;

/// A completion script on standard output.
pub(super) fn completions(report: &Report, shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "acrotask", &mut script);
    report.text(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// The manual page on standard output, in roff.
pub(super) fn man(report: &Report) -> Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    report.text(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
