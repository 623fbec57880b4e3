//! Where the numbers stand: the ledger, the journal, the measures.

use anyhow::Result;
use jiff::ToSpan as _;
use rust_decimal::Decimal;

use super::{ExplainRow, ItemFilter, optional_text, text_value};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::items;
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{CustomerLink, MappingChoice, ProductLink};
use crate::plan::Value;
use crate::session::Session;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter, Outcome};
use crate::state::ledger::{LedgerFilter, LedgerRow};
use crate::state::levels::{PeriodLevel, PeriodLevelFilter};
use crate::state::measures::{Figure, MeasuredItemKey};

/// How many days back the last measure is looked for.
const MEASURED_DAYS: i32 = 62;

/// Every posting to the company's contracts, newest first.
pub(super) fn posting_rows(
    state: &State,
    company: CompanyId,
    wanted: ItemFilter<'_>,
) -> Result<Vec<ExplainRow>> {
    let filter = LedgerFilter {
        company: Some(company),
        ..LedgerFilter::default()
    };
    let rows = state.read_ledger(&filter)?.into_iter().filter(|row| {
        let posting = &row.posting;
        wanted.matches_item(Some(&posting.account), &posting.item.to_string())
    });
    Ok(rows.map(|row| posting_row(&row)).collect())
}

fn posting_row(row: &LedgerRow) -> ExplainRow {
    let posting = &row.posting;
    let signed = |change: i64| format!("{change:+}");
    ExplainRow::new("billed")
        .with_column("at", text_value(format_args!("{:.0}", row.at)))
        .with_column("account", text_value(&posting.account))
        .with_column("item", text_value(&posting.item))
        .with_column("contract", Value::Whole(posting.contract.0))
        .with_column("service", Value::Whole(posting.service.0))
        .with_column(
            "usage",
            optional_text(posting.usage.map(|usage| usage.normalize())),
        )
        .with_column(
            "usage_at",
            optional_text(posting.usage_at.map(|at| format!("{at:.0}"))),
        )
        .with_column("arithmetic", text_value(&posting.arithmetic))
        .with_column("before", Value::Whole(posting.units_before))
        .with_column("wanted", Value::Whole(posting.wanted))
        .with_column("change", optional_text(posting.unit_change().map(signed)))
        .with_column("effective", text_value(posting.effective))
        .with_column("outcome", text_value(row.state.as_str()))
        .with_column("answer", optional_text(row.answer.as_ref()))
        .with_column("after", row.units_after.map_or(Value::Absent, Value::Whole))
        .with_column("run", text_value(&row.run))
}

/// What each line stood at in each billing period, whether or not anything was posted.
pub(super) fn level_rows(
    state: &State,
    company: CompanyId,
    wanted: ItemFilter<'_>,
) -> Result<Vec<ExplainRow>> {
    let filter = PeriodLevelFilter {
        company: Some(company),
        ..PeriodLevelFilter::default()
    };
    let mut levels = state.read_levels(&filter)?;
    levels.reverse();
    let asked = levels
        .iter()
        .filter(|level| wanted.matches_item(Some(&level.account), &level.item.to_string()));
    Ok(asked.map(level_row).collect())
}

fn level_row(level: &PeriodLevel) -> ExplainRow {
    let outcome = match level.wanted {
        Some(wanted) if wanted == level.units => "in force",
        Some(_) => "not yet in force",
        None => "not billed by usage",
    };
    ExplainRow::new("level")
        .with_column("at", text_value(format_args!("{:.0}", level.at)))
        .with_column("account", text_value(&level.account))
        .with_column("item", text_value(&level.item))
        .with_column("contract", Value::Whole(level.contract.0))
        .with_column("service", Value::Whole(level.service.0))
        .with_column(
            "usage",
            optional_text(level.usage.map(|usage| usage.normalize())),
        )
        .with_column(
            "usage_at",
            optional_text(level.usage_at.map(|at| format!("{at:.0}"))),
        )
        .with_column("arithmetic", text_value(&level.arithmetic))
        .with_column("wanted", level.wanted.map_or(Value::Absent, Value::Whole))
        .with_column("effective", text_value(level.period.start))
        .with_column("outcome", text_value(outcome))
        .with_column("after", Value::Whole(level.units))
        .with_column("run", text_value(&level.run))
}

/// The last time that each quota was set.
pub(super) fn quota_rows(
    state: &State,
    company: CompanyId,
    wanted: ItemFilter<'_>,
) -> Result<Vec<ExplainRow>> {
    let filter = HistoryFilter {
        company: Some(company),
        ..HistoryFilter::default()
    };
    let mut seen: Vec<(Option<AccountName>, String)> = Vec::new();
    let mut lines = Vec::new();
    for entry in state.history(&filter)? {
        let intent = &entry.intent;
        let key = (intent.account.clone(), intent.subject.clone());
        let asked = matches!(intent.action, JournalAction::SetQuota { .. })
            && wanted.matches_item(intent.account.as_ref(), &intent.subject);
        if asked && !seen.contains(&key) {
            lines.push(quota_row(&entry));
            seen.push(key);
        }
    }
    lines.sort_by_key(|line| {
        let of = |name: &str| {
            let found = line.0.iter().find(|(column, _)| *column == name);
            found.map(|(_, value)| value.clone())
        };
        (of("account"), of("item"))
    });
    Ok(lines)
}

fn quota_row(entry: &Entry) -> ExplainRow {
    let intent = &entry.intent;
    let (outcome, answer) = match &entry.outcome {
        Some(Outcome::Done { answer }) => ("done", Some(answer)),
        Some(Outcome::Failed { error }) => ("failed", Some(error)),
        Some(Outcome::Uncertain { error }) => ("uncertain", Some(error)),
        None => ("uncertain", None),
    };
    let side = |name: &str| {
        let fields = intent.payload.get(name).and_then(|side| side.as_object());
        let values = fields.into_iter().flat_map(|fields| fields.values());
        let shown: Vec<String> = values
            .filter(|value| !value.is_null())
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
            .collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    };
    let reasons = intent
        .payload
        .get("because")
        .and_then(|list| list.as_array());
    let reasons: Vec<&str> = reasons
        .into_iter()
        .flatten()
        .filter_map(|reason| reason.as_str())
        .collect();
    ExplainRow::new("quota")
        .with_column("at", text_value(format_args!("{:.0}", entry.at)))
        .with_column("account", optional_text(intent.account.as_ref()))
        .with_column("item", text_value(&intent.subject))
        .with_column("before", optional_text(side("before")))
        .with_column("wanted", optional_text(side("after")))
        .with_column(
            "because",
            optional_text((!reasons.is_empty()).then(|| reasons.join("; "))),
        )
        .with_column("outcome", text_value(outcome))
        .with_column("answer", optional_text(answer))
        .with_column("run", text_value(&intent.run))
}

/// The last measure of each item that is counted by a service, with what it comes to.
pub(super) fn measured_rows(
    session: &Session,
    state: &State,
    link: &CustomerLink,
    wanted: ItemFilter<'_>,
) -> Result<Vec<ExplainRow>> {
    let from = session.today.saturating_sub(MEASURED_DAYS.days());
    let mut lines = Vec::new();
    for product in state.product_links()? {
        let asked = product.account == link.account
            && matches!(product.choice, MappingChoice::Service { .. })
            && wanted.matches_item(Some(&product.account), &product.item.to_string());
        if !asked {
            continue;
        }
        let item = MeasuredItemKey {
            account: link.account.clone(),
            tenant: link.tenant.clone(),
            item: product.item.clone(),
        };
        let figure = if items::accrues_over_period(&product.item.name, None) {
            Figure::Accrued
        } else {
            Figure::Absolute
        };
        let found = state.last_measure(&item, from, session.today, figure)?;
        if let Some((_, reading)) = found
            && let Some(usage) = reading.figure_value(figure)
            && (wanted.is_given() || !usage.is_zero())
        {
            let at = format!("{:.0}", reading.at);
            lines.push(measured_row(&product, figure, usage, at));
        }
    }
    Ok(lines)
}

fn measured_row(product: &ProductLink, figure: Figure, usage: Decimal, at: String) -> ExplainRow {
    let service = match &product.choice {
        MappingChoice::Service { id, .. } => Value::Whole(id.0),
        MappingChoice::Free | MappingChoice::Leave => Value::Absent,
    };
    let measure = &product.measure;
    // What accrues is added up over the billing period: one reading comes to nothing by itself.
    let (units, how) = match figure {
        Figure::Absolute => (measure.billable_units(usage), ""),
        Figure::Accrued => (
            None,
            "; usage that accrues is added up over the billing period",
        ),
    };
    ExplainRow::new("measured")
        .with_column("at", Value::Text(at))
        .with_column("account", text_value(&product.account))
        .with_column("item", text_value(&product.item))
        .with_column("service", service)
        .with_column("wanted", units.map_or(Value::Absent, Value::Whole))
        .with_column("usage", text_value(usage.normalize()))
        .with_column(
            "arithmetic",
            text_value(format_args!(
                "unit: {}; round {}; {} included; minimum {}{how}",
                measure.unit.as_str(),
                measure.rounding.as_str(),
                measure.included,
                measure.minimum
            )),
        )
}
