//! One customer: what each of its lines should say.

use rust_decimal::Decimal;

use super::super::facts::{BilledLineKey, CustomerUsage, KnownLine, LineHistory};
use super::change::LineDecision;
use super::context::{ContractLine, CountedUsage, CustomerContext, MappedItem};
use super::effective::{self, ChangeTiming, LineSchedule};
use super::{BilledLevel, PlanBuilder, PostUnits, arithmetic};

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

impl CustomerContext<'_> {
    fn plan_item(&self, draft: &mut PlanBuilder, one: MappedItem<'_>) {
        // Who pays for the whole pays for its parts: they lack no line of their own.
        if !self.is_held(one.service) && self.whole_on_contract(one).is_some() {
            return;
        }
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
        if let Some(note) = self.remark_other_period(one, place.contract) {
            self.add_remark(draft, one, *note);
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
        let known = self.update_known_line(one, place, before, asked, history);
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
            .then(|| self.remark_fallen(&post, one, place, counted))
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
}
