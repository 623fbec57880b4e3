//! Which units are posted to which lines. Pure: facts and rules in, a plan out.

pub(super) mod action;
mod arithmetic;
mod billed_level;
mod change;
mod context;
mod customer;
mod deferred;
mod effective;
mod fallen_usage;
mod further_facts;
mod guards;
mod line_lookup;
mod manual_change;
mod money;
pub(super) mod overuse;
mod past;
mod reading;
mod remarks;
pub(super) mod revert;
mod takeover;
mod trial;
pub(super) mod unbilled;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::facts::{BilledLineKey, Facts, KnownLine};
use crate::config;
use crate::domain::contracts::ServiceLine;
use crate::domain::ids::ContractId;
use crate::plan::{Plan, Reach, Refusal, Remark, RisingFigure};
use crate::quotas;

pub(super) use action::{Action, PostUnits};
pub(super) use billed_level::BilledLevel;
use context::CustomerContext;
pub(super) use further_facts::{find_figures_to_read, find_rows_to_read};
use overuse::OverUse;
use unbilled::UnbilledItem;

/// The sections of the configuration that billing depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) billing: &'a config::Billing,
    /// What differs for some companies.
    pub(super) customers: &'a config::Customers,
    pub(super) limits: &'a config::Limits,
}

impl<'a> Rules<'a> {
    pub(super) fn from_config(config: &'a config::Config) -> Self {
        Self {
            billing: &config.billing,
            customers: &config.customers,
            limits: &config.limits,
        }
    }
}

/// What is found while planning.
#[derive(Debug, Default)]
struct PlanBuilder {
    posts: Vec<PostUnits>,
    notes: Vec<Remark>,
    refusals: Vec<Refusal>,
    levels: LevelTotals,
    rows: RowCount,
    billed_levels: Vec<BilledLevel>,
    /// What is newly known of lines, and which of them are to be taken over.
    lines: BTreeMap<BilledLineKey, KnownLine>,
    takeovers: BTreeSet<BilledLineKey>,
    /// Lines of the customer at hand that are left alone because its tenant is in trial.
    trial: Vec<PostUnits>,
    /// The first days of ended periods of lines that turned out right.
    found_right: Vec<(BilledLineKey, Date)>,
    prepaid: BTreeSet<ContractId>,
    unbilled: Vec<UnbilledItem>,
    over_use: Vec<OverUse>,
}

/// Billed units over all customers, as they are and by how much they would fall.
#[derive(Debug, Default)]
struct LevelTotals {
    before: i64,
    falling: i64,
}

impl LevelTotals {
    /// A line that is billed by usage. What is held back counts too: it is the same fall.
    fn add_line(&mut self, before: i64, wanted: i64) {
        self.before = self.before.saturating_add(before);
        let fall = before.saturating_sub(wanted).max(0);
        self.falling = self.falling.saturating_add(fall);
    }
}

/// Lines that are billed by usage, and how many of them show units today.
#[derive(Debug, Default)]
struct RowCount {
    lines: usize,
    shown: usize,
}

impl RowCount {
    fn add_line(&mut self, line: Option<&ServiceLine>, today: Date) {
        if let Some(line) = line {
            self.lines = self.lines.saturating_add(1);
            let shown = usize::from(line.rows.row_on(today).is_some());
            self.shown = self.shown.saturating_add(shown);
        }
    }
}

/// What one run found, before it is made a plan.
#[derive(Debug, Default)]
pub(super) struct BillingFindings {
    pub(super) actions: Vec<Action>,
    pub(super) notes: Vec<Remark>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) billed_levels: Vec<BilledLevel>,
    /// What is newly known of lines.
    pub(super) lines: BTreeMap<BilledLineKey, KnownLine>,
    /// The first days of ended periods that turned out right, of lines: nothing is left of them.
    pub(super) found_right: Vec<(BilledLineKey, Date)>,
    /// Contracts that are prepaid now.
    pub(super) prepaid: BTreeSet<ContractId>,
    /// What pay-as-you-go customers use and nothing bills.
    pub(super) unbilled: Vec<UnbilledItem>,
    /// Prepaid customers above their quotas, and usage that nothing bills.
    pub(super) over_use: Vec<OverUse>,
}

/// Decides about all lines of all customers.
pub(super) fn plan(facts: &Facts, rules: Rules<'_>) -> BillingFindings {
    let customers = CustomerContext::for_customers(facts, rules);
    let mut draft = plan_customers(facts, rules, &customers);
    let taken_over = takeover::refuse_takeovers(&draft);
    draft.refusals.extend(taken_over);
    let bounds = money::check_amounts(&draft.posts, &draft.refusals, rules);
    draft.refusals.extend(bounds);
    billed_level::decide_next_postings(&mut draft);
    let PlanBuilder {
        posts,
        notes,
        mut refusals,
        levels,
        rows,
        billed_levels: standing,
        lines,
        takeovers: _,
        trial: _,
        found_right,
        prepaid,
        unbilled,
        over_use,
    } = draft;
    refusals.extend(guards::refuse_total_fall(&levels, rules.limits));
    refusals.extend(guards::refuse_unseen_rows(&rows, facts.today).filter(|_| !posts.is_empty()));
    BillingFindings {
        actions: posts.into_iter().map(Action::post_units).collect(),
        notes,
        refusals,
        billed_levels: standing,
        lines,
        found_right,
        prepaid,
        unbilled,
        over_use,
    }
}

/// The changes of all lines and of their ended periods, before the bounds over all of them.
fn plan_customers(
    facts: &Facts,
    rules: Rules<'_>,
    customers: &[CustomerContext<'_>],
) -> PlanBuilder {
    let mut draft = PlanBuilder::default();
    draft.notes.extend(facts.notes.iter().cloned());
    for view in customers {
        customer::plan(&mut draft, view);
    }
    past::plan(&mut draft, facts, rules);
    draft
}

impl BillingFindings {
    pub(super) fn into_plan(self, command: &'static str) -> Plan<Action> {
        let mut notes = self.notes;
        notes.extend(self.over_use.iter().map(|over| over.note.clone()));
        let rising = self.over_use.into_iter().map(|over| {
            let base = over.quota.to_string();
            let step = over.doublings;
            (over.note, RisingFigure { base, step })
        });
        Plan::new(command, self.actions, notes, self.refusals).with_rising(rising)
    }

    /// Whether a guard stops the whole run.
    pub(super) fn stops_all(&self) -> bool {
        let mut refusals = self.refusals.iter();
        refusals.any(|refusal| refusal.scope == Reach::Run)
    }

    /// Adds what was decided about quotas; `set` is false where quotas are not to be set.
    pub(super) fn with_quotas(mut self, planned: quotas::Planned, set: bool) -> Self {
        self.notes.extend(planned.remarks);
        if set {
            let actions = planned
                .actions
                .into_iter()
                .map(|quota| Action::Quota(Box::new(quota)));
            self.actions.extend(actions);
            self.refusals.extend(planned.refusals);
        } else {
            let emptied = planned.refusals.into_iter().filter(quotas::is_emptied);
            self.refusals.extend(emptied);
        }
        self
    }
}

#[cfg(test)]
mod tests;
