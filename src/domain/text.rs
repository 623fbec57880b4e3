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

/// A text from outside as one line: without control characters, and with single spaces.
pub(crate) fn clean_line(text: &str) -> String {
    let clean = clean_text(text);
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ")
}

/// A text from outside with its line breaks, but without any other control character: neither those
/// that steer a terminal (with the rest of their sequence), nor those that reorder what follows, nor
/// those that nobody sees.
pub(crate) fn clean_text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                rest.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => clean.push('\n'),
            '\t' => clean.push(' '),
            // `ESC [` and U+009B begin a sequence: parameters, then one letter.
            '\u{1b}' | '\u{9b}' => {
                if c == '\u{9b}' || rest.next_if_eq(&'[').is_some() {
                    while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                    rest.next_if(|c| matches!(c, '@'..='~'));
                }
            }
            c if is_steering(c) || has_no_width(c) => {}
            c => clean.push(c),
        }
    }
    clean.trim().to_owned()
}

/// Characters that nobody sees, and that do not steer anything.
fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_or_hides_is_left_of_a_text_from_outside() {
        let odd = "SRV\0\u{1b}[31m\u{9b}2J\u{202e}10\r\nForged:\tline\u{200b}";
        assert_eq!(clean_line(odd), "SRV10 Forged: line");
        assert_eq!(clean_text(odd), "SRV10\nForged: line");
        assert_eq!(clean_text(" one\r\n\r\ntwo\rthree "), "one\n\ntwo\nthree");
        assert_eq!(clean_text("Größe 10 GB, 大"), "Größe 10 GB, 大");
    }

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
