//! Changes of tickets that are there: notes, re-opening, closing.

use std::collections::BTreeSet;
// Writing into a String cannot fail.
use std::fmt::Write as _;

use jiff::Timestamp;

use super::action::{About, Action, Changing, Note as TicketNote, Status, What};
use super::build::{Ctx, Told, dealt};
use super::content;
use super::facts::{Alert, Case, Ticket};
use super::spot::Spot;
use super::{merge, owed, roll};
use crate::domain::ids::AlertId;
use crate::domain::tickets::{TicketLink, TicketLinkId};

/// A note on an open ticket about new texts: the latest of them whole, the others in short.
pub(super) fn note(
    ctx: Ctx<'_>,
    case: &Case,
    ticket: &Ticket,
    known: &Pair<'_>,
    news: &BTreeSet<AlertId>,
) -> Action {
    let mut fresh: Vec<&Alert> = (case.alerts.iter())
        .filter(|alert| news.contains(&alert.id))
        .collect();
    fresh.sort_by_key(|alert| (alert.updated, &alert.id));
    let latest = fresh.pop().or_else(|| case.speaker());
    let told = latest.map(|alert| told(ctx, case, alert, known.after));
    let mut telling = told.as_ref().map(|told| ctx.telling(told).text());
    if let Some(telling) = &mut telling {
        for alert in fresh {
            let (label, message) = (content::label(alert), &alert.details.message);
            let _ = write!(telling, "\n\nAlso: {label}\n{message}");
        }
    }
    change(
        ctx,
        case,
        ticket,
        known,
        Touch {
            what: What::Note,
            status: None,
            resolution: None,
            note: Some(TicketNote {
                title: "The alert changed".to_owned(),
                text: telling.unwrap_or_default(),
            }),
        },
    )
}

/// Back to the status of new tickets, with a note.
pub(super) fn reopening(ctx: Ctx<'_>, case: &Case, ticket: &Ticket, known: &Pair<'_>) -> Action {
    let after = TicketLink {
        alerts: merge::of_new_round(&known.after.alerts),
        ..known.after.clone()
    };
    let known = &Pair {
        id: known.id,
        after: &after,
    };
    let speaker = case.speaker();
    let told = speaker.map(|alert| told(ctx, case, alert, known.after));
    let text = told.as_ref().map(|told| ctx.telling(told).text());
    let status = case.gravest().map(|alert| {
        ctx.ids(ctx.fields(alert, case.destination.company).0)
            .status
    });
    change(
        ctx,
        case,
        ticket,
        known,
        Touch {
            what: What::Reopen,
            status,
            resolution: None,
            note: Some(TicketNote {
                title: "The alert was raised again".to_owned(),
                text: text.unwrap_or_default(),
            }),
        },
    )
}

/// The configured status, with note and resolution.
pub(super) fn closing(ctx: Ctx<'_>, case: &Case, ticket: &Ticket, known: &Pair<'_>) -> Action {
    let close = &ctx.rules.tickets.auto_close;
    change(
        ctx,
        case,
        ticket,
        known,
        Touch {
            what: What::Close,
            status: Some(ctx.facts.desk.lists.close_status),
            resolution: Some(close.resolution.clone()),
            note: Some(closing_note(ctx, case, &close.resolution, known.after)),
        },
    )
}

fn closing_note(ctx: Ctx<'_>, case: &Case, resolution: &str, link: &TicketLink) -> TicketNote {
    let labels = roll::counted(&link.alerts);
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    gone_note(ctx, resolution, &labels, gone_since(&[case], link))
}

/// When the last alert ended. Nobody said when those did that vanished, only that they are gone now.
pub(super) fn gone_since(cases: &[&Case], link: &TicketLink) -> Option<Timestamp> {
    let ends = link.alerts.iter().map(|alert| alert.updated_at).max();
    ends.filter(|_| cases.iter().all(|case| case.vanished.is_empty()))
}

/// That these alerts are gone, and since when: the same words at another time are another note.
pub(super) fn gone_note(
    ctx: Ctx<'_>,
    resolution: &str,
    labels: &[&str],
    since: Option<Timestamp>,
) -> TicketNote {
    TicketNote {
        title: "The alert is gone".to_owned(),
        text: format!(
            "{resolution}\n\n{}\n\nGone since: {}",
            labels.join("\n"),
            shown(ctx, since)
        ),
    }
}

/// A time as people read it; now when it is not known.
pub(super) fn shown(ctx: Ctx<'_>, at: Option<Timestamp>) -> String {
    content::shown(at.unwrap_or(ctx.now()), ctx.rules.tickets.zone())
}

/// What is remembered of a ticket before and after.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) id: Option<TicketLinkId>,
    pub(super) after: &'a TicketLink,
}

#[derive(Debug)]
pub(super) struct Touch {
    pub(super) what: What,
    pub(super) status: Option<i64>,
    pub(super) resolution: Option<String>,
    pub(super) note: Option<TicketNote>,
}

fn told<'a>(ctx: Ctx<'_>, case: &'a Case, alert: &'a Alert, link: &TicketLink) -> Told<'a> {
    Told {
        party: ctx.party(case.destination.company),
        case,
        alert,
        spot: Spot::default(),
        external_id: link.external_id.clone(),
        first_seen: case.alerts.iter().filter_map(|alert| alert.created).min(),
        times: link.occurrences,
    }
}

pub(super) fn change(
    ctx: Ctx<'_>,
    case: &Case,
    ticket: &Ticket,
    known: &Pair<'_>,
    touch: Touch,
) -> Action {
    let mut link = known.after.clone();
    if let Some(status) = touch.status {
        link.status = Some(status);
        link.assignee = ticket.assignee;
    }
    if touch.what == What::Close {
        link.closed_at = Some(ctx.now());
    }
    let name = case
        .speaker()
        .map(content::label)
        .or_else(|| link.alerts.first().map(|alert| alert.label.clone()))
        .unwrap_or_default();
    let status = touch.status.map(|after| Status {
        before: (ticket.status, ctx.label("status", ticket.status)),
        after: (after, ctx.label("status", after)),
    });
    let (note, written_at) = unwritten(ctx, ticket, touch.note);
    link.written_at = written_at;
    Action::Change(Box::new(Changing {
        about: About {
            account: ctx.account.account.clone(),
            party: ctx.party(link.company),
            subject: format!("{} {name}", ticket.number),
            because: Vec::new(),
            alerts: dealt(ctx, case),
        },
        what: touch.what,
        ticket: ticket.id,
        status,
        resolution: touch.resolution,
        title: None,
        description: None,
        note,
        id: known.id,
        link,
        replaces: Vec::new(),
    }))
}

/// The note that is still to be written, and when the ticket is written to for the last time: a note
/// may be there already, by a run whose answer was lost, or come there now because it is owed.
pub(super) fn unwritten(
    ctx: Ctx<'_>,
    ticket: &Ticket,
    note: Option<TicketNote>,
) -> (Option<TicketNote>, Timestamp) {
    let Some(note) = note else {
        return (None, ctx.now());
    };
    let there = ctx.facts.desk.unsure.get(&ticket.id).and_then(|notes| {
        let mut same = notes.iter().filter(|(_, text)| same(text, &note.text));
        same.next_back().map(|(at, _)| at.unwrap_or(ctx.now()))
    });
    let tells = owed::tells(ctx, ticket, &note.text);
    let note = Some(note).filter(|_| there.is_none() && !tells);
    (note, there.unwrap_or(ctx.now()))
}

/// Whether two note texts are the same; line ends and outer blanks may have been normalised.
pub(super) fn same(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    words(one) == words(other)
}

#[cfg(test)]
mod tests;
