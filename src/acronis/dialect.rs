//! How Acronis words its errors (acronis.md §2).

use serde_json::Value;

use crate::http::{Dialect, Failure, FailureKind, Response, VendorError};

/// The version sent is not the current one: read again, decide again, try once (acronis.md §2.4).
const VERSION_MISMATCH: &str = "1001";
const NAME_CONFLICT: &str = "1004";

/// A stale version of a quota, since release C22.10; what its body says is not documented, so that
/// the status alone has to do (acronis.md §2.4).
const UPGRADE_REQUIRED: u16 = 426;

/// Whether a write failed because somebody else wrote in between: code 1001 whatever the status, or
/// status 426 whatever the body.
pub(crate) fn is_version_mismatch(failure: &Failure) -> bool {
    failure.code.as_deref() == Some(VERSION_MISMATCH) || failure.status == Some(UPGRADE_REQUIRED)
}

/// Whether a tenant could not be made because its name is taken (code 1004, or a bare 409).
pub(crate) fn is_name_conflict(failure: &Failure) -> bool {
    match failure.code.as_deref() {
        Some(code) => code == NAME_CONFLICT,
        None => failure.kind == FailureKind::Conflict,
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct AcronisDialect;

impl Dialect for AcronisDialect {
    fn read_error(&self, response: &Response) -> VendorError {
        // The 401 of the alert service is an HTML page, and no 401 says anything of use.
        if response.status == 401 {
            return read_oauth(response).unwrap_or_default();
        }
        match serde_json::from_slice::<Value>(&response.body) {
            Ok(body) => read_error(&body),
            Err(_) => VendorError::default(),
        }
    }
}

/// The token endpoint answers a 401 in OAuth's shape; anything else is left unread.
fn read_oauth(response: &Response) -> Option<VendorError> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    body.get("error").filter(|error| error.is_string())?;
    Some(read_error(&body))
}

/// The three shapes: `{"error":{…}}` of the account service, OAuth's `{"error":"…"}`, and the flat
/// one of the alert service and most others.
fn read_error(body: &Value) -> VendorError {
    match body.get("error") {
        Some(error @ Value::Object(_)) => {
            let code = text_field(error, "code");
            VendorError {
                kind: code.as_deref().and_then(kind_of),
                message: with_detail(text_field(error, "message"), error_detail(error)),
                code,
            }
        }
        Some(Value::String(code)) => VendorError {
            code: Some(code.clone()),
            message: text_field(body, "error_description").or_else(|| Some(code.clone())),
            kind: None,
        },
        Some(_) | None => VendorError {
            code: text_field(body, "code"),
            message: text_field(body, "reason").or_else(|| text_field(body, "message")),
            kind: None,
        },
    }
}

/// What the account service's codes mean (acronis.md §2.3); the code goes before the status.
fn kind_of(code: &str) -> Option<FailureKind> {
    match code {
        VERSION_MISMATCH | NAME_CONFLICT | "1010" | "1015" | "1031" => Some(FailureKind::Conflict),
        "1002" => Some(FailureKind::Forbidden),
        "1005" => Some(FailureKind::NotFound),
        "1003" | "1006" | "1007" | "1008" | "1009" | "1011" | "1012" | "1013" | "1014" | "1016"
        | "1017" | "1018" | "1019" | "1021" | "1022" | "1023" | "1024" | "1026" | "1027"
        | "1029" | "1030" | "1033" => Some(FailureKind::Rejected),
        // 1000 is "internal", 1025 the mail server: the status says whether to try again. The
        // meaning of the others is not known.
        _ => None,
    }
}

fn error_detail(error: &Value) -> Option<String> {
    let details = error.get("details")?;
    text_field(details, "info").or_else(|| text_field(details, "addition"))
}

fn with_detail(message: Option<String>, detail: Option<String>) -> Option<String> {
    match (message, detail) {
        (Some(message), Some(detail)) if message != detail => Some(format!("{message} ({detail})")),
        (message, detail) => message.or(detail),
    }
}

/// A field as text; codes come as text or number (acronis.md §2.1).
fn text_field(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shapes_of_errors_are_read_with_codes_as_text_or_number() {
        let table = [
            (
                json!({"error":{"code":"1004","domain":null,"message":"Tenant name conflict",
                    "details":{"info":"name is taken","addition":null},"context":{}}}),
                Some("1004"),
                Some("Tenant name conflict (name is taken)"),
                Some(FailureKind::Conflict),
            ),
            (
                json!({"error":{"code":1001,"message":"Version mismatch"}}),
                Some("1001"),
                Some("Version mismatch"),
                Some(FailureKind::Conflict),
            ),
            (
                json!({"error":{"code":1000,"message":"Internal","details":null}}),
                Some("1000"),
                Some("Internal"),
                None,
            ),
            (
                json!({"error":"invalid_client","error_description":"Bad secret"}),
                Some("invalid_client"),
                Some("Bad secret"),
                None,
            ),
            (
                json!({"domain":"AlertManager","code":"1001","reason":"No such alert","context":{}}),
                Some("1001"),
                Some("No such alert"),
                None,
            ),
            (json!([]), None, None, None),
        ];
        for (body, code, message, kind) in table {
            let error = read_error(&body);
            assert_eq!(error.code.as_deref(), code, "{body}");
            assert_eq!(error.message.as_deref(), message, "{body}");
            assert_eq!(error.kind, kind, "{body}");
        }
    }
}
