//! Names as people write them: equal in spite of spelling, and alike.
//!
//! Equal names become a plan that a person sees; names that are only alike are shown with their
//! score and never acted upon.

use std::collections::BTreeMap;

use icu_normalizer::properties::{CanonicalDecomposition, Decomposed};

/// Legal forms, written without dots; dropped from the end of a name, as often as they stand there.
const FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "ev",
    "gbr",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "pllc",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "sro",
    "ug",
    "zoo",
];

/// The form in which Autotask's database compares names: without regard to case and to blanks at the
/// ends. Two services whose names are equal in it cannot both be.
pub(crate) fn database_form(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether Autotask's database takes two names for the same.
pub(crate) fn same_in_database(a: &str, b: &str) -> bool {
    database_form(a) == database_form(b)
}

/// Those of exactly this name; without one, those that Autotask's database takes to have it.
pub(crate) fn filter_by_name<'t, T>(
    those: impl IntoIterator<Item = &'t T>,
    name_of: impl Fn(&T) -> &str,
    typed: &str,
) -> Vec<&'t T> {
    let mut same: Vec<&T> = those
        .into_iter()
        .filter(|one| same_in_database(name_of(one), typed))
        .collect();
    if same.iter().any(|one| name_of(one) == typed) {
        same.retain(|one| name_of(one) == typed);
    }
    same
}

/// Whether one of the texts contains what is searched for, in any case; all do where nothing is.
pub(crate) fn any_contains(texts: &[&str], searched: Option<&str>) -> bool {
    searched.is_none_or(|searched| {
        let searched = searched.to_lowercase();
        texts
            .iter()
            .any(|text| text.to_lowercase().contains(&searched))
    })
}

/// The form in which names of tenants are compared: without regard to case and to how many blanks
/// stand where.
pub(crate) fn tenant_form(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// A name without what systems write differently: case, accents, punctuation, space, and legal forms
/// at its end. Two names are taken for the same when these are equal and not empty.
pub(crate) fn normalize_name(name: &str) -> String {
    let words = split_words(name);
    let mut kept = words.as_slice();
    while let [rest @ .., last] = kept {
        if rest.is_empty() || !is_legal_form(last, rest) {
            break;
        }
        kept = rest;
    }
    kept.join(" ")
}

/// `and` between two forms, as in `GmbH & Co. KG`, belongs to them.
fn is_legal_form(word: &str, before: &[String]) -> bool {
    FORMS.contains(&word)
        || (word == "and"
            && before
                .last()
                .is_some_and(|last| FORMS.contains(&last.as_str())))
}

/// Lower-case words without accents; `&` and `+` are `and`, dots and apostrophes join
/// (`S.A.` → `sa`, `O'Brien` → `obrien`), everything else that is no letter or digit parts.
fn split_words(name: &str) -> Vec<String> {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            '&' | '+' => plain.push_str(" and "),
            '.' | '\'' | '’' | '`' | '´' => {}
            c if is_combining(c) => {}
            // For Unicode these are letters of their own.
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            c if c.is_alphanumeric() => plain.push(remove_accents(c)),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(str::to_owned).collect()
}

/// Accents that stand as characters of their own after their letter.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A Latin letter with its accents taken away, any other character as it is. Two spellings of one
/// letter that are not accents (`ü` and `ue`) stay different: they tell people apart.
fn remove_accents(letter: char) -> char {
    let decomposition = CanonicalDecomposition::new();
    let mut base = letter;
    while let Decomposed::Expansion(first, _) = decomposition.decompose(base) {
        base = first;
    }
    if base.is_ascii() { base } else { letter }
}

/// Names to be looked for by likeness.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameIndex {
    /// Places of the names that hold a piece, each once.
    pieces: BTreeMap<[char; 3], Vec<usize>>,
    /// How many pieces each name has.
    counts: Vec<usize>,
}

/// A name that is like another: its place in the index, and how much of both is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SimilarName {
    pub(crate) place: usize,
    pub(crate) percent: usize,
}

impl NameIndex {
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for (place, name) in names.into_iter().enumerate() {
            let pieces = letter_triples(name);
            index.counts.push(pieces.len());
            for piece in pieces {
                index.pieces.entry(piece).or_default().push(place);
            }
        }
        index
    }

    /// The names that share at least so much with this one, the most alike first, at most so many.
    pub(crate) fn find_similar(
        &self,
        name: &str,
        percent_min: usize,
        most: usize,
    ) -> Vec<SimilarName> {
        let wanted = letter_triples(name);
        let mut shared = vec![0_usize; self.counts.len()];
        for piece in &wanted {
            for place in self.pieces.get(piece).into_iter().flatten() {
                if let Some(count) = shared.get_mut(*place) {
                    *count += 1;
                }
            }
        }
        let mut found: Vec<SimilarName> = shared
            .into_iter()
            .zip(&self.counts)
            .enumerate()
            .map(|(place, (shared, count))| {
                let both = wanted.len() + count;
                let percent = (shared * 200).checked_div(both).unwrap_or_default();
                SimilarName { place, percent }
            })
            .filter(|alike| alike.percent >= percent_min)
            .collect();
        found.sort_by_key(|alike| (std::cmp::Reverse(alike.percent), alike.place));
        found.truncate(most);
        found
    }
}

/// Every three letters in a row of each word of a normal name, with its ends; words in any order
/// are alike.
fn letter_triples(name: &str) -> Vec<[char; 3]> {
    let mut pieces = Vec::new();
    for word in normalize_name(name)
        .split(' ')
        .filter(|word| !word.is_empty())
    {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain(std::iter::once(' '))
            .collect();
        pieces.extend(
            letters
                .windows(3)
                .filter_map(|window| <[char; 3]>::try_from(window).ok()),
        );
    }
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_legal_form_do_not_make_another_company() {
        for name in [
            "Müller & Söhne GmbH & Co. KG",
            "MULLER AND SOHNE",
            "  Müller + Söhne, GmbH",
            "Mu\u{308}ller & So\u{308}hne",
        ] {
            assert_eq!(normalize_name(name), "muller and sohne", "{name}");
        }
        assert_eq!(normalize_name("O'Brien Printing, Ltd."), "obrien printing");
        assert_eq!(normalize_name("株式会社アルマ"), "株式会社アルマ");
    }

    #[test]
    fn accents_are_taken_away_and_other_alphabets_stay() {
        for (letters, plain) in [
            ("àáâãäåāăąấ", "a"),
            ("çćĉċč", "c"),
            ("ďđ", "d"),
            ("èéêëēĕėęě", "e"),
            ("ĝğġģ", "g"),
            ("ìíîïĩīįı", "i"),
            ("ķ", "k"),
            ("ĺļľł", "l"),
            ("ñńņň", "n"),
            ("òóôõöøōő", "o"),
            ("ŕř", "r"),
            ("śŝşšș", "s"),
            ("ţťț", "t"),
            ("ùúûüũūŭůűų", "u"),
            ("ŵ", "w"),
            ("ýÿŷ", "y"),
            ("źżž", "z"),
            ("ß", "ss"),
            ("æ", "ae"),
            ("œ", "oe"),
            ("þ", "th"),
            ("й", "й"),
            ("が", "が"),
        ] {
            for letter in letters.chars() {
                assert_eq!(normalize_name(&letter.to_string()), plain, "{letter}");
                assert_eq!(
                    normalize_name(&letter.to_uppercase().to_string()),
                    plain,
                    "{letter}"
                );
            }
        }
    }

    #[test]
    fn what_tells_companies_apart_stays() {
        assert_ne!(
            normalize_name("Alma Bakery North"),
            normalize_name("Alma Bakery")
        );
        assert_ne!(
            normalize_name("Smith Dental"),
            normalize_name("Dental Smith")
        );
        // A name that is nothing but a form keeps it.
        assert_eq!(normalize_name("Limited"), "limited");
        assert_eq!(normalize_name("AG"), "ag");
        assert_eq!(normalize_name("!!!"), "");
    }

    #[test]
    fn the_most_alike_comes_first_and_the_unlike_not_at_all() {
        let index = NameIndex::new(["Brook Dental", "Alma Bakerys", "Alma Bakery North", "Zzz"]);
        let found = index.find_similar("Alma Bakery Ltd", 60, 3);
        let places: Vec<usize> = found.iter().map(|alike| alike.place).collect();
        assert_eq!(places, [1, 2]);
        assert_eq!(index.find_similar("Dental Brook", 60, 3)[0].percent, 100);
        assert_eq!(index.find_similar("", 60, 3), []);
    }

    proptest::proptest! {
        #[test]
        fn a_normal_name_is_its_own_normal_form(name in ".{0,40}") {
            let once = normalize_name(&name);
            proptest::prop_assert_eq!(normalize_name(&once), once);
        }

        #[test]
        fn a_name_is_wholly_like_itself(name in "[A-Za-zäöü &.]{1,40}") {
            let found = NameIndex::new([name.as_str()]).find_similar(&name, 1, 1);
            let whole = found.first().is_none_or(|alike| alike.percent == 100);
            proptest::prop_assert!(whole);
        }
    }
}
