//! `backup`: a consistent copy of the state file, also while a run goes on.

use std::path::Path;

use anyhow::Result;

use crate::exit::{Exit, UsageError};
use crate::session::Session;
use crate::state::State;

/// Copies to a path where nothing is yet; readable by its owner only.
pub(super) fn run(session: &Session, to: &Path) -> Result<Exit> {
    let from = session.state_path.display();
    let Some(state) = State::open_read_only(&session.state_path)? else {
        return Err(UsageError(format!("there is no state file at {from} yet")).into());
    };
    if to.exists() {
        let shown = to.display();
        return Err(UsageError(format!("{shown} already exists and was not changed")).into());
    }
    state.back_up_to(to)?;
    session
        .report
        .print_progress(&format!("copied {from} to {}", to.display()));
    Ok(Exit::Done)
}
