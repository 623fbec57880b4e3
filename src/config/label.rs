//! Entries of Autotask's own lists, written by label or by id.

use std::fmt;

use super::read::Node;

/// A value of a list that lives in Autotask: its label, or its id as a number or in quotes. Which of
/// the two it is can only be told by the live list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LabelOrId(String);

impl LabelOrId {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As written in the file; an id in decimal digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id, when the text can be one. A label is looked for first: labels may be digits.
    pub(crate) fn id(&self) -> Option<i64> {
        self.0.parse().ok().filter(|id| *id >= 0)
    }
}

impl fmt::Display for LabelOrId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

pub(super) fn label_or_id(node: &Node<'_>) -> Option<LabelOrId> {
    if !node.value.is_integer() && node.as_text().is_none() {
        return node.must_be("a label in quotes or the number of an id");
    }
    if !node.value.is_integer() {
        return node.text().map(LabelOrId);
    }
    node.whole::<i64>(0..=i64::MAX)
        .map(|id| LabelOrId(id.to_string()))
}
