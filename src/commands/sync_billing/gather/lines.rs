//! What the state file knows of lines: since when they are billed by usage, what became of their
//! ended periods, and what was read around those without a reading.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::COMMAND;
use super::super::facts::{
    BilledLineKey, CustomerUsage, Facts, KnownLine, MeasuredKey, PastPeriod, ReadingsAround,
};
use super::super::plan::BillingFindings;
use crate::config::PeriodMeasure;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::items;
use crate::domain::period::BillingPeriod;
use crate::plan::{CompanyRef, RefusalCode};
use crate::session::Session;
use crate::state::State;
use crate::state::billed_lines::BilledLine;
use crate::state::measures::{MeasuredItemKey, UsageReading};
use crate::state::unbilled::UnbilledUsage;

/// Ended periods are looked at this far back: twelve months and the current one.
pub(super) const BACK_DAYS: i64 = 400;

/// Every line that was ever seen as pay-as-you-go.
pub(super) fn read_known_lines(state: &State) -> Result<BTreeMap<BilledLineKey, KnownLine>> {
    let lines = state.billed_lines()?.into_iter();
    let known = lines.map(|line| {
        let known = KnownLine {
            party: CompanyRef::new(line.company, &line.company_name),
            account: line.account,
            tenant: line.tenant,
            item: line.item,
            service_name: line.service_name,
            since: line.since,
            taken_over: line.taken_over,
            units: line.units,
            offset: line.offset,
        };
        ((line.contract, line.service), known)
    });
    Ok(known.collect())
}

/// Units of lines, by subject, that a person changed and somebody dismissed: they are kept beside
/// what is used.
pub(super) fn read_kept_units(state: &State) -> Result<BTreeMap<String, i64>> {
    let mut kept = BTreeMap::new();
    for dismissal in state.dismissals(Some(COMMAND))? {
        if RefusalCode::parse(&dismissal.item.kind) != Some(RefusalCode::UnitsChanged) {
            continue;
        }
        let lines = dismissal.item.payload["lines"].as_array().cloned();
        for line in lines.unwrap_or_default() {
            if let (Some(subject), Some(units)) = (
                line["subject"].as_str(),
                parse_whole(&line["changes"]["units"]["before"]),
            ) {
                kept.insert(subject.to_owned(), units);
            }
        }
    }
    Ok(kept)
}

/// A whole number, written as such or in words.
fn parse_whole(value: &serde_json::Value) -> Option<i64> {
    let text = || value.as_str()?.parse().ok();
    value.as_i64().or_else(text)
}

/// What runs of periods that ended found.
pub(super) fn read_past_periods(
    state: &State,
    today: Date,
) -> Result<BTreeMap<BilledLineKey, Vec<PastPeriod>>> {
    let from = today.saturating_sub(BACK_DAYS.days());
    let mut past: BTreeMap<BilledLineKey, Vec<PastPeriod>> = BTreeMap::new();
    for level in state.past_levels(from)? {
        let key = (level.contract, level.service);
        past.entry(key).or_default().push(PastPeriod {
            period: level.period,
            settled: level.settled,
            in_trial: level.in_trial,
            wanted: level.wanted,
            units: level.units,
            arithmetic: level.arithmetic,
        });
    }
    for periods in past.values_mut() {
        periods.sort_by_key(|past| past.period);
    }
    Ok(past)
}

/// Keeps what a run learned of lines, and which contracts it saw as prepaid.
pub(in crate::commands::sync_billing) fn save_known_lines(
    session: &Session,
    state: &State,
    facts: &Facts,
    found: &BillingFindings,
) -> Result<()> {
    let today = session.today;
    remember_unbilled(session, state, facts, found)?;
    let lines = found.lines.iter();
    let lines: Vec<BilledLine> = lines
        .map(|((contract, service), line)| BilledLine {
            contract: *contract,
            service: *service,
            service_name: line.service_name.clone(),
            company: line.party.id,
            company_name: line.party.name.clone(),
            account: line.account.clone(),
            tenant: line.tenant.clone(),
            item: line.item.clone(),
            since: line.since,
            taken_over: line.taken_over,
            units: line.units,
            offset: line.offset,
        })
        .collect();
    if !lines.is_empty() {
        state.save_billed_lines(&lines)?;
    }
    if !found.found_right.is_empty() {
        let periods = found.found_right.iter();
        let periods: Vec<_> = periods
            .map(|((contract, service), start)| (*contract, *service, *start))
            .collect();
        state.settle_levels(&periods, today)?;
    }
    if !found.prepaid.is_empty() {
        let contracts: Vec<_> = found.prepaid.iter().copied().collect();
        state.save_prepaid(&contracts, today)?;
    }
    Ok(())
}

/// Keeps what nothing billed, of the customers whose usage was read.
fn remember_unbilled(
    session: &Session,
    state: &State,
    facts: &Facts,
    found: &BillingFindings,
) -> Result<()> {
    let month = session.today.first_of_month();
    let read = facts.customers.iter();
    let read = read.filter(|one| matches!(one.usage, CustomerUsage::Rows(_)));
    let tenants: Vec<_> = read
        .map(|one| (one.account.clone(), one.tenant.clone()))
        .collect();
    let all: Vec<UnbilledUsage> = found
        .unbilled
        .iter()
        .map(|one| UnbilledUsage {
            month,
            company: one.party.id,
            company_name: one.party.name.clone(),
            account: one.account.clone(),
            tenant: one.tenant.clone(),
            item: one.item.clone(),
            usage: one.usage,
            units: one.units,
            price: one.price,
            reason: one.unbilled_reason().to_owned(),
            at: session.now,
            run: session.run.clone(),
        })
        .collect();
    state.save_unbilled(month, &tenants, &all)
}

/// The readings on both sides of periods that have none.
pub(super) fn readings_around(
    state: &State,
    facts: &Facts,
    wanted: &BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure>,
) -> Result<BTreeMap<(MeasuredKey, BillingPeriod), ReadingsAround>> {
    let mut found = BTreeMap::new();
    for (key, period) in wanted.keys() {
        if facts.measures.contains_key(&(key.clone(), *period)) {
            continue;
        }
        let (account, tenant, item) = key.clone();
        let accrues = items::accrues_over_period(&item.name, None);
        let item = MeasuredItemKey {
            account,
            tenant,
            item,
        };
        let from = period.start.saturating_sub(BACK_DAYS.days());
        let last = period.start.yesterday().unwrap_or(period.start);
        let next = period.end.tomorrow().unwrap_or(period.end);
        let before = state.read_measures(&item, from, last)?;
        let after = state.read_measures(&item, next, facts.today)?;
        let shown = |(_, measured): (Date, UsageReading)| measured_amount(&measured, accrues);
        let around = ReadingsAround {
            before: before.into_iter().rev().find_map(shown),
            after: after
                .into_iter()
                .find_map(shown)
                .or_else(|| current_measure(facts, key, accrues)),
        };
        found.insert((key.clone(), *period), around);
    }
    Ok(found)
}

fn measured_amount(measured: &UsageReading, accrues: bool) -> Option<MeasuredAmount> {
    let amount = if accrues {
        measured.accrued
    } else {
        measured.absolute
    };
    let at = measured.at;
    amount.map(|amount| MeasuredAmount { amount, at })
}

/// This run's own reading, which is kept only when the run writes.
fn current_measure(facts: &Facts, key: &MeasuredKey, accrues: bool) -> Option<MeasuredAmount> {
    let (account, tenant, item) = key;
    let mut customers = facts.customers.iter();
    let customer = customers.find(|one| one.account == *account && one.tenant == *tenant)?;
    let CustomerUsage::Rows(rows) = &customer.usage else {
        return None;
    };
    let row = rows.get(item)?;
    let amount = if accrues { row.accrued } else { row.absolute };
    let at = row.at;
    amount.map(|amount| MeasuredAmount { amount, at })
}
