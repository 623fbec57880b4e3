//! Creates, updates and deletes, generic over the tables (autotask.md §7).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Database,
    given::{Given, body, give_parent, malformed},
    lines::LineKind,
    moment,
    refusal::{Refusal, bad_pick, bad_reference, read_only, required, too_long},
    route::Route,
    schema::{self, Entity, Field, Write},
    store::Record,
};
use crate::face::Call;

/// A record before and after a write, for the rules of its entity.
#[derive(Debug)]
pub(super) struct Change {
    /// `None` for a create.
    pub(super) id: Option<i64>,
    pub(super) before: Option<Record>,
    pub(super) after: Record,
    /// Fields that the body sets.
    pub(super) given: BTreeSet<&'static str>,
}

impl Change {
    /// Whether the write gives this field another value than it had.
    pub(super) fn alters(&self, field: &str) -> bool {
        let before = self
            .before
            .as_ref()
            .map_or(&Value::Null, |b| b.value(field));
        before != self.after.value(field)
    }
}

fn record_id(id: Option<i64>) -> Value {
    json!({ "itemId": id })
}

impl Database {
    /// Carries out a write.
    ///
    /// # Errors
    /// The first stage that finds fault: unknown fields, types, flags, required fields, picklists,
    /// references, then the rules of the entity.
    pub(super) fn write(&mut self, route: &Route, call: &Call) -> Result<Value, Refusal> {
        match *route {
            Route::Root(entity) => self.write_body(entity, None, call),
            Route::Children(entity, parent) => self.write_body(entity, Some(parent), call),
            Route::Item(entity, id) => self.delete(entity, None, id),
            Route::Child(entity, parent, id) => self.delete(entity, Some(parent), id),
            Route::Zone
            | Route::Version
            | Route::Threshold
            | Route::Query(_)
            | Route::Count(_)
            | Route::NextPage(_)
            | Route::Information(_)
            | Route::Fields(_)
            | Route::UserDefinedFields(_) => Err(Refusal::method(&call.method)),
        }
    }

    fn write_body(
        &mut self,
        entity: &'static Entity,
        parent: Option<i64>,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let body = body(call)?;
        let map = body
            .as_object()
            .ok_or_else(|| malformed(&String::from_utf8_lossy(&call.body)))?;
        let mut given = self.read_fields(entity, map)?;
        if let (Some(parent), Some(child)) = (parent, entity.child) {
            give_parent(&mut given, entity, child.field, parent)?;
        }
        match call.method.as_str() {
            "POST" if !entity.readable => self.adjust_by_api(entity, given),
            "POST" => self.create(entity, given).map(|id| record_id(Some(id))),
            "PATCH" => self.update(entity, given, false),
            _ => self.update(entity, given, true),
        }
    }

    fn create(&mut self, entity: &'static Entity, given: Given) -> Result<i64, Refusal> {
        let mut record = Record::default();
        let mut faults = Vec::new();
        for (field, value) in &given.fields {
            let system = field.name == "id" && value.as_i64().is_none_or(|id| id == 0);
            if field.write == Write::Never && !value.is_null() && !system {
                faults.push(read_only(field.name));
            } else if field.name != "id" {
                record.set(field.name, value.clone());
            }
        }
        self.set_defaults(entity, &mut record);
        faults.extend(missing(self.fields(entity), &record));
        if !faults.is_empty() {
            return Err(Refusal::Errors(500, faults));
        }
        if let Some(udfs) = &given.udfs {
            self.write_udfs(entity, udfs, &mut record)?;
        }
        let mut change = Change {
            id: None,
            before: None,
            after: record,
            given: given.fields.iter().map(|(field, _)| field.name).collect(),
        };
        self.check_values(entity, &change)?;
        self.check_rules(entity, &mut change)?;
        if entity.name == "Tickets"
            && let Some(older) = self.answers_next.take()
        {
            return Ok(older);
        }
        let id = self.store.insert(entity, change.after.clone());
        self.settle(entity, id, &change);
        Ok(id)
    }

    fn update(
        &mut self,
        entity: &'static Entity,
        given: Given,
        replace: bool,
    ) -> Result<Value, Refusal> {
        let id = given
            .fields
            .iter()
            .find(|(field, _)| field.name == "id")
            .and_then(|(_, value)| value.as_i64())
            .ok_or_else(|| Refusal::invalid(required("id")))?;
        // "some missing ids" are a 404 (autotask.md §3); which ones is not said.
        let before = self.store.get(entity.name, id).cloned();
        let before = before.filter(|_| !self.is_of_other_line(entity, id));
        let before = before.ok_or_else(|| {
            Refusal::Errors(404, vec![format!("{} {id} not found.", entity.singular)])
        })?;
        let mut after = before.clone();
        if replace {
            for field in self.fields(entity) {
                if field.write == Write::Always {
                    after.set(field.name, Value::Null);
                }
            }
        }
        let mut faults = Vec::new();
        for (field, value) in &given.fields {
            // A whole record read before may be sent back: only another value is a fault. A guess.
            if field.write != Write::Always && value != before.value(field.name) {
                faults.push(read_only(field.name));
            } else if field.write == Write::Always {
                after.set(field.name, value.clone());
            }
        }
        faults.extend(missing(self.fields(entity), &after));
        if !faults.is_empty() {
            return Err(Refusal::Errors(500, faults));
        }
        if let Some(udfs) = &given.udfs {
            self.write_udfs(entity, udfs, &mut after)?;
        }
        let mut change = Change {
            id: Some(id),
            before: Some(before),
            after,
            given: given.fields.iter().map(|(field, _)| field.name).collect(),
        };
        self.check_values(entity, &change)?;
        self.check_rules(entity, &mut change)?;
        self.store.put(entity.name, id, change.after.clone());
        self.settle(entity, id, &change);
        Ok(record_id(Some(id)))
    }

    fn delete(
        &mut self,
        entity: &'static Entity,
        parent: Option<i64>,
        id: i64,
    ) -> Result<Value, Refusal> {
        let record = self.store.get(entity.name, id).filter(|record| {
            entity
                .child
                .zip(parent)
                .is_none_or(|(child, parent)| record.int(child.field) == Some(parent))
        });
        if record.is_none() {
            return Err(Refusal::Errors(
                404,
                vec![format!("{} {id} not found.", entity.singular)],
            ));
        }
        self.check_delete(entity, id)?;
        self.store.remove(entity.name, id);
        Ok(record_id(Some(id)))
    }

    fn set_defaults(&self, entity: &Entity, record: &mut Record) {
        for field in self.fields(entity) {
            if field.required || !record.value(field.name).is_null() {
                continue;
            }
            if field.pick
                && field.write == Write::Always
                && let Some(value) = self.picklists.default_of(entity.name, field.name)
            {
                record.set(field.name, value);
            }
        }
    }

    /// Lengths, picklists and references of what the write changes.
    pub(super) fn check_values(&self, entity: &Entity, change: &Change) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        for field in self.fields(entity) {
            let value = change.after.value(field.name);
            if value.is_null() || !change.alters(field.name) {
                continue;
            }
            if let Some(text) = value.as_str()
                && field.length > 0
                && text.encode_utf16().count() > field.length
            {
                faults.push(too_long(field.name, field.length));
            }
            if let Some(fault) = self.bad_pick(entity, field, change) {
                faults.push(fault);
            }
            if let Some(fault) = self.bad_reference(field, value) {
                faults.push(fault);
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Errors(500, faults))
        }
    }

    fn bad_pick(&self, entity: &Entity, field: &Field, change: &Change) -> Option<String> {
        if !field.pick || self.picklists.of(entity.name, field.name).is_none() {
            return None;
        }
        let value = change.after.value(field.name);
        let pick = self
            .picklists
            .find(entity.name, field.name, value.as_i64()?);
        let fits = pick.is_some_and(|pick| {
            pick.active
                && field.parent.is_none_or(|parent| {
                    pick.parent.is_none() || pick.parent == change.after.int(parent)
                })
        });
        (!fits).then(|| bad_pick(field.name, value))
    }

    /// Absent or inactive (autotask.md §3). References to entities the sandbox does not hold pass.
    fn bad_reference(&self, field: &Field, value: &Value) -> Option<String> {
        let target = schema::entity(field.reference?)?;
        let id = value.as_i64()?;
        let fits = self
            .store
            .get(target.name, id)
            .is_some_and(|record| !record.inactive() && !self.is_of_other_line(target, id));
        (!fits).then(|| bad_reference(field.name, target.singular))
    }

    /// After a write: what the system itself keeps up to date.
    fn settle(&mut self, entity: &Entity, id: i64, change: &Change) {
        if let Some(kind) = LineKind::of_lines(entity.name) {
            self.open_line(kind, id, change);
        }
        if entity.name == "Contracts" && change.alters("endDate") && change.before.is_some() {
            self.redraw_contract(id);
        }
        if entity.name == "TicketNotes"
            && let Some(ticket) = change.after.int("ticketID")
        {
            let now = moment::write(self.now);
            if let Some(ticket) = self.store.get_mut("Tickets", ticket) {
                ticket.set("lastActivityDate", now.clone());
                ticket.set("lastTrackedModificationDateTime", now);
            }
        }
    }
}

fn missing(fields: impl Iterator<Item = &'static Field>, record: &Record) -> Vec<String> {
    fields
        .filter(|field| field.required)
        .filter(|field| {
            let value = record.value(field.name);
            value.is_null() || value.as_str().is_some_and(str::is_empty)
        })
        .map(|field| required(field.name))
        .collect()
}
