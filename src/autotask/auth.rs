//! The API user's credentials, and the zone of its database (autotask.md §1, §2).

use std::fmt;

use serde::Deserialize;

use crate::domain::secret::Secret;
use crate::http::{
    Channel, Failure, FailureKind, Method, Request, Transport, Url, is_loopback, same_origin,
};

/// What is needed to sign in.
#[derive(Clone, Debug)]
pub(crate) struct AutotaskSettings {
    pub(crate) username: String,
    pub(crate) secret: Secret,
    /// The tracking identifier; belongs to the user.
    pub(crate) integration_code: Secret,
    /// The zone's base address, where it is known: zone detection fails now and then for valid
    /// users (autotask.md §2).
    pub(crate) url: Option<String>,
    /// Where to ask for the zone; any zone host answers for any user.
    pub(crate) zone_url: String,
    /// The database's id, where it is known without looking up the zone.
    pub(crate) database: Option<i64>,
}

/// The part of Autotask that holds this customer's database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AutotaskZone {
    /// Ends in `/V1.0`.
    pub(crate) base: Url,
    /// The customer's database id, `ci` of the answer.
    pub(crate) database: i64,
}

/// Why an address is not used for Autotask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadAddress {
    Unreadable,
    Credentials,
    Insecure,
    ForeignHost,
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "it is not an address",
            Self::Credentials => "it holds a user name or password",
            Self::Insecure => "only https is allowed, and http to loopback addresses",
            Self::ForeignHost => "its host does not end in .autotask.net",
        })
    }
}

/// The three headers of every call but zone detection (autotask.md §1).
pub(super) fn sign_request(settings: &AutotaskSettings, request: Request) -> Request {
    request
        .with_header("UserName", &settings.username)
        .with_secret_header("Secret", &settings.secret)
        .with_secret_header("ApiIntegrationCode", &settings.integration_code)
}

/// The configured address as it is used; no zone is asked then.
///
/// # Errors
/// `BadUrl` for an address that may not get the credentials.
pub(super) fn configured_base(settings: &AutotaskSettings) -> Result<Option<Url>, Failure> {
    let Some(url) = &settings.url else {
        return Ok(None);
    };
    let loopback_allowed = Url::parse(&settings.zone_url).is_ok_and(|url| is_loopback(&url));
    let base =
        normalize_address(url, loopback_allowed).map_err(|why| unusable_address(url, &why))?;
    Ok(Some(base))
}

/// Asks for the zone of the user, without signing in.
///
/// # Errors
/// `BadUrl` for an address that may not get the credentials, configured or answered; whatever the
/// transport gives otherwise.
pub(super) fn detect_zone(
    settings: &AutotaskSettings,
    transport: &Transport,
    lane: &Channel,
) -> Result<AutotaskZone, Failure> {
    let asked = &settings.zone_url;
    let ask_at = match Url::parse(asked) {
        Ok(zone_url) => normalize_address(asked, is_loopback(&zone_url)),
        Err(_) => Err(BadAddress::Unreadable),
    };
    let ask_at = ask_at.map_err(|why| unusable_address(asked, &why))?;
    let request = Request::new(
        Method::GET,
        &ask_at,
        &["ZoneInformation"],
        "looking up the zone",
    )
    .with_query("user", &settings.username)
    .with_pace_key("ZoneInformation");
    let answer = transport.send(lane, &request).map_err(user_unknown)?;
    let answer: ZoneWire = answer.parse_json()?;
    let base = normalize_address(&answer.url, is_loopback(&ask_at)).map_err(|why| {
        let cause = format!("the zone response names {}: {why}", answer.url);
        request.new_failure(FailureKind::BadUrl).with_cause(cause)
    })?;
    Ok(AutotaskZone {
        base,
        database: answer.database,
    })
}

/// Whether a 401 leaves no doubt: the zone is asked anew, for another one answers 401 to good
/// credentials (autotask.md §2). Says what is in doubt otherwise.
pub(super) fn confirm_refusal(
    settings: &AutotaskSettings,
    transport: &Transport,
    lane: &Channel,
    base: &Url,
) -> Result<(), String> {
    match detect_zone(settings, transport, lane) {
        Ok(zone) if same_origin(&zone.base, base) => Ok(()),
        Ok(zone) if settings.url.is_some() => Err(format!(
            "the zone of this user is {}: correct autotask.url, or remove it",
            zone.base
        )),
        Ok(zone) => Err(format!(
            "the zone of this user is now {}; the next run uses it",
            zone.base
        )),
        // Where the address is configured, detection fails for this user: there is no other zone.
        Err(failure) if settings.url.is_some() && failure.kind == FailureKind::Unauthorized => {
            Ok(())
        }
        Err(failure) => Err(format!("its zone could not be verified: {failure}")),
    }
}

/// An unknown user is refused with a 500 here. Now and then a valid one is, too (autotask.md §2).
fn user_unknown(failure: Failure) -> Failure {
    if failure.kind == FailureKind::Rejected {
        let cause = "the user name is unknown, or zone detection failed for it; if it is right, \
                     set autotask.url to the address of its zone: then no zone is looked up";
        return failure
            .with_kind(FailureKind::Unauthorized)
            .with_cause(cause);
    }
    failure
}

/// A base address as it is used: one slash at a time, ending in the version.
///
/// The answer's `url` ends in `/ATServicesRest/` without a version (autotask.md §2). The path's
/// own spelling is kept, one integration found it case-sensitive.
pub(super) fn normalize_address(address: &str, loopback_allowed: bool) -> Result<Url, BadAddress> {
    let mut url = Url::parse(address.trim()).map_err(|_| BadAddress::Unreadable)?;
    ensure_permitted(&url, loopback_allowed)?;
    url.set_query(None);
    url.set_fragment(None);
    let mut segments: Vec<String> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(str::to_owned)
        .collect();
    segments.pop_if(|last| last.eq_ignore_ascii_case("v1.0"));
    segments.push("V1.0".to_owned());
    url.set_path(&segments.join("/"));
    Ok(url)
}

/// The credentials go to Autotask's own hosts by https, or to this very machine when the zone is
/// asked there too. Hosts are not checked against a list: new ones appear (autotask.md §2).
fn ensure_permitted(url: &Url, loopback_allowed: bool) -> Result<(), BadAddress> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress::Credentials);
    }
    if is_loopback(url) && matches!(url.scheme(), "http" | "https") {
        return loopback_allowed
            .then_some(())
            .ok_or(BadAddress::ForeignHost);
    }
    if url.scheme() != "https" {
        return Err(BadAddress::Insecure);
    }
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    host.ends_with(".autotask.net")
        .then_some(())
        .ok_or(BadAddress::ForeignHost)
}

/// The zone cannot be asked for the database's id, and nothing else says it.
pub(super) fn id_unknown(failure: Failure) -> Failure {
    let before = failure.cause.clone();
    let advice = "the id of the database is needed for the tags of tenants: run again later, or \
                  set autotask.database_id (`ci` in the zone response)";
    let cause = before.map_or_else(|| advice.to_owned(), |before| format!("{before}; {advice}"));
    // Zone detection fails now and then for valid users: nothing says that this one is not.
    failure.with_kind(FailureKind::Outage).with_cause(cause)
}

/// The configuration names another database than the login leads to.
pub(super) fn other_database(zone: &AutotaskZone, configured: i64) -> Failure {
    let cause = format!(
        "the user belongs to database {}, and autotask.database_id says {configured}: correct it",
        zone.database
    );
    let what = "looking up the zone";
    Failure::new(FailureKind::BadUrl, what, Method::GET, &zone.base).with_cause(cause)
}

/// The failure for an address that cannot even be asked. Only its host is shown.
fn unusable_address(address: &str, why: &BadAddress) -> Failure {
    let shown = Url::parse(address).unwrap_or_else(|_| fallback_url());
    let cause = format!("the address for Autotask cannot be used: {why}");
    Failure::new(
        FailureKind::BadUrl,
        "looking up the zone",
        Method::GET,
        &shown,
    )
    .with_cause(cause)
}

/// Stands in failures for an address that is none.
fn fallback_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    Url::parse("https://webservices.autotask.net/").expect("a constant address")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ZoneWire {
    url: String,
    // `ci` in answers, `CI` in the vendor's model.
    #[serde(rename = "ci", alias = "CI")]
    database: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_ends_in_the_version_once() {
        for address in [
            "https://webservices5.autotask.net/ATServicesRest/",
            "https://webservices5.autotask.net/ATServicesRest",
            "https://webservices5.autotask.net//ATServicesRest//",
            "https://webservices5.autotask.net/ATServicesRest/v1.0/",
            "https://webservices5.autotask.net/ATServicesRest/V1.0?x=1#y",
            "https://WebServices5.Autotask.NET/ATServicesRest",
        ] {
            assert_eq!(
                normalize_address(address, false).unwrap().as_str(),
                "https://webservices5.autotask.net/ATServicesRest/V1.0",
                "{address}"
            );
        }
    }

    #[test]
    fn the_path_keeps_its_spelling() {
        let url =
            normalize_address("https://webservices5.autotask.net/atservicesrest", false).unwrap();
        assert_eq!(url.path(), "/atservicesrest/V1.0");
    }

    #[test]
    fn foreign_insecure_and_odd_addresses_are_refused() {
        for (address, why) in [
            (
                "https://autotask.net.example.com/A/",
                BadAddress::ForeignHost,
            ),
            ("https://evilautotask.net/A/", BadAddress::ForeignHost),
            ("http://webservices5.autotask.net/A/", BadAddress::Insecure),
            ("ftp://webservices5.autotask.net/A/", BadAddress::Insecure),
            (
                "https://u:p@webservices5.autotask.net/A/",
                BadAddress::Credentials,
            ),
            ("webservices5.autotask.net", BadAddress::Unreadable),
            ("http://127.0.0.1:8080/A/", BadAddress::ForeignHost),
        ] {
            assert_eq!(normalize_address(address, false), Err(why), "{address}");
        }
    }

    #[test]
    fn loopback_is_used_only_when_the_zone_was_asked_there() {
        let address = "http://127.0.0.1:8080/ATServicesRest/";
        assert_eq!(
            normalize_address(address, true).unwrap().as_str(),
            "http://127.0.0.1:8080/ATServicesRest/V1.0"
        );
        assert!(normalize_address(address, false).is_err());
        // A sandbox that names a real host may send us there only by https.
        assert!(normalize_address("http://webservices5.autotask.net/A/", true).is_err());
    }

    #[test]
    fn the_zone_answer_is_read_with_either_spelling() {
        for ci in ["ci", "CI"] {
            let json =
                format!(r#"{{"zoneName": "x", "url": "https://h/", "webUrl": "", "{ci}": 7}}"#);
            let wire: ZoneWire = serde_json::from_str(&json).unwrap();
            assert_eq!(wire.database, 7);
        }
        assert_eq!(fallback_url().host_str(), Some("webservices.autotask.net"));
    }
}
