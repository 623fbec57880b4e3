//! What becomes of customers without a contract: clocks, then disabled, then deleted.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::Action;
use crate::config::{Deprovision, Limits};
use crate::onboarding::CustomerRef;
use crate::plan::{Action as _, Reach, Refusal, RefusalCode, Remark, RemarkKind, Share};

/// One linked customer whose account was read.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) struct ContractHistory {
    pub(in crate::commands::provision) customer: CustomerRef,
    pub(in crate::commands::provision) end: ContractEnd,
    pub(in crate::commands::provision) countdown: Option<CountdownState>,
    pub(in crate::commands::provision) enabled: bool,
    pub(in crate::commands::provision) recovery: DisasterRecoveryUse,
}

/// Where the company stands with the contracts of all accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum ContractEnd {
    /// A relevant contract is in force, or its next one is to come.
    Held { coming: bool },
    /// The last one is over; the first day without is known unless somebody set it inactive.
    Over { since: Option<Date>, reason: String },
    /// Nothing can be seen that ever was a relevant contract: unreadable is not ended.
    Unseen,
}

/// A clock as it stands in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) struct CountdownState {
    /// The first day without a relevant contract.
    pub(in crate::commands::provision) since: Date,
    /// The last day on which a complete read found none.
    pub(in crate::commands::provision) confirmed: Date,
    pub(in crate::commands::provision) reason: String,
    /// When we disabled the tenant.
    pub(in crate::commands::provision) disabled_at: Option<Timestamp>,
}

/// Whether disaster recovery uses the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum DisasterRecoveryUse {
    Unused,
    /// By these items.
    Used(Vec<String>),
    /// Why it is not known.
    Unknown(String),
}

/// What the configuration and the command line allow.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands::provision) struct OffboardingRules {
    pub(in crate::commands::provision) after: Deprovision,
    pub(in crate::commands::provision) allow_delete: bool,
    pub(in crate::commands::provision) today: Date,
    /// Every customer and every contract was asked for.
    pub(in crate::commands::provision) covers_everything: bool,
    pub(in crate::commands::provision) percent: u32,
    pub(in crate::commands::provision) floor: usize,
}

/// What is to be remembered of a clock, whatever becomes of the plan's actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum CountdownChange {
    Set(CustomerRef, CountdownState),
    Reset(CustomerRef),
}

/// Everything decided about the ends of customers.
#[derive(Debug, Default)]
pub(in crate::commands::provision) struct OffboardingPlan {
    pub(in crate::commands::provision) actions: Vec<Action>,
    pub(in crate::commands::provision) remarks: Vec<Remark>,
    pub(in crate::commands::provision) refusals: Vec<Refusal>,
    pub(in crate::commands::provision) countdown_changes: Vec<CountdownChange>,
}

/// Decides for every customer.
pub(in crate::commands::provision) fn plan_offboarding(
    histories: &[ContractHistory],
    terms: &OffboardingRules,
) -> OffboardingPlan {
    let mut ends = OffboardingPlan::default();
    let is_off = terms.after == Deprovision::default();
    let vanished = all_vanished(histories);
    for history in histories {
        match &history.end {
            ContractEnd::Held { coming: false } => stop_countdown(&mut ends, history),
            ContractEnd::Held { coming: true } | ContractEnd::Unseen => {}
            ContractEnd::Over { .. } if is_off || !terms.covers_everything || vanished => {
                forget_countdown(&mut ends, history, is_off)
            }
            ContractEnd::Over { since, reason } => {
                run_countdown(&mut ends, history, terms, *since, reason)
            }
        }
    }
    if vanished && terms.covers_everything && !is_off {
        ends.remarks.push(Remark::new(RemarkKind::ClocksHeld, "clocks".to_owned(), format!(
                "none of the {} linked customers has a relevant contract today, which looks like \
                 an outage: no countdown starts or continues",
                histories.len()
            )).for_person().told_by(&[]));
    }
    ends.refusals
        .extend(refuse_too_many_ended(&ends.actions, histories.len(), terms));
    ends
}

/// Whether all customers lost their contracts at once; one customer alone may well end.
fn all_vanished(histories: &[ContractHistory]) -> bool {
    let is_held = |history: &ContractHistory| matches!(history.end, ContractEnd::Held { .. });
    histories.len() > 1 && !histories.iter().any(is_held)
}

/// A contract is back: the clock stops. A tenant that we disabled is switched on by a person only.
fn stop_countdown(ends: &mut OffboardingPlan, history: &ContractHistory) {
    let Some(clock) = &history.countdown else {
        return;
    };
    if clock.disabled_at.is_some() && !history.enabled {
        let text = format!(
            "it has a contract again, and its tenant {} is still disabled: switch it on in Acronis",
            history.customer.tenant_name
        );
        let remark = offboarding_remark(history, RemarkKind::DisabledWithContract, text);
        ends.remarks.push(remark.for_person().told_by(&[]));
        return;
    }
    ends.countdown_changes
        .push(CountdownChange::Reset(history.customer.clone()));
}

/// With deprovisioning off no clock is kept; what we disabled stays known.
fn forget_countdown(ends: &mut OffboardingPlan, history: &ContractHistory, is_off: bool) {
    let is_plain = |clock: &CountdownState| clock.disabled_at.is_none();
    if is_off && history.countdown.as_ref().is_some_and(is_plain) {
        ends.countdown_changes
            .push(CountdownChange::Reset(history.customer.clone()));
    }
}

fn run_countdown(
    ends: &mut OffboardingPlan,
    history: &ContractHistory,
    terms: &OffboardingRules,
    since: Option<Date>,
    reason: &str,
) {
    let known = history.countdown.as_ref();
    let clock = CountdownState {
        since: since
            .or(known.map(|clock| clock.since))
            .unwrap_or(terms.today),
        confirmed: terms.today,
        reason: reason.to_owned(),
        disabled_at: known.and_then(|clock| clock.disabled_at),
    };
    // Nothing happens on the day on which a clock is first heard of.
    let was_told =
        known.is_some_and(|known| known.confirmed < terms.today || known.disabled_at.is_some());
    let day_after = |days: Option<u32>| days.map(|days| day_after_contract(&clock, days));
    let disable_on = day_after(terms.after.disable_after_days);
    let delete_on = day_after(terms.after.delete_after_days);
    let is_due = |on: Option<Date>| was_told && on.is_some_and(|on| on <= terms.today);
    // What is due stays told of on an earlier day, so that a second run today still knows it.
    let stays = (is_due(disable_on) || is_due(delete_on)) && clock.disabled_at.is_none();
    if !stays && known != Some(&clock) {
        ends.countdown_changes.push(CountdownChange::Set(
            history.customer.clone(),
            clock.clone(),
        ));
    }
    if is_due(delete_on) {
        plan_delete(ends, history, terms, &clock, disable_on.is_none());
    } else if is_due(disable_on) && history.enabled {
        plan_disable(ends, history, &clock);
    } else {
        let text = describe_countdown(history, &clock, disable_on, delete_on);
        let remark = offboarding_remark(history, RemarkKind::DeprovisionClock, text);
        ends.remarks.push(remark);
    }
}

/// So many days after the contract's last day, which is the day before `since`.
fn day_after_contract(clock: &CountdownState, days: u32) -> Date {
    let last = clock.since.yesterday().unwrap_or(clock.since);
    last.checked_add(i64::from(days).days())
        .unwrap_or(Date::MAX)
}

fn describe_countdown(
    history: &ContractHistory,
    clock: &CountdownState,
    disable_on: Option<Date>,
    delete_on: Option<Date>,
) -> String {
    let mut coming = Vec::new();
    if let Some(on) = disable_on.filter(|_| history.enabled) {
        coming.push(format!("disabled on {on}"));
    }
    if let Some(on) = delete_on {
        coming.push(format!("deleted on {on}"));
    }
    let coming = match coming.as_slice() {
        [] => "it is disabled; nothing more follows".to_owned(),
        coming => format!(
            "unless it gets a contract again, it will be {}, by the first run from then on",
            coming.join(" and ")
        ),
    };
    format!(
        "no relevant contract since {} ({}); {coming}",
        clock.since, clock.reason
    )
}

fn plan_disable(ends: &mut OffboardingPlan, history: &ContractHistory, clock: &CountdownState) {
    match why_left_to_person(history, clock) {
        Some(text) => {
            let remark = offboarding_remark(history, RemarkKind::LeftToAPerson, text);
            ends.remarks.push(remark.for_person());
        }
        None => ends.actions.push(Action::Disable {
            whom: history.customer.clone(),
            clock: clock.clone(),
        }),
    }
}

fn plan_delete(
    ends: &mut OffboardingPlan,
    history: &ContractHistory,
    terms: &OffboardingRules,
    clock: &CountdownState,
    disables: bool,
) {
    if let Some(text) = why_left_to_person(history, clock) {
        let remark = offboarding_remark(history, RemarkKind::LeftToAPerson, text);
        ends.remarks.push(remark.for_person());
        return;
    }
    if history.enabled && !disables {
        // First disabled, then, in a later run, deleted.
        plan_disable(ends, history, clock);
        return;
    }
    if !terms.allow_delete {
        let text = format!(
            "no relevant contract since {}; it can be deleted now: acrotask provision \
             --allow-delete --company {}",
            clock.since, history.customer.company.id
        );
        let remark = offboarding_remark(history, RemarkKind::DeleteDue, text);
        ends.remarks
            .push(remark.for_person().told_by(&[&clock.since]));
        return;
    }
    ends.actions.push(Action::Delete {
        whom: history.customer.clone(),
        clock: clock.clone(),
        disables: history.enabled,
    });
}

/// Why nothing is done to a tenant that is due.
fn why_left_to_person(history: &ContractHistory, clock: &CountdownState) -> Option<String> {
    let due = format!("no relevant contract since {}, but", clock.since);
    if history.enabled && clock.disabled_at.is_some() {
        return Some(format!(
            "{due} somebody enabled tenant {} again after it was disabled, so a person must decide",
            history.customer.tenant_name
        ));
    }
    match &history.recovery {
        DisasterRecoveryUse::Unused => None,
        DisasterRecoveryUse::Used(items) => Some(format!(
            "{due} disaster recovery is in use ({}), so a person must decide",
            items.join(", ")
        )),
        DisasterRecoveryUse::Unknown(why) => Some(format!(
            "{due} it is not known whether disaster recovery is in use ({why}), so a person must \
             decide"
        )),
    }
}

/// Taking away so many tenants at once is no everyday matter.
fn refuse_too_many_ended(
    actions: &[Action],
    of: usize,
    terms: &OffboardingRules,
) -> Option<Refusal> {
    let lines: Vec<_> = actions.iter().map(Action::describe).collect();
    let share = Share {
        count: actions.len(),
        of,
    };
    share.exceeds_percent(terms.percent, terms.floor).then(|| Refusal {
        code: RefusalCode::TooManyEnded,
        text: format!(
            "{} customers would be disabled or deleted, above the limit of {} % if more than {} \
             exist",
            share.in_words(),
            terms.percent,
            terms.floor
        ),
        key: Some(Limits::QUOTA_LOWERED_PERCENT),
        scope: Reach::of_lines(&lines),
        approvable: true,
    })
}

fn offboarding_remark(history: &ContractHistory, kind: RemarkKind, text: String) -> Remark {
    Remark::new(kind, history.customer.tenant_name.clone(), text)
        .of_account(&history.customer.account)
        .of_company(history.customer.company.clone())
}

#[cfg(test)]
mod tests;
