//! What people do to tickets.

use sandbox::autotask::Database;
use serde_json::json;

use super::desk::{BY_PERSON, Desk, Ticket};
use super::model::Taken;
use super::story::Story;

const IN_PROGRESS: i64 = 8;

impl Story {
    pub(super) fn people_act(&mut self) {
        let (which, what, summary) = (self.dice.roll(1000), self.dice.roll(9), self.dice.one_in(3));
        let open = what != 8;
        let fitting: Vec<Ticket> = self
            .desk
            .all()
            .filter(|ticket| ticket.is_summary() == summary && ticket.open == open)
            .filter(|ticket| self.is_current(ticket))
            .cloned()
            .collect();
        if fitting.is_empty() {
            return;
        }
        let ticket = &fitting[which % fitting.len()];
        match what {
            0..=2 => self.complete(ticket),
            3 => self.delete(ticket),
            4 => self.take(ticket, false),
            5 => self.take(ticket, true),
            6 => self.write(ticket),
            7 => self.touch(ticket),
            _ if which % 3 == 0 => self.delete(ticket),
            _ => self.reopen(ticket),
        }
        self.desk = Desk::read(&self.bench);
    }

    /// People deal with the latest ticket of a problem, and leave the old ones alone.
    fn is_current(&self, ticket: &Ticket) -> bool {
        let open = |id: &i64| self.desk.get(*id).is_some_and(|one| one.open);
        let mut keys = self.model.keys.iter();
        let Some(key) = keys.find(|key| ticket.is_of(&key.name)) else {
            return ticket.open;
        };
        let members = self.model.members.iter();
        let together = members
            .filter(|(_, members)| members.contains(&key.name))
            .any(|(id, _)| open(id));
        key.latest == Some(ticket.id) && !together
    }

    fn act(&mut self, what: &'static str, ticket: &Ticket, act: impl FnOnce(&mut Database)) {
        self.count(what);
        let line = format!("ticket {} ({}) {what}", ticket.id, ticket.title);
        self.tell(&line);
        self.bench.sandbox.with_world(|world| {
            world.autotask.now = world.now;
            act(&mut world.autotask);
        });
    }

    fn complete(&mut self, ticket: &Ticket) {
        let what = if ticket.is_summary() {
            "summaries completed by a person"
        } else {
            "completed by a person"
        };
        self.act(what, ticket, |desk| assert!(desk.close_ticket(ticket.id)));
        self.model.completed_by_person(ticket);
    }

    fn delete(&mut self, ticket: &Ticket) {
        let what = if ticket.is_summary() {
            "summaries deleted by a person"
        } else {
            "deleted by a person"
        };
        self.act(what, ticket, |desk| assert!(desk.delete_ticket(ticket.id)));
        self.model.deleted_by_person(ticket);
    }

    fn take(&mut self, ticket: &Ticket, assign: bool) {
        let id = ticket.id;
        if assign {
            self.act("assigned by a person", ticket, |desk| {
                let ben = desk.resource_named("Ben");
                let mut roles = desk.all("ResourceServiceDeskRoles").into_iter();
                let role = roles.find(|role| role["resourceID"] == json!(ben)).unwrap();
                assert!(desk.edit_ticket(id, "assignedResourceID", json!(ben)));
                assert!(desk.edit_ticket(id, "assignedResourceRoleID", role["roleID"].clone()));
            });
        } else {
            self.act("status set by a person", ticket, |desk| {
                assert!(desk.edit_ticket(id, "status", json!(IN_PROGRESS)));
            });
        }
        let now = Desk::read(&self.bench);
        let same = |now: &Ticket| (now.status, now.assigned) == (ticket.status, ticket.assigned);
        // Setting what is set already is no change.
        if !now.get(id).is_some_and(same) {
            self.model.taken.entry(id).or_insert(Taken::Yes);
        }
    }

    fn write(&mut self, ticket: &Ticket) {
        self.act("notes by a person", ticket, |desk| {
            desk.add_note(ticket.id, BY_PERSON, "I am looking at it.");
        });
    }

    fn touch(&mut self, ticket: &Ticket) {
        self.act("touched by a person", ticket, |desk| {
            let same = json!(ticket.title);
            assert!(desk.edit_ticket(ticket.id, "title", same));
        });
    }

    fn reopen(&mut self, ticket: &Ticket) {
        self.act("opened again by a person", ticket, |desk| {
            assert!(desk.edit_ticket(ticket.id, "status", json!(IN_PROGRESS)));
        });
        self.model.reopened_by_person(ticket);
    }
}
