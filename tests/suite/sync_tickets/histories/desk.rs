//! What stands in Autotask, read for a history: whose ticket is whose.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::Bench;

/// The title of notes that people write here.
pub(super) const BY_PERSON: &str = "A word of mine";
const COMPLETE: i64 = 5;

/// What a ticket is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    Key(String),
    /// A summary, with its active alerts by key.
    Many(BTreeMap<String, usize>),
}

/// Our notes on a ticket, by what they tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// A new text, or that an alert came again.
    pub(super) told: usize,
    /// That more alerts joined a summary.
    pub(super) joined: usize,
    pub(super) gone: usize,
}

impl Notes {
    pub(super) fn all(self) -> usize {
        self.told + self.joined + self.gone
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) id: i64,
    pub(super) company: i64,
    pub(super) about: About,
    pub(super) external_id: String,
    pub(super) open: bool,
    pub(super) completed: Option<Timestamp>,
    pub(super) title: String,
    pub(super) notes: Notes,
    /// When we wrote the latest of them.
    pub(super) last_word: Option<Timestamp>,
    /// What a person changes who takes it over.
    pub(super) status: i64,
    pub(super) assigned: Option<i64>,
}

impl Ticket {
    fn read(ticket: &Value) -> Self {
        let text = |field: &str| ticket[field].as_str().unwrap_or_default().to_owned();
        let title = text("title");
        let about = match title.split_once(": ") {
            // One of the catch-all company names its customer behind: `U-01 (Unrelated)`.
            Some((_, key)) => About::Key(key.split(' ').next().unwrap_or(key).to_owned()),
            None => About::Many(listed(&text("description"))),
        };
        Self {
            id: ticket["id"].as_i64().unwrap(),
            company: ticket["companyID"].as_i64().unwrap(),
            about,
            external_id: text("externalID"),
            open: ticket["status"] != COMPLETE,
            completed: text("completedDate").parse().ok(),
            title,
            notes: notes(ticket["notes"].as_array().unwrap()),
            last_word: last_word(ticket["notes"].as_array().unwrap()),
            status: ticket["status"].as_i64().unwrap(),
            assigned: ticket["assignedResourceID"].as_i64(),
        }
    }

    pub(super) fn is_of(&self, key: &str) -> bool {
        matches!(&self.about, About::Key(own) if own == key)
    }

    /// Whether it is a summary that names the key.
    pub(super) fn lists(&self, key: &str) -> bool {
        matches!(&self.about, About::Many(listed) if listed.contains_key(key))
    }

    /// News of a ticket that had a note so lately wait for the next one.
    pub(super) fn had_a_word(&self, now: Timestamp) -> bool {
        let lately = |at| now.duration_since(at) < SignedDuration::from_hours(4);
        self.last_word.is_some_and(lately)
    }

    pub(super) fn is_summary(&self) -> bool {
        matches!(self.about, About::Many(_))
    }
}

/// `- A-01: Backup failed`, under the number of active alerts.
fn listed(description: &str) -> BTreeMap<String, usize> {
    let mut listed = BTreeMap::new();
    let lines = description
        .lines()
        .skip_while(|line| !line.starts_with("Active: "));
    for line in lines.skip(1).map_while(|line| line.strip_prefix("- ")) {
        let key = line.split(':').next().unwrap_or(line);
        *listed.entry(key.to_owned()).or_default() += 1;
    }
    listed
}

fn last_word(all: &[Value]) -> Option<Timestamp> {
    let ours = all.iter().filter(|note| note["title"] != BY_PERSON);
    ours.map(|note| note["createDateTime"].as_str().unwrap().parse().unwrap())
        .max()
}

fn notes(all: &[Value]) -> Notes {
    let mut notes = Notes::default();
    for note in all {
        match note["title"].as_str().unwrap() {
            BY_PERSON => {}
            "The alert changed"
            | "Another alert of the same problem"
            | "The alert was raised again"
            | "Alerts came again" => notes.told += 1,
            risen if risen.starts_with("The severity rose") => notes.told += 1,
            "The alert is gone" | "All alerts are gone" => notes.gone += 1,
            more if more.ends_with("more alerts") => notes.joined += 1,
            other => panic!("a note that nobody expects: {other}"),
        }
    }
    notes
}

/// All tickets, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk(pub(super) BTreeMap<i64, Ticket>);

impl Desk {
    pub(super) fn read(bench: &Bench) -> Self {
        let all = bench.sandbox.with_world(|world| world.autotask.tickets());
        let tickets = all.iter().map(Ticket::read);
        Self(tickets.map(|ticket| (ticket.id, ticket)).collect())
    }

    pub(super) fn get(&self, id: i64) -> Option<&Ticket> {
        self.0.get(&id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Ticket> {
        self.0.values()
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Ticket> {
        self.all().filter(|ticket| ticket.open)
    }

    pub(super) fn of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Ticket> {
        self.all().filter(move |ticket| ticket.is_of(key))
    }

    /// Open tickets that stand for a key: its own, and summaries that name it.
    pub(super) fn covers(&self, key: &str) -> (usize, usize) {
        let own = self.open().filter(|ticket| ticket.is_of(key)).count();
        let listed = self.open().filter(|ticket| ticket.lists(key)).count();
        (own, listed)
    }
}
