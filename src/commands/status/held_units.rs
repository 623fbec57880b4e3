//! What the current billing periods hold back, for `status`; `billing-report` lists it.

use std::collections::BTreeSet;

use anyhow::Result;
use rust_decimal::Decimal;

use super::StatusRow;
use crate::config::CustomerTask;
use crate::domain::ids::CompanyId;
use crate::session::Session;
use crate::state::State;
use crate::state::levels::{PeriodLevel, PeriodLevelFilter};

/// Lines that are not at the level that usage asks for, in one row; none when all are.
pub(super) fn held_units_row(session: &Session, state: &State) -> Result<Option<StatusRow>> {
    let off = session.config.customers.list_off(CustomerTask::Billing);
    let filter = PeriodLevelFilter {
        on: Some(session.today),
        ..PeriodLevelFilter::default()
    };
    let open: Vec<(PeriodLevel, i64)> = state
        .read_levels(&filter)?
        .into_iter()
        .filter(|level| !off.contains(&level.company))
        .filter_map(|level| {
            let held = level.held_units()?;
            Some((level, held))
        })
        .collect();
    let companies: BTreeSet<CompanyId> = open.iter().map(|(level, _)| level.company).collect();
    let units: i64 = open.iter().map(|(_, held)| held).sum();
    let sum = |adds: bool| -> Decimal {
        let part = open.iter().filter(|(_, held)| (*held > 0) == adds);
        let amounts =
            part.filter_map(|(level, held)| level.price?.checked_mul(Decimal::from(*held)));
        amounts.sum()
    };
    Ok((!open.is_empty()).then(|| StatusRow {
        kind: "held",
        command: "sync-billing".to_owned(),
        state: "waits".to_owned(),
        text: format!(
            "lines whose units differ from usage: {} (companies: {}), {units:+} units, amounts \
             +{} and {}; `acrotask billing-report` lists them",
            open.len(),
            companies.len(),
            sum(true).normalize(),
            sum(false).normalize()
        ),
        ..StatusRow::default()
    }))
}
