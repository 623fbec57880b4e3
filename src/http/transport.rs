//! The one place where requests leave the program.

use std::fmt;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::Client;
use reqwest::{Url, header};

use super::circuit_breaker::CircuitBreaker;
use super::classify::{self, Dialect};
use super::clients::Clients;
use super::failure::{Effect, Failure, FailureKind};
use super::limits::{ConcurrencyLimit, RequestMeter};
use super::redact::redact_body;
use super::request::{Request, RequestBody, RequestHeader, Response};
use super::retry::{RealSleeper, RetryDecision, RetrySchedule, Sleeper};
use super::settings::HttpSettings;
use super::wait_budget::WaitBudget;

/// Longest body that is read, in bytes; a longer answer is refused.
const BODY_BYTES_MAX: u64 = 256 << 20;
/// Longest piece of a body that stands in a trace line, in characters.
const TRACE_CHARS_MAX: usize = 4000;

/// The way of one vendor (or one data centre of it) through the transport.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) dialect: Box<dyn Dialect>,
    pub(crate) gate: ConcurrencyLimit,
    pub(crate) meter: Arc<RequestMeter>,
    circuit_breaker: CircuitBreaker,
}

impl Channel {
    /// `at_once_max` requests under way for each pace key.
    pub(crate) fn new(
        dialect: impl Dialect + 'static,
        at_once_max: usize,
        meter: Arc<RequestMeter>,
    ) -> Self {
        Self {
            dialect: Box::new(dialect),
            gate: ConcurrencyLimit::new(at_once_max),
            meter,
            circuit_breaker: CircuitBreaker::default(),
        }
    }
}

/// Told after each answer how many requests its lane has sent so far.
type OnResponse = Arc<dyn Fn(u64) + Send + Sync>;

/// Sends requests, each as often as the schedule allows. Cheap to clone; clones share connections.
#[derive(Clone)]
pub(crate) struct Transport {
    clients: Arc<Clients>,
    schedule: RetrySchedule,
    wait_budget: Arc<WaitBudget>,
    sleeper: Arc<dyn Sleeper>,
    interrupted: Arc<AtomicBool>,
    on_response: Option<OnResponse>,
}

impl Transport {
    /// `interrupted` stops all: once it is set, no further request leaves.
    ///
    /// # Errors
    /// When a certificate file is missing or holds no certificate.
    pub(crate) fn new(
        settings: &HttpSettings,
        interrupted: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            clients: Arc::new(Clients::new(settings)?),
            schedule: settings.schedule,
            wait_budget: Arc::new(WaitBudget::new(settings.wait_max)),
            sleeper: Arc::new(RealSleeper),
            interrupted,
            on_response: None,
        })
    }

    #[cfg(test)]
    /// Waits by another sleeper; for tests.
    pub(crate) fn with_sleeper(mut self, sleeper: Arc<dyn Sleeper>) -> Self {
        self.sleeper = sleeper;
        self
    }

    /// The flag that stops all requests, for [`super::fan_out()`].
    pub(crate) fn interrupt_flag(&self) -> &AtomicBool {
        &self.interrupted
    }

    /// Sends a request until it is answered with 2xx or the schedule gives up.
    ///
    /// # Errors
    /// The last failure; its effect is `Unknown` when that of any attempt was. `WaitSpent` when the
    /// service wants to be left alone for longer than this run may wait: nothing more leaves on
    /// that lane then.
    pub(crate) fn send(&self, lane: &Channel, request: &Request) -> Result<Response, Failure> {
        let client = self.client_for(request)?;
        let mut effect = Effect::None;
        let mut attempt = 1;
        loop {
            // Given back only when the end of this attempt is recorded, so that whoever gets the
            // permit next knows whether the service is still asked; and never held during a wait.
            let permit = lane.gate.wait_for_permit(&request.pace_key);
            let failure = match self.send_once(client, lane, request, attempt) {
                Ok(response) => {
                    lane.circuit_breaker.record_success(request);
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            effect = effect.max(failure.effect);
            let failure = failure.with_effect(effect);
            let roll = fastrand::u32(0..=1000);
            match self
                .schedule
                .decide_retry(&failure, request.repeat, attempt, roll)
            {
                RetryDecision::GiveUp => return Err(self.gave_up(lane, request, failure)),
                RetryDecision::WaitFor(delay) => {
                    drop(permit);
                    if let Err(too_long) = self.wait_budget.take_wait(delay, self.sleeper.now()) {
                        return Err(lane.circuit_breaker.record_too_long(failure, too_long));
                    }
                    tracing::debug!(what = %request.what, ?delay, attempt, "waiting to try again");
                    self.sleeper.sleep(delay, &self.interrupted);
                }
            }
            attempt += 1;
        }
    }

    /// The end of a request that is not tried again: it may be the last one to this service.
    fn gave_up(&self, lane: &Channel, request: &Request, failure: Failure) -> Failure {
        match failure
            .retry_after
            .map(|wait| self.wait_budget.allows_wait(wait))
        {
            Some(Err(too_long)) => lane.circuit_breaker.record_too_long(failure, too_long),
            Some(Ok(())) | None => lane.circuit_breaker.record_failure(request, failure),
        }
    }

    /// The client for an address, if the address may be used at all: https, or plain http to this
    /// very machine.
    fn client_for(&self, request: &Request) -> Result<&Client, Failure> {
        let url = request.url();
        if request.lost_segment {
            let cause = "a part of the path is empty";
            return Err(request.new_failure(FailureKind::BadUrl).with_cause(cause));
        }
        match url.scheme() {
            "https" => self
                .clients
                .https_client()
                .map_err(|cause| request.new_failure(FailureKind::Tls).with_cause(cause)),
            "http" if is_loopback(url) => self
                .clients
                .loopback_client()
                .map_err(|cause| request.new_failure(FailureKind::Outage).with_cause(cause)),
            _ => Err(request
                .new_failure(FailureKind::BadUrl)
                .with_cause("only https is allowed, and plain http to loopback addresses")),
        }
    }

    /// Sends once, and reads the whole answer.
    fn send_once(
        &self,
        client: &Client,
        lane: &Channel,
        request: &Request,
        attempt: u32,
    ) -> Result<Response, Failure> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(request
                .new_failure(FailureKind::Interrupted)
                .with_attempts(attempt - 1));
        }
        if let Some(why) = lane.circuit_breaker.tripped_because() {
            let cause = format!("not sent: {why}");
            let failure = request
                .new_failure(FailureKind::WaitSpent)
                .with_attempts(attempt - 1);
            return Err(failure.with_cause(cause));
        }
        lane.meter.count_request().map_err(|budget| {
            request
                .new_failure(FailureKind::BudgetSpent)
                .with_attempts(attempt - 1)
                .with_cause(format!("the budget is {budget} requests"))
        })?;
        let start = Instant::now();
        let result = exchange_once(client, request, attempt);
        log_attempt(request, attempt, start.elapsed(), &result);
        if let Some(on_response) = &self.on_response {
            on_response(lane.meter.requests_sent());
        }
        let response = result.map_err(|failure| failure.with_attempts(attempt))?;
        if response.is_success() {
            return Ok(response);
        }
        let vendor = lane.dialect.read_error(&response);
        Err(classify::from_refusal(request, &response, vendor))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// Whether an address names this very machine: 127.0.0.0/8, ::1 or localhost.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

fn exchange_once(client: &Client, request: &Request, attempt: u32) -> Result<Response, Failure> {
    let answer = build_outgoing(client, request)
        .send()
        .map_err(|error| classify::from_send_error(request, &error))?;
    let status = answer.status().as_u16();
    let text = |name: header::HeaderName| {
        let value = answer.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let date = text(header::DATE).and_then(|date| classify::http_date(&date));
    let now = date.unwrap_or_else(Timestamp::now);
    let retry_after = text(header::RETRY_AFTER).and_then(|text| classify::retry_after(&text, now));
    let mut body = Vec::new();
    answer
        .take(BODY_BYTES_MAX + 1)
        .read_to_end(&mut body)
        .map_err(|error| classify::cut_off(request, status, &error))?;
    if u64::try_from(body.len()).is_ok_and(|bytes| bytes > BODY_BYTES_MAX) {
        let cause = format!("the answer is longer than {BODY_BYTES_MAX} bytes");
        let failure = request
            .new_failure(FailureKind::Decode)
            .with_effect(Effect::Unknown);
        return Err(failure.with_status(status).with_cause(cause));
    }
    Ok(Response {
        status,
        date,
        retry_after,
        body,
        method: request.method.clone(),
        url: request.url.clone(),
        what: request.what.clone(),
        attempts: attempt,
    })
}

fn build_outgoing(client: &Client, request: &Request) -> reqwest::blocking::RequestBuilder {
    let mut out = client.request(request.method.clone(), request.url.clone());
    for (name, value) in &request.headers {
        out = match value {
            RequestHeader::Plain(value) => out.header(*name, value),
            RequestHeader::Secret(value) => out.header(*name, sensitive_header(value.expose())),
            RequestHeader::Bearer(token) => out.bearer_auth(token.expose()),
            RequestHeader::Basic { user, password } => {
                out.basic_auth(user, Some(password.expose()))
            }
        };
    }
    match &request.body {
        RequestBody::Empty => out,
        RequestBody::Json(value) => out.json(value),
        RequestBody::Form(pairs) => out.form(pairs),
    }
}

/// A header value that reqwest keeps out of its own logs; one that cannot be a header is sent
/// empty, which the service refuses.
fn sensitive_header(text: &str) -> header::HeaderValue {
    let mut value =
        header::HeaderValue::from_str(text).unwrap_or(header::HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn log_attempt(
    request: &Request,
    attempt: u32,
    took: Duration,
    result: &Result<Response, Failure>,
) {
    let status = match result {
        Ok(response) => response.status.to_string(),
        Err(failure) => format!("{:?}", failure.kind),
    };
    let method = &request.method;
    let path = request.url.path();
    let ms = took.as_millis();
    tracing::debug!(%method, %path, %status, ms, attempt, "request");
    if tracing::enabled!(tracing::Level::TRACE) {
        let secrets = request.header_secrets();
        if let RequestBody::Json(body) = &request.body {
            let body = redact_body(body.to_string().as_bytes(), TRACE_CHARS_MAX, &secrets);
            tracing::trace!(%method, %path, body, "sent");
        }
        if let Ok(response) = result {
            let body = redact_body(&response.body, TRACE_CHARS_MAX, &secrets);
            tracing::trace!(%method, %path, body, "received");
        }
    }
}

#[cfg(test)]
mod tests;
