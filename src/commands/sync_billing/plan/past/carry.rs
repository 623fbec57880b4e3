//! One approved plan carries what was missed and every later change of the line, the oldest first,
//! each on top of the one before.

use jiff::civil::Date;

use super::super::arithmetic::Computed;
use super::super::effective::period_on;
use super::super::{Draft, Post, guards, said};
use super::{EndedPeriod, PastLine};
use crate::domain::period::Period;

/// The changes of one line that wait together.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// In order.
    pub(super) posts: Vec<Post>,
    /// The periods that are offered.
    pub(super) offered: Vec<Period>,
}

impl Carried {
    /// By how much the units of later days are moved so far.
    fn moved(&self) -> i64 {
        let changes = self.posts.iter().map(Post::change);
        changes.fold(0, i64::saturating_add)
    }

    fn push(&mut self, post: Post) {
        if post.change() != 0 {
            self.posts.push(post);
        }
    }
}

impl PastLine<'_> {
    pub(super) fn carry(&self, draft: &mut Draft) {
        let mut carried = Carried::default();
        for one in self.periods() {
            if self.is_monthly(one.period) {
                self.one(draft, &mut carried, one);
            } else {
                draft.notes.extend(self.not_monthly(one.period));
            }
        }
        if carried.offered.is_empty() {
            return;
        }
        self.on_top(draft, &mut carried);
        if self.is_frozen() {
            return;
        }
        for (position, post) in (0_u8..).zip(&mut carried.posts) {
            post.position = position;
            post.supersedes = position == 0 && self.history.open.is_some();
        }
        if let Some(first) = carried.posts.first() {
            draft.refusals.push(self.offer(first, &carried));
            let earlier = said::earlier(first, self.history, self.rules);
            draft.refusals.extend(earlier);
        }
        draft.posts.append(&mut carried.posts);
    }

    /// Offers or names one ended period.
    fn one(&self, draft: &mut Draft, carried: &mut Carried, one: EndedPeriod) {
        let period = one.period;
        if one.settled {
            return self.as_billed(carried, period.start);
        }
        let rows = &self.line.rows;
        let units = rows.on(self.billed_on(period)).map(|row| row.units);
        let (Some((computed, measure)), Some(units)) = (self.wanted_in(period), units) else {
            draft.notes.push(self.unread(period, units));
            return self.as_billed(carried, period.start);
        };
        if computed.units == units {
            match self.fallen(period, &computed, measure) {
                Some(note) => draft.notes.push(note),
                None => draft.found_right.push((self.key, period.start)),
            }
            return self.as_billed(carried, period.start);
        }
        if self.has_its_change(period) && self.puts_off(computed.units, units) {
            return self.as_billed(carried, period.start);
        }
        let Some(day) = self.offered_from(period) else {
            draft.notes.push(self.named(period, units, &computed));
            return;
        };
        let before = rows.units_on(day).saturating_add(carried.moved());
        let post = Post {
            effective: day,
            period: Some(period.start),
            ..self.change(before, computed, measure)
        };
        if carried.offered.is_empty() && self.is_due_late(period) {
            return self.post_late(draft, post);
        }
        carried.offered.push(period);
        carried.push(post);
    }

    /// Posts what accrued, unasked: the run of the period's last day is missing.
    fn post_late(&self, draft: &mut Draft, post: Post) {
        if self.is_frozen() {
            return;
        }
        draft.refusals.extend(guards::line(&post, true, self.rules));
        let earlier = said::earlier(&post, self.history, self.rules);
        draft.refusals.extend(earlier);
        draft.posts.push(Post {
            supersedes: self.history.open.is_some(),
            ..post
        });
    }

    /// A later day that is billed rightly keeps its units, whatever is moved before it.
    fn as_billed(&self, carried: &mut Carried, day: Date) {
        let moved = carried.moved();
        if moved == 0 || carried.posts.iter().any(|post| post.effective >= day) {
            return;
        }
        let units = self.line.rows.units_on(day);
        let computed = Computed {
            units,
            words: format!("as billed: {units}"),
        };
        carried.push(Post {
            effective: day,
            ..self.change(units.saturating_add(moved), computed, None)
        });
    }

    /// What is planned for the current period comes on top; where that period is settled, it keeps
    /// its units.
    fn on_top(&self, draft: &mut Draft, carried: &mut Carried) {
        let of_line = |post: &Post| (post.contract, post.service) == self.key;
        if let Some(at) = draft.posts.iter().position(of_line) {
            let post = draft.posts.remove(at);
            let before = post.before.saturating_add(carried.moved());
            let last = carried.posts.last().map(|last| last.effective);
            if last.is_none_or(|last| last < post.effective) {
                carried.push(Post { before, ..post });
            }
            return;
        }
        let Some(current) = period_on(self.contract, self.facts.today) else {
            return;
        };
        let settled = draft.standing.iter().any(|standing| {
            of_line(&standing.line) && standing.period == current && standing.settled
        });
        if settled || self.is_settled(current) {
            self.as_billed(carried, current.start);
        }
    }
}
