//! One request and its answer, as values.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde_json::Value;

use super::failure::{Failure, Kind};
use crate::domain::secret::Secret;

/// Whether the same request may be sent again after an end that leaves its effect open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
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
    pub(super) headers: Vec<(&'static str, Header)>,
    pub(super) body: Body,
    pub(super) repeat: Repeat,
    pub(super) what: String,
    pub(super) pace_key: String,
    /// A segment that would have vanished from the path; such a request is never sent.
    pub(super) lost_segment: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Header {
    Plain(String),
    Secret(Secret),
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

#[derive(Clone, Debug)]
pub(super) enum Body {
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
            ..Self::to(method, url, what)
        }
    }

    /// A request to a whole address, for links found in answers (see [`super::same_origin`]).
    pub(crate) fn to(method: Method, url: Url, what: &str) -> Self {
        let repeat = if method == Method::POST {
            Repeat::Never
        } else {
            Repeat::Safe
        };
        Self {
            method,
            url,
            headers: Vec::new(),
            body: Body::Empty,
            repeat,
            what: what.to_owned(),
            pace_key: String::new(),
            lost_segment: false,
        }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, Header::Plain(value.to_owned())));
        self
    }

    pub(crate) fn secret_header(mut self, name: &'static str, value: &Secret) -> Self {
        self.headers.push((name, Header::Secret(value.clone())));
        self
    }

    /// `Authorization: Bearer …`; replaces one set before, so that a renewed token can be put in.
    pub(crate) fn bearer(mut self, token: &Secret) -> Self {
        self.headers.retain(|(name, _)| *name != "authorization");
        self.headers
            .push(("authorization", Header::Bearer(token.clone())));
        self
    }

    /// `Authorization: Basic …`.
    pub(crate) fn basic(mut self, user: &str, password: &Secret) -> Self {
        let header = Header::Basic {
            user: user.to_owned(),
            password: password.clone(),
        };
        self.headers.push(("authorization", header));
        self
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub(crate) fn form(mut self, name: &'static str, value: &str) -> Self {
        match &mut self.body {
            Body::Form(pairs) => pairs.push((name, value.to_owned())),
            Body::Empty | Body::Json(_) => {
                self.body = Body::Form(vec![(name, value.to_owned())]);
            }
        }
        self
    }

    /// Overrides the default: POST is `Never`, everything else `Safe`.
    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Which group of requests this one is paced with on its lane; by default all in one.
    pub(crate) fn pace(mut self, key: &str) -> Self {
        key.clone_into(&mut self.pace_key);
        self
    }

    /// Whether it is there to change something: reads that are POSTs may be sent twice.
    pub(super) fn writes(&self) -> bool {
        self.method != Method::GET && (self.method != Method::POST || self.repeat == Repeat::Never)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn failure(&self, kind: Kind) -> Failure {
        Failure::new(kind, &self.what, self.method.clone(), &self.url)
    }

    /// The secrets that travel in the headers, to be kept out of every text.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        self.headers
            .iter()
            .filter_map(|(_, header)| match header {
                Header::Plain(_) => None,
                Header::Secret(secret) | Header::Bearer(secret) => Some(secret),
                Header::Basic { password, .. } => Some(password),
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
    pub(crate) fn failure(&self, kind: Kind) -> Failure {
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
        .query("after", "=a&b");
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
            .bearer(&Secret::new("old".to_owned()))
            .bearer(&Secret::new("new".to_owned()));
        let secrets: Vec<_> = request.secrets().iter().map(|s| s.expose()).collect();
        assert_eq!(secrets, ["new"]);
    }

    #[test]
    fn only_posts_are_never_repeated_unless_told_otherwise() {
        for (method, repeat) in [
            (Method::GET, Repeat::Safe),
            (Method::PUT, Repeat::Safe),
            (Method::PATCH, Repeat::Safe),
            (Method::DELETE, Repeat::Safe),
            (Method::POST, Repeat::Never),
        ] {
            assert_eq!(Request::new(method, &base(), &[], "x").repeat, repeat);
        }
    }
}
