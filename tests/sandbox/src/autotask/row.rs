//! A row of any entity, as queries see it.

use serde_json::{Map, Value, json};

use super::{
    Database,
    lines::{LineKind, UnitRow},
    moment,
    scalar::Scalar,
    schema::{Entity, Field, Kind},
    store::Record,
};

/// Stored records and unit rows behind one face.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    Record(&'a Record),
    Units(LineKind, i64, &'a UnitRow),
}

impl Row<'_> {
    pub(super) fn scalar(&self, field: &Field) -> Scalar {
        match self {
            Row::Record(record) => Scalar::stored(field.kind, record.value(field.name)),
            Row::Units(kind, id, row) => units_scalar(*kind, *id, row, field.name),
        }
    }

    pub(super) fn value(&self, field: &Field) -> Value {
        match self {
            Row::Record(record) => record.value(field.name).clone(),
            Row::Units(kind, id, row) => units_value(*kind, *id, row, field.name),
        }
    }

    pub(super) fn udf(&self, definition: i64) -> Option<&str> {
        match self {
            Row::Record(record) => record.udfs.get(&definition).map(String::as_str),
            Row::Units(..) => None,
        }
    }
}

fn units_scalar(kind: LineKind, id: i64, row: &UnitRow, field: &str) -> Scalar {
    match field {
        "id" => Scalar::int(id),
        "contractID" => Scalar::int(row.contract),
        "units" => Scalar::int(row.units),
        "startDate" => Scalar::Moment(moment::day_millis(row.start)),
        "endDate" => Scalar::Moment(moment::day_millis(row.end)),
        "price" | "internalCurrencyPrice" => Scalar::money(row.price),
        "approveAndPostDate" => row.posted.map_or(Scalar::Null, |posted| {
            Scalar::Moment(posted.as_millisecond())
        }),
        name if name == kind.line_field() => Scalar::int(row.line),
        name if name == kind.product_field() => Scalar::int(row.product),
        _ => Scalar::Null,
    }
}

fn units_value(kind: LineKind, id: i64, row: &UnitRow, field: &str) -> Value {
    match field {
        "id" => json!(id),
        "contractID" => json!(row.contract),
        "units" => json!(row.units),
        "startDate" => json!(moment::write_day(row.start)),
        "endDate" => json!(moment::write_day(row.end)),
        "price" | "internalCurrencyPrice" => row.price.json(),
        "cost" => json!(0.0),
        "approveAndPostDate" => row
            .posted
            .map_or(Value::Null, |posted| json!(moment::write(posted))),
        name if name == kind.line_field() => json!(row.line),
        name if name == kind.product_field() => json!(row.product),
        _ => Value::Null,
    }
}

/// A flag or a decimal as text.
fn as_text(field: &Field, value: Value) -> Value {
    match field.kind {
        Kind::Flag | Kind::Double if !value.is_null() && !value.is_string() => {
            json!(value.to_string())
        }
        Kind::Int
        | Kind::Long
        | Kind::Double
        | Kind::Flag
        | Kind::Text
        | Kind::Moment
        | Kind::Day
        | Kind::Object => value,
    }
}

type Rows<'a> = Box<dyn Iterator<Item = (i64, Row<'a>)> + 'a>;

impl Database {
    /// Rows with an id above `after`, in order of id.
    pub(super) fn rows_after<'a>(&'a self, entity: &'static Entity, after: i64) -> Rows<'a> {
        match LineKind::of_units(entity.name) {
            Some(kind) => Box::new(
                self.book(kind)
                    .rows
                    .range(after.saturating_add(1)..)
                    .map(move |(id, row)| (*id, Row::Units(kind, *id, row))),
            ),
            None => Box::new(
                self.store
                    .after(entity.name, after)
                    .map(|(id, record)| (id, Row::Record(record))),
            ),
        }
    }

    pub(super) fn row<'a>(&'a self, entity: &Entity, id: i64) -> Option<Row<'a>> {
        match LineKind::of_units(entity.name) {
            Some(kind) => self
                .book(kind)
                .rows
                .get(&id)
                .map(|row| Row::Units(kind, id, row)),
            None => self.store.get(entity.name, id).map(Row::Record),
        }
    }

    /// One field of a row as the API returns it.
    pub(super) fn answered(&self, row: Row<'_>, field: &Field) -> Value {
        let value = row.value(field);
        if self.answers_texts {
            as_text(field, value)
        } else {
            value
        }
    }

    /// The whole row as the API returns it, user-defined fields included.
    pub(super) fn shown(&self, entity: &Entity, row: Row<'_>) -> Value {
        let mut item: Map<String, Value> = self
            .fields(entity)
            .filter(|field| !field.hidden)
            .map(|field| (field.name.to_owned(), self.answered(row, field)))
            .collect();
        let udfs: Vec<Value> = self
            .udfs_of(entity)
            .iter()
            .filter(|udf| !self.hidden.holds_udf(&udf.name))
            .map(|udf| json!({"name": udf.name, "value": row.udf(udf.id)}))
            .collect();
        item.insert("userDefinedFields".to_owned(), Value::Array(udfs));
        Value::Object(item)
    }
}
