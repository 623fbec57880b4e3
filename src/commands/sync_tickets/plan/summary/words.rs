//! What is told of a summary: in the plan, and in notes on its ticket.

use std::collections::BTreeSet;

use super::super::action::{About, Note as TicketNote};
use super::super::build::{self, Ctx};
use super::super::facts::Ticket;
use super::super::life::Step;
use super::super::roll::{listed, listed_once};
use super::super::touch;
use super::Sum;
use crate::domain::ids::AlertId;
use crate::domain::tickets::{TicketAlert, TicketLink};
use crate::plan::Note;

/// What is written, and why: for what a ticket says, what is active in it counts, not what was read.
pub(super) fn about(
    ctx: Ctx<'_>,
    sum: &Sum<'_>,
    alerts: &[TicketAlert],
    ticket: Option<&Ticket>,
) -> About {
    let party = ctx.party(sum.company);
    let active = alerts.iter().filter(|alert| alert.active).count();
    let subject = format!("{active} active alerts at {}", party.name);
    let (subject, because) = match ticket {
        None => (subject, format!("{active} alerts in one ticket")),
        Some(ticket) => (
            format!("{}: {subject}", ticket.number),
            format!("{active} of the {} alerts in it are active", alerts.len()),
        ),
    };
    let dealt = sum.cases.iter().flat_map(|case| build::dealt(ctx, case));
    About {
        account: ctx.account.account.clone(),
        party,
        subject,
        because: vec![because],
        alerts: dealt.collect(),
    }
}

/// What the ticket is told of it: the end, or who joined, each with its time: the same words at
/// another time are another note.
pub(super) fn note(
    ctx: Ctx<'_>,
    sum: &Sum<'_>,
    step: Step,
    link: &TicketLink,
    joined_now: &BTreeSet<AlertId>,
) -> Option<TicketNote> {
    let resolution = &ctx.rules.tickets.auto_close.resolution;
    let came = |title: String, ids: &BTreeSet<AlertId>| {
        let named = link.alerts.iter().filter(|alert| ids.contains(&alert.id));
        let alerts: Vec<TicketAlert> = named.cloned().collect();
        let last = alerts.iter().map(|alert| alert.updated_at).max();
        let (listed, last) = (listed(&alerts), touch::shown(ctx, last));
        let text = format!("{listed}\nLast raised: {last}");
        Some(TicketNote { title, text })
    };
    match step {
        Step::Close => {
            let since = touch::shown(ctx, touch::gone_since(&sum.cases, link));
            let listed = listed_once(&link.alerts);
            Some(TicketNote {
                title: "All alerts are gone".to_owned(),
                text: format!("{resolution}\n\n{listed}\nGone since: {since}"),
            })
        }
        _ if !joined_now.is_empty() => {
            came(format!("{} more alerts", joined_now.len()), joined_now)
        }
        Step::Reopen => came("Alerts came again".to_owned(), &read(sum)),
        Step::Remember
        | Step::End
        | Step::Create
        | Step::Note
        | Step::LeaveGone
        | Step::LeaveToPerson => None,
    }
}

/// The active alerts that were read this time.
fn read(sum: &Sum<'_>) -> BTreeSet<AlertId> {
    let read = sum.cases.iter().flat_map(|case| &case.alerts);
    let active = read.filter(|alert| alert.active);
    active.map(|alert| alert.id.clone()).collect()
}

/// That the description is somebody's own by now.
pub(super) fn left(ctx: Ctx<'_>, sum: &Sum<'_>, ticket: &Ticket) -> Note {
    Note {
        kind: "summary-left",
        account: Some(ctx.account.account.clone()),
        company: Some(ctx.party(sum.company)),
        subject: ticket.number.clone(),
        text: format!(
            "somebody changed the description of summary {}: it is not brought up to date; notes \
             tell what joins, and the end",
            ticket.number
        ),
        needs_person: false,
    }
}
