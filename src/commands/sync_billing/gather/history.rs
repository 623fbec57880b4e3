//! What the ledger says of the lines that were posted to before.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::super::facts::{
    BilledLineKey, CustomerUsage, Facts, ItemReading, LineHistory, MeasuredKey, RefusedPosting,
};
use super::super::recover::RecoveredPostings;
use super::lines::BACK_DAYS;
use crate::autotask;
use crate::config::PeriodMeasure;
use crate::domain::accrual::{self, AccruedReading, MeasuredAmount};
use crate::domain::items;
use crate::domain::period::BillingPeriod;
use crate::state::State;
use crate::state::journal::JournalId;
use crate::state::ledger::{LedgerFilter, LedgerPosting, LedgerRow, PostingState};
use crate::state::measures::MeasuredItemKey;

/// The history of every line that was posted to lately, or whose posting is not settled.
pub(in crate::commands::sync_billing) fn read_line_histories(
    state: &State,
    today: Date,
    recovered: &RecoveredPostings,
) -> Result<BTreeMap<BilledLineKey, LineHistory>> {
    let filter = LedgerFilter {
        from: Some(today.saturating_sub(BACK_DAYS.days())),
        ..LedgerFilter::default()
    };
    let mut lines: BTreeMap<BilledLineKey, LineHistory> = BTreeMap::new();
    let mut newest_first = state.read_ledger(&filter)?;
    newest_first.reverse();
    for mut row in newest_first {
        if let Some(state) = recovered.settled.get(&row.journal) {
            row.state = *state;
        }
        let key = (row.posting.contract, row.posting.service);
        add_ledger_row(lines.entry(key).or_default(), &row);
    }
    for (key, posting) in &recovered.open {
        lines.entry(*key).or_default().open = Some(posting.clone());
    }
    for (key, posting) in &recovered.in_flight {
        lines.entry(*key).or_default().in_flight = Some(posting.clone());
    }
    Ok(lines)
}

/// Adds a row; the oldest first, so that a later one has the last word.
fn add_ledger_row(line: &mut LineHistory, row: &LedgerRow) {
    let effective = row.posting.effective;
    match row.state {
        PostingState::Confirmed | PostingState::Posted => {
            line.taken.insert(effective);
            line.posted.insert(effective);
            line.settles.insert(settled_day(&row.posting));
            line.refused = None;
        }
        PostingState::Overtaken => {
            line.taken.insert(effective);
        }
        PostingState::Refused => {
            let answer = row.answer.clone().unwrap_or_default();
            if autotask::is_second_adjustment(&answer) {
                // Somebody else's adjustment is there; it is no fault that a person could mend.
                line.taken.insert(effective);
                return;
            }
            let earlier = line.refused.as_ref();
            let times = earlier
                .filter(|earlier| earlier.answer == answer && earlier.effective == effective)
                .map_or(0, |earlier| earlier.times);
            line.refused = Some(RefusedPosting {
                times: times.saturating_add(1),
                wanted: row.posting.wanted,
                before: row.posting.units_before,
                effective,
                answer,
            });
        }
        PostingState::Intended | PostingState::Uncertain | PostingState::Failed => {}
    }
}

/// A day of the period that a posting settles: where it is not written down the one of the reading,
/// else of the day from which it counts.
fn settled_day(posting: &LedgerPosting) -> Date {
    let read = posting.usage_at.map(|at| at.to_zoned(TimeZone::UTC).date());
    posting.period.or(read).unwrap_or(posting.effective)
}

/// Readings of what accrues are needed from around the period: this many days, the longest month.
const BEFORE_DAYS: i64 = 31;

/// What readings say of items in periods, as far as there are any.
pub(super) fn measure_periods(
    state: &State,
    facts: &Facts,
    wanted: &BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure>,
) -> Result<BTreeMap<(MeasuredKey, BillingPeriod), MeasuredAmount>> {
    let rows = usage_rows(facts, wanted);
    let mut found = BTreeMap::new();
    for (of_period, which) in wanted {
        let (key, period) = of_period;
        let (account, tenant, item) = key.clone();
        let item = MeasuredItemKey {
            account,
            tenant,
            item,
        };
        let row = rows.get(key).copied();
        let usage_name = row.and_then(|row| row.usage_name.as_deref());
        let measure = if items::accrues_over_period(&item.item.name, usage_name) {
            accrued_measure(state, &item, *period, facts.today, row)?
        } else {
            absolute_measure(state, &item, *period, *which)?
        };
        found.extend(measure.map(|measure| (of_period.clone(), measure)));
    }
    Ok(found)
}

/// The highest readings of periods at whose end nothing is used any more; in the current one this
/// run tells it.
pub(super) fn measure_peaks(
    state: &State,
    facts: &Facts,
    wanted: &BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure>,
) -> Result<BTreeMap<(MeasuredKey, BillingPeriod), MeasuredAmount>> {
    let rows = usage_rows(facts, wanted);
    let mut found = BTreeMap::new();
    for of_period in wanted.keys() {
        let (key, period) = of_period;
        let last = if period.contains_day(facts.today) {
            rows.get(key).and_then(|row| row.absolute)
        } else {
            facts.measures.get(of_period).map(|measure| measure.amount)
        };
        if last.is_none_or(|last| last > Decimal::ZERO) {
            continue;
        }
        let (account, tenant, item) = key.clone();
        let item = MeasuredItemKey {
            account,
            tenant,
            item,
        };
        let peak = absolute_measure(state, &item, *period, PeriodMeasure::Highest)?;
        found.extend(peak.map(|peak| (of_period.clone(), peak)));
    }
    Ok(found)
}

/// The rows of this run of the items that are asked about.
fn usage_rows<'f>(
    facts: &'f Facts,
    wanted: &BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure>,
) -> BTreeMap<MeasuredKey, &'f ItemReading> {
    let keys: BTreeSet<&MeasuredKey> = wanted.keys().map(|(key, _)| key).collect();
    let mut found = BTreeMap::new();
    for customer in &facts.customers {
        let CustomerUsage::Rows(rows) = &customer.usage else {
            continue;
        };
        for (item, row) in rows {
            let account = customer.account.clone();
            let key = (account, customer.tenant.clone(), item.clone());
            if keys.contains(&key) {
                found.insert(key, row);
            }
        }
    }
    found
}

/// The last or the highest reading.
fn absolute_measure(
    state: &State,
    item: &MeasuredItemKey,
    period: BillingPeriod,
    which: PeriodMeasure,
) -> Result<Option<MeasuredAmount>> {
    let days = state.read_measures(item, period.start, period.end)?;
    let mut days = days.into_iter().filter_map(|(_, measured)| {
        let amount = match which {
            PeriodMeasure::Last => measured.absolute?,
            PeriodMeasure::Highest => measured.peak?,
        };
        let at = measured.at;
        Some(MeasuredAmount { amount, at })
    });
    Ok(match which {
        PeriodMeasure::Last => days.next_back(),
        PeriodMeasure::Highest => days.max_by_key(|measure| measure.amount),
    })
}

/// What accrued, this run's reading included.
fn accrued_measure(
    state: &State,
    item: &MeasuredItemKey,
    period: BillingPeriod,
    today: Date,
    row: Option<&ItemReading>,
) -> Result<Option<MeasuredAmount>> {
    let from = period.start.saturating_sub(BEFORE_DAYS.days());
    let to = period.end.saturating_add(BEFORE_DAYS.days());
    let yesterday = today.yesterday().unwrap_or(today);
    let days = state.read_measures(item, from, to.min(yesterday))?;
    let days = days.into_iter().filter_map(|(day, measured)| {
        Some(AccruedReading {
            day,
            since: measured.since,
            value: measured.accrued?,
            at: measured.at,
        })
    });
    let now = row.and_then(|row| {
        Some(AccruedReading {
            day: today,
            since: row.since,
            value: row.accrued?,
            at: row.at,
        })
    });
    let readings: Vec<AccruedReading> = days.chain(now).collect();
    Ok(accrual::accrued_within(&readings, period))
}

/// The level billed last for each measured item.
pub(super) fn read_billed_levels(
    state: &State,
    recovered: &RecoveredPostings,
) -> Result<BTreeMap<MeasuredKey, i64>> {
    let settled = recovered.settled.iter();
    let failed: Vec<JournalId> = settled
        .filter(|(_, state)| **state == PostingState::Failed)
        .map(|(id, _)| *id)
        .collect();
    let rows = state
        .billed_before(&failed)?
        .into_iter()
        .map(|row| row.posting);
    let billed = rows.map(|posting| {
        let key = (posting.account, posting.tenant, posting.item);
        (key, posting.wanted)
    });
    Ok(billed.collect())
}
