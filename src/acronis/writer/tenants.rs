//! Making, changing, disabling and deleting tenants (acronis.md §3.4-3.6).

use serde_json::{Value, json};

use super::super::tenants::WireTenant;
use super::super::{Tenant, TenantContact};
use super::{AcronisWriter, put_if_some};
use crate::domain::ids::TenantId;
use crate::http::{Effect, Failure, FailureKind, Method};

/// A customer to be made. Nothing else is ever made.
#[derive(Clone, Debug)]
pub(crate) struct NewTenant {
    pub(crate) name: String,
    pub(crate) parent: TenantId,
    pub(crate) language: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) internal_tag: Option<String>,
    pub(crate) contact: Option<TenantContact>,
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

impl AcronisWriter<'_> {
    /// Makes a customer, in trial and without services. Never sent again after an open end
    /// (`Effect::Unknown`): look among the `children` first (acronis.md §2.5).
    ///
    /// # Errors
    /// [`crate::acronis::is_name_conflict`] when the name is taken.
    pub(crate) fn create_tenant(&self, new: &NewTenant) -> Result<Tenant, Failure> {
        let what = format!("creating tenant {}", new.name);
        let request = self
            .write_request(Method::POST, &["tenants"], &what)
            .with_json(new.to_json());
        self.acronis
            .read_json(request)
            .map(|wire: WireTenant| Tenant::from_wire(wire))
    }

    /// Changes the given fields and no other; the answer holds the new version (acronis.md §3.5).
    ///
    /// # Errors
    /// [`crate::acronis::is_version_mismatch`] when the tenant was changed since it was read.
    pub(crate) fn update_tenant(
        &self,
        id: &TenantId,
        version: i64,
        change: &TenantChange,
    ) -> Result<Tenant, Failure> {
        let what = format!("changing tenant {id}");
        let request = self
            .write_request(Method::PUT, &["tenants", id.as_str()], &what)
            .with_json(change.to_json(version));
        self.acronis
            .read_json(request)
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
    pub(crate) fn disable_tenant(&self, id: &TenantId, version: i64) -> Result<Tenant, Failure> {
        let change = TenantChange {
            enabled: Some(false),
            ..TenantChange::default()
        };
        self.update_tenant(id, version, &change)
    }

    /// Deletes a disabled tenant; `version` is the one that disabling it left (acronis.md §3.6).
    pub(crate) fn delete_tenant(&self, id: &TenantId, version: i64) -> Result<(), Failure> {
        let what = format!("deleting tenant {id}");
        let request = self
            .write_request(Method::DELETE, &["tenants", id.as_str()], &what)
            .with_query("version", &version.to_string());
        match self.acronis.send_authorized(request) {
            // An earlier attempt did it and its answer was lost.
            Err(failure)
                if failure.kind == FailureKind::NotFound && failure.effect == Effect::Unknown =>
            {
                Ok(())
            }
            answer => answer.map(drop),
        }
    }
}

impl NewTenant {
    /// The body is closed: a key that the service does not know is refused (acronis.md §3.4).
    fn to_json(&self) -> Value {
        let mut body = json!({
            "name": self.name,
            "parent_id": self.parent.as_str(),
            "kind": "customer",
        });
        put_if_some(
            &mut body,
            "language",
            self.language.as_deref().map(Value::from),
        );
        put_if_some(
            &mut body,
            "customer_id",
            self.customer_id.as_deref().map(Value::from),
        );
        put_if_some(
            &mut body,
            "internal_tag",
            self.internal_tag.as_deref().map(Value::from),
        );
        put_if_some(
            &mut body,
            "contact",
            self.contact.as_ref().map(|contact| json!(contact)),
        );
        body
    }
}

impl TenantChange {
    fn to_json(&self, version: i64) -> Value {
        let Self {
            name,
            enabled,
            internal_tag,
            customer_id,
        } = self;
        let mut body = json!({ "version": version });
        put_if_some(&mut body, "name", name.as_deref().map(Value::from));
        put_if_some(&mut body, "enabled", enabled.map(Value::from));
        put_if_some(
            &mut body,
            "internal_tag",
            internal_tag.as_ref().map(|tag| json!(tag)),
        );
        put_if_some(
            &mut body,
            "customer_id",
            customer_id.as_ref().map(|id| json!(id)),
        );
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            new.to_json(),
            json!({ "name": "Alma", "parent_id": "p", "kind": "customer" })
        );
        new.customer_id = Some("7".to_owned());
        new.contact = Some(TenantContact::default());
        assert_eq!(
            new.to_json(),
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
            change.to_json(9),
            json!({ "version": 9, "internal_tag": null })
        );
        let change = TenantChange {
            enabled: Some(false),
            ..TenantChange::default()
        };
        assert_eq!(change.to_json(9), json!({ "version": 9, "enabled": false }));
    }
}
