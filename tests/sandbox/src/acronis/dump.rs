//! The cloud as one document, for tests that look at the world and not through the API.

use serde_json::{Value, json};

use super::Cloud;
use super::ids::datetime;
use super::tenant::{Kind, Tenant};

impl Cloud {
    /// Everything that can be known: tenants with the items that were ever touched, usages and users;
    /// storages; alerts; what must not have happened. Datetimes carry a zone.
    #[must_use]
    pub fn dump(&self) -> Value {
        let tenants: Vec<Value> = (0..self.tenants.len())
            .filter(|&at| self.tenants[at].kind != Kind::Personal)
            .map(|at| self.tenant_dump(at))
            .collect();
        let infras: Vec<Value> = self
            .infras
            .iter()
            .map(|infra| {
                let mut doc = self.infra_json(infra);
                doc["location_name"] = json!(self.locations[infra.location].name);
                doc
            })
            .collect();
        json!({"name": self.name, "client_id": self.client_id, "root": self.root(),
            "tenants": tenants, "infras": infras, "alerts": self.alerts_dump(),
            "dismissed_everything": self.dismissed_everything,
            "forbidden_calls": self.forbidden_calls, "disabled_in_use": self.disabled_in_use})
    }

    fn tenant_dump(&self, at: usize) -> Value {
        let tenant = &self.tenants[at];
        json!({"id": tenant.id, "numeric_id": tenant.number, "parent_id": self.parent_id(at),
            "level": self.level(at), "kind": tenant.kind.word(), "name": tenant.name,
            "enabled": tenant.enabled, "deleted": tenant.deleted.is_some(),
            "version": tenant.version, "customer_type": tenant.customer_type,
            "customer_id": tenant.customer_id, "internal_tag": tenant.internal_tag,
            "contact": tenant.contact, "ancestral_access": tenant.ancestral_access, "hidden": tenant.hidden,
            "mfa": tenant.mfa, "pricing": {"mode": tenant.pricing.mode,
                "currency": tenant.pricing.currency, "version": tenant.pricing.version},
            "items": self.items_dump(tenant), "usages": self.usages_dump(tenant),
            "users": self.users_dump(at)})
    }

    fn items_dump(&self, tenant: &Tenant) -> Vec<Value> {
        let rows = tenant.items.iter();
        rows.map(|(key, row)| {
            let entry = key.entry();
            json!({"name": entry.name, "edition": entry.edition, "usage_name": entry.usage,
                "type": entry.form.word(), "infra_id": self.infra_id(key.infra),
                "status": i64::from(row.on), "quota": row.quota.map(super::item::Quota::json)})
        })
        .collect()
    }

    fn usages_dump(&self, tenant: &Tenant) -> Vec<Value> {
        let rows = tenant.usages.iter();
        rows.map(|((name, infra), usage)| {
            json!({"name": name, "infra_id": self.infra_id(*infra),
                "absolute_value": usage.absolute, "value": usage.value})
        })
        .collect()
    }

    fn users_dump(&self, at: usize) -> Vec<Value> {
        let users = self.users.iter().enumerate();
        users
            .filter(|(_, user)| user.tenant == at)
            .map(|(number, user)| {
                let mut doc = self.user_json(number);
                doc["access_policies"] = json!(user.policies);
                doc["activation_mails"] = json!(user.mails);
                doc
            })
            .collect()
    }

    fn alerts_dump(&self) -> Vec<Value> {
        let alerts = self.alerts.iter();
        alerts
            .map(|alert| {
                let ended = alert.deleted.map(|when| datetime(when, 1));
                json!({"id": alert.id, "tenant_id": self.tenants[alert.tenant].id,
                    "type": alert.kind, "category": alert.category, "severity": alert.severity,
                    "created_at": datetime(alert.created, 1), "updated_at": datetime(alert.updated, 1),
                    "ended_at": ended, "details": alert.details,
                    "false_positive": alert.false_positive})
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;

    #[test]
    fn the_same_seed_gives_the_same_world() {
        assert_eq!(Bench::new().cloud.dump(), Bench::new().cloud.dump());
    }

    #[test]
    fn a_customer_shows_what_was_touched_only() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .enable_item(&customer, "pw_base_vms", None, Some((4, None)));
        let dump = bench.cloud.dump();
        let tenants = dump["tenants"].as_array().unwrap();
        let found = tenants
            .iter()
            .find(|tenant| tenant["name"] == "Contoso Ltd");
        let items = found.unwrap()["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["quota"]["value"], 4);
    }
}
