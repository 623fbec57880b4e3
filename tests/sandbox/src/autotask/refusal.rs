//! How the vendor says no (autotask.md §3), and the texts seen in the wild.

use serde_json::{Value, json};

use crate::face::Answer;

/// A request that is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `{"errors": [...]}`.
    Errors(u16, Vec<String>),
    /// `{"Message": "..."}`: routing errors.
    Message(u16, String),
    /// A status with an empty body.
    Bare(u16),
}

impl Refusal {
    /// A validation failure: always status 500.
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::Errors(500, vec![text.into()])
    }

    pub(super) fn no_route() -> Self {
        Self::Message(
            404,
            "No HTTP resource was found that matches the request URI.".to_owned(),
        )
    }

    pub(super) fn method(method: &str) -> Self {
        Self::Message(
            405,
            format!("The requested resource does not support http method '{method}'."),
        )
    }

    /// The words alone.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Errors(_, texts) => texts.join(" "),
            Self::Message(_, text) => text.clone(),
            Self::Bare(status) => status.to_string(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Errors(status, texts) => Answer::json(*status, &json!({ "errors": texts })),
            Self::Message(status, text) => Answer::json(*status, &json!({ "Message": text })),
            Self::Bare(status) => Answer::empty(*status),
        }
    }
}

pub(super) fn unknown_field(name: &str, entity: &str) -> String {
    format!("Unable to find {name} in the {entity} Entity.")
}

pub(super) fn required(field: &str) -> String {
    format!("{field} is required.; on record number [0].")
}

pub(super) fn bad_reference(field: &str, singular: &str) -> String {
    format!("Reference value on field: {field} of type: {singular} does not exist or is invalid.")
}

/// The older wording "field, then Value N does not exist or is invalid"; used here for picklists too.
pub(super) fn bad_pick(field: &str, value: &Value) -> String {
    format!("{field}: Value {value} does not exist or is invalid.; on record number [0].")
}

pub(super) fn wrong_type(field: &str, value: &Value) -> String {
    let first = value.to_string().chars().next().unwrap_or(' ');
    format!(
        "Unexpected character encountered while parsing value: {first}. Path '{field}', line 1, position 1."
    )
}

pub(super) fn no_number(text: &str) -> String {
    format!("Conversion failed when converting the nvarchar value '{text}' to data type int.")
}

/// Guessed wording: the fact sheet knows the rule, not the text.
pub(super) fn too_long(field: &str, length: usize) -> String {
    format!("{field} exceeds the maximum length of {length}.; on record number [0].")
}

/// Guessed wording: the fact sheet knows the rule, not the text.
pub(super) fn read_only(field: &str) -> String {
    format!("{field} is read-only and cannot be set.; on record number [0].")
}
