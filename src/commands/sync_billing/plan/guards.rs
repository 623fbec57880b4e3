//! The brakes of billing. Each speaks its numbers and its key.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::action::PostUnits;
use super::{LevelTotals, RowCount, Rules};
use crate::config::Limits;
use crate::plan::{Reach, Refusal, RefusalCode, Share};

/// Stops the whole run when billed units would fall by too large a share over all customers.
pub(super) fn refuse_total_fall(levels: &LevelTotals, limits: &Limits) -> Option<Refusal> {
    let share = Share {
        count: usize::try_from(levels.falling).unwrap_or(usize::MAX),
        of: usize::try_from(levels.before).unwrap_or(usize::MAX),
    };
    let floor = usize::try_from(limits.usage_dropped_min).unwrap_or(usize::MAX);
    let percent = limits.usage_dropped_percent;
    share.exceeds_percent(percent, floor).then(|| Refusal {
        code: RefusalCode::UsageDropped,
        text: format!(
            "{} billed units would be removed over all customers, more than {percent} %: check \
             whether usage of some of them is missing",
            share.in_words()
        ),
        key: Some(Limits::USAGE_DROPPED_PERCENT),
        scope: Reach::Run,
        approvable: true,
    })
}

/// What holds one line back because of its numbers.
pub(super) fn check_line(post: &PostUnits, accrues: bool, rules: Rules<'_>) -> Vec<Refusal> {
    let limits = rules.limits;
    let mut refusals = Vec::new();
    let change = post.unit_change();
    if change.saturating_abs() > limits.units_change_max {
        let text = format!(
            "{}: {} → {} units is a change of {change:+}, more than {} at once; compare with the \
             usage that Acronis shows for {}",
            post.line_subject(),
            post.before,
            post.wanted,
            limits.units_change_max,
            post.party.name,
        );
        refusals.push(hold_line(
            post,
            RefusalCode::UnitsJump,
            text,
            Some(Limits::UNITS_CHANGE_MAX),
            rules,
        ));
    }
    let nothing = post.usage.is_some_and(|usage| usage <= Decimal::ZERO);
    // What accrues begins anew with each period: its fall says nothing.
    let falls = post.before > limits.units_to_zero_max && post.wanted < post.before && !accrues;
    if falls && (nothing || post.wanted == 0) {
        let why = if nothing {
            format!(
                "usage fell to zero; check whether {} is no longer used, or only its usage is \
                 missing",
                post.party.name
            )
        } else {
            format!(
                "all usage is included or rounded away ({})",
                post.arithmetic
            )
        };
        let text = format!(
            "{}: {} billed units (more than {}) would become {}: {why}",
            post.line_subject(),
            post.before,
            limits.units_to_zero_max,
            post.wanted,
        );
        refusals.push(hold_line(
            post,
            RefusalCode::UsageZero,
            text,
            Some(Limits::UNITS_TO_ZERO_MAX),
            rules,
        ));
    }
    refusals
}

/// Stops the whole run when no billed line shows units: one without them may be new, all are not.
pub(super) fn refuse_unseen_rows(rows: &RowCount, today: Date) -> Option<Refusal> {
    (rows.lines > 1 && rows.shown == 0).then(|| Refusal {
        code: RefusalCode::NoUnits,
        text: format!(
            "none of the {} lines that are billed by usage shows units on {today}; check whether \
             the API user lost the permission to see them",
            rows.lines
        ),
        key: None,
        scope: Reach::Run,
        approvable: true,
    })
}

/// An empty list of unit rows can be a right that was lost: it is not the number 0.
pub(super) fn refuse_rowless(post: &PostUnits, rules: Rules<'_>) -> Refusal {
    let text = format!(
        "{}: Autotask shows no units of this line on {}, not even zero, so the difference cannot \
         be calculated; check whether the API user lost the permission to see them",
        post.line_subject(),
        post.effective
    );
    hold_line(post, RefusalCode::NoUnits, text, None, rules)
}

/// A line that waits until a person approves the plan.
pub(super) fn hold_line(
    post: &PostUnits,
    code: RefusalCode,
    text: String,
    key: Option<&'static str>,
    rules: Rules<'_>,
) -> Refusal {
    Refusal {
        code,
        text: text + &rules.billing.show_contract_link(post.contract),
        key,
        scope: Reach::of_line(&post.describe_change()),
        approvable: true,
    }
}
