//! What must hold after a run that ended well: one live ticket for each live key, and nothing else.

use jiff::Timestamp;

use super::check::must;
use super::desk::{About, Desk, Notes, Ticket};
use super::model::{Key, Model, Need, Taken};
use super::setting::Setting;

pub(super) fn hold(
    model: &Model,
    setting: &Setting,
    before: &Desk,
    after: &Desk,
    now: Timestamp,
) -> Result<(), String> {
    for key in &model.keys {
        let (own, listed) = after.covers(&key.name);
        let told = || format!("{own} tickets and {listed} summaries: {key:?}");
        if model.company(key).is_none() {
            must(own + listed == 0, || {
                format!("nobody's alert has a ticket; {}", told())
            })?;
        } else if key.is_active() {
            let expected = match key.need {
                Need::Needed => own + listed == 1,
                // A summary that came back for others names it too.
                Need::Free => own == 0,
                Need::Either => true,
            };
            must(expected, || format!("a live key; {}", told()))?;
        } else {
            over(model, setting, (before, after), key)?;
        }
        if let Some(ticket) = key.dismissed_by {
            must(!setting.way_back || !key.is_active(), || {
                format!(
                    "ticket {ticket} was completed, and nothing dismissed; {}",
                    told()
                )
            })?;
        }
        heard(model, after, key, now)?;
    }
    for ticket in after.all() {
        notes(model, setting, ticket)?;
    }
    after
        .open()
        .try_for_each(|ticket| summary(model, setting, after, ticket))
}

/// A key without an active alert: closed where that is wanted and no person is at work.
fn over(
    model: &Model,
    setting: &Setting,
    (before, after): (&Desk, &Desk),
    key: &Key,
) -> Result<(), String> {
    let (own, listed) = after.covers(&key.name);
    let told = || format!("{own} tickets and {listed} summaries: {key:?}");
    must(listed == 0, || {
        format!("a summary names what is over; {}", told())
    })?;
    let Some(ticket) = after.of(&key.name).find(|ticket| ticket.open) else {
        let was = before.of(&key.name).find(|ticket| ticket.open);
        return must(was.is_none() || setting.auto_close, || {
            format!("nothing closes {was:?}")
        });
    };
    let taken = model.taken.get(&ticket.id);
    let stays = match taken {
        _ if !setting.auto_close => true,
        Some(Taken::Yes) => !setting.force,
        Some(Taken::Maybe) => true,
        None => false,
    };
    must(stays, || {
        format!("{ticket:?} stays open ({taken:?}); {}", told())
    })
}

/// What is new about an alert that has an open ticket stands in a note, unless there was one lately.
fn heard(model: &Model, after: &Desk, key: &Key, now: Timestamp) -> Result<(), String> {
    let Some(ticket) = key.open_since.and_then(|id| after.get(id)) else {
        return Ok(());
    };
    let told = since(model, ticket).told;
    let waits = !ticket.open || !key.has_news() || ticket.had_a_word(now);
    must(waits || told > 0, || {
        format!("no word on the news of {key:?} on {ticket:?}")
    })
}

/// Our notes on a ticket since the last good run.
fn since(model: &Model, ticket: &Ticket) -> Notes {
    let old = model.notes.get(&ticket.id).copied().unwrap_or_default();
    Notes {
        told: ticket.notes.told - old.told,
        joined: ticket.notes.joined - old.joined,
        gone: ticket.notes.gone - old.gone,
    }
}

/// No note without a cause.
fn notes(model: &Model, setting: &Setting, ticket: &Ticket) -> Result<(), String> {
    let new = since(model, ticket);
    let (mut told, mut ended) = (0, 0);
    for key in &model.keys {
        let mine = match &ticket.about {
            About::Key(name) => key.name == *name,
            About::Many(_) => model.company(key) == Some(ticket.company),
        };
        if mine {
            told += key.told;
            ended += key.ended;
        }
    }
    // What a person opened again for nothing may be closed again, and says so.
    ended += usize::from(setting.force && model.opened.contains(&ticket.id));
    let caused = new.told + new.joined <= told && new.gone <= ended;
    let reopened = ticket.open && model.reopened.contains(&ticket.id);
    must(!reopened || new.told + new.joined > 0, || {
        format!("opened again without a word: {ticket:?}")
    })?;
    must(caused, || {
        format!("{new:?} on {ticket:?}, and only {told} news and {ended} ends")
    })
}

/// A summary names exactly what is active under it, and is open only as long as something is.
fn summary(model: &Model, setting: &Setting, after: &Desk, ticket: &Ticket) -> Result<(), String> {
    let About::Many(listed) = &ticket.about else {
        return Ok(());
    };
    for (name, count) in listed {
        let active = model.key(name).map_or(0, Key::active);
        must(active == *count, || {
            format!("{active} alerts of {name} are active, but {ticket:?}")
        })?;
    }
    let mut same = after
        .open()
        .filter(|one| one.is_summary() && one.company == ticket.company);
    must(same.all(|one| one.id == ticket.id), || {
        format!("two open summaries: {ticket:?}")
    })?;
    let stays = !setting.auto_close || model.taken.contains_key(&ticket.id);
    must(!listed.is_empty() || stays, || {
        format!("nothing is active under {ticket:?}")
    })
}
