//! Pairs of equal names, as a plan; near ones are listed with their score and never applied.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, MappableItem, ServiceFacts, item_remark};
use super::names::{ServiceNames, name_services};
use super::rules::{ServicePeriod, map_to_service, other_period, remark_on_differences};
use super::{Action, MeasureWish};
use crate::config::NameTemplate;
use crate::plan::{Plan, Remark, RemarkKind};

/// Names less alike than this, in percent, are not worth a line.
const SCORE_MIN: usize = 70;
/// At most so many near names are listed for one item.
const NEAR_MAX: usize = 3;
/// At most so many names that share the most words with an item are compared letter by letter.
const COMPARED_MAX: usize = 40;

/// A name without what people write differently: case, punctuation, spaces.
fn normalize_name(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<String> = spaced.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// An item that nothing was decided for, with the names that its service would have.
struct NamedItem<'f> {
    item: &'f MappableItem,
    names: Vec<String>,
}

/// A service that counts nothing yet.
struct UnusedService<'f> {
    service: &'f ServiceFacts,
    name: String,
}

/// Items and services of the same name, as a plan.
pub(in super::super) fn plan_suggestions(
    facts: &Facts,
    items: &[&MappableItem],
    template: &NameTemplate,
    period: &ServicePeriod,
) -> Plan<Action> {
    let automatic = name_services(facts, template);
    let candidates: Vec<NamedItem<'_>> = items
        .iter()
        .map(|item| NamedItem {
            item,
            names: item_names(item, &automatic),
        })
        .collect();
    let unused: Vec<UnusedService<'_>> = facts
        .services
        .iter()
        .filter(|service| facts.link_to_service(service.id).is_none())
        .map(|service| UnusedService {
            service,
            name: normalize_name(&service.name),
        })
        .collect();
    let index = WordIndex::index_words(&unused);
    let mut actions = Vec::new();
    let mut notes = facts.remarks.clone();
    let mut refusals = Vec::new();
    for candidate in &candidates {
        let item = candidate.item;
        match find_exact_match(candidate, &candidates, &unused) {
            Ok(Some(service)) => {
                let measure = MeasureWish::default().apply_to(facts.subject_of(item).measure);
                if let Some(action) = map_to_service(facts, item, service, measure) {
                    refusals.extend(other_period(&action, service, period));
                    notes.extend(remark_on_differences(item, service, period));
                    actions.push(action);
                }
            }
            Ok(None) => notes.extend(remark_on_possible_matches(candidate, &unused, &index)),
            Err(ambiguous) => notes.push(*ambiguous),
        }
    }
    Plan::new("map-products suggest", actions, notes, refusals)
}

/// The name that `create` would give, and the item's own raw name.
fn item_names(item: &MappableItem, automatic: &ServiceNames) -> Vec<String> {
    let key = (item.account.clone(), item.key.clone());
    let raw = normalize_name(&item.key.to_string());
    let automatic = automatic.get(&key).map(|name| normalize_name(name));
    automatic.into_iter().chain([raw]).collect()
}

/// The one service of exactly that name; `Err` when several would do, or would do for several.
fn find_exact_match<'f>(
    candidate: &NamedItem<'f>,
    all: &[NamedItem<'f>],
    unused: &[UnusedService<'f>],
) -> Result<Option<&'f ServiceFacts>, Box<Remark>> {
    let fits = |candidate: &NamedItem<'_>, name: &str| candidate.names.iter().any(|n| n == name);
    let fitting: Vec<&UnusedService<'_>> = unused
        .iter()
        .filter(|unused| fits(candidate, &unused.name))
        .collect();
    let ambiguous = |text: String| {
        Box::new(item_remark(
            RemarkKind::Ambiguous,
            candidate.item,
            text,
            true,
        ))
    };
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
struct WordIndex<'u>(BTreeMap<&'u str, Vec<usize>>);

impl<'u> WordIndex<'u> {
    fn index_words(unused: &'u [UnusedService<'_>]) -> Self {
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
    fn closest_services(&self, name: &str, unused: &[UnusedService<'_>]) -> Vec<usize> {
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
fn remark_on_possible_matches(
    candidate: &NamedItem<'_>,
    unused: &[UnusedService<'_>],
    index: &WordIndex<'_>,
) -> Option<Remark> {
    let mut best: BTreeMap<(usize, String), &ServiceFacts> = BTreeMap::new();
    for name in &candidate.names {
        for unused in index
            .closest_services(name, unused)
            .into_iter()
            .filter_map(|at| unused.get(at))
        {
            if let Some(score) = similarity_percent(name, &unused.name) {
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
    Some(item_remark(RemarkKind::Near, candidate.item, text, true))
}

/// How alike two plain names are, in percent; nothing when too little.
fn similarity_percent(a: &str, b: &str) -> Option<usize> {
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
        assert_eq!(
            normalize_name("Acronis - Per  GB: NAS"),
            "acronis per gb nas"
        );
        assert_eq!(normalize_name("ACRONIS Größe"), "acronis größe");
    }

    #[test]
    fn a_score_is_the_share_of_letters_that_stay() {
        assert_eq!(
            similarity_percent("acronis servers", "acronis servers"),
            Some(100)
        );
        assert_eq!(
            similarity_percent("acronis servers", "acronis server"),
            Some(93)
        );
        assert_eq!(
            similarity_percent("acronis servers", "something else"),
            None
        );
        assert_eq!(similarity_percent("", ""), None);
    }
}
