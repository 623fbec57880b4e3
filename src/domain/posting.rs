//! What becomes of a billed line's difference in a period, as the last run saw it.

use jiff::civil::Date;

/// Where a line stands between its reading and its posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PostingStage {
    /// Measured, and posted by the first run from a day on.
    Measured,
    /// The period has its change: what differs since waits until a day.
    Held,
    /// Nothing is posted on the day of the run: waits until a day.
    Frozen,
    /// Posted by the run that said so, else by the next one.
    Due,
    /// A person has to approve it.
    NeedsApproval,
    /// It cannot be posted: a person settles it by hand.
    ByHand,
    /// The tenant is in trial.
    Trial,
}

/// The stage, and the day on which it goes on where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NextPosting {
    pub(crate) stage: PostingStage,
    pub(crate) day: Option<Date>,
}

impl PostingStage {
    const ALL: [Self; 7] = [
        Self::Measured,
        Self::Held,
        Self::Frozen,
        Self::Due,
        Self::NeedsApproval,
        Self::ByHand,
        Self::Trial,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Held => "held",
            Self::Frozen => "frozen",
            Self::Due => "due",
            Self::NeedsApproval => "needs-approval",
            Self::ByHand => "by-hand",
            Self::Trial => "trial",
        }
    }

    /// The stage of a word; none for one of another version.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_found_by_its_word() {
        for stage in PostingStage::ALL {
            assert_eq!(PostingStage::parse(stage.as_str()), Some(stage));
        }
        assert_eq!(PostingStage::parse("settled"), None);
    }
}
