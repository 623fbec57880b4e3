//! One request and its answer, as values.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde_json::Value;

use super::failure::{Failure, FailureKind};
use crate::domain::secret::Secret;

/// Whether the same request may be sent again after an end that leaves its effect open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RepeatPolicy {
    /// Reads, and writes that give the same state when carried out twice.
    Safe,
    /// Creates: a second one makes a second thing.
    Never,
}

/// A request to be sent. `what` says what it is for, in words that complete "while …".
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, RequestHeader)>,
    pub(super) body: RequestBody,
    pub(super) repeat: RepeatPolicy,
    pub(super) what: String,
    pub(super) pace_key: String,
    /// A segment that would have vanished from the path; such a request is never sent.
    pub(super) lost_segment: bool,
}

#[derive(Clone, Debug)]
pub(super) enum RequestHeader {
    Plain(String),
    Secret(Secret),
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

#[derive(Clone, Debug)]
pub(super) enum RequestBody {
    Empty,
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

impl Request {
    /// A request to `base` with the given segments behind its path, each percent-encoded, so that
    /// an id read from elsewhere can never leave its place in the path. With an empty or dotted one
    /// the request would go to the collection instead of its member (think of DELETE): it is
    /// refused with `BadUrl` when sent.
    pub(crate) fn new(method: Method, base: &Url, segments: &[&str], what: &str) -> Self {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Self {
            lost_segment: segments
                .iter()
                .any(|segment| matches!(segment.trim(), "" | "." | "..")),
            ..Self::for_address(method, url, what)
        }
    }

    /// A request to a whole address, for links found in answers (see [`super::same_origin`]).
    pub(crate) fn for_address(method: Method, url: Url, what: &str) -> Self {
        let repeat = if method == Method::POST {
            RepeatPolicy::Never
        } else {
            RepeatPolicy::Safe
        };
        Self {
            method,
            url,
            headers: Vec::new(),
            body: RequestBody::Empty,
            repeat,
            what: what.to_owned(),
            pace_key: String::new(),
            lost_segment: false,
        }
    }

    pub(crate) fn with_query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .push((name, RequestHeader::Plain(value.to_owned())));
        self
    }

    pub(crate) fn with_secret_header(mut self, name: &'static str, value: &Secret) -> Self {
        self.headers
            .push((name, RequestHeader::Secret(value.clone())));
        self
    }

    /// `Authorization: Bearer …`; replaces one set before, so that a renewed token can be put in.
    pub(crate) fn with_bearer(mut self, token: &Secret) -> Self {
        self.headers.retain(|(name, _)| *name != "authorization");
        self.headers
            .push(("authorization", RequestHeader::Bearer(token.clone())));
        self
    }

    /// `Authorization: Basic …`.
    pub(crate) fn with_basic_auth(mut self, user: &str, password: &Secret) -> Self {
        let header = RequestHeader::Basic {
            user: user.to_owned(),
            password: password.clone(),
        };
        self.headers.push(("authorization", header));
        self
    }

    pub(crate) fn with_json(mut self, body: Value) -> Self {
        self.body = RequestBody::Json(body);
        self
    }

    pub(crate) fn with_form_field(mut self, name: &'static str, value: &str) -> Self {
        match &mut self.body {
            RequestBody::Form(pairs) => pairs.push((name, value.to_owned())),
            RequestBody::Empty | RequestBody::Json(_) => {
                self.body = RequestBody::Form(vec![(name, value.to_owned())]);
            }
        }
        self
    }

    /// Overrides the default: POST is `Never`, everything else `Safe`.
    pub(crate) fn with_repeat(mut self, repeat: RepeatPolicy) -> Self {
        self.repeat = repeat;
        self
    }

    /// Which group of requests this one is paced with on its lane; by default all in one.
    pub(crate) fn with_pace_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.pace_key);
        self
    }

    /// Whether it is there to change something: reads that are POSTs may be sent twice.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
            && (self.method != Method::POST || self.repeat == RepeatPolicy::Never)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn new_failure(&self, kind: FailureKind) -> Failure {
        Failure::new(kind, &self.what, self.method.clone(), &self.url)
    }

    /// The secrets that travel in the headers, to be kept out of every text.
    pub(super) fn header_secrets(&self) -> Vec<&Secret> {
        self.headers
            .iter()
            .filter_map(|(_, header)| match header {
                RequestHeader::Plain(_) => None,
                RequestHeader::Secret(secret) | RequestHeader::Bearer(secret) => Some(secret),
                RequestHeader::Basic { password, .. } => Some(password),
            })
            .collect()
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The `Date` header, if there was one that could be read.
    pub(crate) date: Option<Timestamp>,
    /// `Retry-After`, seconds or date, as a wait from now.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) what: String,
    /// How many times the request was sent until this answer came.
    pub(crate) attempts: u32,
}

impl Response {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A failure about this answer.
    pub(crate) fn new_failure(&self, kind: FailureKind) -> Failure {
        Failure::new(kind, &self.what, self.method.clone(), &self.url)
            .with_status(self.status)
            .with_attempts(self.attempts)
            .with_retry_after(self.retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://host.example/api/2/").unwrap()
    }

    #[test]
    fn segments_stay_segments_whatever_they_hold() {
        let request = Request::new(
            Method::GET,
            &base(),
            &["tenants", "a/../b?c", "usages"],
            "x",
        )
        .with_query("after", "=a&b");
        assert_eq!(
            request.url().as_str(),
            "https://host.example/api/2/tenants/a%2F..%2Fb%3Fc/usages?after=%3Da%26b"
        );
        let request = Request::new(Method::POST, &base(), &["tenants:resolve_ids"], "x");
        assert_eq!(request.url().path(), "/api/2/tenants:resolve_ids");
    }

    #[test]
    fn a_renewed_token_takes_the_place_of_the_old_one() {
        let request = Request::new(Method::GET, &base(), &[], "x")
            .with_bearer(&Secret::new("old".to_owned()))
            .with_bearer(&Secret::new("new".to_owned()));
        let secrets: Vec<_> = request
            .header_secrets()
            .iter()
            .map(|s| s.expose())
            .collect();
        assert_eq!(secrets, ["new"]);
    }

    #[test]
    fn only_posts_are_never_repeated_unless_said_otherwise() {
        for (method, repeat) in [
            (Method::GET, RepeatPolicy::Safe),
            (Method::PUT, RepeatPolicy::Safe),
            (Method::PATCH, RepeatPolicy::Safe),
            (Method::DELETE, RepeatPolicy::Safe),
            (Method::POST, RepeatPolicy::Never),
        ] {
            assert_eq!(Request::new(method, &base(), &[], "x").repeat, repeat);
        }
    }
}
