//! Which units are posted to which lines. Pure: facts and rules in, a plan out.

pub(super) mod accrual;
pub(super) mod action;
mod arithmetic;
mod billed_level;
mod change;
mod context;
mod customer;
mod deferred;
mod effective;
mod fallen_usage;
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

use super::facts::{BilledLineKey, Facts, KnownLine, MeasuredKey};
use crate::config::{self, PeriodMeasure};
use crate::domain::contracts::ServiceLine;
use crate::domain::ids::{ContractId, ContractServiceId};
use crate::domain::period::BillingPeriod;
use crate::plan::{Plan, Reach, Refusal, Remark, RisingFigure};
use crate::quotas;

pub(super) use action::{Action, PostUnits};
pub(super) use billed_level::BilledLevel;
use context::CustomerContext;
pub(super) use manual_change::UNITS_CHANGED;
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
    let mut draft = PlanBuilder::default();
    draft.notes.extend(facts.notes.iter().cloned());
    let contracts = facts.book.by_company();
    for customer in &facts.customers {
        let view = CustomerContext::for_customer(facts, rules, customer, &contracts);
        customer::plan(&mut draft, &view);
    }
    past::plan(&mut draft, facts, rules);
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

/// Whether prices of services are asked for, beside those of lines.
pub(super) fn needs_prices(facts: &Facts, rules: Rules<'_>) -> bool {
    let contracts = facts.book.by_company();
    facts.customers.iter().any(|customer| {
        let view = CustomerContext::for_customer(facts, rules, customer, &contracts);
        let unbilled = view.unbilled_usage();
        unbilled.iter().any(|one| one.service.is_some())
    })
}

/// Whose unit rows around today are needed too.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RowsToRead {
    /// Those of which the rows of today do not tell enough.
    pub(super) contracts: BTreeSet<ContractId>,
    /// Those that a change is planned for.
    pub(super) lines: BTreeSet<ContractServiceId>,
    /// The first day that matters, where it is further back than usual.
    pub(super) since: Option<Date>,
}

/// What the rows of today leave open.
pub(super) fn to_look_around(facts: &Facts, rules: Rules<'_>) -> RowsToRead {
    let mut wanted = RowsToRead::default();
    let contracts = facts.book.by_company();
    for customer in &facts.customers {
        let view = CustomerContext::for_customer(facts, rules, customer, &contracts);
        let unclear = view
            .payg
            .iter()
            .filter(|contract| effective::needs_neighbours(contract, facts.today, view.terms));
        wanted.contracts.extend(unclear.map(|contract| contract.id));
        // What accrues is billed at a period's end, and a missed end is made good after it.
        let accruing = view.mapped.iter().filter(|one| view.bills_accrual(**one));
        let places = accruing.filter_map(|one| view.find_line(*one).ok().flatten());
        let contracts = places.map(|place| place.contract.id);
        wanted.contracts.extend(contracts);
    }
    for action in plan(facts, rules).actions {
        if let Action::PostUnits(post) = action
            && !wanted.contracts.contains(&post.contract)
        {
            wanted.lines.extend(post.line);
        }
    }
    for past in past::wanted_readings(facts, rules) {
        if !wanted.contracts.contains(&past.contract) {
            wanted.lines.insert(past.line);
        }
        let since = past.period.start;
        wanted.since = Some(wanted.since.map_or(since, |first| first.min(since)));
    }
    wanted
}

/// The items and periods whose readings count: of what accrues, and where billing is at the end of
/// a period.
pub(super) fn to_measure(
    facts: &Facts,
    rules: Rules<'_>,
) -> BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure> {
    let contracts = facts.book.by_company();
    let customers = facts.customers.iter();
    let views =
        customers.map(|customer| CustomerContext::for_customer(facts, rules, customer, &contracts));
    let mut wanted = BTreeMap::new();
    for view in views {
        for one in &view.mapped {
            let key = view.measured_key(*one);
            let periods = view.period_to_measure(*one).into_iter();
            wanted.extend(periods.map(|period| ((key.clone(), period), view.terms.measure)));
        }
    }
    let past = past::wanted_readings(facts, rules);
    wanted.extend(
        past.into_iter()
            .map(|past| ((past.key, past.period), past.measure)),
    );
    wanted
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
