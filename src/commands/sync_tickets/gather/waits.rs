//! Whose waiting may be over: alerts that are held, and texts that a ticket does not tell yet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::plan::{brakes, patience};
use crate::config::Tickets;
use crate::domain::ids::AlertId;
use crate::domain::tickets::{TicketKind, TicketLink};
use crate::state::cursors::{HeldAlert, HeldFor};

/// Held alerts that, or others of whose keys, may not have to wait any more although nothing about
/// them changed. What waits for anything but time is tried at every run.
pub(super) fn due(rules: &Tickets, held: &[HeldAlert], now: Timestamp) -> BTreeSet<AlertId> {
    let mut keys: BTreeMap<&str, Vec<&HeldAlert>> = BTreeMap::new();
    for one in held {
        keys.entry(&one.key).or_default().push(one);
    }
    keys.into_values()
        .filter(|same| is_due(rules, same, now))
        .flatten()
        .map(|one| one.alert.clone())
        .collect()
}

fn is_due(rules: &Tickets, same: &[&HeldAlert], now: Timestamp) -> bool {
    let times = same.iter().map(|one| one.occurrences).sum();
    same.iter().any(|one| match one.why {
        HeldFor::Refused | HeldFor::Blocked | HeldFor::Locked | HeldFor::Unresolved => true,
        HeldFor::Quiet => !brakes::is_quiet(rules, now),
        HeldFor::Damped => {
            let lasts = one.active_since.is_some();
            let over = !brakes::damped(rules.damping, one.active_since, times, now);
            lasts && over && !brakes::is_quiet(rules, now)
        }
    })
}

/// Active alerts with a text that their tickets do not tell yet, and may by now.
pub(super) fn untold(live: &[&TicketLink], now: Timestamp) -> BTreeSet<AlertId> {
    live.iter()
        .filter(|link| link.kind == TicketKind::Alert && !patience::lately(link, now))
        .flat_map(|link| &link.alerts)
        .filter(|alert| alert.active && !alert.told)
        .map(|alert| alert.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AccountName, CompanyId, TicketId};
    use crate::domain::tickets::TicketAlert;

    fn at(text: &str) -> Timestamp {
        format!("2026-09-15T{text}:00Z").parse().unwrap()
    }

    fn held(id: &str, why: HeldFor, since: Option<&str>) -> HeldAlert {
        HeldAlert {
            alert: AlertId::new(id),
            why,
            key: "k".to_owned(),
            occurrences: 2,
            updated_at: at("07:00"),
            active_since: since.map(at),
            detail: String::new(),
            tries: 1,
            first_at: at("07:00"),
            last_at: at("07:00"),
        }
    }

    fn rules(words: &str) -> Tickets {
        crate::config::sample_with(words).tickets
    }

    #[test]
    fn a_held_alert_is_asked_for_when_its_waiting_may_be_over() {
        let (night, some) = (
            "[[tickets.quiet]]\nfrom = \"06:00\"\nto = \"09:00\"\n",
            "[[tickets.quiet]]\nfrom = \"06:00\"\nto = \"09:00\"\nmatch = { severity = \"error\" }\n",
        );
        for (words, why, since, due) in [
            ("", HeldFor::Refused, Some("07:00"), true),
            ("", HeldFor::Blocked, Some("07:00"), true),
            ("", HeldFor::Locked, Some("07:00"), true),
            ("", HeldFor::Unresolved, Some("07:00"), true),
            (night, HeldFor::Quiet, Some("07:00"), false),
            // Whether the window is one for this alert is not known before it is read.
            (some, HeldFor::Quiet, Some("07:00"), true),
            ("", HeldFor::Quiet, Some("07:00"), true),
            (
                "damping.minutes = 61",
                HeldFor::Damped,
                Some("07:00"),
                false,
            ),
            ("damping.minutes = 60", HeldFor::Damped, Some("07:00"), true),
            (
                "damping.occurrences = 3",
                HeldFor::Damped,
                Some("07:00"),
                false,
            ),
            (
                "damping.occurrences = 2",
                HeldFor::Damped,
                Some("07:00"),
                true,
            ),
            ("damping.occurrences = 2", HeldFor::Damped, None, false),
            ("", HeldFor::Damped, Some("07:00"), true),
            // It has lasted long enough, and the window holds it back still.
            (night, HeldFor::Damped, Some("07:00"), false),
        ] {
            let words = if words.starts_with("damping") {
                format!("[tickets]\n{words}\n")
            } else {
                words.to_owned()
            };
            let one = held("a", why, since);
            let found = !super::due(&rules(&words), &[one], at("08:00")).is_empty();
            assert_eq!(found, due, "{words} {why:?} {since:?}");
        }
    }

    #[test]
    fn the_alerts_of_a_key_are_asked_for_together() {
        let rules = rules("[tickets]\ndamping.minutes = 60\n");
        let (old, new) = (
            held("a", HeldFor::Damped, Some("07:00")),
            held("b", HeldFor::Damped, Some("07:30")),
        );
        let other = HeldAlert {
            alert: AlertId::new("c"),
            key: "other".to_owned(),
            ..new.clone()
        };
        let (a, b) = (old.alert.clone(), new.alert.clone());
        let found = due(&rules, &[old, new, other], at("08:00"));
        assert_eq!(found, BTreeSet::from([a, b]));
    }

    #[test]
    fn a_text_that_is_not_told_is_asked_for_four_hours_after_the_last_note() {
        let member = |id: &str, active, told| TicketAlert {
            id: AlertId::new(id),
            key: "k".to_owned(),
            label: id.to_owned(),
            fingerprint: String::new(),
            updated_at: at("03:00"),
            active,
            told,
        };
        let link = |kind| TicketLink {
            external_id: "acrotask-1".to_owned(),
            kind,
            account: AccountName::new("eu"),
            tenant: None,
            company: CompanyId(1),
            alert_key: "k".to_owned(),
            alert_type: None,
            ticket: TicketId(1),
            opened_at: at("01:00"),
            fingerprint: String::new(),
            status: Some(1),
            assignee: None,
            written_at: at("03:00"),
            closed_at: None,
            occurrences: 1,
            alerts: vec![
                member("told", true, true),
                member("untold", true, false),
                member("over", false, false),
            ],
        };
        let single = link(TicketKind::Alert);
        assert!(untold(&[&single], at("06:59")).is_empty());
        let due = untold(&[&single], at("07:00"));
        assert_eq!(due, BTreeSet::from([AlertId::new("untold")]));
        assert!(untold(&[&link(TicketKind::Summary)], at("07:00")).is_empty());
    }
}
