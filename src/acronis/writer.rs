//! Everything that changes something at Acronis. Only an approved plan hands out the `Consent` that
//! it takes.
//!
//! What is not here on purpose: dismissing all alerts, unbinding a service (destroys its data), and
//! writing usages (acronis.md §4, §6.1, §8.5).

mod offering_items;
mod tenants;
mod users;

use serde_json::{Map, Value, json};

pub(crate) use offering_items::{ItemChange, UsageCheck};
pub(crate) use tenants::NewTenant;
pub(crate) use users::NewUser;

use super::alerts::is_page;
use super::pricing::WirePricing;
use super::{Acronis, AcronisApi, Pricing, PricingMode};
use crate::domain::ids::{AlertId, TenantId};
use crate::http::{Failure, FailureKind, Method, Request};
use crate::plan::Consent;

/// One account, for writing. Writes to one tenant go strictly one after the other: each needs the
/// version that the one before left (acronis.md §9).
#[derive(Clone, Copy, Debug)]
pub(crate) struct AcronisWriter<'a> {
    acronis: &'a Acronis,
}

impl Acronis {
    /// The only way to a writer.
    pub(crate) fn writer(&self, _consent: &Consent) -> AcronisWriter<'_> {
        AcronisWriter { acronis: self }
    }
}

impl AcronisWriter<'_> {
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
            .write_request(Method::PUT, &["tenants", tenant.as_str(), "pricing"], &what)
            .with_json(json!({ "mode": mode.to_string(), "version": version }));
        self.acronis
            .read_json(request)
            .map(|wire: WirePricing| Pricing::from_wire(wire))
    }

    /// Dismisses one alert; one that is gone already is dismissed. The id can never be empty here:
    /// without one the call would dismiss everything, and the request is refused before it leaves.
    pub(crate) fn dismiss_alert(&self, id: &AlertId) -> Result<(), Failure> {
        let what = format!("dismissing alert {id}");
        let path = ["alerts", id.as_str()];
        let request = self
            .acronis
            .build_request(Method::DELETE, AcronisApi::Alerts, &path, &what);
        match self.acronis.send_authorized(request) {
            Err(failure) if failure.kind == FailureKind::NotFound && !is_page(&failure) => Ok(()),
            answer => answer.map(drop),
        }
    }

    fn write_request(&self, method: Method, path: &[&str], what: &str) -> Request {
        self.acronis
            .build_request(method, AcronisApi::Accounts, path, what)
    }
}

/// Sets a key where there is something to set.
fn put_if_some(body: &mut Value, key: &str, value: Option<Value>) {
    let fields: Option<&mut Map<String, Value>> = body.as_object_mut();
    if let (Some(fields), Some(value)) = (fields, value) {
        fields.insert(key.to_owned(), value);
    }
}
