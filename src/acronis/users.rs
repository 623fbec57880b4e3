//! Logins and two-factor authentication (acronis.md §3.9, §3.10).

use serde::Deserialize;

use super::{Acronis, ListAnswer, lenient};
use crate::domain::ids::{TenantId, UserId};
use crate::http::Failure;

/// Whether a login can be used for a new user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginCheck {
    Free,
    Taken,
    /// Not a valid login.
    Invalid,
}

/// Two-factor authentication of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mfa {
    /// `disabled`, `disable_in_progress`, `enabled`.
    pub(crate) status: String,
    pub(crate) users: Option<i64>,
    pub(crate) users_with_second_factor: Option<i64>,
    /// Whether it may be switched.
    pub(crate) update_allowed: bool,
}

#[derive(Deserialize)]
pub(super) struct WireMfa {
    mfa_status: String,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    users_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    users_with_totp_enabled_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    update_allowed: Option<bool>,
}

/// A hit of the search: tenants and users are mixed (acronis.md §3.3).
#[derive(Deserialize)]
struct WireHit {
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    obj_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    parent_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    login: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    deleted_at: Option<String>,
}

impl Acronis {
    /// The user of a tenant with a login; `None` also when the search does not show it, as below
    /// tenants that deny access (acronis.md §3.3).
    pub(crate) fn user_of(
        &self,
        tenant: &TenantId,
        login: &str,
    ) -> Result<Option<UserId>, Failure> {
        let request = self
            .get(&["search"], &format!("looking for the user {login}"))
            .with_query("tenant", tenant.as_str())
            .with_query("text", login)
            .with_query("limit", "100");
        let found: ListAnswer<WireHit> = self.read_json(request)?;
        let is_it = |hit: &WireHit| {
            let here = hit.parent_id.as_deref().map(TenantId::new);
            hit.obj_type.as_deref() == Some("user")
                && hit.deleted_at.is_none()
                && here.as_ref() == Some(tenant)
                && hit
                    .login
                    .as_deref()
                    .is_some_and(|found| found.eq_ignore_ascii_case(login))
        };
        let hit = found.items.into_iter().find(is_it);
        Ok(hit.and_then(|hit| hit.id).map(|id| UserId::new(&id)))
    }

    /// Two-factor authentication of a customer or partner; folders and units have none.
    pub(crate) fn read_mfa(&self, tenant: &TenantId) -> Result<Mfa, Failure> {
        let what = format!("reading the two-factor state of tenant {tenant}");
        let path = ["tenants", tenant.as_str(), "mfa", "status"];
        self.read_json(self.get(&path, &what)).map(Mfa::from_wire)
    }

    /// Whether a login is free: 204 free, 409 taken, 406 not valid.
    pub(crate) fn check_login(&self, login: &str) -> Result<LoginCheck, Failure> {
        let request = self
            .get(
                &["users", "check_login"],
                &format!("checking the login {login}"),
            )
            .with_query("username", login);
        match self.send_authorized(request) {
            Ok(_) => Ok(LoginCheck::Free),
            Err(failure) if failure.status == Some(409) => Ok(LoginCheck::Taken),
            Err(failure) if failure.status == Some(406) => Ok(LoginCheck::Invalid),
            Err(failure) => Err(failure),
        }
    }
}

impl Mfa {
    pub(crate) fn is_enabled(&self) -> bool {
        self.status == "enabled"
    }

    pub(super) fn from_wire(wire: WireMfa) -> Self {
        Self {
            status: wire.mfa_status,
            users: wire.users_count,
            users_with_second_factor: wire.users_with_totp_enabled_count,
            // Not said is not allowed.
            update_allowed: wire.update_allowed == Some(true),
        }
    }
}
