//! How our types lie in the columns of the state file.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use rust_decimal::Decimal;

use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{
    AccountName, AlertId, ApplicationId, CompanyId, ContractId, ContractServiceId, InfraId,
    ItemKey, ResourceId, RunId, ServiceId, TenantId, TicketId,
};
use crate::domain::links::{LinkedBy, PendingStep};
use crate::domain::units::{Rounding, Unit};

/// All rows of a query, each read by the one function that knows its table.
pub(super) fn read_rows<T>(
    tx: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The first row of a query, if there is one.
pub(super) fn read_first_row<T>(
    tx: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_row(parameters, read).optional()?)
}

macro_rules! number_columns {
    ($($name:ident),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.0))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map($name)
            }
        }
    )+};
}

macro_rules! text_columns {
    ($($name:ident),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str().map($name::new)
            }
        }
    )+};
}

/// Enumerations that have a word for each value, with `as_str` and `parse`.
macro_rules! word_columns {
    ($($name:ty),+ $(,)?) => {$(
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(rusqlite::types::ToSqlOutput::from(self.as_str()))
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                let word = value.as_str()?;
                <$name>::parse(word)
                    .ok_or_else(|| crate::state::columns::unreadable_column(stringify!($name), word))
            }
        }
    )+};
}
pub(super) use word_columns;

number_columns!(
    CompanyId,
    ContractId,
    ContractServiceId,
    ResourceId,
    ServiceId,
    TicketId
);
text_columns!(AccountName, AlertId, ApplicationId, RunId, TenantId);
word_columns!(AdjustmentForm, LinkedBy, Rounding, PendingStep, Unit);

#[derive(Debug, thiserror::Error)]
#[error("the state file contains {text:?} instead of a {what}")]
struct UnreadableColumn {
    what: &'static str,
    text: String,
}

/// The error for a text in the file that stands for no value of its column's type.
pub(super) fn unreadable_column(what: &'static str, text: &str) -> FromSqlError {
    FromSqlError::other(UnreadableColumn {
        what,
        text: text.to_owned(),
    })
}

/// A point of time: RFC 3339 in UTC, always nine digits of a second so that texts sort as times.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumn(pub(super) Timestamp);

impl ToSql for TimeColumn {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(format!("{:.9}", self.0)))
    }
}

impl FromSql for TimeColumn {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        text.parse()
            .map(TimeColumn)
            .map_err(|_| unreadable_column("point of time", text))
    }
}

/// A calendar day: `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateColumn(pub(super) Date);

impl ToSql for DateColumn {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for DateColumn {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        text.parse()
            .map(DateColumn)
            .map_err(|_| unreadable_column("day", text))
    }
}

/// An exact decimal, as text with the digits it came with.
#[derive(Clone, Copy, Debug)]
pub(super) struct DecimalColumn(pub(super) Decimal);

impl ToSql for DecimalColumn {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for DecimalColumn {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Decimal::from_str_exact(text)
            .map(DecimalColumn)
            .map_err(|_| unreadable_column("decimal number", text))
    }
}

/// A time that may be missing.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<TimeColumn>>(column)?.map(|at| at.0))
}

/// A day that may be missing.
pub(super) fn optional_date(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Date>> {
    Ok(row.get::<_, Option<DateColumn>>(column)?.map(|day| day.0))
}

/// A decimal that may be missing.
pub(super) fn optional_decimal(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Decimal>> {
    Ok(row
        .get::<_, Option<DecimalColumn>>(column)?
        .map(|exact| exact.0))
}

/// The storage part of an item's key; '' where there is none, since null is never equal to null.
pub(super) fn infra_or_empty(item: &ItemKey) -> &str {
    item.infra.as_ref().map_or("", InfraId::as_str)
}

/// The offering item in the columns `application`, `item` and `infra`.
pub(super) fn item_key(row: &Row<'_>) -> rusqlite::Result<ItemKey> {
    let infra: String = row.get("infra")?;
    Ok(ItemKey {
        name: row.get("item")?,
        infra: (!infra.is_empty()).then(|| InfraId::new(&infra)),
        application: row.get("application")?,
    })
}

/// Texts as the JSON array that `json_each` reads, for `IN (SELECT value FROM json_each(?))`.
pub(super) fn json_list(values: impl Iterator<Item: Into<serde_json::Value>>) -> String {
    serde_json::Value::from_iter(values).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(at: &str) -> String {
        format!("{:.9}", at.parse::<Timestamp>().unwrap())
    }

    #[test]
    fn times_sort_as_texts_whatever_digits_they_came_with() {
        let whole = text("2026-08-20T04:11:02Z");
        let part = text("2026-08-20T04:11:02.000000001Z");
        assert!(whole < part, "{whole} {part}");
        assert_eq!(part, "2026-08-20T04:11:02.000000001Z");
    }
}
