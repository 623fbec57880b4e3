//! The rules of the face, asked through [`answer`] as a client would.

mod adjustments;
mod contracts;
mod door;
mod hidden;
mod metadata;
mod queries;
mod services;
mod tickets;
mod udfs;
mod writes;

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{Database, answer};
use crate::face::Call;

pub(super) const BASE: &str = "/ATServicesRest/V1.0";

pub(super) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-03-10T09:30:00Z".parse().unwrap()
}

/// A database with one company, one monthly service and one contract over the year.
pub(super) struct Bench {
    pub(super) db: Database,
    pub(super) company: i64,
    pub(super) service: i64,
    pub(super) contract: i64,
}

impl Bench {
    pub(super) fn new() -> Self {
        let mut db = Database::new(2345, now());
        db.origin = "http://127.0.0.1:9999".to_owned();
        let company = db.add_company("Contoso", "Customer", true);
        let service = db.add_service("Backup - Workstation", 2, "4.50");
        let contract = db.add_contract(
            company,
            "Contoso Managed Backup",
            date("2026-01-01"),
            date("2026-12-31"),
            2,
            None,
        );
        Self {
            db,
            company,
            service,
            contract,
        }
    }

    pub(super) fn call(&self, method: &str, path: &str, body: &Value) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), decoded(value)))
            .collect();
        let secrets = &self.db.credentials;
        Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: vec![
                (
                    "apiintegrationcode".to_owned(),
                    secrets.integration_code.clone(),
                ),
                ("username".to_owned(), secrets.username.clone()),
                ("secret".to_owned(), secrets.secret.clone()),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        }
    }

    pub(super) fn send(&mut self, call: &Call) -> (u16, Value) {
        let now = self.db.now;
        let answer = answer(&mut self.db, now, call);
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        (answer.status, body)
    }

    pub(super) fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let call = self.call(method, &format!("{BASE}{path}"), &body);
        self.send(&call)
    }

    pub(super) fn get(&mut self, path: &str) -> (u16, Value) {
        self.ask("GET", path, Value::Null)
    }

    pub(super) fn query(&mut self, entity: &str, filter: Value) -> Vec<Value> {
        let (status, body) = self.ask(
            "POST",
            &format!("/{entity}/query"),
            json!({"filter": filter}),
        );
        assert_eq!(status, 200, "{body}");
        body["items"].as_array().unwrap().clone()
    }

    /// Asserts a refusal with status 500 whose first text contains `part`.
    pub(super) fn refused(&mut self, method: &str, path: &str, body: Value, part: &str) {
        let (status, answer) = self.ask(method, path, body);
        assert_eq!(status, 500, "{answer}");
        let texts = answer["errors"].to_string();
        assert!(texts.contains(part), "{texts} does not say {part}");
    }

    /// Asserts a create and returns the new id.
    pub(super) fn created(&mut self, path: &str, body: Value) -> i64 {
        let (status, answer) = self.ask("POST", path, body);
        assert_eq!(status, 200, "{answer}");
        answer["itemId"].as_i64().unwrap()
    }

    pub(super) fn code(&self) -> i64 {
        self.db
            .named("BillingCodes", "name", "Managed Services")
            .unwrap()
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'%' {
            out.push(u8::from_str_radix(&text[index + 1..index + 3], 16).unwrap());
            index += 3;
        } else {
            out.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8(out).unwrap()
}
