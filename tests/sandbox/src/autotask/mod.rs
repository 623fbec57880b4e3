//! The Autotask face: one customer database behind the REST API (autotask.md).
//!
//! Driven by tables: `schema` says what entities, fields and routes exist; `query`, `metadata` and
//! `write` are generic over it; `rules` holds what is special to an entity; `lines` and `units` hold
//! the contract lines and their unit rows.

mod adjustments;
mod builder;
mod demands;
mod door;
mod dump;
mod filter;
mod given;
mod hidden;
mod lines;
mod metadata;
mod moment;
mod money;
mod picklists;
mod query;
mod refusal;
mod route;
mod row;
mod rules;
mod scalar;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod udf;
mod units;
mod upkeep;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::face::{Answer, Call};

pub use adjustments::{Adjustment, AdjustmentForm, Author};
pub use door::{Credentials, Login, entity_of, thread_limit_answer};
pub use lines::LineKind;
pub use money::Money;
pub use picklists::Pick;

use lines::Book;
use query::{Asked, Query};
use refusal::Refusal;
use route::Route;
use schema::{Entity, Field};
use store::Store;

/// One customer database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Scheme, host and port under which the server offers this face; no slash at the end.
    pub origin: String,
    /// The customer's database id.
    pub ci: i64,
    pub credentials: Credentials,
    /// What becomes of a login with the right credentials.
    pub login: Login,
    /// Logins with a wrong secret so far; on the real service enough of them lock the user.
    pub failed_logins: u32,
    /// Whether an adjustment that ends at zero units is refused: sources disagree (autotask.md §8.5).
    pub refuses_zero_units: bool,
    /// Whether a second adjustment of a line on one date takes effect too: how far the refusal
    /// reaches is not known (autotask.md §8.5).
    pub takes_second_adjustments: bool,
    /// Ways to name the line of an adjustment that are refused: the one that all known live bodies
    /// have, and the one by the line's id, which was never seen to run (autotask.md §8.5).
    pub refused_forms: BTreeSet<AdjustmentForm>,
    /// Whether texts such as "true" and "12.5" are taken for flags and decimals, in filters and in
    /// bodies, as a live client has it.
    pub takes_texts: bool,
    /// Whether flags and decimals are answered as such texts.
    pub answers_texts: bool,
    /// Whether the fields that only the newest specification has (`sku` of Services and others) exist.
    pub newest_fields: bool,
    /// Whether writes to a ticket that was merged into another are refused. No document says so; off
    /// from the start, so that nothing but the caller's care keeps such a ticket closed.
    pub refuses_merged: bool,
    /// Requests per rolling hour, for the whole database.
    pub request_threshold: usize,
    /// Every adjustment that took effect, oldest first: the API cannot list them, the sandbox can.
    pub adjustments: Vec<Adjustment>,
    /// The time of the last request or builder word; stamps what people do.
    pub now: Timestamp,
    store: Store,
    picklists: picklists::Picklists,
    services: Book,
    bundles: Book,
    budget: door::Budget,
    payg_field: Option<i64>,
    tickets_per_day: BTreeMap<String, u32>,
    /// Tickets that were merged into others.
    absorbed: BTreeSet<i64>,
    hidden: hidden::Hidden,
    demands: demands::Demands,
    /// The open ticket that the next create of a ticket comes back with.
    answers_next: Option<i64>,
}

/// Answers one request, changing the database where the request writes.
pub fn answer(database: &mut Database, now: Timestamp, call: &Call) -> Answer {
    database.now = now;
    match respond(database, now, call) {
        Ok(body) => Answer::json(200, &body),
        Err(refusal) => refusal.answer(),
    }
}

fn respond(database: &mut Database, now: Timestamp, call: &Call) -> Result<Value, Refusal> {
    let route = Route::read(&call.path).ok_or_else(Refusal::no_route)?;
    if !route.knows(&call.method) {
        return Err(Refusal::method(&call.method));
    }
    if let Route::Zone = route {
        return database.zone(call.param("user"));
    }
    database.enter(now, call)?;
    if call.method == "GET" || is_query(&route) {
        read(database, &route, call)
    } else {
        database.write(&route, call)
    }
}

fn is_query(route: &Route) -> bool {
    matches!(
        route,
        Route::Query(_) | Route::Count(_) | Route::NextPage(_)
    )
}

fn read(database: &Database, route: &Route, call: &Call) -> Result<Value, Refusal> {
    match route {
        Route::Version => Ok(json!({"apiVersions": ["1.0"]})),
        Route::Threshold => Ok(database.threshold()),
        Route::Item(entity, id) => Ok(database.item(entity, *id)),
        Route::Query(entity) => {
            let (query, asked) = asked_query(database, entity, call)?;
            Ok(query.page(database, entity, -1, &asked))
        }
        Route::Count(entity) => {
            let (query, _) = asked_query(database, entity, call)?;
            Ok(query.count(database, entity))
        }
        Route::NextPage(entity) => {
            // The next page of a POST query must be POSTed (autotask.md §0.8).
            if call.method == "GET" && call.param("search").is_none() {
                return Err(Refusal::method("GET"));
            }
            let (query, asked) = asked_query(database, entity, call)?;
            let after = query::read_paging(call.param("paging"))?;
            Ok(query.page(database, entity, after, &asked))
        }
        Route::Information(entity) => Ok(database.information(entity)),
        Route::Fields(entity) => Ok(database.field_metadata(entity)),
        Route::UserDefinedFields(entity) => Ok(json!({"fields": database.udf_metadata(entity)})),
        Route::Children(entity, parent) => database.children(entity, *parent),
        Route::Child(entity, parent, id) => {
            let field = entity.child.and_then(|child| entity.field(child.field));
            let mine = database.row(entity, *id).is_some_and(|row| {
                field.is_some_and(|field| row.value(field).as_i64() == Some(*parent))
            });
            Ok(if mine {
                database.item(entity, *id)
            } else {
                json!({"item": null})
            })
        }
        Route::Zone | Route::Root(_) => Err(Refusal::method(&call.method)),
    }
}

fn asked_query<'a>(
    database: &Database,
    entity: &'static Entity,
    call: &'a Call,
) -> Result<(Query, Asked<'a>), Refusal> {
    if call.method == "POST" {
        let body = given::body(call)?;
        return Ok((Query::read(database, entity, &body)?, Asked::Post));
    }
    let search = call
        .param("search")
        .ok_or_else(|| Refusal::invalid("The search parameter is missing."))?;
    let body = serde_json::from_str(search).map_err(|_| given::malformed(search))?;
    Ok((Query::read(database, entity, &body)?, Asked::Get(search)))
}

impl Database {
    /// The fields that this database has.
    fn fields(&self, entity: &Entity) -> impl Iterator<Item = &'static Field> {
        let newest = self.newest_fields;
        entity
            .fields
            .iter()
            .filter(move |field| newest || !field.newest)
    }

    fn field(&self, entity: &Entity, name: &str) -> Option<&'static Field> {
        entity
            .field(name)
            .filter(|field| self.newest_fields || !field.newest)
    }

    fn item(&self, entity: &Entity, id: i64) -> Value {
        let item = self
            .row(entity, id)
            .filter(|_| !self.is_hidden(entity, id))
            .map_or(Value::Null, |row| self.shown(entity, row));
        json!({ "item": item })
    }

    fn children(&self, entity: &'static Entity, parent: i64) -> Result<Value, Refusal> {
        let field = entity
            .child
            .and_then(|child| entity.field(child.field))
            .ok_or_else(Refusal::no_route)?;
        Ok(query::children(self, entity, field, parent))
    }

    fn book(&self, kind: LineKind) -> &Book {
        match kind {
            LineKind::Service => &self.services,
            LineKind::Bundle => &self.bundles,
        }
    }

    fn book_mut(&mut self, kind: LineKind) -> &mut Book {
        match kind {
            LineKind::Service => &mut self.services,
            LineKind::Bundle => &mut self.bundles,
        }
    }
}
