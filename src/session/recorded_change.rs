//! A change of the state file alone, on a person's word: recorded as a run, without plan and hooks.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Session;
use crate::exit::{self, Exit};
use crate::state::State;
use crate::state::runs::{RunEnd, RunStart};

impl Session {
    /// Runs `body` under the lock, as a run of its own.
    ///
    /// # Errors
    /// When another run holds the lock, or whatever `body` fails with.
    pub(crate) fn record_change(
        &self,
        command: &str,
        body: impl FnOnce(&State) -> Result<Exit>,
    ) -> Result<Exit> {
        let _lock = self.take_lock()?;
        let state = State::open_or_create(&self.state_path, self.now)?;
        state.start_run(&RunStart {
            id: self.run.clone(),
            command: command.to_owned(),
            started_by: self.started_by(),
            dry_run: false,
            started_at: self.now,
        })?;
        let end = body(&state);
        let (exit, error) = match &end {
            Ok(exit) => (*exit, None),
            Err(error) => (exit::explain_error(error).0, Some(format!("{error:#}"))),
        };
        state.finish_run(
            &self.run,
            &RunEnd {
                ended_at: self.stamp_time(),
                exit_code: i32::from(exit.code()),
                success: exit == Exit::Done,
                counts: BTreeMap::new(),
                requests: BTreeMap::new(),
                error,
            },
        )?;
        end
    }
}
