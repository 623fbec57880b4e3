//! The first administrator of a new customer, and two-factor authentication (acronis.md §3.9, §3.10).

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::users::WireMfa;
use super::super::{Mfa, TenantContact};
use super::{AcronisWriter, put_if_some};
use crate::domain::ids::{TenantId, UserId};
use crate::http::{Failure, Method};

/// The id that stands for "a new one, from us" in access policies (acronis.md §3.10).
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// A user to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) tenant: TenantId,
    pub(crate) login: String,
    /// Must hold an address for the activation mail.
    pub(crate) contact: TenantContact,
    pub(crate) language: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    id: String,
}

impl AcronisWriter<'_> {
    /// Switches two-factor authentication; for a new tenant before its first user (acronis.md §3.9).
    pub(crate) fn set_mfa(&self, tenant: &TenantId, enabled: bool) -> Result<Mfa, Failure> {
        let what = format!("setting two-factor authentication of tenant {tenant}");
        let request = self
            .write_request(
                Method::PUT,
                &["tenants", tenant.as_str(), "mfa", "status"],
                &what,
            )
            .with_json(json!({ "enabled": enabled }));
        self.acronis
            .read_json(request)
            .map(|wire: WireMfa| Mfa::from_wire(wire))
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
        put_if_some(
            &mut body,
            "language",
            new.language.as_deref().map(Value::from),
        );
        let request = self
            .write_request(Method::POST, &["users"], &what)
            .with_json(body);
        self.acronis
            .read_json(request)
            .map(|wire: WireUser| UserId::new(&wire.id))
    }

    /// Gives a user a role in a tenant; overwrites all roles that the user has, so it is
    /// for users made just now.
    pub(crate) fn set_access_policies(
        &self,
        user: &UserId,
        tenant: &TenantId,
        role: &str,
    ) -> Result<(), Failure> {
        let what = format!("giving user {user} the role {role} in tenant {tenant}");
        let policy = json!({
            "id": NIL,
            "issuer_id": NIL,
            "trustee_id": user.as_str(),
            "trustee_type": "user",
            "tenant_id": tenant.as_str(),
            "role_id": role,
            "version": 0,
        });
        let request = self
            .write_request(
                Method::PUT,
                &["users", user.as_str(), "access_policies"],
                &what,
            )
            .with_json(json!({ "items": [policy] }));
        self.acronis.send_authorized(request).map(drop)
    }

    /// Has Acronis send the mail by which a user sets a password.
    pub(crate) fn send_activation_email(&self, user: &UserId) -> Result<(), Failure> {
        let what = format!("sending the activation mail of user {user}");
        let request = self
            .write_request(
                Method::POST,
                &["users", user.as_str(), "send-activation-email"],
                &what,
            )
            // Even an empty body has to be JSON (acronis.md §2.5).
            .with_json(json!({}));
        self.acronis.send_authorized(request).map(drop)
    }
}
