//! What must hold after any run, however it ended: no write without a reason.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::desk::{About, Desk, Ticket};
use super::model::{Key, Model, Need, Taken};
use super::setting::{Again, PER_COMPANY, PER_RUN, Setting};

/// One run, seen from outside.
pub(super) struct Run<'a> {
    pub(super) setting: &'a Setting,
    pub(super) model: &'a Model,
    pub(super) before: &'a Desk,
    pub(super) after: &'a Desk,
    pub(super) now: Timestamp,
    pub(super) good: bool,
}

/// Says what is wrong unless it is true.
pub(super) fn must(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

impl Run<'_> {
    pub(super) fn hold(&self) -> Result<(), String> {
        self.external_ids()?;
        self.storms()?;
        for ticket in self.after.all() {
            self.place(ticket)?;
            match self.before.get(ticket.id) {
                None => self.made(ticket)?,
                Some(before) => self.moved(before, ticket)?,
            }
        }
        for key in &self.model.keys {
            let (own, listed) = self.after.covers(&key.name);
            must(own + listed <= 1, || {
                format!(
                    "{own} tickets and {listed} summaries stand for {}",
                    key.name
                )
            })?;
        }
        Ok(())
    }

    fn external_ids(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        for ticket in self.after.all() {
            must(ids.insert(&ticket.external_id), || {
                format!("the external id of {ticket:?} is there twice")
            })?;
        }
        Ok(())
    }

    /// Every ticket stands where its tenant's tickets go.
    fn place(&self, ticket: &Ticket) -> Result<(), String> {
        let names: Vec<&String> = match &ticket.about {
            About::Key(name) => vec![name],
            About::Many(listed) => listed.keys().collect(),
        };
        for name in names {
            let key = self
                .model
                .key(name)
                .ok_or_else(|| format!("who is {name}?"))?;
            must(self.model.company(key) == Some(ticket.company), || {
                format!("{name} stands at the wrong company: {ticket:?}")
            })?;
        }
        Ok(())
    }

    fn new_tickets(&self) -> impl Iterator<Item = &Ticket> {
        let new = |ticket: &&Ticket| self.before.get(ticket.id).is_none();
        self.after.all().filter(new)
    }

    /// Too many new tickets are one summary, and few are none.
    fn storms(&self) -> Result<(), String> {
        let mut single: BTreeMap<i64, usize> = BTreeMap::new();
        let mut all = 0;
        for ticket in self.new_tickets() {
            all += 1;
            if !ticket.is_summary() {
                *single.entry(ticket.company).or_default() += 1;
            }
        }
        must(all <= PER_RUN, || format!("{all} tickets in one run"))?;
        for (company, count) in single {
            must(count <= PER_COMPANY, || {
                format!("{count} tickets for company {company} in one run")
            })?;
        }
        Ok(())
    }

    /// Keys that may need a ticket that is not there yet, by company.
    fn wanted(&self) -> BTreeMap<i64, usize> {
        let mut wanted = BTreeMap::new();
        for key in &self.model.keys {
            let (own, listed) = self.before.covers(&key.name);
            let due = key.is_active() && key.need != Need::Free && own + listed == 0;
            if let Some(company) = self.model.company(key).filter(|_| due) {
                *wanted.entry(company).or_default() += 1;
            }
        }
        wanted
    }

    fn made(&self, ticket: &Ticket) -> Result<(), String> {
        let About::Key(name) = &ticket.about else {
            return self.summary_made(ticket);
        };
        let Some(key) = self.model.key(name) else {
            return Err(format!("who is {name}?"));
        };
        must(key.is_active() && key.need != Need::Free, || {
            format!("{name} was not to have {ticket:?}")
        })?;
        let last = key.newest.and_then(|id| self.before.get(id));
        must(last.is_none_or(|last| self.is_new_after(last)), || {
            format!("{ticket:?} was made and not {last:?} opened again")
        })
    }

    fn summary_made(&self, ticket: &Ticket) -> Result<(), String> {
        let wanted = self.wanted();
        let of_company = wanted.get(&ticket.company).copied().unwrap_or(0);
        let all: usize = wanted.values().sum();
        let broken = self.model.broken.contains(&ticket.company);
        must(of_company > PER_COMPANY || all > PER_RUN || broken, || {
            format!("no storm, and yet {ticket:?} (wanted: {wanted:?})")
        })
    }

    /// Whether the problem gets a new ticket after this one was completed.
    fn is_new_after(&self, last: &Ticket) -> bool {
        let Some(completed) = last.completed else {
            return false;
        };
        match self.setting.again {
            Again::Always => false,
            Again::Never => true,
            Again::Days(days) => self.now.duration_since(completed) >= day(days),
        }
    }

    fn moved(&self, before: &Ticket, after: &Ticket) -> Result<(), String> {
        let more = after.notes.all() - before.notes.all();
        // Its own, and of what earlier runs owe an end and a return at most.
        must(more <= 3, || {
            format!("{more} notes in one run on {after:?}")
        })?;
        match (before.open, after.open) {
            (true, false) => self.closed(after),
            (false, true) => self.reopened(before, after),
            (_, _) => Ok(()),
        }
    }

    fn closed(&self, ticket: &Ticket) -> Result<(), String> {
        let taken = self.model.taken.get(&ticket.id) == Some(&Taken::Yes);
        must(self.setting.auto_close, || {
            format!("nothing closes {ticket:?}")
        })?;
        must(!taken || self.setting.force, || {
            format!("a person works on {ticket:?}, and it was closed")
        })?;
        for key in self.standing_under(ticket) {
            // One that it stood for once may have another ticket by now.
            let elsewhere = self.after.covers(&key.name) != (0, 0);
            must(
                !key.is_active() || key.need != Need::Needed || elsewhere,
                || format!("{} is active, and {ticket:?} was closed", key.name),
            )?;
        }
        Ok(())
    }

    fn reopened(&self, before: &Ticket, after: &Ticket) -> Result<(), String> {
        must(!self.is_new_after(before), || {
            format!("{before:?} was opened again, where a new one is wanted")
        })?;
        // A summary may come back for alerts that it never stood for.
        let joined = self.model.keys.iter().filter(|key| after.lists(&key.name));
        let mut keys = self.standing_under(before).into_iter().chain(joined);
        must(
            keys.any(|key| key.is_active() && key.need != Need::Free),
            || format!("{before:?} was opened again for nothing"),
        )
    }

    fn standing_under(&self, ticket: &Ticket) -> Vec<&Key> {
        let members = self.model.members.get(&ticket.id);
        let mine = |key: &&Key| {
            ticket.is_of(&key.name) || members.is_some_and(|all| all.contains(&key.name))
        };
        self.model.keys.iter().filter(mine).collect()
    }

    /// Nothing is dismissed unless a person completed its ticket after all that is known of it.
    pub(super) fn dismissals(&self, dismissed: &[(usize, usize)]) -> Result<(), String> {
        for (at, _) in dismissed {
            let key = &self.model.keys[*at];
            let reason = self
                .before
                .all()
                .filter(|ticket| !ticket.open)
                .any(|ticket| {
                    let mine = self
                        .standing_under(ticket)
                        .iter()
                        .any(|one| one.name == key.name);
                    let mut active = key.alerts.iter().filter(|alert| alert.active);
                    mine && active.all(|alert| Some(alert.updated) <= ticket.completed)
                });
            must(reason && self.setting.way_back, || {
                format!("an alert of {} was dismissed for nothing", key.name)
            })?;
        }
        Ok(())
    }

    /// What the run did, for the tally.
    pub(super) fn counts(&self) -> Vec<&'static str> {
        let mut seen = Vec::new();
        for ticket in self.after.all() {
            let Some(before) = self.before.get(ticket.id) else {
                seen.push(match &ticket.about {
                    About::Many(_) => "summaries made",
                    About::Key(name) if self.before.of(name).next().is_some() => {
                        "new tickets after completed ones"
                    }
                    About::Key(_) => "tickets made",
                });
                continue;
            };
            if ticket.about != before.about {
                seen.push("summaries brought up to date");
            }
            match (before.open, ticket.open, ticket.is_summary()) {
                (true, false, false) => seen.push("tickets closed"),
                (true, false, true) => seen.push("summaries closed"),
                (false, true, _) => seen.push("tickets opened again"),
                (_, _, _) => {}
            }
            seen.extend((ticket.notes.told > before.notes.told).then_some("notes on news"));
            seen.extend(
                (ticket.notes.joined > before.notes.joined).then_some("notes on summaries"),
            );
        }
        if !self.good {
            seen.push("runs that did not end well");
        }
        seen
    }
}

fn day(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}
