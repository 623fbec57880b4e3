//! What an observation of a line's units means for a posting. Decisions only: nothing is asked or
//! sent here.
//!
//! Adjustments cannot be queried, have no key and answer with a null id (autotask.md §0, §8.5), so
//! the units in force on the effective date are the only witness of what became of one.

/// A posting as it was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posting {
    pub(super) before: i64,
    pub(super) wanted: i64,
}

/// What to do once the units were read right before posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nobody changed them since the plan was made.
    Post,
    /// They are as wanted already: somebody else was here.
    AlreadyThere,
    /// They are something else: the plan is no longer true.
    Moved,
}

/// What became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
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
pub(super) enum After {
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
    Disturbed,
}

/// What an earlier run left, seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It took effect.
    TookEffect,
    /// It did not; the difference is planned anew.
    NoEffect,
    /// The answer was good and the units do not show it: a person has to look.
    Unseen,
    /// The units were changed by others too. The level is planned anew from what is there, and the
    /// day counts as used: whether this posting is on it nobody can tell.
    Overtaken,
    /// Too early to tell: the request may still be on its way. Nothing is posted to the line.
    TooEarly,
}

/// How far the posting had come when its run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Written down; its request may have left, or its answer was lost.
    InDoubt,
    /// The answer was good, the units did not show it yet.
    Answered,
}

pub(super) fn before(posting: Posting, units: i64) -> Before {
    if units == posting.before {
        Before::Post
    } else if units == posting.wanted {
        Before::AlreadyThere
    } else {
        Before::Moved
    }
}

pub(super) fn after(posting: Posting, answer: Answer, units: i64) -> After {
    match answer {
        Answer::Refused | Answer::SecondOnDay if units == posting.wanted => After::NotOurs,
        Answer::Good | Answer::Lost if units == posting.wanted => After::Confirmed,
        Answer::Refused | Answer::SecondOnDay => After::Failed,
        Answer::Good | Answer::Lost if units != posting.before => After::Disturbed,
        Answer::Good => After::NotYetSeen,
        Answer::Lost => After::Unknown,
    }
}

/// `young` is true while the service may still be working on the request: it goes on for about five
/// minutes after the caller hung up (autotask.md §4). Until then only the effect proves anything:
/// that a second adjustment of the day would be refused when the first one lands is not certain
/// (autotask.md §8.5, "scope unknown"), so that nothing is posted meanwhile.
pub(super) fn settled(posting: Posting, left: Left, units: i64, young: bool) -> Settled {
    if units == posting.wanted {
        return Settled::TookEffect;
    }
    if young {
        return Settled::TooEarly;
    }
    if units != posting.before {
        return Settled::Overtaken;
    }
    match left {
        Left::InDoubt => Settled::NoEffect,
        Left::Answered => Settled::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_TO_SEVEN: Posting = Posting {
        before: 5,
        wanted: 7,
    };

    #[test]
    fn only_units_that_nobody_touched_are_posted_to() {
        for (units, expected) in [
            (5, Before::Post),
            (7, Before::AlreadyThere),
            (6, Before::Moved),
            (0, Before::Moved),
        ] {
            assert_eq!(before(FIVE_TO_SEVEN, units), expected);
        }
    }

    #[test]
    fn the_units_are_believed_before_the_answer() {
        for (answer, units, expected) in [
            (Answer::Good, 7, After::Confirmed),
            (Answer::Lost, 7, After::Confirmed),
            (Answer::Refused, 7, After::NotOurs),
            (Answer::SecondOnDay, 7, After::NotOurs),
            (Answer::Good, 5, After::NotYetSeen),
            (Answer::Lost, 5, After::Unknown),
            (Answer::Refused, 5, After::Failed),
            (Answer::SecondOnDay, 5, After::Failed),
            (Answer::Good, 9, After::Disturbed),
            (Answer::Lost, 9, After::Disturbed),
            (Answer::Refused, 9, After::Failed),
            (Answer::SecondOnDay, 9, After::Failed),
        ] {
            assert_eq!(after(FIVE_TO_SEVEN, answer, units), expected, "{answer:?}");
        }
    }

    #[test]
    fn what_an_earlier_run_left_is_settled_by_what_the_units_say_now() {
        for (left, units, young, expected) in [
            (Left::InDoubt, 7, true, Settled::TookEffect),
            (Left::InDoubt, 7, false, Settled::TookEffect),
            (Left::Answered, 7, true, Settled::TookEffect),
            (Left::InDoubt, 5, true, Settled::TooEarly),
            (Left::InDoubt, 5, false, Settled::NoEffect),
            (Left::Answered, 5, true, Settled::TooEarly),
            (Left::Answered, 5, false, Settled::Unseen),
            (Left::InDoubt, 9, true, Settled::TooEarly),
            (Left::InDoubt, 9, false, Settled::Overtaken),
            (Left::Answered, 9, true, Settled::TooEarly),
            (Left::Answered, 9, false, Settled::Overtaken),
        ] {
            assert_eq!(settled(FIVE_TO_SEVEN, left, units, young), expected);
        }
    }
}
