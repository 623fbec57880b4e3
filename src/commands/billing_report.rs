//! `billing-report`: a month of billed lines for the accountant, and what is still to be posted.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::known_words::expect_word;
use crate::cli::BillingReportArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::posting::PostingStage;
use crate::exit::{Exit, UsageError};
use crate::gather::company_names::find_company;
use crate::plan::{RemarkKind, Value};
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::levels::{PeriodLevel, PeriodLevelFilter};
use crate::state::unbilled::UnbilledUsage;

const COLUMNS: &[Column] = &[
    Column::shown_column("company", "Company"),
    Column::shown_column("company_name", "Name"),
    Column::shown_column("account", "Account"),
    Column::script_column("tenant"),
    Column::shown_column("contract", "Contract"),
    Column::script_column("period_start"),
    Column::script_column("period_end"),
    Column::shown_column("item", "Item"),
    Column::script_column("service"),
    Column::shown_column("service_name", "Service"),
    Column::shown_column("usage", "Usage"),
    Column::script_column("measured_at"),
    Column::script_column("arithmetic"),
    Column::shown_column("units", "Units"),
    Column::script_column("wanted"),
    Column::shown_column("unit_price", "Price"),
    Column::shown_column("amount", "Amount"),
    Column::shown_column("held", "Held"),
    Column::script_column("held_amount"),
    Column::shown_column("posting", "Posting"),
    Column::shown_column("posting_day", "Day"),
    Column::script_column("autotask_amount"),
    Column::script_column("run"),
];

/// Shows every billed line whose period begins in a month, or is that of today.
pub(super) fn run(session: &Session, args: &BillingReportArgs) -> Result<Exit> {
    let today = session.today;
    let first = args.month.as_deref().map(parse_month).transpose()?;
    let last = first.map(Date::last_of_month);
    let state = session.state_to_read()?;
    let company = args.company.as_deref();
    let company = company
        .map(|typed| find_company(session, &state, typed))
        .transpose()?;
    let mut levels = Vec::new();
    for account in account_filters(&args.accounts) {
        levels.extend(state.read_levels(&PeriodLevelFilter {
            company,
            account,
            from: first,
            to: last,
            on: first.is_none().then_some(today),
        })?);
    }
    if levels.is_empty() {
        expect_known_filters(session, &state, args)?;
    }
    let mut unbilled = state.read_unbilled(first.unwrap_or(today.first_of_month()))?;
    unbilled.retain(|one| {
        let accounts = &args.accounts;
        let in_account =
            accounts.is_empty() || accounts.iter().any(|name| *name == one.account.as_str());
        in_account && company.is_none_or(|company| company == one.company)
    });
    let rows = levels.iter().map(|level| level_row(level, today));
    let shown = args.month.as_deref().unwrap_or("current periods");
    let mut footer = report_footer(shown, &levels, &unbilled, today);
    footer.extend(ending_contracts(&state, company, &args.accounts)?);
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: rows.chain(unbilled.iter().map(unbilled_row)).collect(),
        footer,
    });
    Ok(Exit::Done)
}

/// Contracts that end soon, as the last runs reported them.
fn ending_contracts(
    state: &State,
    company: Option<CompanyId>,
    accounts: &[String],
) -> Result<Vec<String>> {
    let items = state.reported_items(None)?.into_iter().map(|one| one.item);
    let asked = items
        .filter(|item| item.kind == RemarkKind::ContractEndsSoon.as_str())
        .filter(|item| company.is_none_or(|id| item.company == Some(id)))
        .filter(|item| {
            let account = item.account.as_ref().map(AccountName::as_str);
            accounts.is_empty() || accounts.iter().any(|name| Some(name.as_str()) == account)
        });
    Ok(asked.map(|item| item.text).collect())
}

/// Whether what was asked for exists at all: a typing mistake is not an empty month.
fn expect_known_filters(session: &Session, state: &State, args: &BillingReportArgs) -> Result<()> {
    let configured = session.config.acronis.iter();
    let mut known: Vec<String> = configured.map(|one| one.name.to_string()).collect();
    known.extend(state.known_accounts()?);
    for account in &args.accounts {
        expect_word("account", Some(account), known.clone())?;
    }
    Ok(())
}

fn account_filters(named: &[String]) -> Vec<Option<AccountName>> {
    if named.is_empty() {
        return vec![None];
    }
    named
        .iter()
        .map(|name| Some(AccountName::new(name)))
        .collect()
}

/// The first day of `YYYY-MM`.
fn parse_month(text: &str) -> Result<Date, UsageError> {
    let first = (text.len() == 7).then(|| format!("{text}-01"));
    first
        .and_then(|day| day.parse().ok())
        .ok_or_else(|| UsageError(format!("a month is given as 2026-08, not {text:?}")))
}

fn level_row(level: &PeriodLevel, today: Date) -> Vec<Value> {
    let (posting, day) = posting_state(level, today);
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    let exact = |amount: Option<Decimal>| amount.map_or(Value::Absent, |it| text(&it.normalize()));
    vec![
        Value::Whole(level.company.0),
        Value::from_text(&level.company_name),
        text(&level.account),
        text(&level.tenant),
        Value::Whole(level.contract.0),
        text(&level.period.start),
        text(&level.period.end),
        text(&level.item),
        Value::Whole(level.service.0),
        Value::from_text(&level.service_name),
        exact(level.usage),
        level.usage_at.map_or(Value::Absent, |at| text(&at)),
        Value::from_text(&level.arithmetic),
        Value::Whole(level.units),
        level.wanted.map_or(Value::Absent, Value::Whole),
        exact(level.price),
        exact(level.posted_amount()),
        level.held_units().map_or(Value::Absent, Value::Whole),
        exact(
            level
                .held_units()
                .and_then(|units| price_of_units(level.price, units)),
        ),
        posting.map_or(Value::Absent, Value::from_text),
        day.map_or(Value::Absent, |day| text(&day)),
        exact(level.extended),
        text(&level.run),
    ]
}

/// What becomes of the line in its period, and the day: on which it was settled, or from which on it
/// is posted.
fn posting_state(level: &PeriodLevel, today: Date) -> (Option<&'static str>, Option<Date>) {
    let is_over = level.period.end < today;
    if let Some(day) = level.settled
        && (is_over || level.held_units().is_none())
    {
        return (Some("settled"), Some(day));
    }
    let Some(next) = level.next else {
        return (None, None);
    };
    match next.stage {
        PostingStage::Measured
        | PostingStage::Frozen
        | PostingStage::Due
        | PostingStage::NeedsApproval
            if is_over =>
        {
            (Some("missed"), None)
        }
        PostingStage::Held | PostingStage::ByHand if level.held_units().is_none() => (None, None),
        // Nothing was read that could be posted.
        PostingStage::Measured | PostingStage::Due | PostingStage::Frozen
            if level.wanted.is_none() =>
        {
            (None, None)
        }
        PostingStage::Measured
        | PostingStage::Held
        | PostingStage::Frozen
        | PostingStage::Due
        | PostingStage::NeedsApproval
        | PostingStage::ByHand
        | PostingStage::Trial => (Some(next.stage.as_str()), next.day),
    }
}

fn price_of_units(price: Option<Decimal>, units: i64) -> Option<Decimal> {
    price?.checked_mul(Decimal::from(units))
}

/// What was used and nothing bills.
fn unbilled_row(one: &UnbilledUsage) -> Vec<Value> {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    let exact = |amount: Option<Decimal>| amount.map_or(Value::Absent, |it| text(&it.normalize()));
    vec![
        Value::Whole(one.company.0),
        Value::from_text(&one.company_name),
        text(&one.account),
        text(&one.tenant),
        Value::Absent,
        text(&one.month),
        text(&one.month.last_of_month()),
        text(&one.item),
        Value::Absent,
        Value::from_text("not billed"),
        exact(Some(one.usage)),
        text(&one.at),
        Value::from_text(&one.reason),
        Value::Whole(0),
        one.units.map_or(Value::Absent, Value::Whole),
        exact(one.price),
        Value::Absent,
        one.units.map_or(Value::Absent, Value::Whole),
        exact(one.units.and_then(|units| price_of_units(one.price, units))),
        Value::Absent,
        Value::Absent,
        Value::Absent,
        text(&one.run),
    ]
}

/// The month in a sentence, and what is not in the bill.
fn report_footer(
    month: &str,
    levels: &[PeriodLevel],
    unbilled: &[UnbilledUsage],
    today: Date,
) -> Vec<String> {
    let mut footer = vec![report_summary(month, levels)];
    footer.extend(unposted_amounts(levels, today));
    if !unbilled.is_empty() {
        footer.push(format!(
            "not billed: {} used items, which no mapping or contract line counts",
            unbilled.len()
        ));
    }
    let free = levels
        .iter()
        .filter(|level| level.price.is_some_and(|price| price.is_zero()));
    match free.count() {
        0 => {}
        count => footer.push(format!(
            "warning: {count} lines have price 0: set the price in Autotask"
        )),
    }
    footer
}

/// What is not posted yet, by what becomes of it.
fn unposted_amounts(levels: &[PeriodLevel], today: Date) -> Vec<String> {
    let mut open: BTreeMap<&str, Vec<(i64, Option<Decimal>)>> = BTreeMap::new();
    for level in levels {
        if let Some(units) = level.held_units() {
            let (posting, _) = posting_state(level, today);
            let of_word = open.entry(posting.unwrap_or("held")).or_default();
            of_word.push((units, level.price));
        }
    }
    let in_words = |(word, lines): (&str, Vec<(i64, Option<Decimal>)>)| {
        let sum = |adds: bool| -> Decimal {
            let part = lines.iter().filter(|(units, _)| (*units > 0) == adds);
            part.filter_map(|(units, price)| price_of_units(*price, *units))
                .sum()
        };
        let units: i64 = lines.iter().map(|(units, _)| units).sum();
        format!(
            "{word}: {} lines, {units:+} units, amounts +{} and {}",
            lines.len(),
            sum(true).normalize(),
            sum(false).normalize()
        )
    };
    open.into_iter().map(in_words).collect()
}

fn report_summary(month: &str, levels: &[PeriodLevel]) -> String {
    let total = levels
        .iter()
        .filter_map(PeriodLevel::posted_amount)
        .try_fold(Decimal::ZERO, Decimal::checked_add);
    let unpriced = levels.iter().filter(|level| level.price.is_none()).count();
    let open = levels
        .iter()
        .filter(|level| level.wanted.is_none() || level.held_units().is_some())
        .count();
    let total = total.map_or_else(
        || "too large to add up".to_owned(),
        |sum| sum.normalize().to_string(),
    );
    let mut text = format!(
        "{month}: {} lines, total {total} (full periods at the prices read; Autotask prorates \
         what began in mid-period)",
        levels.len()
    );
    if unpriced > 0 {
        text.push_str(&format!("; {unpriced} without a visible price"));
    }
    if open > 0 {
        text.push_str(&format!("; {open} whose units differ from usage"));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_are_read_strictly() {
        assert_eq!(parse_month("2026-08").unwrap(), date(2026, 8, 1));
        for wrong in ["2026-8", "2026-13", "08-2026", "2026-08-01", ""] {
            assert!(parse_month(wrong).is_err(), "{wrong}");
        }
    }
}
