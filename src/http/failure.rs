//! Why a request failed, with enough evidence to fix it and no secret in it.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use reqwest::{Method, Url};

use super::redact::is_secret_key;

/// What went wrong, in the words that retries, exit codes and advice are decided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FailureKind {
    /// Wrong or expired credentials (401, or what the vendor says is that).
    Unauthorized,
    /// The credentials are good and the right is missing (403).
    Forbidden,
    NotFound,
    /// The state on the other side is in the way (409), for example a taken name.
    Conflict,
    /// The vendor refused what was sent; sending it again gives the same answer.
    Rejected,
    /// Too many requests; later it will do.
    Throttled,
    /// 5xx, or no connection.
    Outage,
    /// No answer within the time allowed.
    Timeout,
    /// The certificate or the TLS handshake; repeating cannot help.
    Tls,
    /// An answer that could not be understood.
    Decode,
    /// A link in an answer that leads to another host, and would carry our credentials there.
    ForeignHost,
    /// A list that gave the same continuation twice.
    RepeatedCursor,
    /// A list longer than the bound set for it.
    TooManyPages,
    /// The share of requests that this run may use is spent.
    BudgetSpent,
    /// The service says "later", and this run may wait no longer.
    WaitSpent,
    /// The run was asked to stop.
    Interrupted,
    /// An address that must not or cannot be used.
    BadUrl,
}

/// Whether the request can have changed anything on the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Certainly nothing was changed.
    #[default]
    None,
    /// It may have been carried out although no good answer came: look before doing it again.
    Unknown,
}

/// A failed request. Cheap to move; all evidence is in [`FailureDetails`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(Box<FailureDetails>);

/// Everything known about a failed request.
#[derive(Clone, Debug)]
pub(crate) struct FailureDetails {
    pub(crate) kind: FailureKind,
    /// What was being tried, in the words of the caller: "reading usages of 100 tenants".
    pub(crate) what: String,
    pub(crate) method: Method,
    /// Without user, password and secret parameters.
    pub(crate) url: String,
    pub(crate) status: Option<u16>,
    /// A bounded, redacted piece of the answer's body.
    pub(crate) excerpt: Option<String>,
    /// What happened below HTTP, or where decoding stopped.
    pub(crate) cause: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) effect: Effect,
    /// How long the service asked us to wait.
    pub(crate) retry_after: Option<Duration>,
    /// The vendor's own code for the error.
    pub(crate) code: Option<String>,
    /// The vendor's own words.
    pub(crate) message: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, what: &str, method: Method, url: &Url) -> Self {
        Self(Box::new(FailureDetails {
            kind,
            what: what.to_owned(),
            method,
            url: show_url(url),
            status: None,
            excerpt: None,
            cause: None,
            attempts: 0,
            effect: Effect::None,
            retry_after: None,
            code: None,
            message: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    pub(crate) fn with_excerpt(mut self, excerpt: String) -> Self {
        self.0.excerpt = Some(excerpt);
        self
    }

    pub(crate) fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_vendor(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.code = code;
        self.0.message = message;
        self
    }

    /// The same failure seen as something else, for clients that know better than the status.
    pub(crate) fn with_kind(mut self, kind: FailureKind) -> Self {
        self.0.kind = kind;
        self
    }
}

impl Deref for Failure {
    type Target = FailureDetails;

    fn deref(&self) -> &FailureDetails {
        &self.0
    }
}

impl FailureKind {
    /// What happened, as the start of a sentence for the person who has to act on it.
    fn describe_kind(self) -> &'static str {
        match self {
            Self::Unauthorized => "the service did not accept the credentials",
            Self::Forbidden => "the service denied permission",
            Self::NotFound => "the service does not know this record or address",
            Self::Conflict => "the service refused because of a conflict",
            Self::Rejected => "the service refused what was sent",
            Self::Throttled => "the service asked for fewer requests",
            Self::Outage => "the service could not be reached or failed",
            Self::Timeout => "the service did not answer in time",
            Self::Tls => "no secure connection could be made",
            Self::Decode => "the answer was not understood",
            Self::ForeignHost => "the answer led to another host, which was not followed",
            Self::RepeatedCursor => "the list repeated itself",
            Self::TooManyPages => "the list has more pages than allowed",
            Self::BudgetSpent => "the requests allowed for this run are spent",
            Self::WaitSpent => "the service asks to try later, and this run may wait no longer",
            Self::Interrupted => "the run was asked to stop",
            Self::BadUrl => "the address cannot be used",
        }
    }
}

impl fmt::Display for FailureDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.kind.describe_kind())?;
        write!(f, " ({} {}", self.method, self.url)?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if self.attempts > 1 {
            write!(f, ", tried {} times", self.attempts)?;
        }
        f.write_str(")")?;
        match (&self.message, &self.excerpt) {
            (Some(message), _) => write!(f, ": {message}")?,
            (None, Some(excerpt)) if !excerpt.is_empty() => write!(f, ": {excerpt}")?,
            (None, _) => {}
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        match self.effect {
            Effect::None => Ok(()),
            Effect::Unknown => f.write_str("; it may have taken effect"),
        }
    }
}

/// Longest address that is shown, in characters; paging links can be very long.
const URL_CHARS_MAX: usize = 200;

/// An address for people: without user and password, without fragments, bounded.
pub(crate) fn show_url(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_fragment(None);
    // Both fail only for addresses that cannot hold them, where there is nothing to hide.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if shown.query_pairs().any(|(name, _)| is_secret_key(&name)) {
        shown.set_query(Some("(redacted)"));
    }
    let text = shown.to_string();
    match text.char_indices().nth(URL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        let url = Url::parse("https://me:pw@host.example/a?b=1#x").unwrap();
        assert_eq!(show_url(&url), "https://host.example/a?b=1");
        let url = Url::parse("https://host.example/a?access_token=abc").unwrap();
        assert!(!show_url(&url).contains("abc"));
        let url = Url::parse(&format!("https://host.example/{}", "é".repeat(900))).unwrap();
        assert_eq!(show_url(&url).chars().count(), URL_CHARS_MAX + 1);
    }

    #[test]
    fn a_failure_is_one_sentence_with_the_evidence() {
        let url = Url::parse("https://host.example/api/tenants").unwrap();
        let failure = Failure::new(
            FailureKind::Conflict,
            "creating tenant Alma",
            Method::POST,
            &url,
        )
        .with_status(409)
        .with_attempts(2)
        .with_effect(Effect::Unknown)
        .with_vendor(Some("1004".to_owned()), Some("name is taken".to_owned()));
        assert_eq!(
            failure.to_string(),
            "creating tenant Alma: the service refused because of a conflict (POST \
             https://host.example/api/tenants, status 409, code 1004, tried 2 times): name is \
             taken; it may have taken effect"
        );
    }
}
