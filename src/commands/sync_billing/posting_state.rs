//! What an observation of a line's units means for a posting. Decisions only: nothing is asked or
//! sent here.
//!
//! Adjustments cannot be queried, have no key and answer with a null id (autotask.md §0, §8.5), so
//! the units in force on the effective date are the only witness of what became of one.

/// A posting as it was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExpectedUnits {
    pub(super) before: i64,
    pub(super) wanted: i64,
}

/// What to do once the units were read right before posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PreCheck {
    /// Nobody changed them since the plan was made.
    Post,
    /// They are as wanted already: somebody else was here.
    AlreadyThere,
    /// They are something else: the plan is no longer true.
    Moved,
}

/// What became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostingAnswer {
    /// 2xx.
    Good,
    /// Certainly not carried out, in the service's own words.
    Refused,
    /// Refused because the line has an adjustment on that day already.
    SecondOnDay,
    /// Nobody knows.
    Lost,
}

/// What is known after the units were read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostCheck {
    /// The units are as wanted.
    Confirmed,
    /// The units are as wanted, but by somebody else: this posting was refused.
    NotOurs,
    /// They are what they were, although the answer was good: they may show it late.
    NotYetSeen,
    /// They are what they were and the answer was lost: it may still be on its way.
    Unknown,
    /// It was refused, and they are not as wanted: nothing happened.
    Failed,
    /// They are neither what they were nor what was wanted: others work on the line too.
    ConcurrentChange,
}

/// What an earlier run left, seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settlement {
    /// It took effect.
    TookEffect,
    /// It did not; the difference is planned anew.
    NoEffect,
    /// The answer was good and the units do not show it: a person has to look.
    Unseen,
    /// The units were changed by others too. The level is planned anew from what is there, and the
    /// day counts as used: whether this posting is on it nobody can tell.
    Superseded,
    /// Too early to tell: the request may still be on its way. Nothing is posted to the line.
    InFlight,
}

/// How far the posting had come when its run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostingProgress {
    /// Written down; its request may have left, or its answer was lost.
    InDoubt,
    /// The answer was good, the units did not show it yet.
    Answered,
}

pub(super) fn check_before(posting: ExpectedUnits, units: i64) -> PreCheck {
    if units == posting.before {
        PreCheck::Post
    } else if units == posting.wanted {
        PreCheck::AlreadyThere
    } else {
        PreCheck::Moved
    }
}

pub(super) fn check_after(posting: ExpectedUnits, answer: PostingAnswer, units: i64) -> PostCheck {
    match answer {
        PostingAnswer::Refused | PostingAnswer::SecondOnDay if units == posting.wanted => {
            PostCheck::NotOurs
        }
        PostingAnswer::Good | PostingAnswer::Lost if units == posting.wanted => {
            PostCheck::Confirmed
        }
        PostingAnswer::Refused | PostingAnswer::SecondOnDay => PostCheck::Failed,
        PostingAnswer::Good | PostingAnswer::Lost if units != posting.before => {
            PostCheck::ConcurrentChange
        }
        PostingAnswer::Good => PostCheck::NotYetSeen,
        PostingAnswer::Lost => PostCheck::Unknown,
    }
}

/// `young` is true while the service may still be working on the request: it goes on for about five
/// minutes after the caller hung up (autotask.md §4). Until then only the effect proves anything:
/// that a second adjustment of the day would be refused when the first one lands is not certain
/// (autotask.md §8.5, "scope unknown"), so that nothing is posted meanwhile.
pub(super) fn settle_earlier(
    posting: ExpectedUnits,
    left: PostingProgress,
    units: i64,
    young: bool,
) -> Settlement {
    if units == posting.wanted {
        return Settlement::TookEffect;
    }
    if young {
        return Settlement::InFlight;
    }
    if units != posting.before {
        return Settlement::Superseded;
    }
    match left {
        PostingProgress::InDoubt => Settlement::NoEffect,
        PostingProgress::Answered => Settlement::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_TO_SEVEN: ExpectedUnits = ExpectedUnits {
        before: 5,
        wanted: 7,
    };

    #[test]
    fn only_units_that_nobody_touched_are_posted_to() {
        for (units, expected) in [
            (5, PreCheck::Post),
            (7, PreCheck::AlreadyThere),
            (6, PreCheck::Moved),
            (0, PreCheck::Moved),
        ] {
            assert_eq!(check_before(FIVE_TO_SEVEN, units), expected);
        }
    }

    #[test]
    fn the_units_are_believed_before_the_answer() {
        for (answer, units, expected) in [
            (PostingAnswer::Good, 7, PostCheck::Confirmed),
            (PostingAnswer::Lost, 7, PostCheck::Confirmed),
            (PostingAnswer::Refused, 7, PostCheck::NotOurs),
            (PostingAnswer::SecondOnDay, 7, PostCheck::NotOurs),
            (PostingAnswer::Good, 5, PostCheck::NotYetSeen),
            (PostingAnswer::Lost, 5, PostCheck::Unknown),
            (PostingAnswer::Refused, 5, PostCheck::Failed),
            (PostingAnswer::SecondOnDay, 5, PostCheck::Failed),
            (PostingAnswer::Good, 9, PostCheck::ConcurrentChange),
            (PostingAnswer::Lost, 9, PostCheck::ConcurrentChange),
            (PostingAnswer::Refused, 9, PostCheck::Failed),
            (PostingAnswer::SecondOnDay, 9, PostCheck::Failed),
        ] {
            assert_eq!(
                check_after(FIVE_TO_SEVEN, answer, units),
                expected,
                "{answer:?}"
            );
        }
    }

    #[test]
    fn what_an_earlier_run_left_is_settled_by_what_the_units_say_now() {
        for (left, units, young, expected) in [
            (PostingProgress::InDoubt, 7, true, Settlement::TookEffect),
            (PostingProgress::InDoubt, 7, false, Settlement::TookEffect),
            (PostingProgress::Answered, 7, true, Settlement::TookEffect),
            (PostingProgress::InDoubt, 5, true, Settlement::InFlight),
            (PostingProgress::InDoubt, 5, false, Settlement::NoEffect),
            (PostingProgress::Answered, 5, true, Settlement::InFlight),
            (PostingProgress::Answered, 5, false, Settlement::Unseen),
            (PostingProgress::InDoubt, 9, true, Settlement::InFlight),
            (PostingProgress::InDoubt, 9, false, Settlement::Superseded),
            (PostingProgress::Answered, 9, true, Settlement::InFlight),
            (PostingProgress::Answered, 9, false, Settlement::Superseded),
        ] {
            assert_eq!(settle_earlier(FIVE_TO_SEVEN, left, units, young), expected);
        }
    }
}
