//! Acronis Cyber Protect Cloud: one account, that is one API client of one data centre.
//!
//! Reading methods are on [`Acronis`], each in the file of its resource; whatever changes anything
//! is on [`AcronisWriter`], which is only to be had with a `Consent`. Facts are from acronis.md.

mod alert_types;
mod alerts;
mod auth;
mod batches;
mod contacts;
mod dialect;
mod lenient;
mod offering_items;
mod pricing;
mod storages;
mod tenant_ids;
mod tenants;
mod usages;
mod users;
mod writer;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(crate) use alert_types::AlertStats;
pub(crate) use alerts::{AlertQuery, AlertRecord, AlertTenant, Severity};
pub(crate) use contacts::TenantContact;
pub(crate) use dialect::{is_name_conflict, is_version_mismatch};
pub(crate) use offering_items::{ItemClass, ItemQuota, OfferingItem};
pub(crate) use pricing::{Pricing, PricingMode};
pub(crate) use storages::Infra;
pub(crate) use tenants::{ContactLevel, Tenant, TenantKind};
pub(crate) use usages::{TenantUsage, UsageRow};
pub(crate) use users::{LoginCheck, Mfa};
pub(crate) use writer::{AcronisWriter, ItemChange, NewTenant, NewUser, UsageCheck};

use crate::domain::ids::AccountName;
use crate::domain::secret::Secret;
use crate::http::{
    Channel, Failure, FailureKind, Method, Page, Pages, Request, Response, Transport, Url,
};
use auth::Tokens;
use dialect::AcronisDialect;

/// Requests under way at once per data centre; no limit is documented (acronis.md §2.5).
pub(crate) const AT_ONCE_MAX: usize = 4;
/// Ids in one request: the documented limit of `uuids`, and by analogy of the others
/// (acronis.md §3.2, §6.1, §7).
const IDS_PER_REQUEST: usize = 100;
/// A bound for lists of tenants and items, 5000 a page (acronis.md §3.2, §5.3).
const PAGES_MAX: usize = 2_000;

/// What the configuration says about one account.
#[derive(Clone, Debug)]
pub(crate) struct AcronisSettings {
    pub(crate) account: AccountName,
    /// The data centre's address as the console shows it; never derived (acronis.md §1.1).
    pub(crate) url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

/// One account, for reading.
pub(crate) struct Acronis {
    settings: AcronisSettings,
    transport: Transport,
    lane: Channel,
    tokens: Mutex<Tokens>,
    /// Set when the data centre turns out not to translate numeric ids.
    no_resolve_ids: OnceLock<Failure>,
}

/// The two services of a data centre that are used (acronis.md, base paths).
#[derive(Clone, Copy, Debug)]
enum AcronisApi {
    Accounts,
    Alerts,
}

impl AcronisApi {
    fn base_path(self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &["api", "2"],
            Self::Alerts => &["api", "alert_manager", "v1"],
        }
    }
}

/// The shape of every list. `items` is required: an answer without it is not an empty list.
#[derive(Debug, Deserialize)]
struct ListAnswer<T> {
    items: Vec<T>,
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl<T> ListAnswer<T> {
    /// Missing, null or empty `paging`, `cursors` or `after` mean the last page (acronis.md §3.2).
    fn into_page<R>(self, record: impl FnMut(T) -> R) -> Page<R> {
        Page {
            items: self.items.into_iter().map(record).collect(),
            next: self.paging.and_then(|paging| paging.cursors?.after),
        }
    }
}

impl Acronis {
    pub(crate) fn new(settings: AcronisSettings, transport: Transport) -> Self {
        Self {
            settings,
            transport,
            lane: Channel::new(AcronisDialect, AT_ONCE_MAX, Arc::default()),
            tokens: Mutex::default(),
            no_resolve_ids: OnceLock::new(),
        }
    }

    /// Requests sent so far, repeated ones and those for tokens included.
    pub(crate) fn requests_sent(&self) -> u64 {
        self.lane.meter.requests_sent()
    }

    fn build_request(
        &self,
        method: Method,
        service: AcronisApi,
        path: &[&str],
        what: &str,
    ) -> Request {
        let segments: Vec<&str> = service.base_path().iter().chain(path).copied().collect();
        let what = format!("{} ({})", what, self.settings.account);
        // Without it some calls answer 415 (acronis.md §2.4).
        Request::new(method, &self.settings.url, &segments, &what)
            .with_header("accept", "application/json")
    }

    fn get(&self, path: &[&str], what: &str) -> Request {
        self.build_request(Method::GET, AcronisApi::Accounts, path, what)
    }

    /// Sends with the token in hand. On a 401 the token is dropped, a new one fetched once, and the
    /// request sent once more (acronis.md §1.2).
    fn send_authorized(&self, request: Request) -> Result<Response, Failure> {
        let token = self.valid_token()?;
        let first = self
            .transport
            .send(&self.lane, &request.clone().with_bearer(&token));
        match first {
            Err(failure) if failure.kind == FailureKind::Unauthorized => {
                let token = self.renew_token(&token)?;
                self.transport
                    .send(&self.lane, &request.with_bearer(&token))
            }
            Ok(_) | Err(_) => first,
        }
    }

    fn read_json<T: DeserializeOwned>(&self, request: Request) -> Result<T, Failure> {
        self.send_authorized(request)?.parse_json()
    }

    /// A list of the account service. The cursor holds all filters, so that pages after the first
    /// are asked for by `after` alone (acronis.md §3.2).
    fn list_pages<'a, W, R>(
        &'a self,
        first: Request,
        next: Request,
        record: fn(W) -> R,
    ) -> Pages<'a, R>
    where
        W: DeserializeOwned + 'a,
        R: 'a,
    {
        let named = first.clone();
        let fetch = move |cursor: Option<&str>| {
            let request = match cursor {
                None => first.clone(),
                Some(cursor) => next.clone().with_query("after", cursor),
            };
            let listing: ListAnswer<W> = self.read_json(request)?;
            Ok(listing.into_page(record))
        };
        Pages::new(PAGES_MAX, fetch, move |kind| named.new_failure(kind))
    }
}

impl fmt::Debug for Acronis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acronis")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Ids as one parameter.
fn join_ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    ids.into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
