//! What keeps an alert from becoming a ticket, or from opening one again, now: damping and
//! maintenance windows; what keeps a ticket from getting a note at every run; and whose waiting may
//! be over, so that the alert is asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::facts::{Alert, Case};
use crate::config::{Damping, QuietWindow, Tickets};
use crate::domain::ids::AlertId;
use crate::domain::tickets::{AlertHold, HoldReason, KnownTicket, TicketKind, TicketLink};

/// How long an ended alert that waited is remembered, so that one that comes and goes is counted.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// A ticket gets no more than one note about new texts in this time; the next tells them all.
const NOTE_EVERY: SignedDuration = SignedDuration::from_hours(4);

/// Whether a ticket of the case, a new one or one to be opened again, waits, and why.
pub(crate) fn find_reason(rules: &Tickets, case: &Case, now: Timestamp) -> Option<HoldReason> {
    let alert = case.gravest()?.rule_traits(case.destination.company);
    if rules
        .quiet
        .iter()
        .any(|window| window_is_on(window, rules.time_zone(), now) && window_holds(window, alert))
    {
        return Some(HoldReason::Quiet);
    }
    let active = || case.alerts.iter().filter(|alert| alert.active);
    let refused =
        |alert: &Alert| (case.held.get(&alert.id)).is_some_and(AlertHold::is_past_suppression);
    // It has lasted and come often enough once; a write that was refused does not change that.
    if active().any(refused) {
        return None;
    }
    let since = active()
        .filter_map(|alert| active_since(case, alert, now))
        .min();
    is_damped(rules.damping, since, count_occurrences(case), now).then_some(HoldReason::Damped)
}

/// Whether a case waits and nothing about it or its waiting has changed: then its alerts stay held as
/// they are, and nobody need be asked about it.
pub(crate) fn still_waits(rules: &Tickets, case: &Case, now: Timestamp) -> bool {
    let counts = rules.damping.occurrences.is_some();
    let same = |alert: &Alert| {
        let fresh = alert.active || (counts && now.duration_since(alert.updated) < REMEMBERED);
        let held = case.held.get(&alert.id);
        fresh
            && held
                .is_some_and(|held| !held.is_past_suppression() && held.updated_at == alert.updated)
    };
    let waits = case.gravest().is_none() || find_reason(rules, case, now).is_some();
    case.summary.is_none() && !case.alerts.is_empty() && case.alerts.iter().all(same) && waits
}

/// Whether a window for every alert is on.
pub(crate) fn is_in_window_for_all(rules: &Tickets, now: Timestamp) -> bool {
    let mut windows = rules.quiet.iter();
    windows.any(|window| window.only.is_none() && window_is_on(window, rules.time_zone(), now))
}

fn window_is_on(window: &QuietWindow, zone: &TimeZone, now: Timestamp) -> bool {
    window.covers_time(&now.to_zoned(zone.clone()))
}

fn window_holds(window: &QuietWindow, alert: crate::config::AlertTraits<'_>) -> bool {
    window
        .only
        .as_ref()
        .is_none_or(|only| only.matches_alert(alert))
}

/// Either limit that is reached is enough.
fn is_damped(damping: Damping, since: Option<Timestamp>, times: i64, now: Timestamp) -> bool {
    let Damping {
        minutes,
        occurrences,
    } = damping;
    if minutes.is_none() && occurrences.is_none() {
        return false;
    }
    let lasted = minutes.is_some_and(|minutes| {
        since.is_some_and(|since| {
            now.duration_since(since) >= SignedDuration::from_mins(i64::from(minutes))
        })
    });
    let often = occurrences.is_some_and(|limit| times >= i64::from(limit));
    !lasted && !often
}

/// How often the case's alerts were raised, those that are held included.
pub(crate) fn count_occurrences(case: &Case) -> i64 {
    let read: i64 = case
        .alerts
        .iter()
        .map(|alert| count_raises(case, alert))
        .sum();
    let before: i64 = case
        .held
        .iter()
        .filter(|(id, _)| !case.alerts.iter().any(|alert| alert.id == **id))
        .map(|(_, held)| held.occurrences)
        .sum();
    (read + before).max(1)
}

/// How often one alert was raised while it waits. An end of it is no raise.
fn count_raises(case: &Case, alert: &Alert) -> i64 {
    match case.held.get(&alert.id) {
        None => 1,
        Some(held) if alert.active && alert.updated > held.updated_at => held.occurrences + 1,
        Some(held) => held.occurrences,
    }
}

/// Since when an alert is active, as far as it was seen, by the service's clock: that of the agent
/// may be a week off, and an alert that comes again keeps the time at which it came first. None when
/// it has ended.
fn active_since(case: &Case, alert: &Alert, now: Timestamp) -> Option<Timestamp> {
    let held = case.held.get(&alert.id).and_then(|held| held.active_since);
    let seen = held.or_else(|| alert.changed_at()).unwrap_or(now);
    alert.active.then(|| seen.min(now))
}

/// What is remembered of a case that waits: its active alerts, and the ended ones where they count.
pub(super) fn hold_alerts(
    case: &Case,
    why: HoldReason,
    counting: bool,
    now: Timestamp,
) -> Vec<AlertHold> {
    let counts = |alert: &&Alert| {
        alert.active || (counting && now.duration_since(alert.updated) < REMEMBERED)
    };
    let alerts = case.alerts.iter().filter(counts);
    alerts
        .map(|alert| hold_alert(case, alert, why, now))
        .collect()
}

/// Everything that a case deals with, should that fail: what was read, and what vanished, in the version
/// that is remembered.
pub(super) fn hold_should_it_fail(case: &Case, now: Timestamp) -> Vec<AlertHold> {
    let why = HoldReason::Refused;
    let read = case
        .alerts
        .iter()
        .map(|alert| hold_alert(case, alert, why, now));
    let vanished = case.vanished.iter().map(|alert| AlertHold {
        alert: alert.id.clone(),
        why,
        key: case.key.clone(),
        occurrences: case.held.get(&alert.id).map_or(1, |held| held.occurrences),
        updated_at: alert.updated_at,
        active_since: None,
        detail: String::new(),
    });
    read.chain(vanished).collect()
}

fn hold_alert(case: &Case, alert: &Alert, why: HoldReason, now: Timestamp) -> AlertHold {
    AlertHold {
        alert: alert.id.clone(),
        why,
        key: case.key.clone(),
        occurrences: count_raises(case, alert),
        updated_at: alert.updated,
        active_since: active_since(case, alert, now),
        detail: String::new(),
    }
}

/// Whether another note has to wait for the last write to the ticket.
pub(crate) fn within_note_interval(link: &TicketLink, now: Timestamp) -> bool {
    link.written_at > link.opened_at && now.duration_since(link.written_at) < NOTE_EVERY
}

/// The alerts that are asked for by id although nothing about them is known to have changed.
#[derive(Debug)]
pub(crate) struct DueAlerts {
    /// Held ones that may not have to wait any more.
    pub(crate) waiting: BTreeSet<AlertId>,
    /// Those whose tickets do not tell their text yet, and may by now.
    pub(crate) unreported: BTreeSet<AlertId>,
}

/// Whose waiting may be over only because time went by.
pub(crate) fn find_due(
    rules: &Tickets,
    held: &[AlertHold],
    live: &[KnownTicket],
    now: Timestamp,
) -> DueAlerts {
    DueAlerts {
        waiting: alerts_due(rules, held, now),
        unreported: unreported_alerts(live, now),
    }
}

/// Held alerts that, or others of whose keys, may not have to wait any more although nothing about
/// them changed. ChangeKind waits for anything but time is tried at every run.
pub(super) fn alerts_due(rules: &Tickets, held: &[AlertHold], now: Timestamp) -> BTreeSet<AlertId> {
    let mut keys: BTreeMap<&str, Vec<&AlertHold>> = BTreeMap::new();
    for one in held {
        keys.entry(&one.key).or_default().push(one);
    }
    keys.into_values()
        .filter(|same| is_due(rules, same, now))
        .flatten()
        .map(|one| one.alert.clone())
        .collect()
}

fn is_due(rules: &Tickets, same: &[&AlertHold], now: Timestamp) -> bool {
    let times = same.iter().map(|one| one.occurrences).sum();
    same.iter().any(|one| match one.why {
        HoldReason::Refused | HoldReason::Blocked | HoldReason::Locked | HoldReason::Unresolved => {
            true
        }
        HoldReason::Quiet => !is_in_window_for_all(rules, now),
        HoldReason::Damped => {
            let lasts = one.active_since.is_some();
            let over = !is_damped(rules.damping, one.active_since, times, now);
            lasts && over && !is_in_window_for_all(rules, now)
        }
    })
}

/// Active alerts with a text that their tickets do not tell yet, and may by now.
pub(super) fn unreported_alerts(live: &[KnownTicket], now: Timestamp) -> BTreeSet<AlertId> {
    live.iter()
        .map(|known| &known.link)
        .filter(|link| link.kind == TicketKind::Alert && !within_note_interval(link, now))
        .flat_map(|link| &link.alerts)
        .filter(|alert| alert.active && !alert.reported)
        .map(|alert| alert.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Destination, Details};
    use super::*;
    use crate::domain::ids::CompanyId;

    fn at(text: &str) -> Timestamp {
        format!("2026-09-15T{text}:00Z").parse().unwrap()
    }

    #[test]
    fn an_alert_waits_until_it_lasted_or_came_often_enough() {
        let damping = |minutes, occurrences| Damping {
            minutes,
            occurrences,
        };
        let now = at("08:00");
        for (given, since, times, waits) in [
            (damping(None, None), at("08:00"), 1, false),
            (damping(Some(30), None), at("07:31"), 9, true),
            (damping(Some(30), None), at("07:30"), 1, false),
            (damping(None, Some(3)), at("01:00"), 2, true),
            (damping(None, Some(3)), at("08:00"), 3, false),
            (damping(Some(30), Some(3)), at("07:59"), 3, false),
            (damping(Some(30), Some(3)), at("07:00"), 1, false),
            (damping(Some(30), Some(3)), at("07:59"), 2, true),
        ] {
            let found = is_damped(given, Some(since), times, now);
            assert_eq!(found, waits, "{given:?} {since} {times}");
        }
    }

    fn held(since: Option<&str>, refused: bool) -> AlertHold {
        AlertHold {
            alert: AlertId::new("a"),
            why: if refused {
                HoldReason::Refused
            } else {
                HoldReason::Damped
            },
            key: "k".to_owned(),
            occurrences: 2,
            updated_at: at("07:00"),
            active_since: since.map(at),
            detail: String::new(),
        }
    }

    fn case(alert: Alert, held: Option<AlertHold>) -> Case {
        let id = alert.id.clone();
        Case {
            key: "k".to_owned(),
            destination: Destination {
                company: CompanyId(1),
                tenant: None,
                customer: String::new(),
            },
            alerts: vec![alert],
            vanished: Vec::new(),
            known: None,
            summary: None,
            held: held.map(|held| (id, held)).into_iter().collect(),
        }
    }

    fn alert(updated: Timestamp, active: bool) -> Alert {
        Alert {
            id: AlertId::new("a"),
            kind: "BackupFailed".to_owned(),
            category: String::new(),
            severity: None,
            severity_word: String::new(),
            created: Some(at("01:00")),
            updated,
            active,
            ignored: false,
            details: Details::default(),
        }
    }

    #[test]
    fn the_time_of_waiting_begins_with_what_was_seen_and_again_after_an_end() {
        let now = at("08:00");
        let began = |alert: Alert, held| {
            let case = case(alert, held);
            active_since(&case, &case.alerts[0], now)
        };
        let none = Timestamp::UNIX_EPOCH;
        for (updated, before, began_at) in [
            (at("07:30"), None, Some(at("07:30"))),
            (
                at("07:30"),
                Some(held(Some("06:00"), false)),
                Some(at("06:00")),
            ),
            (at("07:30"), Some(held(None, false)), Some(at("07:30"))),
            (at("09:30"), None, Some(now)),
            (none, None, Some(now)),
        ] {
            assert_eq!(began(alert(updated, true), before), began_at, "{updated}");
        }
        assert_eq!(began(alert(at("07:30"), false), None), None);
    }

    #[test]
    fn a_case_is_looked_at_again_when_it_changed_or_need_not_wait_any_more() {
        let rules = |minutes| {
            let mut rules = crate::config::sample().tickets;
            rules.damping.minutes = Some(minutes);
            rules
        };
        let since = Some("07:00");
        for (minutes, alert, before, waits) in [
            (90, alert(at("07:00"), true), Some(held(since, false)), true),
            (90, alert(at("07:00"), true), None, false),
            (
                90,
                alert(at("07:10"), true),
                Some(held(since, false)),
                false,
            ),
            (90, alert(at("07:00"), true), Some(held(since, true)), false),
            (
                90,
                alert(at("07:00"), false),
                Some(held(since, false)),
                false,
            ),
            (
                60,
                alert(at("07:00"), true),
                Some(held(since, false)),
                false,
            ),
        ] {
            let case = case(alert, before);
            let found = still_waits(&rules(minutes), &case, at("08:00"));
            assert_eq!(found, waits, "{minutes} {case:?}");
        }
    }

    #[test]
    fn a_quiet_window_holds_back_what_it_is_for_and_nothing_else() {
        let window = |only: &str| {
            let words = format!("[[tickets.quiet]]\nfrom = \"07:00\"\nto = \"09:00\"\n{only}");
            crate::config::sample_with(&words).tickets
        };
        let told = |rules: &Tickets, hour: &str| {
            let case = case(alert(at("07:00"), true), None);
            find_reason(rules, &case, at(hour))
        };
        let quiet = Some(HoldReason::Quiet);
        for (only, hour, waits) in [
            ("", "08:00", quiet),
            ("", "09:00", None),
            ("match = { type = \"BackupFailed\" }", "08:00", quiet),
            ("match = { type = \"DriveFailure\" }", "08:00", None),
            ("match = { company = 1 }", "08:00", quiet),
            ("match = { company = 2 }", "08:00", None),
        ] {
            assert_eq!(told(&window(only), hour), waits, "{only} {hour}");
        }
        assert!(is_in_window_for_all(&window(""), at("08:00")));
        assert!(!is_in_window_for_all(&window(""), at("09:00")));
        assert!(!is_in_window_for_all(
            &window("match = { company = 1 }"),
            at("08:00")
        ));
    }
}
