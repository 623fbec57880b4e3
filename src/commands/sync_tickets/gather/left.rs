//! Alerts that were read and are in no case, and why.

use jiff::Timestamp;

use super::super::plan::brakes;
use super::super::plan::explain;
use super::super::plan::facts::{Alert, Known};
use super::super::plan::key;
use super::super::plan::{Hold, Wait};
use super::cases::{Keyed, Sorted, Sources};
use super::places::Nowhere;
use crate::config::{Severity, Tickets};
use crate::domain::ids::CompanyId;
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

/// Why an alert is ignored, if it is: it never makes a ticket, opens none again, and does not go to
/// one that does not stand for it already. The one place where that is decided.
pub(super) fn ignored(
    tickets: &Tickets,
    alert: &Alert,
    company: CompanyId,
) -> Option<explain::Nothing> {
    if alert.severity == Some(Severity::Ok) {
        return Some(explain::Nothing::SeverityOk);
    }
    let rule = tickets.rule_for(alert.traits(company));
    (tickets.fields_of(rule).create == Some(false)).then_some(explain::Nothing::Ignored)
}

/// An alert that has no live ticket and gets none: active since before the first run looked back, and
/// without a ticket, or a summary of its company, from before that.
pub(super) fn stale(
    sources: &Sources<'_>,
    key: &str,
    alert: &Alert,
    company: CompanyId,
) -> Option<explain::Nothing> {
    let first = sources.first_run?;
    let have = |key: &str| sources.unknown.have(sources.account, key);
    let stale = is_stale(first, alert) && !have(key) && !have(&key::summary_key(company.0));
    stale.then_some(explain::Nothing::Stale(first.horizon))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample_with;

    const RULES: &str = r#"
[[tickets.rule]]
match = { type = "Known", company = [7] }
create = true
[[tickets.rule]]
match = { type = "Known" }
create = false
"#;

    #[test]
    fn an_alert_is_ignored_by_its_rule_by_the_defaults_and_when_all_is_well() {
        use explain::Nothing::{Ignored, SeverityOk};
        let given = |kind: &str, severity| Alert {
            id: crate::domain::ids::AlertId::new("a"),
            kind: kind.to_owned(),
            category: String::new(),
            severity: Some(severity),
            severity_word: String::new(),
            created: None,
            updated: Timestamp::UNIX_EPOCH,
            active: true,
            ignored: false,
            details: super::super::super::plan::facts::Details::default(),
        };
        let (bad, fine) = (Severity::Critical, Severity::Ok);
        for (create, kind, severity, company, expected) in [
            (true, "Known", bad, 1, Some(Ignored)),
            (true, "Known", bad, 7, None),
            (true, "Known", fine, 7, Some(SeverityOk)),
            (true, "Other", bad, 1, None),
            (false, "Other", bad, 1, Some(Ignored)),
            (false, "Known", bad, 7, None),
        ] {
            let words = format!("{RULES}[tickets.defaults]\ncreate = {create}\n");
            let tickets = sample_with(&words).tickets;
            let found = ignored(&tickets, &given(kind, severity), CompanyId(company));
            assert_eq!(found, expected, "{create} {kind} {severity:?} {company}");
        }
    }
}
