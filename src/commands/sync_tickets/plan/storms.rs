//! Alert storms: tickets that are too many are put together, one for each company.

use std::collections::{BTreeMap, BTreeSet};

use super::context::AccountContext;
use super::decide::AccountOutcome;
use super::facts::{AccountFacts, Case, Desk};
use super::group::{Group, WantedTicket};
use super::lookup;
use crate::config::Limits;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::tickets::TicketLinkId;

/// Whose new tickets are put together.
#[derive(Debug, Default)]
pub(super) struct AlertStorms(BTreeSet<(AccountName, CompanyId)>);

/// More than the limit for one company, or more than the limit in all: then every company with more
/// than one gets a summary; a single ticket is no less readable than a summary of one. So does a
/// company whose open summary nobody remembers (a run lost the answer, or the state file was lost): it
/// may name these alerts already.
pub(super) fn find_storms(
    desk: &Desk,
    outcomes: &[AccountOutcome<'_>],
    limits: &Limits,
) -> AlertStorms {
    let mut counts: BTreeMap<(AccountName, CompanyId), usize> = BTreeMap::new();
    let mut there: BTreeSet<(AccountName, CompanyId)> = BTreeSet::new();
    for outcome in outcomes {
        let whose = |company| (outcome.account.account.clone(), company);
        let found = found_summaries(desk, outcome.account);
        there.extend(found.into_iter().map(whose));
        for want in &outcome.wanted {
            *counts
                .entry(whose(want.case.destination.company))
                .or_default() += 1;
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
    AlertStorms(storm.chain(there).collect())
}

impl AlertStorms {
    /// The tickets that are made one by one, and those of each company that are put together.
    pub(super) fn split_wanted<'a>(
        &self,
        account: &AccountName,
        wants: Vec<WantedTicket<'a>>,
    ) -> (
        Vec<WantedTicket<'a>>,
        BTreeMap<CompanyId, Vec<WantedTicket<'a>>>,
    ) {
        let mut single = Vec::new();
        let mut together: BTreeMap<CompanyId, Vec<WantedTicket<'a>>> = BTreeMap::new();
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

/// The groups of an account's storms: those of live summaries with `members`, the cases that stand in
/// them, and those of new ones.
pub(super) fn storm_groups<'a>(
    ctx: AccountContext<'a>,
    members: Vec<(TicketLinkId, &'a Case)>,
    mut together: BTreeMap<CompanyId, Vec<WantedTicket<'a>>>,
) -> Vec<Group<'a>> {
    let mut groups = Vec::new();
    let mut inside: BTreeMap<TicketLinkId, Vec<&Case>> = BTreeMap::new();
    for (id, case) in members {
        inside.entry(id).or_default().push(case);
    }
    for company in finished_summaries(ctx) {
        together.entry(company).or_default();
    }
    for known in &ctx.account.summaries {
        let joining = together.remove(&known.link.company);
        let cases = inside.remove(&known.id).unwrap_or_default();
        let over = known.link.alerts.iter().all(|alert| !alert.active);
        if joining.is_some() || !cases.is_empty() || (ctx.account.reconciled && over) {
            let (company, joining) = (known.link.company, joining.unwrap_or_default());
            groups.push(Group::of_company(company, Some(known), cases, joining));
        }
    }
    let new = together.into_iter();
    groups.extend(
        new.map(|(company, joining)| Group::of_company(company, None, Vec::new(), joining)),
    );
    groups
}

/// Companies whose summary is there and open, though nobody remembers it.
fn found_summaries(desk: &Desk, account: &AccountFacts) -> Vec<CompanyId> {
    let lost = account.lost_summaries.iter().copied();
    lost.filter(|company| lookup::has_found_summary(desk, account, *company))
        .collect()
}

/// Those of them that stand for nothing any more, unless something goes into them now: every active
/// alert of the company has an open ticket of its own. While it cannot be told whose an alert is, none
/// is over.
fn finished_summaries(ctx: AccountContext<'_>) -> Vec<CompanyId> {
    if !ctx.account.unresolved.is_empty() {
        return Vec::new();
    }
    let desk = &ctx.facts.desk;
    let has_own = |case: &Case| {
        let group = Group::of_key(case);
        let basis = lookup::find_basis(desk, ctx.account, ctx.rules.tickets, &group, ctx.now());
        basis.ticket.is_some_and(|ticket| !ticket.complete)
    };
    let needs_it = |case: &Case| case.alerts.iter().any(|alert| alert.active) && !has_own(case);
    let mut found = found_summaries(desk, ctx.account);
    found.retain(|company| {
        let mut cases = ctx.account.cases.iter();
        !cases.any(|case| case.destination.company == *company && needs_it(case))
    });
    found
}
