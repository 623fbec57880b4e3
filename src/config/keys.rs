//! The keys that a section may hold, declared once: the loader takes names and defaults from here,
//! and the tests hold the example file and the reference to it.

/// The keys of one table of the file.
#[derive(Debug)]
pub(super) struct Section {
    /// Dotted path of the table, empty for the file itself.
    pub(super) path: &'static str,
    pub(super) keys: &'static [Key],
}

/// One key: its name and what happens when it is not written.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) absent: Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Absence is a problem.
    Refused,
    /// There is no default: the thing is not set.
    Unset,
    /// The default, written as TOML.
    Default(&'static str),
    /// The key is a table of its own, with keys of its own.
    Table,
}

pub(super) const fn required(name: &'static str) -> Key {
    let absent = Absent::Refused;
    Key { name, absent }
}

pub(super) const fn optional(name: &'static str) -> Key {
    let absent = Absent::Unset;
    Key { name, absent }
}

pub(super) const fn default(name: &'static str, toml: &'static str) -> Key {
    let absent = Absent::Default(toml);
    Key { name, absent }
}

pub(super) const fn table(name: &'static str) -> Key {
    let absent = Absent::Table;
    Key { name, absent }
}

impl Section {
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// What to say about a key that this section does not know.
    pub(super) fn unknown(&self, name: &str) -> String {
        if let Some(near) = nearest(name, self.keys.iter().map(|key| key.name)) {
            return format!("unknown key; did you mean `{near}`?");
        }
        if let Some(home) = home_of(name) {
            return format!("unknown key here; it belongs in [{home}]");
        }
        let names: Vec<&str> = self.keys.iter().map(|key| key.name).collect();
        format!("unknown key; allowed here: {}", names.join(", "))
    }
}

/// The one section, other than rules and their like, that holds a key of this name.
fn home_of(name: &str) -> Option<&'static str> {
    let mut homes = super::SECTIONS
        .iter()
        .filter(|section| !section.path.is_empty() && section.key(name).is_some());
    match (homes.next(), homes.next()) {
        (Some(home), None) => Some(home.path),
        (Some(_) | None, _) => None,
    }
}

/// The known word closest to a mistyped one, when it is close enough to be meant.
pub(super) fn nearest<'w>(name: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let name = name.to_lowercase();
    let mistakes_max = 1 + name.chars().count() / 4;
    known
        .into_iter()
        .map(|word| {
            (
                strsim::damerau_levenshtein(&name, &word.to_lowercase()),
                word,
            )
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
        assert_eq!(nearest("preiod", known), Some("period"));
        assert_eq!(nearest("service-code", known), Some("service_code"));
        assert_eq!(nearest("Unmaped", known), Some("unmapped"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn every_default_is_toml() {
        for section in super::super::SECTIONS {
            for key in section.keys {
                if let Absent::Default(text) = key.absent {
                    assert!(
                        toml::de::DeValue::parse(text).is_ok(),
                        "{} {text}",
                        key.name
                    );
                }
            }
        }
    }
}
