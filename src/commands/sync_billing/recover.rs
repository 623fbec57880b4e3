//! What earlier runs left unsettled: looked at before anything is planned or posted again.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::facts::{BilledLineKey, InFlightPosting, OpenPosting};
use super::posting_state::{self, PostingProgress, Settlement};
use crate::autotask::Autotask;
use crate::config::Network;
use crate::http::Failure;
use crate::session::Session;
use crate::session::recovery::{Observation, Recovery};
use crate::state::journal::{JournalId, Resolution};
use crate::state::ledger::{LedgerRow, PostingEnd, PostingState};
use crate::state::state_changes::StateChange;

/// How long the service may go on with a request after its caller hung up (autotask.md §4).
const AT_WORK_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The same, counted from the intention of a run that was killed: nobody wrote down when it sent
/// the request for the last time. Where the configuration lets a run take longer, it is longer.
const KILLED_MIN: SignedDuration = SignedDuration::from_hours(1);

/// Requests from the intention on to the posting itself, making the line and asking for the counter
/// included.
const REQUESTS_MAX: u32 = 6;

/// What is left of earlier postings once they were looked at.
#[derive(Debug, Default)]
pub(super) struct RecoveredPostings {
    /// Postings that a person has to look at, by line.
    pub(super) open: BTreeMap<BilledLineKey, OpenPosting>,
    /// Postings that may still be on their way: nothing is posted to their lines.
    pub(super) in_flight: BTreeMap<BilledLineKey, InFlightPosting>,
    /// What was concluded of the others: in the ledger by now, or, in a dry run, only here.
    pub(super) settled: BTreeMap<JournalId, PostingState>,
}

/// Reads the units of every line with an open posting and settles what can be settled. A dry run
/// draws the same conclusions and writes none down.
pub(super) fn settle_postings(recovery: &Recovery<'_>) -> Result<RecoveredPostings> {
    let mut recovered = RecoveredPostings::default();
    recovery.run(|entry| match recovery.state.open_posting(entry.id)? {
        Some(row) => observe_posting(recovery.session, &row, &mut recovered),
        None => Ok(None),
    })?;
    Ok(recovered)
}

fn observe_posting(
    session: &Session,
    row: &LedgerRow,
    recovered: &mut RecoveredPostings,
) -> Result<Option<Observation>> {
    let units = read_units(session.connected_autotask()?, row)?;
    let until = in_flight_until(row.at, row.settled_at, killed_max(&session.config.network));
    let settled = posting_state::settle_earlier(
        expected_units(row),
        posting_progress(row),
        units,
        session.stamp_time() < until,
    );
    let key = (row.posting.contract, row.posting.service);
    let posting = open_posting(row, units);
    let (how, end) = match settled {
        Settlement::InFlight => {
            let young = InFlightPosting { posting, until };
            recovered.in_flight.insert(key, young);
            return Ok((row.state == PostingState::Intended).then(lose_answer));
        }
        Settlement::Unseen => {
            recovered.open.insert(key, posting);
            return Ok(None);
        }
        Settlement::TookEffect => (
            Resolution::TookEffect,
            PostingEnd::Confirmed { units_after: units },
        ),
        Settlement::NoEffect => (
            Resolution::NoEffect,
            PostingEnd::Failed {
                error: format!("no units changed: the line still has {units}"),
            },
        ),
        Settlement::Superseded => (
            Resolution::Dismissed,
            PostingEnd::Overtaken {
                why: format!(
                    "the line has {units} units, neither the former nor the intended ones"
                ),
            },
        ),
    };
    recovered.settled.insert(row.journal, end.posting_state());
    let evidence = format!(
        "the line had {units} units from {} when it was read again",
        row.posting.effective
    );
    let effects = vec![StateChange::SettlePosting(end)];
    Ok(Some(Observation::new(how, evidence).with(effects)))
}

/// The answer of a killed run is lost from now on: since this run holds the lock, nobody sends its
/// request any more.
fn lose_answer() -> Observation {
    let error = "the program ended before the response came".to_owned();
    let effect = StateChange::SettlePosting(PostingEnd::Uncertain {
        error: error.clone(),
    });
    Observation::answer_lost(error).with(vec![effect])
}

/// Until when the request of a posting may still be on its way: counted from when its answer was
/// lost, since it may have been sent again until then.
fn in_flight_until(
    intended: Timestamp,
    lost: Option<Timestamp>,
    killed_max: SignedDuration,
) -> Timestamp {
    let until = match lost {
        Some(lost) => lost.checked_add(AT_WORK_MAX),
        None => intended.checked_add(killed_max),
    };
    until.unwrap_or(Timestamp::MAX)
}

/// How long after its intention a posting may still be at work: all the waiting that a run may do,
/// and each request up to it as often and as long as the configuration has it.
fn killed_max(network: &Network) -> SignedDuration {
    let sending = network.timeout * network.attempts * REQUESTS_MAX;
    let all = SignedDuration::try_from(network.wait_max + sending).unwrap_or(SignedDuration::MAX);
    all.saturating_add(AT_WORK_MAX).max(KILLED_MIN)
}

fn expected_units(row: &LedgerRow) -> posting_state::ExpectedUnits {
    posting_state::ExpectedUnits {
        before: row.posting.units_before,
        wanted: row.posting.wanted,
    }
}

fn posting_progress(row: &LedgerRow) -> PostingProgress {
    match row.state {
        PostingState::Posted => PostingProgress::Answered,
        PostingState::Intended
        | PostingState::Uncertain
        | PostingState::Confirmed
        | PostingState::Failed
        | PostingState::Refused
        | PostingState::Overtaken => PostingProgress::InDoubt,
    }
}

fn read_units(autotask: &Autotask, row: &LedgerRow) -> Result<i64, Failure> {
    let posting = &row.posting;
    let day = posting.effective;
    let rows = match posting.contract_service {
        Some(line) => autotask.units_of_line(line, day, day)?,
        None => autotask.units_of_service(posting.contract, posting.service, day, day)?,
    };
    Ok(rows.units_on(day))
}

fn open_posting(row: &LedgerRow, units: i64) -> OpenPosting {
    OpenPosting {
        wanted: row.posting.wanted,
        before: row.posting.units_before,
        effective: row.posting.effective,
        seen: format!("the line has {units} units"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_posting_is_young_for_five_minutes_after_it_can_have_been_sent_last() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let intended = at("2026-09-15T08:00:00Z");
        // Sent, throttled, and sent again until its answer was lost.
        let lost = Some(at("2026-09-15T08:06:30Z"));
        let until = |lost| in_flight_until(intended, lost, KILLED_MIN);
        assert_eq!(until(lost), at("2026-09-15T08:11:30Z"));
        assert_eq!(until(None), at("2026-09-15T09:00:00Z"));
    }

    #[test]
    fn a_run_that_was_killed_is_given_all_the_time_that_the_configuration_gives_it() {
        let minutes = |timeout, attempts, wait_max| {
            let network = Network {
                connect_timeout: Duration::from_secs(10),
                timeout: Duration::from_secs(timeout),
                attempts,
                wait_max: Duration::from_secs(wait_max),
                ca_file: None,
            };
            killed_max(&network).as_mins()
        };
        assert_eq!(minutes(60, 4, 120), 60);
        assert_eq!(minutes(60, 4, 3_600), 60 + 6 * 4 + 5);
        assert_eq!(minutes(3_600, 10, 120), 2 + 6 * 10 * 60 + 5);
    }
}
