//! What a person probably meant by an id or a name that names nothing.

use super::names::NameIndex;

/// From how much likeness on a name may be what was meant.
const PERCENT_MIN: usize = 50;
/// The one most alike name is worth a word from here on.
const PERCENT_BEST: usize = 25;
/// One character of so many may be another one in an id that was meant.
const ID_PARTS_MIN: usize = 3;
/// How many are named.
const NAMED_MAX: usize = 3;

/// Something that could have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LookupCandidate {
    /// Empty where it has none that people type.
    pub(crate) id: String,
    pub(crate) name: String,
    /// As it is written in the answer.
    pub(crate) shown: String,
}

/// `; did you mean Alma (company 1204)?`, or nothing when nothing is near. What looks like an id is
/// compared with the ids, anything else with the names.
pub(crate) fn did_you_mean(candidates: &[LookupCandidate], typed: &str) -> String {
    let typed = typed.trim();
    let found = if is_id(typed) {
        nearest_ids(candidates, typed)
    } else {
        by_name(candidates, typed)
    };
    let shown: Vec<&str> = found.iter().map(|one| one.shown.as_str()).collect();
    if shown.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", shown.join(", "))
}

/// Whether it is a number, or a UUID or the beginning of one.
fn is_id(typed: &str) -> bool {
    let is_number = !typed.is_empty() && typed.chars().all(|c| c.is_ascii_digit());
    let is_uuid = typed.len() > 8
        && typed.contains('-')
        && typed.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    is_number || is_uuid
}

/// The ids that differ in the fewest characters, and in few of them: of those that are far away none
/// is more likely than another.
fn nearest_ids<'c>(candidates: &'c [LookupCandidate], typed: &str) -> Vec<&'c LookupCandidate> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(usize, &LookupCandidate)> = candidates
        .iter()
        .map(|one| {
            let apart = strsim::damerau_levenshtein(&one.id.to_lowercase(), &typed);
            (apart, one)
        })
        .filter(|(apart, one)| apart.saturating_mul(ID_PARTS_MIN) <= one.id.len())
        .collect();
    found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    let least = found.first().map(|(apart, _)| *apart);
    let nearest = found.into_iter().filter(|(apart, _)| Some(*apart) == least);
    nearest.take(NAMED_MAX).map(|(_, one)| one).collect()
}

fn by_name<'c>(candidates: &'c [LookupCandidate], typed: &str) -> Vec<&'c LookupCandidate> {
    let index = NameIndex::new(candidates.iter().map(|one| one.name.as_str()));
    let mut alike = index.find_similar(typed, PERCENT_MIN, NAMED_MAX);
    if alike.is_empty() {
        alike = index.find_similar(typed, PERCENT_BEST, 1);
    }
    alike
        .iter()
        .filter_map(|alike| candidates.get(alike.place))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<LookupCandidate> {
        [
            ("1204", "Alma Bakery"),
            ("1240", "Brook Dental"),
            ("77", "Caro Design"),
            ("8e266c48-0000-4000-8000-000000000001", "Alma Bakery North"),
        ]
        .map(|(id, name)| LookupCandidate {
            id: id.to_owned(),
            name: name.to_owned(),
            shown: name.to_owned(),
        })
        .to_vec()
    }

    #[test]
    fn the_nearest_id_or_the_most_alike_names_are_named() {
        let all = candidates();
        for (typed, expected) in [
            ("1205", "; did you mean Alma Bakery?"),
            ("2140", "; did you mean Brook Dental?"),
            // As near to both.
            ("1244", "; did you mean Alma Bakery, Brook Dental?"),
            // Nothing is near.
            ("424242", ""),
            ("9", ""),
            (
                "8e266c48-0000-4000-8000-000000000002",
                "; did you mean Alma Bakery North?",
            ),
            (
                "8e266c48-0000-4000-8000-0000",
                "; did you mean Alma Bakery North?",
            ),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", ""),
            (
                "Alma Bakry",
                "; did you mean Alma Bakery, Alma Bakery North?",
            ),
            ("brook", "; did you mean Brook Dental?"),
            ("Zzz", ""),
        ] {
            assert_eq!(did_you_mean(&all, typed), expected, "{typed}");
        }
        assert_eq!(did_you_mean(&[], "5"), "");
    }
}
