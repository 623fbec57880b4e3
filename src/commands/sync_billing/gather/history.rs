//! What the ledger says of the lines that were posted to before.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::facts::{
    Facts, LineHistory, LineKey, Measure, MeasuredKey, RefusedPosting, Usage,
};
use super::super::recover::Recovered;
use crate::autotask;
use crate::config::PeriodMeasure;
use crate::domain::items;
use crate::domain::period::Period;
use crate::state::State;
use crate::state::journal::JournalId;
use crate::state::ledger::{LedgerFilter, LedgerRow, PostingState};
use crate::state::measures::{Figure, MeasuredItem};

/// Postings effective up to this many days ago matter: two months, the current period and the one
/// before it.
const BACK_DAYS: i64 = 62;

/// The history of every line that was posted to lately, or whose posting is not settled.
pub(in crate::commands::sync_billing) fn lines(
    state: &State,
    today: Date,
    recovered: &Recovered,
) -> Result<BTreeMap<LineKey, LineHistory>> {
    let filter = LedgerFilter {
        from: Some(today.saturating_sub(BACK_DAYS.days())),
        ..LedgerFilter::default()
    };
    let mut lines: BTreeMap<LineKey, LineHistory> = BTreeMap::new();
    let mut newest_first = state.ledger(&filter)?;
    newest_first.reverse();
    for mut row in newest_first {
        if let Some(state) = recovered.settled.get(&row.journal) {
            row.state = *state;
        }
        let key = (row.posting.contract, row.posting.service);
        add(lines.entry(key).or_default(), &row);
    }
    for (key, posting) in &recovered.open {
        lines.entry(*key).or_default().open = Some(posting.clone());
    }
    for (key, posting) in &recovered.young {
        lines.entry(*key).or_default().young = Some(posting.clone());
    }
    Ok(lines)
}

/// Adds a row; the oldest first, so that a later one has the last word.
fn add(line: &mut LineHistory, row: &LedgerRow) {
    let effective = row.posting.effective;
    match row.state {
        PostingState::Confirmed | PostingState::Posted => {
            line.taken.insert(effective);
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
            line.refused = Some(RefusedPosting {
                wanted: row.posting.wanted,
                before: row.posting.units_before,
                effective,
                answer,
            });
        }
        PostingState::Intended | PostingState::Uncertain | PostingState::Failed => {}
    }
}

/// The last or the highest reading of items in periods, as far as there is one.
pub(super) fn measures(
    state: &State,
    facts: &Facts,
    wanted: BTreeSet<(MeasuredKey, Period)>,
    which: PeriodMeasure,
) -> Result<BTreeMap<(MeasuredKey, Period), Measure>> {
    let accruing = accruing(facts);
    let mut found = BTreeMap::new();
    for (key, period) in wanted {
        let figure = if accruing.contains(&key) {
            Figure::Accrued
        } else {
            Figure::Absolute
        };
        let (account, tenant, item) = key.clone();
        let item = MeasuredItem {
            account,
            tenant,
            item,
        };
        let days = state.measures(&item, period.start, period.end)?;
        let days = days.into_iter().filter_map(|(_, measured)| {
            Some(Measure {
                amount: measured.figure(figure)?,
                at: measured.at,
            })
        });
        let measure = match which {
            PeriodMeasure::Last => days.last(),
            PeriodMeasure::Highest => days.max_by_key(|measure| measure.amount),
        };
        found.extend(measure.map(|measure| ((key, period), measure)));
    }
    Ok(found)
}

/// The measured items that are billed by what accrued.
fn accruing(facts: &Facts) -> BTreeSet<MeasuredKey> {
    let mut found = BTreeSet::new();
    for customer in &facts.customers {
        let Usage::Rows(rows) = &customer.usage else {
            continue;
        };
        let accruing = rows
            .iter()
            .filter(|(item, row)| items::accrues(&item.name, row.usage_name.as_deref()));
        found.extend(accruing.map(|(item, _)| {
            let account = customer.account.clone();
            (account, customer.tenant.clone(), item.clone())
        }));
    }
    found
}

/// The level billed last for each measured item.
pub(super) fn billed(state: &State, recovered: &Recovered) -> Result<BTreeMap<MeasuredKey, i64>> {
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
