//! Whose waiting may be over: alerts that are held, and texts that a ticket does not tell yet.

use jiff::SignedDuration;

use super::super::suppress::{alerts_due, unreported_alerts, within_note_interval};
use super::*;
use crate::config::Tickets;
use crate::domain::tickets::HoldReason;

fn at(text: &str) -> Timestamp {
    format!("2026-09-15T{text}:00Z").parse().unwrap()
}

fn held(id: &str, why: HoldReason, since: Option<&str>) -> AlertHold {
    AlertHold {
        alert: AlertId::new(id),
        why,
        key: "k".to_owned(),
        occurrences: 2,
        updated_at: at("07:00"),
        active_since: since.map(at),
        detail: String::new(),
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
        ("", HoldReason::Refused, Some("07:00"), true),
        ("", HoldReason::Blocked, Some("07:00"), true),
        ("", HoldReason::Locked, Some("07:00"), true),
        ("", HoldReason::Unresolved, Some("07:00"), true),
        (night, HoldReason::Quiet, Some("07:00"), false),
        // Whether the window is one for this alert is not known before it is read.
        (some, HoldReason::Quiet, Some("07:00"), true),
        ("", HoldReason::Quiet, Some("07:00"), true),
        (
            "damping.minutes = 61",
            HoldReason::Damped,
            Some("07:00"),
            false,
        ),
        (
            "damping.minutes = 60",
            HoldReason::Damped,
            Some("07:00"),
            true,
        ),
        (
            "damping.occurrences = 3",
            HoldReason::Damped,
            Some("07:00"),
            false,
        ),
        (
            "damping.occurrences = 2",
            HoldReason::Damped,
            Some("07:00"),
            true,
        ),
        ("damping.occurrences = 2", HoldReason::Damped, None, false),
        ("", HoldReason::Damped, Some("07:00"), true),
        // It has lasted long enough, and the window holds it back still.
        (night, HoldReason::Damped, Some("07:00"), false),
    ] {
        let words = if words.starts_with("damping") {
            format!("[tickets]\n{words}\n")
        } else {
            words.to_owned()
        };
        let one = held("a", why, since);
        let found = !alerts_due(&rules(&words), &[one], at("08:00")).is_empty();
        assert_eq!(found, due, "{words} {why:?} {since:?}");
    }
}

#[test]
fn the_alerts_of_a_key_are_asked_for_together() {
    let rules = rules("[tickets]\ndamping.minutes = 60\n");
    let (old, new) = (
        held("a", HoldReason::Damped, Some("07:00")),
        held("b", HoldReason::Damped, Some("07:30")),
    );
    let other = AlertHold {
        alert: AlertId::new("c"),
        key: "other".to_owned(),
        ..new.clone()
    };
    let (a, b) = (old.alert.clone(), new.alert.clone());
    let found = alerts_due(&rules, &[old, new, other], at("08:00"));
    assert_eq!(found, BTreeSet::from([a, b]));
}

#[test]
fn a_text_that_is_not_told_is_asked_for_four_hours_after_the_last_note() {
    let member = |id: &str, active, reported| TicketAlert {
        id: AlertId::new(id),
        key: "k".to_owned(),
        label: id.to_owned(),
        fingerprint: String::new(),
        updated_at: at("03:00"),
        active,
        reported,
        says: None,
        said: None,
    };
    let link = |kind| KnownTicket {
        id: TicketLinkId(1),
        link: TicketLink {
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
            priority: None,
            written_at: at("03:00"),
            closed_at: None,
            occurrences: 1,
            alerts: vec![
                member("told", true, true),
                member("untold", true, false),
                member("over", false, false),
            ],
        },
    };
    let single = link(TicketKind::Alert);
    assert!(unreported_alerts(std::slice::from_ref(&single), at("06:59")).is_empty());
    let due = unreported_alerts(std::slice::from_ref(&single), at("07:00"));
    assert_eq!(due, BTreeSet::from([AlertId::new("untold")]));
    assert!(unreported_alerts(&[link(TicketKind::Summary)], at("07:00")).is_empty());
}

#[test]
fn a_note_waits_for_four_hours_after_the_last_word_but_not_after_the_creation() {
    let case = case(1, vec![alert("a", "PC-1")]);
    let hours = |count| {
        now()
            .saturating_sub(SignedDuration::from_hours(count))
            .unwrap()
    };
    let minute = SignedDuration::from_mins(1);
    for (opened, written, waits) in [
        (hours(9), hours(4), false),
        (hours(9), hours(4).saturating_add(minute).unwrap(), true),
        (hours(9), now(), true),
        // Nothing was written since it was made.
        (hours(1), hours(1), false),
    ] {
        let link = TicketLink {
            opened_at: opened,
            written_at: written,
            ..known(&case, 1).link
        };
        assert_eq!(
            within_note_interval(&link, now()),
            waits,
            "{opened} {written}"
        );
    }
}
