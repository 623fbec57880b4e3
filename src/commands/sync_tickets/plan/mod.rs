//! Alerts → tickets: what is to be done, and why. Pure.

pub(crate) mod action;
pub(crate) mod build;
mod cases;
pub(crate) mod content;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod key;
mod life;
mod merge;
mod orphans;
mod owed;
mod patience;
mod roll;
pub(crate) mod sort;
mod spot;
mod storm;
mod summary;
pub(crate) mod suppress;
#[cfg(test)]
mod tests;
mod titles;
mod touch;
mod way_back;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::config::{Limits, Tickets};
use crate::domain::ids::{AccountName, AlertId, TicketId};
use crate::domain::tickets::{OwedNoteId, TicketLink, TicketLinkId};
use crate::plan::{Action as _, Description, Note, Plan, Refusal, Scope, Share};
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
    pub(crate) since: Option<Timestamp>,
}

/// Why an alert waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Damped,
    Quiet,
    /// Its tenant could not be told.
    Unresolved,
    /// Its company takes no tickets.
    NoCompany,
    /// The ticket's texts could not be made.
    NoText,
}

/// Kinds of the notes on alerts that are held until a person does something about them.
pub(crate) const BLOCKED: &[&str] = &[build::TEMPLATE, cases::INACTIVE, cases::HIDDEN, UNRESOLVED];
const UNRESOLVED: &str = "unresolved-tenants";

/// Closing more than this share of all live tickets at once, where there are more than the floor,
/// because their alerts vanished without a sign, waits for a person.
const VANISHED_PERCENT: u32 = 50;
const VANISHED_MIN: usize = 4;

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
        let mut orphans = orphans::of(ctx);
        all.append(&mut orphans.actions);
        notes.append(&mut orphans.notes);
        settled.push(found.settled);
        wanted.push((ctx, found.wanted, found.summaries));
    }
    let let_go = way_back::let_go(&all);
    let storm = storm::of(&wanted, rules.limits);
    for ((ctx, wanted, members), settled) in wanted.into_iter().zip(&mut settled) {
        let (single, together) = storm.split(&ctx.account.account, wanted);
        for want in single {
            let case = want.case;
            let made = match want.reopening {
                Some(action) => Ok(*action),
                None => build::creation(ctx, want),
            };
            match made {
                Ok(action) => all.push(action),
                Err(note) => {
                    notes.push(*note);
                    let holds = suppress::holds(case, Wait::NoText, false, ctx.now());
                    settled.hold.extend(holds);
                }
            }
        }
        let mut sums = summary::of(ctx, members, together, &let_go);
        all.append(&mut sums.actions);
        notes.append(&mut sums.notes);
        settled.remember.append(&mut sums.remember);
        settled.hold.append(&mut sums.hold);
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
        let tenants: Vec<&str> = account.unmapped.keys().map(String::as_str).collect();
        let which = if account.reconciled {
            "active alerts"
        } else {
            "active alerts that came or changed lately"
        };
        notes.push(note(
            "unmapped-alerts",
            format!(
                "{alerts} {which} belong to {} tenants that are not mapped ({}); map them, or name \
                 tickets.catch_all_company",
                tenants.len(),
                first_few(&tenants)
            ),
        ));
    }
    if !account.unresolved.is_empty() {
        let alerts: usize = account.unresolved.values().map(Vec::len).sum();
        let tenants: Vec<&str> = account.unresolved.keys().map(String::as_str).collect();
        notes.push(Note {
            needs_person: true,
            ..note(
                UNRESOLVED,
                format!(
                    "{alerts} alerts wait, for it could not be told whose they are: the service \
                     did not translate the numbers of their tenants ({})",
                    first_few(&tenants)
                ),
            )
        });
    }
    if !account.new_types.is_empty() {
        // It is told once, so it has to be seen once, also by those who are told only what matters.
        notes.push(Note {
            needs_person: true,
            ..note(
                "new-alert-types",
                format!(
                    "types of alerts never seen before, treated by the rules as they stand: {}",
                    account.new_types.join(", ")
                ),
            )
        });
    }
    notes
}

fn first_few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// One side suddenly empty: most tickets would be closed because their alerts are in no list.
fn vanished(account: &AccountFacts, actions: &[Action]) -> Option<Refusal> {
    let orphans = &account.orphans;
    let closing: Vec<(TicketId, Description)> = actions
        .iter()
        .filter(|action| action.about().account == account.account)
        .filter_map(|action| match action {
            Action::Change(change) if change.what == What::Close => Some((action, change)),
            Action::Create(_) | Action::Change(_) | Action::Dismiss(_) | Action::Pay(_) => None,
        })
        .filter(|(_, change)| {
            let mut alerts = change.about.alerts.iter();
            alerts.any(|dealt| account.vanished.contains(&dealt.alert))
                || orphans
                    .tickets
                    .iter()
                    .any(|one| one.ticket == change.ticket)
        })
        .map(|(action, change)| (change.ticket, action.describe()))
        .collect();
    let tickets: BTreeSet<TicketId> = closing.iter().map(|(ticket, _)| *ticket).collect();
    let share = Share {
        count: tickets.len(),
        of: account.live.saturating_add(orphans.open),
    };
    share
        .exceeds(VANISHED_PERCENT, VANISHED_MIN)
        .then(|| Refusal {
            code: "alerts-vanished",
            text: format!(
                "the last alerts of {} live tickets of account {} are in no list of the service \
                 any more; that looks like an answer cut short, so these tickets are not closed \
                 (look at them with --all --dry-run)",
                share.in_words(),
                account.account
            ),
            key: None,
            scope: Scope::lines(closing.iter().map(|(_, line)| line)),
            approvable: true,
        })
}
