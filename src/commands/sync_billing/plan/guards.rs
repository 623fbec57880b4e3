//! The brakes of billing. Each speaks its numbers and its key.

use super::action::Post;
use super::{Levels, Rules};
use crate::config::Limits;
use crate::plan::{Refusal, Scope, Share};

/// Stops the whole run when billed units would fall by too large a share over all customers.
pub(super) fn fall(levels: &Levels, limits: &Limits) -> Option<Refusal> {
    let share = Share {
        count: usize::try_from(levels.falling).unwrap_or(usize::MAX),
        of: usize::try_from(levels.before).unwrap_or(usize::MAX),
    };
    let floor = usize::try_from(limits.usage_dropped_min).unwrap_or(usize::MAX);
    let percent = limits.usage_dropped_percent;
    share.exceeds(percent, floor).then(|| Refusal {
        code: "usage-dropped",
        text: format!(
            "{} billed units would fall away over all customers, more than {percent} %: is the \
             usage of some of them missing?",
            share.in_words()
        ),
        key: Some(Limits::USAGE_DROPPED_PERCENT),
        scope: Scope::Run,
        approvable: true,
    })
}

/// What holds one line back because of its numbers.
pub(super) fn line(post: &Post, accrues: bool, rules: Rules<'_>) -> Vec<Refusal> {
    let limits = rules.limits;
    let mut refusals = Vec::new();
    let change = post.change();
    if change.saturating_abs() > limits.units_change_max {
        let text = format!(
            "{}: {} → {} units is a change of {change:+}, more than {} at once; compare with the \
             usage that Acronis shows for {}",
            post.subject(),
            post.before,
            post.wanted,
            limits.units_change_max,
            post.party.name,
        );
        refusals.push(held(
            post,
            "units-jump",
            text,
            Some(Limits::UNITS_CHANGE_MAX),
        ));
    }
    // What accrues begins anew with each period: its fall says nothing.
    if post.wanted == 0 && post.before > limits.units_to_zero_max && !accrues {
        let text = format!(
            "{}: usage fell to nothing from {} billed units (more than {}); is {} gone, or only \
             its usage?",
            post.subject(),
            post.before,
            limits.units_to_zero_max,
            post.party.name,
        );
        refusals.push(held(
            post,
            "usage-zero",
            text,
            Some(Limits::UNITS_TO_ZERO_MAX),
        ));
    }
    refusals
}

/// A line that waits until a person approves the plan.
pub(super) fn held(
    post: &Post,
    code: &'static str,
    text: String,
    key: Option<&'static str>,
) -> Refusal {
    Refusal {
        code,
        text,
        key,
        scope: Scope::line(&post.describe()),
        approvable: true,
    }
}
