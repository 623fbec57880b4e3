//! The storm brake: too many new tickets become one summary for each company.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Ctx, Want};
use super::cases;
use super::facts::{Case, Ticket};
use super::key;
use crate::config::Limits;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::tickets::{TicketLink, TicketLinkId};

/// Whose new tickets are put together.
#[derive(Debug, Default)]
pub(super) struct Storm(BTreeSet<(AccountName, CompanyId)>);

/// What one account wants: its context, new tickets, and alerts of live summaries.
pub(super) type Wanted<'a> = (Ctx<'a>, Vec<Want<'a>>, Vec<(TicketLinkId, &'a Case)>);

/// More than the limit for one company, or more than the limit in all: then every company with more
/// than one gets a summary; a single ticket is no less readable than a summary of one. So does a
/// company whose open summary nobody remembers (a run lost the answer, or the state file was lost): it
/// may name these alerts already.
pub(super) fn of(wanted: &[Wanted<'_>], limits: &Limits) -> Storm {
    let mut counts: BTreeMap<(AccountName, CompanyId), usize> = BTreeMap::new();
    let mut there: BTreeSet<(AccountName, CompanyId)> = BTreeSet::new();
    for (ctx, wants, _) in wanted {
        let whose = |company| (ctx.account.account.clone(), company);
        there.extend(found(*ctx).into_iter().map(whose));
        for want in wants {
            let whose = (ctx.account.account.clone(), want.case.destination.company);
            *counts.entry(whose).or_default() += 1;
        }
    }
    let over = |count: usize| count > limits.tickets_per_company;
    let tickets: usize = counts
        .values()
        .map(|count| if over(*count) { 1 } else { *count })
        .sum();
    let all = tickets > limits.tickets_per_run;
    let storm = counts
        .into_iter()
        .filter(|(_, count)| over(*count) || (all && *count > 1))
        .map(|(whose, _)| whose);
    Storm(storm.chain(there).collect())
}

/// Companies whose summary is there and open, though nobody remembers it.
fn found(ctx: Ctx<'_>) -> Vec<CompanyId> {
    let lost = ctx.account.lost_summaries.iter().copied();
    lost.filter(|company| has_found(ctx, *company)).collect()
}

/// Whether the company's summary is there and open, though nobody remembers it. What joins it does
/// not wait.
pub(super) fn has_found(ctx: Ctx<'_>, company: CompanyId) -> bool {
    ctx.account.lost_summaries.contains(&company) && unknown(ctx, company).is_some()
}

/// Those of them that stand for nothing any more, unless something goes into them now: every active
/// alert of the company has an open ticket of its own. While it cannot be told whose an alert is, none
/// is over.
pub(super) fn over(ctx: Ctx<'_>) -> Vec<CompanyId> {
    if !ctx.account.unresolved.is_empty() {
        return Vec::new();
    }
    let own = |case: &Case| {
        let ticket = cases::basis(ctx, case).and_then(|basis| basis.ticket);
        ticket.is_some_and(|ticket| !ticket.complete)
    };
    let needs_it = |case: &Case| case.alerts.iter().any(|alert| alert.active) && !own(case);
    let mut found = found(ctx);
    found.retain(|company| {
        let mut cases = ctx.account.cases.iter();
        !cases.any(|case| case.destination.company == *company && needs_it(case))
    });
    found
}

/// The summary that a run made in the place of a known one, and never knew: it takes over its memory.
pub(super) fn next<'a>(ctx: Ctx<'a>, known: &TicketLink) -> Option<(TicketLink, &'a Ticket)> {
    let (external_id, next) = unknown(ctx, known.company)?;
    let as_made = ctx.facts.desk.as_made.contains(&next.id);
    let (status, assignee) = if as_made {
        (Some(next.status), next.assignee)
    } else {
        (known.status, known.assignee)
    };
    let link = TicketLink {
        status,
        assignee,
        external_id,
        ticket: next.id,
        fingerprint: String::new(),
        ..known.clone()
    };
    Some((link, next))
}

/// The open summary of a company that no run remembers, with its external id.
fn unknown<'a>(ctx: Ctx<'a>, company: CompanyId) -> Option<(String, &'a Ticket)> {
    let known = |ticket: &Ticket| {
        let mut summaries = ctx.account.summaries.iter();
        summaries.any(|known| known.link.ticket == ticket.id)
    };
    cases::found(ctx, &key::summary_key(company.0), 1)
        .filter(|(_, ticket)| !ticket.complete && !known(ticket))
}

impl Storm {
    /// The tickets that are made one by one, and those of each company that are put together.
    pub(super) fn split<'a>(
        &self,
        account: &AccountName,
        wants: Vec<Want<'a>>,
    ) -> (Vec<Want<'a>>, BTreeMap<CompanyId, Vec<Want<'a>>>) {
        let mut single = Vec::new();
        let mut together: BTreeMap<CompanyId, Vec<Want<'a>>> = BTreeMap::new();
        for want in wants {
            let company = want.case.destination.company;
            if self.0.contains(&(account.clone(), company)) {
                together.entry(company).or_default().push(want);
            } else {
                single.push(want);
            }
        }
        (single, together)
    }
}
