//! Where the numbers stand: the ledger, the journal, the measures.

use anyhow::Result;
use jiff::ToSpan as _;
use rust_decimal::Decimal;

use super::{Line, Wanted, maybe, text};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::items;
use crate::domain::links::{Choice, CustomerLink, ProductLink};
use crate::plan::Value;
use crate::session::Session;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter, Outcome};
use crate::state::ledger::{LedgerFilter, LedgerRow};
use crate::state::levels::{Level, LevelFilter};
use crate::state::measures::{Figure, MeasuredItem};

/// The actions that set what a customer may use (`quotas`).
const QUOTA_KINDS: [&str; 2] = ["set-quota", "switch-on"];
/// How many days back the last measure is looked for.
const MEASURED_DAYS: i32 = 62;

/// Every posting to the company's contracts, newest first.
pub(super) fn billed(state: &State, company: CompanyId, wanted: Wanted<'_>) -> Result<Vec<Line>> {
    let filter = LedgerFilter {
        company: Some(company),
        ..LedgerFilter::default()
    };
    let rows = state.ledger(&filter)?.into_iter().filter(|row| {
        let posting = &row.posting;
        wanted.holds(Some(&posting.account), &posting.item.to_string())
    });
    Ok(rows.map(|row| posting(&row)).collect())
}

fn posting(row: &LedgerRow) -> Line {
    let posting = &row.posting;
    let signed = |change: i64| format!("{change:+}");
    Line::new("billed")
        .with("at", text(format_args!("{:.0}", row.at)))
        .with("account", text(&posting.account))
        .with("item", text(&posting.item))
        .with("contract", Value::Whole(posting.contract.0))
        .with("service", Value::Whole(posting.service.0))
        .with("usage", maybe(posting.usage.map(|usage| usage.normalize())))
        .with(
            "usage_at",
            maybe(posting.usage_at.map(|at| format!("{at:.0}"))),
        )
        .with("arithmetic", text(&posting.arithmetic))
        .with("before", Value::Whole(posting.units_before))
        .with("wanted", Value::Whole(posting.wanted))
        .with("change", maybe(posting.unit_change().map(signed)))
        .with("effective", text(posting.effective))
        .with("outcome", text(row.state.as_str()))
        .with("answer", maybe(row.answer.as_ref()))
        .with("after", row.units_after.map_or(Value::Absent, Value::Whole))
        .with("run", text(&row.run))
}

/// What each line stood at in each billing period, whether or not anything was posted.
pub(super) fn levels(state: &State, company: CompanyId, wanted: Wanted<'_>) -> Result<Vec<Line>> {
    let filter = LevelFilter {
        company: Some(company),
        ..LevelFilter::default()
    };
    let mut levels = state.levels(&filter)?;
    levels.reverse();
    let asked = levels
        .iter()
        .filter(|level| wanted.holds(Some(&level.account), &level.item.to_string()));
    Ok(asked.map(level).collect())
}

fn level(level: &Level) -> Line {
    let outcome = match level.wanted {
        Some(wanted) if wanted == level.units => "in force",
        Some(_) => "not yet in force",
        None => "not billed by usage",
    };
    Line::new("level")
        .with("at", text(format_args!("{:.0}", level.at)))
        .with("account", text(&level.account))
        .with("item", text(&level.item))
        .with("contract", Value::Whole(level.contract.0))
        .with("service", Value::Whole(level.service.0))
        .with("usage", maybe(level.usage.map(|usage| usage.normalize())))
        .with(
            "usage_at",
            maybe(level.usage_at.map(|at| format!("{at:.0}"))),
        )
        .with("arithmetic", text(&level.arithmetic))
        .with("wanted", level.wanted.map_or(Value::Absent, Value::Whole))
        .with("effective", text(level.period.start))
        .with("outcome", text(outcome))
        .with("after", Value::Whole(level.units))
        .with("run", text(&level.run))
}

/// The last time that each quota was set.
pub(super) fn quotas(state: &State, company: CompanyId, wanted: Wanted<'_>) -> Result<Vec<Line>> {
    let filter = HistoryFilter {
        company: Some(company),
        ..HistoryFilter::default()
    };
    let mut seen: Vec<(Option<AccountName>, String)> = Vec::new();
    let mut lines = Vec::new();
    for entry in state.history(&filter)? {
        let intent = &entry.intent;
        let key = (intent.account.clone(), intent.subject.clone());
        let asked = QUOTA_KINDS.contains(&intent.kind.as_str())
            && wanted.holds(intent.account.as_ref(), &intent.subject);
        if asked && !seen.contains(&key) {
            lines.push(quota(&entry));
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

fn quota(entry: &Entry) -> Line {
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
    Line::new("quota")
        .with("at", text(format_args!("{:.0}", entry.at)))
        .with("account", maybe(intent.account.as_ref()))
        .with("item", text(&intent.subject))
        .with("before", maybe(side("before")))
        .with("wanted", maybe(side("after")))
        .with(
            "because",
            maybe((!reasons.is_empty()).then(|| reasons.join("; "))),
        )
        .with("outcome", text(outcome))
        .with("answer", maybe(answer))
        .with("run", text(&intent.run))
}

/// The last measure of each item that is counted by a service, with what it comes to.
pub(super) fn measured(
    session: &Session,
    state: &State,
    link: &CustomerLink,
    wanted: Wanted<'_>,
) -> Result<Vec<Line>> {
    let from = session.today.saturating_sub(MEASURED_DAYS.days());
    let mut lines = Vec::new();
    for product in state.product_links()? {
        let asked = product.account == link.account
            && matches!(product.choice, Choice::Service { .. })
            && wanted.holds(Some(&product.account), &product.item.to_string());
        if !asked {
            continue;
        }
        let item = MeasuredItem {
            account: link.account.clone(),
            tenant: link.tenant.clone(),
            item: product.item.clone(),
        };
        let figure = if items::accrues(&product.item.name, None) {
            Figure::Accrued
        } else {
            Figure::Absolute
        };
        let found = state.last_measure(&item, from, session.today, figure)?;
        if let Some((_, reading)) = found
            && let Some(usage) = reading.figure(figure)
            && (wanted.names_one() || !usage.is_zero())
        {
            let at = format!("{:.0}", reading.at);
            lines.push(measure(&product, figure, usage, at));
        }
    }
    Ok(lines)
}

fn measure(product: &ProductLink, figure: Figure, usage: Decimal, at: String) -> Line {
    let service = match &product.choice {
        Choice::Service { id, .. } => Value::Whole(id.0),
        Choice::Free | Choice::Leave => Value::Absent,
    };
    let measure = &product.measure;
    // What accrues is added up over the billing period: one reading comes to nothing by itself.
    let (units, how) = match figure {
        Figure::Absolute => (measure.billable(usage), ""),
        Figure::Accrued => (
            None,
            "; usage that accrues is added up over the billing period",
        ),
    };
    Line::new("measured")
        .with("at", Value::Text(at))
        .with("account", text(&product.account))
        .with("item", text(&product.item))
        .with("service", service)
        .with("wanted", units.map_or(Value::Absent, Value::Whole))
        .with("usage", text(usage.normalize()))
        .with(
            "arithmetic",
            text(format_args!(
                "unit: {}; round {}; {} included; minimum {}{how}",
                measure.unit.as_str(),
                measure.rounding.as_str(),
                measure.included,
                measure.minimum
            )),
        )
}
