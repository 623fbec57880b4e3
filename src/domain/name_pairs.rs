//! Pairs of equal names, as every `suggest` makes them: one to one, or a person decides.

use std::collections::BTreeMap;

/// What was found for one of the things that are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameMatch {
    /// Nothing has its name.
    Nothing,
    /// The place of the only other of its name, which has the name of nothing else.
    Only(usize),
    /// Several would do, or one would do for several: the places of both kinds, in their order.
    Ambiguous {
        alike: Vec<usize>,
        others: Vec<usize>,
    },
}

/// Looks for the other of the same name; each thing may be called by several names, and the empty
/// name is the same as no other. Names are compared as they are given, so in their normal form.
pub(crate) fn match_names(things: &[Vec<String>], others: &[String]) -> Vec<NameMatch> {
    let mut things_by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut others_by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, names) in things.iter().enumerate() {
        for name in names {
            things_by_name.entry(name).or_default().push(place);
        }
    }
    for (place, name) in others.iter().enumerate() {
        others_by_name.entry(name).or_default().push(place);
    }
    things
        .iter()
        .map(|names| {
            let names = || names.iter().filter(|name| !name.is_empty());
            let places = |index: &BTreeMap<&str, Vec<usize>>| {
                let found = names().filter_map(|name| index.get(name.as_str()));
                let mut places: Vec<usize> = found.flatten().copied().collect();
                places.sort_unstable();
                places.dedup();
                places
            };
            let fitting = places(&others_by_name);
            if fitting.is_empty() {
                return NameMatch::Nothing;
            }
            // Only those are rivals that want the same.
            let mut alike: Vec<usize> = fitting
                .iter()
                .filter_map(|place| others.get(*place))
                .filter_map(|name| things_by_name.get(name.as_str()))
                .flatten()
                .copied()
                .collect();
            alike.sort_unstable();
            alike.dedup();
            match (alike.as_slice(), fitting.as_slice()) {
                ([_], [only]) => NameMatch::Only(*only),
                _ => NameMatch::Ambiguous {
                    alike,
                    others: fitting,
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(things: &[&[&str]], others: &[&str]) -> Vec<NameMatch> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let things: Vec<Vec<String>> = things.iter().map(|names| owned(names)).collect();
        match_names(&things, &owned(others))
    }

    #[test]
    fn one_to_one_is_a_pair_and_everything_else_is_for_a_person() {
        let found = matches(
            &[
                &["alma"],
                &["brook"],
                &["brook"],
                &["caro"],
                &["dora"],
                &[""],
            ],
            &["alma", "brook", "caro", "caro", ""],
        );
        let ambiguous = |alike: &[usize], others: &[usize]| NameMatch::Ambiguous {
            alike: alike.to_vec(),
            others: others.to_vec(),
        };
        assert_eq!(
            found,
            [
                NameMatch::Only(0),
                ambiguous(&[1, 2], &[1]),
                ambiguous(&[1, 2], &[1]),
                ambiguous(&[3], &[2, 3]),
                NameMatch::Nothing,
                NameMatch::Nothing,
            ]
        );
    }

    #[test]
    fn a_thing_with_two_names_takes_no_service_that_another_wants_too() {
        let found = matches(&[&["acronis vms", "vms"], &["vms", "vms"]], &["vms"]);
        let both = NameMatch::Ambiguous {
            alike: vec![0, 1],
            others: vec![0],
        };
        assert_eq!(found, [both.clone(), both]);
        assert_eq!(
            matches(&[&["acronis vms", "vms"]], &["vms"]),
            [NameMatch::Only(0)]
        );
    }
}
