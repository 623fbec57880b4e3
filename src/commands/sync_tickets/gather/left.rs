//! Alerts that were read and are in no case, and why.

use jiff::Timestamp;

use super::super::plan::brakes;
use super::super::plan::explain;
use super::super::plan::facts::{Alert, Known, Place};
use super::super::plan::{Hold, Wait};
use super::cases::{Keyed, Sorted, Sources};
use super::places::Nowhere;
use crate::config::{Severity, Tickets};
use crate::state::cursors::{FirstRun, HeldAlert};

/// Why an alert is in no case.
#[derive(Clone, Debug)]
pub(super) enum Left<'a> {
    /// Its ticket knows this very version.
    Known(&'a Known),
    Nowhere(Nowhere),
    /// The run does not look at its company.
    OutOfScope,
    Nothing(explain::Nothing),
}

/// An alert that has no live ticket and gets none: ignored by its rule, or active since before the
/// first run looked back and without a ticket from before that.
pub(super) fn nothing<'a>(
    sources: &Sources<'a>,
    key: &str,
    alert: &Alert,
    place: &Place,
) -> Option<Left<'a>> {
    let rule = sources.tickets.rule_for(alert.traits(place.company));
    let stale = sources
        .first_run
        .filter(|first| is_stale(*first, alert) && !sources.unknown.have(sources.account, key));
    let nothing = if alert.severity == Some(Severity::Ok) {
        explain::Nothing::SeverityOk
    } else if sources.tickets.fields_of(rule).create == Some(false) {
        explain::Nothing::Ignored
    } else if let Some(first) = stale {
        explain::Nothing::Stale(first.horizon)
    } else {
        return None;
    };
    Some(Left::Nothing(nothing))
}

/// Raised before the first run's horizon, as §8.4 of acronis.md counts, and not touched since that
/// run: the clock of the source may be wrong, and one that is told again is there again. What the
/// service gives no time is not old.
fn is_stale(first: FirstRun, alert: &Alert) -> bool {
    let untouched = alert.changed().is_some_and(|at| at <= first.at);
    let raised = alert.created.unwrap_or(alert.updated);
    alert.active && untouched && raised < first.horizon
}

impl Sorted {
    /// Leaves out the cases that wait as they did: their alerts stay held.
    pub(super) fn leave_waiting(&mut self, rules: &Tickets, now: Timestamp) {
        self.cases
            .retain(|case| !case.vanished.is_empty() || !brakes::still_waits(rules, case, now));
    }

    /// An alert without a place is counted, or held until its place is known.
    pub(super) fn nowhere(&mut self, held: Option<&HeldAlert>, nowhere: Nowhere, keyed: Keyed) {
        let Keyed { key, alert, .. } = keyed;
        match nowhere {
            Nowhere::Unresolved(tenant) if alert.active => {
                self.unresolved.entry(tenant).or_default().push(Hold {
                    key,
                    why: Wait::Unresolved,
                    occurrences: held.map_or(1, |held| held.occurrences),
                    updated: alert.updated,
                    since: held.and_then(|held| held.active_since).or(alert.changed()),
                    alert: alert.id,
                });
            }
            Nowhere::Unmapped(tenant) if alert.active => {
                *self.unmapped.entry(tenant).or_default() += 1;
                self.passed.push(alert.id);
            }
            Nowhere::Unresolved(_) | Nowhere::Unmapped(_) => self.passed.push(alert.id),
        }
    }
}
