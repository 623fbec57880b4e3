//! What every writing command does the same way: lock, state, show, gate, ask, apply, report.

use std::fmt;
use std::sync::atomic::Ordering;

use anyhow::Result;

use super::outcome::{RunCourse, RunOutcome, WriteCounts};
use super::pending::{self, Pending, Telling};
use super::{RunScope, Session};
use crate::apply::{Context, Executor, Tally, apply_plan};
use crate::cli::WriteArgs;
use crate::exit::{self, Exit, NothingReadError, UsageError};
use crate::plan::{Action, Approved, Consent, Plan};
use crate::report::{PlanView, RequestCounts, ResultRow, RunReport};
use crate::state::State;
use crate::state::lock::Lock;
use crate::state::runs::{RunEnd, RunStart};

/// When a person is asked before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// On a terminal only; elsewhere the gate is the bound.
    OnTerminal,
    /// Always: without a terminal `--yes` or `--expect-plan` is required.
    Always,
}

/// One run of a writing command.
pub(crate) struct WriteRun<'s> {
    pub(crate) session: &'s Session,
    /// Read-only in a dry run.
    pub(crate) state: State,
    args: &'s WriteArgs,
    report: RunReport,
    /// Held until the end; missing in a dry run.
    lock: Option<Lock>,
    /// What the run looks at, once it says so: see `track_pending`.
    pub(super) run_scope: Option<RunScope>,
    /// What it tells, once it has a plan.
    pub(super) pending: Option<Pending>,
    /// How the plan was carried out, once it was.
    course: RunCourse,
    /// Something that was asked for was passed over.
    passed_over: usize,
    /// Why there is nothing to do, for a run that ends without anything planned.
    reasons: Vec<String>,
}

/// What an executor is built around.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ApplyContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) state: &'a State,
}

impl fmt::Debug for WriteRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Runs a writing command from the lock to the report. `body` gathers, plans, and hands its
    /// plan to [`WriteRun::carry_out`].
    ///
    /// # Errors
    /// Whatever `body` fails with, after the run was recorded and its JSON document printed.
    pub(crate) fn run_writing_command(
        &self,
        command: &'static str,
        args: &WriteArgs,
        body: impl FnOnce(&mut WriteRun<'_>) -> Result<Exit>,
    ) -> Result<Exit> {
        let report = RunReport {
            run: self.run.to_string(),
            command,
            dry_run: args.dry_run,
            plan: None,
            results: Vec::new(),
            held: Vec::new(),
            requests: RequestCounts::default(),
            accounts: Vec::new(),
            incomplete: false,
            exit_code: 0,
            success: false,
            error: None,
        };
        let opened = self.open_state(args.dry_run);
        let (state, lock) = match opened {
            Ok(opened) => opened,
            Err(error) => return Err(self.end_early(report, error)),
        };
        let mut writing = WriteRun {
            session: self,
            state,
            args,
            report,
            lock,
            run_scope: None,
            pending: None,
            course: RunCourse::default(),
            passed_over: 0,
            reasons: Vec::new(),
        };
        let end = writing.record_start().and_then(|()| body(&mut writing));
        writing.end_run(end)
    }

    fn open_state(&self, dry_run: bool) -> Result<(State, Option<Lock>)> {
        if dry_run {
            let state = self.existing_state()?;
            self.zone_agrees(&state)?;
            return Ok((state, None));
        }
        let lock = self.take_lock()?;
        let state = State::open_or_create(&self.state_path, self.now)?;
        self.zone_agrees(&state)?;
        self.keep_zone(&state)?;
        Ok((state, Some(lock)))
    }

    fn end_early(&self, mut report: RunReport, error: anyhow::Error) -> anyhow::Error {
        let outcome = RunOutcome::from_failure(exit::explain_error(&error).0);
        report.error = Some(format!("{error:#}"));
        report.exit_code = outcome.exit.code();
        self.report.run(&report);
        if !report.dry_run {
            self.after_run(&report, outcome);
        }
        error
    }
}

impl WriteRun<'_> {
    pub(crate) fn dry_run(&self) -> bool {
        self.args.dry_run
    }

    fn record_start(&self) -> Result<()> {
        if self.args.dry_run {
            return Ok(());
        }
        self.state.start_run(&RunStart {
            id: self.session.run.clone(),
            command: self.report.command.to_owned(),
            started_by: self.session.started_by(),
            dry_run: false,
            started_at: self.session.now,
        })?;
        Ok(())
    }

    /// Takes down that something that was asked for was passed over: the rest is done.
    pub(crate) fn pass_over(&mut self, count: usize) {
        self.passed_over += count;
    }

    /// Takes down what is not mapped: the last lines of a run that has nothing to do because of it.
    pub(crate) fn explain_idleness(&mut self, reasons: Vec<String>) {
        self.reasons = reasons;
    }

    fn say_reasons(&self) {
        let plan = self.report.plan.as_ref();
        if plan.is_some_and(|plan| plan.lines.is_empty()) {
            for reason in &self.reasons {
                self.session.report.print_progress(reason);
            }
        }
    }

    /// All that decides how the run ended, as far as it went.
    fn summarize_course(&self) -> RunCourse {
        let read = self.session.lock_coverage().as_course();
        RunCourse {
            read: read.read,
            unread: read.unread,
            gaps: read.gaps + self.passed_over,
            ..self.course.clone()
        }
    }

    /// One rule for all commands. What `body` says beyond it counts, too.
    fn decide_outcome(&self, end: &Result<Exit>) -> RunOutcome {
        let outcome = self.summarize_course().decide_outcome();
        match end {
            Err(error) => RunOutcome::from_failure(exit::explain_error(error).0),
            Ok(exit) if outcome.exit == Exit::Done && *exit != Exit::Done => {
                RunOutcome::from_failure(*exit)
            }
            Ok(_) => outcome,
        }
    }

    fn end_run(mut self, end: Result<Exit>) -> Result<Exit> {
        let outcome = self.decide_outcome(&end);
        let nothing_read = matches!(&end, Err(error) if error.is::<NothingReadError>());
        if !nothing_read {
            self.session.say_unread();
        }
        self.report.requests = self.session.count_requests();
        self.report.accounts = self.session.accounts_seen();
        self.report.incomplete = self.session.unread_text().is_some();
        self.report.exit_code = outcome.exit.code();
        self.report.success = outcome.success;
        self.report.error = match &end {
            Ok(_) => self.session.unread_text(),
            Err(error) => Some(format!("{error:#}")),
        };
        self.session.report.run(&self.report);
        self.say_reasons();
        if !self.args.dry_run {
            let told = self.keep_pending();
            let logins = self.session.remember_logins(&self.state);
            let kept = self.keep_run(outcome).and(logins);
            // What the hooks start may want to run acrotask itself.
            drop(self.lock.take());
            self.session.after_run(&self.report, outcome);
            told?;
            kept?;
        }
        end.map(|_| outcome.exit)
    }

    /// A mistake on the command line or in the configuration is no run, unless it wrote something
    /// down.
    fn keep_run(&self, outcome: RunOutcome) -> Result<()> {
        let run = &self.session.run;
        if outcome.exit == Exit::Usage && self.state.forget_run(run)? {
            return Ok(());
        }
        self.state.finish_run(run, &self.run_end(outcome))
    }

    fn run_end(&self, outcome: RunOutcome) -> RunEnd {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let counts = ["done", "failed", "uncertain", "skipped"]
            .map(|word| (word.to_owned(), number(self.report.count_outcome(word))));
        let requests = [
            ("acronis", self.report.requests.acronis),
            ("autotask", self.report.requests.autotask),
        ]
        .map(|(side, count)| (side.to_owned(), i64::try_from(count).unwrap_or(i64::MAX)));
        RunEnd {
            ended_at: self.session.stamp_time(),
            exit_code: i32::from(outcome.exit.code()),
            success: outcome.success,
            counts: counts.into(),
            requests: requests.into(),
            error: self.report.error.clone(),
        }
    }

    /// Shows the plan, passes it through the gate, asks where there is somebody to ask, and
    /// carries it out: `execute` builds its executor around the consent and hands it to the
    /// function it is given.
    ///
    /// # Errors
    /// When the gate or the person says no. What fails while applying is in the report and in the
    /// exit code, not an error.
    pub(crate) fn carry_out<A: Action + Sync>(
        &mut self,
        plan: &Plan<A>,
        ask: Confirmation,
        execute: impl FnOnce(
            &ApplyContext<'_>,
            &Consent,
            &dyn Fn(&dyn Executor<A>) -> Tally,
        ) -> Result<Tally>,
    ) -> Result<Exit> {
        self.session.ensure_something_read()?;
        let command = plan.command_name();
        let known = self.known(command)?;
        let rest = pending::without_dismissed(plan, &known);
        let plan = rest.as_ref().unwrap_or(plan);
        let does_the_rest = !self.args.dry_run && self.args.expect_plan.is_none();
        let mut view = PlanView::from_plan(plan, does_the_rest);
        let scope = self.run_scope.clone();
        let telling = match scope {
            None => Telling::ByHand,
            Some(_) if does_the_rest => Telling::Once,
            Some(_) => Telling::InFull,
        };
        let mut pending = Pending::find(plan, scope.unwrap_or_default(), known);
        pending.suppress_reported(&mut view, telling);
        self.session.report.plan(&view);
        let expected = self.args.expect_plan.as_deref();
        let approved = (!self.args.dry_run).then(|| plan.approve(expected));
        pending.approved = expected.is_some() && matches!(approved, Some(Ok(_)));
        let refuses_anew = view.refuses_anew();
        self.report.held = pending.held(view.approving_digest());
        self.report.plan = Some(view);
        let Some(approved) = approved else {
            self.course.held = !plan.refusals().is_empty() || pending.tells_refused();
            self.course.changes = self.args.detailed_exitcode && !plan.is_empty();
            return Ok(self.summarize_course().decide_outcome().exit);
        };
        if telling != Telling::ByHand {
            self.pending = Some(pending);
        }
        let approved = approved?;
        self.course.held = approved.is_refused() && refuses_anew;
        if approved.lines().is_empty() {
            return Ok(self.summarize_course().decide_outcome().exit);
        }
        self.ask_for_consent(&approved, ask)?;
        self.session.ping_start(&self.report);
        let tally = self.apply_approved(&approved, command, execute)?;
        self.course.interrupted = self.session.interrupt.load(Ordering::Relaxed);
        self.course.writes = count_writes(&tally);
        // Everything else was looked at and dealt with.
        let failed = self.course.writes.failure == Some(Exit::Failed);
        if failed && self.pending.as_ref().is_some_and(Pending::tells_refused) {
            self.course.writes.failure = Some(Exit::Partly);
        }
        Ok(self.summarize_course().decide_outcome().exit)
    }

    fn apply_approved<A: Action + Sync>(
        &mut self,
        approved: &Approved<A>,
        command: &'static str,
        execute: impl FnOnce(
            &ApplyContext<'_>,
            &Consent,
            &dyn Fn(&dyn Executor<A>) -> Tally,
        ) -> Result<Tally>,
    ) -> Result<Tally> {
        let context = Context {
            run: &self.session.run,
            command,
            now: &|| self.session.stamp_time(),
            state: &self.state,
            report: &self.session.report,
            interrupt: &self.session.interrupt,
        };
        let applying = ApplyContext {
            session: self.session,
            state: &self.state,
        };
        let mut tally = execute(&applying, approved.consent(), &|executor| {
            apply_plan(approved, &context, executor)
        })?;
        if let Some(pending) = &mut self.pending {
            pending.hold_refused(&mut tally.rows);
            let view = self.report.plan.as_ref();
            self.report.held = pending.held(view.and_then(PlanView::approving_digest));
        }
        let told = tally.rows.iter().any(|row| !row.held);
        if let Some(advice) = tally
            .first_error
            .as_ref()
            .filter(|_| told)
            .and_then(|error| exit::explain_failed_write(error).1)
        {
            self.session.report.print_progress(advice);
        }
        self.report.results.clone_from(&tally.rows);
        Ok(tally)
    }

    fn ask_for_consent<A>(&self, approved: &Approved<A>, ask: Confirmation) -> Result<()> {
        if self.args.yes || self.args.expect_plan.is_some() {
            return Ok(());
        }
        let count = approved.lines().len();
        let changes = if count == 1 { "change" } else { "changes" };
        let question = format!("Apply {count} {changes}?");
        match (self.session.report.confirm(&question), ask) {
            (Some(true), _) | (None, Confirmation::OnTerminal) => Ok(()),
            (Some(false), _) => {
                Err(UsageError("not confirmed; nothing was written".to_owned()).into())
            }
            (None, Confirmation::Always) => Err(UsageError(
                "confirmation needed but there is no terminal; use --yes. Nothing was written"
                    .to_owned(),
            )
            .into()),
        }
    }
}

/// How the approved lines ended. What is held as it was reported before is no failure.
fn count_writes(tally: &Tally) -> WriteCounts {
    let rows: Vec<&ResultRow> = tally.rows.iter().filter(|row| !row.held).collect();
    let count = |word: &str| {
        let ended = rows.iter().map(|row| row.outcome.as_str());
        ended.filter(|outcome| *outcome == word).count()
    };
    let (done, uncertain) = (count("done"), count("uncertain"));
    WriteCounts {
        done,
        uncertain,
        undone: rows.len() - done - uncertain,
        failure: (tally.first_error.as_ref()).map(|error| exit::explain_failed_write(error).0),
        allowance_spent: tally.allowance_spent,
    }
}
