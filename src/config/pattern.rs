//! Name patterns with `*` and `?`, without regard to case.

use super::keys::Form;
use super::read::{Node, Value};

/// A pattern for a workload's name: `*` stands for any text, `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    lower: Vec<char>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            lower: text.to_lowercase().chars().collect(),
        }
    }

    /// As written in the file.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole name fits.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        // reach[i]: the name read so far fits the first i signs of the pattern.
        let mut reach: Vec<bool> = vec![true];
        reach.extend(self.lower.iter().scan(true, |open, sign| {
            *open = *open && *sign == '*';
            Some(*open)
        }));
        for letter in name {
            reach = self.step(&reach, letter);
        }
        reach.last().copied().unwrap_or(false)
    }

    fn step(&self, before: &[bool], letter: char) -> Vec<bool> {
        let mut after = vec![false];
        for (sign, (here, next)) in self
            .lower
            .iter()
            .zip(before.iter().zip(before.iter().skip(1)))
        {
            let left = after.last().copied().unwrap_or(false);
            after.push(match sign {
                '*' => left || *next,
                '?' => *here,
                sign => *here && *sign == letter,
            });
        }
        after
    }
}

impl Value for Pattern {
    const FORM: &'static Form = &Form::Text("pattern");

    fn read(node: &Node<'_>) -> Option<Self> {
        node.read_text().map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_text_and_one_character() {
        for (pattern, name, fits) in [
            ("db*", "DB-01", true),
            ("db*", "olddb", false),
            ("*-test", "web-test", true),
            ("*-test", "web-test-2", false),
            ("srv-??", "srv-07", true),
            ("srv-??", "srv-7", false),
            ("*a*b*", "xaxxbx", true),
            ("*a*b*", "xbxxax", false),
            ("a**", "a", true),
            ("*", "", true),
            ("?", "", false),
            ("exact", "Exact", true),
            ("über*", "ÜBER-1", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(name),
                fits,
                "{pattern} {name}"
            );
        }
    }
}
