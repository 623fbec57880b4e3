//! How our types lie in the columns of the state file, one value in one column.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, Null, ToSql, ToSqlOutput, ValueRef};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{
    AccountName, AlertId, ApplicationId, CompanyId, ContractId, ContractServiceId, ResourceId,
    RunId, ServiceId, TenantId, TicketId,
};
use crate::domain::links::{LinkedBy, PendingStep};
use crate::domain::tickets::{AlertSaying, TicketLinkId};
use crate::domain::units::{Rounding, Unit};

/// A type that lies in one column. The database's own traits cannot be given to types of others,
/// such as times: what is stored of them is ours to say.
pub(super) trait OneColumn: Sized {
    fn to_cell(&self) -> ToSqlOutput<'_>;

    fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

/// Any of our values as a parameter of a statement, and as what a row gives back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<T>(pub(super) T);

impl<T: OneColumn> ToSql for Cell<&T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_cell())
    }
}

impl<T: OneColumn> FromSql for Cell<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::from_cell(value).map(Cell)
    }
}

impl<T: OneColumn> OneColumn for Option<T> {
    fn to_cell(&self) -> ToSqlOutput<'_> {
        self.as_ref().map_or(ToSqlOutput::from(Null), T::to_cell)
    }

    fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self> {
        if value == ValueRef::Null {
            return Ok(None);
        }
        T::from_cell(value).map(Some)
    }
}

/// What the database reads and writes itself.
macro_rules! plain_columns {
    ($($name:ty),+ $(,)?) => {$(
        impl OneColumn for $name {
            fn to_cell(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::from(*self)
            }

            fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value)
            }
        }
    )+};
}

/// Numbers in a type of their own.
macro_rules! number_columns {
    ($($name:ident),+ $(,)?) => {$(
        crate::state::columns::own_column!($name);

        impl crate::state::columns::OneColumn for $name {
            fn to_cell(&self) -> rusqlite::types::ToSqlOutput<'_> {
                rusqlite::types::ToSqlOutput::from(self.0)
            }

            fn from_cell(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                value.as_i64().map($name)
            }
        }
    )+};
}
pub(super) use number_columns;

macro_rules! text_columns {
    ($($name:ident),+ $(,)?) => {$(
        crate::state::columns::own_column!($name);

        impl OneColumn for $name {
            fn to_cell(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::from(self.as_str())
            }

            fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str().map($name::new)
            }
        }
    )+};
}

/// Enumerations that have a word for each value, with `as_str` and `parse`.
macro_rules! word_columns {
    ($($name:ty),+ $(,)?) => {$(
        crate::state::columns::own_column!($name);

        impl crate::state::columns::OneColumn for $name {
            fn to_cell(&self) -> rusqlite::types::ToSqlOutput<'_> {
                rusqlite::types::ToSqlOutput::from(self.as_str())
            }

            fn from_cell(
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

/// A type of our own is a parameter as it is.
macro_rules! own_column {
    ($name:ty) => {
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(crate::state::columns::OneColumn::to_cell(self))
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                crate::state::columns::OneColumn::from_cell(value)
            }
        }
    };
}
pub(super) use own_column;

/// Types of others that are kept as a text: how it is written, and how it is read.
macro_rules! text_forms {
    ($($name:ty: $what:literal, $write:expr, $read:expr;)+) => {$(
        impl OneColumn for $name {
            fn to_cell(&self) -> ToSqlOutput<'_> {
                let write: fn(&Self) -> String = $write;
                ToSqlOutput::from(write(self))
            }

            fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                let text = value.as_str()?;
                read(text).ok_or_else(|| unreadable_column($what, text))
            }
        }
    )+};
}

plain_columns!(bool, i32, i64, u32);
number_columns!(
    CompanyId,
    ContractId,
    ContractServiceId,
    ResourceId,
    ServiceId,
    TicketId,
    TicketLinkId,
);
text_columns!(AccountName, AlertId, ApplicationId, RunId, TenantId);
word_columns!(AdjustmentForm, LinkedBy, Rounding, PendingStep, Unit);
text_forms! {
    // RFC 3339 in UTC, always nine digits of a second so that texts sort as times.
    Timestamp: "point of time", |at| format!("{at:.9}"), |text| text.parse().ok();
    // `YYYY-MM-DD`.
    Date: "day", Date::to_string, |text| text.parse().ok();
    // Exact, with the digits it came with.
    Decimal: "decimal number", Decimal::to_string, |text| Decimal::from_str_exact(text).ok();
    Value: "JSON value", Value::to_string, |text| serde_json::from_str(text).ok();
    // What an alert says, as JSON.
    AlertSaying: "saying of an alert",
        |says| serde_json::json!(says).to_string(), |text| serde_json::from_str(text).ok();
    // Numbers by word, as JSON.
    BTreeMap<String, i64>: "count by word",
        |counts| serde_json::json!(counts).to_string(), |text| serde_json::from_str(text).ok();
}

impl OneColumn for String {
    fn to_cell(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::from(self.as_str())
    }

    fn from_cell(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value)
    }
}

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

/// Texts as the JSON array that `json_each` reads, for `IN (SELECT value FROM json_each(?))`.
pub(super) fn json_list(values: impl Iterator<Item: Into<serde_json::Value>>) -> String {
    serde_json::Value::from_iter(values).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(at: &str) -> String {
        let at: Timestamp = at.parse().unwrap();
        let ToSqlOutput::Owned(rusqlite::types::Value::Text(text)) = at.to_cell() else {
            panic!("{at} is not kept as a text");
        };
        text
    }

    #[test]
    fn times_sort_as_texts_whatever_digits_they_came_with() {
        let whole = text("2026-08-20T04:11:02Z");
        let part = text("2026-08-20T04:11:02.000000001Z");
        assert!(whole < part, "{whole} {part}");
        assert_eq!(part, "2026-08-20T04:11:02.000000001Z");
    }
}
