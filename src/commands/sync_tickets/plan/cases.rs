//! One case after the other: the alerts of a key, its ticket, and what is to be done.

use std::collections::BTreeSet;

use super::action::Action;
use super::build::{self, Basis, Ctx, Want};
use super::facts::{Case, KnownTicket, Ticket};
use super::life::{self, Manner, Standing, Step};
use super::merge::{self, Merged};
use super::patience::{ended_only, told_lately};
use super::touch::{self, Pair};
use super::{Hold, Settled, Wait, key, owed, suppress};
use crate::config::Reopen;
use crate::domain::ids::TicketId;
use crate::domain::tickets::{self, TicketLink, TicketLinkId};
use crate::plan::Note;

/// What came of all cases of an account.
#[derive(Debug, Default)]
pub(super) struct Judged<'a> {
    pub(super) actions: Vec<Action>,
    pub(super) notes: Vec<Note>,
    pub(super) settled: Settled,
    /// Tickets to be made, unless they are too many.
    pub(super) wanted: Vec<Want<'a>>,
    /// Cases that stand in a live summary.
    pub(super) summaries: Vec<(TicketLinkId, &'a Case)>,
    /// Tickets that are closed for one of their keys: the others of the same ticket end with it.
    closing: BTreeSet<TicketId>,
}

pub(super) fn judge(ctx: Ctx<'_>) -> Judged<'_> {
    let mut judged = Judged {
        settled: Settled {
            account: Some(ctx.account.account.clone()),
            ..Settled::default()
        },
        ..Judged::default()
    };
    let unresolved = ctx.account.unresolved.values().flatten();
    judged.settled.hold.extend(unresolved.cloned());
    judged
        .settled
        .seen
        .extend(ctx.account.skipped.iter().cloned());
    for case in &ctx.account.cases {
        let vanished = case.vanished.iter().map(|alert| &alert.id);
        let ids = case.alerts.iter().map(|alert| &alert.id).chain(vanished);
        judged.settled.seen.extend(ids.cloned());
        match case.summary {
            Some(summary) => judged.summaries.push((summary, case)),
            None => judged.case(ctx, case),
        }
    }
    judged
}

impl<'a> Judged<'a> {
    fn case(&mut self, ctx: Ctx<'a>, case: &'a Case) {
        let basis = basis(ctx, case);
        let was_ended = basis
            .as_ref()
            .is_some_and(|basis| basis.link.closed_at.is_some());
        let before = basis.as_ref().map_or(&[][..], |basis| &basis.link.alerts);
        let fresh = basis.as_ref().is_none_or(|basis| basis.fresh);
        let merged = merge::merge(before, &[case], was_ended, fresh);
        let standing = match &basis {
            None => Standing::Never,
            Some(basis) => match basis.ticket {
                None => Standing::Gone,
                Some(ticket) if ticket.complete => Standing::Done(ticket),
                Some(ticket) => Standing::Open(ticket),
            },
        };
        let mut manner = manner(ctx, case, basis.as_ref());
        let ticket = basis.as_ref().map(|basis| basis.link.ticket);
        manner.shared |= ticket.is_some_and(|ticket| self.closing.contains(&ticket));
        let step = life::decide(standing, merged.change, manner, ctx.now());
        match (step, basis) {
            (Step::Create, basis) => self.want(ctx, case, merged, basis),
            (_, None) => self.count(ctx, case),
            (step, Some(basis)) => self.live(ctx, case, step, &merged, &basis),
        }
    }

    /// Alerts that ended before they had a ticket: where damping counts, how often they came.
    fn count(&mut self, ctx: Ctx<'_>, case: &Case) {
        if ctx.rules.tickets.damping.occurrences.is_some() {
            let holds = suppress::holds(case, Wait::Damped, true, ctx.now());
            self.settled.hold.extend(holds);
        }
    }

    /// A ticket that is there: what is written to it, and what is remembered.
    fn live(
        &mut self,
        ctx: Ctx<'a>,
        case: &'a Case,
        step: Step,
        merged: &Merged,
        basis: &Basis<'_>,
    ) {
        let mut after = build::remembered(ctx, &basis.link, merged);
        let id = basis.known.map(|known| known.id);
        let pair = |after| Pair { id, after };
        let lately = told_lately(ctx, &basis.link);
        let news = merge::untold(&merged.alerts);
        let open = basis.ticket.is_some_and(|ticket| !ticket.complete);
        // What an open ticket does not tell yet waits for its next note.
        if !open || step == Step::Close || (step == Step::Note && !lately) {
            merge::tell(&mut after.alerts);
        }
        let waits = step == Step::Reopen && self.held_back(ctx, case);
        match (step, basis.ticket) {
            (Step::Note, Some(_)) if lately => {}
            (Step::Note, Some(ticket)) => {
                self.actions
                    .push(touch::note(ctx, case, ticket, &pair(&after), &news));
                return;
            }
            (Step::Reopen, Some(_)) if waits => {
                let before = basis.known.map_or(&basis.link, |known| &known.link);
                after = ended_only(before, merged);
            }
            (Step::Reopen, Some(ticket)) => {
                let action = touch::reopening(ctx, case, ticket, &pair(&after));
                self.reopen(ctx, case, merged, basis, action);
                return;
            }
            (Step::Close, Some(ticket)) => {
                self.closing.insert(ticket.id);
                self.actions
                    .push(touch::closing(ctx, case, ticket, &pair(&after)));
                return;
            }
            (Step::End, ticket) => {
                // What came and went while it waited for its ticket to be opened again counts.
                if case.held.values().any(|held| !held.is_past_suppression()) {
                    self.count(ctx, case);
                }
                let completed = ticket.and_then(|ticket| ticket.completed);
                // Alerts that are in no list for once may be back: then what a person did stands.
                let lost = case.alerts.is_empty() && !case.vanished.is_empty();
                let over = completed.or(Some(ctx.now())).filter(|_| !lost);
                after.closed_at = basis.link.closed_at.or(over);
            }
            (Step::LeaveGone, _) => {
                // Told once: from then on no status of it is remembered.
                let first = after.status.take().is_some();
                self.notes.extend(first.then(|| gone(ctx, case, &after)));
            }
            (Step::LeaveToPerson, Some(ticket)) => {
                self.notes.push(taken_over(ctx, ticket, &after));
            }
            (_, _) => {}
        }
        if basis.known.map_or(!waits, |known| known.link != after) {
            self.settled.remember.push((id, after));
        }
    }

    /// A ticket is wanted, unless a window or damping says otherwise.
    fn want(&mut self, ctx: Ctx<'a>, case: &'a Case, merged: Merged, basis: Option<Basis<'a>>) {
        let Some(speaker) = case.gravest() else {
            return;
        };
        if self.held_back(ctx, case) {
            return;
        }
        let mut alerts = merged.alerts;
        merge::tell(&mut alerts);
        let mut want = Want {
            case,
            speaker,
            alerts,
            times: suppress::count_occurrences(case),
            generation: 1,
            replaces: None,
            reopening: None,
        };
        if let Some(basis) = basis {
            let generation = key::generation(&basis.link.external_id);
            // The id of a ticket that is not there any more is free again.
            let next = u32::from(basis.ticket.is_some());
            want.generation = generation.saturating_add(next);
            want.alerts.retain(|alert| alert.active);
            want.replaces = basis.known.map(|known| build::replaced(ctx, known));
        }
        self.wanted.push(want);
    }

    /// Whether a ticket has to wait: for a window, for damping, or for a company that takes tickets.
    /// What waited for its company goes on doing so in a window, and is not told as settled.
    fn held_back(&mut self, ctx: Ctx<'_>, case: &Case) -> bool {
        let before = (case.held.values()).any(tickets::Hold::is_past_suppression);
        (before && self.takes_none(ctx, case))
            || self.waits(ctx, case)
            || self.takes_none(ctx, case)
    }

    /// Whether the company takes no tickets; the case's alerts are held then, and it is told.
    fn takes_none(&mut self, ctx: Ctx<'_>, case: &Case) -> bool {
        let Some((note, holds)) = inactive(ctx, &[case]) else {
            return false;
        };
        self.notes.push(note);
        self.settled.hold.extend(holds);
        true
    }
}

fn manner(ctx: Ctx<'_>, case: &Case, basis: Option<&Basis<'_>>) -> Manner {
    let tickets = ctx.rules.tickets;
    let by_person = basis
        .and_then(|basis| Some(build::by_person(&basis.link, basis.ticket?)))
        .unwrap_or(false);
    // A tenant that was mapped elsewhere since gets a ticket of its own there.
    let moved = basis.is_some_and(|basis| basis.link.company != case.destination.company);
    Manner {
        reopen: if moved { Reopen::Never } else { tickets.reopen },
        locked: case.locked(),
        auto_close: tickets.auto_close.enabled,
        force: tickets.auto_close.force,
        by_person,
        shared: basis.is_some_and(|basis| shared(ctx, basis)),
    }
}

/// Whether another key's alerts are active under the same ticket: Autotask may have answered a
/// create with the id of an older ticket.
fn shared(ctx: Ctx<'_>, basis: &Basis<'_>) -> bool {
    let ticket = basis.link.ticket;
    ctx.account
        .active_by_ticket
        .get(&ticket)
        .is_some_and(|keys| keys.iter().any(|key| *key != basis.link.alert_key))
}

/// The remembered ticket of a case, or the one that its external id finds: the open one before
/// completed ones, the newest before older ones.
pub(super) fn basis<'a>(ctx: Ctx<'a>, case: &'a Case) -> Option<Basis<'a>> {
    if let Some(known) = &case.known {
        let ticket = ctx.ticket(known.link.ticket);
        if let Some(next) = next(ctx, case, known, ticket) {
            return Some(next);
        }
        return Some(Basis {
            known: Some(known),
            link: owed::as_written(ctx, &known.link, ticket),
            ticket,
            fresh: false,
        });
    }
    let (external_id, ticket) = found(ctx, &case.key, 1)?;
    Some(Basis {
        known: None,
        link: build::adopted(ctx, case, ticket, &external_id),
        ticket: Some(ticket),
        fresh: true,
    })
}

/// The ticket after one that is over: it was made by a run whose answer was lost. Its memory takes
/// the place of the old one's.
fn next<'a>(
    ctx: Ctx<'a>,
    case: &Case,
    known: &'a KnownTicket,
    ticket: Option<&Ticket>,
) -> Option<Basis<'a>> {
    let from = key::generation(&known.link.external_id);
    let from = match ticket {
        None => from,
        Some(ticket) if ticket.complete => from.saturating_add(1),
        Some(_) => return None,
    };
    let (external_id, ticket) = found(ctx, &case.key, from)?;
    Some(Basis {
        known: Some(known),
        link: build::adopted(ctx, case, ticket, &external_id),
        ticket: Some(ticket),
        fresh: true,
    })
}

/// The ticket that a key's external ids find, from a generation on.
pub(super) fn found<'a>(ctx: Ctx<'a>, alert_key: &str, from: u32) -> Option<(String, &'a Ticket)> {
    let mut best: Option<(bool, TicketId, String, &Ticket)> = None;
    for generation in from.. {
        let external_id = key::external_id(&ctx.account.account, alert_key, generation);
        let Some(ids) = ctx.facts.desk.by_external_id.get(&external_id) else {
            break;
        };
        if ids.is_empty() {
            break;
        }
        for ticket in ids.iter().filter_map(|id| ctx.ticket(*id)) {
            let rank = (!ticket.complete, ticket.id);
            if best
                .as_ref()
                .is_none_or(|(open, id, _, _)| rank > (*open, *id))
            {
                best = Some((rank.0, rank.1, external_id.clone(), ticket));
            }
        }
    }
    best.map(|(_, _, external_id, ticket)| (external_id, ticket))
}

/// Kinds of the notes on companies that take no tickets.
pub(super) const INACTIVE: &str = "company-inactive";
pub(super) const HIDDEN: &str = "company-hidden";

/// Alerts that wait because the company of their cases takes no tickets, with what is told of it.
pub(super) fn inactive(ctx: Ctx<'_>, cases: &[&Case]) -> Option<(Note, Vec<Hold>)> {
    let place = &cases.first()?.destination;
    let company = place.company;
    let known = ctx.facts.desk.companies.get(&company);
    let (kind, text) = match known {
        Some(known) if known.active => return None,
        Some(_) => (
            INACTIVE,
            "the company is inactive in Autotask, so its alerts get no tickets, and none is opened \
             again; activate it or unlink it",
        ),
        None => (
            HIDDEN,
            "Autotask does not show the company: it is hidden from the API user, or deleted; its \
             alerts wait, and its tickets and mapping stay as they are",
        ),
    };
    let note = Note {
        kind,
        account: Some(ctx.account.account.clone()),
        company: Some(ctx.party(company)),
        subject: place.customer.clone(),
        text: text.to_owned(),
        needs_person: true,
    };
    let holds = |case: &&Case| suppress::holds(case, Wait::NoCompany, false, ctx.now());
    Some((note, cases.iter().flat_map(holds).collect()))
}

pub(super) fn gone(ctx: Ctx<'_>, case: &Case, link: &TicketLink) -> Note {
    let mut active = link.alerts.iter().filter(|alert| alert.active);
    Note {
        kind: "ticket-gone",
        account: Some(ctx.account.account.clone()),
        company: Some(ctx.party(link.company)),
        subject: link.ticket.to_string(),
        text: format!(
            "ticket {} was deleted or merged in Autotask; its alert ({}) is still active and gets a \
             ticket again only when it is raised anew",
            link.ticket,
            (case.speaker().map(super::content::label))
                .or_else(|| active.next().map(|alert| alert.label.clone()))
                .unwrap_or_default()
        ),
        needs_person: false,
    }
}

pub(super) fn taken_over(ctx: Ctx<'_>, ticket: &Ticket, link: &TicketLink) -> Note {
    Note {
        kind: "left-to-person",
        account: Some(ctx.account.account.clone()),
        company: Some(ctx.party(link.company)),
        subject: ticket.number.clone(),
        text: format!(
            "the alerts of ticket {} are gone, but somebody changed its status or assignment: it \
             stays open (tickets.auto_close.force)",
            ticket.number
        ),
        needs_person: false,
    }
}
