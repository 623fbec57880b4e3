//! Bodies and texts as evidence may show them: without secrets, on one line, bounded.

use serde_json::Value;

use crate::domain::secret::Secret;

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

/// Whether a field or parameter of this name holds a secret.
pub(super) fn is_secret_key(name: &str) -> bool {
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
pub(super) fn redact_body(body: &[u8], chars_max: usize, secrets: &[&Secret]) -> String {
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
    use super::*;

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
