//! What a section of the file is and what its keys are, as [`section!`](super::section) declares
//! them. The readers, the example, the reference and the JSON Schema all come from here.

use std::ops::RangeInclusive;

/// The keys of one table of the file.
#[derive(Debug)]
pub(super) struct Section {
    /// Dotted path of the table, empty for the file itself.
    pub(super) path: &'static str,
    pub(super) keys: &'static [Key],
    /// A section whose keys may stand here too, without their defaults.
    pub(super) rest: Option<&'static Section>,
    #[cfg(test)]
    pub(super) about: &'static [&'static str],
}

/// One key of a section.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) absent: Absent,
    pub(super) form: &'static Form,
    #[cfg(test)]
    pub(super) doc: &'static [&'static str],
    /// What the example shows where there is no default, as TOML.
    #[cfg(test)]
    pub(super) sample: Option<&'static str>,
}

/// What happens when a key is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Absence is a problem.
    Refused,
    /// There is no default: the thing is not set.
    Unset,
    /// The default, written as TOML.
    Default(&'static str),
}

/// What may be written behind a key.
#[derive(Debug)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "only tests write the pages and the schema")
)]
pub(super) enum Form {
    Flag,
    Whole(RangeInclusive<i64>),
    /// A text, and what the reference calls it.
    Text(&'static str),
    /// One of a closed set of words.
    Words(fn() -> Vec<&'static str>),
    /// A number that Autotask gives, from this one on.
    Id(i64),
    Either(&'static [&'static Form]),
    List(&'static Form),
    OneOrMany(&'static Form),
    /// A table with free keys.
    Pairs(&'static Form),
    Table(&'static Section),
    /// A text, or a table that says where the text is.
    Secret(&'static Section),
}

impl Form {
    pub(super) const fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }
}

impl Section {
    pub(super) fn find_key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Every key that may stand here.
    pub(super) fn key_names(&self) -> impl Iterator<Item = &'static str> {
        let rest = self.rest.map_or(&[][..], |rest| rest.keys);
        self.keys.iter().chain(rest).map(|key| key.name)
    }

    pub(super) fn allows_key(&self, name: &str) -> bool {
        self.key_names().any(|known| known == name)
    }

    /// The section and all below it, in the order of the file, each once.
    pub(super) fn with_all_below(&'static self) -> Vec<&'static Self> {
        let mut found: Vec<&'static Self> = vec![self];
        for key in self.keys {
            if let Form::Table(section) | Form::List(Form::Table(section)) = key.form {
                for below in section.with_all_below() {
                    if found.iter().all(|known| known.path != below.path) {
                        found.push(below);
                    }
                }
            }
        }
        found
    }

    /// What to say about a key that this section does not know; `root` is the file itself.
    pub(super) fn describe_unknown(&self, name: &str, root: &'static Self) -> String {
        if let Some(near) = find_nearest(name, self.key_names()) {
            return format!("unknown key; did you mean `{near}`?");
        }
        if let Some(home) = root.find_home(name) {
            return format!("unknown key here; it belongs in [{home}]");
        }
        let names: Vec<&str> = self.key_names().collect();
        format!("unknown key; allowed here: {}", names.join(", "))
    }

    /// The one section below this one that holds a key of this name.
    fn find_home(&'static self, name: &str) -> Option<&'static str> {
        let below = self.with_all_below().into_iter().skip(1);
        let mut homes = below.filter(|section| section.allows_key(name));
        match (homes.next(), homes.next()) {
            (Some(home), None) => Some(home.path),
            (Some(_) | None, _) => None,
        }
    }
}

/// The known word closest to a mistyped one, when it is close enough to be meant.
pub(super) fn find_nearest<'w>(
    name: &str,
    known: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let name = name.to_lowercase();
    let mistakes_max = 1 + name.chars().count() / 4;
    known
        .into_iter()
        .map(|word| {
            let mistakes = strsim::damerau_levenshtein(&name, &word.to_lowercase());
            (mistakes, word)
        })
        .filter(|(mistakes, _)| *mistakes <= mistakes_max)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_finds_its_neighbour_and_nonsense_finds_none() {
        let known = ["period", "unmapped", "service_code"];
        assert_eq!(find_nearest("preiod", known), Some("period"));
        assert_eq!(find_nearest("service-code", known), Some("service_code"));
        assert_eq!(find_nearest("Unmaped", known), Some("unmapped"));
        assert_eq!(find_nearest("colour", known), None);
    }

    #[test]
    fn every_default_and_every_sample_is_toml() {
        for section in super::super::Config::SECTION.with_all_below() {
            for key in section.keys {
                let default = match key.absent {
                    Absent::Default(text) => Some(text),
                    Absent::Refused | Absent::Unset => None,
                };
                for text in default.into_iter().chain(key.sample) {
                    let parsed = toml::de::DeValue::parse(text);
                    assert!(parsed.is_ok(), "{} {text}", key.name);
                }
            }
        }
    }
}
