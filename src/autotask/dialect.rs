//! How Autotask words its errors (autotask.md §3): an array of plain texts without codes, a
//! `Message` from the web server below, HTML, or nothing.

use serde::Deserialize;

use crate::http::{Dialect, FailureKind, Response, VendorError};

/// Longest joined text of one error, in characters.
const TEXT_CHARS_MAX: usize = 2_000;

/// Reads Autotask's errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct AutotaskDialect;

impl Dialect for AutotaskDialect {
    fn read_error(&self, response: &Response) -> VendorError {
        let texts = error_texts(&response.body);
        VendorError {
            code: None,
            kind: failure_kind(response.status, &texts.join(" ")),
            message: (!texts.is_empty()).then(|| {
                let joined = texts.join("; ");
                joined.chars().take(TEXT_CHARS_MAX).collect()
            }),
        }
    }
}

#[derive(Debug, Deserialize)]
struct ErrorBody {
    #[serde(default, alias = "Errors")]
    errors: Option<Vec<serde_json::Value>>,
    // Of 405 and routing errors, capital M (autotask.md §7).
    #[serde(default, rename = "Message", alias = "message")]
    message: Option<String>,
}

/// The vendor's own texts; none when the body is empty, HTML or anything else.
fn error_texts(body: &[u8]) -> Vec<String> {
    let Ok(body) = serde_json::from_slice::<ErrorBody>(body) else {
        return Vec::new();
    };
    let errors = body.errors.unwrap_or_default().into_iter();
    errors
        .map(|error| match error.as_str() {
            Some(text) => text.to_owned(),
            None => error.to_string(),
        })
        .chain(body.message)
        .filter(|text| !text.trim().is_empty())
        .collect()
}

/// Texts of the limits on parallel calls and on calls per hour. The wording is no contract, and
/// that of the hourly limit is documented nowhere, hence the broad last ones (autotask.md §3, §4).
const THROTTLED: [&str; 5] = [
    "thread threshold",
    "itgenatr005",
    "too many requests",
    "request threshold",
    "threshold exceeded",
];

/// Texts of a server in trouble rather than of a value it does not like. Not in any source: the
/// usual words of the software Autotask is built on. The write may have been carried out.
const TROUBLE: [&str; 4] = [
    "timeout expired",
    "deadlock",
    "an unexpected error",
    "object reference not set",
];

/// What the texts tell beyond the status; `None` leaves it to the status.
fn failure_kind(status: u16, text: &str) -> Option<FailureKind> {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if status == 401 {
        return Some(FailureKind::Unauthorized);
    }
    if says(&THROTTLED) {
        return Some(FailureKind::Throttled);
    }
    if says(&["adequate permissions"]) {
        return Some(FailureKind::Forbidden);
    }
    // Every validation failure is a 500 with texts; a 500 without is the server's own trouble.
    if status == 500 && !text.trim().is_empty() && !says(&TROUBLE) {
        return Some(FailureKind::Rejected);
    }
    None
}

/// Whether a refusal is about who we are. A bad user name or integration code comes as a 500 whose
/// text no source shows (autotask.md §3), hence the two names with a word that says no; whatever
/// does not name them is not taken for it.
pub(super) fn is_about_credentials(message: &str) -> bool {
    let message = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    has(&[
        "integrationcode",
        "integration code",
        "tracking identifier",
        "username",
        "user name",
    ]) && has(&["not valid", "invalid", "does not exist", "incorrect"])
}

/// Whether a refused adjustment was one too many for its line and date (autotask.md §8.5).
pub(crate) fn is_second_adjustment(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("duplicate data") && message.contains("contract_service")
}

/// Whether an adjustment was refused because of how it names its line, so that the other form may do
/// (autotask.md §8.5). Which texts say so is not known, the first form having never been seen to
/// run; guessed from the service's other texts: those that name one of the ids, or a line, or miss a
/// field. What is wrong with day, units or price is wrong in either form, and a plain "An error
/// occurred." says nothing about it.
pub(crate) fn is_about_form(message: &str) -> bool {
    let text = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    says(&["serviceid", "contractid", "contract service", "is required"])
        && !says(&["effectivedate", "unitchange", "adjustedunit"])
        && !is_second_adjustment(message)
}

/// Whether an error text names no reason. It may come after the deed (not in any source: the usual
/// words of the software Autotask is built on), so whoever wrote looks before drawing conclusions.
pub(super) fn is_without_reason(message: &str) -> bool {
    let text = message.to_lowercase();
    ["an error occurred", "an error has occurred"]
        .iter()
        .any(|words| text.contains(words))
}

/// Whether a refusal to open a ticket again says that this will never do: it was merged, or is
/// closed for good. No source shows such a text, hence any word for it; whatever says something else
/// (a missing field, trouble of the server) may be over next time.
pub(crate) fn is_closed_for_good(message: &str) -> bool {
    let text = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    says(&[
        "merged",
        "reopen",
        "re-open",
        "opened again",
        "cannot be changed",
        "read-only",
    ]) || (says(&["complete", "closed", "locked"]) && says(&["cannot", "can not", "not allowed"]))
}

/// Whether a refused service had a name that another one holds (autotask.md §3).
pub(crate) fn is_name_taken(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("ix_service") || message.contains("duplicate key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_distinguished_by_text_before_status() {
        let thread =
            r#"{"errors": ["Thread Threshold Exceeded: the thread threshold of 3 threads"]}"#;
        let required = r#"{"errors": ["dueDateTime is required.; on record number [0]."]}"#;
        let picklist = r#"{"errors": ["Conversion failed when converting the varchar value 'High' to data type int."]}"#;
        let table = [
            (500, required, Some(FailureKind::Rejected)),
            (500, picklist, Some(FailureKind::Rejected)),
            (500, thread, Some(FailureKind::Throttled)),
            (200, thread, Some(FailureKind::Throttled)),
            (429, "", None),
            (
                500,
                r#"{"errors": ["Itgenatr005"]}"#,
                Some(FailureKind::Throttled),
            ),
            (500, r#"{"errors": []}"#, None),
            (500, "<html>Server Error</html>", None),
            (500, "", None),
            (500, r#"{"errors": ["Execution Timeout Expired."]}"#, None),
            (
                500,
                r#"{"errors": ["You do not have adequate permissions"]}"#,
                Some(FailureKind::Forbidden),
            ),
            (401, thread, Some(FailureKind::Unauthorized)),
            (401, "", Some(FailureKind::Unauthorized)),
            (403, "", None),
            (404, r#"{"Message": "No HTTP resource was found"}"#, None),
            (
                405,
                r#"{"Message": "The requested resource does not support http method 'GET'."}"#,
                None,
            ),
            (502, "<html>", None),
        ];
        for (status, body, expected) in table {
            let text = error_texts(body.as_bytes()).join(" ");
            assert_eq!(failure_kind(status, &text), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_refused_reopening_is_final_only_when_its_text_says_so() {
        for (text, reason, final_word) in [
            (
                "The ticket has been merged and cannot be changed.",
                true,
                true,
            ),
            ("Completed tickets cannot be edited.", true, true),
            ("Tickets of this category may not be re-opened", true, true),
            ("An error occurred.", false, false),
            ("An error has occurred.", false, false),
            (
                "billingCodeID is required.; on record number [0].",
                true,
                false,
            ),
            ("The value of completedDate is not valid", true, false),
            ("", true, false),
        ] {
            assert_eq!(is_without_reason(text), !reason, "{text}");
            assert_eq!(is_closed_for_good(text), final_word, "{text}");
        }
    }

    #[test]
    fn texts_are_read_from_every_shape() {
        assert_eq!(error_texts(br#"{"errors": ["a", "", "b"]}"#), ["a", "b"]);
        assert_eq!(error_texts(br#"{"Message": "c"}"#), ["c"]);
        assert_eq!(error_texts(br#"{"errors": [{"x": 1}]}"#), [r#"{"x":1}"#]);
        for none in [&b"{\"errors\": null}"[..], b"", b"<html>", b"[1]", b"\"x\""] {
            assert!(error_texts(none).is_empty());
        }
    }

    #[test]
    fn refusals_worth_a_word_of_their_own_are_known() {
        assert!(is_second_adjustment(
            "Attempt to insert duplicate data into contract_service_period"
        ));
        assert!(!is_second_adjustment("effectiveDate must be between"));
        for (text, about_form) in [
            ("serviceID is required.; on record number [0].", true),
            (
                "Reference value on field: contractServiceID of type: ContractService does not exist or is invalid.",
                true,
            ),
            (
                "Unable to find contractServiceID in the ContractServiceAdjustment Entity.",
                true,
            ),
            ("The Contract Service is not valid.", true),
            ("effectiveDate is required.; on record number [0].", false),
            (
                "effectiveDate must be between the start date and end date of the Contract.",
                false,
            ),
            (
                "Attempt to insert duplicate data into contract_service_period.",
                false,
            ),
            ("The number of units cannot be 0.", false),
            ("An error occurred.", false),
            ("Something is not valid.", false),
        ] {
            assert_eq!(is_about_form(text), about_form, "{text}");
        }
        assert!(is_name_taken(
            "Cannot insert duplicate key in object 'dbo.Service'. IX_service"
        ));
    }
}
