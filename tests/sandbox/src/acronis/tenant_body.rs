//! Checks of the bodies that write tenants and users (acronis.md §3.1, §3.4).

use serde_json::{Map, Value};

use super::problem::bad;
use crate::face::Answer;

const CONTACT_FIELDS: &[&str] = &[
    "email",
    "email_confirmed",
    "firstname",
    "lastname",
    "phone",
    "address1",
    "address2",
    "city",
    "state",
    "zipcode",
    "country",
    "website",
    "title",
    "industry",
    "organization_size",
    "fax",
    "language",
    "aan",
    "types",
];

const SIZES: &[&str] = &["1-10", "11-100", "101-500", "501-1000", "5000+"];
const CONTACT_TYPES: &[&str] = &["legal", "primary", "billing", "technical", "management"];

/// The body as an object.
pub(super) fn object(body: &Value) -> Result<&Map<String, Value>, Answer> {
    body.as_object()
        .ok_or_else(|| bad("a JSON object is expected"))
}

/// Refuses keys beyond those allowed.
pub(super) fn closed(body: &Map<String, Value>, allowed: &[&str]) -> Result<(), Answer> {
    match body.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(bad(&format!("unexpected property {key}"))),
        None => Ok(()),
    }
}

pub(super) fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Answer> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(&format!("{key} is not a string"))),
    }
}

pub(super) fn need_text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a str, Answer> {
    text(body, key)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| bad(&format!("{key} is required")))
}

pub(super) fn flag(body: &Map<String, Value>, key: &str) -> Result<Option<bool>, Answer> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(bad(&format!("{key} is not a boolean"))),
    }
}

pub(super) fn need_int(body: &Map<String, Value>, key: &str) -> Result<i64, Answer> {
    body.get(key)
        .and_then(Value::as_i64)
        .ok_or_else(|| bad(&format!("{key} is required and an integer")))
}

/// Text or null of at most `most` characters.
pub(super) fn nullable(
    body: &Map<String, Value>,
    key: &str,
    most: usize,
) -> Result<Option<Value>, Answer> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Value::Null)),
        Some(Value::String(text)) if text.chars().count() <= most => {
            Ok(Some(Value::String(text.clone())))
        }
        Some(_) => Err(bad(&format!("{key} is not text of at most {most}"))),
    }
}

/// A contact. Whether it is closed is not stated; unknown keys are refused, the careful reading.
pub(super) fn contact(body: &Map<String, Value>, key: &str) -> Result<Option<Value>, Answer> {
    let Some(value) = body.get(key) else {
        return Ok(None);
    };
    let fields = object(value)?;
    closed(fields, CONTACT_FIELDS)?;
    for (name, value) in fields {
        let fine = match name.as_str() {
            "types" => value
                .as_array()
                .is_some_and(|types| types.iter().all(|kind| is_one_of(kind, CONTACT_TYPES))),
            "email" => value.as_str().is_some_and(is_email),
            "organization_size" => is_one_of(value, SIZES),
            "email_confirmed" => value.is_boolean(),
            _ => value.is_string(),
        };
        if !fine {
            return Err(bad(&format!("{key}.{name} is not valid")));
        }
    }
    Ok(Some(value.clone()))
}

fn is_one_of(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|word| words.contains(&word))
}

/// Empty, or something like `\S+@\S+`.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let shaped = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    text.is_empty() || (shaped && !text.contains(char::is_whitespace))
}
