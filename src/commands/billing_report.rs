//! `billing-report`: a month of billed lines for the accountant, and what is still to be posted.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::known::expect_word;
use crate::cli::BillingReportArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::posting::PostingStage;
use crate::exit::{Exit, Usage};
use crate::gather::company_names::find_company;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::levels::{Level, LevelFilter};
use crate::state::unbilled::UnbilledUsage;

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
    Column::shown("held", "Held"),
    Column::hidden("held_amount"),
    Column::shown("posting", "Posting"),
    Column::shown("posting_day", "Day"),
    Column::hidden("autotask_amount"),
    Column::hidden("run"),
];

/// Shows every billed line whose period begins in a month, or is that of today.
pub(super) fn run(session: &Session, args: &BillingReportArgs) -> Result<Exit> {
    let today = session.today;
    let first = args.month.as_deref().map(month).transpose()?;
    let last = first.map(Date::last_of_month);
    let state = session.state_to_read()?;
    let mut levels = Vec::new();
    for account in accounts(&args.accounts) {
        levels.extend(state.levels(&LevelFilter {
            company: args.company.map(CompanyId),
            account,
            from: first,
            to: last,
            on: first.is_none().then_some(today),
        })?);
    }
    if levels.is_empty() {
        known(session, &state, args)?;
    }
    let mut unbilled = state.unbilled(first.unwrap_or(today.first_of_month()))?;
    unbilled.retain(|one| {
        let accounts = &args.accounts;
        let in_account =
            accounts.is_empty() || accounts.iter().any(|name| *name == one.account.as_str());
        let company = args.company.map(CompanyId);
        in_account && company.is_none_or(|company| company == one.company)
    });
    let rows = levels.iter().map(|level| row(level, today));
    let shown = args.month.as_deref().unwrap_or("current periods");
    let footer = footer(shown, &levels, &unbilled, today);
    session.report.list(&List {
        columns: COLUMNS,
        rows: rows.chain(unbilled.iter().map(unbilled_row)).collect(),
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
        .ok_or_else(|| Usage(format!("a month is given as 2026-08, not {text:?}")))
}

fn row(level: &Level, today: Date) -> Vec<Value> {
    let (posting, day) = posting(level, today);
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
        level.held().map_or(Value::Absent, Value::Whole),
        exact(level.held().and_then(|units| amount(level.price, units))),
        posting.map_or(Value::Absent, Value::text),
        day.map_or(Value::Absent, |day| text(&day)),
        exact(level.extended),
        text(&level.run),
    ]
}

/// What becomes of the line in its period, and the day: on which it was settled, or from which on it
/// is posted.
fn posting(level: &Level, today: Date) -> (Option<&'static str>, Option<Date>) {
    let is_over = level.period.end < today;
    if let Some(day) = level.settled
        && (is_over || level.held().is_none())
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
        PostingStage::Held | PostingStage::ByHand if level.held().is_none() => (None, None),
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

fn amount(price: Option<Decimal>, units: i64) -> Option<Decimal> {
    price?.checked_mul(Decimal::from(units))
}

/// What was used and nothing bills.
fn unbilled_row(one: &UnbilledUsage) -> Vec<Value> {
    let text = |text: &dyn std::fmt::Display| Value::Text(text.to_string());
    let exact = |amount: Option<Decimal>| amount.map_or(Value::Absent, |it| text(&it.normalize()));
    vec![
        Value::Whole(one.company.0),
        Value::text(&one.company_name),
        text(&one.account),
        text(&one.tenant),
        Value::Absent,
        text(&one.month),
        text(&one.month.last_of_month()),
        text(&one.item),
        Value::Absent,
        Value::text("not billed"),
        exact(Some(one.usage)),
        text(&one.at),
        Value::text(&one.reason),
        Value::Whole(0),
        one.units.map_or(Value::Absent, Value::Whole),
        exact(one.price),
        Value::Absent,
        one.units.map_or(Value::Absent, Value::Whole),
        exact(one.units.and_then(|units| amount(one.price, units))),
        Value::Absent,
        Value::Absent,
        Value::Absent,
        text(&one.run),
    ]
}

/// The month in a sentence, and what is not in the bill.
fn footer(month: &str, levels: &[Level], unbilled: &[UnbilledUsage], today: Date) -> Vec<String> {
    let mut footer = vec![summary(month, levels)];
    footer.extend(open_money(levels, today));
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
fn open_money(levels: &[Level], today: Date) -> Vec<String> {
    let mut open: BTreeMap<&str, Vec<(i64, Option<Decimal>)>> = BTreeMap::new();
    for level in levels {
        if let Some(units) = level.held() {
            let (posting, _) = posting(level, today);
            let of_word = open.entry(posting.unwrap_or("held")).or_default();
            of_word.push((units, level.price));
        }
    }
    let in_words = |(word, lines): (&str, Vec<(i64, Option<Decimal>)>)| {
        let sum = |adds: bool| -> Decimal {
            let part = lines.iter().filter(|(units, _)| (*units > 0) == adds);
            part.filter_map(|(units, price)| amount(*price, *units))
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

fn summary(month: &str, levels: &[Level]) -> String {
    let total = levels
        .iter()
        .filter_map(Level::amount)
        .try_fold(Decimal::ZERO, Decimal::checked_add);
    let unpriced = levels.iter().filter(|level| level.price.is_none()).count();
    let open = levels
        .iter()
        .filter(|level| level.wanted.is_none() || level.held().is_some())
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
        assert_eq!(month("2026-08").unwrap(), date(2026, 8, 1));
        for wrong in ["2026-8", "2026-13", "08-2026", "2026-08-01", ""] {
            assert!(month(wrong).is_err(), "{wrong}");
        }
    }
}
