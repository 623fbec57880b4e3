//! The free-form details of an alert in words (acronis.md §8.2).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::fingerprint::{self, Saying, is_id, is_id_as_before};
use super::super::plan::facts::{Alert, Details, ReadAlert};
use super::super::ticket_key;
use super::tenants::{self, AlertTenants};
use crate::acronis;
use crate::config::Severity;
use crate::domain::text::{clean_line, clean_text};

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
    let severity_word = alert.severity.to_string();
    let mut details = read_details(&alert.details);
    details.former_fingerprint = former_fingerprint(&alert.kind, &severity_word, &alert.details);
    let alert = Alert {
        id: alert.id.clone(),
        kind: clean_line(&alert.kind),
        category: clean_line(alert.category.as_deref().unwrap_or_default()),
        severity,
        severity_word: clean_line(&severity_word),
        created: alert.created_at.or(alert.received_at),
        updated: alert.updated_at.unwrap_or(Timestamp::UNIX_EPOCH),
        active: alert.deleted_at.is_none(),
        ignored: false,
        details,
    };
    ReadAlert {
        key: alert_key,
        alert,
        customer,
    }
}

/// What the details tell, without anything that steers a terminal or forges a line.
fn read_details(details: &Value) -> Details {
    let raw = read_raw(details, &is_meaningless);
    let lines = raw.other.iter();
    let lines = lines.map(|(name, value)| (clean_line(name), clean_line(value)));
    Details {
        title: raw.title.map(|title| clean_line(&title)),
        workload: clean_line(&raw.workload),
        plan: clean_line(&raw.plan),
        message: clean_text(&raw.message),
        other: lines.filter(|(_, value)| !value.is_empty()).collect(),
        former_fingerprint: String::new(),
    }
}

/// The fingerprint that versions made which left out every id, and cleaned nothing.
fn former_fingerprint(kind: &str, severity: &str, details: &Value) -> String {
    let raw = read_raw(details, &|name, _, _| is_id_as_before(name));
    fingerprint::of_saying_before_ids(Saying {
        kind,
        title: raw.title.as_deref().unwrap_or_default(),
        severity,
        workload: &raw.workload,
        plan: &raw.plan,
        message: &raw.message,
        other: &raw.other,
    })
}

/// Which details are left out: by name, value, and the object that they stand in.
type LeaveOut<'a> = &'a dyn Fn(&str, &Value, &Value) -> bool;

fn read_raw(details: &Value, leaves_out: LeaveOut<'_>) -> Details {
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
        if !named && !leaves_out(name, value, details) {
            add_flattened(name, value, 0, leaves_out, &mut read);
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

/// What ids are of that mean nothing to people: another name tells it better, or the service made them
/// for itself. Others may be looked for (`incidentId`, `eventId`).
const MEANINGLESS: &[&str] = &[
    "",
    "activity",
    "affinity",
    "agent",
    "alert",
    "correlation",
    "customer",
    "device",
    "host",
    "instance",
    "machine",
    "parentactivity",
    "plan",
    "policy",
    "protectionplan",
    "request",
    "resource",
    "rootactivity",
    "session",
    "task",
    "tenant",
    "trace",
    "unit",
    "workload",
];

/// Ids of the service's own things, and UUIDs beside the name of what they are of.
fn is_meaningless(name: &str, value: &Value, beside: &Value) -> bool {
    if !is_id(name) {
        return false;
    }
    let base = name.to_lowercase();
    let base = base.strip_suffix("uuid").unwrap_or(&base);
    let base = base.strip_suffix("id").unwrap_or(base);
    let base = base.trim_end_matches(['_', '-', '.']);
    let is_named = || {
        let mut names = beside.as_object().into_iter().flatten();
        names.any(|(other, value)| {
            let other = other.to_lowercase();
            let same = other == base || other.strip_suffix("name") == Some(base);
            same && value.as_str().is_some_and(|text| !text.trim().is_empty())
        })
    };
    let text = value.as_str().unwrap_or_default();
    MEANINGLESS.contains(&base) || (is_uuid(text) && is_named())
}

/// 32 hexadecimal digits, with or without dashes.
fn is_uuid(text: &str) -> bool {
    let digits = text.trim().bytes().filter(|byte| *byte != b'-');
    digits.clone().count() == 32 && digits.into_iter().all(|byte| byte.is_ascii_hexdigit())
}

fn add_flattened(
    name: &str,
    value: &Value,
    depth: usize,
    leaves_out: LeaveOut<'_>,
    into: &mut Details,
) {
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
            let told = fields.iter();
            for (inner, field) in told.filter(|(inner, field)| !leaves_out(inner, field, value)) {
                let inner = format!("{name}.{inner}");
                add_flattened(&inner, field, depth + 1, leaves_out, into);
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
        assert_eq!(
            other,
            [
                "daysPassed=3",
                "fields.deepId=7",
                "fields.region=eu",
                "list=a, 1"
            ]
        );
    }

    #[test]
    fn an_id_is_told_unless_it_is_the_services_own_or_its_name_stands_beside_it() {
        let uuid = "7a9c3f10-2b4d-4e6f-8a1b-3c5d7e9f0a1b";
        let told =
            |details: Value| -> Vec<String> { read_details(&details).other.into_keys().collect() };
        for (details, expected) in [
            (json!({"incidentId": "INC-00101"}), "incidentId"),
            (json!({"incidentId": uuid}), "incidentId"),
            (
                json!({"threatId": uuid, "threatName": "EICAR"}),
                "threatName",
            ),
            (
                json!({"threatId": "T-7", "threat": "EICAR"}),
                "threat,threatId",
            ),
            (
                json!({"resourceId": "B2", "planId": "C3", "activityId": 7}),
                "",
            ),
            (
                json!({"machineID": "m", "tenant_id": "t", "agentUuid": uuid}),
                "",
            ),
            (json!({"id": 7, "uuid": uuid}), ""),
            (
                json!({"fields": {"id": 1, "ruleId": uuid, "ruleName": "r"}}),
                "fields.ruleName",
            ),
        ] {
            let text = details.to_string();
            assert_eq!(told(details).join(","), expected, "{text}");
        }
    }

    #[test]
    fn no_control_character_and_no_forged_line_comes_from_an_alert() {
        let odd = "SRV\0\u{1b}[31m\u{9b}2J\u{202e}10\r\nForged: line";
        let read = read_details(&json!({"resourceName": odd, "planName": odd, "title": odd,
            "errorMessage": {"reason": odd}, odd: odd}));
        let line = "SRV10 Forged: line";
        assert_eq!((read.workload.as_str(), read.plan.as_str()), (line, line));
        assert_eq!(read.title.as_deref(), Some(line));
        assert_eq!(read.message, "SRV10\nForged: line");
        assert_eq!(read.other[line], line);
    }

    #[test]
    fn details_without_ids_have_the_fingerprint_that_older_versions_made() {
        let print = |details: Value| former_fingerprint("BackupFailed", "error", &details);
        let plain = json!({"resourceName": "srv", "daysPassed": 3});
        let with_ids = json!({"resourceName": "srv", "daysPassed": 4, "incidentId": "INC-1",
            "fields": {"deepId": 1}});
        assert_eq!(print(plain), print(with_ids));
        // As 1.0 made it.
        let text = "BackupFailed\n\nerror\nsrv\n\n\ndaysPassed=#";
        let expected = crate::domain::digest::short_digest(text);
        assert_eq!(
            print(json!({"resourceName": "srv", "daysPassed": 3})),
            expected
        );
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
