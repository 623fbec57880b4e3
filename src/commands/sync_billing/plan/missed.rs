//! A period that ended before its change was posted: `posting = "period-end"`, and no run in the
//! last days of the period, or none that was allowed to post.

use super::super::facts::LineHistory;
use super::customer::{Mapped, Place, View};
use super::effective::{self, Line, Missed};
use super::{Draft, Post, Rules, arithmetic, guards};
use crate::plan::{Note, Refusal};

impl View<'_> {
    /// Makes good for the period before the current one. A person approves it, because nothing
    /// tells that the contract was billed by usage then already.
    pub(super) fn missed(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        place: &Place<'_>,
        line: &Line<'_>,
        history: &LineHistory,
    ) {
        let today = self.facts.today;
        let Some(missed) = effective::missed(line, today, self.terms) else {
            return;
        };
        let Some(counted) = self.counted_in(one, missed.period) else {
            return;
        };
        let Some(computed) = arithmetic::compute(one.link.measure, counted.amount) else {
            return;
        };
        let day = missed.from.unwrap_or(missed.period.start);
        let before = place.line.map_or(0, |line| line.rows.units_on(day));
        if before == computed.units {
            return;
        }
        let post = Post {
            effective: day,
            supersedes: history.open.is_some(),
            ..self.difference(one, place, Some(&counted), computed, before)
        };
        if missed.from.is_none() {
            draft.notes.push(self.too_late(&post, missed));
            return;
        }
        draft.refusals.extend(self.rowless(place, &post));
        draft.refusals.push(late(&post, missed, self.rules));
        self.post(draft, one, post, Some(&counted), history);
    }

    fn too_late(&self, post: &Post, missed: Missed) -> Note {
        let text = format!(
            "{}: its period {} to {} ended with {} units, but {} were used; it is approved and \
             posted, or was adjusted since, so that the difference has to be billed by hand{}",
            post.subject(),
            missed.period.start,
            missed.period.end,
            post.before,
            post.wanted,
            self.rules.billing.link(post.contract)
        );
        self.note("period-missed", post.subject(), text)
    }
}

fn late(post: &Post, missed: Missed, rules: Rules<'_>) -> Refusal {
    let text = format!(
        "{}: nothing was posted in the last days of its period {} to {}, which ended with {} units \
         and {} used; approve this plan to post the difference from {}",
        post.subject(),
        missed.period.start,
        missed.period.end,
        post.before,
        post.wanted,
        post.effective
    );
    guards::held(post, "period-missed", text, None, rules)
}
