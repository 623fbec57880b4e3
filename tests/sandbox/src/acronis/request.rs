//! One routed request: path variables, parameters, body, and the checks all handlers share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::ids::is_uuid;
use super::problem::Api;
use crate::face::Answer;

/// `Err` is an answer as well: the refusal.
pub(super) type Reply = Result<Answer, Answer>;

/// Most ids one call may name (acronis.md §3.2 for tenants; by analogy for usages and storages).
pub(super) const MOST_IDS: usize = 100;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) vars: Vec<String>,
    pub(super) params: Params,
    /// `Null` when there is none.
    pub(super) body: Value,
}

impl Request {
    /// The n-th variable of the route's path.
    pub(super) fn var(&self, n: usize) -> &str {
        self.vars.get(n).map_or("", String::as_str)
    }
}

/// Decoded query parameters.
#[derive(Clone, Debug)]
pub(super) struct Params {
    pub(super) api: Api,
    pub(super) pairs: Vec<(String, String)>,
}

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all<'p, 'n>(
        &'p self,
        name: &'n str,
    ) -> impl Iterator<Item = &'p str> + use<'p, 'n> {
        self.pairs
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Answer> {
        self.get(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.api.bad(&format!("parameter {name} is required")))
    }

    /// A boolean; absent is false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Answer> {
        match self.get(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(self.api.bad(&format!("parameter {name} is not a boolean"))),
        }
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Answer> {
        self.get(name)
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| self.api.bad(&format!("parameter {name} is not an integer")))
    }

    /// `limit`, at least 1.
    pub(super) fn limit(&self, default: usize) -> Result<usize, Answer> {
        match self.int("limit")? {
            None => Ok(default),
            Some(n) if n >= 1 => Ok(usize::try_from(n).unwrap_or(default)),
            Some(_) => Err(self.api.bad("limit must be at least 1")),
        }
    }

    /// A lower-case UUID.
    pub(super) fn uuid(&self, name: &str) -> Result<Option<&str>, Answer> {
        match self.get(name) {
            Some(text) if !is_uuid(text) => {
                Err(self.api.bad(&format!("{name} does not match the pattern")))
            }
            other => Ok(other),
        }
    }

    /// Up to 100 lower-case UUIDs joined by commas.
    pub(super) fn uuids(&self, name: &str) -> Result<Vec<String>, Answer> {
        let ids: Vec<String> = self.need(name)?.split(',').map(str::to_owned).collect();
        if !ids.iter().all(|id| is_uuid(id)) {
            return Err(self.api.bad(&format!("{name} does not match the pattern")));
        }
        if ids.len() > MOST_IDS {
            let text = format!("{name} may hold at most {MOST_IDS} ids");
            return Err(self.api.bad(&text));
        }
        Ok(ids)
    }

    /// Words joined by commas.
    pub(super) fn words(&self, name: &str) -> Option<Vec<&str>> {
        self.get(name).map(|text| text.split(',').collect())
    }

    /// Packs the filters and a place into a cursor. Plain base64 on purpose: its `+` and `=` need
    /// encoding in a URL, as acronis.md §3.2 warns.
    pub(super) fn cursor(&self, list: &str, place: &Value) -> String {
        let filters: Vec<&(String, String)> = self
            .pairs
            .iter()
            .filter(|(key, _)| key != "after")
            .collect();
        STANDARD.encode(json!({"list": list, "filters": filters, "place": place}).to_string())
    }

    /// The filters in force and the place to go on from: those of `after` when it is there. `strict`
    /// refuses any other parameter beside it (acronis.md §3.2: "send only after").
    pub(super) fn resume(&self, list: &str, strict: bool) -> Result<(Self, Option<Value>), Answer> {
        let Some(after) = self.get("after") else {
            return Ok((self.clone(), None));
        };
        if strict && self.pairs.len() > 1 {
            let text = "after holds all filters; other parameters are not allowed beside it";
            return Err(self.api.bad(text));
        }
        let (mut pairs, place) =
            open(list, after).ok_or_else(|| self.api.bad("after is not a valid cursor"))?;
        if let Some(limit) = self.get("limit") {
            pairs.retain(|(key, _)| key != "limit");
            pairs.push(("limit".to_owned(), limit.to_owned()));
        }
        let api = self.api;
        Ok((Self { api, pairs }, Some(place)))
    }
}

fn open(list: &str, cursor: &str) -> Option<(Vec<(String, String)>, Value)> {
    let bytes = STANDARD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    if value.get("list")?.as_str()? != list {
        return None;
    }
    let pairs = serde_json::from_value(value.get("filters")?.clone()).ok()?;
    Some((pairs, value.get("place")?.clone()))
}

/// A page: `after` is left out on the last one.
pub(super) fn page(timestamp: Option<String>, items: Vec<Value>, after: Option<String>) -> Answer {
    let mut body = Map::new();
    if let Some(timestamp) = timestamp {
        body.insert("timestamp".to_owned(), json!(timestamp));
    }
    body.insert("items".to_owned(), Value::Array(items));
    if let Some(after) = after {
        body.insert("paging".to_owned(), json!({"cursors": {"after": after}}));
    }
    Answer::json(200, &Value::Object(body))
}

/// Percent-decodes one path segment.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%');
        let code = hex
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let (Some(code), Some(after)) = (code, tail.get(2..)) {
            bytes.push(code);
            rest = after;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Decodes a form body (`+` is a blank).
pub(super) fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&key.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}
