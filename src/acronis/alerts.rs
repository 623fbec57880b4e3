//! Alerts, as the alert service returns them (acronis.md §8).

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Acronis, AcronisApi, IDS_PER_REQUEST, ListAnswer, lenient};
use crate::domain::ids::{AlertId, TenantId, TenantNumber};
use crate::http::{Failure, FailureKind, Method, Pages, Request};

/// Alerts in one page; the service may give less (acronis.md §8.1).
const ALERTS_PER_PAGE: &str = "200";
/// A bound for one list: 400,000 alerts.
const ALERT_PAGES_MAX: usize = 2_000;
/// How grave an alert is, from the least.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Ok,
    Information,
    Warning,
    Error,
    Critical,
    /// A word that came later; taken for grave until somebody looks.
    Other(String),
}

/// One alert. It is active until it is dismissed or cleared: then `deleted_at` is set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AlertRecord {
    pub(crate) id: AlertId,
    /// The type's id, such as `BackupFailed`.
    pub(crate) kind: String,
    pub(crate) category: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) tenant: AlertTenant,
    /// By the clock of the source; the one to show.
    pub(crate) created_at: Option<Timestamp>,
    /// By the clock of the service.
    pub(crate) received_at: Option<Timestamp>,
    /// The one to follow the list by. The source's clock never stands in for it: it may be years off.
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) source: Option<String>,
    pub(crate) false_positive: bool,
    /// Free-form, null when there are none.
    pub(crate) details: Value,
}

/// Whose alert it is: the customer, or a unit or personal tenant below it (acronis.md §8.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertTenant {
    pub(crate) number: Option<TenantNumber>,
    /// Not everywhere there.
    pub(crate) id: Option<TenantId>,
    /// The numeric ids from the root down to the tenant; search it from the end.
    pub(crate) locator: Vec<TenantNumber>,
}

/// Which alerts are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlertQuery {
    pub(crate) updated_since: Option<Timestamp>,
    /// Only what is later than this.
    pub(crate) updated_after: Option<Timestamp>,
    /// Ended ones too.
    pub(crate) with_ended: bool,
    /// Any of these; empty for all.
    pub(crate) severities: Vec<Severity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAlert {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    category: Option<String>,
    severity: String,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    received_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    deleted_at: Option<Timestamp>,
    #[serde(default)]
    tenant: Option<WireAlertTenant>,
    #[serde(
        default,
        rename = "_source",
        deserialize_with = "lenient::lenient_text"
    )]
    source: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    false_positive: Option<bool>,
    #[serde(default)]
    details: Value,
}

#[derive(Deserialize)]
struct WireAlertTenant {
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    locator: Option<String>,
}

impl Acronis {
    /// Alerts of all customers below, the longest unchanged first. An alert that changes while it is
    /// listed can come twice, with different `updated_at`; the same state never comes twice.
    pub(crate) fn read_alerts(&self, query: &AlertQuery) -> Pages<'_, AlertRecord> {
        let list = self.alerts_request(&["alerts"], "listing alerts");
        self.alert_pages(query.apply_to(list.clone()), list)
    }

    /// The pages of a list of alerts with filters; `list` is the list without any.
    fn alert_pages(&self, filtered: Request, list: Request) -> Pages<'_, AlertRecord> {
        let named = list.clone();
        let first = filtered.with_query("limit", ALERTS_PER_PAGE);
        let mut seen = BTreeSet::new();
        let mut bare = false;
        let fetch = move |cursor: Option<&str>| {
            let listing = match cursor {
                None => self.read_json(first.clone())?,
                Some(cursor) => self.alerts_after(&first, &list, cursor, &mut bare)?,
            };
            let mut page = ListAnswer::<WireAlert>::into_page(listing, AlertRecord::from_wire);
            page.items
                .retain(|alert| seen.insert((alert.id.clone(), alert.updated_at)));
            Ok(page)
        };
        Pages::new(ALERT_PAGES_MAX, fetch, move |kind| named.new_failure(kind))
    }

    /// A further page: sources disagree on whether the cursor goes with the filters or alone, so the
    /// filters are sent until the service refuses that (acronis.md §8.1).
    fn alerts_after(
        &self,
        first: &Request,
        list: &Request,
        cursor: &str,
        bare: &mut bool,
    ) -> Result<ListAnswer<WireAlert>, Failure> {
        if !*bare {
            match self.read_json(first.clone().with_query("after", cursor)) {
                Err(failure) if failure.status == Some(400) => *bare = true,
                answer => return answer,
            }
        }
        self.read_json(list.clone().with_query("after", cursor))
    }

    /// The alerts with these ids, ended ones too; what the service does not know (any more) is
    /// missing. The parameter may be repeated (acronis.md §8.1); how often is not said, so a
    /// request holds as many ids as other calls take.
    pub(crate) fn alerts_by_id(&self, ids: &[AlertId]) -> Result<Vec<AlertRecord>, Failure> {
        let mut found = Vec::new();
        for some in ids.chunks(IDS_PER_REQUEST) {
            let what = format!("reading {} alerts", some.len());
            let list = self.alerts_request(&["alerts"], &what);
            let filtered = some.iter().fold(
                list.clone().with_query("show_deleted", "true"),
                |request, id| request.with_query("id", id.as_str()),
            );
            // A page may hold less than was asked for: only the last one says that an id is unknown.
            for alert in self.alert_pages(filtered, list) {
                found.push(alert?);
            }
        }
        Ok(found)
    }

    /// One alert, also an ended one. `None` when the service does not know it (any more).
    pub(crate) fn read_alert(&self, id: &AlertId) -> Result<Option<AlertRecord>, Failure> {
        let what = format!("reading alert {id}");
        let request = self
            .alerts_request(&["alerts", id.as_str()], &what)
            .with_query("show_deleted", "true");
        match self.read_json(request) {
            Ok(wire) => Ok(Some(AlertRecord::from_wire(wire))),
            // The page of a gateway says nothing about the alert, and a ticket hangs on it.
            Err(failure) if failure.kind == FailureKind::NotFound && !is_page(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn alerts_request(&self, path: &[&str], what: &str) -> Request {
        self.build_request(Method::GET, AcronisApi::Alerts, path, what)
    }
}

/// Whether a failure came with a page for a browser, that is from a gateway and not the service.
pub(super) fn is_page(failure: &Failure) -> bool {
    let excerpt = failure.excerpt.as_deref().unwrap_or_default();
    excerpt.starts_with('<')
}

impl AlertQuery {
    fn apply_to(&self, request: Request) -> Request {
        let mut request = request.with_query("order", "asc(updated_at)").with_query(
            "show_deleted",
            if self.with_ended { "true" } else { "false" },
        );
        if let Some(since) = self.updated_since {
            request = request.with_query("updated_at", &compare_filter("ge", since));
        }
        if let Some(after) = self.updated_after {
            request = request.with_query("updated_at", &compare_filter("gt", after));
        }
        match self.severities.as_slice() {
            [] => request,
            [one] => request.with_query("severity", &format!("eq({one})")),
            many => {
                let words: Vec<String> = many.iter().map(Severity::to_string).collect();
                request.with_query("severity", &format!("or({})", words.join(",")))
            }
        }
    }
}

/// A filter in nanoseconds since 1970, 19 digits; in any other unit it would match everything
/// (acronis.md §8.1).
fn compare_filter(how: &str, time: Timestamp) -> String {
    format!("{how}({})", time.as_nanosecond())
}

impl AlertRecord {
    fn from_wire(wire: WireAlert) -> Self {
        Self {
            id: AlertId::new(&wire.id),
            kind: wire.kind,
            category: wire.category,
            severity: Severity::from_word(&wire.severity),
            tenant: wire.tenant.map(AlertTenant::from_wire).unwrap_or_default(),
            created_at: wire.created_at,
            received_at: wire.received_at,
            updated_at: wire.updated_at.or(wire.received_at),
            deleted_at: wire.deleted_at,
            source: wire.source,
            false_positive: wire.false_positive == Some(true),
            details: wire.details,
        }
    }
}

impl AlertTenant {
    fn from_wire(wire: WireAlertTenant) -> Self {
        let numbers = wire.locator.unwrap_or_default();
        Self {
            number: wire.id.map(TenantNumber),
            id: wire.uuid.map(|id| TenantId::new(&id)),
            locator: numbers
                .split('/')
                .filter_map(|number| number.parse().ok().map(TenantNumber))
                .collect(),
        }
    }
}

impl Severity {
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "ok" => Self::Ok,
            "information" => Self::Information,
            "warning" => Self::Warning,
            "error" => Self::Error,
            "critical" => Self::Critical,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Other(word) => word,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Url;

    #[test]
    fn an_alert_is_read_with_its_numeric_tenant_and_the_path_to_it() {
        let json = r#"{"id":"7A9C3F10-2B4D-4E6F-8A1B-3C5D7E9F0A1B","type":"BackupFailed",
            "category":"Backup","severity":"critical","createdAt":"2026-08-20T04:11:02.123Z",
            "receivedAt":"2026-08-20T04:11:03Z","updatedAt":null,
            "tenant":{"id":"1051234","locator":"/1/50/1051234/"},"_source":"backup",
            "_sourceTimeStamp":1755663062,"affinity":"","falsePositive":false,
            "details":{"resourceName":"srv-01","planName":"","errorMessage":{"reason":"full"}}}"#;
        let alert = AlertRecord::from_wire(serde_json::from_str(json).unwrap());
        assert_eq!(alert.id.as_str(), "7a9c3f10-2b4d-4e6f-8a1b-3c5d7e9f0a1b");
        assert_eq!(alert.updated_at, alert.received_at);
        assert_eq!(alert.tenant.number, Some(TenantNumber(1_051_234)));
        assert_eq!(alert.tenant.id, None);
        assert_eq!(alert.tenant.locator, [1, 50, 1_051_234].map(TenantNumber));
        assert_eq!(alert.details["resourceName"], "srv-01");
    }

    #[test]
    fn an_alert_without_details_tenant_and_dates_is_read_too() {
        let json = r#"{"id":"X","type":"cti.a.p.am.alert","severity":"dire","details":null}"#;
        let alert = AlertRecord::from_wire(serde_json::from_str(json).unwrap());
        assert_eq!(alert.severity, Severity::Other("dire".to_owned()));
        assert!(alert.severity > Severity::Critical);
        assert_eq!(alert.tenant, AlertTenant::default());
        assert!(alert.details.is_null());
        let json = r#"{"id":"X","type":"T","severity":"error","createdAt":"2038-01-19T03:14:08Z"}"#;
        let alert = AlertRecord::from_wire(serde_json::from_str(json).unwrap());
        assert_eq!(alert.updated_at, None);
    }

    #[test]
    fn filters_are_in_nanoseconds_and_severities_in_one_list() {
        let base = Url::parse("https://dc.example/alerts").unwrap();
        let request = Request::for_address(Method::GET, base, "listing alerts");
        let query = AlertQuery {
            updated_since: Some("2026-08-20T04:11:02.5Z".parse().unwrap()),
            with_ended: true,
            severities: vec![Severity::Error, Severity::Critical],
            ..AlertQuery::default()
        };
        let url = query.apply_to(request).url().clone();
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let expected = [
            ("order", "asc(updated_at)"),
            ("show_deleted", "true"),
            ("updated_at", "ge(1787199062500000000)"),
            ("severity", "or(error,critical)"),
        ];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
