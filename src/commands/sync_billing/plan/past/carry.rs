//! One approved plan carries what was missed and every later change of the line, the oldest first,
//! each on top of the one before.

use jiff::civil::Date;

use super::super::arithmetic::ComputedUnits;
use super::super::effective::period_on;
use super::super::{PlanBuilder, PostUnits, guards, remarks};
use super::{EndedPeriod, PastLine};
use crate::domain::period::BillingPeriod;

/// The changes of one line that wait together.
#[derive(Debug, Default)]
pub(super) struct CarriedChanges {
    /// In order.
    pub(super) posts: Vec<PostUnits>,
    /// The periods that are offered.
    pub(super) offered: Vec<BillingPeriod>,
}

impl CarriedChanges {
    /// By how much the units of later days are moved so far.
    fn moved_units(&self) -> i64 {
        let changes = self.posts.iter().map(PostUnits::unit_change);
        changes.fold(0, i64::saturating_add)
    }

    fn push(&mut self, post: PostUnits) {
        if post.unit_change() != 0 {
            self.posts.push(post);
        }
    }
}

impl PastLine<'_> {
    pub(super) fn carry_missed(&self, draft: &mut PlanBuilder) {
        let mut carried = CarriedChanges::default();
        for one in self.open_periods() {
            if self.is_monthly(one.period) {
                self.carry_period(draft, &mut carried, one);
            } else {
                draft.notes.extend(self.remark_not_monthly(one.period));
            }
        }
        if carried.offered.is_empty() {
            return;
        }
        self.carry_current(draft, &mut carried);
        if self.is_frozen() {
            return;
        }
        for (position, post) in (0_u8..).zip(&mut carried.posts) {
            post.position = position;
            post.supersedes = position == 0 && self.history.open.is_some();
        }
        if let Some(first) = carried.posts.first() {
            draft.refusals.push(self.offer_missed(first, &carried));
            let earlier = remarks::check_earlier_postings(first, self.history, self.rules);
            draft.refusals.extend(earlier);
        }
        draft.posts.append(&mut carried.posts);
    }

    /// Offers or names one ended period.
    fn carry_period(
        &self,
        draft: &mut PlanBuilder,
        carried: &mut CarriedChanges,
        one: EndedPeriod,
    ) {
        let period = one.period;
        if one.settled {
            return self.keep_as_billed(carried, period.start);
        }
        let rows = &self.line.rows;
        let units = rows.row_on(self.billed_on(period)).map(|row| row.units);
        let (Some((computed, measure)), Some(units)) = (self.wanted_in(period), units) else {
            draft.notes.push(self.remark_unread(period, units));
            return self.keep_as_billed(carried, period.start);
        };
        if computed.units == units {
            match self.remark_fallen(period, &computed, measure) {
                Some(note) => draft.notes.push(note),
                None => draft.found_right.push((self.key, period.start)),
            }
            return self.keep_as_billed(carried, period.start);
        }
        if self.has_its_change(period) && self.puts_off(computed.units, units) {
            return self.keep_as_billed(carried, period.start);
        }
        let Some(day) = self.offered_from(period) else {
            draft
                .notes
                .push(self.remark_missed(period, units, &computed));
            return;
        };
        let before = rows.units_on(day).saturating_add(carried.moved_units());
        let post = PostUnits {
            effective: day,
            period: Some(period.start),
            ..self.build_post(before, computed, measure)
        };
        if carried.offered.is_empty() && self.is_due_late(period) {
            return self.post_late(draft, post);
        }
        carried.offered.push(period);
        carried.push(post);
    }

    /// Posts what accrued, unasked: the run of the period's last day is missing.
    fn post_late(&self, draft: &mut PlanBuilder, post: PostUnits) {
        if self.is_frozen() {
            return;
        }
        draft
            .refusals
            .extend(guards::check_line(&post, true, self.rules));
        let earlier = remarks::check_earlier_postings(&post, self.history, self.rules);
        draft.refusals.extend(earlier);
        draft.posts.push(PostUnits {
            supersedes: self.history.open.is_some(),
            ..post
        });
    }

    /// A later day that is billed rightly keeps its units, whatever is moved before it.
    fn keep_as_billed(&self, carried: &mut CarriedChanges, day: Date) {
        let moved = carried.moved_units();
        if moved == 0 || carried.posts.iter().any(|post| post.effective >= day) {
            return;
        }
        let units = self.line.rows.units_on(day);
        let computed = ComputedUnits {
            units,
            words: format!("as billed: {units}"),
        };
        carried.push(PostUnits {
            effective: day,
            ..self.build_post(units.saturating_add(moved), computed, None)
        });
    }

    /// What is planned for the current period comes on top; where that period is settled, it keeps
    /// its units.
    fn carry_current(&self, draft: &mut PlanBuilder, carried: &mut CarriedChanges) {
        let of_line = |post: &PostUnits| (post.contract, post.service) == self.key;
        if let Some(at) = draft.posts.iter().position(of_line) {
            let post = draft.posts.remove(at);
            let before = post.before.saturating_add(carried.moved_units());
            let last = carried.posts.last().map(|last| last.effective);
            if last.is_none_or(|last| last < post.effective) {
                carried.push(PostUnits { before, ..post });
            }
            return;
        }
        let Some(current) = period_on(self.contract, self.facts.today) else {
            return;
        };
        let settled = draft.billed_levels.iter().any(|standing| {
            of_line(&standing.line) && standing.period == current && standing.settled
        });
        if settled || self.is_settled(current) {
            self.keep_as_billed(carried, current.start);
        }
    }
}
