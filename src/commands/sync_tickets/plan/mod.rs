//! Alerts → tickets: what is to be done, and why. Pure.

pub(crate) mod action;
mod alerts;
mod associations;
mod changes;
mod context;
mod decide;
mod dismiss;
pub(crate) mod explain;
pub(crate) mod facts;
mod group;
mod lookup;
mod orphans;
mod pending_notes;
mod remarks;
pub(crate) mod sort;
mod storms;
pub(crate) mod suppress;
#[cfg(test)]
mod tests;
mod text;
mod ticket_write;
mod transition;

use crate::plan::{Plan, Refusal, Remark, RemarkKind};
use action::Action;
use decide::AccountOutcome;
use facts::Facts;
use group::Group;

pub(crate) use context::{AccountContext, Rules};
pub(crate) use decide::Settled;

/// What is to be done, and what is to be remembered without a write.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) plan: Plan<Action>,
    pub(crate) accounts: Vec<Settled>,
}

/// Kinds of the remarks on alerts that are held until a person does something about them.
pub(crate) const BLOCKED: &[RemarkKind] = &[
    remarks::TEMPLATE,
    remarks::INACTIVE,
    remarks::HIDDEN,
    remarks::UNRESOLVED,
];

/// What one run does: the alerts of each key are decided about, and then those of each storm that the
/// tickets which are too many make.
pub(crate) fn plan(facts: &Facts, rules: Rules<'_>, mut remarks: Vec<Remark>) -> Decided {
    let context = |account| AccountContext {
        facts,
        account,
        rules,
    };
    let accounts = facts.accounts.iter();
    let mut outcomes: Vec<AccountOutcome<'_>> = accounts
        .map(|account| decide_account(context(account)))
        .collect();
    let planned = outcomes.iter().flat_map(|outcome| &outcome.actions);
    let dismissed = dismiss::dismissed_alerts(planned);
    let storms = storms::find_storms(&facts.desk, &outcomes, rules.limits);
    for outcome in &mut outcomes {
        let ctx = context(outcome.account);
        let wanted = std::mem::take(&mut outcome.wanted);
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
        let members = std::mem::take(&mut outcome.members);
        for group in storms::storm_groups(ctx, members, together) {
            outcome.decide_group(ctx, group, &dismissed);
        }
    }
    let mut actions = Vec::new();
    let mut settled = Vec::new();
    for outcome in outcomes {
        actions.extend(outcome.actions);
        remarks.extend(outcome.remarks);
        settled.push(outcome.settled);
    }
    let refused = |account| remarks::refuse_vanished(account, &actions);
    let refusals: Vec<Refusal> = facts.accounts.iter().filter_map(refused).collect();
    Decided {
        plan: Plan::new("sync-tickets", actions, remarks, refusals),
        accounts: settled,
    }
}

/// Everything about one account but its storms, which are counted over all of them.
fn decide_account(ctx: AccountContext<'_>) -> AccountOutcome<'_> {
    let AccountContext {
        facts,
        account,
        rules,
    } = ctx;
    let mut outcome = decide::decide_keys(ctx);
    outcome
        .remarks
        .extend(remarks::left_alone(&facts.desk, account, rules.tickets));
    if rules.tickets.dismiss_on_complete {
        let dismissals = dismiss::dismiss_alerts(&facts.desk, account);
        outcome.actions.extend(dismissals);
    }
    let followed = account.followed.iter();
    let follow = followed.map(|one| changes::follow_ticket(&facts.desk, one));
    outcome.actions.extend(follow);
    let pending = pending_notes::plan_notes(&facts.desk, account);
    outcome.actions.extend(pending.actions);
    outcome.settled.needless_notes = pending.needless;
    let (closed, left) = orphans::close_orphans(&facts.desk, account, rules.tickets, facts.now);
    outcome.actions.extend(closed);
    outcome.remarks.extend(left);
    outcome
}
