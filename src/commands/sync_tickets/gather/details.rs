//! The free-form details of an alert in words (acronis.md §8.2).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::plan::facts::{Alert, Details, ReadAlert};
use super::super::ticket_key;
use super::tenants::{self, AlertTenants};
use crate::acronis;
use crate::config::Severity;

/// Names under which the workload is found, the best first.
const WORKLOAD: &[&str] = &["resourceName", "machineName"];
/// Names of what happened: a text, or an object with texts in it.
const MESSAGES: &[&str] = &["errorMessage", "error", "description", "reason"];
/// Texts inside such an object, in the order of telling.
const PARTS: &[&str] = &["text", "reason", "cause", "context"];
/// A bound for what nests.
const DEPTH_MAX: usize = 4;

/// An alert in the planner's words, with its key and its customer. `contexts` are the names of the
/// details that are an alert's context, by type.
pub(super) fn in_our_words(
    alert: &acronis::AlertRecord,
    contexts: &BTreeMap<String, Vec<String>>,
    tenants: &AlertTenants<'_>,
) -> ReadAlert {
    let names = contexts.get(&alert.kind).map_or(&[][..], Vec::as_slice);
    let context = context_of(&alert.details, names);
    let context: Vec<(&str, &str)> = context.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let tenant = tenants::in_words(&alert.tenant);
    let severity = match &alert.severity {
        acronis::Severity::Ok => Some(Severity::Ok),
        acronis::Severity::Information => Some(Severity::Information),
        acronis::Severity::Warning => Some(Severity::Warning),
        acronis::Severity::Error => Some(Severity::Error),
        acronis::Severity::Critical => Some(Severity::Critical),
        acronis::Severity::Other(_) => None,
    };
    let alert_key = ticket_key::alert_key(&tenant, &alert.kind, &context);
    let customer = tenants.find_customer(&alert.tenant);
    let alert = Alert {
        id: alert.id.clone(),
        kind: alert.kind.clone(),
        category: alert.category.clone().unwrap_or_default(),
        severity,
        severity_word: alert.severity.to_string(),
        created: alert.created_at.or(alert.received_at),
        updated: alert.updated_at.unwrap_or(Timestamp::UNIX_EPOCH),
        active: alert.deleted_at.is_none(),
        ignored: false,
        details: read_details(&alert.details),
    };
    ReadAlert {
        key: alert_key,
        alert,
        customer,
    }
}

fn read_details(details: &Value) -> Details {
    let mut read = Details {
        title: text_field(details, "title"),
        workload: first_text(details, WORKLOAD),
        plan: text_field(details, "planName").unwrap_or_default(),
        message: MESSAGES
            .iter()
            .filter_map(|name| message_in(details.get(*name)?))
            .collect::<Vec<_>>()
            .join("\n"),
        ..Details::default()
    };
    let fields = ["title", "category", "planName"];
    for (name, value) in details.as_object().into_iter().flatten() {
        let named = fields
            .iter()
            .chain(WORKLOAD)
            .chain(MESSAGES)
            .any(|one| one == name);
        if !named && !is_id(name) {
            add_flattened(name, value, 0, &mut read);
        }
    }
    read
}

/// The details that a type names as its context; without any, resource and plan.
fn context_of<'d>(details: &'d Value, keys: &'d [String]) -> Vec<(&'d str, String)> {
    let value = |name: &'d str| {
        let value = details.get(name)?;
        let text = match value {
            Value::String(text) => text.trim().to_lowercase(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            // Structures move; what they hold is no identity.
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (!text.is_empty()).then_some((name, text))
    };
    let named: Vec<_> = keys.iter().filter_map(|key| value(key)).collect();
    if !named.is_empty() {
        return named;
    }
    let either = |id, name| value(id).or_else(|| value(name));
    let resource = either("resourceId", "resourceName").or_else(|| value("machineName"));
    [resource, either("planId", "planName")]
        .into_iter()
        .flatten()
        .collect()
}

fn text_field(details: &Value, name: &str) -> Option<String> {
    let text = details.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn first_text(details: &Value, names: &[&str]) -> String {
    names
        .iter()
        .find_map(|name| text_field(details, name))
        .unwrap_or_default()
}

/// What happened, from a text or from the texts of an object; nothing else.
fn message_in(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Object(_) => {
            let parts = PARTS.iter().filter_map(|name| text_field(value, name));
            parts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

/// Ids tell people nothing and differ between two alerts about the same.
fn is_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.ends_with("Id") || name.ends_with("ID") || lower == "id" || lower.ends_with("uuid")
}

fn add_flattened(name: &str, value: &Value, depth: usize, into: &mut Details) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().map(value_as_text).collect();
            texts.join(", ")
        }
        Value::Object(fields) if depth < DEPTH_MAX => {
            for (inner, value) in fields.iter().filter(|(inner, _)| !is_id(inner)) {
                add_flattened(&format!("{name}.{inner}"), value, depth + 1, into);
            }
            return;
        }
        Value::Object(_) => value.to_string(),
    };
    if !text.is_empty() {
        into.other.insert(name.to_owned(), text);
    }
}

fn value_as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_details_have_their_place_and_unknown_ones_are_shown_by_name() {
        let read = read_details(
            &json!({"resourceName": " srv-01 ", "resourceId": "B2", "planName": "Daily",
            "errorMessage": {"reason": "The disk is full.", "cause": "No space.", "fields": {}},
            "daysPassed": 3, "fields": {"region": "eu", "deepId": 7}, "list": ["a", 1]}),
        );
        assert_eq!(
            (read.workload.as_str(), read.plan.as_str()),
            ("srv-01", "Daily")
        );
        assert_eq!(read.message, "The disk is full.\nNo space.");
        let other: Vec<String> = read.other.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(other, ["daysPassed=3", "fields.region=eu", "list=a, 1"]);
    }

    #[test]
    fn details_that_are_missing_or_of_an_odd_form_are_empty() {
        assert_eq!(read_details(&Value::Null), Details::default());
        let odd =
            read_details(&json!({"resourceName": 7, "errorMessage": ["x"], "error": "It broke."}));
        assert_eq!(odd.workload, "");
        assert_eq!(odd.message, "It broke.");
    }

    #[test]
    fn the_context_is_what_the_type_names_or_else_resource_and_plan() {
        let details = json!({"resourceId": "B2", "resourceName": "srv", "planName": "Daily",
            "volume": "C:"});
        let keys = ["volume".to_owned(), "missing".to_owned()];
        let words = |keys: &[String]| -> Vec<String> {
            let context = context_of(&details, keys);
            context
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        assert_eq!(words(&keys), ["volume=c:"]);
        assert_eq!(words(&[]), ["resourceId=b2", "planName=daily"]);
        assert!(context_of(&Value::Null, &[]).is_empty());
    }
}
