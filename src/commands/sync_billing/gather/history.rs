//! What the ledger says of the lines that were posted to before.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::facts::{
    Customer, DayMeasure, LineHistory, LineKey, MeasuredKey, RefusedPosting, Usage,
};
use super::super::recover::Recovered;
use crate::autotask;
use crate::config::{PeriodMeasure, Posting};
use crate::session::Session;
use crate::state::State;
use crate::state::ledger::{LedgerFilter, LedgerRow, PostingState};
use crate::state::measures::MeasuredItem;

/// Postings effective up to this many days ago matter: a month, the current period.
const BACK_DAYS: i64 = 31;

/// The history of every line that was posted to lately, or whose posting is not settled.
pub(in crate::commands::sync_billing) fn lines(
    state: &State,
    today: Date,
    recovered: Recovered,
) -> Result<BTreeMap<LineKey, LineHistory>> {
    let filter = LedgerFilter {
        from: Some(today.saturating_sub(BACK_DAYS.days())),
        ..LedgerFilter::default()
    };
    let mut lines: BTreeMap<LineKey, LineHistory> = BTreeMap::new();
    let mut newest_first = state.ledger(&filter)?;
    newest_first.reverse();
    for row in newest_first {
        let key = (row.posting.contract, row.posting.service);
        add(lines.entry(key).or_default(), &row);
    }
    let Recovered { open, young } = recovered;
    for (key, posting) in open {
        lines.entry(key).or_default().open = Some(posting);
    }
    for (key, posting) in young {
        lines.entry(key).or_default().young = Some(posting.effective);
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

/// Readings of the last month of every item, where the highest of a period is billed.
pub(super) fn measures(
    session: &Session,
    state: &State,
    customers: &[Customer],
) -> Result<BTreeMap<MeasuredKey, Vec<DayMeasure>>> {
    let billing = &session.config.billing;
    let mut measures = BTreeMap::new();
    if billing.posting != Posting::PeriodEnd || billing.measure != PeriodMeasure::Highest {
        return Ok(measures);
    }
    let from = session.today.saturating_sub(BACK_DAYS.days());
    for customer in customers {
        let Usage::Rows(rows) = &customer.usage else {
            continue;
        };
        for item in rows.keys() {
            let measured = MeasuredItem {
                account: customer.account.clone(),
                tenant: customer.tenant.clone(),
                item: item.clone(),
            };
            let days = state.measures(&measured, from, session.today)?.into_iter();
            let days = days.map(|(day, measured)| DayMeasure {
                day,
                absolute: measured.absolute,
                accrued: measured.accrued,
                at: measured.at,
            });
            let key = (measured.account, measured.tenant, measured.item);
            measures.insert(key, days.collect());
        }
    }
    Ok(measures)
}

/// The level billed last for each measured item.
pub(super) fn billed(state: &State) -> Result<BTreeMap<MeasuredKey, i64>> {
    let rows = state.billed_before()?.into_iter().map(|row| row.posting);
    let billed = rows.map(|posting| {
        let key = (posting.account, posting.tenant, posting.item);
        (key, posting.wanted)
    });
    Ok(billed.collect())
}
