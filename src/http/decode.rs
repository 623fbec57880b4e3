//! Answers into types, with evidence when that fails, and the redaction that all evidence passes.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::{Effect, Failure, FailureKind};
use super::request::Response;
use crate::domain::secret::Secret;

/// Longest piece of a body that stands in an error, in characters.
const EXCERPT_CHARS_MAX: usize = 400;
/// Longest piece of a body that stands in a trace line, in characters.
pub(super) const TRACE_CHARS_MAX: usize = 4000;
const REDACTED: &str = "(redacted)";
/// A key that holds one of these words holds a secret.
const SECRET_WORDS: [&str; 6] = [
    "secret",
    "password",
    "token",
    "authorization",
    "apikey",
    "integrationcode",
];

impl Response {
    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `Kind::Decode` with the path of the field, the target type and an excerpt. A write whose
    /// good answer cannot be read did take effect as far as anyone knows: `Effect::Unknown`.
    pub(crate) fn parse_json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
        read.map_err(|error| {
            let cause = format!(
                "as {}, at {}: {}",
                short_type_name::<T>(),
                error.path(),
                error.inner()
            );
            self.new_failure(FailureKind::Decode)
                .with_cause(cause)
                .with_excerpt(self.redacted_excerpt(&[]))
                .with_effect(self.effect_of_unread_answer())
        })
    }

    /// A bounded, redacted piece of the body.
    pub(crate) fn redacted_excerpt(&self, secrets: &[&Secret]) -> String {
        redact_body(&self.body, EXCERPT_CHARS_MAX, secrets)
    }

    fn effect_of_unread_answer(&self) -> Effect {
        if self.method == reqwest::Method::GET {
            Effect::None
        } else {
            Effect::Unknown
        }
    }
}

fn short_type_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    // Only the head is shortened: "a::b::Page<c::Tenant>" tells enough as "Page<c::Tenant>".
    let head = name.find('<').unwrap_or(name.len());
    let start = name
        .get(..head)
        .and_then(|head| head.rfind("::"))
        .map_or(0, |at| at + 2);
    name.get(start..).unwrap_or(name)
}

/// Whether a field or parameter of this name holds a secret.
pub(crate) fn is_secret_key(name: &str) -> bool {
    let folded: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_WORDS.iter().any(|word| folded.contains(word))
}

/// A body for people: secret fields and the given secrets blanked, on one line, bounded.
///
/// A body that is not JSON is withheld as a whole when it names a secret: there is no telling where
/// the value begins and ends.
pub(crate) fn redact_body(body: &[u8], chars_max: usize, secrets: &[&Secret]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            blank_secret_fields(&mut value);
            value.to_string()
        }
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            if is_secret_key(&text) {
                format!("(a body of {} bytes that may hold a secret)", body.len())
            } else {
                text.into_owned()
            }
        }
    };
    limit_length(&blank_secrets(&text, secrets), chars_max)
}

/// A text with the given secrets blanked.
pub(super) fn blank_secrets(text: &str, secrets: &[&Secret]) -> String {
    secrets
        .iter()
        .map(|secret| secret.expose())
        // A very short secret would blank ordinary words; none that short is ever issued.
        .filter(|secret| secret.len() >= 4)
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret, REDACTED)
        })
}

fn blank_secret_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret_key(name) && !field.is_null() {
                    *field = Value::String(REDACTED.to_owned());
                } else {
                    blank_secret_fields(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blank_secret_fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn limit_length(text: &str, chars_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};
    use serde::Deserialize;

    use super::*;

    fn response(method: Method, body: &str) -> Response {
        Response {
            status: 200,
            date: None,
            retry_after: None,
            body: body.as_bytes().to_vec(),
            method,
            url: Url::parse("https://host.example/x").unwrap(),
            what: "reading x".to_owned(),
            attempts: 1,
        }
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        amount: Box<serde_json::value::RawValue>,
        count: u32,
    }

    #[test]
    fn an_unreadable_answer_names_the_field_and_the_type() {
        let good = response(Method::GET, r#"{"items":[{"amount":1.50,"count":2}]}"#);
        let outer: Outer = good.parse_json().unwrap();
        assert_eq!(outer.items[0].amount.get(), "1.50");
        assert_eq!(outer.items[0].count, 2);

        let bad = response(Method::GET, r#"{"items":[{"amount":1,"count":"two"}]}"#);
        let failure = bad.parse_json::<Outer>().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Decode);
        assert_eq!(failure.effect, Effect::None);
        let text = failure.to_string();
        assert!(text.contains("as Outer, at items[0].count"), "{text}");
        assert!(text.contains("GET https://host.example/x"), "{text}");
    }

    #[test]
    fn a_write_with_an_unreadable_answer_may_have_taken_effect() {
        let failure = response(Method::POST, "<html>")
            .parse_json::<Outer>()
            .unwrap_err();
        assert_eq!(failure.effect, Effect::Unknown);
    }

    #[test]
    fn secrets_are_blanked_by_key_and_by_value() {
        let secret = Secret::new("hunter22".to_owned());
        let body = br#"{"access_token":"abc","a":[{"Client_Secret":"def","ok":"got hunter22"}]}"#;
        assert_eq!(
            redact_body(body, 400, &[&secret]),
            r#"{"a":[{"Client_Secret":"(redacted)","ok":"got (redacted)"}],"access_token":"(redacted)"}"#
        );
        assert!(!redact_body(b"token=abc", 400, &[]).contains("abc"));
        assert_eq!(redact_body(b"<p>\n  gone </p>", 400, &[]), "<p> gone </p>");
        assert_eq!(redact_body("ééé".as_bytes(), 2, &[]), "éé…");
    }
}
