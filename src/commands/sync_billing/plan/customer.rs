//! One customer: which line stands for which item, and what it should say.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::super::facts::{
    BilledCustomer, BilledLineKey, CustomerUsage, Facts, ItemReading, KnownLine, LineHistory,
    MeasuredAmount, MeasuredKey,
};
use super::arithmetic::{self, ComputedUnits};
use super::change::LineDecision;
use super::effective::{self, ChangeTiming, LineSchedule};
use super::reading::CountedUsage;
use super::{BilledLevel, PlanBuilder, PostUnits, Rules, guards, remarks};
use crate::config::Terms;
use crate::domain::contracts::{Contract, ServiceLine};
use crate::domain::ids::{CompanyId, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::plan::Refusal;

/// A mapped item of a customer's account.
#[derive(Clone, Copy, Debug)]
pub(super) struct MappedItem<'a> {
    pub(super) link: &'a ProductLink,
    pub(super) service: ServiceId,
    pub(super) name: &'a str,
}

/// Where an item is billed.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContractLine<'a> {
    pub(super) contract: &'a Contract,
    /// None when the contract has no line for it yet.
    pub(super) line: Option<&'a ServiceLine>,
}

/// The contracts of each company.
pub(super) type ContractsByCompany<'a> = BTreeMap<CompanyId, Vec<&'a Contract>>;

/// Everything about one customer of the run.
#[derive(Debug)]
pub(super) struct CustomerContext<'a> {
    pub(super) facts: &'a Facts,
    pub(super) rules: Rules<'a>,
    /// How this customer's lines are posted.
    pub(super) terms: Terms,
    pub(super) customer: &'a BilledCustomer,
    pub(super) mapped: Vec<MappedItem<'a>>,
    /// All contracts of the company.
    pub(super) own: Vec<&'a Contract>,
    /// Relevant pay-as-you-go contracts.
    pub(super) payg: Vec<&'a Contract>,
    /// Relevant contracts that are not.
    pub(super) prepaid: Vec<&'a Contract>,
}

impl<'a> CustomerContext<'a> {
    pub(super) fn for_customer(
        facts: &'a Facts,
        rules: Rules<'a>,
        customer: &'a BilledCustomer,
        contracts: &ContractsByCompany<'a>,
    ) -> Self {
        let mapped = mapped_items(&facts.products, customer);
        let services: BTreeSet<ServiceId> = mapped.iter().map(|one| one.service).collect();
        let own = contracts.get(&customer.party.id);
        let own = own.cloned().unwrap_or_default();
        let relevant = own.iter().copied();
        let (mut payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = relevant
            .filter(|contract| contract.is_relevant(facts.today, &services))
            .partition(|contract| contract.is_payg());
        if payg.is_empty() {
            payg = payg_without_lines(facts, &own);
        }
        Self {
            facts,
            rules,
            terms: rules.customers.find_terms(rules.billing, customer.party.id),
            customer,
            mapped,
            own,
            payg,
            prepaid,
        }
    }
}

/// Plans all lines of one customer, and says what is to be said of it as a whole.
pub(super) fn plan(draft: &mut PlanBuilder, view: &CustomerContext<'_>) {
    draft.notes.extend(view.remarks_after_end());
    let prepaid = view.prepaid.iter().map(|contract| contract.id);
    draft.prepaid.extend(prepaid);
    plan_lines(draft, view);
    view.say_unbilled(draft);
    let trial = view.remark_trial(draft);
    draft.notes.extend(trial);
}

fn plan_lines(draft: &mut PlanBuilder, view: &CustomerContext<'_>) {
    let customer = view.customer;
    if view.payg.is_empty() {
        return;
    }
    if let CustomerUsage::Unreadable(why) = &customer.usage {
        let note = view.remark_unreadable(why);
        for one in &view.mapped {
            draft
                .billed_levels
                .extend(view.unbilled_levels(*one, &note.text));
        }
        draft.notes.push(note);
        return;
    }
    for one in &view.mapped {
        view.plan_item(draft, *one);
    }
}

/// Contracts that say pay-as-you-go and hold no mapped service yet: where lines are missing.
fn payg_without_lines<'a>(facts: &Facts, own: &[&'a Contract]) -> Vec<&'a Contract> {
    let contracts = own.iter().copied();
    contracts
        .filter(|contract| contract.is_payg() && contract.in_force(facts.today))
        .collect()
}

fn mapped_items<'a>(products: &'a [ProductLink], customer: &BilledCustomer) -> Vec<MappedItem<'a>> {
    let of_account = products
        .iter()
        .filter(|link| link.account == customer.account);
    of_account
        .filter_map(|link| match &link.choice {
            MappingChoice::Service { id, name } => Some(MappedItem {
                link,
                service: *id,
                name,
            }),
            MappingChoice::Free | MappingChoice::Leave => None,
        })
        .collect()
}

impl CustomerContext<'_> {
    fn plan_item(&self, draft: &mut PlanBuilder, one: MappedItem<'_>) {
        let place = match self.find_line(one) {
            Ok(Some(place)) => place,
            Ok(None) => return,
            Err(note) => {
                draft
                    .billed_levels
                    .extend(self.unbilled_levels(one, &note.text));
                self.add_remark(draft, one, *note);
                return;
            }
        };
        let counted = match self.count_usage(one) {
            Ok(counted) => counted,
            Err(note) => {
                draft
                    .billed_levels
                    .extend(self.unbilled_levels(one, &note.text));
                draft.notes.push(*note);
                return;
            }
        };
        let counted = counted.as_ref();
        if place.line.is_none() && !self.may_add(draft, one, &place, counted) {
            return;
        }
        draft.notes.extend(self.remark_switched_off(one, counted));
        self.plan_level(draft, one, &place, counted);
    }

    /// Whether a line may be made; without usage there is nothing to say.
    fn may_add(
        &self,
        draft: &mut PlanBuilder,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) -> bool {
        let used = counted.filter(|counted| counted.amount > Decimal::ZERO);
        let units = used.and_then(|counted| one.link.measure.billable_units(counted.amount));
        if units.unwrap_or(0) == 0 {
            return false;
        }
        if !self.rules.billing.add_missing_lines {
            let note = self.remark_no_line(one, &[place.contract]);
            self.add_remark(draft, one, *note);
            return false;
        }
        true
    }

    /// Compares the wanted level with the units in force, and posts or holds the difference.
    fn plan_level(
        &self,
        draft: &mut PlanBuilder,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) {
        let amount = counted.map_or(Decimal::ZERO, |counted| counted.amount);
        let Some(computed) = arithmetic::compute_units(one.link.measure, amount) else {
            draft.notes.push(self.remark_too_large(one, amount));
            return;
        };
        let none = LineHistory::default();
        let key = (place.contract.id, one.service);
        let history = self.facts.lines.get(&key).unwrap_or(&none);
        let computed = computed.with_offset(self.kept_by_hand(one, place));
        let asked = counted.and_then(|counted| counted.reading.map(|_| computed.units));
        let line = self.line_schedule(one, place, history);
        let when = effective::decide_timing(&line, computed.units, self.facts.today, self.terms);
        let on = effective::compared_on(&line, when, self.facts.today, self.terms);
        let before = place.line.map_or(0, |line| line.rows.units_on(on));
        let known = self.update_known_line(one, place, (before, asked), history);
        self.remember_line(draft, key, &known);
        let period = effective::period_on(place.contract, self.facts.today);
        let post = PostUnits {
            effective: on,
            period: period.map(|period| period.start),
            supersedes: history.open.is_some(),
            ..self.build_post(one, place, counted, computed, before)
        };
        let due = matches!(when, ChangeTiming::On(_));
        let right = before == post.wanted && asked.is_some();
        let fallen = (due && right)
            .then(|| self.remark_fallen(&post, (one, place), counted))
            .flatten();
        // What waits for a person settles nothing.
        let settles = right && fallen.is_none() || self.skips_trial();
        let settled = due && !self.is_frozen() && settles;
        let standing = self.billed_level(place, &post, counted);
        draft
            .billed_levels
            .extend(standing.map(|standing| BilledLevel {
                settled,
                next: Some(self.next_posting(when)),
                ..standing
            }));
        if let ChangeTiming::NotMonthly(_) | ChangeTiming::NoPeriod = when {
            draft.notes.push(self.remark_no_period(one, place, when));
            return;
        }
        draft.rows.add_line(place.line, self.facts.today);
        if self.skips_trial() {
            draft.trial.extend(place.line.map(|_| post));
            return;
        }
        let now = LineDecision {
            by_hand: asked.and_then(|_| self.find_manual_change(place, &known, &post, history)),
            takes_over: self.is_taking_over(place, &known, history),
            post,
            line,
            history,
            when,
            fallen,
        };
        self.plan_change(draft, one, place, counted, now);
    }

    /// What the day depends on from which a change of the line counts.
    fn line_schedule<'a>(
        &'a self,
        one: MappedItem<'_>,
        place: &ContractLine<'a>,
        history: &'a LineHistory,
    ) -> LineSchedule<'a> {
        LineSchedule {
            contract: place.contract,
            rows: place.line.map(|line| &line.rows),
            taken: &history.taken,
            posted: &history.posted,
            settles: &history.settles,
            past: self.facts.past_of((place.contract.id, one.service)),
            accrues: self.bills_accrual(one),
        }
    }

    /// Has a line remembered, where that says anything new.
    fn remember_line(&self, draft: &mut PlanBuilder, key: BilledLineKey, known: &KnownLine) {
        if self.facts.known.get(&key) != Some(known) {
            draft.lines.insert(key, known.clone());
        }
    }

    pub(super) fn units_today(&self, place: &ContractLine<'_>) -> i64 {
        let rows = place.line.map(|line| &line.rows);
        rows.map_or(0, |rows| rows.units_on(self.facts.today))
    }

    pub(super) fn build_post(
        &self,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
        computed: ComputedUnits,
        before: i64,
    ) -> PostUnits {
        let measure = counted.map(|counted| MeasuredAmount {
            amount: counted.amount,
            at: counted.at,
        });
        let key = (place.contract.id, one.service);
        PostUnits {
            line: place.line.map(|line| line.id),
            price: match place.line {
                Some(line) => line.price,
                None => self.facts.prices.get(&one.service).copied(),
            },
            before,
            ..PostUnits::of_line(
                self.new_known_line(one),
                key,
                measure,
                computed,
                self.facts.today,
            )
        }
    }

    pub(super) fn add_post(
        &self,
        draft: &mut PlanBuilder,
        one: MappedItem<'_>,
        post: PostUnits,
        counted: Option<&CountedUsage<'_>>,
        history: &LineHistory,
    ) {
        if self.is_frozen() {
            draft.notes.push(self.remark_frozen(&post));
            return;
        }
        if let Some(young) = &history.in_flight {
            draft.notes.push(self.remark_in_flight(&post, young));
            return;
        }
        let mut refusals = guards::check_line(&post, self.bills_accrual(one), self.rules);
        refusals.extend(self.hold_missing(&post, counted));
        let zero = refusals
            .iter()
            .any(|refusal| refusal.code == guards::USAGE_ZERO);
        refusals.extend(self.hold_fallen(&post, one, counted).filter(|_| !zero));
        refusals.extend(remarks::check_earlier_postings(&post, history, self.rules));
        draft.refusals.extend(refusals);
        draft.posts.push(post);
    }

    /// Refuses a line that exists and has no unit row on the day; one that is new has none yet.
    pub(super) fn refuse_rowless(
        &self,
        place: &ContractLine<'_>,
        post: &PostUnits,
    ) -> Option<Refusal> {
        let line = place.line?;
        let none = line.rows.row_on(post.effective).is_none();
        (none && !self.is_frozen()).then(|| guards::refuse_rowless(post, self.rules))
    }

    pub(super) fn is_frozen(&self) -> bool {
        let today = self.facts.today;
        self.rules.billing.freeze.contains(&today.day())
    }

    /// What the ledger and the measures call an item of this customer.
    pub(super) fn measured_key(&self, one: MappedItem<'_>) -> MeasuredKey {
        (
            self.customer.account.clone(),
            self.customer.tenant.clone(),
            one.link.item.clone(),
        )
    }

    /// The usage row of an item, if the tenant's answer has one.
    pub(super) fn usage_row(&self, one: MappedItem<'_>) -> Option<&ItemReading> {
        match &self.customer.usage {
            CustomerUsage::Rows(rows) => rows.get(&one.link.item),
            CustomerUsage::Missing | CustomerUsage::Unreadable(_) => None,
        }
    }
}
