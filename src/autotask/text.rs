//! Texts cut to what Autotask takes, before it refuses them (autotask.md §8.11, §8.12).

use crate::domain::text::cut_to_length;

const TITLE_MAX: usize = 255;
const DESCRIPTION_MAX: usize = 8_000;
const RESOLUTION_MAX: usize = 32_000;
const NOTE_MAX: usize = 32_000;
const NOTE_TITLE_MAX: usize = 250;

/// A ticket's title. It is one line: line breaks become spaces.
pub(crate) fn cut_title(text: &str) -> String {
    cut_to_length(&one_line(text), TITLE_MAX)
}

pub(crate) fn cut_description(text: &str) -> String {
    cut_to_length(text, DESCRIPTION_MAX)
}

pub(crate) fn cut_resolution(text: &str) -> String {
    cut_to_length(text, RESOLUTION_MAX)
}

pub(crate) fn cut_note(text: &str) -> String {
    cut_to_length(text, NOTE_MAX)
}

pub(crate) fn cut_note_title(text: &str) -> String {
    cut_to_length(&one_line(text), NOTE_TITLE_MAX)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(cut_title("Backup\nfailed  twice"), "Backup failed twice");
    }

    #[test]
    fn no_text_is_longer_than_allowed_however_it_is_counted() {
        for text in ["é ".repeat(5_000), "😀".repeat(9_000), "a".repeat(9_000)] {
            let cut = cut_description(&text);
            assert!(cut.encode_utf16().count() <= 8_000);
            assert!(cut.ends_with(" […]"));
        }
    }
}
