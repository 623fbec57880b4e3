//! `billing-report`: a month of billed lines for the accountant.

use anyhow::Result;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::known::expect_word;
use crate::cli::BillingReportArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::exit::{Exit, Usage};
use crate::gather::company_names::find_company;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::levels::{Level, LevelFilter};

const COLUMNS: &[Column] = &[
    Column::shown("company", "Company"),
    Column::shown("company_name", "Name"),
    Column::shown("account", "Account"),
    Column::hidden("tenant"),
    Column::shown("contract", "Contract"),
    Column::hidden("period_start"),
    Column::hidden("period_end"),
    Column::shown("item", "Item"),
    Column::hidden("service"),
    Column::shown("service_name", "Service"),
    Column::shown("usage", "Usage"),
    Column::hidden("measured_at"),
    Column::hidden("arithmetic"),
    Column::shown("units", "Units"),
    Column::hidden("wanted"),
    Column::shown("unit_price", "Price"),
    Column::shown("amount", "Amount"),
    Column::hidden("autotask_amount"),
    Column::hidden("run"),
];

/// Shows every billed line whose period begins in a month.
pub(super) fn run(session: &Session, args: &BillingReportArgs) -> Result<Exit> {
    let first = month(&args.month)?;
    let state = session.state_to_read()?;
    let mut levels = Vec::new();
    for account in accounts(&args.accounts) {
        levels.extend(state.levels(&LevelFilter {
            company: args.company.map(CompanyId),
            account,
            from: Some(first),
            to: Some(first.last_of_month()),
        })?);
    }
    if levels.is_empty() {
        known(session, &state, args)?;
    }
    let footer = vec![summary(&args.month, &levels)];
    session.report.list(&List {
        columns: COLUMNS,
        rows: levels.iter().map(row).collect(),
        footer,
    });
    Ok(Exit::Done)
}

/// Whether what was asked for exists at all: a typing mistake is not an empty month.
fn known(session: &Session, state: &State, args: &BillingReportArgs) -> Result<()> {
    if let Some(company) = args.company {
        find_company(session, state, &company.to_string())?;
    }
    let configured = session.config.acronis.iter();
    let mut known: Vec<String> = configured.map(|one| one.name.to_string()).collect();
    known.extend(state.known_accounts()?);
    for account in &args.accounts {
        expect_word("account", Some(account), known.clone())?;
    }
    Ok(())
}

fn accounts(named: &[String]) -> Vec<Option<AccountName>> {
    if named.is_empty() {
        return vec![None];
    }
    named
        .iter()
        .map(|name| Some(AccountName::new(name)))
        .collect()
}

/// The first day of `YYYY-MM`.
fn month(text: &str) -> Result<Date, Usage> {
    let first = (text.len() == 7).then(|| format!("{text}-01"));
    first
        .and_then(|day| day.parse().ok())
        .ok_or_else(|| Usage(format!("a month is written like 2026-08, not {text:?}")))
}

fn row(level: &Level) -> Vec<Value> {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    let exact = |amount: Option<Decimal>| amount.map_or(Value::Absent, |it| text(&it.normalize()));
    vec![
        Value::Whole(level.company.0),
        Value::text(&level.company_name),
        text(&level.account),
        text(&level.tenant),
        Value::Whole(level.contract.0),
        text(&level.period.start),
        text(&level.period.end),
        text(&level.item),
        Value::Whole(level.service.0),
        Value::text(&level.service_name),
        exact(level.usage),
        level.usage_at.map_or(Value::Absent, |at| text(&at)),
        Value::text(&level.arithmetic),
        Value::Whole(level.units),
        level.wanted.map_or(Value::Absent, Value::Whole),
        exact(level.price),
        exact(level.amount()),
        exact(level.extended),
        text(&level.run),
    ]
}

fn summary(month: &str, levels: &[Level]) -> String {
    let total = levels
        .iter()
        .filter_map(Level::amount)
        .try_fold(Decimal::ZERO, Decimal::checked_add);
    let unpriced = levels.iter().filter(|level| level.price.is_none()).count();
    let open = levels
        .iter()
        .filter(|level| level.wanted != Some(level.units))
        .count();
    let total = total.map_or_else(
        || "past all counting".to_owned(),
        |sum| sum.normalize().to_string(),
    );
    let mut text = format!(
        "{month}: {} lines, {total} in all at the prices read (whole periods; Autotask itself \
         prorates what began in mid-period)",
        levels.len()
    );
    if unpriced > 0 {
        text.push_str(&format!("; {unpriced} without a price that may be seen"));
    }
    if open > 0 {
        text.push_str(&format!("; {open} not at the level that usage asks for"));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_are_read_strictly() {
        assert_eq!(month("2026-08").unwrap(), date(2026, 8, 1));
        for wrong in ["2026-8", "2026-13", "08-2026", "2026-08-01", ""] {
            assert!(month(wrong).is_err(), "{wrong}");
        }
    }
}
