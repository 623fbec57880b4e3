//! How faults are ordered: as JSON, or on a command line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Kind};

impl Fault {
    /// Reads an order from its JSON form.
    ///
    /// # Errors
    /// A sentence naming what is wrong: an unknown key or kind, a missing code.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let order: Order = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
        order.into_fault()
    }

    /// Reads an order as it is written on a command line: a JSON object, or
    /// `kind=status,code=503,service=autotask,method=POST,path_pattern=*/Tickets,nth=2,times=1`.
    ///
    /// # Errors
    /// As [`Fault::from_json`].
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
            return Self::from_json(&value);
        }
        let mut order = serde_json::Map::new();
        let mut headers = serde_json::Map::new();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("'{pair}' is not key=value"))?;
            let (key, value) = (key.trim(), value.trim());
            match key {
                "nth" | "times" | "code" | "status" | "ms" | "delay_ms" => {
                    let number: u64 = value
                        .parse()
                        .map_err(|_| format!("{key} must be a whole number, not '{value}'"))?;
                    order.insert(key.to_owned(), json!(number));
                }
                "retry_after" | "retry-after" => {
                    headers.insert("retry-after".to_owned(), json!(value));
                }
                _ => {
                    order.insert(key.to_owned(), json!(value));
                }
            }
        }
        if !headers.is_empty() {
            order.insert("headers".to_owned(), Value::Object(headers));
        }
        Self::from_json(&Value::Object(order))
    }

    /// The JSON form, as the control address shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self {
            service,
            method,
            path_pattern,
            nth,
            times,
            kind,
        } = self;
        let mut shown = json!({"service": service, "method": method, "path_pattern": path_pattern,
            "nth": nth, "times": times});
        let more = match kind {
            Kind::Status {
                code,
                body,
                headers,
            } => {
                let headers: BTreeMap<_, _> = headers.iter().cloned().collect();
                json!({"kind": "status", "code": code, "body": body, "headers": headers})
            }
            Kind::StatusAfter {
                code,
                body,
                headers,
            } => {
                let headers: BTreeMap<_, _> = headers.iter().cloned().collect();
                json!({"kind": "status_after", "code": code, "body": body, "headers": headers})
            }
            Kind::Delay { ms } => json!({"kind": "delay", "ms": ms}),
            Kind::Hold { ms } => json!({"kind": "hold", "ms": ms}),
            Kind::HeldBefore => json!({"kind": "held_before"}),
            Kind::HeldAfter => json!({"kind": "held_after"}),
            Kind::Late => json!({"kind": "late"}),
            Kind::CutBefore => json!({"kind": "cut_before"}),
            Kind::CutAfter => json!({"kind": "cut_after"}),
            Kind::Body { text } => json!({"kind": "body", "body": text}),
            Kind::ExpireToken => json!({"kind": "expire_token"}),
        };
        if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
            shown.extend(more);
        }
        shown
    }
}

/// The JSON form of a fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    kind: String,
    service: Option<String>,
    method: Option<String>,
    #[serde(alias = "path")]
    path_pattern: Option<String>,
    nth: Option<u64>,
    times: Option<u64>,
    #[serde(alias = "status")]
    code: Option<u16>,
    #[serde(alias = "text")]
    body: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(alias = "delay_ms")]
    ms: Option<u64>,
}

impl Order {
    fn into_fault(self) -> Result<Fault, String> {
        let body = self.body.as_ref().map(text_of);
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), text_of(value)));
        let headers = headers.collect();
        let kind = match self.kind.as_str() {
            "status" => Kind::Status {
                code: self.code.ok_or("kind status needs a code")?,
                body,
                headers,
            },
            "status_after" => Kind::StatusAfter {
                code: self.code.ok_or("kind status_after needs a code")?,
                body,
                headers,
            },
            "delay" => Kind::Delay {
                ms: self.ms.ok_or("kind delay needs ms")?,
            },
            "hold" => Kind::Hold {
                ms: self.ms.ok_or("kind hold needs ms")?,
            },
            "cut_before" => Kind::CutBefore,
            "cut_after" => Kind::CutAfter,
            "body" => Kind::Body {
                text: body.ok_or("kind body needs a body")?,
            },
            "expire_token" => Kind::ExpireToken,
            other => return Err(format!("unknown kind '{other}'")),
        };
        let service = self.service.unwrap_or_default();
        let known = service.split(':').next().unwrap_or_default();
        if !matches!(known, "" | "*" | "acronis" | "autotask") {
            return Err(format!("unknown service '{service}'"));
        }
        let (method, path) = (self.method.unwrap_or_default(), self.path_pattern);
        Ok(
            Fault::new(&service, &method, &path.unwrap_or_default(), kind)
                .nth(self.nth.unwrap_or(1))
                .times(self.times.unwrap_or(1)),
        )
    }
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fault;

    #[test]
    fn json_and_command_line_say_the_same_order() {
        let json = Fault::from_json(&json!({"kind": "status", "code": 429, "service": "acronis",
            "method": "GET", "path_pattern": "/tenants", "nth": 3, "times": 0,
            "headers": {"Retry-After": 7}}));
        let line = Fault::parse(
            "kind=status,code=429,service=acronis,method=GET,path=/tenants,nth=3,times=0,retry_after=7",
        );
        assert!(json.is_ok());
        assert_eq!(json, line);
    }

    #[test]
    fn an_order_that_makes_no_sense_is_refused_with_a_sentence() {
        let refused = |value| Fault::from_json(&value).unwrap_err();
        assert!(refused(json!({"kind": "explode"})).contains("unknown kind 'explode'"));
        assert!(refused(json!({"kind": "status"})).contains("code"));
        assert!(refused(json!({"kind": "cut_after", "pth": "x"})).contains("pth"));
        assert!(refused(json!({"kind": "cut_after", "service": "azure"})).contains("azure"));
    }
}
