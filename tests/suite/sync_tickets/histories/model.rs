//! What should be true, read from the rules alone: which keys are to have a ticket, and why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::desk::{About, Desk, Notes, Ticket};
use super::setting::House;

/// One alert as the world knows it, and as the last good run saw it.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) id: String,
    pub(super) active: bool,
    pub(super) text: usize,
    pub(super) updated: Timestamp,
    /// It was raised, or told anew, since the last good run.
    pub(super) news: bool,
    /// What the last run that ended well saw; none when it saw nothing yet.
    pub(super) seen: Option<(bool, usize)>,
}

/// Whether a key with an active alert must have an open ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Needed,
    /// A person has completed or deleted the ticket, and the problem did not come again since.
    Free,
    /// The rules leave it open, or nobody can know.
    Either,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) house: usize,
    pub(super) alerts: Vec<Alert>,
    pub(super) need: Need,
    /// A person deleted its ticket; nothing came anew since.
    pub(super) deleted: bool,
    /// The ticket whose completion must dismiss all its active alerts.
    pub(super) dismissed_by: Option<i64>,
    /// What happened since the last good run: raised, raised again or told anew; and ended.
    pub(super) told: usize,
    pub(super) ended: usize,
    /// News of before the last good run wait for the next note.
    pub(super) unsaid: bool,
    /// Its latest ticket ever.
    pub(super) newest: Option<i64>,
    /// The ticket that stood for it last: its own, or a summary.
    pub(super) latest: Option<i64>,
    /// How many texts its alerts had.
    pub(super) texts: usize,
    /// Its ticket that was open at the last good run and that no person completed since.
    pub(super) open_since: Option<i64>,
}

impl Key {
    pub(super) fn is_active(&self) -> bool {
        self.alerts.iter().any(|alert| alert.active)
    }

    pub(super) fn active(&self) -> usize {
        self.alerts.iter().filter(|alert| alert.active).count()
    }

    /// Whether the last good run saw all its active alerts as they are active now.
    fn all_seen(&self) -> bool {
        let mut active = self.alerts.iter().filter(|alert| alert.active);
        active.all(|alert| alert.seen.is_some_and(|(active, _)| active))
    }

    /// An alert that was seen active says something new.
    pub(super) fn has_news(&self) -> bool {
        let seen = |alert: &&Alert| alert.active && alert.seen.is_some_and(|(active, _)| active);
        let mut seen = self.alerts.iter().filter(seen);
        seen.any(|alert| alert.seen.is_some_and(|(_, text)| text != alert.text))
    }
}

/// Whether a person has taken a ticket over since we made, opened or closed it. A note of ours in
/// between takes nothing away from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// A person opened it again; whether it was ours to close depends on what a run saw of it.
    Maybe,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) houses: Vec<House>,
    pub(super) keys: Vec<Key>,
    pub(super) taken: BTreeMap<i64, Taken>,
    /// Keys that a summary ever named.
    pub(super) members: BTreeMap<i64, BTreeSet<String>>,
    /// Companies of summaries that a person completed or deleted.
    pub(super) broken: BTreeSet<i64>,
    /// Tickets that a run opened again since the last good run, its own included.
    pub(super) reopened: BTreeSet<i64>,
    /// Tickets that a person opened again and that no good run found closed since.
    pub(super) opened: BTreeSet<i64>,
    /// Our notes at the last good run; a ticket that is not here was not there.
    pub(super) notes: BTreeMap<i64, Notes>,
}

impl Model {
    pub(super) fn new(houses: Vec<House>) -> Self {
        let mut keys = Vec::new();
        for (at, house) in houses.iter().enumerate() {
            keys.extend((1..=house.keys).map(|n| Key {
                name: format!("{}-{n:02}", house.letter),
                house: at,
                alerts: Vec::new(),
                need: Need::Needed,
                deleted: false,
                dismissed_by: None,
                told: 0,
                ended: 0,
                unsaid: false,
                newest: None,
                latest: None,
                texts: 0,
                open_since: None,
            }));
        }
        Self {
            houses,
            keys,
            taken: BTreeMap::new(),
            members: BTreeMap::new(),
            broken: BTreeSet::new(),
            reopened: BTreeSet::new(),
            opened: BTreeSet::new(),
            notes: BTreeMap::new(),
        }
    }

    pub(super) fn company(&self, key: &Key) -> Option<i64> {
        self.houses[key.house].company
    }

    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub(super) fn raised(&mut self, at: usize, id: String, text: usize, now: Timestamp) {
        let key = &mut self.keys[at];
        key.alerts.push(Alert {
            id,
            active: true,
            text,
            updated: now,
            news: true,
            seen: None,
        });
        key.need = Need::Needed;
        key.deleted = false;
        self.came(at);
    }

    pub(super) fn raised_again(&mut self, at: usize, alert: usize, text: usize, now: Timestamp) {
        let key = &mut self.keys[at];
        let one = &mut key.alerts[alert];
        one.active = true;
        one.text = text;
        one.updated = now;
        one.news = true;
        if !key.deleted || one.seen.is_some_and(|(active, _)| !active) {
            key.need = Need::Needed;
            key.deleted = false;
        } else if key.need == Need::Free {
            // No run saw it end, so it looks as if it had only changed.
            key.need = Need::Either;
        }
        self.came(at);
    }

    pub(super) fn changed(&mut self, at: usize, alert: usize, text: usize, now: Timestamp) {
        let key = &mut self.keys[at];
        key.alerts[alert].text = text;
        key.alerts[alert].updated = now;
        key.alerts[alert].news = true;
        if !key.deleted {
            key.need = Need::Needed;
        }
        self.came(at);
    }

    fn came(&mut self, at: usize) {
        self.keys[at].told += 1;
        if let Some(ticket) = self.keys[at].dismissed_by {
            self.keep(ticket);
        }
    }

    /// The completion of this ticket dismisses nothing any more.
    fn keep(&mut self, ticket: i64) {
        for key in &mut self.keys {
            key.dismissed_by = key.dismissed_by.filter(|by| *by != ticket);
        }
    }

    pub(super) fn ended(&mut self, at: usize, alert: usize, now: Timestamp) {
        let key = &mut self.keys[at];
        key.alerts[alert].active = false;
        key.alerts[alert].updated = now;
        key.ended += usize::from(!key.is_active());
        // It came and went between two runs, and others of the key were decided upon before.
        let unheard = std::mem::take(&mut key.alerts[alert].news);
        let others = key.alerts.iter().any(|one| one.active && one.news);
        if unheard && !others && key.open_since.is_none() && key.need == Need::Needed {
            key.need = Need::Either;
        }
    }

    /// The keys that a ticket stands for.
    fn stands_for(&self, ticket: &Ticket) -> Vec<usize> {
        let members = self.members.get(&ticket.id);
        let mine = |key: &Key| match &ticket.about {
            About::Key(name) => key.name == *name,
            About::Many(_) => members.is_some_and(|members| members.contains(&key.name)),
        };
        let all = self.keys.iter().enumerate();
        all.filter(|(_, key)| mine(key)).map(|(at, _)| at).collect()
    }

    /// A person completed an open ticket: what is active under it is decided upon.
    pub(super) fn completed_by_person(&mut self, ticket: &Ticket) {
        let keys = self.stands_for(ticket);
        let reopened = self.taken.remove(&ticket.id) == Some(Taken::Maybe);
        let known = self.notes.contains_key(&ticket.id);
        let seen = known && keys.iter().all(|at| self.keys[*at].all_seen());
        if ticket.is_summary() {
            self.broken.insert(ticket.company);
        }
        for at in keys {
            let key = &mut self.keys[at];
            let exact = if ticket.is_summary() { seen } else { !reopened };
            key.need = if exact { Need::Free } else { Need::Either };
            key.dismissed_by = seen.then_some(ticket.id).filter(|_| !reopened);
            key.open_since = None;
        }
    }

    pub(super) fn deleted_by_person(&mut self, ticket: &Ticket) {
        let known = self.notes.contains_key(&ticket.id);
        if ticket.is_summary() {
            self.broken.insert(ticket.company);
        }
        self.taken.remove(&ticket.id);
        self.keep(ticket.id);
        for at in self.stands_for(ticket) {
            let key = &mut self.keys[at];
            let exact = known && key.all_seen();
            key.need = if exact { Need::Free } else { Need::Either };
            key.deleted = true;
            key.open_since = None;
        }
        self.members.remove(&ticket.id);
    }

    pub(super) fn reopened_by_person(&mut self, ticket: &Ticket) {
        self.keep(ticket.id);
        self.taken.insert(ticket.id, Taken::Maybe);
        self.opened.insert(ticket.id);
        for at in self.stands_for(ticket) {
            self.keys[at].need = Need::Needed;
        }
    }

    /// Whatever a run left behind: which tickets there are, and who stands in summaries.
    pub(super) fn look(&mut self, before: &Desk, desk: &Desk) {
        for ticket in desk.all() {
            if let About::Many(listed) = &ticket.about {
                let members = self.members.entry(ticket.id).or_default();
                members.extend(listed.keys().cloned());
            }
            let opened = before.get(ticket.id).is_some_and(|old| !old.open) && ticket.open;
            if opened {
                self.reopened.insert(ticket.id);
            }
            if !ticket.open || opened {
                self.taken.remove(&ticket.id);
            }
        }
        for key in &mut self.keys {
            let newest = desk.of(&key.name).map(|ticket| ticket.id).max();
            key.newest = key.newest.max(newest);
            let name = key.name.as_str();
            let mut standing = desk.open().filter(|one| one.is_of(name) || one.lists(name));
            key.latest = standing.next().map(|one| one.id).or(key.latest);
            if desk.of(&key.name).any(|ticket| ticket.open) {
                for members in self.members.values_mut() {
                    members.remove(&key.name);
                }
            }
        }
    }

    /// A run ended well: everything that happened was dealt with.
    pub(super) fn settle(&mut self, desk: &Desk, now: Timestamp) {
        for key in &mut self.keys {
            key.unsaid = unsaid(key, &self.notes, desk, now);
            let (own, listed) = desk.covers(&key.name);
            if own + listed > 0 {
                key.need = Need::Needed;
                key.deleted = false;
            } else if key.need == Need::Either {
                key.need = Need::Free;
            }
            key.deleted &= key.is_active();
            for alert in &mut key.alerts {
                alert.seen = Some((alert.active, alert.text));
                alert.news = false;
            }
            key.told = usize::from(key.unsaid);
            key.ended = 0;
            key.dismissed_by = key
                .dismissed_by
                .filter(|_| key.alerts.iter().any(|alert| alert.active));
            let open = desk.of(&key.name).find(|ticket| ticket.open);
            key.open_since = open.map(|ticket| ticket.id);
        }
        self.reopened.clear();
        let open = |id: &i64| desk.get(*id).is_some_and(|ticket| ticket.open);
        self.opened.retain(open);
        self.notes = desk.all().map(|ticket| (ticket.id, ticket.notes)).collect();
    }
}

/// Whether news of the key wait for the next note on its ticket.
fn unsaid(key: &Key, notes: &BTreeMap<i64, Notes>, desk: &Desk, now: Timestamp) -> bool {
    let mut open = desk.of(&key.name).filter(|ticket| ticket.open);
    open.any(|ticket| {
        let before = notes.get(&ticket.id).map_or(0, |notes| notes.told);
        let waits = key.unsaid || ticket.had_a_word(now);
        let mut active = key.alerts.iter().filter(|alert| alert.active);
        let later = active.any(|alert| Some(alert.updated) > ticket.last_word);
        key.told > 0 && waits && (later || ticket.notes.told == before)
    })
}
