//! Ended periods of lines: each is settled by a change or by being right, or it is offered for
//! approval, or named for a person (rules: billing, "held and missed").

use jiff::civil::Date;

use super::super::facts::{
    BilledLineKey, CustomerUsage, Facts, ItemReading, KnownLine, LineHistory, PastPeriod,
};
use super::effective;
use super::{PlanBuilder, Rules};
use crate::config::{Effective, LaterChanges, Posting, Terms, Trial};
use crate::domain::contracts::{Contract, ServiceLine};
use crate::domain::items;
use crate::domain::period::BillingPeriod;

mod carry;
mod reading;
mod remarks;

pub(super) use reading::wanted_readings;

/// So many ended periods of a line are looked at.
const PERIODS_MAX: usize = 12;

/// A line with what is known of its past.
#[derive(Clone, Copy, Debug)]
struct PastLine<'a> {
    facts: &'a Facts,
    rules: Rules<'a>,
    terms: Terms,
    key: BilledLineKey,
    known: &'a KnownLine,
    contract: &'a Contract,
    line: &'a ServiceLine,
    history: &'a LineHistory,
}

/// Settles, offers or names every ended period of every known line of this run.
pub(super) fn plan(draft: &mut PlanBuilder, facts: &Facts, rules: Rules<'_>) {
    let none = LineHistory::default();
    for past in past_lines(facts, rules, &none) {
        if past.history.in_flight.is_none() {
            past.carry_missed(draft);
        }
    }
}

/// The known lines whose contracts were read by this run and still hold them.
fn past_lines<'a>(
    facts: &'a Facts,
    rules: Rules<'a>,
    none: &'a LineHistory,
) -> impl Iterator<Item = PastLine<'a>> {
    facts.known.iter().filter_map(move |(key, known)| {
        let contract = facts.book.contracts.get(&key.0)?;
        let mut same = contract
            .services
            .iter()
            .filter(|line| line.service == key.1);
        let (line, None) = (same.next()?, same.next()) else {
            return None;
        };
        facts.accounts.contains(&known.account).then_some(PastLine {
            facts,
            rules,
            terms: rules.customers.find_terms(rules.billing, known.party.id),
            key: *key,
            known,
            contract,
            line,
            history: facts.lines.get(key).unwrap_or(none),
        })
    })
}

/// An ended period, and whether a run settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndedPeriod {
    period: BillingPeriod,
    settled: bool,
}

impl PastLine<'_> {
    /// The ended periods of the line since it was first seen, the oldest first, from the first one
    /// that no run settled.
    fn open_periods(&self) -> Vec<EndedPeriod> {
        let today = self.facts.today;
        let mut found = Vec::new();
        let mut day = self.known.since.max(self.contract.start);
        let until = self.last_billed_day();
        while let Some(period) = effective::period_on(self.contract, day) {
            if period.end >= today || until.is_some_and(|until| period.start > until) {
                break;
            }
            let settled = self.is_settled(period);
            found.push(EndedPeriod { period, settled });
            let Ok(next) = period.end.tomorrow() else {
                break;
            };
            day = next;
        }
        let from = found.len().saturating_sub(PERIODS_MAX);
        let recent = found.split_off(from).into_iter();
        recent.skip_while(|one| one.settled).collect()
    }

    /// The last day on which the line is known to have been billed by usage, where it is no more:
    /// a contract that is not active or no longer pay-as-you-go, a customer that was unlinked.
    fn last_billed_day(&self) -> Option<Date> {
        let linked = self.facts.linked.contains(&self.known.tenant);
        if linked && self.contract.active && self.contract.is_payg() {
            return None;
        }
        let last = self.past_periods().last().map(|past| past.period.end);
        Some(last.unwrap_or(self.known.since))
    }

    fn past_periods(&self) -> &[PastPeriod] {
        self.facts.past_of(self.key)
    }

    fn past_of(&self, period: BillingPeriod) -> Option<&PastPeriod> {
        let mut all = self.past_periods().iter();
        all.find(|past| past.period.start == period.start)
    }

    /// Whether a run settled the period, and the last one of it left nothing but what stays as it is
    /// or waits for the next period: a later change that a guard held, or that Autotask refused,
    /// never came.
    fn is_settled(&self, period: BillingPeriod) -> bool {
        let leaves_nothing = |past: &PastPeriod| match past.wanted {
            Some(wanted) if !past.in_trial && wanted != past.units => {
                self.puts_off(wanted, past.units)
            }
            Some(_) | None => true,
        };
        self.has_its_change(period) && self.past_of(period).is_none_or(leaves_nothing)
    }

    /// Whether a change of acrotask's own settles the period, or it needed none when that was due.
    fn has_its_change(&self, period: BillingPeriod) -> bool {
        let mut changes = self.history.settles.range(period.start..=period.end);
        changes.next().is_some() || self.past_of(period).is_some_and(|past| past.settled)
    }

    /// Whether a later reading of a settled period leaves its difference to the next period.
    fn puts_off(&self, wanted: i64, units: i64) -> bool {
        let within = match self.terms.effective {
            Effective::PeriodStart | Effective::Today => true,
            Effective::NextPeriod => false,
        };
        match (self.terms.posting, self.terms.later_changes) {
            (Posting::EveryRun, LaterChanges::Today) if within => false,
            (Posting::EveryRun, LaterChanges::Raise) if within => wanted < units,
            (Posting::EveryRun | Posting::PeriodEnd, _) => true,
        }
    }

    /// The day from which the change of a period counts.
    fn day_of(&self, period: BillingPeriod) -> Option<Date> {
        match self.terms.effective {
            Effective::PeriodStart => Some(period.start.max(self.contract.start)),
            Effective::NextPeriod => effective::next_start(self.contract, period),
            // It would have counted from a day within it, which is over.
            Effective::Today => None,
        }
    }

    /// A day of the period that its reading bills.
    fn billed_on(&self, period: BillingPeriod) -> Date {
        let next = match self.terms.effective {
            Effective::NextPeriod => effective::next_start(self.contract, period),
            Effective::PeriodStart | Effective::Today => None,
        };
        next.unwrap_or(period.end)
    }

    /// The day from which its change can be offered: nothing of the line is posted, or was changed,
    /// on that day or later, and its tenant is not in trial.
    fn offered_from(&self, period: BillingPeriod) -> Option<Date> {
        let day = self.day_of(period).filter(|_| !self.is_in_trial())?;
        let rows = &self.line.rows;
        let posted = rows
            .iter()
            .any(|row| row.posted.is_some() && row.end >= day);
        let changed = self.history.taken.iter().any(|taken| *taken >= day);
        let uneven = rows.change_after(day).is_some();
        let seen = rows.row_on(day).is_some();
        (seen && !posted && !changed && !uneven).then_some(day)
    }

    /// Whether a period is that of what accrues, right before the current one, of a line that was
    /// taken over: the first run after its last day posts it, when it read the item itself.
    fn is_due_late(&self, period: BillingPeriod) -> bool {
        let next = effective::next_start(self.contract, period);
        let current = effective::period_on(self.contract, self.facts.today);
        let follows = current.is_some_and(|current| Some(current.start) == next);
        let read = self.usage_row().is_some_and(|row| row.accrued.is_some());
        follows && read && self.bills_accrual() && self.known.taken_over.is_some()
    }

    fn bills_accrual(&self) -> bool {
        let usage_name = self.usage_row().and_then(|row| row.usage_name.as_deref());
        items::accrues_over_period(&self.known.item.name, usage_name)
    }

    /// The usage row of this run.
    fn usage_row(&self) -> Option<&ItemReading> {
        let mut customers = self.facts.customers.iter();
        let customer = customers.find(|one| one.tenant == self.known.tenant)?;
        match &customer.usage {
            CustomerUsage::Rows(rows) => rows.get(&self.known.item),
            CustomerUsage::Missing | CustomerUsage::Unreadable(_) => None,
        }
    }

    fn is_in_trial(&self) -> bool {
        let mut customers = self.facts.customers.iter();
        self.rules.billing.trial == Trial::Skip
            && customers.any(|one| one.trial && one.tenant == self.known.tenant)
    }

    fn is_frozen(&self) -> bool {
        self.rules.billing.freeze.contains(&self.facts.today.day())
    }

    fn is_monthly(&self, period: BillingPeriod) -> bool {
        let months = self.contract.period_months;
        !period.is_longer_than_a_month() && months.is_none_or(|months| months == 1)
    }
}
