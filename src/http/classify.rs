//! What an answer, or the lack of one, means.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::failure::{Effect, Failure, FailureKind};
use super::redact::blank_secrets;
use super::request::{Request, Response};

/// What a vendor says in the body of an answer that is not 2xx.
#[derive(Clone, Debug, Default)]
pub(crate) struct VendorError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// What the error is, where the vendor's words say more than the status.
    pub(crate) kind: Option<FailureKind>,
}

/// How a vendor words its errors. Given any answer that is not 2xx; must not fail.
pub(crate) trait Dialect: fmt::Debug + Send + Sync {
    fn read_error(&self, response: &Response) -> VendorError;
}

/// The failure that an answer with a status other than 2xx is.
///
/// The vendor's reading goes before the status: some answer 500 to a value they do not like.
pub(super) fn from_refusal(request: &Request, response: &Response, vendor: VendorError) -> Failure {
    let kind = vendor
        .kind
        .unwrap_or_else(|| kind_of_status(response.status));
    let secrets = request.header_secrets();
    let clean = |text: Option<String>| text.map(|text| blank_secrets(&text, &secrets));
    let failure = response
        .new_failure(kind)
        .with_effect(effect_of_refusal(kind, response, request))
        .with_excerpt(response.redacted_excerpt(&secrets))
        .with_vendor(clean(vendor.code), clean(vendor.message));
    if (300..400).contains(&response.status) {
        return failure.with_cause("it redirects elsewhere; check the configured address");
    }
    failure
}

fn kind_of_status(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::Unauthorized,
        403 => FailureKind::Forbidden,
        404 => FailureKind::NotFound,
        408 => FailureKind::Timeout,
        409 => FailureKind::Conflict,
        429 => FailureKind::Throttled,
        300..400 => FailureKind::BadUrl,
        400..500 => FailureKind::Rejected,
        _ => FailureKind::Outage,
    }
}

/// A 503 that says when to come back was turned away at the door; any other 5xx may have come
/// after the work was done.
fn effect_of_refusal(kind: FailureKind, response: &Response, request: &Request) -> Effect {
    let turned_away = response.status == 503 && response.retry_after.is_some();
    if matches!(kind, FailureKind::Outage | FailureKind::Timeout) && !turned_away {
        unless_read(request)
    } else {
        Effect::None
    }
}

/// A read that is a POST, as a query or a login is, changes nothing either.
fn unless_read(request: &Request) -> Effect {
    if request.is_write() {
        Effect::Unknown
    } else {
        Effect::None
    }
}

/// The failure that no answer is.
///
/// `is_connect` is true for a bad certificate too (and for a refusing proxy), so TLS is looked for
/// first: repeating cannot help a certificate.
pub(super) fn from_send_error(request: &Request, error: &reqwest::Error) -> Failure {
    let kind = if is_tls(error) {
        FailureKind::Tls
    } else if error.is_builder() {
        FailureKind::BadUrl
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else {
        FailureKind::Outage
    };
    // Without a connection nothing was sent.
    let unsent = error.is_connect() || error.is_builder();
    let effect = if unsent {
        Effect::None
    } else {
        unless_read(request)
    };
    let cause = blank_secrets(&error_chain(error), &request.header_secrets());
    request
        .new_failure(kind)
        .with_effect(effect)
        .with_cause(cause)
}

/// The failure that an answer cut off before its end is.
pub(super) fn cut_off(request: &Request, status: u16, error: &io::Error) -> Failure {
    let timed_out = error.kind() == io::ErrorKind::TimedOut || is_timeout(error);
    let kind = if timed_out {
        FailureKind::Timeout
    } else {
        FailureKind::Outage
    };
    request
        .new_failure(kind)
        .with_status(status)
        .with_effect(unless_read(request))
        .with_cause(format!("the answer broke off: {}", error_chain(error)))
}

fn is_timeout(error: &io::Error) -> bool {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<reqwest::Error>())
        .is_some_and(reqwest::Error::is_timeout)
}

/// Whether a TLS error is anywhere below. It sits inside an `io::Error`, whose `source()` skips
/// what it holds, so `get_ref()` is followed as well.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let held = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    held.is_some_and(|held| is_tls(held)) || error.source().is_some_and(is_tls)
}

/// The error and all its causes on one line; the address is left out, it stands beside it.
fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(error) = at {
        let text = match error.downcast_ref::<reqwest::Error>() {
            Some(error) => without_url(error),
            None => error.to_string(),
        };
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        at = error.source();
    }
    parts.join(": ")
}

fn without_url(error: &reqwest::Error) -> String {
    let text = error.to_string();
    match error.url() {
        Some(url) => text.replace(&format!(" for url ({url})"), ""),
        None => text,
    }
}

/// An HTTP date, as in `Date` and `Retry-After`.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// `Retry-After` as a wait: seconds, or a date seen from the answer's own `Date` where it has one,
/// so that a clock that is off on our side does no harm.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::*;

    fn answer(
        method: Method,
        status: u16,
        retry_after: Option<u64>,
        kind: Option<FailureKind>,
    ) -> Failure {
        let url = Url::parse("https://host.example/x").unwrap();
        let request = Request::for_address(method.clone(), url.clone(), "x");
        let response = Response {
            status,
            date: None,
            retry_after: retry_after.map(Duration::from_secs),
            body: b"oops".to_vec(),
            method,
            url,
            what: "x".to_owned(),
            attempts: 1,
        };
        let vendor = VendorError {
            kind,
            ..VendorError::default()
        };
        from_refusal(&request, &response, vendor)
    }

    #[test]
    fn statuses_become_kinds_and_say_whether_a_write_may_have_happened() {
        use FailureKind as Kind;

        use Effect::{None as Nothing, Unknown};
        let table = [
            (Method::POST, 400, None, None, Kind::Rejected, Nothing),
            (Method::POST, 401, None, None, Kind::Unauthorized, Nothing),
            (Method::POST, 403, None, None, Kind::Forbidden, Nothing),
            (Method::POST, 404, None, None, Kind::NotFound, Nothing),
            (Method::POST, 409, None, None, Kind::Conflict, Nothing),
            (Method::POST, 429, None, None, Kind::Throttled, Nothing),
            (Method::POST, 302, None, None, Kind::BadUrl, Nothing),
            (Method::POST, 500, None, None, Kind::Outage, Unknown),
            (Method::PUT, 502, None, None, Kind::Outage, Unknown),
            (Method::GET, 502, None, None, Kind::Outage, Nothing),
            (Method::POST, 503, None, None, Kind::Outage, Unknown),
            (Method::POST, 503, Some(3), None, Kind::Outage, Nothing),
            // The vendor's own reading goes before the status.
            (
                Method::POST,
                500,
                None,
                Some(Kind::Rejected),
                Kind::Rejected,
                Nothing,
            ),
            (
                Method::POST,
                500,
                None,
                Some(Kind::Throttled),
                Kind::Throttled,
                Nothing,
            ),
        ];
        for (method, status, wait, vendor, kind, effect) in table {
            let failure = answer(method.clone(), status, wait, vendor);
            let seen = (failure.kind, failure.effect);
            assert_eq!(
                seen,
                (kind, effect),
                "{method} {status} {wait:?} {vendor:?}"
            );
        }
    }

    #[test]
    fn a_tls_error_is_found_however_deep_it_sits() {
        let tls = rustls::Error::General("bad certificate".to_owned());
        let once = io::Error::other(tls);
        assert!(is_tls(&once));
        assert!(is_tls(&io::Error::other(once)));
        assert!(!is_tls(&io::Error::other("plain")));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let read = |text| retry_after(text, now);
        assert_eq!(read(" 120 "), Some(Duration::from_secs(120)));
        let date = "Sun, 06 Nov 1994 08:50:07 GMT";
        assert_eq!(read(date), Some(Duration::from_secs(30)));
        let past = "Sun, 06 Nov 1994 08:00:00 GMT";
        assert_eq!(read(past), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-5"), None);
    }
}
