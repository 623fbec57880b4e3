//! Everything that is true of Autotask only: the REST API 1.0 (autotask.md).
//!
//! [`Autotask`] reads. Whatever changes something is on [`AutotaskWriter`], which takes a plan's consent.

mod auth;
mod billing_codes;
mod budget;
mod bundles;
mod companies;
mod configuration_items;
mod contacts;
mod contracts;
mod decode;
mod dialect;
mod entity;
mod metadata;
mod paging;
mod picklists;
mod query;
mod read;
mod refused_user;
mod resources;
#[cfg(test)]
mod sandbox_tests;
mod services;
#[cfg(test)]
mod tests;
mod text;
mod tickets;
mod udf;
mod writer;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::de::DeserializeOwned;

pub(crate) use auth::AutotaskSettings;
pub(crate) use billing_codes::{BillingCode, find_billing_code};
pub(crate) use budget::Threshold;
pub(crate) use companies::{CompanyRecord, CompanyScope, ContactData};
pub(crate) use contacts::CompanyContact;
pub(crate) use contracts::{ContractRecord, ContractScope, MoreUnits, period_months};
pub(crate) use dialect::{is_about_form, is_closed_for_good, is_name_taken, is_second_adjustment};
pub(crate) use entity::Entity;
pub(crate) use metadata::{AccessLevel, Fields, Rights};
pub(crate) use picklists::Picklist;
use refused_user::RefusedUser;
pub(crate) use resources::{Resource, Role};
pub(crate) use services::Service;
pub(crate) use text::cut_note;
pub(crate) use tickets::{STATUS_COMPLETE, TicketNote, TicketRecord, is_ticket_number};
pub(crate) use udf::UdfKind;
pub(crate) use writer::{
    Adjustment, AutotaskWriter, NewContractService, NewNote, NewService, NewTicket, NewUdf,
    TicketChange,
};

use crate::http::{
    Channel, Failure, FailureKind, Method, Request, RequestMeter, Reservation, Response, Transport,
    Url,
};

/// Requests under way at once for one entity (autotask.md §4).
const AT_ONCE_MAX: usize = 3;

/// Autotask as one API user sees it. Reads only.
#[derive(Debug)]
pub(crate) struct Autotask {
    settings: AutotaskSettings,
    transport: Transport,
    lane: Channel,
    meter: Arc<RequestMeter>,
    /// Ends in `/V1.0`.
    base: Url,
    /// The customer's database id, once it is known.
    database: OnceLock<i64>,
    metadata: metadata::FieldCache,
    /// Set by the first 401. Failed logins lock the API user (autotask.md §1), so no further
    /// request leaves after it.
    locked_out: AtomicBool,
    /// The answer, once the credentials were refused beyond doubt.
    refused: OnceLock<String>,
    /// Set by the first good answer to a signed request; until then they go one at a time, so
    /// that a wrong secret counts as one failed login and not as three.
    proven: AtomicBool,
    proving: Mutex<()>,
    /// Set by a 403 to the request counter.
    counter_forbidden: AtomicBool,
    /// Percent of the hourly limit that this run may spend; 0 while no budget was set.
    share_percent: AtomicU8,
    /// The own count at which the service's counter is asked again.
    ask_at: AtomicU64,
}

impl Autotask {
    /// Finds the zone of the user's database, unless its address is configured. Nothing is signed in
    /// to yet: the first other call shows whether the credentials are good, see
    /// [`Self::read_threshold`].
    ///
    /// # Errors
    /// `BadUrl` for an address that must not get the credentials; what the transport gives
    /// otherwise. An unknown user is refused here with the service's own words.
    pub(crate) fn connect_to_zone(
        settings: AutotaskSettings,
        transport: Transport,
    ) -> Result<Self, Failure> {
        let meter = Arc::new(RequestMeter::default());
        let lane = Channel::new(dialect::AutotaskDialect, AT_ONCE_MAX, Arc::clone(&meter));
        let database = OnceLock::new();
        if let Some(known) = settings.database {
            let _ = database.set(known);
        }
        let base = match auth::configured_base(&settings)? {
            Some(base) => base,
            None => {
                let zone = auth::detect_zone(&settings, &transport, &lane)?;
                let known = *database.get_or_init(|| zone.database);
                if known != zone.database {
                    return Err(auth::other_database(&zone, known));
                }
                zone.base
            }
        };
        Ok(Self {
            settings,
            transport,
            lane,
            meter,
            base,
            database,
            metadata: metadata::FieldCache::default(),
            locked_out: AtomicBool::new(false),
            refused: OnceLock::new(),
            proven: AtomicBool::new(false),
            proving: Mutex::new(()),
            counter_forbidden: AtomicBool::new(false),
            share_percent: AtomicU8::new(0),
            ask_at: AtomicU64::new(u64::MAX),
        })
    }

    /// The zone's base address.
    pub(crate) fn base_url(&self) -> &Url {
        &self.base
    }

    /// The database's id, which our tags in tenants begin with; the zone is asked where nobody knows
    /// it yet.
    ///
    /// # Errors
    /// When the zone cannot be asked, with what to do.
    pub(crate) fn database_id(&self) -> Result<i64, Failure> {
        if let Some(known) = self.database.get() {
            return Ok(*known);
        }
        let zone = auth::detect_zone(&self.settings, &self.transport, &self.lane);
        let zone = zone.map_err(auth::id_unknown)?;
        Ok(*self.database.get_or_init(|| zone.database))
    }

    /// Whether a signed request was answered well in this run.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.proven.load(Ordering::SeqCst)
    }

    /// The answer, when the credentials were refused beyond doubt.
    pub(crate) fn refused_login(&self) -> Option<String> {
        self.refused.get().cloned()
    }

    /// Requests sent so far, zone detection and repeated ones included.
    pub(crate) fn requests_sent(&self) -> u64 {
        self.meter.requests_sent()
    }

    /// Asks for the request counter. It takes no argument that could be wrong, so a refusal here
    /// is one of the user or of the integration code, which come as 500; only a wrong secret is
    /// reliably a 401 (autotask.md §0). Best the first call of a run.
    pub(crate) fn read_threshold(&self) -> Result<Threshold, Failure> {
        let entity = Entity::ThresholdInformation;
        let what = "reading the request counter";
        let request = self.signed_request(Method::GET, entity, &[entity.as_str()], what);
        let answer: budget::ThresholdWire = self
            .send_once(&request)
            .map_err(|failure| self.credentials_if_rejected(failure))?
            .parse_json()?;
        Ok(answer.to_threshold())
    }

    /// Limits this run to a share of the hourly limit, and asks for the counter to know it.
    /// Beyond the share every request fails with `BudgetSpent` before it leaves.
    pub(crate) fn limit_to(&self, share_percent: u8) -> Result<Threshold, Failure> {
        let threshold = self.read_threshold()?;
        self.apply_limit(threshold, share_percent);
        Ok(threshold)
    }

    /// The same where the counter cannot be read: it is asked for again after some requests.
    pub(crate) fn limit_blindly(&self, share_percent: u8) {
        self.apply_limit(Threshold::USUAL, share_percent);
        self.ask_again_later(0);
    }

    fn apply_limit(&self, threshold: Threshold, share_percent: u8) {
        self.share_percent.store(share_percent, Ordering::Relaxed);
        let own = self.meter.requests_sent();
        let allowed = threshold.requests_left(share_percent, own);
        self.meter.set_limit(Some(own.saturating_add(allowed)));
        self.ask_again_later(allowed);
    }

    /// Sets requests apart for something that must not be left half done: while the answer is held,
    /// the budget refuses none of this thread's requests.
    ///
    /// # Errors
    /// `BudgetSpent` when the run may not send so many any more.
    pub(crate) fn reserve_requests(
        &self,
        requests: u64,
        what: &str,
    ) -> Result<Reservation<'_>, Failure> {
        self.meter.reserve(requests).map_err(|left| {
            let entity = Entity::ContractServiceAdjustments;
            let request = self.signed_request(Method::POST, entity, &[entity.as_str()], what);
            request
                .new_failure(FailureKind::BudgetSpent)
                .with_cause(format!(
                    "not started: it takes up to {requests} requests, and this run may send only \
                 {left} more"
                ))
        })
    }

    fn ask_again_later(&self, allowed: u64) {
        let ask_at = self
            .meter
            .requests_sent()
            .saturating_add(budget::ask_again_after(allowed));
        self.ask_at.store(ask_at, Ordering::Relaxed);
    }

    fn field_cache(&self) -> &metadata::FieldCache {
        &self.metadata
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    /// A signed request under the zone's base, paced with its entity.
    fn signed_request(&self, method: Method, entity: Entity, path: &[&str], what: &str) -> Request {
        let request = Request::new(method, &self.base, path, what).with_pace_key(entity.as_str());
        auth::sign_request(&self.settings, request)
    }

    /// A GET under the zone's base.
    fn get<T: DeserializeOwned>(
        &self,
        entity: Entity,
        path: &[&str],
        what: &str,
    ) -> Result<T, Failure> {
        let request = self.signed_request(Method::GET, entity, path, what);
        self.send_within_budget(&request)?.parse_json()
    }

    /// Sends, and asks for the counter first when it is time to.
    fn send_within_budget(&self, request: &Request) -> Result<Response, Failure> {
        let ask_at = self.ask_at.load(Ordering::Relaxed);
        if self.meter.requests_sent() >= ask_at {
            // Only the thread that moves the mark asks.
            let moved = self.ask_at.compare_exchange(
                ask_at,
                u64::MAX,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            // A counter that cannot be read now leaves the budget as it is; a lock-out or a spent
            // budget stops the request below all the same.
            if moved.is_ok()
                && self
                    .limit_to(self.share_percent.load(Ordering::Relaxed))
                    .is_err()
            {
                self.ask_again_later(0);
            }
        }
        self.send_once(request)
            .map_err(|failure| self.explain_forbidden(failure))
    }

    fn send_once(&self, request: &Request) -> Result<Response, Failure> {
        let _alone = (!self.proven.load(Ordering::SeqCst))
            .then(|| self.proving.lock().unwrap_or_else(PoisonError::into_inner));
        if self.locked_out.load(Ordering::SeqCst) {
            let cause = "not sent: a 401 came before, and further tries could lock the API user";
            return Err(request
                .new_failure(FailureKind::Unauthorized)
                .with_cause(cause));
        }
        let result = self.transport.send(&self.lane, request);
        match &result {
            Ok(_) => self.proven.store(true, Ordering::SeqCst),
            Err(failure) if failure.kind == FailureKind::Unauthorized => {
                // Of several at once, the first asks whether there is any doubt.
                if !self.locked_out.swap(true, Ordering::SeqCst) {
                    return result.map_err(|failure| self.confirm_refusal(failure));
                }
            }
            Err(_) => {}
        }
        result
    }

    /// A 403 may be a right that the security level lacks. When the request counter, which needs
    /// none, was forbidden too and nothing was allowed yet, the user may not use the API at all.
    fn explain_forbidden(&self, failure: Failure) -> Failure {
        let all = self.counter_forbidden.load(Ordering::SeqCst) && !self.is_signed_in();
        if all && failure.kind == FailureKind::Forbidden {
            return RefusedUser::Forbidden.explain(failure);
        }
        failure
    }

    /// Asks whether a 401 leaves any doubt.
    fn confirm_refusal(&self, failure: Failure) -> Failure {
        let asked = auth::confirm_refusal(&self.settings, &self.transport, &self.lane, &self.base);
        match asked {
            Ok(()) => {
                self.refused.get_or_init(|| "status 401".to_owned());
                RefusedUser::Unauthorized.explain(failure)
            }
            Err(doubt) => failure.with_cause(doubt),
        }
    }

    /// The counter takes no argument that could be wrong: a text that names user or integration
    /// code says that it is not good. Any other text is the server's own trouble.
    fn credentials_if_rejected(&self, failure: Failure) -> Failure {
        if failure.kind == FailureKind::Forbidden {
            self.counter_forbidden.store(true, Ordering::SeqCst);
        }
        if failure.kind != FailureKind::Rejected {
            return failure;
        }
        let text = failure.message.clone().unwrap_or_default();
        if !dialect::is_about_credentials(&text) {
            return failure.with_kind(FailureKind::Outage);
        }
        self.locked_out.store(true, Ordering::SeqCst);
        self.refused.get_or_init(|| format!("status 500, {text}"));
        RefusedUser::from_text(&text).explain(failure.with_kind(FailureKind::Unauthorized))
    }
}
