//! Which alerts are read: what changed, or all active ones, or none at all (acronis.md §8.4).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::super::plan::suppress::DueAlerts;
use super::AccountMemory;
use crate::acronis::{AlertQuery, AlertRecord, AlertStats};
use crate::domain::ids::AlertId;
use crate::domain::tickets::{FirstRun, KnownTicket};
use crate::session::{Account, Session};
use crate::state::cursors::AlertCursor;

/// Alerts may come late, or out of order; what was seen already is recognised.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// All active alerts are compared when this has passed.
const RECONCILE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Counters that disagree lead to a comparison, but not at every run.
const RECOUNT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What was read of one account.
#[derive(Debug, Default)]
pub(super) struct AlertReading {
    /// The latest version of each alert.
    pub(super) alerts: Vec<AlertRecord>,
    /// Alerts of live tickets that the service does not know any more.
    pub(super) vanished: Vec<AlertId>,
    /// Held alerts that it does not know any more and that no live ticket stands for.
    pub(super) forgotten: Vec<AlertId>,
    pub(super) reconciled: bool,
    /// The lists held fewer active alerts than the service counts, or only some were asked for: what
    /// is missing in them is not gone for that.
    pub(super) is_short: bool,
    /// Where the next run goes on.
    pub(super) cursor: AlertCursor,
}

/// What is asked before the alerts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadMode {
    /// The very first: everything active.
    First,
    /// The counters stand as they stood.
    Idle,
    /// So they do, but they moved so lately that they may lag behind the list.
    Settling,
    Changed,
    /// Everything active, and what changed.
    All,
}

/// `all` compares all active alerts, whatever the cursor says.
pub(super) fn read_alerts(
    session: &Session,
    account: &Account,
    memory: &AccountMemory,
    all: bool,
    due: DueAlerts,
) -> Result<AlertReading> {
    let AccountMemory { cursor, held, live } = memory;
    let now = session.now;
    // A hint only: when it fails, the list is read and says why.
    let stats = account.acronis.alert_stats().ok();
    let mut mode = choose_mode(cursor, stats, all, now);
    let mut found = AlertVersions::default();
    if mode == ReadMode::Settling {
        found.read_list(account, query_newer(cursor))?;
        if !found.alerts.is_empty() {
            mode = ReadMode::Changed;
        }
    }
    if matches!(mode, ReadMode::Changed | ReadMode::All) {
        found.read_list(account, query_changed(cursor))?;
    }
    if mode == ReadMode::Changed && counters_disagree(cursor, stats, &found, live, now) {
        mode = ReadMode::All;
    }
    let first_run = look_back(session, cursor);
    let reconciled = matches!(mode, ReadMode::First | ReadMode::All);
    if reconciled {
        found.read_list(account, AlertQuery::default())?;
    }
    let counted = stats.and_then(|stats| stats.count);
    let is_short = !reconciled || counted.is_none_or(|count| found.count_active() < count);
    let mut vanished: BTreeSet<AlertId> = if reconciled {
        found.ask_missing(account, live)?
    } else {
        BTreeSet::new()
    };
    // Whatever changes about a held alert moves the counters: while they stand, only those are asked
    // for whose waiting may be over.
    let still = mode == ReadMode::Idle || (mode == ReadMode::Settling && found.alerts.is_empty());
    let waiting = if still {
        due.waiting
    } else {
        held.iter().map(|one| one.alert.clone()).collect()
    };
    let (of_tickets, forgotten) = found.ask_held(account, waiting, live)?;
    vanished.extend(of_tickets);
    vanished.extend(found.ask_by_id(account, due.unreported)?);
    let next = AlertCursor {
        watermark: (found.latest_change(now).max(cursor.watermark)).or(Some(first_run.horizon)),
        reconciled_at: reconciled.then_some(now).or(cursor.reconciled_at),
        first_run: Some(first_run),
        completed_until: cursor.completed_until,
        active_count: stats.and_then(|stats| stats.count),
        modified_at: stats.and_then(|stats| Some(stats.modified_at?.to_string())),
    };
    Ok(AlertReading {
        alerts: found.alerts.into_values().collect(),
        vanished: vanished.into_iter().collect(),
        forgotten,
        reconciled,
        is_short,
        cursor: next,
    })
}

fn choose_mode(
    cursor: &AlertCursor,
    stats: Option<AlertStats>,
    all: bool,
    now: Timestamp,
) -> ReadMode {
    if cursor.watermark.is_none() {
        return ReadMode::First;
    }
    let age = cursor.reconciled_at.map(|at| now.duration_since(at));
    if all || age.is_none_or(|age| age > RECONCILE_AFTER) {
        return ReadMode::All;
    }
    let Some(AlertStats {
        count: Some(count),
        modified_at: Some(modified),
    }) = stats
    else {
        return ReadMode::Changed;
    };
    let same = cursor.active_count == Some(count)
        && cursor.modified_at.as_deref() == Some(modified.to_string().as_str());
    match same {
        true if now.duration_since(modified) > OVERLAP => ReadMode::Idle,
        true => ReadMode::Settling,
        false => ReadMode::Changed,
    }
}

/// How far the account's first run looks back, or looked back; further once `first_run_days` is
/// raised, never less far.
pub(super) fn look_back(session: &Session, cursor: &AlertCursor) -> FirstRun {
    let days = session.config.tickets.first_run_days;
    match cursor.first_run {
        None => FirstRun::looking_back(session.now, days),
        Some(first) => FirstRun {
            at: first.at,
            horizon: FirstRun::looking_back(first.at, days)
                .horizon
                .min(first.horizon),
        },
    }
}

/// What came while the counters stood still. The overlap is not read once more: whatever comes late
/// into it (raised, ended, raised again) moves the number of active alerts, and then it is read. A
/// mere change of text within the grain of the service's clock, or two late alerts that make up for
/// each other, are found with the next change, from the same watermark, or when all are compared.
/// Reading it would cost a request for every 200 alerts of a burst at each idle run.
fn query_newer(cursor: &AlertCursor) -> AlertQuery {
    AlertQuery {
        updated_after: cursor.watermark,
        with_ended: true,
        ..AlertQuery::default()
    }
}

fn query_changed(cursor: &AlertCursor) -> AlertQuery {
    let since = cursor
        .watermark
        .map(|at| at.saturating_sub(OVERLAP).unwrap_or(at));
    AlertQuery {
        updated_since: since,
        with_ended: true,
        ..AlertQuery::default()
    }
}

/// Whether the number of active alerts is not what the last number and the changes add up to.
fn counters_disagree(
    cursor: &AlertCursor,
    stats: Option<AlertStats>,
    found: &AlertVersions,
    live: &[KnownTicket],
    now: Timestamp,
) -> bool {
    let fresh = cursor
        .reconciled_at
        .is_some_and(|at| now.duration_since(at) < RECOUNT_AFTER);
    let (Some(before), Some(count)) = (cursor.active_count, stats.and_then(|stats| stats.count))
    else {
        return false;
    };
    if fresh {
        return false;
    }
    let known: BTreeMap<&AlertId, bool> = live
        .iter()
        .flat_map(|known| &known.link.alerts)
        .map(|alert| (&alert.id, alert.active))
        .collect();
    let new = found
        .alerts
        .values()
        .filter(|alert| alert.updated_at > cursor.watermark)
        .map(|alert| {
            let was = known
                .get(&alert.id)
                .copied()
                .unwrap_or(alert.received_at <= cursor.watermark);
            let is = alert.deleted_at.is_none();
            i64::from(is) - i64::from(was)
        })
        .sum::<i64>();
    before + new != count
}

#[derive(Debug, Default)]
struct AlertVersions {
    alerts: BTreeMap<AlertId, AlertRecord>,
}

impl AlertVersions {
    /// The latest change that was read. A time to come, from whatever clock, would hide everything
    /// until then.
    fn latest_change(&self, now: Timestamp) -> Option<Timestamp> {
        let alerts = self.alerts.values();
        alerts
            .filter_map(|alert| Some(alert.updated_at?.min(now)))
            .max()
    }

    fn count_active(&self) -> i64 {
        let active = self.alerts.values().filter(|one| one.deleted_at.is_none());
        i64::try_from(active.count()).unwrap_or(i64::MAX)
    }

    /// Reads a whole list; of several versions of an alert the latest counts.
    fn read_list(&mut self, account: &Account, query: AlertQuery) -> Result<()> {
        for alert in account.acronis.read_alerts(&query) {
            self.keep_latest(alert?);
        }
        Ok(())
    }

    fn keep_latest(&mut self, alert: AlertRecord) {
        let newer = self
            .alerts
            .get(&alert.id)
            .is_none_or(|known| known.updated_at <= alert.updated_at);
        if newer {
            self.alerts.insert(alert.id.clone(), alert);
        }
    }

    /// Alerts that live tickets stand for and that are not among the active ones: asked for one by
    /// one in bulk; what the service does not know is gone (acronis.md §8.3).
    fn ask_missing(
        &mut self,
        account: &Account,
        live: &[KnownTicket],
    ) -> Result<BTreeSet<AlertId>> {
        let lost: BTreeSet<AlertId> = live
            .iter()
            .flat_map(|known| &known.link.alerts)
            .filter(|alert| alert.active && !self.alerts.contains_key(&alert.id))
            .map(|alert| alert.id.clone())
            .collect();
        self.ask_by_id(account, lost)
    }

    /// Alerts that wait since earlier runs, in their present version. Of those that the service does
    /// not know any more, first the ones that live tickets stand for: a ticket that could not be
    /// closed when its alert vanished is closed when it can be.
    fn ask_held(
        &mut self,
        account: &Account,
        held: BTreeSet<AlertId>,
        live: &[KnownTicket],
    ) -> Result<(Vec<AlertId>, Vec<AlertId>)> {
        let gone = self.ask_by_id(account, held)?;
        let stands = |id: &AlertId| {
            let mut alerts = live.iter().flat_map(|known| &known.link.alerts);
            alerts.any(|alert| alert.active && alert.id == *id)
        };
        Ok(gone.into_iter().partition(stands))
    }

    fn ask_by_id(
        &mut self,
        account: &Account,
        mut ids: BTreeSet<AlertId>,
    ) -> Result<BTreeSet<AlertId>> {
        ids.retain(|id| !self.alerts.contains_key(id));
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let list: Vec<AlertId> = ids.iter().cloned().collect();
        for alert in account.acronis.alerts_by_id(&list)? {
            self.keep_latest(alert);
        }
        Ok(ids
            .into_iter()
            .filter(|id| !self.alerts.contains_key(id))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-09-{text}:00Z").parse().unwrap()
    }

    #[test]
    fn what_is_read_follows_from_the_cursor_and_the_counters() {
        let now = at("15T08:00");
        let cursor = AlertCursor {
            watermark: Some(at("15T07:00")),
            reconciled_at: Some(at("14T09:00")),
            first_run: None,
            completed_until: None,
            active_count: Some(5),
            modified_at: Some(at("15T07:00").to_string()),
        };
        let stats = |count, modified| {
            Some(AlertStats {
                count: Some(count),
                modified_at: Some(at(modified)),
            })
        };
        let same = stats(5, "15T07:00");
        assert_eq!(
            choose_mode(&AlertCursor::default(), same, false, now),
            ReadMode::First
        );
        assert_eq!(choose_mode(&cursor, same, false, now), ReadMode::Idle);
        assert_eq!(choose_mode(&cursor, same, true, now), ReadMode::All);
        assert_eq!(
            choose_mode(&cursor, stats(6, "15T07:00"), false, now),
            ReadMode::Changed
        );
        assert_eq!(
            choose_mode(&cursor, stats(5, "15T07:01"), false, now),
            ReadMode::Changed
        );
        assert_eq!(choose_mode(&cursor, None, false, now), ReadMode::Changed);
        assert_eq!(
            choose_mode(&cursor, same, false, at("15T07:05")),
            ReadMode::Settling
        );
        assert_eq!(
            choose_mode(&cursor, same, false, at("15T09:01")),
            ReadMode::All
        );
    }
}
