//! Values as a TOML document writes them, for exports that are read in git.

use std::fmt::Write as _;

use super::controls::push_escape;
use crate::domain::text::is_steering;

/// A basic string, always on one line, with everything that could steer a terminal escaped.
pub(crate) fn quote_toml(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_steering(c) => push_escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A document of tables of one name, one key per line, below a head of comments.
pub(crate) fn write_tables(
    head: &str,
    name: &str,
    tables: impl IntoIterator<Item = Vec<(&'static str, String)>>,
) -> String {
    let mut out = head.to_owned();
    for table in tables {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "\n[[{name}]]");
        for (key, value) in table {
            let _ = writeln!(out, "{key} = {value}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was_and_stands_on_one_line(text in "\\PC*[\n\t\u{1b}\u{202e}\"\\\\]{0,4}\\PC*") {
            let line = format!("name = {}", quote_toml(&text));
            proptest::prop_assert_eq!(line.lines().count(), 1);
            let read: toml::Table = toml::from_str(&line).unwrap();
            proptest::prop_assert_eq!(read["name"].as_str(), Some(text.as_str()));
        }
    }
}
