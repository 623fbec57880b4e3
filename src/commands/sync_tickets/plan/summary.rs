//! One ticket for a storm of alerts of one company: made, kept up to date, and closed.

mod standing;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
// Writing into a String cannot fail.
use std::fmt::Write as _;

use super::action::{Action, Changing, Creation, Replaced, Status, What};
use super::build::{self, Ctx, Want};
use super::facts::{Alert, Case, KnownTicket, Ticket};
use super::life::{self, Step};
use super::merge::{self, Merged};
use super::patience::ended_only;
use super::roll::{self, description};
use super::{Hold, cases, key, storm, touch};
use crate::domain::ids::{AlertId, CompanyId};
use crate::domain::tickets::{TicketAlert, TicketFieldIds, TicketLink, TicketLinkId};
use crate::plan::Note;
use standing::{Told, basis, manner, standing};
use words::{about, note};

/// What came of the summaries of an account.
#[derive(Debug, Default)]
pub(super) struct Summaries {
    pub(super) actions: Vec<Action>,
    pub(super) notes: Vec<Note>,
    pub(super) remember: Vec<(Option<TicketLinkId>, TicketLink)>,
    pub(super) hold: Vec<Hold>,
}

/// One summary with everything that goes into it.
#[derive(Debug)]
struct Sum<'a> {
    company: CompanyId,
    known: Option<&'a KnownTicket>,
    cases: Vec<&'a Case>,
    /// Those of the cases that are new to it.
    wants: Vec<Want<'a>>,
}

pub(super) fn of<'a>(
    ctx: Ctx<'a>,
    members: Vec<(TicketLinkId, &'a Case)>,
    mut together: BTreeMap<CompanyId, Vec<Want<'a>>>,
    let_go: &BTreeSet<AlertId>,
) -> Summaries {
    let mut sums = Vec::new();
    let mut inside: BTreeMap<TicketLinkId, Vec<&Case>> = BTreeMap::new();
    for (id, case) in members {
        inside.entry(id).or_default().push(case);
    }
    for company in storm::over(ctx) {
        together.entry(company).or_default();
    }
    for known in &ctx.account.summaries {
        let wants = together.remove(&known.link.company);
        let named = wants.is_some();
        let wants = wants.unwrap_or_default();
        let mut cases = inside.remove(&known.id).unwrap_or_default();
        cases.extend(wants.iter().map(|want| want.case));
        let over = known.link.alerts.iter().all(|alert| !alert.active);
        if named || !cases.is_empty() || (ctx.account.reconciled && over) {
            sums.push(Sum {
                company: known.link.company,
                known: Some(known),
                cases,
                wants,
            });
        }
    }
    for (company, wants) in together {
        sums.push(Sum {
            company,
            known: None,
            cases: wants.iter().map(|want| want.case).collect(),
            wants,
        });
    }
    let mut found = Summaries::default();
    (sums.into_iter()).for_each(|sum| found.one(ctx, sum, let_go));
    found
}

impl Summaries {
    fn one<'a>(&mut self, ctx: Ctx<'a>, sum: Sum<'a>, let_go: &BTreeSet<AlertId>) {
        let (link, ticket) = basis(ctx, &sum);
        let merged = merged(ctx, &link.alerts, &sum);
        let standing = standing(&sum, ticket);
        let manner = manner(ctx, &sum, &link, ticket);
        let mut after = TicketLink {
            alerts: merged.alerts.clone(),
            occurrences: (link.occurrences + merged.raised).max(1),
            closed_at: None,
            ..link.clone()
        };
        // Its alerts are dismissed in this run: a new storm gets a ticket of its own.
        let left = |alert: &TicketAlert| let_go.contains(&alert.id);
        let over = !sum.wants.is_empty() && link.alerts.iter().any(left);
        let step = if over {
            Step::Create
        } else {
            life::decide(standing, merged.change, manner, ctx.now())
        };
        if matches!(step, Step::Create | Step::Reopen) {
            if self.takes_none(ctx, &sum, &merged) {
                return;
            }
            after.alerts.retain(|alert| !let_go.contains(&alert.id));
        }
        let text = description(ctx, sum.company, sum.cases.first().copied(), &after.alerts);
        let told = Told::of(ctx, &link, ticket, &text);
        if told == Told::This {
            after.fingerprint = roll::fingerprint(&text);
        }
        let open = ticket.filter(|ticket| !ticket.complete && !sum.cases.is_empty());
        if let Some(ticket) = open.filter(|_| told == Told::ByPerson) {
            self.notes.push(words::left(ctx, &sum, ticket));
        }
        if let (Step::LeaveToPerson, Some(ticket)) = (step, ticket) {
            self.notes.push(cases::taken_over(ctx, ticket, &after));
        }
        let stale = told == Told::Before && (!sum.cases.is_empty() || sum.known.is_none());
        let writes = |ticket: &Ticket| match step {
            Step::Note | Step::Reopen | Step::Close => true,
            // A person at work on it is told as well which alerts are left.
            Step::Remember | Step::LeaveToPerson => stale && !ticket.complete,
            Step::End | Step::Create | Step::LeaveGone => false,
        };
        match (step, ticket) {
            (Step::Create, ticket) => {
                self.actions
                    .push(creation(ctx, &sum, after, ticket.is_some()));
            }
            (_, Some(ticket)) if writes(ticket) => {
                let joined = &merged.joined;
                let action = changing(ctx, &sum, ticket, after, step, joined, told);
                self.actions.push(action);
            }
            (Step::End, _) => {
                after.closed_at = Some(ctx.now());
                self.remember.push((sum.known.map(|known| known.id), after));
            }
            (_, _) => self.kept(ctx, &sum, step, after),
        }
    }

    /// Whether the company of a remembered summary takes no tickets any more; its alerts are held then,
    /// and it is told. New alerts were looked at one by one.
    fn takes_none(&mut self, ctx: Ctx<'_>, sum: &Sum<'_>, merged: &Merged) -> bool {
        let (Some(known), Some((note, holds))) = (sum.known, cases::inactive(ctx, &sum.cases))
        else {
            return false;
        };
        self.notes.push(note);
        self.hold.extend(holds);
        let ended = ended_only(&known.link, merged);
        let news = (ended != known.link).then_some((Some(known.id), ended));
        self.remember.extend(news);
        true
    }

    /// Nothing is written; what is remembered, and that its ticket is gone, once.
    fn kept(&mut self, ctx: Ctx<'_>, sum: &Sum<'_>, step: Step, mut after: TicketLink) {
        if step == Step::LeaveGone && after.status.take().is_some() {
            let case = sum.cases.first();
            self.notes
                .extend(case.map(|case| cases::gone(ctx, case, &after)));
        }
        if sum.known.is_none_or(|known| known.link != after) {
            self.remember.push((sum.known.map(|known| known.id), after));
        }
        let ended = taken_over(sum).map(|(id, link)| (Some(id), link));
        self.remember.extend(ended);
    }
}

/// The tickets whose alerts stand in the summary from now on.
fn taken_over(sum: &Sum<'_>) -> impl Iterator<Item = Replaced> {
    sum.wants.iter().filter_map(|want| want.replaces.clone())
}

/// What all cases together changed. A new text of one of many alerts is no news for the summary;
/// another alert is.
fn merged(ctx: Ctx<'_>, before: &[TicketAlert], sum: &Sum<'_>) -> Merged {
    // Whatever became of the ticket, it was not about alerts that it never stood for.
    let mut all = merge::merge(before, &sum.cases, !sum.wants.is_empty(), false);
    let there: BTreeSet<AlertId> = all.alerts.iter().map(|one| one.id.clone()).collect();
    // What the tickets that it takes over stood for besides, and what was not read this time.
    let besides = sum.wants.iter().flat_map(|want| &want.alerts);
    let besides = besides.filter(|alert| !there.contains(&alert.id));
    all.alerts.extend(besides.cloned());
    if roll::of_many(ctx, sum.company) {
        name_customers(&mut all.alerts, sum);
    }
    // Its description names them all.
    merge::tell(&mut all.alerts);
    all.alerts.sort();
    all.alerts.dedup_by(|one, other| one.id == other.id);
    all.change.active = all.alerts.iter().any(|alert| alert.active);
    // One that is found may name them already, and its description is brought up to date anyway.
    if sum.known.is_none() {
        all.joined.clear();
    }
    all.change.retold = !all.joined.is_empty();
    all
}

/// Puts its customer behind each alert that was read or taken over; the others have theirs.
fn name_customers(alerts: &mut [TicketAlert], sum: &Sum<'_>) {
    let read = sum.cases.iter().flat_map(|case| {
        let alerts = case.alerts.iter();
        alerts.map(|alert| (&alert.id, case.destination.customer.as_str()))
    });
    let taken = sum.wants.iter().flat_map(|want| {
        let alerts = want.alerts.iter();
        alerts.map(|alert| (&alert.id, want.case.destination.customer.as_str()))
    });
    let customers: BTreeMap<&AlertId, &str> = read.chain(taken).collect();
    for alert in alerts {
        if let Some(customer) = customers.get(&alert.id) {
            alert.label = roll::of_customer(&alert.label, customer);
        }
    }
}

/// The gravest of the alerts speaks for all.
fn speaker<'a>(sum: &Sum<'a>) -> Option<&'a Alert> {
    sum.cases
        .iter()
        .filter_map(|case| case.gravest())
        .max_by_key(|alert| (alert.severity, alert.updated, &alert.id))
}

fn fields(ctx: Ctx<'_>, sum: &Sum<'_>) -> (crate::config::TicketFields, TicketFieldIds, usize) {
    let (rule, fields) = speaker(sum).map_or_else(
        || (0, ctx.rules.tickets.fields_of(None)),
        |alert| ctx.fields(alert, sum.company),
    );
    (fields, ctx.ids(rule), rule)
}

fn creation(ctx: Ctx<'_>, sum: &Sum<'_>, link: TicketLink, after_another: bool) -> Action {
    let (fields, ids, _) = fields(ctx, sum);
    let generation = key::generation(&link.external_id) + u32::from(after_another);
    let external_id = key::external_id(&ctx.account.account, &link.alert_key, generation);
    let party = ctx.party(sum.company);
    let spot = sum
        .cases
        .first()
        .map(|case| ctx.spot(case, None))
        .unwrap_or_default();
    let alerts: Vec<TicketAlert> = link
        .alerts
        .into_iter()
        .filter(|alert| alert.active)
        .collect();
    let text = description(ctx, sum.company, sum.cases.first().copied(), &alerts);
    // Without their number, which changes while the title stays.
    let title = format!("Many alerts at {}", party.name);
    let mut about = about(ctx, sum, &alerts, None);
    let _ = write!(about.subject, " [{external_id}]");
    let own = sum.known.map(|known| build::replaced(ctx, known));
    let replaces = own.into_iter().chain(taken_over(sum)).collect();
    Action::Create(Box::new(Creation {
        about,
        priority: ctx.label("priority", ids.priority),
        due: build::due(ctx.now(), &fields),
        contract: spot.contract,
        item: None,
        link: TicketLink {
            external_id,
            fingerprint: roll::fingerprint(&text),
            status: Some(ids.status),
            assignee: ids.assigned.map(|(resource, _)| resource),
            opened_at: ctx.now(),
            written_at: ctx.now(),
            occurrences: 1,
            alerts,
            ..link
        },
        title,
        description: text,
        fields: ids,
        after: sum.known.map(|known| known.link.ticket),
        replaces,
    }))
}

fn changing(
    ctx: Ctx<'_>,
    sum: &Sum<'_>,
    ticket: &Ticket,
    mut link: TicketLink,
    step: Step,
    joined: &BTreeSet<AlertId>,
    told: Told,
) -> Action {
    let text = description(ctx, sum.company, sum.cases.first().copied(), &link.alerts);
    let close = &ctx.rules.tickets.auto_close;
    let closing = step == Step::Close;
    let status = match step {
        Step::Close => Some(ctx.facts.desk.lists.close_status),
        Step::Reopen => Some(fields(ctx, sum).1.status),
        Step::Remember
        | Step::End
        | Step::Create
        | Step::Note
        | Step::LeaveGone
        | Step::LeaveToPerson => None,
    };
    let note = note(ctx, sum, step, &link, joined);
    let (note, written_at) = touch::unwritten(ctx, ticket, note);
    if told != Told::ByPerson {
        link.fingerprint = roll::fingerprint(&text);
    }
    link.written_at = written_at;
    if status.is_some() {
        link.status = status;
        link.assignee = ticket.assignee;
    }
    link.closed_at = closing.then(|| ctx.now());
    Action::Change(Box::new(Changing {
        about: about(ctx, sum, &link.alerts, Some(ticket)),
        what: match step {
            Step::Close => What::Close,
            Step::Reopen => What::Reopen,
            Step::Remember
            | Step::End
            | Step::Create
            | Step::Note
            | Step::LeaveGone
            | Step::LeaveToPerson => What::UpdateSummary,
        },
        ticket: ticket.id,
        status: status.map(|after| Status {
            before: (ticket.status, ctx.label("status", ticket.status)),
            after: (after, ctx.label("status", after)),
        }),
        resolution: closing.then(|| close.resolution.clone()),
        title: None,
        description: (told != Told::ByPerson).then_some(text),
        note,
        id: sum.known.map(|known| known.id),
        link,
        replaces: taken_over(sum).collect(),
    }))
}
