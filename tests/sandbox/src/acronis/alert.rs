//! An alert as the alert manager shows it (acronis.md §8.2).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Cloud;
use super::ids::datetime;

/// From mild to bad. A severity that is not here compares with nothing.
pub(super) const SEVERITIES: &[&str] = &["ok", "information", "warning", "error", "critical"];

#[derive(Clone, Debug)]
pub(super) struct Alert {
    /// Upper case.
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) tenant: usize,
    pub(super) kind: String,
    pub(super) category: String,
    pub(super) severity: String,
    /// By the clock of the agent.
    pub(super) created: Timestamp,
    pub(super) received: Timestamp,
    pub(super) updated: Timestamp,
    /// Dismissed or cleared; there is no other sign of its end.
    pub(super) deleted: Option<Timestamp>,
    pub(super) details: Value,
    pub(super) false_positive: bool,
    /// The service shows no times of its own.
    pub(super) untimed: bool,
    /// The service does not know it any more.
    pub(super) expired: bool,
}

impl Alert {
    /// A text of the details.
    pub(super) fn detail(&self, name: &str) -> &str {
        self.details[name].as_str().unwrap_or("")
    }

    /// The place in [`SEVERITIES`].
    pub(super) fn rank(&self) -> Option<usize> {
        SEVERITIES.iter().position(|word| *word == self.severity)
    }
}

impl Cloud {
    /// Whether the client sees the alert: not those at or below a customer that denies access or is
    /// out of sight. Such an alert is in no list, and by its id it is 404 as if there were none: the
    /// documents say so of no code, and this is the one that looks most like an end (acronis.md §3.7,
    /// §8.3).
    pub(super) fn sees(&self, alert: &Alert) -> bool {
        let mut line = self.ancestors(alert.tenant);
        !alert.expired
            && !self.is_out_of_sight(alert.tenant)
            && line.all(|at| self.tenants[at].ancestral_access)
    }

    /// Every third alert lacks the tenant's UUID, as one live client saw it.
    pub(super) fn alert_json(&self, alert: &Alert) -> Value {
        let tenant = &self.tenants[alert.tenant];
        let number = alert.number;
        let mut named =
            json!({"id": tenant.number.to_string(), "locator": self.locator(alert.tenant)});
        if number % 3 != 2 {
            named["uuid"] = json!(tenant.id);
        }
        let mut doc = json!({"id": alert.id, "type": alert.kind, "category": alert.category,
            "severity": alert.severity, "createdAt": datetime(alert.created, number),
            "receivedAt": datetime(alert.received, number + 1),
            "updatedAt": datetime(alert.updated, number + 2), "tenant": named,
            "_source": alert.category.to_lowercase(), "_sourceTimeStamp": alert.created.as_second(),
            "affinity": "", "details": alert.details});
        if alert.untimed {
            doc["receivedAt"] = Value::Null;
            doc["updatedAt"] = Value::Null;
        }
        if let Some(deleted) = alert.deleted {
            doc["deletedAt"] = json!(datetime(deleted, number));
        }
        if alert.false_positive {
            doc["falsePositive"] = json!(true);
        }
        if number.is_multiple_of(2) {
            doc["_mitreTactics"] = json!([]);
        }
        doc
    }
}
