//! What earlier runs left unsettled: looked at before anything is planned or posted again.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::facts::{LineKey, OpenPosting};
use super::verdict::{self, Left, Settled};
use crate::autotask::Autotask;
use crate::http::Failure;
use crate::session::Session;
use crate::state::State;
use crate::state::effects::Effect;
use crate::state::journal::{Resolution, Resolved};
use crate::state::ledger::{LedgerRow, PostingEnd, PostingState};

/// How long the service may go on with a request after its caller hung up (autotask.md §4).
const AT_WORK_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What is left of earlier postings once they were looked at.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    /// Postings whose end is still not known, by line.
    pub(super) open: BTreeMap<LineKey, OpenPosting>,
    /// Postings that seem to have had no effect but may still be on their way: their line may be
    /// posted to again for the same day only.
    pub(super) young: BTreeMap<LineKey, OpenPosting>,
}

/// Reads the units of every line with an open posting and settles what can be settled. A dry run
/// draws the same conclusions and writes none down.
pub(super) fn settle(session: &Session, state: &State, dry_run: bool) -> Result<Recovered> {
    let mut recovered = Recovered::default();
    for row in state.open_postings()? {
        let units = units(session.autotask()?, &row)?;
        let now = session.real_now();
        let young = now.duration_since(row.at) < AT_WORK_MAX;
        let posting = verdict::Posting {
            before: row.posting.units_before,
            wanted: row.posting.wanted,
        };
        let left = match row.state {
            PostingState::Posted => Left::Answered,
            PostingState::Intended
            | PostingState::Uncertain
            | PostingState::Confirmed
            | PostingState::Failed
            | PostingState::Refused => Left::InDoubt,
        };
        let settled = verdict::settled(posting, left, units, young);
        let key = (row.posting.contract, row.posting.service);
        match settled {
            Settled::Unseen | Settled::TooEarly => {
                recovered.open.insert(key, open(&row, units));
            }
            Settled::NoEffect if young => {
                recovered.young.insert(key, open(&row, units));
            }
            Settled::NoEffect | Settled::TookEffect | Settled::Overtaken => {}
        }
        if !dry_run && let Some((how, end)) = conclusion(settled, units) {
            resolve(state, &row, how, units, end, now)?;
        }
    }
    Ok(recovered)
}

fn units(autotask: &Autotask, row: &LedgerRow) -> Result<i64, Failure> {
    let posting = &row.posting;
    let day = posting.effective;
    let rows = match posting.contract_service {
        Some(line) => autotask.units_of_line(line, day, day)?,
        None => autotask.units_of_service(posting.contract, posting.service, day, day)?,
    };
    Ok(rows.units_on(day))
}

fn open(row: &LedgerRow, units: i64) -> OpenPosting {
    OpenPosting {
        wanted: row.posting.wanted,
        before: row.posting.units_before,
        effective: row.posting.effective,
        seen: format!("the line holds {units} units"),
    }
}

fn conclusion(settled: Settled, units: i64) -> Option<(Resolution, PostingEnd)> {
    match settled {
        Settled::TookEffect => Some((
            Resolution::TookEffect,
            PostingEnd::Confirmed { units_after: units },
        )),
        Settled::NoEffect => Some((
            Resolution::NoEffect,
            PostingEnd::Failed {
                error: format!("no units changed: the line holds {units} still"),
            },
        )),
        Settled::Overtaken => Some((
            Resolution::Dismissed,
            PostingEnd::Failed {
                error: format!(
                    "overtaken: the line holds {units} units, neither what it was nor what was \
                     wanted"
                ),
            },
        )),
        Settled::Unseen | Settled::TooEarly => None,
    }
}

fn resolve(
    state: &State,
    row: &LedgerRow,
    how: Resolution,
    units: i64,
    end: PostingEnd,
    at: Timestamp,
) -> Result<()> {
    let resolved = Resolved {
        how,
        evidence: format!(
            "the line held {units} units from {} when it was read again",
            row.posting.effective
        ),
        at,
    };
    state.resolve_with(row.journal, &resolved, &[Effect::SettlePosting(end)])
}

/// Gives up open postings of a line, because a person approved to post its level anew.
pub(super) fn give_up(state: &State, line: LineKey, now: Timestamp) -> Result<()> {
    let open = state.open_postings()?;
    let of_line = open
        .iter()
        .filter(|row| (row.posting.contract, row.posting.service) == line);
    for row in of_line {
        let resolved = Resolved {
            how: Resolution::Dismissed,
            evidence: "a person looked and approved to post the level anew".to_owned(),
            at: now,
        };
        let end = PostingEnd::Failed {
            error: "given up for a new posting that a person approved".to_owned(),
        };
        state.resolve_with(row.journal, &resolved, &[Effect::SettlePosting(end)])?;
    }
    Ok(())
}
