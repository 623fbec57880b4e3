//! Money of planned changes, exactly, by the line's own price.

use rust_decimal::Decimal;

use super::{PostUnits, Rules};
use crate::config::Limits;
use crate::plan::{Description, Reach, Refusal, RefusalCode};

/// What changes of several lines come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ChangeTotals {
    pub(super) lines: usize,
    pub(super) before: i64,
    pub(super) wanted: i64,
    /// Money that is added, and that is taken away, each without its sign.
    pub(super) added: Decimal,
    pub(super) taken: Decimal,
    /// Lines whose price is hidden or unknown.
    pub(super) unpriced: usize,
}

impl ChangeTotals {
    pub(super) fn of_posts<'p>(posts: impl IntoIterator<Item = &'p PostUnits>) -> Self {
        let mut totals = Self::default();
        for post in posts {
            totals.lines = totals.lines.saturating_add(1);
            totals.before = totals.before.saturating_add(post.before);
            totals.wanted = totals.wanted.saturating_add(post.wanted);
            match post.amount_of(post.unit_change()) {
                None => totals.unpriced = totals.unpriced.saturating_add(1),
                Some(amount) if amount >= Decimal::ZERO => {
                    totals.added = totals.added.saturating_add(amount);
                }
                Some(amount) => totals.taken = totals.taken.saturating_sub(amount),
            }
        }
        totals
    }

    /// `12 → 30 units, +18.00 and -2.00`.
    pub(super) fn in_words(self) -> String {
        let unpriced = match self.unpriced {
            0 => String::new(),
            lines => format!(", {lines} without a visible price"),
        };
        format!(
            "{} → {} units, +{} and -{}{unpriced}",
            self.before,
            self.wanted,
            show_money(self.added),
            show_money(self.taken)
        )
    }
}

impl PostUnits {
    /// What some units cost by the line's own price; none where that is unknown.
    pub(crate) fn amount_of(&self, units: i64) -> Option<Decimal> {
        self.price?.checked_mul(Decimal::from(units))
    }

    /// `, 25.00`: what some units cost, to stand behind their number; nothing where it is unknown.
    pub(crate) fn price_words(&self, units: i64) -> String {
        let amount = self.amount_of(units);
        amount.map_or_else(String::new, |amount| format!(", {}", show_money(amount)))
    }
}

/// Money with all its digits, two at least.
pub(crate) fn show_money(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

/// What one run would add, or take away, beyond the limit. Lines that something else holds back
/// wait anyway and do not count.
pub(super) fn check_amounts(
    posts: &[PostUnits],
    held: &[Refusal],
    rules: Rules<'_>,
) -> Vec<Refusal> {
    let described: Vec<(&PostUnits, Description)> = posts
        .iter()
        .map(|post| (post, post.describe_change()))
        .filter(|(_, line)| !held.iter().any(|refusal| refusal.holds_line(line)))
        .collect();
    let limit = Decimal::from(rules.limits.amount_change_max);
    let one = |adds: bool| {
        let within = described
            .iter()
            .filter(|(post, _)| (post.unit_change() > 0) == adds);
        let lines: Vec<_> = within.collect();
        let totals = ChangeTotals::of_posts(lines.iter().map(|(post, _)| *post));
        let (amount, verb) = if adds {
            (totals.added, "add")
        } else {
            (totals.taken, "remove")
        };
        (amount > limit).then(|| Refusal {
            code: RefusalCode::AmountChange,
            text: format!(
                "{} lines would {verb} {} per period, more than {} in one run ({}); check the \
                 largest, then approve this plan",
                totals.lines,
                show_money(amount),
                rules.limits.amount_change_max,
                totals.in_words(),
            ),
            key: Some(Limits::AMOUNT_CHANGE_MAX),
            scope: Reach::of_lines(lines.iter().map(|(_, line)| line)),
            approvable: true,
        })
    };
    [one(true), one(false)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_two_digits_at_least_and_never_rounded() {
        for (amount, shown) in [
            ("5", "5.00"),
            ("0.105", "0.105"),
            ("2.50", "2.50"),
            ("-7.1", "-7.10"),
        ] {
            let amount: Decimal = amount.parse().unwrap();
            assert_eq!(show_money(amount), shown);
        }
    }
}
