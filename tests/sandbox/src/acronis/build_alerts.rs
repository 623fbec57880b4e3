//! Words that raise, change and end alerts from outside.

use jiff::SignedDuration;
use serde_json::Value;

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
            expired: false,
        });
        self.alert_by_id.insert(id.clone(), place);
        id
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
