//! Which editions are looked at: words that people type, and editions as Acronis names them.

use std::collections::BTreeSet;

use super::facts::{Facts, MappableItem};
use super::labels::edition_label;
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::domain::names::same_in_database;

/// What is typed for items that belong to no edition.
const NO_EDITION: &str = "none";
/// What today's editions of Cyber Protection begin with, and people leave out.
const TODAY: &str = "pck_";

/// The editions that were asked for.
#[derive(Clone, Debug)]
pub(super) struct EditionFilter {
    /// `None` where none was named: all.
    wanted: Option<BTreeSet<Option<String>>>,
}

impl EditionFilter {
    /// # Errors
    /// When a word names no edition of any item, with those that there are.
    pub(super) fn read_words(facts: &Facts, typed: &[String]) -> Result<Self, String> {
        if typed.is_empty() {
            return Ok(Self { wanted: None });
        }
        let known: BTreeSet<&str> = facts
            .items
            .iter()
            .filter_map(|item| item.edition.as_deref())
            .collect();
        let mut wanted = BTreeSet::new();
        for word in typed {
            let word = word.trim();
            if word == NO_EDITION {
                wanted.insert(None);
                continue;
            }
            let found = find_editions(&known, word);
            if found.is_empty() {
                return Err(no_edition(&known, word));
            }
            wanted.extend(found.into_iter().map(|raw| Some(raw.to_owned())));
        }
        Ok(Self {
            wanted: Some(wanted),
        })
    }

    pub(super) fn includes_item(&self, item: &MappableItem) -> bool {
        let wanted = self.wanted.as_ref();
        wanted.is_none_or(|wanted| wanted.contains(&item.edition))
    }
}

/// `pck_per_workload` → `per_workload`: as it is typed.
pub(super) fn edition_word(raw: &str) -> &str {
    raw.strip_prefix(TODAY).unwrap_or(raw)
}

/// The editions that a word means: today's one by its word, any by its own name, or all by the label
/// that they share.
fn find_editions<'k>(known: &BTreeSet<&'k str>, word: &str) -> Vec<&'k str> {
    let today = format!("{TODAY}{word}");
    for exact in [today.as_str(), word] {
        if let Some(raw) = known.get(exact) {
            return vec![raw];
        }
    }
    let known = known.iter().copied();
    known
        .filter(|raw| same_in_database(&edition_label(Some(raw)), word))
        .collect()
}

fn no_edition(known: &BTreeSet<&str>, word: &str) -> String {
    let words: Vec<&str> = known.iter().map(|raw| edition_word(raw)).collect();
    let candidates: Vec<LookupCandidate> = words
        .iter()
        .map(|word| LookupCandidate {
            id: String::new(),
            name: (*word).to_owned(),
            shown: (*word).to_owned(),
        })
        .collect();
    format!(
        "--edition: no offering item has the edition {word:?}{}; there are {}",
        did_you_mean(&candidates, word),
        words.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_named_by_its_word_its_name_or_its_label() {
        let known = BTreeSet::from([
            "pck_per_workload",
            "per_workload",
            "pck_per_gigabyte",
            "fss_per_gigabyte",
        ]);
        for (word, expected) in [
            ("per_workload", &["pck_per_workload"][..]),
            ("pck_per_workload", &["pck_per_workload"]),
            ("Per Workload", &["pck_per_workload"]),
            ("per workload (legacy)", &["per_workload"]),
            ("fss_per_gigabyte", &["fss_per_gigabyte"]),
            ("per gb", &["fss_per_gigabyte", "pck_per_gigabyte"]),
            ("per_device", &[]),
        ] {
            assert_eq!(find_editions(&known, word), expected, "{word}");
        }
        let wrong = no_edition(&known, "per_workloads");
        assert!(wrong.contains("did you mean per_workload"), "{wrong}");
    }
}
