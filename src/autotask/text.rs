//! Texts cut to what Autotask takes, before it refuses them (autotask.md §8.11, §8.12).

const TITLE_MAX: usize = 255;
const DESCRIPTION_MAX: usize = 8_000;
const RESOLUTION_MAX: usize = 32_000;
const NOTE_MAX: usize = 32_000;
const NOTE_TITLE_MAX: usize = 250;
const MARK: &str = " […]";

/// A ticket's title. It is one line: line breaks become spaces.
pub(crate) fn cut_title(text: &str) -> String {
    cut(&one_line(text), TITLE_MAX)
}

pub(crate) fn cut_description(text: &str) -> String {
    cut(text, DESCRIPTION_MAX)
}

pub(crate) fn cut_resolution(text: &str) -> String {
    cut(text, RESOLUTION_MAX)
}

pub(crate) fn cut_note(text: &str) -> String {
    cut(text, NOTE_MAX)
}

pub(crate) fn cut_note_title(text: &str) -> String {
    cut(&one_line(text), NOTE_TITLE_MAX)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `max` characters, the last of them a mark when something was cut, between two words
/// where that leaves at least half of it.
///
/// Characters are counted as UTF-16 does, which is how the service's database counts them; whether
/// its check counts otherwise was not found, and this is the shorter reading.
fn cut(text: &str, max: usize) -> String {
    let text = text.trim_end();
    if units(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(units(MARK));
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            used += c.len_utf16();
            used > room
        })
        .map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or_default();
    let whole_words = if text
        .get(end..)
        .is_some_and(|rest| rest.starts_with(char::is_whitespace))
    {
        head
    } else {
        head.rfind(char::is_whitespace)
            .and_then(|border| head.get(..border))
            .filter(|words| units(words) >= room / 2)
            .unwrap_or(head)
    };
    format!("{}{MARK}", whole_words.trim_end())
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        assert_eq!(cut("one two", 7), "one two");
        assert_eq!(cut_title("Backup\nfailed  twice"), "Backup failed twice");
    }

    #[test]
    fn a_long_text_is_cut_between_words_and_says_so() {
        assert_eq!(
            cut("the backup of server seven failed", 30),
            "the backup of server seven […]"
        );
        assert_eq!(
            cut("the backup of server seventeen failed", 30),
            "the backup of server […]"
        );
    }

    #[test]
    fn one_long_word_is_cut_where_the_room_ends() {
        let cut = cut(&"x".repeat(300), 255);
        assert_eq!(cut.len(), 255 - 4 + MARK.len());
        assert_eq!(units(&cut), 255);
    }

    #[test]
    fn no_text_is_longer_than_allowed_however_it_is_counted() {
        for text in ["é ".repeat(5_000), "😀".repeat(9_000), "a".repeat(9_000)] {
            let cut = cut_description(&text);
            assert!(cut.encode_utf16().count() <= 8_000);
            assert!(cut.ends_with(MARK));
        }
    }
}
