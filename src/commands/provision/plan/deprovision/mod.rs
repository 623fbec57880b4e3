//! What becomes of customers without a contract: clocks, then disabled, then deleted.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::Action;
use crate::config::{Deprovision, Limits};
use crate::onboarding::Whom;
use crate::plan::{Action as _, Note, Refusal, Scope, Share};

/// One linked customer whose account was read.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) struct Tenure {
    pub(in crate::commands::provision) whom: Whom,
    pub(in crate::commands::provision) end: End,
    pub(in crate::commands::provision) clock: Option<Running>,
    pub(in crate::commands::provision) enabled: bool,
    pub(in crate::commands::provision) recovery: Recovery,
}

/// Where the company stands with the contracts of all accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum End {
    /// A relevant contract is in force, or its next one is to come.
    Held { coming: bool },
    /// The last one is over; the first day without is known unless somebody set it inactive.
    Over { since: Option<Date>, reason: String },
    /// Nothing can be seen that ever was a relevant contract: unreadable is not ended.
    Unseen,
}

/// A clock as it stands in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) struct Running {
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
pub(in crate::commands::provision) enum Recovery {
    Unused,
    /// By these items.
    Used(Vec<String>),
    /// Why it is not known.
    Unknown(String),
}

/// What the configuration and the command line allow.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands::provision) struct Terms {
    pub(in crate::commands::provision) after: Deprovision,
    pub(in crate::commands::provision) allow_delete: bool,
    pub(in crate::commands::provision) today: Date,
    /// Every customer and every contract was asked for.
    pub(in crate::commands::provision) whole: bool,
    pub(in crate::commands::provision) percent: u32,
    pub(in crate::commands::provision) floor: usize,
}

/// What is to be remembered of a clock, whatever becomes of the plan's actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum Tick {
    Set(Whom, Running),
    Reset(Whom),
}

/// Everything decided about the ends of customers.
#[derive(Debug, Default)]
pub(in crate::commands::provision) struct Ends {
    pub(in crate::commands::provision) actions: Vec<Action>,
    pub(in crate::commands::provision) notes: Vec<Note>,
    pub(in crate::commands::provision) refusals: Vec<Refusal>,
    pub(in crate::commands::provision) ticks: Vec<Tick>,
}

/// Decides for every customer.
pub(in crate::commands::provision) fn ends(tenures: &[Tenure], terms: &Terms) -> Ends {
    let mut ends = Ends::default();
    let is_off = terms.after == Deprovision::default();
    let vanished = all_vanished(tenures);
    for tenure in tenures {
        match &tenure.end {
            End::Held { coming: false } => returned(&mut ends, tenure),
            End::Held { coming: true } | End::Unseen => {}
            End::Over { .. } if is_off || !terms.whole || vanished => {
                forget(&mut ends, tenure, is_off)
            }
            End::Over { since, reason } => over(&mut ends, tenure, terms, (*since, reason)),
        }
    }
    if vanished && terms.whole && !is_off {
        ends.notes.push(Note {
            kind: "clocks-held",
            account: None,
            company: None,
            subject: "clocks".to_owned(),
            text: format!(
                "none of the {} linked customers has a relevant contract today, which looks like \
                 an outage: no countdown starts or continues",
                tenures.len()
            ),
            needs_person: true,
        });
    }
    ends.refusals
        .extend(too_many(&ends.actions, tenures.len(), terms));
    ends
}

/// Whether all customers lost their contracts at once; one customer alone may well end.
fn all_vanished(tenures: &[Tenure]) -> bool {
    let is_held = |tenure: &Tenure| matches!(tenure.end, End::Held { .. });
    tenures.len() > 1 && !tenures.iter().any(is_held)
}

/// A contract is back: the clock stops. A tenant that we disabled is switched on by a person only.
fn returned(ends: &mut Ends, tenure: &Tenure) {
    let Some(clock) = &tenure.clock else { return };
    if clock.disabled_at.is_some() && !tenure.enabled {
        let text = format!(
            "it has a contract again, and its tenant {} is still disabled: switch it on in Acronis",
            tenure.whom.tenant_name
        );
        ends.notes
            .push(note(tenure, "disabled-with-contract", text, true));
        return;
    }
    ends.ticks.push(Tick::Reset(tenure.whom.clone()));
}

/// With deprovisioning off no clock is kept; what we disabled stays known.
fn forget(ends: &mut Ends, tenure: &Tenure, is_off: bool) {
    let is_plain = |clock: &Running| clock.disabled_at.is_none();
    if is_off && tenure.clock.as_ref().is_some_and(is_plain) {
        ends.ticks.push(Tick::Reset(tenure.whom.clone()));
    }
}

fn over(ends: &mut Ends, tenure: &Tenure, terms: &Terms, (since, reason): (Option<Date>, &str)) {
    let known = tenure.clock.as_ref();
    let clock = Running {
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
    let disable_on = terms.after.disable_after_days.map(|days| day(&clock, days));
    let delete_on = terms.after.delete_after_days.map(|days| day(&clock, days));
    let is_due = |on: Option<Date>| was_told && on.is_some_and(|on| on <= terms.today);
    // What is due stays told of on an earlier day, so that a second run today still knows it.
    let stays = (is_due(disable_on) || is_due(delete_on)) && clock.disabled_at.is_none();
    if !stays && known != Some(&clock) {
        ends.ticks
            .push(Tick::Set(tenure.whom.clone(), clock.clone()));
    }
    if is_due(delete_on) {
        delete(ends, tenure, terms, &clock, disable_on.is_none());
    } else if is_due(disable_on) && tenure.enabled {
        disable(ends, tenure, &clock);
    } else {
        let text = ahead(tenure, &clock, disable_on, delete_on);
        ends.notes
            .push(note(tenure, "deprovision-clock", text, false));
    }
}

/// So many days after the contract's last day, which is the day before `since`.
fn day(clock: &Running, days: u32) -> Date {
    let last = clock.since.yesterday().unwrap_or(clock.since);
    last.checked_add(i64::from(days).days())
        .unwrap_or(Date::MAX)
}

fn ahead(
    tenure: &Tenure,
    clock: &Running,
    disable_on: Option<Date>,
    delete_on: Option<Date>,
) -> String {
    let mut coming = Vec::new();
    if let Some(on) = disable_on.filter(|_| tenure.enabled) {
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

fn disable(ends: &mut Ends, tenure: &Tenure, clock: &Running) {
    match by_person(tenure, clock) {
        Some(text) => ends
            .notes
            .push(note(tenure, "left-to-a-person", text, true)),
        None => ends.actions.push(Action::Disable {
            whom: tenure.whom.clone(),
            clock: clock.clone(),
        }),
    }
}

fn delete(ends: &mut Ends, tenure: &Tenure, terms: &Terms, clock: &Running, disables: bool) {
    if let Some(text) = by_person(tenure, clock) {
        ends.notes
            .push(note(tenure, "left-to-a-person", text, true));
        return;
    }
    if tenure.enabled && !disables {
        // First disabled, then, in a later run, deleted.
        disable(ends, tenure, clock);
        return;
    }
    if !terms.allow_delete {
        let text = format!(
            "no relevant contract since {}; it can be deleted now: acrotask provision \
             --allow-delete --company {}",
            clock.since, tenure.whom.company.id
        );
        ends.notes.push(note(tenure, "delete-due", text, true));
        return;
    }
    ends.actions.push(Action::Delete {
        whom: tenure.whom.clone(),
        clock: clock.clone(),
        disables: tenure.enabled,
    });
}

/// Why nothing is done to a tenant that is due.
fn by_person(tenure: &Tenure, clock: &Running) -> Option<String> {
    let due = format!("no relevant contract since {}, but", clock.since);
    if tenure.enabled && clock.disabled_at.is_some() {
        return Some(format!(
            "{due} somebody enabled tenant {} again after it was disabled, so a person must decide",
            tenure.whom.tenant_name
        ));
    }
    match &tenure.recovery {
        Recovery::Unused => None,
        Recovery::Used(items) => Some(format!(
            "{due} disaster recovery is in use ({}), so a person must decide",
            items.join(", ")
        )),
        Recovery::Unknown(why) => Some(format!(
            "{due} it is not known whether disaster recovery is in use ({why}), so a person must \
             decide"
        )),
    }
}

/// Taking away so many tenants at once is no everyday matter.
fn too_many(actions: &[Action], of: usize, terms: &Terms) -> Option<Refusal> {
    let lines: Vec<_> = actions.iter().map(Action::describe).collect();
    let share = Share {
        count: actions.len(),
        of,
    };
    share.exceeds(terms.percent, terms.floor).then(|| Refusal {
        code: "too-many-ended",
        text: format!(
            "{} customers would be disabled or deleted, above the limit of {} % if more than {} \
             exist",
            share.in_words(),
            terms.percent,
            terms.floor
        ),
        key: Some(Limits::QUOTA_LOWERED_PERCENT),
        scope: Scope::lines(&lines),
        approvable: true,
    })
}

fn note(tenure: &Tenure, kind: &'static str, text: String, needs_person: bool) -> Note {
    Note {
        kind,
        account: Some(tenure.whom.account.clone()),
        company: Some(tenure.whom.company.clone()),
        subject: tenure.whom.tenant_name.clone(),
        text,
        needs_person,
    }
}

#[cfg(test)]
mod tests;
