//! Entries of Autotask's own lists, written by label or by id.

use std::fmt;

use super::keys::Form;
use super::read::{ConfigValue, Node};

/// A value of one of Autotask's lists: its label, or its id as a number or in quotes. Only the list
/// itself shows which of the two it is.
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
    pub(crate) fn as_id(&self) -> Option<i64> {
        self.0.parse().ok().filter(|id| *id >= 0)
    }
}

impl fmt::Display for LabelOrId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl ConfigValue for LabelOrId {
    const FORM: &'static Form = &Form::Either(&[&Form::Text("label"), &Form::Id(0)]);

    fn read(node: &Node<'_>) -> Option<Self> {
        if node.value.is_integer() {
            let id = node.read_whole::<i64>(0..=i64::MAX)?;
            return Some(Self(id.to_string()));
        }
        if node.as_text().is_none() {
            return node.must_be("a label in quotes or the number of an id");
        }
        node.read_text().map(Self)
    }
}
