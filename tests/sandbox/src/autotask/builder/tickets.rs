//! What technicians do to tickets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::autotask::{Database, moment, rules::complete, store::Record, write::Change};

/// What a note is, beside its ticket and text; `kind` and `publish` are values of their picklists.
#[derive(Debug)]
struct NewNote {
    title: String,
    kind: Option<i64>,
    publish: Option<i64>,
}

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

    /// A person makes another ticket like this one. Returns its id.
    pub fn copy_ticket(&mut self, like: i64) -> i64 {
        let mut copy = self.store.get("Tickets", like).cloned().unwrap_or_default();
        copy.set("ticketNumber", self.next_ticket_number());
        self.add("Tickets", copy)
    }

    /// A technician adds a note. Returns its id.
    pub fn add_note(&mut self, ticket: i64, title: &str, description: &str) -> i64 {
        let note = NewNote {
            title: title.to_owned(),
            kind: Some(1),
            publish: Some(1),
        };
        self.put_note(ticket, &note, description)
    }

    fn put_note(&mut self, ticket: i64, note: &NewNote, description: &str) -> i64 {
        let now = moment::write(self.now);
        let mut record = Record::default();
        record.set("ticketID", ticket);
        record.set("title", note.title.as_str());
        record.set("description", description);
        record.set("noteType", note.kind);
        record.set("publish", note.publish);
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

    /// A person merges a ticket into another of the same company (autotask.md §8.11 "Merge", and the
    /// vendor's page Ticket Merge): the source stays and is complete, its notes go over, each side gets
    /// a system note that names the other's number, and the destination the source's description.
    /// False for tickets that cannot be merged: problems and change requests, other companies, itself.
    pub(crate) fn merge_tickets(&mut self, from: i64, into: i64) -> bool {
        let [Some(source), Some(target)] =
            [from, into].map(|id| self.store.get("Tickets", id).cloned())
        else {
            return false;
        };
        let unfit = |ticket: &Record| {
            ["Problem", "Change Request"].iter().any(|label| {
                ticket.int("ticketType").is_some()
                    && ticket.int("ticketType") == self.pick_value("Tickets", "ticketType", label)
            })
        };
        let same_company = source.int("companyID") == target.int("companyID");
        if from == into || !same_company || unfit(&source) || unfit(&target) {
            return false;
        }
        for note in self.notes_of(from) {
            self.set("TicketNotes", note, "ticketID", json!(into));
        }
        let [source_number, target_number] =
            [&source, &target].map(|ticket| ticket.text("ticketNumber").to_owned());
        // Which titles and words these notes have, whether customers see the first two, and who their
        // creator is, stands nowhere; here the person who merged.
        let [merged, absorbed] =
            ["Merged Into Ticket", "Absorbed Another Ticket"].map(|label| self.system_note(label));
        self.put_note(
            from,
            &merged,
            &format!("Merged into ticket {target_number}."),
        );
        self.put_note(
            into,
            &absorbed,
            &format!("Absorbed ticket {source_number}."),
        );
        let description = NewNote {
            title: format!("Absorbed Ticket Description {source_number}"),
            publish: self.pick_value("TicketNotes", "publish", "Internal Only"),
            ..absorbed
        };
        self.put_note(into, &description, source.text("description"));
        self.absorbed.insert(from);
        self.close_ticket(from)
    }

    fn system_note(&self, label: &str) -> NewNote {
        NewNote {
            title: label.to_owned(),
            kind: self.pick_value("TicketNotes", "noteType", label),
            publish: Some(1),
        }
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
