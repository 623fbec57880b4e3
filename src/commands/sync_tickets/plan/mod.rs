//! Alerts → tickets: what is to be done, and why. Pure.

pub(crate) mod action;
mod alerts;
mod associations;
mod changes;
mod decide;
mod dismiss;
pub(crate) mod explain;
pub(crate) mod facts;
mod group;
pub(crate) mod key;
mod lookup;
mod orphans;
mod owed;
mod remarks;
pub(crate) mod sort;
pub(crate) mod suppress;
#[cfg(test)]
mod tests;
mod text;
mod transition;

use jiff::Timestamp;

use crate::config::{Limits, TicketFields, Tickets};
use crate::domain::ids::{AccountName, AlertId, CompanyId, TicketId};
use crate::domain::tickets::{AlertHold, OwedNoteId, TicketLink, TicketLinkId};
use crate::plan::{CompanyRef, Plan, Refusal, Remark};
use action::Action;
use decide::{Outcome, decide_keys};
use facts::{AccountFacts, Alert, Facts, Ticket};
use group::Group;

/// Where the planner stands while it looks at one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) account: &'a AccountFacts,
    pub(crate) rules: Rules<'a>,
}

impl<'a> Context<'a> {
    fn now(&self) -> Timestamp {
        self.facts.now
    }

    fn party(&self, company: CompanyId) -> CompanyRef {
        self.facts.desk.company_ref(company)
    }

    fn ticket(&self, id: TicketId) -> Option<&'a Ticket> {
        self.facts.desk.tickets.get(&id)
    }
}

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
    pub(crate) hold: Vec<AlertHold>,
    /// Every alert that was looked at.
    pub(crate) seen: Vec<AlertId>,
    /// Notes that are owed no more.
    pub(crate) paid: Vec<OwedNoteId>,
}

/// Kinds of the remarks on alerts that are held until a person does something about them.
pub(crate) const BLOCKED: &[&str] = &[
    remarks::TEMPLATE,
    remarks::INACTIVE,
    remarks::HIDDEN,
    remarks::UNRESOLVED,
];

/// The rule of an alert, by position, with the fields of the tickets that it makes; without an alert
/// the defaults.
fn rule_fields(
    tickets: &Tickets,
    alert: Option<&Alert>,
    company: CompanyId,
) -> (usize, TicketFields) {
    let rule = alert.and_then(|alert| tickets.find_rule(alert.traits(company)));
    (
        rule.map_or(0, |rule| rule.position),
        tickets.combine_fields(rule),
    )
}

/// What one run does. Every account's alerts are sorted; each key is decided about, and then each
/// storm of the tickets that are too many.
pub(crate) fn plan(facts: &Facts, rules: Rules<'_>, notes: Vec<Remark>) -> Decided {
    let mut actions = Vec::new();
    let mut notes = notes;
    let mut wanted = Vec::new();
    let mut outcomes = Vec::new();
    for account in &facts.accounts {
        let ctx = Context {
            facts,
            account,
            rules,
        };
        let mut outcome = decide_keys(ctx);
        outcome.notes.extend(remarks::left_alone(account));
        let tickets = rules.tickets;
        if tickets.dismiss_on_complete {
            actions.extend(dismiss::dismiss_alerts(&facts.desk, account));
        }
        let owed = owed::payments(ctx);
        outcome.actions.extend(owed.actions);
        outcome.settled.paid = owed.paid;
        let (closed, left) = orphans::close_orphans(&facts.desk, account, tickets, facts.now);
        outcome.actions.extend(closed);
        outcome.notes.extend(left);
        let members = std::mem::take(&mut outcome.members);
        wanted.push((ctx, std::mem::take(&mut outcome.wanted), members));
        outcomes.push(outcome);
    }
    let dismissed = dismiss::dismissed_alerts(&actions);
    let storms = group::find_storms(&wanted, rules.limits);
    for ((ctx, wanted, members), outcome) in wanted.into_iter().zip(&mut outcomes) {
        let (single, together) = storms.split_wanted(&ctx.account.account, wanted);
        for want in single {
            match want.reopening {
                Some(action) => outcome.actions.push(*action),
                None => {
                    let replaces = Vec::from_iter(want.replaces);
                    outcome.create_ticket(ctx, &Group::of_key(want.case), want.link, replaces);
                }
            }
        }
        for group in group::storm_groups(ctx, members, together) {
            outcome.decide_group(ctx, group, &dismissed);
        }
    }
    let mut accounts = Vec::new();
    for outcome in outcomes {
        let Outcome {
            actions: of_account,
            notes: said,
            settled,
            ..
        } = outcome;
        actions.extend(of_account);
        notes.extend(said);
        accounts.push(settled);
    }
    let refusals: Vec<Refusal> = facts
        .accounts
        .iter()
        .filter_map(|account| remarks::refuse_vanished(account, &actions))
        .collect();
    Decided {
        plan: Plan::new("sync-tickets", actions, notes, refusals),
        accounts,
    }
}
