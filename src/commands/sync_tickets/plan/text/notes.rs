//! What a note says of the alerts of its ticket: what changed first, before and after, and what is new in
//! full; nothing that the ticket tells already.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::super::super::fingerprint;
use super::format_time;
use crate::domain::ids::AlertId;
use crate::domain::text::utf16_length;
use crate::domain::tickets::{AlertSaying, TicketAlert};

/// Room for the alerts of one note; with the lines around them it stays below 32000 characters
/// (autotask.md §8.12). What finds none is told by the next note.
const NOTE_ROOM: usize = 30_000;
/// A text of so many characters stands on the line of its name.
const SHORT: usize = 160;

/// A text about several alerts, and which of them it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct ToldAlerts {
    pub(in super::super) text: String,
    pub(in super::super) alerts: BTreeSet<AlertId>,
}

/// These alerts one after the other, each text once: with what changed where the ticket tells them
/// already, else in full. One of several that are `active` is told apart from the others by its details.
pub(in super::super) fn tell_alerts(
    alerts: &[&TicketAlert],
    active: &[&TicketAlert],
    zone: &TimeZone,
) -> ToldAlerts {
    let tell = |alert: &TicketAlert, says: &AlertSaying| {
        let said = alert.said.as_ref().filter(|_| !alert.reported);
        match said.map(|said| list_changes(said, says)) {
            Some(changes) if !changes.is_empty() => {
                let mut lines = vec![name_alert(says)];
                lines.extend(tell_apart(says, said, active));
                lines.extend(changes);
                lines.join("\n")
            }
            Some(_) | None => tell_in_full(says, None, zone),
        }
    };
    tell_each(alerts, NOTE_ROOM, tell)
}

/// The alerts beside the one that a description tells, without what is the same of both.
pub(in super::super) fn tell_others(
    lead: &AlertSaying,
    others: &[&TicketAlert],
    room: usize,
    zone: &TimeZone,
) -> ToldAlerts {
    tell_each(others, room, |_, says| tell_in_full(says, Some(lead), zone))
}

fn tell_each(
    alerts: &[&TicketAlert],
    room: usize,
    tell: impl Fn(&TicketAlert, &AlertSaying) -> String,
) -> ToldAlerts {
    let mut parts: Vec<(String, usize)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut told = ToldAlerts::default();
    let mut used = 0;
    for alert in alerts {
        let Some(says) = &alert.says else {
            continue;
        };
        if let Some((_, count)) = places
            .get(alert.fingerprint.as_str())
            .and_then(|at| parts.get_mut(*at))
        {
            *count += 1;
        } else {
            let part = tell(alert, says);
            used += utf16_length(&part) + 20;
            if used > room {
                break;
            }
            places.insert(&alert.fingerprint, parts.len());
            parts.push((part, 1));
        }
        told.alerts.insert(alert.id.clone());
    }
    let texts = parts.into_iter().map(|(part, count)| match count {
        1 => part,
        more => format!("{part}\n({more} alerts say this)"),
    });
    told.text = texts.collect::<Vec<_>>().join("\n\n");
    told
}

/// `SRV-02: Backup failed, plan Daily`.
fn name_alert(says: &AlertSaying) -> String {
    let mut name = says.problem.clone();
    if !says.workload.is_empty() {
        name = format!("{}: {name}", says.workload);
    }
    if !says.plan.is_empty() {
        let _ = write!(name, ", plan {}", says.plan);
    }
    name
}

/// Details that did not change, and that another alert of the ticket has with another value.
fn tell_apart(
    says: &AlertSaying,
    said: Option<&AlertSaying>,
    active: &[&TicketAlert],
) -> Vec<String> {
    let others: Vec<&AlertSaying> = active.iter().filter_map(|one| one.says.as_ref()).collect();
    let stays = |(name, value): &(&String, &String)| {
        said.is_some_and(|said| said.details.get(*name) == Some(value))
    };
    let differs = |(name, value): &(&String, &String)| {
        let mut values = others.iter().filter_map(|other| other.details.get(*name));
        values.any(|other| !fingerprint::is_same_but_for_time(name, other, value))
    };
    let details = says.details.iter().filter(stays).filter(differs);
    details
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

/// What differs, one line each; a long text below its name.
fn list_changes(said: &AlertSaying, says: &AlertSaying) -> Vec<String> {
    let mut changes = Vec::new();
    for (name, before, after) in [
        ("Severity", &said.severity, &says.severity),
        ("Problem", &said.problem, &says.problem),
        ("Workload", &said.workload, &says.workload),
        ("Plan", &said.plan, &says.plan),
        ("What happened", &said.message, &says.message),
    ] {
        if before != after {
            changes.push(tell_change(name, before, after));
        }
    }
    let names: BTreeSet<&String> = said.details.keys().chain(says.details.keys()).collect();
    for name in names {
        let value = |saying: &AlertSaying| saying.details.get(name).cloned().unwrap_or_default();
        let (before, after) = (value(said), value(says));
        if !fingerprint::is_same_but_for_time(name, &before, &after) {
            changes.push(tell_change(name, &before, &after));
        }
    }
    changes
}

fn tell_change(name: &str, before: &str, after: &str) -> String {
    let shown = |text: &str| {
        if text.is_empty() {
            "nothing".to_owned()
        } else {
            text.to_owned()
        }
    };
    let short = |text: &str| !text.contains('\n') && utf16_length(text) <= SHORT;
    if short(before) && short(after) && utf16_length(before) + utf16_length(after) <= SHORT {
        return format!("{name}: {} → {}", shown(before), shown(after));
    }
    format!(
        "{name}, before:\n{}\n{name}, now:\n{}",
        shown(before),
        shown(after)
    )
}

/// An alert with everything it says, but for what `lead` says as well.
fn tell_in_full(says: &AlertSaying, lead: Option<&AlertSaying>, zone: &TimeZone) -> String {
    let is_new = |of: fn(&AlertSaying) -> &String| {
        !of(says).is_empty() && lead.is_none_or(|lead| of(lead) != of(says))
    };
    let mut head = Vec::new();
    if is_new(|says| &says.workload) || is_new(|says| &says.problem) {
        let alone = AlertSaying {
            plan: String::new(),
            ..says.clone()
        };
        head.push(name_alert(&alone));
    }
    if is_new(|says| &says.plan) {
        head.push(format!("plan {}", says.plan));
    }
    if is_new(|says| &says.severity) {
        head.push(format!("severity {}", says.severity));
    }
    if let Some(since) = says.since {
        head.push(format!("since {}", format_time(since, zone)));
    }
    let mut lines = vec![head.join(", ")];
    if is_new(|says| &says.message) {
        lines.push(says.message.clone());
    }
    for (name, value) in &says.details {
        if lead.is_none_or(|lead| lead.details.get(name) != Some(value)) {
            lines.push(format!("{name}: {value}"));
        }
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}
