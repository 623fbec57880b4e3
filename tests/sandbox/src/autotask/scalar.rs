//! Values as they are compared, whatever they look like in JSON.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    moment,
    money::Money,
    refusal::{Refusal, no_number, wrong_type},
    schema::{Field, Kind},
};

/// A comparable value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Null,
    Number(i128),
    Flag(bool),
    Text(String),
    /// Milliseconds since 1970.
    Moment(i64),
}

/// A flag, or its text where that is taken for one.
pub(super) fn flag(value: &Value, takes_texts: bool) -> Option<bool> {
    match value.as_str().filter(|_| takes_texts) {
        Some(text) => text.to_ascii_lowercase().parse().ok(),
        None => value.as_bool(),
    }
}

const WHOLE: i128 = 1_000_000;

impl Scalar {
    pub(super) fn int(value: i64) -> Self {
        Self::Number(i128::from(value) * WHOLE)
    }

    pub(super) fn money(value: Money) -> Self {
        Self::Number(value.millionths())
    }

    /// A stored value of this kind; whatever does not fit counts as null.
    pub(super) fn stored(kind: Kind, value: &Value) -> Self {
        let read = match kind {
            Kind::Int | Kind::Long => value.as_i64().map(Self::int),
            Kind::Double => Money::of(value).map(Self::money),
            Kind::Flag => value.as_bool().map(Self::Flag),
            Kind::Text => value.as_str().map(|text| Self::Text(text.to_lowercase())),
            Kind::Moment | Kind::Day => value
                .as_str()
                .and_then(moment::read)
                .map(|stamp| Self::Moment(stamp.as_millisecond())),
            Kind::Object => Some(Self::Text(value.to_string())),
        };
        read.unwrap_or(Self::Null)
    }

    /// The operand of a filter on `field`. Numeric text is accepted for numbers because the filter's
    /// `value` may be a string (autotask.md §5); a label is not. Text for a flag only where
    /// `takes_texts` says so.
    ///
    /// # Errors
    /// The texts of autotask.md §3 for a type that does not fit.
    pub(super) fn operand(
        field: &Field,
        value: &Value,
        takes_texts: bool,
    ) -> Result<Self, Refusal> {
        let mismatch = || Refusal::invalid(wrong_type(field.name, value));
        match field.kind {
            Kind::Int | Kind::Long | Kind::Double => match value {
                Value::Number(_) => Money::of(value).map(Self::money).ok_or_else(mismatch),
                Value::String(text) => Money::parse(text)
                    .map(Self::money)
                    .ok_or_else(|| Refusal::invalid(no_number(text))),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    Err(mismatch())
                }
            },
            Kind::Flag => flag(value, takes_texts)
                .map(Self::Flag)
                .ok_or_else(mismatch),
            Kind::Text | Kind::Object => value
                .as_str()
                .map(|text| Self::Text(text.to_lowercase()))
                .ok_or_else(mismatch),
            Kind::Moment | Kind::Day => value
                .as_str()
                .and_then(moment::read)
                .map(|stamp| Self::Moment(stamp.as_millisecond()))
                .ok_or_else(mismatch),
        }
    }

    /// Null compares with nothing, as in SQL.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Some(left.cmp(right)),
            (Self::Flag(left), Self::Flag(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Moment(left), Self::Moment(right)) => Some(left.cmp(right)),
            (Self::Null | Self::Number(_) | Self::Flag(_) | Self::Text(_) | Self::Moment(_), _) => {
                None
            }
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Number(_) | Self::Flag(_) | Self::Moment(_) => None,
        }
    }
}
