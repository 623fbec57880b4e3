//! What errors look like: one shape per service (acronis.md §2.1, §2.2, §1.2).

use serde_json::{Value, json};

use crate::face::Answer;

/// Which of the two services is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// `/api/2`
    Account,
    /// `/api/alert_manager/v1`
    Alerts,
}

impl Api {
    /// An error without a code of its own: the status stands in for it (no document names the codes
    /// of plain request errors).
    pub(super) fn plain(self, status: u16, message: &str) -> Answer {
        match self {
            Self::Account => coded(status, i64::from(status), message, json!({})),
            Self::Alerts => Answer::json(
                status,
                &json!({"domain": "AlertManager", "code": format!("HTTP{status}"), "reason": message,
                    "context": {}, "kbLink": "", "debug": null}),
            ),
        }
    }

    /// 400 with a reason.
    pub(super) fn bad(self, message: &str) -> Answer {
        self.plain(400, message)
    }

    /// 401: JSON from account management, a page of nginx from the alert manager (acronis.md §2.2).
    pub(super) fn unauthorized(self) -> Answer {
        match self {
            Self::Account => self.plain(401, "Access token is invalid or expired"),
            Self::Alerts => Answer::html(
                401,
                "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n\
                 <center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n\
                 </body>\r\n</html>\r\n",
            ),
        }
    }
}

/// An account management error. `code` goes out as text when even and as a number when odd, since
/// both occur (acronis.md §2.1); `domain` is null in some.
pub(super) fn coded(status: u16, code: i64, message: &str, context: Value) -> Answer {
    let even = code.rem_euclid(2) == 0;
    Answer::json(
        status,
        &json!({"error": {
            "code": if even { json!(code.to_string()) } else { json!(code) },
            "domain": if status == 404 { Value::Null } else { json!("PlatformAccountServer") },
            "message": message,
            "details": {"info": if even { json!(message) } else { Value::Null }, "addition": null},
            "context": context,
        }}),
    )
}

/// 400 of account management with a reason.
pub(super) fn bad(message: &str) -> Answer {
    Api::Account.bad(message)
}

/// A version that is not the last one read: code 1001. The status is stated nowhere; 409 is the
/// likely one (acronis.md §2.4).
pub(super) fn stale(context: Value) -> Answer {
    coded(409, 1001, "Version mismatch", context)
}

/// A quota's version that is not the last one read: 426 since release C22.10 (KB 71376, acronis.md
/// §2.4). Its body is shown nowhere: a page, as the harder reading.
pub(super) fn stale_quota() -> Answer {
    Answer::html(426, "<html><body>Upgrade Required</body></html>")
}

pub(super) fn denied() -> Answer {
    coded(403, 1002, "Access denied", json!({}))
}

pub(super) fn no_tenant(id: &str) -> Answer {
    coded(404, 1005, "Tenant not found", json!({"id": id}))
}

/// Code 1027 stands for every rule that has no code of its own (acronis.md §2.3).
pub(super) fn business_rule(message: &str, context: Value) -> Answer {
    coded(400, 1027, message, context)
}

/// The OAuth shape of the token endpoint, unlike the API's own (acronis.md §1.2).
pub(super) fn oauth(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": error, "error_description": description}),
    )
}
