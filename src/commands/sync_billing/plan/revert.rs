//! The opposite of what a run posted. Autotask takes nothing back: an adjustment can only be
//! followed by an opposite one, on another day (autotask.md §8.5).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::facts::{BilledLineKey, LineHistory};
use super::action::{self, Action, PostUnits};
use super::effective::{self, LineSchedule};
use super::{BillingFindings, Rules};
use crate::domain::contracts::{ContractBook, ServiceLine};
use crate::domain::ids::{AccountName, ContractId, ItemKey, RunId, ServiceId, TenantId};
use crate::plan::{CompanyRef, Remark, RemarkKind};

/// What a run posted to one line.
#[derive(Clone, Debug)]
pub(in crate::commands::sync_billing) struct PostedChange {
    pub(in crate::commands::sync_billing) account: AccountName,
    pub(in crate::commands::sync_billing) party: CompanyRef,
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
    pub(in crate::commands::sync_billing) posted: Vec<PostedChange>,
    pub(in crate::commands::sync_billing) book: ContractBook,
    pub(in crate::commands::sync_billing) lines: BTreeMap<BilledLineKey, LineHistory>,
}

/// How the ledger tells a posting that takes back one of a run.
pub(in crate::commands::sync_billing) fn revert_mark(run: &RunId) -> String {
    format!("revert of run {run}")
}

/// Opposite adjustments, from the first day on which Autotask takes one.
pub(in crate::commands::sync_billing) fn plan(facts: &Facts, rules: Rules<'_>) -> BillingFindings {
    let mut found = BillingFindings::default();
    for posted in &facts.posted {
        match opposite_post(facts, rules, posted) {
            Ok(post) => {
                found.notes.extend(remark_kept_days(posted, &post));
                found.actions.push(Action::post_units(post));
            }
            Err(note) => found.notes.push(*note),
        }
    }
    found
}

fn opposite_post(
    facts: &Facts,
    rules: Rules<'_>,
    posted: &PostedChange,
) -> Result<PostUnits, Box<Remark>> {
    let refuse = |kind, why: &str| {
        let text = format!("{} is not reversed: {why}", posted_subject(posted));
        Err(Box::new(revert_remark(posted, kind, text)))
    };
    if posted.reverted {
        return refuse(RemarkKind::Reverted, "it was reversed before");
    }
    let Some(contract) = facts.book.contracts.get(&posted.contract) else {
        return refuse(
            RemarkKind::ContractGone,
            "its contract can no longer be read",
        );
    };
    let mut lines = contract.services.iter();
    let Some(line) = lines.find(|line| line.service == posted.service) else {
        return refuse(RemarkKind::LineGone, "the contract no longer has this line");
    };
    let none = LineHistory::default();
    let key = (posted.contract, posted.service);
    let history = facts.lines.get(&key).unwrap_or(&none);
    if history.open.is_some() || history.in_flight.is_some() {
        return refuse(
            RemarkKind::PostingUnsure,
            "an earlier posting to the line is not settled",
        );
    }
    let taken = LineSchedule {
        contract,
        rows: Some(&line.rows),
        taken: &history.taken,
        posted: &history.posted,
        settles: &history.settles,
        past: &[],
        accrues: false,
    };
    let terms = rules.customers.find_terms(rules.billing, posted.party.id);
    let Some(day) = effective::back_from(&taken, posted.effective, facts.today, terms) else {
        return refuse(
            RemarkKind::NoDay,
            "the contract has no day left on which Autotask accepts a change",
        );
    };
    let before = line.rows.units_on(day);
    let wanted = before.saturating_sub(posted.change);
    if line.rows.lowest_from(day) < posted.change {
        return refuse(
            RemarkKind::BelowZero,
            "the line now has fewer units than were posted",
        );
    }
    Ok(build_post(facts, posted, line, day, before, wanted))
}

fn build_post(
    facts: &Facts,
    posted: &PostedChange,
    line: &ServiceLine,
    day: Date,
    before: i64,
    wanted: i64,
) -> PostUnits {
    PostUnits {
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
            revert_mark(&facts.run),
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
fn remark_kept_days(posted: &PostedChange, post: &PostUnits) -> Option<Remark> {
    (post.effective > posted.effective).then(|| {
        let text = format!(
            "{}: the change of {:+} stays from {} until {}, because Autotask accepts one change of \
             a line a day and gives none back; credit those days by hand if need be. \
             sync-billing can change the line again from the period after {} on",
            posted_subject(posted),
            posted.change,
            posted.effective,
            post.effective,
            post.effective
        );
        revert_remark(posted, RemarkKind::StaysUntil, text)
    })
}

fn posted_subject(posted: &PostedChange) -> String {
    action::line_subject(posted.contract, posted.service, &posted.item.to_string())
}

fn revert_remark(posted: &PostedChange, kind: RemarkKind, text: String) -> Remark {
    Remark::new(kind, posted_subject(posted), text)
        .of_account(&posted.account)
        .of_company(posted.party.clone())
        .for_person()
}
