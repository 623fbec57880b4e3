//! Units that are not what acrotask posted last: somebody took a change back, or added one.

use super::super::facts::{KnownLine, LineHistory};
use super::customer::{Place, View};
use super::effective::{self, Line};
use super::{Draft, Post, guards};
use crate::plan::Refusal;

/// The word for units that somebody changed.
pub(in crate::commands::sync_billing) const UNITS_CHANGED: &str = "units-changed";

/// A change that a person made to the units of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByHand {
    /// What acrotask left there.
    pub(super) left: i64,
    /// What stands there now.
    pub(super) found: i64,
}

impl ByHand {
    fn difference(self) -> i64 {
        self.found.saturating_sub(self.left)
    }
}

impl View<'_> {
    /// Units that are neither what was left there nor what usage asks for. Nothing is said while an
    /// own posting is not settled.
    pub(super) fn by_hand(
        &self,
        place: &Place<'_>,
        known: &KnownLine,
        post: &Post,
        history: &LineHistory,
    ) -> Option<ByHand> {
        if history.open.is_some() || history.young.is_some() {
            return None;
        }
        let rows = &place.line?.rows;
        let last = history.taken.last().copied();
        let day = last.map_or(post.effective, |last| last.max(post.effective));
        // A row that is not seen is not zero units.
        let found = rows.on(day)?.units;
        let left = known.units?;
        (found != left && found != post.wanted).then_some(ByHand { left, found })
    }

    /// Names the units, and offers to post over them from the first later period on.
    pub(super) fn hold_by_hand(
        &self,
        draft: &mut Draft,
        place: &Place<'_>,
        line: &Line<'_>,
        (post, by_hand): (Post, ByHand),
    ) {
        let contract = place.contract.id;
        let what = format!(
            "{}: it has {} units, but acrotask posted {} and usage requires {}: somebody changed \
             them",
            post.subject(),
            by_hand.found,
            by_hand.left,
            post.wanted
        );
        let Some(day) = effective::first_free_start(line, self.facts.today) else {
            let text = format!(
                "{what}; the contract has no later period, so settle {} units{} by hand{}",
                by_hand.difference(),
                post.priced(by_hand.difference()),
                self.rules.billing.link(contract)
            );
            draft
                .notes
                .push(self.note(UNITS_CHANGED, post.subject(), text));
            return;
        };
        let before = place.line.map_or(0, |line| line.rows.units_on(day));
        let post = Post {
            before,
            effective: day,
            period: None,
            ..post
        };
        let text = format!(
            "{what}; approve this plan to post {} units from {day}, after which {:+} units{} of \
             the \
             current period are left to settle by hand; or keep the {:+} units beside what is used \
             until the contract ends: use `acrotask status dismiss` with the key from `acrotask \
             status`",
            post.wanted,
            by_hand.found.saturating_sub(post.wanted),
            post.priced(by_hand.found.saturating_sub(post.wanted)),
            by_hand.difference()
        );
        let refusal: Refusal = guards::held(&post, UNITS_CHANGED, text, None, self.rules);
        draft.refusals.extend(self.rowless(place, &post));
        draft.refusals.push(refusal);
        draft.posts.push(post);
    }
}
