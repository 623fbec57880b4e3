//! Pairs of equal names, as a plan; near ones are listed with their score and never applied.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Item, Service, note};
use super::names::{Names, names};
use super::rules::{Period, differences, other_period, pairing};
use super::{Action, MeasureWish};
use crate::config::NameTemplate;
use crate::plan::{Note, Plan};

/// Names less alike than this, in percent, are not worth a line.
const SCORE_MIN: usize = 70;
/// At most so many near names are listed for one item.
const NEAR_MAX: usize = 3;
/// At most so many names that share the most words with an item are compared letter by letter.
const COMPARED_MAX: usize = 40;

/// A name without what people write differently: case, punctuation, spaces.
fn plain(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<String> = spaced.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// An item that nothing was decided for, with the names that its service would have.
struct Candidate<'f> {
    item: &'f Item,
    names: Vec<String>,
}

/// A service that counts nothing yet.
struct Unused<'f> {
    service: &'f Service,
    name: String,
}

/// Items and services of the same name, as a plan.
pub(in super::super) fn suggest(
    facts: &Facts,
    items: &[&Item],
    template: &NameTemplate,
    period: &Period,
) -> Plan<Action> {
    let automatic = names(facts, template);
    let candidates: Vec<Candidate<'_>> = items
        .iter()
        .map(|item| Candidate {
            item,
            names: item_names(item, &automatic),
        })
        .collect();
    let unused: Vec<Unused<'_>> = facts
        .services
        .iter()
        .filter(|service| facts.holder(service.id).is_none())
        .map(|service| Unused {
            service,
            name: plain(&service.name),
        })
        .collect();
    let index = Index::of(&unused);
    let mut actions = Vec::new();
    let mut notes = facts.notes.clone();
    let mut refusals = Vec::new();
    for candidate in &candidates {
        let item = candidate.item;
        match exact(candidate, &candidates, &unused) {
            Ok(Some(service)) => {
                let measure = MeasureWish::default().on(facts.subject(item).measure);
                if let Some(action) = pairing(facts, item, service, measure) {
                    refusals.extend(other_period(&action, service, period));
                    notes.extend(differences(item, service, period));
                    actions.push(action);
                }
            }
            Ok(None) => notes.extend(near(candidate, &unused, &index)),
            Err(ambiguous) => notes.push(*ambiguous),
        }
    }
    Plan::new("map-products suggest", actions, notes, refusals)
}

/// The name that `create` would give, and the item's own raw name.
fn item_names(item: &Item, automatic: &Names) -> Vec<String> {
    let key = (item.account.clone(), item.key.clone());
    let raw = plain(&item.key.to_string());
    let automatic = automatic.get(&key).map(|name| plain(name));
    automatic.into_iter().chain([raw]).collect()
}

/// The one service of exactly that name; `Err` when several would do, or would do for several.
fn exact<'f>(
    candidate: &Candidate<'f>,
    all: &[Candidate<'f>],
    unused: &[Unused<'f>],
) -> Result<Option<&'f Service>, Box<Note>> {
    let fits = |candidate: &Candidate<'_>, name: &str| candidate.names.iter().any(|n| n == name);
    let fitting: Vec<&Unused<'_>> = unused
        .iter()
        .filter(|unused| fits(candidate, &unused.name))
        .collect();
    let ambiguous = |text: String| Box::new(note("ambiguous", candidate.item, text, true));
    let full = candidate.item.full_name();
    match fitting.as_slice() {
        [] => Ok(None),
        [one] => {
            let rivals: Vec<String> = all
                .iter()
                .filter(|other| fits(other, &one.name))
                .map(|other| other.item.full_name())
                .collect();
            if rivals.len() > 1 {
                return Err(ambiguous(format!(
                    "the service `{}` ({}) has the same name as several items: {}; map one of \
                     them with `map-products use`",
                    one.service.name,
                    one.service.id,
                    rivals.join(", ")
                )));
            }
            Ok(Some(one.service))
        }
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|unused| format!("`{}` ({})", unused.service.name, unused.service.id))
                .collect();
            Err(ambiguous(format!(
                "several services have the same name as {full}: {}; map one of them with \
                 `map-products use`",
                names.join(", ")
            )))
        }
    }
}

/// Which unused services hold a word.
#[derive(Default)]
struct Index<'u>(BTreeMap<&'u str, Vec<usize>>);

impl<'u> Index<'u> {
    fn of(unused: &'u [Unused<'_>]) -> Self {
        let mut index = Self::default();
        for (at, unused) in unused.iter().enumerate() {
            let words: BTreeSet<&str> = unused.name.split(' ').collect();
            for word in words {
                index.0.entry(word).or_default().push(at);
            }
        }
        index
    }

    /// The places of the services that share the most words with a name, best first.
    fn closest(&self, name: &str, unused: &[Unused<'_>]) -> Vec<usize> {
        let mut shared: Vec<usize> = vec![0; unused.len()];
        let words: BTreeSet<&str> = name.split(' ').collect();
        for at in words.iter().filter_map(|word| self.0.get(word)).flatten() {
            if let Some(count) = shared.get_mut(*at) {
                *count += 1;
            }
        }
        let length = |at: &usize| unused.get(*at).map_or(0, |unused| unused.name.len());
        let mut places: Vec<usize> = (0..unused.len())
            .filter(|at| shared.get(*at).is_some_and(|count| *count > 0))
            .collect();
        places.sort_by_cached_key(|at| {
            let count = shared.get(*at).copied().unwrap_or(0);
            (Reverse(count), length(at).abs_diff(name.len()), *at)
        });
        places.truncate(COMPARED_MAX);
        places
    }
}

/// The best of the services whose names are almost the same.
fn near(candidate: &Candidate<'_>, unused: &[Unused<'_>], index: &Index<'_>) -> Option<Note> {
    let mut best: BTreeMap<(usize, String), &Service> = BTreeMap::new();
    for name in &candidate.names {
        for unused in index
            .closest(name, unused)
            .into_iter()
            .filter_map(|at| unused.get(at))
        {
            if let Some(score) = score(name, &unused.name) {
                // Best first: the score counts down.
                let place = (100_usize.saturating_sub(score), unused.name.clone());
                best.insert(place, unused.service);
            }
        }
    }
    if best.is_empty() {
        return None;
    }
    let listed: Vec<String> = best
        .iter()
        .take(NEAR_MAX)
        .map(|((distance, _), service)| {
            let score = 100_usize.saturating_sub(*distance);
            format!("`{}` ({}) {score} %", service.name, service.id)
        })
        .collect();
    let text = format!(
        "{} has no service of the same name; possible matches: {}; map one with `map-products use`",
        candidate.item.full_name(),
        listed.join(", ")
    );
    Some(note("near", candidate.item, text, true))
}

/// How alike two plain names are, in percent; nothing when too little.
fn score(a: &str, b: &str) -> Option<usize> {
    let (long, short) = (
        a.chars().count().max(b.chars().count()),
        a.chars().count().min(b.chars().count()),
    );
    // A difference in length alone costs that much: most pairs end here.
    if short.saturating_mul(100) < long.saturating_mul(SCORE_MIN) {
        return None;
    }
    let same = long.saturating_sub(strsim::levenshtein(a, b));
    let score = same.saturating_mul(100).checked_div(long)?;
    (score >= SCORE_MIN).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_punctuation_and_spaces() {
        assert_eq!(plain("Acronis - Per  GB: NAS"), "acronis per gb nas");
        assert_eq!(plain("ACRONIS Größe"), "acronis größe");
    }

    #[test]
    fn a_score_is_the_share_of_letters_that_stay() {
        assert_eq!(score("acronis servers", "acronis servers"), Some(100));
        assert_eq!(score("acronis servers", "acronis server"), Some(93));
        assert_eq!(score("acronis servers", "something else"), None);
        assert_eq!(score("", ""), None);
    }
}
