//! One entry of a list, meant by the label or the id that a person wrote.
//!
//! Labels are what people see, so a label that reads like another entry's id wins. Two entries that
//! can be chosen and share the label are never told apart by a guess.

use super::names::same_in_database;

/// Why a label or an id does not mean exactly one entry that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotOne<'r, T> {
    /// No entry has it.
    Unknown,
    /// The only entries that have it cannot be chosen.
    Inactive(&'r T),
    /// Several can be chosen.
    Several(Vec<&'r T>),
}

/// The one entry that has this label, without regard to case and to blanks at the ends; without
/// one, the entry with this id. `labels` gives all that an entry is called.
///
/// # Errors
/// When there is no such entry, none that can be chosen, or more than one.
pub(crate) fn find_labelled<'r, T>(
    entries: &'r [T],
    wanted: &str,
    labels: impl Fn(&'r T) -> Vec<&'r str>,
    id: impl Fn(&T) -> i64,
    can_be_chosen: impl Fn(&T) -> bool,
) -> Result<&'r T, NotOne<'r, T>> {
    let has_label = |entry: &&'r T| {
        let mut labels = labels(entry).into_iter();
        labels.any(|label| same_in_database(label, wanted))
    };
    let mut found: Vec<&T> = entries.iter().filter(has_label).collect();
    if found.is_empty() {
        let number: Option<i64> = wanted.trim().parse().ok();
        found.extend(entries.iter().filter(|entry| Some(id(entry)) == number));
    }
    let active: Vec<&T> = found
        .iter()
        .copied()
        .filter(|entry| can_be_chosen(entry))
        .collect();
    match (active.as_slice(), found.first()) {
        ([one], _) => Ok(one),
        ([], None) => Err(NotOne::Unknown),
        ([], Some(inactive)) => Err(NotOne::Inactive(inactive)),
        (_, _) => Err(NotOne::Several(active)),
    }
}

/// `Cloud Backup (29), Cloud Backup (31); write the id` for entries that share a label.
pub(crate) fn several_by_id(entries: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = entries.into_iter().collect();
    format!("{}; write the id", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Entry = (i64, &'static str, bool);

    const LIST: &[Entry] = &[
        (10, "Backup", true),
        (11, "Failed", true),
        (12, " failed ", true),
        (13, "Old", false),
        (14, "old", true),
        (15, "Gone", false),
        (16, "11", true),
    ];

    fn find(wanted: &str) -> Result<i64, NotOne<'static, Entry>> {
        let found = find_labelled(
            LIST,
            wanted,
            |entry| vec![entry.1],
            |entry| entry.0,
            |entry| entry.2,
        );
        found.map(|entry| entry.0)
    }

    #[test]
    fn a_label_or_an_id_means_one_entry_or_says_why_not() {
        for (wanted, expected) in [
            ("backup ", Ok(10)),
            ("10", Ok(10)),
            ("12", Ok(12)),
            // What people see wins over a number.
            ("11", Ok(16)),
            // One of the two cannot be chosen, so the other is meant.
            ("OLD", Ok(14)),
            ("gone", Err(NotOne::Inactive(&LIST[5]))),
            ("15", Err(NotOne::Inactive(&LIST[5]))),
            ("Failed", Err(NotOne::Several(vec![&LIST[1], &LIST[2]]))),
            ("Nonsense", Err(NotOne::Unknown)),
            ("99", Err(NotOne::Unknown)),
        ] {
            assert_eq!(find(wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn entries_that_share_a_label_are_named_with_their_ids() {
        let both = LIST[1..3]
            .iter()
            .map(|one| format!("{} ({})", one.1.trim(), one.0));
        assert_eq!(
            several_by_id(both),
            "Failed (11), failed (12); write the id"
        );
    }
}
