//! Carries out an approved plan: intend, execute, settle. Lanes run side by side, each in order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use jiff::Timestamp;

use crate::domain::ids::RunId;
use crate::http::{self, Failure, Kind};
use crate::plan::{Action, Approved, Change, Description, Line};
use crate::report::{BEHIND, Outcome, Report, ResultRow};
use crate::state::State;
use crate::state::effects::Effect;
use crate::state::journal::{self, Intent, JournalId};

/// How many lanes are worked on at once; the clients' own limits (3 per Autotask entity, 4 per
/// Acronis data centre) bound what really goes out together.
const LANES_MAX: usize = 8;

/// Carries out actions of one command.
pub(crate) trait Executor<A>: Sync {
    /// Commits what is about to be written, before the request leaves. Commands with a ledger of
    /// their own commit its row by the same stroke.
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
    fn execute(&self, batch: &[&A], intents: &[JournalId]) -> End;
}

/// How a batch ended, and what is to be remembered by the same stroke as its outcome.
#[derive(Debug)]
pub(crate) struct End {
    /// What the service answered, in words; or why it was not done, or why nobody knows
    /// (the effect of [`Failure`] tells which).
    pub(crate) result: Result<String>,
    /// Settled with the first intent of the batch.
    pub(crate) effects: Vec<Effect>,
}

/// The service took it, but what it did cannot be seen: as uncertain as a lost answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unseen(pub(crate) String);

impl End {
    pub(crate) fn done(answer: String, effects: Vec<Effect>) -> Self {
        Self {
            result: Ok(answer),
            effects,
        }
    }
}

impl From<Result<String>> for End {
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
pub(crate) fn apply<A: Action + Sync>(
    approved: &Approved<A>,
    context: &Context<'_>,
    executor: &dyn Executor<A>,
) -> Tally {
    let lanes = lanes(approved.lines());
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
                    work.lane(&lane);
                    step.tick();
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
type Lane<'a, A> = Vec<&'a Line<A>>;

fn lanes<A: Action>(lines: &[Line<A>]) -> Vec<Lane<'_, A>> {
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
    fn lane(&self, lane: &Lane<'_, A>) {
        let mut broken: Option<String> = None;
        for batch in batches(lane) {
            let why = broken.clone().or_else(|| self.why_stop());
            let outcome = match why {
                Some(why) => Outcome::Skipped { why },
                None => self.batch(batch),
            };
            if broken.is_none() && outcome.error().is_some() {
                broken = Some(BEHIND.to_owned());
            }
            self.note(batch, &outcome);
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

    fn batch(&self, batch: &[&Line<A>]) -> Outcome {
        let intents = match self.intend(batch) {
            Ok(intents) => intents,
            Err(error) => return self.ended(Err(error)),
        };
        let actions: Vec<&A> = batch.iter().map(|line| &line.action).collect();
        let End { result, effects } = self.executor.execute(&actions, &intents);
        let mut outcome = self.ended(result);
        for (at, intent) in intents.into_iter().enumerate() {
            let effects = if at == 0 { effects.as_slice() } else { &[] };
            if let Err(error) = self.settle(intent, &outcome, effects) {
                // The intent stays open and the next run looks before it writes.
                let text = format!("the result could not be saved: {error:#}");
                self.context.report.warn(&text);
                self.stop.store(true, Ordering::Relaxed);
                outcome = Outcome::Uncertain { error: text };
            }
        }
        outcome
    }

    fn intend(&self, batch: &[&Line<A>]) -> Result<Vec<JournalId>> {
        batch
            .iter()
            .map(|line| {
                let description = &line.description;
                let intent = Intent {
                    run: self.context.run.clone(),
                    command: self.context.command.to_owned(),
                    kind: description.kind.to_owned(),
                    subject: description.subject.clone(),
                    action: line.action.to_journal(),
                    account: description.account.clone(),
                    company: description.company.as_ref().map(|party| party.id),
                    payload: payload(description),
                };
                let now = (self.context.now)();
                self.executor
                    .intend(self.context.state, &line.action, &intent, now)
            })
            .collect()
    }

    fn settle(&self, intent: JournalId, outcome: &Outcome, effects: &[Effect]) -> Result<()> {
        let settled = match outcome {
            Outcome::Done { answer } => journal::Outcome::Done {
                answer: answer.clone(),
            },
            Outcome::Failed { error, .. } => journal::Outcome::Failed {
                error: error.clone(),
            },
            Outcome::Uncertain { error } => journal::Outcome::Uncertain {
                error: error.clone(),
            },
            Outcome::Skipped { why } => journal::Outcome::Failed { error: why.clone() },
        };
        self.context
            .state
            .settle_with(intent, &settled, effects, (self.context.now)())
    }

    fn ended(&self, end: Result<String>) -> Outcome {
        let error = match end {
            Ok(answer) => return Outcome::Done { answer },
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
            kind == Kind::Interrupted || (kind == Kind::WaitSpent && attempts == 0)
        });
        let refused = failure.is_some_and(|failure| failure.kind == Kind::Rejected);
        let spent = failure
            .is_some_and(|failure| matches!(failure.kind, Kind::BudgetSpent | Kind::WaitSpent));
        let mut tally = self.lock();
        tally.allowance_spent |= spent;
        tally.first_error.get_or_insert(error);
        drop(tally);
        if uncertain {
            Outcome::Uncertain { error: text }
        } else if unsent {
            Outcome::Skipped { why: text }
        } else {
            Outcome::Failed {
                error: text,
                refused,
            }
        }
    }

    fn note(&self, batch: &[&Line<A>], outcome: &Outcome) {
        let rows = batch.iter().map(|line| ResultRow {
            action: line.position,
            description: line.description.clone(),
            outcome: outcome.clone(),
            held: false,
        });
        self.lock().rows.extend(rows);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Neighbours of the same batch together, everything else alone.
fn batches<'a, 'b, A: Action>(lane: &'b [&'a Line<A>]) -> impl Iterator<Item = &'b [&'a Line<A>]> {
    lane.chunk_by(|a, b| {
        a.action
            .batch()
            .is_some_and(|batch| Some(batch) == b.action.batch())
    })
}

/// After these nothing else has a chance, and trying again may lock the API user (autotask.md §1).
fn stops_all(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Unauthorized | Kind::BudgetSpent | Kind::Interrupted
    )
}

/// Before and after as the journal keeps them: as people read them, and exactly, because what an
/// amount is shown in may change before it is looked at again.
fn payload(description: &Description) -> serde_json::Value {
    let side = |pick: fn(&Change) -> serde_json::Value| {
        let changes = description.changes.iter();
        changes
            .map(|change| (change.field.to_owned(), pick(change)))
            .collect::<serde_json::Map<_, _>>()
    };
    serde_json::json!({
        "before": side(|change| serde_json::json!(change.before)),
        "after": side(|change| serde_json::json!(change.after)),
        "exact": {
            "before": side(|change| change.before.exact()),
            "after": side(|change| change.after.exact()),
        },
        "because": description.because,
    })
}

#[cfg(test)]
mod tests;
