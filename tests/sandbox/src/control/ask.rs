//! What a control call asks for, read with the keys it may hold.

use jiff::civil::Date;
use serde_json::{Map, Value};

/// Why a control call was not carried out; nothing was changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self {
            status: 400,
            text: text.into(),
        }
    }

    pub(super) fn missing(text: impl Into<String>) -> Self {
        Self {
            status: 404,
            text: text.into(),
        }
    }
}

/// The body of a call.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    body: &'a Map<String, Value>,
}

impl<'a> Ask<'a> {
    /// Takes a body that holds no other keys than these.
    pub(super) fn new(body: &'a Value, keys: &[&str]) -> Result<Self, Refusal> {
        let Value::Object(body) = body else {
            return Err(Refusal::bad("the body must be a JSON object"));
        };
        let stray = body.keys().find(|key| !keys.contains(&key.as_str()));
        if let Some(stray) = stray {
            let known = keys.join(", ");
            return Err(Refusal::bad(format!(
                "unknown key '{stray}'; known: {known}"
            )));
        }
        Ok(Self { body })
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.body.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.body.contains_key(key)
    }

    /// Text, or a number written as text: ids may come either way.
    pub(super) fn maybe_text(&self, key: &str) -> Result<Option<String>, Refusal> {
        self.value(key).map(|value| text_of(key, value)).transpose()
    }

    pub(super) fn text(&self, key: &str) -> Result<String, Refusal> {
        self.maybe_text(key)?.ok_or_else(|| needs(key))
    }

    pub(super) fn maybe_int(&self, key: &str) -> Result<Option<i64>, Refusal> {
        self.value(key)
            .map(|value| {
                value
                    .as_i64()
                    .or_else(|| value.as_str()?.parse().ok())
                    .ok_or_else(|| Refusal::bad(format!("{key} must be a whole number")))
            })
            .transpose()
    }

    pub(super) fn int(&self, key: &str) -> Result<i64, Refusal> {
        self.maybe_int(key)?.ok_or_else(|| needs(key))
    }

    pub(super) fn maybe_flag(&self, key: &str) -> Result<Option<bool>, Refusal> {
        self.value(key)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| Refusal::bad(format!("{key} must be true or false")))
            })
            .transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, Refusal> {
        Ok(self.maybe_flag(key)?.unwrap_or(false))
    }

    pub(super) fn maybe_date(&self, key: &str) -> Result<Option<Date>, Refusal> {
        self.value(key)
            .map(|value| {
                value
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| Refusal::bad(format!("{key} must be a date: YYYY-MM-DD")))
            })
            .transpose()
    }

    pub(super) fn list(&self, key: &str) -> Result<&'a [Value], Refusal> {
        match self.value(key) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Refusal::bad(format!("{key} must be a list"))),
        }
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(Refusal::bad(format!("{key} must be an object"))),
        }
    }
}

fn needs(key: &str) -> Refusal {
    Refusal::bad(format!("{key} is missing"))
}

fn text_of(key: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(Refusal::bad(format!("{key} must be text or a number")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Ask;

    #[test]
    fn a_key_that_is_not_known_is_refused_by_name() {
        let body = json!({"tenant": "x", "tenent": "y"});
        let refusal = Ask::new(&body, &["tenant", "item"]).unwrap_err();
        assert_eq!(refusal.text, "unknown key 'tenent'; known: tenant, item");
    }

    #[test]
    fn ids_may_be_numbers_or_text_and_dates_must_be_dates() {
        let body = json!({"id": 12, "name": "12", "end": "soon"});
        let ask = Ask::new(&body, &["id", "name", "end", "gone"]).unwrap();
        assert_eq!(ask.text("id").unwrap(), "12");
        assert_eq!(ask.int("name").unwrap(), 12);
        assert!(ask.maybe_date("end").is_err());
        assert!(ask.text("gone").unwrap_err().text.contains("gone"));
    }
}
