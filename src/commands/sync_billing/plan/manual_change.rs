//! Units that are not what acrotask posted last: somebody took a change back, or added one.

use std::fmt::Display;

use super::super::facts::{KnownLine, LineHistory};
use super::context::{ContractLine, CustomerContext};
use super::effective::{self, LineSchedule};
use super::{PlanBuilder, PostUnits, guards};
use crate::plan::Refusal;
use crate::plan::RefusalCode;
use crate::plan::RemarkKind;

/// A change that a person made to the units of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ManualChange {
    /// What acrotask left there.
    pub(super) left: i64,
    /// What stands there now.
    pub(super) found: i64,
}

impl ManualChange {
    fn unit_difference(self) -> i64 {
        self.found.saturating_sub(self.left)
    }
}

impl CustomerContext<'_> {
    /// Units that are neither what was left there nor what usage asks for. Nothing is said while an
    /// own posting is not settled.
    pub(super) fn find_manual_change(
        &self,
        place: &ContractLine<'_>,
        known: &KnownLine,
        post: &PostUnits,
        history: &LineHistory,
    ) -> Option<ManualChange> {
        if history.open.is_some() || history.in_flight.is_some() {
            return None;
        }
        let rows = &place.line?.rows;
        let last = history.taken.last().copied();
        let day = last.map_or(post.effective, |last| last.max(post.effective));
        // A row that is not seen is not zero units.
        let found = rows.row_on(day)?.units;
        let left = known.units?;
        (found != left && found != post.wanted).then_some(ManualChange { left, found })
    }

    /// Names the units, and offers to post over them from the first later period on.
    pub(super) fn hold_manual_change(
        &self,
        draft: &mut PlanBuilder,
        place: &ContractLine<'_>,
        line: &LineSchedule<'_>,
        post: PostUnits,
        by_hand: ManualChange,
    ) {
        let contract = place.contract.id;
        let what = format!(
            "{}: it has {} units, but acrotask posted {} and usage requires {}: somebody changed \
             them",
            post.line_subject(),
            by_hand.found,
            by_hand.left,
            post.wanted
        );
        let Some(day) = effective::first_free_start(line, self.facts.today) else {
            let text = format!(
                "{what}; the contract has no later period, so settle {} units{} by hand{}",
                by_hand.unit_difference(),
                post.price_words(by_hand.unit_difference()),
                self.rules.billing.show_contract_link(contract)
            );
            let note = self.person_remark(RemarkKind::UnitsChanged, post.line_subject(), text);
            let figures: [&dyn Display; 3] = [&by_hand.found, &by_hand.left, &post.wanted];
            draft.notes.push(note.told_by(&figures));
            return;
        };
        let before = place.line.map_or(0, |line| line.rows.units_on(day));
        let post = PostUnits {
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
            post.price_words(by_hand.found.saturating_sub(post.wanted)),
            by_hand.unit_difference()
        );
        let refusal: Refusal =
            guards::hold_line(&post, RefusalCode::UnitsChanged, text, None, self.rules);
        draft.refusals.extend(self.refuse_rowless(place, &post));
        draft.refusals.push(refusal);
        draft.posts.push(post);
    }
}
