//! The one place where requests leave the program.

use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::Client;
use reqwest::{Url, header};

use super::circuit_breaker::CircuitBreaker;
use super::classify;
use super::clients::Clients;
use super::decode::{TRACE_CHARS_MAX, redact};
use super::failure::{Effect, Failure, Kind};
use super::pace::{Gate, Meter};
use super::request::{Body, Header, Request, Response};
use super::retry::{Decision, RealSleeper, Schedule, Sleeper};
use super::wait_budget::WaitBudget;

/// Longest body that is read, in bytes; a longer answer is refused.
const BODY_BYTES_MAX: u64 = 256 << 20;

/// What the configuration and the environment decide about connections.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    /// For one attempt, from the first byte sent to the last byte read.
    pub(crate) total_timeout: Duration,
    /// Certificates to trust besides the system's own, in PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// What `SSL_CERT_FILE` names, read by the room that reads the environment. The TLS library
    /// follows it by itself and says nothing when the file is missing, so it is checked here.
    pub(crate) ssl_cert_file: Option<PathBuf>,
    pub(crate) schedule: Schedule,
    /// The longest that all requests together wait for services that say "later".
    pub(crate) wait_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            ca_file: None,
            ssl_cert_file: None,
            schedule: Schedule::default(),
            wait_max: Duration::from_secs(120),
        }
    }
}

/// What a vendor says in the body of an answer that is not 2xx.
#[derive(Clone, Debug, Default)]
pub(crate) struct VendorError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// What the error is, where the vendor's words say more than the status.
    pub(crate) kind: Option<Kind>,
}

/// How a vendor words its errors. Given any answer that is not 2xx; must not fail.
pub(crate) trait Dialect: fmt::Debug + Send + Sync {
    fn read_error(&self, response: &Response) -> VendorError;
}

/// The way of one vendor (or one data centre of it) through the transport.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) dialect: Box<dyn Dialect>,
    pub(crate) gate: Gate,
    pub(crate) meter: Arc<Meter>,
    circuit_breaker: CircuitBreaker,
}

impl Lane {
    /// `at_once_max` requests under way for each pace key.
    pub(crate) fn new(
        dialect: impl Dialect + 'static,
        at_once_max: usize,
        meter: Arc<Meter>,
    ) -> Self {
        Self {
            dialect: Box::new(dialect),
            gate: Gate::new(at_once_max),
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
    schedule: Schedule,
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
    pub(crate) fn new(settings: &Settings, interrupted: Arc<AtomicBool>) -> anyhow::Result<Self> {
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
    pub(crate) fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }

    /// Sends a request until it is answered with 2xx or the schedule gives up.
    ///
    /// # Errors
    /// The last failure; its effect is `Unknown` when that of any attempt was. `WaitSpent` when the
    /// service wants to be left alone for longer than this run may wait: nothing more leaves on
    /// that lane then.
    pub(crate) fn send(&self, lane: &Lane, request: &Request) -> Result<Response, Failure> {
        let client = self.client_for(request)?;
        let mut effect = Effect::None;
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(client, lane, request, attempt) {
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
                .decide(&failure, request.repeat, attempt, roll)
            {
                Decision::GiveUp => return Err(self.gave_up(lane, request, failure)),
                Decision::WaitFor(delay) => {
                    if let Err(too_long) = self.wait_budget.take(delay, self.sleeper.now()) {
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
    fn gave_up(&self, lane: &Lane, request: &Request, failure: Failure) -> Failure {
        match failure
            .retry_after
            .map(|wait| self.wait_budget.allows(wait))
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
            return Err(request.failure(Kind::BadUrl).with_cause(cause));
        }
        match url.scheme() {
            "https" => self
                .clients
                .https()
                .map_err(|cause| request.failure(Kind::Tls).with_cause(cause)),
            "http" if is_loopback(url) => self
                .clients
                .loopback()
                .map_err(|cause| request.failure(Kind::Outage).with_cause(cause)),
            _ => Err(request
                .failure(Kind::BadUrl)
                .with_cause("only https is allowed, and plain http to loopback addresses")),
        }
    }

    /// Sends once. The permit is held until the answer is read, and never during a wait.
    fn attempt(
        &self,
        client: &Client,
        lane: &Lane,
        request: &Request,
        attempt: u32,
    ) -> Result<Response, Failure> {
        let permit = lane.gate.enter(&request.pace_key);
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(request
                .failure(Kind::Interrupted)
                .with_attempts(attempt - 1));
        }
        if let Some(why) = lane.circuit_breaker.tripped() {
            let cause = format!("not sent: {why}");
            let failure = request.failure(Kind::WaitSpent).with_attempts(attempt - 1);
            return Err(failure.with_cause(cause));
        }
        lane.meter.take().map_err(|budget| {
            request
                .failure(Kind::BudgetSpent)
                .with_attempts(attempt - 1)
                .with_cause(format!("the budget is {budget} requests"))
        })?;
        let start = Instant::now();
        let result = exchange(client, request, attempt);
        drop(permit);
        log(request, attempt, start.elapsed(), &result);
        if let Some(on_response) = &self.on_response {
            on_response(lane.meter.count());
        }
        let response = result.map_err(|failure| failure.with_attempts(attempt))?;
        if response.is_success() {
            return Ok(response);
        }
        let vendor = lane.dialect.read_error(&response);
        Err(classify::refused(request, &response, vendor))
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

fn exchange(client: &Client, request: &Request, attempt: u32) -> Result<Response, Failure> {
    let answer = outgoing(client, request)
        .send()
        .map_err(|error| classify::unanswered(request, &error))?;
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
        let failure = request.failure(Kind::Decode).with_effect(Effect::Unknown);
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

fn outgoing(client: &Client, request: &Request) -> reqwest::blocking::RequestBuilder {
    let mut out = client.request(request.method.clone(), request.url.clone());
    for (name, value) in &request.headers {
        out = match value {
            Header::Plain(value) => out.header(*name, value),
            Header::Secret(value) => out.header(*name, sensitive(value.expose())),
            Header::Bearer(token) => out.bearer_auth(token.expose()),
            Header::Basic { user, password } => out.basic_auth(user, Some(password.expose())),
        };
    }
    match &request.body {
        Body::Empty => out,
        Body::Json(value) => out.json(value),
        Body::Form(pairs) => out.form(pairs),
    }
}

/// A header value that reqwest keeps out of its own logs; one that cannot be a header is sent
/// empty, which the service refuses.
fn sensitive(text: &str) -> header::HeaderValue {
    let mut value =
        header::HeaderValue::from_str(text).unwrap_or(header::HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn log(request: &Request, attempt: u32, took: Duration, result: &Result<Response, Failure>) {
    let status = match result {
        Ok(response) => response.status.to_string(),
        Err(failure) => format!("{:?}", failure.kind),
    };
    let method = &request.method;
    let path = request.url.path();
    let ms = took.as_millis();
    tracing::debug!(%method, %path, %status, ms, attempt, "request");
    if tracing::enabled!(tracing::Level::TRACE) {
        let secrets = request.secrets();
        if let Body::Json(body) = &request.body {
            let body = redact(body.to_string().as_bytes(), TRACE_CHARS_MAX, &secrets);
            tracing::trace!(%method, %path, body, "sent");
        }
        if let Ok(response) = result {
            let body = redact(&response.body, TRACE_CHARS_MAX, &secrets);
            tracing::trace!(%method, %path, body, "received");
        }
    }
}

#[cfg(test)]
mod tests;
