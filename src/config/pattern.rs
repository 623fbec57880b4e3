//! Name patterns with `*` and `?`, without regard to case.

use wildmatch::WildMatch;

use super::keys::Form;
use super::read::{ConfigValue, Node};

/// A pattern for a workload's name: `*` stands for any text, `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// As written in the file.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole name fits.
    pub(crate) fn matches_name(&self, name: &str) -> bool {
        WildMatch::new(&self.0.to_lowercase()).matches(&name.to_lowercase())
    }
}

impl ConfigValue for Pattern {
    const FORM: &'static Form = &Form::Text("pattern");

    fn read(node: &Node<'_>) -> Option<Self> {
        node.read_text().map(Self)
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
                Pattern(pattern.to_owned()).matches_name(name),
                fits,
                "{pattern} {name}"
            );
        }
    }
}
