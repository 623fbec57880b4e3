//! What the tests of this face share: a small cloud, a token, and calls.

use jiff::Timestamp;
use serde_json::Value;

use super::{Cloud, answer};
use crate::face::{Answer, Call};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) struct Bench {
    pub(super) cloud: Cloud,
    pub(super) now: Timestamp,
    pub(super) token: String,
    /// An Acronis-hosted storage with disaster recovery.
    pub(super) hosted: String,
    /// A partner-hosted one.
    pub(super) own: String,
    pub(super) customer: String,
}

impl Bench {
    pub(super) fn new() -> Self {
        let now: Timestamp = "2026-08-20T10:00:00.5Z".parse().unwrap();
        let mut cloud = Cloud::new("main", "client", "secret", "Northwind MSP", now);
        let hosted = cloud.add_infra(
            "Frankfurt 1",
            "Frankfurt",
            Some("acronis"),
            true,
            &["backup", "disaster_recovery"],
        );
        let own = cloud.add_infra("Rack 7", "Basement", None, false, &["backup"]);
        let customer = cloud.add_customer(&cloud.root(), "Contoso Ltd");
        let mut bench = Self {
            cloud,
            now,
            token: String::new(),
            hosted,
            own,
            customer,
        };
        bench.token = bench.token("client", "secret").1["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        bench
    }

    pub(super) fn token(&mut self, id: &str, secret: &str) -> (u16, Value) {
        let mut request = call("POST", "/api/2/idp/token", None);
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        request.headers = vec![
            ("authorization".to_owned(), format!("Basic {basic}")),
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        request.body = b"grant_type=client_credentials".to_vec();
        let answer = answer(&mut self.cloud, self.now, &request);
        (answer.status, json_of(&answer))
    }

    pub(super) fn send(&mut self, mut request: Call) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        request.headers.push(("authorization".to_owned(), bearer));
        answer(&mut self.cloud, self.now, &request)
    }

    pub(super) fn raw(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(call(method, path, body))
    }

    pub(super) fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.raw(method, path, Some(body));
        (answer.status, json_of(&answer))
    }

    pub(super) fn get(&mut self, path: &str) -> (u16, Value) {
        let answer = self.raw("GET", path, None);
        (answer.status, json_of(&answer))
    }

    pub(super) fn put(&mut self, path: &str, body: Value) -> (u16, Value) {
        self.ask("PUT", path, body)
    }

    pub(super) fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, body)
    }

    pub(super) fn delete(&mut self, path: &str) -> (u16, Value) {
        let answer = self.raw("DELETE", path, None);
        (answer.status, json_of(&answer))
    }
}

/// A call as a client would send it; the query stands in the path.
pub(super) fn call(method: &str, path: &str, body: Option<Value>) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers = Vec::new();
    if matches!(method, "POST" | "PUT" | "PATCH") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Call {
        method: method.to_owned(),
        path: path.to_owned(),
        query: super::request::form(query.as_bytes()),
        headers,
        body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
    }
}

/// A cursor as a careful client sends it.
pub(super) fn encoded(cursor: &str) -> String {
    cursor
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

pub(super) fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

/// The code of an account management error, text or number.
pub(super) fn code(body: &Value) -> String {
    let code = &body["error"]["code"];
    code.as_str()
        .map_or_else(|| code.to_string(), str::to_owned)
}
