//! Words that raise, change and end alerts from outside.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Cloud;
use super::alert::Alert;
use super::ids::{salt, uuid};

impl Cloud {
    /// Raises an alert for a tenant of any kind and answers its id, in upper case. Any severity,
    /// category and details may be given.
    pub fn raise_alert(
        &mut self,
        tenant: &str,
        kind: &str,
        category: &str,
        severity: &str,
        details: Value,
    ) -> String {
        let tenant = self.place_of(tenant);
        let place = self.alerts.len();
        let number = u64::try_from(place).unwrap_or_default();
        let id = uuid(self.salt ^ salt("alerts"), number).to_uppercase();
        // The agent's clock is not the service's.
        let lag = SignedDuration::from_millis(i64::try_from(number % 7).unwrap_or_default() * 311);
        self.alerts.push(Alert {
            id: id.clone(),
            number,
            tenant,
            kind: kind.to_owned(),
            category: category.to_owned(),
            severity: severity.to_owned(),
            created: self.now - lag,
            received: self.now,
            updated: self.now,
            deleted: None,
            details,
            false_positive: false,
            untimed: false,
            expired: false,
        });
        self.alert_by_id.insert(id.clone(), place);
        id
    }

    /// An alert for every user that got a malicious e-mail, all of one Microsoft 365 organisation and
    /// nothing else in common. The type is the vendor's; which details such an alert has is not
    /// documented, so user, subject and incident stand under plain names (acronis.md §8.2, §8.6).
    pub fn raise_malicious_emails(&mut self, tenant: &str, users: &[&str]) -> Vec<String> {
        let raise = |(number, user): (usize, &&str)| {
            let details = json!({"resourceName": "Microsoft 365", "resourceId": "M365-ORG-1",
                "userEmail": user, "subject": format!("Invoice {}", 4711 + number),
                "incidentId": format!("INC-{:05}", 101 + number)});
            let kind = "MaliciousEmailDetectedPerceptionPointWarning";
            self.raise_alert(tenant, kind, "Email security", "warning", details)
        };
        users.iter().enumerate().map(raise).collect()
    }

    /// `BackupFailed` of one machine, once for every plan that fails there.
    pub fn raise_failing_plans(
        &mut self,
        tenant: &str,
        machine: &str,
        plans: &[&str],
    ) -> Vec<String> {
        let raise = |plan: &&str| {
            let details = json!({"resourceName": machine, "resourceId": format!("R-{machine}"),
                "planName": plan, "planId": format!("P-{plan}"),
                "errorMessage": {"reason": format!("{plan} cannot write to its storage.")}});
            self.raise_alert(tenant, "BackupFailed", "Backup", "critical", details)
        };
        plans.iter().map(raise).collect()
    }

    /// Which details tell alerts of a type apart, as `GET /types` names them (`contextKeys`); resource
    /// and plan where nobody said.
    pub fn set_context_keys(&mut self, kind: &str, keys: &[&str]) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.context_keys.insert(kind.to_owned(), keys);
    }

    /// An alert rises or falls under its id. Answers whether there is such an alert.
    pub fn set_severity(&mut self, id: &str, severity: &str) -> bool {
        self.with_alert(id, |alert| severity.clone_into(&mut alert.severity))
    }

    /// Gives an alert new details. Answers whether there is such an alert.
    pub fn change_alert(&mut self, id: &str, details: Value) -> bool {
        self.with_alert(id, |alert| alert.details = details)
    }

    /// Ends an alert, as by the system or by a person. Answers whether there is such an alert.
    pub fn end_alert(&mut self, id: &str) -> bool {
        let now = self.now;
        self.with_alert(id, |alert| alert.deleted = Some(now))
    }

    /// Raises an ended alert again under its old id. Answers whether there is such an alert.
    pub fn re_raise(&mut self, id: &str) -> bool {
        self.with_alert(id, |alert| alert.deleted = None)
    }

    /// Sets the clock of the agent that raised an alert. Answers whether there is such an alert.
    pub fn misdate_alert(&mut self, id: &str, created: Timestamp) -> bool {
        let place = self.alert_by_id.get(&id.to_uppercase()).copied();
        let alert = place.and_then(|place| self.alerts.get_mut(place));
        alert.is_some_and(|alert| {
            alert.created = created;
            true
        })
    }

    /// Leaves out the times that the service gives to an alert. Answers whether there is such an
    /// alert.
    pub fn untime_alert(&mut self, id: &str) -> bool {
        self.with_alert(id, |alert| alert.untimed = true)
    }

    /// Lets the service forget an alert without any sign. Answers whether there is such an alert.
    pub fn expire_alert(&mut self, id: &str) -> bool {
        self.with_alert(id, |alert| alert.expired = true)
    }

    /// All alerts, ended ones included, as the API shows them.
    #[must_use]
    pub fn alerts(&self) -> Vec<Value> {
        let all = self.alerts.iter();
        all.map(|alert| self.alert_json(alert)).collect()
    }

    fn with_alert(&mut self, id: &str, change: impl FnOnce(&mut Alert)) -> bool {
        let place = self.alert_by_id.get(&id.to_uppercase()).copied();
        let Some(alert) = place.and_then(|place| self.alerts.get_mut(place)) else {
            return false;
        };
        change(alert);
        alert.updated = self.now;
        true
    }
}
