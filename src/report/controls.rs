//! Texts from outside as every output shows them: nothing in a name can steer a terminal, forge a
//! line, or turn round what stands beside it.

use std::fmt::Write as _;

pub(crate) use crate::domain::text::escape_controls;
use crate::domain::text::is_steering;

/// The same for our own text of several lines.
pub(super) fn escape_lines(text: &str) -> String {
    text.lines()
        .map(escape_controls)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A JSON document or line in which such characters are escaped as JSON does; readers get the same
/// texts. What JSON has to escape is escaped already, and line ends between values stay.
pub(crate) fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_steering(c) && c != '\n' {
            push_escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// `\u001B`, as JSON and TOML write it; none of these needs more than four digits.
pub(super) fn push_escape(out: &mut String, c: char) {
    // Writing into a String cannot fail.
    let _ = write!(out, "\\u{:04X}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "Alma\u{0}\u{1b}[2J\u{9b}31m \u{202e}Bakery\u{2028}\n\u{61c}";

    #[test]
    fn json_is_read_back_as_it_was_and_holds_no_such_character() {
        let document = format!("{:#}", serde_json::json!({"name": HOSTILE}));
        let escaped = escape_json(&document);
        assert!(!escaped.chars().any(|c| is_steering(c) && c != '\n'));
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["name"], HOSTILE);
    }
}
