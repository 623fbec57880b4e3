//! Carries out an approved plan: intend, execute, settle. Lanes run side by side, each in order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use jiff::Timestamp;

use crate::domain::ids::RunId;
use crate::http::{self, Failure, FailureKind};
use crate::plan::{Action, Approved, Description, FieldChange, PlanLine};
use crate::report::{ActionOutcome, BEHIND, Report, ResultRow};
use crate::state::State;
use crate::state::journal::{self, Intent, JournalId};
use crate::state::state_changes::StateChange;

/// How many lanes are worked on at once; the clients' own limits (3 per Autotask entity, 4 per
/// Acronis data centre) bound what really goes out together.
const LANES_MAX: usize = 8;

/// Carries out actions of one command.
pub(crate) trait Executor<A>: Sync {
    /// Commits what is about to be written, before the request leaves. Commands with a ledger of
    /// their own commit its row in the same transaction.
    ///
    /// # Errors
    /// When it could not be committed; nothing is sent then.
    fn intend(
        &self,
        state: &State,
        _action: &A,
        intent: &Intent,
        now: Timestamp,
    ) -> Result<JournalId> {
        state.intend(intent, now)
    }

    /// Does what the actions of one batch say, in one request where there is one. The journal rows
    /// are already written and named by `intents`, in the order of the batch.
    fn execute(&self, batch: &[&A], intents: &[JournalId]) -> BatchEnd;
}

/// How a batch ended, and what is to be remembered in the same transaction as its outcome.
#[derive(Debug)]
pub(crate) struct BatchEnd {
    /// What the service answered, in words; or why it was not done, or why nobody knows
    /// (the effect of [`Failure`] tells which).
    pub(crate) result: Result<String>,
    /// Settled with the first intent of the batch.
    pub(crate) effects: Vec<StateChange>,
}

/// The service took it, but what it did cannot be seen: as uncertain as a lost answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unseen(pub(crate) String);

impl BatchEnd {
    /// The actions of a batch one after the other, up to the first that fails. What the earlier
    /// ones did is remembered.
    pub(crate) fn one_by_one<A>(
        batch: &[&A],
        execute: impl Fn(&A) -> Result<(String, Vec<StateChange>)>,
    ) -> Self {
        let mut answers = Vec::new();
        let mut effects = Vec::new();
        for action in batch {
            match execute(action) {
                Ok((answer, more)) => {
                    answers.push(answer);
                    effects.extend(more);
                }
                Err(error) => {
                    let result = Err(error);
                    return Self { result, effects };
                }
            }
        }
        Self::from_answer(answers.join("; "), effects)
    }

    pub(crate) fn from_answer(answer: String, effects: Vec<StateChange>) -> Self {
        Self {
            result: Ok(answer),
            effects,
        }
    }
}

impl From<Result<String>> for BatchEnd {
    fn from(result: Result<String>) -> Self {
        Self {
            result,
            effects: Vec::new(),
        }
    }
}

/// What the journal needs to know of a run.
pub(crate) struct Context<'a> {
    pub(crate) run: &'a RunId,
    pub(crate) command: &'static str,
    /// The time that rows are stamped with.
    pub(crate) now: &'a (dyn Fn() -> Timestamp + Sync),
    pub(crate) state: &'a State,
    pub(crate) report: &'a Report,
    pub(crate) interrupt: &'a AtomicBool,
}

/// How the lines of a plan ended, and the first error as it was, for exit code and advice.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: Vec<ResultRow>,
    pub(crate) first_error: Option<anyhow::Error>,
    /// The requests or the waiting that the run may use were spent before all was done.
    pub(crate) allowance_spent: bool,
}

/// Carries out every approved line. A failure stops its lane only; lost credentials, a spent
/// budget and an interrupt stop everything that has not begun.
pub(crate) fn apply_plan<A: Action + Sync>(
    approved: &Approved<A>,
    context: &Context<'_>,
    executor: &dyn Executor<A>,
) -> Tally {
    let lanes = split_lanes(approved.lines());
    let step = context.report.step_of(context.command, lanes.len());
    let queue = Mutex::new(lanes.into_iter());
    let tally = Mutex::new(Tally::default());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..LANES_MAX {
            scope.spawn(|| {
                while let Some(lane) = next(&queue) {
                    let work = Work {
                        context,
                        executor,
                        stop: &stop,
                        tally: &tally,
                    };
                    work.run_lane(&lane);
                    step.advance_step();
                }
            });
        }
    });
    let mut tally = tally
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    tally.rows.sort_by_key(|row| row.action);
    tally
}

/// Lines of one lane, in order.
type Lane<'a, A> = Vec<&'a PlanLine<A>>;

fn split_lanes<A: Action>(lines: &[PlanLine<A>]) -> Vec<Lane<'_, A>> {
    let mut lanes: BTreeMap<String, Lane<'_, A>> = BTreeMap::new();
    for line in lines {
        lanes.entry(line.action.lane()).or_default().push(line);
    }
    lanes.into_values().collect()
}

fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    queue
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .next()
}

struct Work<'a, A> {
    context: &'a Context<'a>,
    executor: &'a dyn Executor<A>,
    stop: &'a AtomicBool,
    tally: &'a Mutex<Tally>,
}

impl<A: Action> Work<'_, A> {
    fn run_lane(&self, lane: &Lane<'_, A>) {
        let mut broken: Option<String> = None;
        for batch in split_batches(lane) {
            let why = broken.clone().or_else(|| self.why_stop());
            let outcome = match why {
                Some(why) => ActionOutcome::Skipped { why },
                None => self.run_batch(batch),
            };
            if broken.is_none() && outcome.error_text().is_some() {
                broken = Some(BEHIND.to_owned());
            }
            self.add_rows(batch, &outcome);
        }
    }

    fn why_stop(&self) -> Option<String> {
        if self.context.interrupt.load(Ordering::Relaxed) {
            return Some("interrupted".to_owned());
        }
        self.stop
            .load(Ordering::Relaxed)
            .then(|| "the run was stopped by an earlier failure".to_owned())
    }

    fn run_batch(&self, batch: &[&PlanLine<A>]) -> ActionOutcome {
        let actions: Vec<&A> = batch.iter().map(|line| &line.action).collect();
        let outcome = self.carry_out(&actions);
        let ([action], ActionOutcome::Done { answer }) = (actions.as_slice(), &outcome) else {
            return outcome;
        };
        let Some(next) = action.follow_up() else {
            return outcome;
        };
        let after = self.carry_out(&[&next]);
        if let ActionOutcome::Done { answer: more } = &after {
            let answer = format!("{answer}, {more}");
            return ActionOutcome::Done { answer };
        }
        after
    }

    fn carry_out(&self, actions: &[&A]) -> ActionOutcome {
        let intents = match self.record_intents(actions) {
            Ok(intents) => intents,
            Err(error) => return self.outcome_of(Err(error)),
        };
        let BatchEnd { result, effects } = self.executor.execute(actions, &intents);
        let mut outcome = self.outcome_of(result);
        for (at, intent) in intents.into_iter().enumerate() {
            let effects = if at == 0 { effects.as_slice() } else { &[] };
            if let Err(error) = self.settle_intent(intent, &outcome, effects) {
                // The intent stays open and the next run looks before it writes.
                let text = format!("the result could not be saved: {error:#}");
                self.context.report.print_warning(&text);
                self.stop.store(true, Ordering::Relaxed);
                outcome = ActionOutcome::Uncertain { error: text };
            }
        }
        outcome
    }

    fn record_intents(&self, actions: &[&A]) -> Result<Vec<JournalId>> {
        let record = |action: &&A| {
            let follow_up = action.follow_up().map(|next| self.intent_of(&next, None));
            let intent = self.intent_of(action, follow_up);
            let (state, now) = (self.context.state, (self.context.now)());
            self.executor.intend(state, action, &intent, now)
        };
        actions.iter().map(record).collect()
    }

    fn intent_of(&self, action: &A, follow_up: Option<Intent>) -> Intent {
        let description = action.describe();
        Intent {
            run: self.context.run.clone(),
            command: self.context.command.to_owned(),
            action: action.to_journal(),
            kind: description.kind.to_string(),
            payload: journal_payload(&description),
            subject: description.subject,
            account: description.account,
            company: description.company.map(|company| company.id),
            follow_up: follow_up.map(Box::new),
        }
    }

    fn settle_intent(
        &self,
        intent: JournalId,
        outcome: &ActionOutcome,
        effects: &[StateChange],
    ) -> Result<()> {
        let settled = match outcome {
            ActionOutcome::Done { answer } => journal::Outcome::Done {
                answer: answer.clone(),
            },
            ActionOutcome::Failed { error, .. } => journal::Outcome::Failed {
                error: error.clone(),
            },
            ActionOutcome::Uncertain { error } => journal::Outcome::Uncertain {
                error: error.clone(),
            },
            ActionOutcome::Skipped { why } => journal::Outcome::Failed { error: why.clone() },
        };
        self.context
            .state
            .settle_with(intent, &settled, effects, (self.context.now)())
    }

    fn outcome_of(&self, end: Result<String>) -> ActionOutcome {
        let error = match end {
            Ok(answer) => return ActionOutcome::Done { answer },
            Err(error) => error,
        };
        let text = format!("{error:#}");
        let failure = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Failure>());
        if failure.is_some_and(|failure| stops_all(failure.kind)) {
            self.stop.store(true, Ordering::Relaxed);
        }
        let uncertain = failure.is_some_and(|failure| failure.effect == http::Effect::Unknown)
            || error.chain().any(|cause| cause.is::<Unseen>());
        // Stopped while it waited for its turn, or after the service had said "later" too often: it
        // never left.
        let unsent = failure.is_some_and(|failure| {
            let (kind, attempts) = (failure.kind, failure.attempts);
            kind == FailureKind::Interrupted || (kind == FailureKind::WaitSpent && attempts == 0)
        });
        let refused = failure.is_some_and(|failure| failure.kind == FailureKind::Rejected);
        let spent = failure.is_some_and(|failure| {
            matches!(
                failure.kind,
                FailureKind::BudgetSpent | FailureKind::WaitSpent
            )
        });
        let mut tally = self.lock_tally();
        tally.allowance_spent |= spent;
        tally.first_error.get_or_insert(error);
        drop(tally);
        if uncertain {
            ActionOutcome::Uncertain { error: text }
        } else if unsent {
            ActionOutcome::Skipped { why: text }
        } else {
            ActionOutcome::Failed {
                error: text,
                refused,
            }
        }
    }

    fn add_rows(&self, batch: &[&PlanLine<A>], outcome: &ActionOutcome) {
        let rows = batch.iter().map(|line| ResultRow {
            action: line.position,
            description: line.description.clone(),
            outcome: outcome.clone(),
            held: false,
        });
        self.lock_tally().rows.extend(rows);
    }

    fn lock_tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Neighbours of the same batch together, everything else alone.
fn split_batches<'a, 'b, A: Action>(
    lane: &'b [&'a PlanLine<A>],
) -> impl Iterator<Item = &'b [&'a PlanLine<A>]> {
    lane.chunk_by(|a, b| {
        a.action
            .batch()
            .is_some_and(|batch| Some(batch) == b.action.batch())
    })
}

/// After these nothing else has a chance, and trying again may lock the API user (autotask.md §1).
fn stops_all(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Unauthorized | FailureKind::BudgetSpent | FailureKind::Interrupted
    )
}

/// Before and after as the journal keeps them: as people read them, and exactly, because what an
/// amount is shown in may change before it is looked at again.
fn journal_payload(description: &Description) -> serde_json::Value {
    let side = |pick: fn(&FieldChange) -> serde_json::Value| {
        let changes = description.changes.iter();
        changes
            .map(|change| (change.field.to_owned(), pick(change)))
            .collect::<serde_json::Map<_, _>>()
    };
    serde_json::json!({
        "before": side(|change| serde_json::json!(change.before)),
        "after": side(|change| serde_json::json!(change.after)),
        "exact": {
            "before": side(|change| change.before.exact_json()),
            "after": side(|change| change.after.exact_json()),
        },
        "because": description.because,
    })
}

#[cfg(test)]
mod tests;
