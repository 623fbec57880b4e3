//! Whether an alert says something that its ticket does not tell yet: by what it says itself, none of it
//! in words of ours, which change with a release.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::digest;

/// What an alert says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saying<'a> {
    pub(super) kind: &'a str,
    pub(super) title: &'a str,
    pub(super) severity: &'a str,
    pub(super) workload: &'a str,
    pub(super) plan: &'a str,
    pub(super) message: &'a str,
    pub(super) other: &'a BTreeMap<String, String>,
}

/// Times move by themselves and are left out, as are the numbers of other details, which count, unless
/// they are numbers of something.
pub(super) fn of_saying(saying: Saying<'_>) -> String {
    print_saying(saying, is_id)
}

/// As versions before the details that end in `Id` were told: recognised, so that no note is written
/// because of an upgrade.
pub(super) fn of_saying_before_ids(saying: Saying<'_>) -> String {
    print_saying(saying, |_| false)
}

fn print_saying(saying: Saying<'_>, names_one: impl Fn(&str) -> bool) -> String {
    let Saying {
        kind,
        title,
        severity,
        workload,
        plan,
        message,
        other,
    } = saying;
    let message = without_times(message, false);
    let mut text = format!("{kind}\n{title}\n{severity}\n{workload}\n{plan}\n{message}");
    for (name, value) in other {
        let value = without_times(value, !names_one(name));
        // Writing into a String cannot fail.
        let _ = write!(text, "\n{name}={value}");
    }
    digest::short_digest(&text)
}

/// Whether a detail holds the id of something.
pub(super) fn is_id(name: &str) -> bool {
    is_id_as_before(name) || name.ends_with("_id")
}

/// As versions took it that left all ids out.
pub(super) fn is_id_as_before(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.ends_with("Id") || name.ends_with("ID") || lower == "id" || lower.ends_with("uuid")
}

/// A text without dates and times, and without plain numbers where those count.
fn without_times(text: &str, counting: bool) -> String {
    let moves = |word: &&str| {
        let word = word.trim_matches([',', ';', '.', '(', ')', '[', ']', '"', '\'']);
        let numeric = |c: char| c.is_ascii_digit() || "+-:./,TZ".contains(c);
        word.contains(|c: char| c.is_ascii_digit())
            && word.chars().all(numeric)
            && (counting || word.contains([':', '-', '/']))
    };
    let words = text.split_whitespace();
    let words = words.map(|word| if moves(&word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
/// Whether two values differ only in what moves by itself.
pub(super) fn is_same_but_for_time(name: &str, one: &str, other: &str) -> bool {
    let counting = !is_id(name);
    without_times(one, counting) == without_times(other, counting)
}
