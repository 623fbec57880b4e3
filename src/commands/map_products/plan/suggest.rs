//! Pairs of equal names, as a plan; near ones are listed with their score and never applied.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, MappableItem, ServiceFacts, item_remark};
use super::Action;
use super::names::{ServiceNames, name_services};
use super::rules::{ServicePeriod, map_to_service, other_period, remark_on_differences};
use crate::config::NameTemplate;
use crate::domain::name_pairs::{NameMatch, match_names};
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

/// A service that counts nothing yet.
struct UnusedService<'f> {
    service: &'f ServiceFacts,
    name: String,
}

impl UnusedService<'_> {
    fn show(&self) -> String {
        format!("`{}` ({})", self.service.name, self.service.id)
    }
}

/// Items and services of the same name, as a plan.
pub(in super::super) fn plan_suggestions(
    facts: &Facts,
    items: &[&MappableItem],
    template: &NameTemplate,
    period: &ServicePeriod,
) -> Plan<Action> {
    let automatic = name_services(facts, template);
    let names: Vec<Vec<String>> = items
        .iter()
        .map(|item| item_names(item, &automatic))
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
    let unused_names: Vec<String> = unused.iter().map(|unused| unused.name.clone()).collect();
    let index = WordIndex::index_words(&unused);
    let mut actions = Vec::new();
    let mut notes = facts.remarks.clone();
    let mut refusals = Vec::new();
    let matches = match_names(&names, &unused_names);
    for ((item, names), found) in items.iter().zip(&names).zip(matches) {
        match found {
            NameMatch::Only(place) => {
                let Some(unused) = unused.get(place) else {
                    continue;
                };
                let measure = facts.subject_of(item).measure;
                if let Some(action) = map_to_service(facts, item, unused.service, measure) {
                    refusals.extend(other_period(&action, unused.service, period));
                    notes.extend(remark_on_differences(item, unused.service, period));
                    actions.push(action);
                }
            }
            NameMatch::Nothing => {
                notes.extend(remark_on_possible_matches(item, names, &unused, &index));
            }
            NameMatch::Ambiguous { alike, others } => {
                let rivals = alike.iter().filter_map(|place| items.get(*place));
                let rivals: Vec<String> = rivals.map(|rival| rival.full_name()).collect();
                let services = others.iter().filter_map(|place| unused.get(*place));
                let services: Vec<String> = services.map(|unused| unused.show()).collect();
                notes.push(remark_on_ambiguous_name(item, &rivals, &services));
            }
        }
    }
    Plan::new("map-products suggest", actions, notes, refusals)
}

/// The name that `create` would give, the item's own raw name, and what it is called in listings, with
/// its edition and without.
fn item_names(item: &MappableItem, automatic: &ServiceNames) -> Vec<String> {
    let key = (item.account.clone(), item.key.clone());
    let raw = normalize_name(&item.key.to_string());
    let automatic = automatic.get(&key).map(|name| normalize_name(name));
    let with_edition = normalize_name(&format!("{} {}", item.edition_label, item.label));
    let label = normalize_name(&item.label);
    let all = automatic.into_iter().chain([raw, with_edition, label]);
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Why an item has no service although there is one of its name.
fn remark_on_ambiguous_name(item: &MappableItem, rivals: &[String], services: &[String]) -> Remark {
    let text = match services {
        [only] => format!(
            "the service {only} has the same name as several items: {}; map one of them with \
             `map-products use`",
            rivals.join(", ")
        ),
        several => format!(
            "several services have the same name as {}: {}; map one of them with \
             `map-products use`",
            item.full_name(),
            several.join(", ")
        ),
    };
    item_remark(RemarkKind::Ambiguous, item, text, true)
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
    item: &MappableItem,
    names: &[String],
    unused: &[UnusedService<'_>],
    index: &WordIndex<'_>,
) -> Option<Remark> {
    let mut best: BTreeMap<(usize, &str), &UnusedService<'_>> = BTreeMap::new();
    for name in names {
        for unused in index
            .closest_services(name, unused)
            .into_iter()
            .filter_map(|at| unused.get(at))
        {
            if let Some(score) = similarity_percent(name, &unused.name) {
                // Best first: the score counts down.
                let place = (100_usize.saturating_sub(score), unused.name.as_str());
                best.insert(place, unused);
            }
        }
    }
    if best.is_empty() {
        return None;
    }
    let listed: Vec<String> = best
        .iter()
        .take(NEAR_MAX)
        .map(|((distance, _), unused)| {
            let score = 100_usize.saturating_sub(*distance);
            format!("{} {score} %", unused.show())
        })
        .collect();
    let text = format!(
        "{} has no service of the same name; possible matches: {}; map one with `map-products use`",
        item.full_name(),
        listed.join(", ")
    );
    Some(item_remark(RemarkKind::Near, item, text, true))
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
