//! How our types lie in the rows of a table. What a table holds of a type is said once
//! ([`table_row!`]), for reading and for writing.

use anyhow::Result;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params_from_iter};

use super::columns::{Cell, OneColumn};
use crate::domain::ids::{InfraId, ItemKey};
use crate::domain::links::MappingChoice;
use crate::domain::period::BillingPeriod;
use crate::domain::units::Measure;

/// A type that lies in one or more columns of a row, or fills it.
pub(super) trait Columns: Sized {
    /// Reads it; `column` is the name of its field, which a type of several columns need not heed.
    fn read(row: &Row<'_>, column: &str) -> rusqlite::Result<Self>;

    fn write<'a>(&'a self, column: &'static str, cells: &mut Cells<'a>);

    /// For types that fill a row.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Self::read(row, "")
    }
}

impl<T: OneColumn> Columns for T {
    fn read(row: &Row<'_>, column: &str) -> rusqlite::Result<Self> {
        Ok(row.get::<_, Cell<T>>(column)?.0)
    }

    fn write<'a>(&'a self, column: &'static str, cells: &mut Cells<'a>) {
        cells.push(column, self.to_cell());
    }
}

/// Declares the columns of a type: each field lies in the column of its name, or in the one that is
/// named; a field behind `..` lies in another table and is read as empty.
macro_rules! table_row {
    ($type:ident: $($field:ident $(= $column:literal)?),+ $(, ..$elsewhere:ident)?) => {
        impl crate::state::rows::Columns for $type {
            fn read(row: &rusqlite::Row<'_>, _: &str) -> rusqlite::Result<Self> {
                use crate::state::rows::{Columns, column_of as column};
                Ok(Self {
                    $($field: Columns::read(row, column!($field $($column)?))?,)+
                    $($elsewhere: Default::default(),)?
                })
            }

            fn write<'a>(&'a self, _: &'static str, cells: &mut crate::state::rows::Cells<'a>) {
                use crate::state::rows::{Columns, column_of as column};
                let Self { $($field,)+ $($elsewhere: _,)? } = self;
                $(Columns::write($field, column!($field $($column)?), cells);)+
            }
        }
    };
}
pub(super) use table_row;

macro_rules! column_of {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}
pub(super) use column_of;

/// What is written into a row: columns and their values.
#[derive(Debug, Default)]
pub(super) struct Cells<'a>(Vec<(&'static str, ToSqlOutput<'a>)>);

impl<'a> Cells<'a> {
    pub(super) fn of(whole: &'a impl Columns) -> Self {
        Self::default().with("", whole)
    }

    /// These and one more.
    pub(super) fn with(mut self, column: &'static str, value: &'a impl Columns) -> Self {
        value.write(column, &mut self);
        self
    }

    /// These but one, where a table does not have it.
    pub(super) fn without(mut self, column: &str) -> Self {
        self.0.retain(|(one, _)| *one != column);
        self
    }

    pub(super) fn push(&mut self, column: &'static str, cell: ToSqlOutput<'a>) {
        self.0.push((column, cell));
    }

    pub(super) fn insert_into(&self, tx: &Connection, table: &str) -> rusqlite::Result<i64> {
        self.execute(tx, &format!("INSERT INTO {table}"), "")
    }

    /// In the place of the row that has the same key.
    pub(super) fn replace_in(&self, tx: &Connection, table: &str) -> rusqlite::Result<i64> {
        self.execute(tx, &format!("INSERT OR REPLACE INTO {table}"), "")
    }

    /// In the place of the row that has the same `key`, where `kept` of it stays or is reckoned; as
    /// assignments of SQL.
    pub(super) fn merge_into(
        &self,
        tx: &Connection,
        table: &str,
        key: &[&str],
        kept: &[(&str, &str)],
    ) -> rusqlite::Result<i64> {
        let taken = self.0.iter().map(|(column, _)| *column);
        let taken = taken
            .filter(|column| !key.contains(column) && kept.iter().all(|(one, _)| one != column))
            .map(|column| format!("{column} = excluded.{column}"));
        let kept = kept
            .iter()
            .map(|(column, what)| format!("{column} = {what}"));
        let changes: Vec<String> = kept.chain(taken).collect();
        let tail = format!(
            " ON CONFLICT ({}) DO UPDATE SET {}",
            key.join(", "),
            changes.join(", ")
        );
        self.execute(tx, &format!("INSERT INTO {table}"), &tail)
    }

    /// Changes the rows that fulfil a condition on `key`; says how many.
    pub(super) fn update(
        &self,
        tx: &Connection,
        table: &str,
        condition: &str,
        key: &'a impl OneColumn,
    ) -> rusqlite::Result<usize> {
        let columns = self.0.iter().map(|(column, _)| format!("{column} = ?"));
        let columns = Vec::from_iter(columns).join(", ");
        let sql = format!("UPDATE {table} SET {columns} WHERE {condition}");
        let values = self.0.iter().map(|(_, value)| value.clone());
        let parameters = params_from_iter(values.chain([key.to_cell()]));
        tx.prepare_cached(&sql)?.execute(parameters)
    }

    /// The number of the row.
    fn execute(&self, tx: &Connection, verb: &str, tail: &str) -> rusqlite::Result<i64> {
        let columns: Vec<&str> = self.0.iter().map(|(column, _)| *column).collect();
        let values = vec!["?"; columns.len()].join(", ");
        let sql = format!("{verb} ({}) VALUES ({values}){tail}", columns.join(", "));
        tx.prepare_cached(&sql)?
            .execute(params_from_iter(self.0.iter().map(|(_, value)| value)))?;
        Ok(tx.last_insert_rowid())
    }
}

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

/// A value of a column.
pub(super) fn read_cell<T: OneColumn>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    T::read(row, column)
}

/// The storage part of an item's key; '' where there is none, since null is never equal to null.
pub(super) fn infra_or_empty(item: &ItemKey) -> &str {
    item.infra.as_ref().map_or("", InfraId::as_str)
}

impl Columns for ItemKey {
    fn read(row: &Row<'_>, _: &str) -> rusqlite::Result<Self> {
        let infra: String = row.get("infra")?;
        Ok(Self {
            name: row.get("item")?,
            infra: (!infra.is_empty()).then(|| InfraId::new(&infra)),
            application: row.get("application")?,
        })
    }

    fn write<'a>(&'a self, _: &'static str, cells: &mut Cells<'a>) {
        self.name.write("item", cells);
        self.application.write("application", cells);
        cells.push("infra", ToSqlOutput::from(infra_or_empty(self)));
    }
}

table_row! { BillingPeriod: start = "period_start", end = "period_end" }
table_row! { Measure: unit, rounding, included, minimum }

impl Columns for MappingChoice {
    fn read(row: &Row<'_>, column: &str) -> rusqlite::Result<Self> {
        let word: String = row.get(column)?;
        Ok(match word.as_str() {
            "free" => Self::Free,
            "leave" => Self::Leave,
            _ => Self::Service {
                id: row.get("service")?,
                name: row.get("service_name")?,
            },
        })
    }

    fn write<'a>(&'a self, column: &'static str, cells: &mut Cells<'a>) {
        let word = match self {
            Self::Service { id, name } => {
                id.write("service", cells);
                name.write("service_name", cells);
                "service"
            }
            Self::Free => "free",
            Self::Leave => "leave",
        };
        cells.push(column, ToSqlOutput::from(word));
    }
}
