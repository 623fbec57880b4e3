//! Tokens: asked for with the client's id and secret, used until shortly before they end.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;

use super::{Acronis, AcronisApi, lenient};
use crate::domain::secret::Secret;
use crate::http::{Failure, FailureKind, Method, RepeatPolicy, Response};

/// A token is not used in the last minute of its life (acronis.md §1.2).
const MARGIN: Duration = Duration::from_secs(60);
/// What is documented, used when the answer says nothing usable (acronis.md §1.2).
const LIFETIME: Duration = Duration::from_secs(2 * 3600);
/// No token is valid for longer; a larger figure comes from a wrong clock.
const LIFETIME_MAX: Duration = Duration::from_secs(24 * 3600);

/// The token in hand, if any. One lock around it, so that many threads fetch one token.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    current: Option<AccessToken>,
    /// Credentials that were refused once are not tried again in this run: each further try counts
    /// against the account.
    refused: Option<Failure>,
    /// Acronis' own words, when it was Acronis that refused them in this run.
    own_refusal: Option<String>,
}

#[derive(Clone, Debug)]
struct AccessToken {
    text: Secret,
    good_until: Instant,
}

#[derive(Deserialize)]
struct WireToken {
    access_token: String,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    expires_on: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    expires_in: Option<i64>,
}

impl Acronis {
    /// A token that is good for at least a minute more.
    pub(super) fn valid_token(&self) -> Result<Secret, Failure> {
        let mut tokens = self.lock_tokens();
        match &tokens.current {
            Some(token) if Instant::now() < token.good_until => Ok(token.text.clone()),
            Some(_) | None => self.fetch_token(&mut tokens),
        }
    }

    /// A token other than the one that was refused; another thread may have fetched it already.
    pub(super) fn renew_token(&self, refused: &Secret) -> Result<Secret, Failure> {
        let mut tokens = self.lock_tokens();
        match &tokens.current {
            Some(token) if token.text.expose() != refused.expose() => Ok(token.text.clone()),
            Some(_) | None => self.fetch_token(&mut tokens),
        }
    }

    /// Credentials that were refused in an earlier run: every request fails with this, unasked.
    pub(crate) fn never_sign_in(&self, refused: Failure) {
        self.lock_tokens().refused = Some(refused);
    }

    /// The answer, when the credentials were refused beyond doubt in this run.
    pub(crate) fn refused_login(&self) -> Option<String> {
        self.lock_tokens().own_refusal.clone()
    }

    /// Whether the credentials gave a token in this run.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.lock_tokens().current.is_some()
    }

    fn lock_tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Basic authorization and a form, as clients made in the console want it (acronis.md §1.2).
    fn fetch_token(&self, tokens: &mut Tokens) -> Result<Secret, Failure> {
        if let Some(failure) = &tokens.refused {
            return Err(failure.clone());
        }
        tokens.current = None;
        let settings = &self.settings;
        let request = self
            .build_request(
                Method::POST,
                AcronisApi::Accounts,
                &["idp", "token"],
                "logging in",
            )
            .with_basic_auth(&settings.client_id, &settings.client_secret)
            .with_form_field("grant_type", "client_credentials")
            // Asking twice gives two tokens, which does no harm.
            .with_repeat(RepeatPolicy::Safe);
        let answer = self.transport.send(&self.lane, &request);
        let response = answer.map_err(|failure| {
            let failure = as_login_failure(failure);
            if matches!(
                failure.kind,
                FailureKind::Unauthorized | FailureKind::Forbidden
            ) {
                tokens.own_refusal = own_refusal(&failure);
                tokens.refused = Some(failure.clone());
            }
            failure
        })?;
        let token = read_token(&response)?;
        let text = token.text.clone();
        tokens.current = Some(token);
        Ok(text)
    }
}

/// A wrong id or secret is answered with 400 as well as with 401 (acronis.md §1.2).
fn as_login_failure(failure: Failure) -> Failure {
    if failure.status == Some(400) {
        failure.with_kind(FailureKind::Unauthorized)
    } else {
        failure
    }
}

/// Acronis' own refusal has OAuth's shape, with a code (acronis.md §1.2); a page of something on the
/// way is none. `invalid_request` is about our form, not about the client, and a 403 about its
/// scope. The codes are no closed list, so that all others count.
fn own_refusal(failure: &Failure) -> Option<String> {
    let code = failure.code.as_deref()?;
    let certain = matches!(failure.status, Some(400 | 401)) && code != "invalid_request";
    certain.then(|| format!("status {}, {code}", failure.status.unwrap_or_default()))
}

fn read_token(response: &Response) -> Result<AccessToken, Failure> {
    let wire: WireToken = response.parse_json()?;
    let now = response.date.unwrap_or_else(Timestamp::now);
    let lifetime = token_lifetime(wire.expires_on, wire.expires_in, now);
    Ok(AccessToken {
        text: Secret::new(wire.access_token),
        good_until: Instant::now() + lifetime.saturating_sub(MARGIN),
    })
}

/// How long a token is valid: `expires_on` seen from the answer's own date, else `expires_in`, else two
/// hours (acronis.md §1.2). A figure that makes no sense is passed over; should the token end
/// sooner than thought, a 401 renews it.
fn token_lifetime(expires_on: Option<i64>, expires_in: Option<i64>, now: Timestamp) -> Duration {
    let until = expires_on.map(|second| second.saturating_sub(now.as_second()));
    [until, expires_in]
        .into_iter()
        .flatten()
        .filter_map(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
        .find(|lifetime| *lifetime > MARGIN && *lifetime <= LIFETIME_MAX)
        .unwrap_or(LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_comes_from_the_first_figure_that_makes_sense() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds: i64| Some(1_800_000_000 + seconds);
        let table = [
            (at(7200), None, 7200),
            (at(900), Some(7200), 900),
            (None, Some(3600), 3600),
            // Our clock or theirs is off by years.
            (at(-90_000_000), Some(3600), 3600),
            (at(90_000_000), None, 7200),
            (at(5), None, 7200),
            (None, None, 7200),
        ];
        for (expires_on, expires_in, seconds) in table {
            assert_eq!(
                token_lifetime(expires_on, expires_in, now),
                Duration::from_secs(seconds),
                "{expires_on:?} {expires_in:?}"
            );
        }
    }
}
