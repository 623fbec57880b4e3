//! Requests that are held until somebody lets them go, and those who wait for one to be held. Nothing
//! here depends on how fast the machine is.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::stage::Stage;

/// Where held requests wait.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many requests are held now.
    held: u32,
    /// How many times all were let go.
    rounds: u64,
    /// The sandbox is closing: nothing is held any more.
    open: bool,
}

impl Gate {
    /// Holds the caller until the next [`Gate::let_go`].
    pub(crate) fn hold(&self) {
        let mut state = self.state();
        let round = state.rounds;
        state.held += 1;
        self.changed.notify_all();
        while state.rounds == round && !state.open {
            state = self.wait(state);
        }
        state.held -= 1;
    }

    pub(crate) fn let_go(&self) {
        self.state().rounds += 1;
        self.changed.notify_all();
    }

    pub(crate) fn open(&self) {
        self.state().open = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let woken = self.changed.wait(guard);
        woken.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for requests to be held, and can be told that none will be.
#[derive(Clone, Debug)]
pub struct Watch {
    stage: Arc<Stage>,
    ended: Arc<Mutex<bool>>,
}

impl Watch {
    pub(crate) fn new(stage: &Arc<Stage>) -> Self {
        Self {
            stage: Arc::clone(stage),
            ended: Arc::default(),
        }
    }

    /// Waits until so many requests are held at once; false when [`Watch::end`] came first.
    #[must_use]
    pub fn held(&self, count: u32) -> bool {
        let gate = &self.stage.gate;
        let mut state = gate.state();
        while state.held < count {
            if *self.ended.lock().unwrap_or_else(PoisonError::into_inner) {
                return false;
            }
            state = gate.wait(state);
        }
        true
    }

    /// Nothing that could be held will come any more.
    pub fn end(&self) {
        let gate = &self.stage.gate;
        // Under the gate's own lock, so that nobody is between looking and waiting.
        let state = gate.state();
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        drop(state);
        gate.changed.notify_all();
    }
}
