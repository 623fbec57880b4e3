//! What a file of pairs says, line by line.

use super::plan::MappingProblem;

/// A pair as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PairRow {
    /// Line in the file, from 1.
    pub(super) line: u64,
    pub(super) company: String,
    pub(super) account: Option<String>,
    pub(super) tenant: String,
}

/// What is wrong with a line of a file; line 0 is the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineProblem {
    pub(super) line: u64,
    pub(super) problem: MappingProblem,
}

impl LineProblem {
    /// The line cannot be understood.
    pub(super) fn mistyped(line: u64, text: String) -> Self {
        Self {
            line,
            problem: MappingProblem::Usage(text),
        }
    }
}
