//! The only room that prints. Results go to standard output, everything else to standard error.

mod controls;
mod csv;
mod human;
mod json;
mod list;
mod progress;
mod run;
mod toml;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use controls::{escape_controls, escape_json};
pub(crate) use json::run_as_json;
pub(crate) use list::{Column, List};
pub(crate) use progress::{ProgressBars, ProgressStep};
pub(crate) use run::{
    AccountRead, ActionOutcome, BEHIND, HeldItem, PlanView, RemarkNovelty, RequestCounts,
    ResultRow, RunReport,
};

pub(crate) use toml::{quote_toml, write_tables};

use crate::plan::Remark;

/// The form of the result on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
}

/// Where a command says what it found and did.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    format: Format,
    quiet: bool,
    bars: ProgressBars,
    /// Several accounts are configured, so that what is about one names it.
    several: bool,
    /// Set when a result could not be written; shared by all copies.
    lost: Arc<AtomicBool>,
}

impl Report {
    pub(crate) fn new(format: Format, quiet: bool, bars: ProgressBars) -> Self {
        Self {
            format,
            quiet,
            bars,
            several: false,
            lost: Arc::default(),
        }
    }

    /// The same of a configuration with so many accounts.
    pub(crate) fn of_accounts(self, count: usize) -> Self {
        Self {
            several: count > 1,
            ..self
        }
    }

    /// Whether a result could not be written, as on a full disk. A reader that went away does not
    /// count.
    pub(crate) fn lost_output(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// A step that may take long; shown on a terminal once it takes more than a second.
    pub(crate) fn start_step(&self, what: &str) -> ProgressStep {
        self.bars.start_step(what, None)
    }

    /// A step of known length.
    pub(crate) fn step_of(&self, what: &str, total: usize) -> ProgressStep {
        self.bars.start_step(what, Some(total))
    }

    /// A sentence about the journey, on standard error; not when quiet.
    pub(crate) fn print_progress(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(text);
        }
    }

    /// Something that the reader has to know, on standard error even when quiet.
    pub(crate) fn print_warning(&self, text: &str) {
        self.to_stderr(&format!("warning: {text}"));
    }

    /// A warning that is a note of a listing.
    pub(crate) fn warn_of(&self, note: &Remark) {
        self.print_warning(&human::describe_remark(note, self.several));
    }

    /// The sentence that ends a failed command.
    pub(crate) fn print_failure(&self, error: &anyhow::Error, advice: Option<&str>) {
        self.to_stderr(&format!("error: {error:#}"));
        if let Some(advice) = advice {
            self.to_stderr(advice);
        }
    }

    /// What a run that goes on without it could not read, even when quiet.
    pub(crate) fn print_unread(&self, texts: &[String], advice: Option<&str>) {
        for text in texts {
            self.to_stderr(&format!("error: {text}"));
        }
        if let Some(advice) = advice {
            self.to_stderr(advice);
        }
    }

    /// What a reader always has to see beside a result, on standard error even when quiet.
    pub(crate) fn print_always(&self, text: &str) {
        self.to_stderr(text);
    }

    /// A plan as it is shown before anything is asked or done. JSON and CSV show it with the result.
    pub(crate) fn plan(&self, plan: &PlanView) {
        match self.format {
            Format::Table if self.quiet && plan.is_quiet() => {}
            Format::Table => self.to_stdout(&human::plan(plan, self.quiet, self.several)),
            Format::Json | Format::Csv => {}
        }
    }

    /// The end of a writing command.
    pub(crate) fn run(&self, run: &RunReport) {
        match self.format {
            Format::Table if self.quiet && run.is_quiet() => {}
            Format::Table => self.to_stdout(&human::write_results(run, self.quiet)),
            Format::Json => self.to_stdout(&run_as_json(run)),
            Format::Csv => self.to_stdout(&csv::run_as_csv(run)),
        }
    }

    /// The result of a listing command.
    pub(crate) fn print_list(&self, list: &List) {
        match self.format {
            Format::Table => self.to_stdout(&human::list_as_table(list)),
            Format::Json => self.to_stdout(&json::list_as_json(list)),
            Format::Csv => self.to_stdout(&csv::list_as_csv(list)),
        }
    }

    /// The same where rows hold much: people get one block for each row.
    pub(crate) fn print_cards(&self, list: &List) {
        match self.format {
            Format::Table => self.to_stdout(&human::list_as_cards(list)),
            Format::Json => self.to_stdout(&json::list_as_json(list)),
            Format::Csv => self.to_stdout(&csv::list_as_csv(list)),
        }
    }

    /// A text that is itself the result: a script, a manual page, an export.
    pub(crate) fn print_text(&self, text: &str) {
        self.to_stdout(text);
    }

    /// Asks on the terminal; `None` when there is nobody to ask.
    pub(crate) fn confirm(&self, question: &str) -> Option<bool> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        let answer = inquire::Confirm::new(&controls::escape_controls(question))
            .with_default(false)
            .prompt();
        Some(answer.unwrap_or(false))
    }

    /// Lets a person pick one of several things by their lines, typing to filter; `None` when there
    /// is nobody to ask, nothing to pick, or nothing was picked.
    pub(crate) fn pick_one<T: Copy>(
        &self,
        question: &str,
        those: &[T],
        line: impl Fn(T) -> String,
    ) -> Option<T> {
        if those.is_empty() || !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        let lines = those
            .iter()
            .map(|one| controls::escape_controls(&line(*one)))
            .collect();
        let picked = inquire::Select::new(question, lines).raw_prompt().ok()?;
        those.get(picked.index).copied()
    }

    /// A reader that went away (`| head`) ends the output, not the run.
    fn to_stdout(&self, text: &str) {
        self.bars.suspend_while(|| {
            let mut out = io::stdout().lock();
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            if let Err(error) = written
                && error.kind() != io::ErrorKind::BrokenPipe
            {
                self.lost.store(true, Ordering::Relaxed);
                self.to_stderr(&format!("error: writing to standard output: {error}"));
            }
        });
    }

    fn to_stderr(&self, text: &str) {
        self.bars.suspend_while(|| {
            // Nothing is left to complain to when standard error itself fails.
            let _ = writeln!(io::stderr().lock(), "{}", controls::escape_lines(text));
        });
    }
}
