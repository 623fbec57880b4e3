//! Texts from outside: cut so that they fit and say that they were cut, and shown so that nothing in a
//! name can steer a terminal, forge a line, or turn round what stands beside it.

const MARK: &str = " […]";

/// At most `max` characters, the last of them a mark when something was cut, between two words
/// where that leaves at least half of it.
///
/// Characters are counted as UTF-16 does, which is how the service's database counts them; whether
/// its check counts otherwise was not found, and this is the shorter reading.
pub(crate) fn cut_to_length(text: &str, max: usize) -> String {
    let text = text.trim_end();
    if utf16_length(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(utf16_length(MARK));
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
            .filter(|words| utf16_length(words) >= room / 2)
            .unwrap_or(head)
    };
    format!("{}{MARK}", whole_words.trim_end())
}

pub(crate) fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Whether a character steers what shows it, instead of being shown: control characters (C0, DEL,
/// C1), line and paragraph separators, and marks that change the direction of what follows.
pub(crate) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// A text on one line, with everything that could steer a terminal made visible.
pub(crate) fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_steering(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        assert_eq!(cut_to_length("one two", 7), "one two");
    }

    #[test]
    fn a_long_text_is_cut_between_words_and_says_so() {
        assert_eq!(
            cut_to_length("the backup of server seven failed", 30),
            "the backup of server seven […]"
        );
        assert_eq!(
            cut_to_length("the backup of server seventeen failed", 30),
            "the backup of server […]"
        );
    }

    #[test]
    fn one_long_word_is_cut_where_the_room_ends() {
        let cut = cut_to_length(&"x".repeat(300), 255);
        assert_eq!(cut.len(), 255 - 4 + MARK.len());
        assert_eq!(utf16_length(&cut), 255);
    }

    #[test]
    fn names_cannot_steer_the_terminal_and_stay_on_their_line() {
        assert_eq!(
            escape_controls("Alma\u{0}\u{1b}[2J\u{9b}31m \u{202e}Bakery\u{2028}\n\u{61c}"),
            "Alma\\u{0}\\u{1b}[2J\\u{9b}31m \\u{202e}Bakery\\u{2028}\\n\\u{61c}"
        );
        assert_eq!(escape_controls("Çödé Ltd 株式会社"), "Çödé Ltd 株式会社");
    }
}
