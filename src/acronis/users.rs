//! Logins and two-factor authentication (acronis.md §3.9, §3.10).

use serde::Deserialize;

use super::{Acronis, lenient};
use crate::domain::ids::TenantId;
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
    #[serde(default, deserialize_with = "lenient::integer")]
    users_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    users_with_totp_enabled_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    update_allowed: Option<bool>,
}

impl Acronis {
    /// Two-factor authentication of a customer or partner; folders and units have none.
    pub(crate) fn mfa(&self, tenant: &TenantId) -> Result<Mfa, Failure> {
        let what = format!("reading the two-factor state of tenant {tenant}");
        let path = ["tenants", tenant.as_str(), "mfa", "status"];
        self.read(self.get(&path, &what)).map(Mfa::from_wire)
    }

    /// Whether a login is free: 204 free, 409 taken, 406 not valid.
    pub(crate) fn check_login(&self, login: &str) -> Result<LoginCheck, Failure> {
        let request = self
            .get(
                &["users", "check_login"],
                &format!("checking the login {login}"),
            )
            .query("username", login);
        match self.send(request) {
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
