//! The alerts of a ticket, before and after what was read this time.

use jiff::Timestamp;

use super::content;
use super::facts::{Alert, Case};
use super::life::Change;
use crate::domain::tickets::TicketAlert;

/// Members of a ticket with what changed about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) alerts: Vec<TicketAlert>,
    pub(crate) change: Change,
    /// How many were raised, or raised again.
    pub(crate) raised: i64,
    /// Those that the ticket did not know, or knew as ended.
    pub(crate) joined: usize,
}

/// Puts what was read into what is remembered. `fresh` says that the memory itself is new (a ticket
/// that was found by its external id): then no text is news, for nobody knows what was told.
pub(crate) fn merge(before: &[TicketAlert], case: &Case, was_ended: bool, fresh: bool) -> Merged {
    let mut merged = Merged::unchanged(before);
    merged.change.was_ended = was_ended;
    for alert in &case.alerts {
        merged.take(before, case, alert, fresh);
    }
    merged.change.active = merged.alerts.iter().any(|alert| alert.active);
    merged.alerts.sort();
    merged
}

impl Merged {
    /// As if nothing had been read.
    pub(crate) fn unchanged(before: &[TicketAlert]) -> Self {
        Self {
            alerts: before.to_vec(),
            change: Change {
                active: false,
                raised: None,
                touched: None,
                retold: false,
                was_ended: false,
            },
            raised: 0,
            joined: 0,
        }
    }

    fn take(&mut self, before: &[TicketAlert], case: &Case, alert: &Alert, fresh: bool) {
        let after = member(case, alert);
        let known = before.iter().find(|known| known.id == alert.id);
        if alert.active {
            self.compare(before, known, &after, fresh);
        }
        self.alerts.retain(|member| member.id != alert.id);
        self.alerts.push(after);
    }

    fn compare(
        &mut self,
        before: &[TicketAlert],
        known: Option<&TicketAlert>,
        after: &TicketAlert,
        fresh: bool,
    ) {
        let told = |fingerprint: &str| before.iter().any(|one| one.fingerprint == fingerprint);
        match known {
            Some(known) if known.active => {
                self.change.retold |= known.fingerprint != after.fingerprint;
                if after.updated_at > known.updated_at {
                    self.change.touched = latest(self.change.touched, after.updated_at);
                    self.raised += 1;
                }
            }
            Some(_) | None => {
                self.change.retold |= !fresh && !told(&after.fingerprint);
                self.change.raised = latest(self.change.raised, after.updated_at);
                self.raised += 1;
                self.joined += 1;
            }
        }
    }
}

/// An alert as it is remembered.
pub(crate) fn member(case: &Case, alert: &Alert) -> TicketAlert {
    TicketAlert {
        id: alert.id.clone(),
        key: case.key.clone(),
        label: content::label(alert),
        fingerprint: content::fingerprint(alert),
        updated_at: alert.updated,
        active: alert.active,
    }
}

fn latest(known: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(at, |known| known.max(at)))
}
