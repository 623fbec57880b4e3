//! Values of Autotask's lists in `[tickets]`, and alert types in its rules.

use anyhow::Error;

use super::accounts::AlertWords;
use super::findings::Findings;
use super::in_file;
use crate::autotask::{Autotask, Entity, Picklist};
use crate::config::{LabelOrId, TicketFields};
use crate::exit::Exit;
use crate::http::Failure;
use crate::session::Session;

const AREA: &str = "tickets";

/// Compares every configured value with the live lists.
pub(super) fn lists(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    let mut look = Look {
        autotask,
        findings,
        sound: 0,
    };
    if let Err(failure) = look.all(session) {
        let error = Error::new(failure);
        return look.findings.failed(AREA, "lists", &error);
    }
    let sound = look.sound;
    findings.ok(
        AREA,
        "lists",
        format!("{sound} values are on Autotask's lists"),
    );
}

struct Look<'a> {
    autotask: &'a Autotask,
    findings: &'a mut Findings,
    sound: usize,
}

impl Look<'_> {
    fn all(&mut self, session: &Session) -> Result<(), Failure> {
        let config = &session.config.tickets;
        let tickets = |key: &'static str| (Entity::Tickets, key);
        self.value(
            "tickets.source",
            config.source.as_ref(),
            tickets("source"),
            None,
        )?;
        let note_type = (Entity::TicketNotes, "noteType");
        self.value(
            "tickets.note_type",
            config.note_type.as_ref(),
            note_type,
            None,
        )?;
        let publish = (Entity::TicketNotes, "publish");
        self.value(
            "tickets.note_publish",
            config.note_publish.as_ref(),
            publish,
            None,
        )?;
        if config.auto_close.enabled {
            let status = Some(&config.auto_close.status);
            self.value("tickets.auto_close.status", status, tickets("status"), None)?;
        }
        self.fields("tickets.defaults", &config.defaults, &config.defaults)?;
        for rule in &config.rules {
            let place = format!("tickets.rule {}", rule.position);
            let whole = config.fields_of(Some(rule));
            self.fields(&place, &rule.fields, &whole)?;
        }
        Ok(())
    }

    /// The values that one table sets itself; `whole` holds what it takes over, too.
    fn fields(
        &mut self,
        place: &str,
        own: &TicketFields,
        whole: &TicketFields,
    ) -> Result<(), Failure> {
        let lists = [
            ("status", &own.status, "status"),
            ("priority", &own.priority, "priority"),
            ("queue", &own.queue, "queueID"),
            ("category", &own.category, "ticketCategory"),
            ("type", &own.kind, "ticketType"),
            ("issue_type", &own.issue_type, "issueType"),
        ];
        for (key, wanted, field) in lists {
            let key = format!("{place}.{key}");
            self.value(&key, wanted.as_ref(), (Entity::Tickets, field), None)?;
        }
        let issue_type = match &whole.issue_type {
            Some(wanted) => self
                .list((Entity::Tickets, "issueType"))?
                .resolve(wanted.as_str(), None)
                .ok(),
            None => None,
        };
        let key = format!("{place}.sub_issue_type");
        let sub = (Entity::Tickets, "subIssueType");
        self.value(&key, own.sub_issue_type.as_ref(), sub, issue_type)
    }

    fn value(
        &mut self,
        key: &str,
        wanted: Option<&LabelOrId>,
        list: (Entity, &str),
        parent: Option<i64>,
    ) -> Result<(), Failure> {
        let Some(wanted) = wanted else {
            return Ok(());
        };
        match self.list(list)?.resolve(wanted.as_str(), parent) {
            Ok(_) => self.sound += 1,
            Err(unlisted) => {
                let found = unlisted.to_string();
                self.findings
                    .missing(Exit::Usage, AREA, key, found, in_file(key));
            }
        }
        Ok(())
    }

    fn list(&self, (entity, field): (Entity, &str)) -> Result<Picklist, Failure> {
        self.autotask.picklist(entity, field)
    }
}

/// Alert types and categories that no account knows are typing mistakes, or came to an end.
pub(super) fn rules(session: &Session, words: Option<&AlertWords>, findings: &mut Findings) {
    let Some(words) = words else {
        return;
    };
    for rule in &session.config.tickets.rules {
        let key = format!("tickets.rule {}.match", rule.position);
        let unknown = |named: &[String], known: &std::collections::BTreeSet<String>| {
            let lost: Vec<&str> = named
                .iter()
                .filter(|name| !known.contains(&name.to_lowercase()))
                .map(String::as_str)
                .collect();
            lost.join(", ")
        };
        let types = unknown(&rule.when.types, &words.types);
        if !types.is_empty() {
            let found = format!("no account knows the alert type {types}");
            findings.warning(AREA, &key, found, in_file(&key));
        }
        let categories = unknown(&rule.when.categories, &words.categories);
        if !categories.is_empty() {
            let found = format!("no account knows the alert category {categories}");
            findings.warning(AREA, &key, found, in_file(&key));
        }
    }
}
