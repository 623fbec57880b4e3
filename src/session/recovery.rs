//! One loop over the intents whose outcome no run has heard: before anything is planned, each
//! command says what it observes of them on the other side.
//!
//! Any command that reads the same thing settles an intent, whichever command wrote it.

use anyhow::Result;

use super::{Session, WriteRun};
use crate::state::State;
use crate::state::journal::{Entry, JournalId, Outcome, Resolution, Resolved};
use crate::state::state_changes::StateChange;

/// What was observed of an uncertain intent, and what is remembered with it.
#[derive(Debug)]
pub(crate) struct Observation {
    /// How it ended; none while it may still be on its way, where only its answer is lost for good.
    pub(crate) how: Option<Resolution>,
    /// What shows it: a sentence.
    pub(crate) evidence: String,
    pub(crate) effects: Vec<StateChange>,
}

impl Observation {
    pub(crate) fn new(how: Resolution, evidence: String) -> Self {
        Self {
            how: Some(how),
            evidence,
            effects: Vec::new(),
        }
    }

    /// Nobody sends its request any more, but it may still be carried out: it stays uncertain.
    pub(crate) fn answer_lost(error: String) -> Self {
        Self {
            how: None,
            evidence: error,
            effects: Vec::new(),
        }
    }

    /// It took effect exactly when `took` is true.
    pub(crate) fn when(took: bool, evidence: String) -> Self {
        let how = if took {
            Resolution::TookEffect
        } else {
            Resolution::NoEffect
        };
        Self::new(how, evidence)
    }

    /// Remembered in the same transaction.
    pub(crate) fn with(self, effects: Vec<StateChange>) -> Self {
        Self { effects, ..self }
    }
}

/// A run that settles what earlier ones left open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recovery<'a> {
    pub(crate) session: &'a Session,
    pub(crate) state: &'a State,
    /// A dry run concludes the same and writes nothing down.
    pub(crate) dry_run: bool,
}

impl WriteRun<'_> {
    /// For the start of a run, before anything is planned.
    pub(crate) fn recovery(&self) -> Recovery<'_> {
        Recovery {
            session: self.session,
            state: &self.state,
            dry_run: self.dry_run(),
        }
    }
}

impl<'a> Recovery<'a> {
    /// For a listing: it concludes the same and writes nothing down.
    pub(crate) fn looking(session: &'a Session, state: &'a State) -> Self {
        Self {
            session,
            state,
            dry_run: true,
        }
    }

    /// The uncertain intents of earlier runs.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn uncertain(&self) -> Result<Vec<Entry>> {
        let mut entries = self.state.uncertain()?;
        entries.retain(|entry| entry.intent.run != self.session.run);
        Ok(entries)
    }

    /// Asks `observe` about every uncertain intent of earlier runs, the oldest first, and settles
    /// each that it knows about before it asks about the next; the others stay uncertain.
    ///
    /// # Errors
    /// When the state cannot be read or written, or `observe` fails.
    pub(crate) fn run(
        &self,
        mut observe: impl FnMut(&Entry) -> Result<Option<Observation>>,
    ) -> Result<()> {
        for entry in self.uncertain()? {
            if let Some(observed) = observe(&entry)? {
                self.settle(entry.id, observed)?;
            }
        }
        Ok(())
    }

    /// Settles one intent. A dry run settles nothing.
    fn settle(&self, id: JournalId, observed: Observation) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let Observation {
            how,
            evidence,
            effects,
        } = observed;
        let at = self.session.stamp_time();
        match how {
            Some(how) => {
                let resolved = Resolved { how, evidence, at };
                self.state.resolve_with(id, &resolved, &effects)
            }
            None => {
                let lost = Outcome::Uncertain { error: evidence };
                self.state.settle_with(id, &lost, &effects, at)
            }
        }
    }
}
