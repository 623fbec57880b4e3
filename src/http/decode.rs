//! Answers into types, with evidence when that fails.

use serde::de::DeserializeOwned;

use super::failure::{Effect, Failure, FailureKind};
use super::redact::redact_body;
use super::request::Response;
use crate::domain::secret::Secret;

/// Longest piece of a body that stands in an error, in characters.
const EXCERPT_CHARS_MAX: usize = 400;

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
    // Only the head is shortened: "a::b::Page<c::Tenant>" is clear enough as "Page<c::Tenant>".
    let head = name.find('<').unwrap_or(name.len());
    let start = name
        .get(..head)
        .and_then(|head| head.rfind("::"))
        .map_or(0, |at| at + 2);
    name.get(start..).unwrap_or(name)
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
}
