//! What becomes of the difference between a line's units and what usage asks for.

use std::fmt::Display;

use super::super::facts::LineHistory;
use super::context::{ContractLine, CountedUsage, CustomerContext, MappedItem};
use super::effective::{ChangeTiming, LineSchedule};
use super::manual_change::ManualChange;
use super::{PlanBuilder, PostUnits, guards, remarks};
use crate::plan::RefusalCode;
use crate::plan::Remark;
use crate::plan::RemarkKind;

/// What is decided of a line today.
#[derive(Debug)]
pub(super) struct LineDecision<'a> {
    pub(super) post: PostUnits,
    pub(super) by_hand: Option<ManualChange>,
    pub(super) takes_over: bool,
    pub(super) line: LineSchedule<'a>,
    pub(super) history: &'a LineHistory,
    pub(super) when: ChangeTiming,
    /// Says that usage fell to nothing, where the units stay.
    pub(super) fallen: Option<Remark>,
}

impl CustomerContext<'_> {
    /// Posts, holds or names the difference of a line.
    pub(super) fn plan_change(
        &self,
        draft: &mut PlanBuilder,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
        now: LineDecision<'_>,
    ) {
        let LineDecision { post, when, .. } = now;
        let before = post.before;
        if !self.bills_accrual(one) {
            // What is held falls when it is posted, and is judged then.
            let due = matches!(when, ChangeTiming::On(_)) && !self.is_frozen();
            let then = if due { post.wanted } else { before };
            draft.levels.add_line(before, then);
        }
        if let Some(by_hand) = now.by_hand {
            self.hold_manual_change(draft, place, &now.line, post, by_hand);
            return;
        }
        if before == post.wanted {
            draft
                .notes
                .extend(self.remark_vanished(one, counted, before));
            draft.notes.extend(now.fallen);
            return;
        }
        if let ChangeTiming::On(_) = when {
            draft.refusals.extend(self.refuse_rowless(place, &post));
            if now.takes_over {
                draft.takeovers.insert((post.contract, post.service));
            }
            self.add_post(draft, one, post, counted, now.history);
        } else {
            draft
                .notes
                .extend(self.remark_not_now(one, &post, counted, when));
        }
    }

    /// Posts the difference, with what holds it back; nothing on a frozen day, or while an earlier
    /// posting is on its way.
    fn add_post(
        &self,
        draft: &mut PlanBuilder,
        one: MappedItem<'_>,
        post: PostUnits,
        counted: Option<&CountedUsage<'_>>,
        history: &LineHistory,
    ) {
        if self.is_frozen() {
            draft.notes.push(self.remark_frozen(&post));
            return;
        }
        if let Some(young) = &history.in_flight {
            draft.notes.push(self.remark_in_flight(&post, young));
            return;
        }
        let mut refusals = guards::check_line(&post, self.bills_accrual(one), self.rules);
        refusals.extend(self.hold_missing(&post, counted));
        let zero = refusals
            .iter()
            .any(|refusal| refusal.code == RefusalCode::UsageZero);
        refusals.extend(self.hold_fallen(&post, one, counted).filter(|_| !zero));
        refusals.extend(remarks::check_earlier_postings(&post, history, self.rules));
        draft.refusals.extend(refusals);
        draft.posts.push(post);
    }

    /// What is said of a difference that cannot be posted now. That usage is missing is said at
    /// once, not when it comes to posting.
    fn remark_not_now(
        &self,
        one: MappedItem<'_>,
        post: &PostUnits,
        counted: Option<&CountedUsage<'_>>,
        when: ChangeTiming,
    ) -> Option<Remark> {
        match self.hold_missing(post, counted) {
            Some(missing) => {
                let (kind, figures): (_, &[&dyn Display]) =
                    if missing.code == RefusalCode::OlderReading {
                        (RemarkKind::OlderReading, &[&post.before, &post.wanted])
                    } else {
                        (RemarkKind::UsageMissing, &[&post.before])
                    };
                Some(*self.item_remark(one, kind, missing.text, figures))
            }
            None => self.remark_later(post, when),
        }
    }
}
