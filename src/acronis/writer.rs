//! Everything that changes something at Acronis. Only an approved plan hands out the `Consent` that
//! it takes.
//!
//! What is not here on purpose: dismissing all alerts, unbinding a service (destroys its data), and
//! writing usages (acronis.md §4, §6.1, §8.5).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::alerts::is_page;
use super::pricing::WirePricing;
use super::tenants::WireTenant;
use super::users::WireMfa;
use super::{Acronis, Contact, Mfa, Pricing, PricingMode, Quota, Service, Tenant};
use crate::domain::ids::{AlertId, ItemKey, TenantId, UserId};
use crate::http::{Effect, Failure, Kind, Method, Request};
use crate::plan::Consent;

/// The id that stands for "a new one, from us" in access policies (acronis.md §3.10).
const NIL: &str = "00000000-0000-0000-0000-000000000000";
/// The role of a customer's first administrator.
const ADMINISTRATOR: &str = "company_admin";

/// One account, for writing. Writes to one tenant go strictly one after the other: each needs the
/// version that the one before left (acronis.md §9).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    acronis: &'a Acronis,
}

/// A customer to be made. Nothing else is ever made.
#[derive(Clone, Debug)]
pub(crate) struct NewTenant {
    pub(crate) name: String,
    pub(crate) parent: TenantId,
    pub(crate) language: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) internal_tag: Option<String>,
    pub(crate) contact: Option<Contact>,
}

/// What is to be changed on a tenant; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct TenantChange {
    pub(crate) name: Option<String>,
    pub(crate) enabled: Option<bool>,
    /// `Some(None)` empties the field.
    pub(crate) internal_tag: Option<Option<String>>,
    /// `Some(None)` empties the field.
    pub(crate) customer_id: Option<Option<String>>,
}

/// The wanted state of one item of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemChange {
    pub(crate) key: ItemKey,
    pub(crate) enabled: bool,
    /// With the version last read for this item; left out for features.
    pub(crate) quota: Option<Quota>,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) tenant: TenantId,
    pub(crate) login: String,
    /// Must hold an address for the activation mail.
    pub(crate) contact: Contact,
    pub(crate) language: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    id: String,
}

impl Acronis {
    /// The only way to a writer.
    pub(crate) fn writer(&self, _consent: &Consent) -> Writer<'_> {
        Writer { acronis: self }
    }
}

impl Writer<'_> {
    /// Makes a customer, in trial and without services. Never sent again after an open end
    /// (`Effect::Unknown`): look among the `children` first (acronis.md §2.5).
    ///
    /// # Errors
    /// [`super::is_name_conflict`] when the name is taken.
    pub(crate) fn create_tenant(&self, new: &NewTenant) -> Result<Tenant, Failure> {
        let what = format!("creating tenant {}", new.name);
        let request = self
            .write(Method::POST, &["tenants"], &what)
            .json(new.body());
        self.acronis
            .read(request)
            .map(|wire: WireTenant| Tenant::from_wire(wire))
    }

    /// Changes the given fields and no other; the answer holds the new version (acronis.md §3.5).
    ///
    /// # Errors
    /// [`super::is_version_mismatch`] when the tenant was changed since it was read.
    pub(crate) fn update_tenant(
        &self,
        id: &TenantId,
        version: i64,
        change: &TenantChange,
    ) -> Result<Tenant, Failure> {
        let what = format!("changing tenant {id}");
        let request = self
            .write(Method::PUT, &["tenants", id.as_str()], &what)
            .json(change.body(version));
        self.acronis
            .read(request)
            .map(|wire: WireTenant| Tenant::from_wire(wire))
    }

    /// Writes our mark, or takes it away.
    pub(crate) fn set_tag(
        &self,
        id: &TenantId,
        version: i64,
        tag: Option<&str>,
    ) -> Result<Tenant, Failure> {
        let change = TenantChange {
            internal_tag: Some(tag.map(str::to_owned)),
            ..TenantChange::default()
        };
        self.update_tenant(id, version, &change)
    }

    /// Disables a tenant. It keeps its data and is still billed (acronis.md §3.6).
    pub(crate) fn disable(&self, id: &TenantId, version: i64) -> Result<Tenant, Failure> {
        let change = TenantChange {
            enabled: Some(false),
            ..TenantChange::default()
        };
        self.update_tenant(id, version, &change)
    }

    /// Deletes a disabled tenant; `version` is the one that disabling it left (acronis.md §3.6).
    pub(crate) fn delete(&self, id: &TenantId, version: i64) -> Result<(), Failure> {
        let what = format!("deleting tenant {id}");
        let request = self
            .write(Method::DELETE, &["tenants", id.as_str()], &what)
            .query("version", &version.to_string());
        match self.acronis.send(request) {
            // An earlier attempt did it and its answer was lost.
            Err(failure) if failure.kind == Kind::NotFound && failure.effect == Effect::Unknown => {
                Ok(())
            }
            answer => answer.map(drop),
        }
    }

    /// Sets the pricing mode; `version` is the pricing's own. The body is closed: just these two
    /// keys (acronis.md §3.8).
    pub(crate) fn set_pricing(
        &self,
        tenant: &TenantId,
        version: i64,
        mode: &PricingMode,
    ) -> Result<Pricing, Failure> {
        let what = format!("setting the pricing mode of tenant {tenant} to {mode}");
        let request = self
            .write(Method::PUT, &["tenants", tenant.as_str(), "pricing"], &what)
            .json(json!({ "mode": mode.to_string(), "version": version }));
        self.acronis
            .read(request)
            .map(|wire: WirePricing| Pricing::from_wire(wire))
    }

    /// Switches two-factor authentication; for a new tenant before its first user (acronis.md §3.9).
    pub(crate) fn set_mfa(&self, tenant: &TenantId, enabled: bool) -> Result<Mfa, Failure> {
        let what = format!("setting two-factor authentication of tenant {tenant}");
        let request = self
            .write(
                Method::PUT,
                &["tenants", tenant.as_str(), "mfa", "status"],
                &what,
            )
            .json(json!({ "enabled": enabled }));
        self.acronis
            .read(request)
            .map(|wire: WireMfa| Mfa::from_wire(wire))
    }

    /// Sets the given items in one call, all or none as far as is known; items not given stay as
    /// they are. What the answer lists is not documented: read again (acronis.md §5.4).
    ///
    /// # Errors
    /// [`super::is_version_mismatch`] when a quota was changed since it was read: read again,
    /// decide again, try once more.
    pub(crate) fn put_offering_items(
        &self,
        tenant: &TenantId,
        changes: &[ItemChange],
    ) -> Result<(), Failure> {
        let what = format!(
            "setting {} offering items of tenant {tenant}",
            changes.len()
        );
        let rows: Vec<Value> = changes.iter().map(ItemChange::body).collect();
        let request = self
            .write(
                Method::PUT,
                &["tenants", tenant.as_str(), "offering_items"],
                &what,
            )
            // What the check does is not documented; a client that is known to work asks for it,
            // and a check too many is the careful choice.
            .json(json!({ "offering_items": rows, "check_usage": true }));
        self.acronis.send(request).map(drop)
    }

    /// Makes a user without a role or password. Never sent again after an open end: `check_login`
    /// tells whether it is there.
    pub(crate) fn create_user(&self, new: &NewUser) -> Result<UserId, Failure> {
        let what = format!("creating the user {}", new.login);
        let mut body = json!({
            "tenant_id": new.tenant.as_str(),
            "login": new.login,
            "contact": new.contact,
        });
        put(
            &mut body,
            "language",
            new.language.as_deref().map(Value::from),
        );
        let request = self.write(Method::POST, &["users"], &what).json(body);
        self.acronis
            .read(request)
            .map(|wire: WireUser| UserId::new(&wire.id))
    }

    /// Makes a user the administrator of a tenant; overwrites all roles that the user has, so it is
    /// for users made just now.
    pub(crate) fn set_access_policies(
        &self,
        user: &UserId,
        tenant: &TenantId,
    ) -> Result<(), Failure> {
        let what = format!("making user {user} administrator of tenant {tenant}");
        let policy = json!({
            "id": NIL,
            "issuer_id": NIL,
            "trustee_id": user.as_str(),
            "trustee_type": "user",
            "tenant_id": tenant.as_str(),
            "role_id": ADMINISTRATOR,
            "version": 0,
        });
        let request = self
            .write(
                Method::PUT,
                &["users", user.as_str(), "access_policies"],
                &what,
            )
            .json(json!({ "items": [policy] }));
        self.acronis.send(request).map(drop)
    }

    /// Has Acronis send the mail by which a user sets a password.
    pub(crate) fn send_activation_email(&self, user: &UserId) -> Result<(), Failure> {
        let what = format!("sending the activation mail of user {user}");
        let request = self
            .write(
                Method::POST,
                &["users", user.as_str(), "send-activation-email"],
                &what,
            )
            // Even an empty body has to be JSON (acronis.md §2.5).
            .json(json!({}));
        self.acronis.send(request).map(drop)
    }

    /// Dismisses one alert; one that is gone already is dismissed. The id can never be empty here:
    /// without one the call would dismiss everything, and the request is refused before it leaves.
    pub(crate) fn dismiss_alert(&self, id: &AlertId) -> Result<(), Failure> {
        let what = format!("dismissing alert {id}");
        let path = ["alerts", id.as_str()];
        let request = self
            .acronis
            .request(Method::DELETE, Service::Alerts, &path, &what);
        match self.acronis.send(request) {
            Err(failure) if failure.kind == Kind::NotFound && !is_page(&failure) => Ok(()),
            answer => answer.map(drop),
        }
    }

    fn write(&self, method: Method, path: &[&str], what: &str) -> Request {
        self.acronis.request(method, Service::Accounts, path, what)
    }
}

impl NewTenant {
    /// The body is closed: a key that the service does not know is refused (acronis.md §3.4).
    fn body(&self) -> Value {
        let mut body = json!({
            "name": self.name,
            "parent_id": self.parent.as_str(),
            "kind": "customer",
        });
        put(
            &mut body,
            "language",
            self.language.as_deref().map(Value::from),
        );
        put(
            &mut body,
            "customer_id",
            self.customer_id.as_deref().map(Value::from),
        );
        put(
            &mut body,
            "internal_tag",
            self.internal_tag.as_deref().map(Value::from),
        );
        put(
            &mut body,
            "contact",
            self.contact.as_ref().map(|contact| json!(contact)),
        );
        body
    }
}

impl TenantChange {
    fn body(&self, version: i64) -> Value {
        let Self {
            name,
            enabled,
            internal_tag,
            customer_id,
        } = self;
        let mut body = json!({ "version": version });
        put(&mut body, "name", name.as_deref().map(Value::from));
        put(&mut body, "enabled", enabled.map(Value::from));
        put(
            &mut body,
            "internal_tag",
            internal_tag.as_ref().map(|tag| json!(tag)),
        );
        put(
            &mut body,
            "customer_id",
            customer_id.as_ref().map(|id| json!(id)),
        );
        body
    }
}

impl ItemChange {
    fn body(&self) -> Value {
        let mut body = json!({
            "application_id": self.key.application.as_str(),
            "name": self.key.name,
            "status": u8::from(self.enabled),
        });
        let infra = self.key.infra.as_ref().map(|infra| json!(infra.as_str()));
        put(&mut body, "infra_id", infra);
        // All three keys are required; without a value there is no overage (acronis.md §5.2).
        let quota = self.quota.map(|quota| {
            json!({
                "value": quota.value,
                "overage": quota.value.and(quota.overage),
                "version": quota.version,
            })
        });
        put(&mut body, "quota", quota);
        body
    }
}

/// Sets a key where there is something to set.
fn put(body: &mut Value, key: &str, value: Option<Value>) {
    let fields: Option<&mut Map<String, Value>> = body.as_object_mut();
    if let (Some(fields), Some(value)) = (fields, value) {
        fields.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ApplicationId, InfraId};

    #[test]
    fn a_new_tenant_is_a_customer_and_holds_only_what_is_known() {
        let mut new = NewTenant {
            name: "Alma".to_owned(),
            parent: TenantId::new("P"),
            language: None,
            customer_id: None,
            internal_tag: None,
            contact: None,
        };
        assert_eq!(
            new.body(),
            json!({ "name": "Alma", "parent_id": "p", "kind": "customer" })
        );
        new.customer_id = Some("7".to_owned());
        new.contact = Some(Contact::default());
        assert_eq!(
            new.body(),
            json!({ "name": "Alma", "parent_id": "p", "kind": "customer", "customer_id": "7",
                "contact": {} })
        );
    }

    #[test]
    fn a_change_sends_only_what_changes_and_null_to_empty_a_field() {
        let change = TenantChange {
            internal_tag: Some(None),
            ..TenantChange::default()
        };
        assert_eq!(
            change.body(9),
            json!({ "version": 9, "internal_tag": null })
        );
        let change = TenantChange {
            enabled: Some(false),
            ..TenantChange::default()
        };
        assert_eq!(change.body(9), json!({ "version": 9, "enabled": false }));
    }

    #[test]
    fn quotas_are_sent_whole_and_features_without_one() {
        let mut change = ItemChange {
            key: ItemKey {
                name: "pw_base_storage".to_owned(),
                infra: Some(InfraId::new("9A1B")),
                application: ApplicationId::new("6E6D"),
            },
            enabled: true,
            quota: Some(Quota::hard(25, 3)),
        };
        assert_eq!(
            change.body(),
            json!({ "application_id": "6e6d", "name": "pw_base_storage", "status": 1,
                "infra_id": "9a1b", "quota": { "value": 25, "overage": 0, "version": 3 } })
        );
        change.quota = Some(Quota {
            value: None,
            overage: Some(5),
            version: 3,
        });
        let quota = json!({ "value": null, "overage": null, "version": 3 });
        assert_eq!(change.body().get("quota"), Some(&quota));
        change.quota = None;
        change.key.infra = None;
        change.enabled = false;
        assert_eq!(
            change.body(),
            json!({ "application_id": "6e6d", "name": "pw_base_storage", "status": 0 })
        );
    }
}
