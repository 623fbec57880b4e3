//! Which alerts one ticket is to stand for: those of a key, or, in an alert storm, those of a company.
//! Both are groups, and everything that follows is the same for both.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::action::{Action, Replaced};
use super::facts::{Alert, Case, KnownTicket};
use super::{key, lookup};
use crate::config::Limits;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::tickets::{TicketKind, TicketLink, TicketLinkId};

/// The alerts of one ticket.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) kind: TicketKind,
    pub(super) key: String,
    pub(super) company: CompanyId,
    pub(super) cases: Vec<&'a Case>,
    /// The remembered ticket; one of a key may be over.
    pub(super) known: Option<&'a KnownTicket>,
    /// Tickets that were wanted for keys, and whose alerts go into this one instead.
    pub(super) joining: Vec<WantedTicket<'a>>,
}

/// A ticket that is wanted for a key, unless too many are: then its alerts go into a summary.
#[derive(Clone, Debug)]
pub(super) struct WantedTicket<'a> {
    pub(super) case: &'a Case,
    /// As it is remembered once it is there.
    pub(super) link: TicketLink,
    pub(super) replaces: Option<Replaced>,
    /// The ticket is not to be made but opened again: how.
    pub(super) reopening: Option<Box<Action>>,
}

impl<'a> Group<'a> {
    pub(super) fn of_key(case: &'a Case) -> Self {
        Self {
            kind: TicketKind::Alert,
            key: case.key.clone(),
            company: case.destination.company,
            cases: vec![case],
            known: case.known.as_ref(),
            joining: Vec::new(),
        }
    }

    fn of_company(
        company: CompanyId,
        known: Option<&'a KnownTicket>,
        mut cases: Vec<&'a Case>,
        joining: Vec<WantedTicket<'a>>,
    ) -> Self {
        cases.extend(joining.iter().map(|want| want.case));
        Self {
            kind: TicketKind::Summary,
            key: key::summary_key(company.0),
            company,
            cases,
            known,
            joining,
        }
    }

    pub(super) fn is_storm(&self) -> bool {
        self.kind == TicketKind::Summary
    }

    /// The gravest of its alerts decides how there is a ticket.
    pub(super) fn gravest(&self) -> Option<&'a Alert> {
        let gravest = self.cases.iter().filter_map(|case| case.gravest());
        gravest.max_by_key(|alert| (alert.severity, alert.updated, &alert.id))
    }

    /// The tickets whose alerts stand in this one from now on.
    pub(super) fn taken_over(&self) -> impl Iterator<Item = Replaced> {
        self.joining.iter().filter_map(|want| want.replaces.clone())
    }
}

/// What one account wants: its context, new tickets, and alerts of live summaries.
pub(super) type Wanted<'a> = (
    Context<'a>,
    Vec<WantedTicket<'a>>,
    Vec<(TicketLinkId, &'a Case)>,
);

/// Whose new tickets are put together.
#[derive(Debug, Default)]
pub(super) struct AlertStorms(BTreeSet<(AccountName, CompanyId)>);

/// More than the limit for one company, or more than the limit in all: then every company with more
/// than one gets a summary; a single ticket is no less readable than a summary of one. So does a
/// company whose open summary nobody remembers (a run lost the answer, or the state file was lost): it
/// may name these alerts already.
pub(super) fn find_storms(wanted: &[Wanted<'_>], limits: &Limits) -> AlertStorms {
    let mut counts: BTreeMap<(AccountName, CompanyId), usize> = BTreeMap::new();
    let mut there: BTreeSet<(AccountName, CompanyId)> = BTreeSet::new();
    for (ctx, wants, _) in wanted {
        let whose = |company| (ctx.account.account.clone(), company);
        let found = lookup::found_summaries(&ctx.facts.desk, ctx.account);
        there.extend(found.into_iter().map(whose));
        for want in wants {
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
    ctx: Context<'a>,
    members: Vec<(TicketLinkId, &'a Case)>,
    mut together: BTreeMap<CompanyId, Vec<WantedTicket<'a>>>,
) -> Vec<Group<'a>> {
    let mut groups = Vec::new();
    let mut inside: BTreeMap<TicketLinkId, Vec<&Case>> = BTreeMap::new();
    for (id, case) in members {
        inside.entry(id).or_default().push(case);
    }
    for company in lookup::finished_summaries(ctx) {
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
