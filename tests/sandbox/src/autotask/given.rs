//! Bodies of writes: JSON read into the fields of an entity, with their types checked.

use serde_json::{Map, Value, json};

use super::{
    Database, moment,
    money::Money,
    refusal::{Refusal, no_number, unknown_field, wrong_type},
    scalar,
    schema::{Entity, Field, Kind},
};
use crate::face::Call;

/// The JSON body of a call.
///
/// # Errors
/// Malformed JSON is assumed to look like a type mismatch (autotask.md §3).
pub(super) fn body(call: &Call) -> Result<Value, Refusal> {
    serde_json::from_slice(&call.body).map_err(|_| malformed(&String::from_utf8_lossy(&call.body)))
}

pub(super) fn malformed(text: &str) -> Refusal {
    let first = text.chars().next().unwrap_or(' ');
    Refusal::invalid(format!(
        "Unexpected character encountered while parsing value: {first}. Path '', line 0, position 0."
    ))
}

impl Database {
    /// Names every field of a body and checks its JSON type.
    pub(super) fn read_fields(
        &self,
        entity: &Entity,
        map: &Map<String, Value>,
    ) -> Result<Given, Refusal> {
        let mut given = Given::default();
        let mut faults = Vec::new();
        for (key, value) in map {
            if key.eq_ignore_ascii_case("userDefinedFields") {
                given.udfs = Some(value.clone());
                continue;
            }
            match self.field(entity, key) {
                None => faults.push(unknown_field(key, entity.singular)),
                Some(field) => match normal(field, value, self.takes_texts) {
                    Ok(value) => given.fields.push((field, value)),
                    Err(text) => faults.push(text),
                },
            }
        }
        if faults.is_empty() {
            Ok(given)
        } else {
            Err(Refusal::Errors(500, faults))
        }
    }
}

/// The fields of a body, by their true names.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) fields: Vec<(&'static Field, Value)>,
    pub(super) udfs: Option<Value>,
}

impl Given {
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(field, _)| field.name == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(Value::as_i64)
    }
}

/// Puts the parent's id of the path into the body; another one in the body is refused. A guess.
pub(super) fn give_parent(
    given: &mut Given,
    entity: &Entity,
    name: &str,
    parent: i64,
) -> Result<(), Refusal> {
    if let Some(value) = given.value(name)
        && value.as_i64() != Some(parent)
    {
        return Err(Refusal::invalid(format!(
            "{name} does not match the parent of the request."
        )));
    }
    given.fields.retain(|(field, _)| field.name != name);
    if let Some(field) = entity.field(name) {
        given.fields.push((field, json!(parent)));
    }
    Ok(())
}

/// The stored form of a value.
///
/// # Errors
/// The text for a JSON type that does not fit.
fn normal(field: &Field, value: &Value, takes_texts: bool) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let mismatch = || wrong_type(field.name, value);
    match field.kind {
        Kind::Int => value
            .as_i64()
            .filter(|number| i32::try_from(*number).is_ok())
            .map(Value::from)
            .ok_or_else(|| value.as_str().map_or_else(mismatch, no_number)),
        Kind::Long => value
            .as_i64()
            .map(Value::from)
            .ok_or_else(|| value.as_str().map_or_else(mismatch, no_number)),
        Kind::Double => match value.as_str().filter(|_| takes_texts) {
            Some(text) => Money::parse(text).map(Money::json),
            None => Some(value.clone()).filter(Value::is_number),
        }
        .ok_or_else(mismatch),
        Kind::Flag => scalar::flag(value, takes_texts)
            .map(Value::Bool)
            .ok_or_else(mismatch),
        Kind::Text => Some(value.clone())
            .filter(Value::is_string)
            .ok_or_else(mismatch),
        Kind::Moment => value
            .as_str()
            .and_then(moment::read)
            .map(|stamp| json!(moment::write(stamp)))
            .ok_or_else(mismatch),
        Kind::Day => value
            .as_str()
            .and_then(moment::read_day)
            .map(|date| json!(moment::write_day(date)))
            .ok_or_else(mismatch),
        Kind::Object => Ok(value.clone()),
    }
}
