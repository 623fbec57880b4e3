//! Every request seen, and questions about them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::face::{Answer, Call};
use crate::faults::Subject;

/// How much of a refusal's text is kept.
const REFUSAL_CHARS_MAX: usize = 600;

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Counted from 1, in order of arrival, over all services.
    pub seq: u64,
    /// `acronis` or `autotask`.
    pub service: String,
    /// Name of the Acronis account; empty for Autotask.
    pub account: String,
    pub method: String,
    pub path: String,
    /// As it came, without the question mark.
    pub query: String,
    /// `None` while it is being answered and when the connection was cut.
    pub status: Option<u16>,
    /// A request made to change something. Queries, tokens and translations of ids are not.
    pub write: bool,
    /// A write that the service carried out, even if its answer never left.
    pub took_effect: bool,
    /// How many requests were being answered at its arrival, itself included: of the same data
    /// centre, or of the same Autotask entity.
    pub in_flight: u32,
    /// The body as JSON, or its text; nothing for token requests, which may hold a secret.
    pub body: Value,
    /// What the service said when it refused, cut short.
    pub refusal: String,
}

impl Visit {
    /// Whether a path pattern, as in [`crate::Fault::path_pattern`], fits.
    #[must_use]
    pub fn hits(&self, path_pattern: &str) -> bool {
        self.subject().hits(path_pattern)
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            service: &self.service,
            account: &self.account,
            method: &self.method,
            path: &self.path,
            query: &self.query,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self {
            seq,
            service,
            account,
            method,
            path,
            query,
            status,
            write,
            took_effect,
            in_flight,
            body,
            refusal,
        } = self;
        json!({"seq": seq, "service": service, "account": account, "method": method, "path": path,
            "query": query, "status": status, "write": write, "took_effect": took_effect,
            "in_flight": in_flight, "body": body, "refusal": refusal})
    }
}

/// The guest book.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    book: Mutex<Book>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    visits: Vec<Visit>,
    /// Visits that were cleared away.
    gone: u64,
    /// By data centre or Autotask entity.
    in_flight: HashMap<String, u32>,
}

impl Book {
    fn visit_mut(&mut self, seq: u64) -> Option<&mut Visit> {
        let at = usize::try_from(seq.checked_sub(self.gone + 1)?).ok()?;
        self.visits.get_mut(at)
    }
}

/// A request that is being answered; it stops counting as in flight when this is dropped.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    visits: &'a Visits,
    seq: u64,
    bucket: String,
    pub(crate) in_flight: u32,
    pub(crate) write: bool,
}

impl Visits {
    /// Writes a request down; `bucket` is what it is counted in flight with.
    pub(crate) fn arrive(&self, subject: &Subject<'_>, call: &Call, bucket: &str) -> Arrival<'_> {
        let write = is_write(call);
        let mut book = self.book();
        let count = book.in_flight.entry(bucket.to_owned()).or_default();
        *count += 1;
        let in_flight = *count;
        let seq = book.gone + u64::try_from(book.visits.len()).unwrap_or(u64::MAX) + 1;
        book.visits.push(Visit {
            seq,
            service: subject.service.to_owned(),
            account: subject.account.to_owned(),
            method: call.method.clone(),
            path: call.path.clone(),
            query: subject.query.to_owned(),
            status: None,
            write,
            took_effect: false,
            in_flight,
            body: body_of(call),
            refusal: String::new(),
        });
        Arrival {
            visits: self,
            seq,
            bucket: bucket.to_owned(),
            in_flight,
            write,
        }
    }

    /// Visits that arrived after the given one, in order.
    pub(crate) fn after(&self, seq: u64) -> Vec<Visit> {
        self.book()
            .visits
            .iter()
            .filter(|visit| visit.seq > seq)
            .cloned()
            .collect()
    }

    pub(crate) fn save(&self) -> Book {
        self.book().clone()
    }

    pub(crate) fn restore(&self, book: &Book) {
        self.book().clone_from(book);
    }

    /// Forgets the visits; their numbers are not used again.
    pub(crate) fn clear(&self) {
        let mut book = self.book();
        book.gone += u64::try_from(book.visits.len()).unwrap_or(u64::MAX);
        book.visits.clear();
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrival<'_> {
    /// Notes what the service made of the request, and whether its answer goes out.
    pub(crate) fn answered(&self, answer: &Answer, sent: bool, took_effect: bool) {
        if let Some(visit) = self.visits.book().visit_mut(self.seq) {
            visit.status = sent.then_some(answer.status);
            visit.took_effect = took_effect;
            if answer.status >= 400 {
                let text = String::from_utf8_lossy(&answer.body);
                visit.refusal = text.chars().take(REFUSAL_CHARS_MAX).collect();
            }
        }
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.visits.book().in_flight.get_mut(&self.bucket) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Whether a request is made to change something.
fn is_write(call: &Call) -> bool {
    let path = call.path.trim_end_matches('/').to_ascii_lowercase();
    let reads_by_post = [
        "/query",
        "/query/count",
        "/query/next",
        "/idp/token",
        "/idp/revoke_token",
        "/tenants:resolve_ids",
        "/tenants%3aresolve_ids",
    ];
    matches!(call.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
        && !reads_by_post.iter().any(|end| path.ends_with(end))
}

fn body_of(call: &Call) -> Value {
    if call.body.is_empty() || call.path.contains("/idp/") {
        return Value::Null;
    }
    serde_json::from_slice(&call.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&call.body).into_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Visits, is_write};
    use crate::face::{Answer, Call};
    use crate::faults::Subject;

    fn call(method: &str, path: &str, body: &str) -> Call {
        Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn subject(call: &Call) -> Subject<'_> {
        Subject {
            service: "autotask",
            account: "",
            method: &call.method,
            path: &call.path,
            query: "",
        }
    }

    #[test]
    fn queries_tokens_and_translations_are_no_writes() {
        let write = |method, path| is_write(&call(method, path, ""));
        assert!(!write("GET", "/v1.0/Tickets/1"));
        assert!(!write("POST", "/v1.0/Tickets/query"));
        assert!(!write("POST", "/v1.0/Tickets/query/count"));
        assert!(!write("POST", "/v1.0/Tickets/query/next"));
        assert!(!write("POST", "/api/2/idp/token"));
        assert!(!write("POST", "/api/2/tenants:resolve_ids"));
        assert!(write("POST", "/v1.0/Tickets"));
        assert!(write("PATCH", "/v1.0/Tickets"));
        assert!(write("PUT", "/api/2/tenants/x/pricing"));
        assert!(write("DELETE", "/api/2/tenants/x"));
    }

    #[test]
    fn a_visit_is_counted_in_flight_until_it_leaves() {
        let visits = Visits::default();
        let one = call("GET", "/a", "");
        let first = visits.arrive(&subject(&one), &one, "tickets");
        let second = visits.arrive(&subject(&one), &one, "tickets");
        let other = visits.arrive(&subject(&one), &one, "companies");
        assert_eq!(
            (first.in_flight, second.in_flight, other.in_flight),
            (1, 2, 1)
        );
        drop((first, second));
        assert_eq!(visits.arrive(&subject(&one), &one, "tickets").in_flight, 1);
    }

    #[test]
    fn numbers_go_on_after_the_book_was_cleared() {
        let visits = Visits::default();
        let one = call("POST", "/a", r#"{"x":1}"#);
        drop(visits.arrive(&subject(&one), &one, "b"));
        visits.clear();
        let late = visits.arrive(&subject(&one), &one, "b");
        late.answered(&Answer::json(200, &json!({})), true, true);
        drop(late);
        let seen = visits.after(0);
        assert_eq!((seen.len(), seen[0].seq, seen[0].status), (1, 2, Some(200)));
        assert_eq!(seen[0].body, json!({"x": 1}));
        assert!(visits.after(2).is_empty());
    }

    #[test]
    fn bodies_of_token_requests_are_not_kept() {
        let visits = Visits::default();
        let token = call("POST", "/api/2/idp/token", "client_secret=hush");
        drop(visits.arrive(&subject(&token), &token, "b"));
        assert_eq!(visits.after(0)[0].body, Value::Null);
    }
}
