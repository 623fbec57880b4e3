//! What every writing command does the same way: lock, state, show, gate, ask, apply, report.

use std::fmt;
use std::sync::atomic::Ordering;

use anyhow::Result;

use super::pending::{self, Pending, Telling};
use super::{RunScope, Session};
use crate::apply::{Context, Executor, Tally, apply};
use crate::cli::WriteArgs;
use crate::exit::{self, Exit, Usage};
use crate::plan::{Action, Approved, Consent, Plan};
use crate::report::{PlanView, RequestCounts, ResultRow, RunReport};
use crate::state::State;
use crate::state::lock::Lock;
use crate::state::runs::{RunEnd, RunStart};

/// When a person is asked before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// On a terminal only; elsewhere the gate is the bound.
    OnTerminal,
    /// Always: without a terminal `--yes` or `--expect-plan` is required.
    Always,
}

/// One run of a writing command.
pub(crate) struct Writing<'s> {
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
}

/// What an executor is built around.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applying<'a> {
    pub(crate) session: &'a Session,
    pub(crate) state: &'a State,
}

impl fmt::Debug for Writing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Runs a writing command from the lock to the report. `body` gathers, plans, and hands its
    /// plan to [`Writing::carry_out`].
    ///
    /// # Errors
    /// Whatever `body` fails with, after the run was recorded and its JSON document printed.
    pub(crate) fn writing(
        &self,
        command: &'static str,
        args: &WriteArgs,
        body: impl FnOnce(&mut Writing<'_>) -> Result<Exit>,
    ) -> Result<Exit> {
        let report = RunReport {
            run: self.run.to_string(),
            command,
            dry_run: args.dry_run,
            plan: None,
            results: Vec::new(),
            held: Vec::new(),
            requests: RequestCounts::default(),
            error: None,
        };
        let opened = self.open_state(args.dry_run);
        let (state, lock) = match opened {
            Ok(opened) => opened,
            Err(error) => return Err(self.ended_early(report, error)),
        };
        let mut writing = Writing {
            session: self,
            state,
            args,
            report,
            lock,
            run_scope: None,
            pending: None,
        };
        let end = writing.begin().and_then(|()| body(&mut writing));
        writing.end(end)
    }

    fn open_state(&self, dry_run: bool) -> Result<(State, Option<Lock>)> {
        if dry_run {
            let state = self.existing_state()?;
            self.zone_agrees(&state)?;
            return Ok((state, None));
        }
        let lock = self.lock()?;
        let state = State::open(&self.state_path, self.now)?;
        self.zone_agrees(&state)?;
        self.keep_zone(&state)?;
        Ok((state, Some(lock)))
    }

    fn ended_early(&self, mut report: RunReport, error: anyhow::Error) -> anyhow::Error {
        report.error = Some(format!("{error:#}"));
        self.report.run(&report);
        let exit = exit::explain(&error).0;
        // Another run is going on and will tell its own end.
        if !report.dry_run && exit != Exit::Busy {
            self.after_run(&report, exit);
        }
        error
    }
}

impl Writing<'_> {
    pub(crate) fn dry_run(&self) -> bool {
        self.args.dry_run
    }

    fn begin(&self) -> Result<()> {
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
        self.session.ping_start(&self.report);
        Ok(())
    }

    fn end(mut self, end: Result<Exit>) -> Result<Exit> {
        self.report.requests = self.session.requests();
        let exit = match &end {
            Ok(exit) => *exit,
            Err(error) => {
                self.report.error = Some(format!("{error:#}"));
                exit::explain(error).0
            }
        };
        self.session.report.run(&self.report);
        if !self.args.dry_run {
            let kept = self.keep_pending();
            let finished = self
                .state
                .finish_run(&self.session.run, &self.run_end(exit));
            // What the hooks start may want to run acrotask itself.
            drop(self.lock.take());
            self.session.after_run(&self.report, exit);
            kept?;
            finished?;
        }
        end
    }

    fn run_end(&self, exit: Exit) -> RunEnd {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let counts = ["done", "failed", "uncertain", "skipped"]
            .map(|word| (word.to_owned(), number(self.report.count(word))));
        let requests = [
            ("acronis", self.report.requests.acronis),
            ("autotask", self.report.requests.autotask),
        ]
        .map(|(side, count)| (side.to_owned(), i64::try_from(count).unwrap_or(i64::MAX)));
        RunEnd {
            ended_at: self.session.stamp(),
            exit_code: i32::from(exit.code()),
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
        ask: Ask,
        execute: impl FnOnce(
            &Applying<'_>,
            &Consent,
            &dyn Fn(&dyn Executor<A>) -> Tally,
        ) -> Result<Tally>,
    ) -> Result<Exit> {
        let command = plan.command();
        let known = self.known(command)?;
        let rest = pending::without_dismissed(plan, &known);
        let plan = rest.as_ref().unwrap_or(plan);
        let does_the_rest = !self.args.dry_run && self.args.expect_plan.is_none();
        let mut view = PlanView::of(plan, does_the_rest);
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
        self.report.held = pending.held(view.approval());
        self.report.plan = Some(view);
        let Some(approved) = approved else {
            return Ok(self.previewed(plan, &pending));
        };
        if telling != Telling::ByHand {
            self.pending = Some(pending);
        }
        let approved = approved?;
        let refused = approved.is_refused() && refuses_anew;
        if approved.lines().is_empty() {
            return Ok(ended(refused, &Tally::default(), false));
        }
        self.agreed(&approved, ask)?;
        let tally = self.applied(&approved, command, execute)?;
        let interrupted = self.session.interrupt.load(Ordering::Relaxed);
        let exit = ended(refused, &tally, interrupted);
        // Everything else was looked at and dealt with.
        let tells_refused = self.pending.as_ref().is_some_and(Pending::tells_refused);
        Ok(if exit == Exit::Failed && tells_refused {
            Exit::Partly
        } else {
            exit
        })
    }

    fn applied<A: Action + Sync>(
        &mut self,
        approved: &Approved<A>,
        command: &'static str,
        execute: impl FnOnce(
            &Applying<'_>,
            &Consent,
            &dyn Fn(&dyn Executor<A>) -> Tally,
        ) -> Result<Tally>,
    ) -> Result<Tally> {
        let context = Context {
            run: &self.session.run,
            command,
            now: &|| self.session.stamp(),
            state: &self.state,
            report: &self.session.report,
            interrupt: &self.session.interrupt,
        };
        let applying = Applying {
            session: self.session,
            state: &self.state,
        };
        let mut tally = execute(&applying, approved.consent(), &|executor| {
            apply(approved, &context, executor)
        })?;
        if let Some(pending) = &mut self.pending {
            pending.hold_refused(&mut tally.rows);
            let view = self.report.plan.as_ref();
            self.report.held = pending.held(view.and_then(PlanView::approval));
        }
        let told = tally.rows.iter().any(|row| !row.held);
        if let Some(advice) = tally
            .first_error
            .as_ref()
            .filter(|_| told)
            .and_then(|error| exit::explain(error).1)
        {
            self.session.report.say(advice);
        }
        self.report.results.clone_from(&tally.rows);
        Ok(tally)
    }

    fn previewed<A: Action>(&self, plan: &Plan<A>, pending: &Pending) -> Exit {
        if !plan.refusals().is_empty() || pending.tells_refused() {
            return Exit::Refused;
        }
        if self.args.detailed_exitcode && !plan.is_empty() {
            return Exit::Changes;
        }
        Exit::Done
    }

    fn agreed<A>(&self, approved: &Approved<A>, ask: Ask) -> Result<()> {
        if self.args.yes || self.args.expect_plan.is_some() {
            return Ok(());
        }
        let count = approved.lines().len();
        let question = format!("Carry out these {count} changes?");
        match (self.session.report.confirm(&question), ask) {
            (Some(true), _) | (None, Ask::OnTerminal) => Ok(()),
            (Some(false), _) => Err(Usage("not confirmed; nothing was written".to_owned()).into()),
            (None, Ask::Always) => Err(Usage(
                "this asks for confirmation and there is no terminal: add --yes; nothing was written"
                    .to_owned(),
            )
            .into()),
        }
    }
}

/// The exit code of a run that applied something or found everything held back. What is held as it
/// was reported before is no failure.
fn ended(is_refused: bool, tally: &Tally, interrupted: bool) -> Exit {
    let rows: Vec<&ResultRow> = tally.rows.iter().filter(|row| !row.held).collect();
    let count = |word: &str| {
        let rows = rows.iter();
        rows.filter(|row| row.outcome.as_str() == word).count()
    };
    let (done, uncertain) = (count("done"), count("uncertain"));
    if interrupted {
        return Exit::Interrupted;
    }
    if done == rows.len() {
        return if is_refused {
            Exit::Refused
        } else {
            Exit::Done
        };
    }
    if done > 0 || uncertain > 0 {
        return Exit::Partly;
    }
    tally
        .first_error
        .as_ref()
        .map_or(Exit::Failed, |error| exit::explain(error).0)
}
