//! The opposite of what a run posted. Autotask takes nothing back: an adjustment can only be
//! followed by an opposite one, on another day (autotask.md §8.5).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::facts::{LineHistory, LineKey};
use super::action::{self, Action, Post};
use super::effective::{self, Line};
use super::{Found, Rules};
use crate::domain::contracts::{ContractBook, ServiceLine};
use crate::domain::ids::{AccountName, ContractId, ItemKey, RunId, ServiceId, TenantId};
use crate::plan::{Note, Party};

/// What a run posted to one line.
#[derive(Clone, Debug)]
pub(in crate::commands::sync_billing) struct Posted {
    pub(in crate::commands::sync_billing) account: AccountName,
    pub(in crate::commands::sync_billing) party: Party,
    pub(in crate::commands::sync_billing) tenant: TenantId,
    pub(in crate::commands::sync_billing) item: ItemKey,
    pub(in crate::commands::sync_billing) contract: ContractId,
    pub(in crate::commands::sync_billing) service: ServiceId,
    pub(in crate::commands::sync_billing) change: i64,
    pub(in crate::commands::sync_billing) effective: Date,
    /// Taken back by an earlier `revert` of the same run.
    pub(in crate::commands::sync_billing) reverted: bool,
}

/// Everything that was read.
#[derive(Debug)]
pub(in crate::commands::sync_billing) struct Facts {
    pub(in crate::commands::sync_billing) run: RunId,
    pub(in crate::commands::sync_billing) today: Date,
    pub(in crate::commands::sync_billing) posted: Vec<Posted>,
    pub(in crate::commands::sync_billing) book: ContractBook,
    pub(in crate::commands::sync_billing) lines: BTreeMap<LineKey, LineHistory>,
}

/// How the ledger tells a posting that takes back one of a run.
pub(in crate::commands::sync_billing) fn mark(run: &RunId) -> String {
    format!("revert of run {run}")
}

/// Opposite adjustments, from the first day on which Autotask takes one.
pub(in crate::commands::sync_billing) fn plan(facts: &Facts, rules: Rules<'_>) -> Found {
    let mut found = Found::default();
    for posted in &facts.posted {
        match opposite(facts, rules, posted) {
            Ok(post) => {
                found.notes.extend(between(posted, &post));
                found.actions.push(Action::post(post));
            }
            Err(note) => found.notes.push(*note),
        }
    }
    found
}

fn opposite(facts: &Facts, rules: Rules<'_>, posted: &Posted) -> Result<Post, Box<Note>> {
    let refuse = |kind, why: &str| {
        let text = format!("{} is not reversed: {why}", subject(posted));
        Err(Box::new(note(posted, kind, text)))
    };
    if posted.reverted {
        return refuse("reverted", "it was reversed before");
    }
    let Some(contract) = facts.book.contracts.get(&posted.contract) else {
        return refuse("contract-gone", "its contract can no longer be read");
    };
    let mut lines = contract.services.iter();
    let Some(line) = lines.find(|line| line.service == posted.service) else {
        return refuse("line-gone", "the contract no longer has this line");
    };
    let none = LineHistory::default();
    let key = (posted.contract, posted.service);
    let history = facts.lines.get(&key).unwrap_or(&none);
    if history.open.is_some() || history.young.is_some() {
        return refuse(
            "posting-unsure",
            "an earlier posting to the line is not settled",
        );
    }
    let taken = Line {
        contract,
        rows: Some(&line.rows),
        taken: &history.taken,
        posted: &history.posted,
        settles: &history.settles,
        past: &[],
        accrues: false,
    };
    let terms = rules.customers.terms(rules.billing, posted.party.id);
    let Some(day) = effective::back_from(&taken, posted.effective, facts.today, terms) else {
        return refuse(
            "no-day",
            "the contract has no day left on which Autotask accepts a change",
        );
    };
    let before = line.rows.units_on(day);
    let wanted = before.saturating_sub(posted.change);
    if line.rows.lowest_from(day) < posted.change {
        return refuse(
            "below-zero",
            "the line now has fewer units than were posted",
        );
    }
    Ok(post(facts, posted, line, day, before, wanted))
}

fn post(
    facts: &Facts,
    posted: &Posted,
    line: &ServiceLine,
    day: Date,
    before: i64,
    wanted: i64,
) -> Post {
    Post {
        account: posted.account.clone(),
        party: posted.party.clone(),
        tenant: posted.tenant.clone(),
        item: posted.item.clone(),
        contract: posted.contract,
        line: Some(line.id),
        service: posted.service,
        service_name: posted.item.to_string(),
        usage: None,
        usage_at: None,
        arithmetic: format!(
            "{}: {before} - ({:+}) = {wanted}",
            mark(&facts.run),
            posted.change
        ),
        price: line.price,
        wanted,
        before,
        effective: day,
        period: None,
        position: 0,
        supersedes: false,
    }
}

/// The days that stay billed as the run posted them, and until when the line is bound.
fn between(posted: &Posted, post: &Post) -> Option<Note> {
    (post.effective > posted.effective).then(|| {
        let text = format!(
            "{}: the change of {:+} stays from {} until {}, because Autotask accepts one change of \
             a line a day and gives none back; credit those days by hand if need be. \
             sync-billing can change the line again from the period after {} on",
            subject(posted),
            posted.change,
            posted.effective,
            post.effective,
            post.effective
        );
        note(posted, "stays-until", text)
    })
}

fn subject(posted: &Posted) -> String {
    action::subject(posted.contract, posted.service, &posted.item.to_string())
}

fn note(posted: &Posted, kind: &'static str, text: String) -> Note {
    Note {
        kind,
        account: Some(posted.account.clone()),
        company: Some(posted.party.clone()),
        subject: subject(posted),
        text,
        needs_person: true,
    }
}
