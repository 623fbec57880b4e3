//! What becomes of the difference between a line's units and what usage asks for.

use super::super::facts::LineHistory;
use super::by_hand::ByHand;
use super::customer::{Mapped, Place, View};
use super::effective::{Line, When};
use super::reading::Counted;
use super::{Draft, Post};
use crate::plan::Note;

/// What is decided of a line today.
#[derive(Debug)]
pub(super) struct Now<'a> {
    pub(super) post: Post,
    pub(super) by_hand: Option<ByHand>,
    pub(super) takes_over: bool,
    pub(super) line: Line<'a>,
    pub(super) history: &'a LineHistory,
    pub(super) when: When,
    /// Says that usage fell to nothing, where the units stay.
    pub(super) fallen: Option<Note>,
}

impl View<'_> {
    /// Posts, holds or names the difference of a line.
    pub(super) fn change(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        place: &Place<'_>,
        counted: Option<&Counted<'_>>,
        now: Now<'_>,
    ) {
        let Now { post, when, .. } = now;
        let before = post.before;
        if !self.accrues(one) {
            // What is held falls when it is posted, and is judged then.
            let due = matches!(when, When::On(_)) && !self.is_frozen();
            let then = if due { post.wanted } else { before };
            draft.levels.add(before, then);
        }
        if let Some(by_hand) = now.by_hand {
            self.hold_by_hand(draft, place, &now.line, (post, by_hand));
            return;
        }
        if before == post.wanted {
            draft.notes.extend(self.vanished(one, counted, before));
            draft.notes.extend(now.fallen);
            return;
        }
        if let When::On(_) = when {
            draft.refusals.extend(self.rowless(place, &post));
            if now.takes_over {
                draft.takeovers.insert((post.contract, post.service));
            }
            self.post(draft, one, post, counted, now.history);
        } else {
            draft.notes.extend(self.not_now(one, &post, counted, when));
        }
    }

    /// What is said of a difference that cannot be posted now. That usage is missing is said at
    /// once, not when it comes to posting.
    fn not_now(
        &self,
        one: Mapped<'_>,
        post: &Post,
        counted: Option<&Counted<'_>>,
        when: When,
    ) -> Option<Note> {
        match self.missing(post, counted) {
            Some(missing) => Some(*self.item_note(one, missing.code, missing.text)),
            None => self.later(post, when),
        }
    }
}
