//! Commands that a person wants started.

use std::ops::Deref;

use super::keys::Form;
use super::read::{ConfigValue, Node};

/// A program and its arguments; there is no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine(Vec<String>);

impl CommandLine {
    pub(super) fn program_name(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

impl Deref for CommandLine {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// A program, or a list of a program and its arguments. No shell splits a text, so that one with
/// spaces in it is a mistake.
impl ConfigValue for CommandLine {
    const FORM: &'static Form = &Form::OneOrMany(&Form::Text("text"));

    fn read(node: &Node<'_>) -> Option<Self> {
        if node.value.is_array() {
            let words = node.read_list(Node::read_text)?;
            return match words.is_empty() {
                true => node.refuse("must name a program"),
                false => Some(Self(words)),
            };
        }
        let program = node.read_text()?;
        if program.contains(char::is_whitespace) {
            return node
                .refuse("no shell splits this; write a list such as [\"program\", \"argument\"]");
        }
        Some(Self(vec![program]))
    }
}
