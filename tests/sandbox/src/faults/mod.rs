//! What goes wrong on order: for the n-th request that matches, this many times.

mod order;

use serde_json::{Value, json};

use crate::face::Answer;

/// One order to misbehave.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// `acronis` (every account), `acronis:NAME`, `autotask`; `None` for any.
    pub service: Option<String>,
    /// `None` for any.
    pub method: Option<String>,
    /// A part of the path, or with `*` a pattern for the whole of it; upper and lower case are the
    /// same. With a `?` the query belongs to what is matched. `None` for any.
    pub path_pattern: Option<String>,
    /// The first matching request, counted from 1, that it happens to.
    pub nth: u64,
    /// To how many matching requests in a row it happens; 0 for all that follow.
    pub times: u64,
    pub kind: Kind,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// This answer instead of the service's; the request has no effect.
    Status {
        code: u16,
        /// Without one an HTML page as gateways send it.
        body: Option<String>,
        headers: Vec<(String, String)>,
    },
    /// The request takes effect, and this answer comes all the same: a 500 after the deed.
    StatusAfter {
        code: u16,
        /// As for [`Kind::Status`].
        body: Option<String>,
        headers: Vec<(String, String)>,
    },
    /// The request is held up before the service sees it.
    Delay { ms: u64 },
    /// The request takes effect, then its answer is held up.
    Hold { ms: u64 },
    /// The request is held up before the service sees it, until [`crate::Sandbox::let_go`].
    HeldBefore,
    /// The request takes effect, then its answer is held up until [`crate::Sandbox::let_go`].
    HeldAfter,
    /// The connection is closed at once, and the request takes effect only when
    /// [`crate::Sandbox::let_go`] says so: its caller gave up long before.
    Late,
    /// The connection is closed and the request has no effect.
    CutBefore,
    /// The request takes effect, then the connection is closed without an answer.
    CutAfter,
    /// The request takes effect, the answer's body is replaced and its status kept.
    Body { text: String },
    /// All access tokens of the account end before the request is looked at.
    ExpireToken,
}

impl Fault {
    /// Happens to the first matching request, once.
    #[must_use]
    pub fn new(service: &str, method: &str, path_pattern: &str, kind: Kind) -> Self {
        let some = |text: &str| (!text.is_empty() && text != "*").then(|| text.to_owned());
        Self {
            service: some(service),
            method: some(method),
            path_pattern: some(path_pattern),
            nth: 1,
            times: 1,
            kind,
        }
    }

    /// The same, from the n-th matching request on (counted from 1).
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth.max(1);
        self
    }

    /// The same, for so many matching requests; 0 for ever.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, subject: &Subject<'_>) -> bool {
        let service = self.service.as_deref().is_none_or(|wanted| {
            let (name, account) = wanted.split_once(':').unwrap_or((wanted, ""));
            name == subject.service && (account.is_empty() || account == subject.account)
        });
        let method = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(subject.method));
        service && method && self.path_pattern.as_deref().is_none_or(|p| subject.hits(p))
    }
}

/// What of a request decides whether an order applies to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) service: &'a str,
    /// Of an Acronis account; empty for Autotask.
    pub(crate) account: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// As it came, without the question mark.
    pub(crate) query: &'a str,
}

impl Subject<'_> {
    /// Whether a path pattern fits.
    pub(crate) fn hits(&self, pattern: &str) -> bool {
        let pattern = pattern.to_ascii_lowercase();
        let mut text = self.path.to_ascii_lowercase();
        if pattern.contains('?') {
            text = format!("{text}?{}", self.query.to_ascii_lowercase());
        }
        if pattern.contains('*') {
            glob(pattern.as_bytes(), text.as_bytes())
        } else {
            text.contains(&pattern)
        }
    }
}

/// `*` is any run of characters, slashes too; all else is itself.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(head, tail)| head == first && glob(rest, tail)),
    }
}

/// The orders in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    orders: Vec<Ordered>,
    last_id: u64,
}

#[derive(Clone, Debug)]
struct Ordered {
    id: u64,
    fault: Fault,
    matched: u64,
    fired: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        self.orders.push(Ordered {
            id: self.last_id,
            fault,
            matched: 0,
            fired: 0,
        });
        self.last_id
    }

    pub(crate) fn clear(&mut self) {
        self.orders.clear();
    }

    /// Takes one order back; whether there was one of this id.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.orders.len();
        self.orders.retain(|ordered| ordered.id != id);
        before != self.orders.len()
    }

    /// Counts the request and says what happens to it, oldest order first.
    pub(crate) fn fire(&mut self, subject: &Subject<'_>) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for ordered in &mut self.orders {
            if !ordered.fault.matches(subject) {
                continue;
            }
            ordered.matched += 1;
            let (nth, times) = (ordered.fault.nth, ordered.fault.times);
            let over = times > 0 && ordered.matched >= nth.saturating_add(times);
            if ordered.matched >= nth && !over {
                ordered.fired += 1;
                kinds.push(ordered.fault.kind.clone());
            }
        }
        kinds
    }

    pub(crate) fn to_json(&self) -> Value {
        self.orders
            .iter()
            .map(|ordered| {
                let mut shown = ordered.fault.to_json();
                shown["id"] = json!(ordered.id);
                shown["matched"] = json!(ordered.matched);
                shown["fired"] = json!(ordered.fired);
                shown
            })
            .collect()
    }
}

/// The answer of a [`Kind::Status`] order.
pub(crate) fn status_answer(code: u16, body: Option<&str>, headers: &[(String, String)]) -> Answer {
    let page = format!(
        "<html><head><title>{code}</title></head><body><center><h1>{code}</h1></center></body></html>"
    );
    let text = body.unwrap_or(&page);
    let mut answer = if looks_like_json(text) {
        let mut answer = Answer::html(code, text);
        answer.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        answer
    } else {
        Answer::html(code, text)
    };
    answer.headers.extend(headers.iter().cloned());
    answer
}

fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Kind, Subject};

    fn post_ticket() -> Subject<'static> {
        Subject {
            service: "autotask",
            account: "",
            method: "POST",
            path: "/ATServicesRest/V1.0/Tickets",
            query: "",
        }
    }

    #[test]
    fn an_order_happens_from_its_nth_match_for_so_many_times() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter)
                .nth(2)
                .times(2),
        );
        let fired: Vec<bool> = (0..5)
            .map(|_| !faults.fire(&post_ticket()).is_empty())
            .collect();
        assert_eq!(fired, [false, true, true, false, false]);
    }

    #[test]
    fn an_order_for_zero_times_never_ends() {
        let mut faults = Faults::default();
        faults.add(Fault::new("", "", "", Kind::CutBefore).times(0));
        assert!((0..100).all(|_| !faults.fire(&post_ticket()).is_empty()));
    }

    #[test]
    fn requests_that_do_not_match_are_not_counted() {
        let mut faults = Faults::default();
        faults.add(Fault::new("acronis", "", "", Kind::CutBefore));
        faults.add(Fault::new("", "GET", "", Kind::CutBefore));
        faults.add(Fault::new("", "", "/Companies", Kind::CutBefore));
        faults.add(Fault::new("", "", "/Tickets/*", Kind::CutBefore));
        assert!(faults.fire(&post_ticket()).is_empty());
    }

    #[test]
    fn an_account_of_acronis_can_be_named() {
        let mut faults = Faults::default();
        faults.add(Fault::new("acronis:us", "", "", Kind::CutBefore).times(0));
        let call = |account| Subject {
            service: "acronis",
            account,
            method: "GET",
            path: "/api/2/tenants",
            query: "",
        };
        assert!(faults.fire(&call("eu")).is_empty());
        assert_eq!(faults.fire(&call("us")), [Kind::CutBefore]);
    }

    #[test]
    fn a_pattern_with_a_question_mark_looks_at_the_query_too() {
        let subject = Subject {
            query: "edition=*&status=1",
            ..post_ticket()
        };
        assert!(subject.hits("tickets?edition"));
        assert!(!subject.hits("tickets?status=1"));
        assert!(subject.hits("*?*status=1"));
    }
}
