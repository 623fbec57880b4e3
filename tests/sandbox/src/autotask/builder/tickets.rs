//! What technicians do to tickets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::autotask::{Database, moment, rules::complete, store::Record, write::Change};

impl Database {
    /// A technician completes a ticket.
    pub fn close_ticket(&mut self, id: i64) -> bool {
        self.edit_ticket(id, "status", json!(5))
    }

    /// A technician changes one field. False when there is no such ticket or field.
    pub fn edit_ticket(&mut self, id: i64, field: &str, value: Value) -> bool {
        let Some(before) = self.store.get("Tickets", id).cloned() else {
            return false;
        };
        if !self.set("Tickets", id, field, value) {
            return false;
        }
        let now = moment::write(self.now);
        let mut change = Change {
            id: Some(id),
            after: self.store.get("Tickets", id).cloned().unwrap_or_default(),
            before: Some(before),
            given: std::collections::BTreeSet::new(),
        };
        complete(&mut change, &now);
        change.after.set("lastActivityDate", now.clone());
        change.after.set("lastTrackedModificationDateTime", now);
        self.store.put("Tickets", id, change.after);
        true
    }

    /// A technician adds a note. Returns its id.
    pub fn add_note(&mut self, ticket: i64, title: &str, description: &str) -> i64 {
        let now = moment::write(self.now);
        let mut record = Record::default();
        record.set("ticketID", ticket);
        record.set("title", title);
        record.set("description", description);
        record.set("noteType", 1);
        record.set("publish", 1);
        record.set("createDateTime", now.clone());
        record.set("creatorResourceID", self.resource_named("Ben"));
        record.set("lastActivityDate", now.clone());
        if let Some(ticket) = self.store.get_mut("Tickets", ticket) {
            ticket.set("lastActivityDate", now.clone());
            ticket.set("lastTrackedModificationDateTime", now);
        }
        self.add("TicketNotes", record)
    }

    /// A person deletes a ticket in the screens (the API has no delete), its notes with it.
    pub fn delete_ticket(&mut self, id: i64) -> bool {
        for note in self.notes_of(id) {
            self.store.remove("TicketNotes", note);
        }
        self.store.remove("Tickets", id).is_some()
    }

    fn notes_of(&self, ticket: i64) -> Vec<i64> {
        self.store
            .table("TicketNotes")
            .filter(|(_, note)| note.int("ticketID") == Some(ticket))
            .map(|(note, _)| note)
            .collect()
    }

    /// A person merges a ticket into another, which gets its notes. What the API shows of the
    /// absorbed one is not in the documents: it is gone, or (`kept`) complete and refuses writes.
    /// False when there are no such tickets.
    pub fn merge_ticket(&mut self, id: i64, into: i64, kept: bool) -> bool {
        let both = [id, into].map(|ticket| self.store.get("Tickets", ticket).is_some());
        if id == into || both != [true, true] {
            return false;
        }
        for note in self.notes_of(id) {
            self.set("TicketNotes", note, "ticketID", json!(into));
        }
        if kept {
            self.absorbed.insert(id);
            return self.close_ticket(id);
        }
        self.store.remove("Tickets", id).is_some()
    }

    /// The next create of a ticket makes none and comes back with the id of this one, as Autotask's
    /// own handling of duplicates may do.
    pub fn answer_next_create_with(&mut self, ticket: i64) {
        self.answers_next = Some(ticket);
    }

    /// All tickets as the API shows them, each with its `notes`.
    #[must_use]
    pub fn tickets(&self) -> Vec<Value> {
        let mut notes: BTreeMap<Option<i64>, Vec<Value>> = BTreeMap::new();
        for note in self.all("TicketNotes") {
            notes
                .entry(note["ticketID"].as_i64())
                .or_default()
                .push(note);
        }
        self.all("Tickets")
            .into_iter()
            .map(|mut ticket| {
                let mine = notes.remove(&ticket["id"].as_i64()).unwrap_or_default();
                ticket["notes"] = Value::Array(mine);
                ticket
            })
            .collect()
    }
}
