//! Alerts → tickets: what is to be done, and why. Pure.

pub(crate) mod action;
mod brakes;
pub(crate) mod build;
mod cases;
pub(crate) mod content;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod key;
mod life;
mod merge;
mod owed;
mod roll;
mod spot;
mod storm;
mod strays;
mod summary;
#[cfg(test)]
mod tests;
mod titles;
mod touch;
mod way_back;

use jiff::Timestamp;

use crate::config::{Limits, Tickets};
use crate::domain::ids::{AccountName, AlertId};
use crate::domain::tickets::{OwedNoteId, TicketLink, TicketLinkId};
use crate::plan::{Note, Plan, Refusal, Scope, Share};
use action::{Action, What};
use facts::{AccountFacts, Facts};

pub(crate) use build::Ctx;

/// The configuration that tickets follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) tickets: &'a Tickets,
    pub(crate) limits: &'a Limits,
}

/// What is to be done, and what is to be remembered without a write.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) plan: Plan<Action>,
    pub(crate) accounts: Vec<Settled>,
}

/// What one account's run leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) account: Option<AccountName>,
    pub(crate) remember: Vec<(Option<TicketLinkId>, TicketLink)>,
    pub(crate) hold: Vec<Hold>,
    /// Every alert that was looked at.
    pub(crate) seen: Vec<AlertId>,
    /// Notes that are owed no more.
    pub(crate) paid: Vec<OwedNoteId>,
}

/// An alert that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) alert: AlertId,
    pub(crate) key: String,
    pub(crate) why: Wait,
    pub(crate) occurrences: i64,
    pub(crate) updated: Timestamp,
}

/// Why an alert waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Damped,
    Quiet,
    /// Its company takes no tickets.
    NoCompany,
    /// The ticket's texts could not be made.
    NoText,
}

/// Kinds of the notes on alerts that are held until a person does something about them.
pub(crate) const BLOCKED: &[&str] = &[build::TEMPLATE, cases::INACTIVE, cases::GONE];

/// Closing more than this share of all live tickets at once, where there are more than the floor,
/// because their alerts vanished without a sign, waits for a person.
const VANISHED_PERCENT: u32 = 50;
const VANISHED_MIN: usize = 10;

/// What one run does.
pub(crate) fn plan(facts: &Facts, rules: Rules<'_>, notes: Vec<Note>) -> Decided {
    let mut all = Vec::new();
    let mut notes = notes;
    let mut settled = Vec::new();
    let mut wanted = Vec::new();
    for account in &facts.accounts {
        let ctx = Ctx {
            facts,
            account,
            rules,
        };
        let mut found = cases::judge(ctx);
        notes.append(&mut found.notes);
        notes.extend(left_alone(account));
        all.append(&mut found.actions);
        all.extend(way_back::dismissals(ctx));
        let owed = owed::payments(ctx);
        all.extend(owed.actions);
        found.settled.paid = owed.paid;
        let mut strays = strays::of(ctx);
        all.append(&mut strays.actions);
        notes.append(&mut strays.notes);
        settled.push(found.settled);
        wanted.push((ctx, found.wanted, found.summaries));
    }
    let let_go = way_back::let_go(&all);
    let storm = storm::of(&wanted, rules.limits);
    for ((ctx, wanted, members), settled) in wanted.into_iter().zip(&mut settled) {
        let (single, together) = storm.split(&ctx.account.account, wanted);
        for want in single {
            let case = want.case;
            match build::creation(ctx, want) {
                Ok(action) => all.push(action),
                Err(note) => {
                    notes.push(*note);
                    let holds = brakes::holds(case, Wait::NoText, false, ctx.now());
                    settled.hold.extend(holds);
                }
            }
        }
        let mut sums = summary::of(ctx, members, together, &let_go);
        all.append(&mut sums.actions);
        notes.append(&mut sums.notes);
        settled.remember.append(&mut sums.remember);
    }
    let refusals: Vec<Refusal> = facts
        .accounts
        .iter()
        .filter_map(|account| vanished(account, &all))
        .collect();
    Decided {
        plan: Plan::new("sync-tickets", all, notes, refusals),
        accounts: settled,
    }
}

fn left_alone(account: &AccountFacts) -> Vec<Note> {
    let mut notes = Vec::new();
    let note = |kind, text| Note {
        kind,
        account: Some(account.account.clone()),
        company: None,
        subject: account.account.to_string(),
        text,
        needs_person: false,
    };
    let alerts: usize = account.unmapped.values().sum();
    if alerts > 0 {
        let shown: Vec<&str> = account
            .unmapped
            .keys()
            .take(5)
            .map(String::as_str)
            .collect();
        let more = account.unmapped.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        notes.push(note(
            "unmapped-alerts",
            format!(
                "{alerts} active alerts belong to {} tenants that are not mapped ({}{more}); map \
                 them, or name tickets.catch_all_company",
                account.unmapped.len(),
                shown.join(", ")
            ),
        ));
    }
    if !account.new_types.is_empty() {
        notes.push(note(
            "new-alert-types",
            format!(
                "types of alerts never seen before, treated by the rules as they stand: {}",
                account.new_types.join(", ")
            ),
        ));
    }
    notes
}

/// One side suddenly empty: most tickets would be closed because their alerts are in no list.
fn vanished(account: &AccountFacts, actions: &[Action]) -> Option<Refusal> {
    let closing: Vec<_> = actions
        .iter()
        .filter(|action| action.about().account == account.account)
        .filter(|action| matches!(action, Action::Change(change) if change.what == What::Close))
        .map(crate::plan::Action::describe)
        .collect();
    let strays = &account.strays;
    let share = Share {
        count: account.vanished.saturating_add(strays.strays.len()),
        of: account.live.saturating_add(strays.open),
    };
    (!closing.is_empty() && share.exceeds(VANISHED_PERCENT, VANISHED_MIN)).then(|| Refusal {
        code: "alerts-vanished",
        text: format!(
            "the alerts of {} live tickets of account {} are in no list of the service any more; \
             that looks like an answer cut short, so no ticket of the account is closed",
            share.in_words(),
            account.account
        ),
        key: None,
        scope: Scope::lines(&closing),
        approvable: true,
    })
}
