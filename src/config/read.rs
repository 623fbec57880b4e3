//! Small typed readers over the parsed file. A reader that fails has told the findings why and
//! returns `None`; its caller goes on with the other keys, so that every problem is found at once.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use toml::de::{DeTable, DeValue};

use super::keys::{Absent, Key, Section, nearest};
use super::problem::Findings;

/// A table of the file, opened with the keys it may hold.
#[derive(Debug)]
pub(super) struct Table<'d> {
    findings: &'d Findings,
    path: String,
    line: Option<usize>,
    entries: DeTable<'d>,
    section: &'static Section,
}

/// A value of the file (or a key's default), with its full name and its line.
#[derive(Clone, Debug)]
pub(super) struct Node<'d> {
    pub(super) findings: &'d Findings,
    pub(super) key: String,
    pub(super) line: Option<usize>,
    pub(super) value: DeValue<'d>,
}

impl<'d> Table<'d> {
    /// Opens a table and reports the keys that its section does not know.
    pub(super) fn open(
        findings: &'d Findings,
        path: &str,
        line: Option<usize>,
        entries: DeTable<'d>,
        section: &'static Section,
    ) -> Self {
        for key in entries.keys() {
            let name = key.get_ref();
            if section.key(name).is_none() {
                let line = findings.line_of(key.span().start);
                findings.problem(Some(line), &join(path, name), section.unknown(name));
            }
        }
        let path = path.to_owned();
        Self {
            findings,
            path,
            line,
            entries,
            section,
        }
    }

    /// Reads a key that is written or has a default.
    pub(super) fn read<T>(
        &self,
        name: &str,
        reader: impl FnOnce(&Node<'d>) -> Option<T>,
    ) -> Option<T> {
        let node = self.node(name);
        if node.is_none() {
            self.problem(name, "missing, and there is no default");
        }
        reader(&node?)
    }

    /// Reads a key that may be left out.
    pub(super) fn maybe<T>(
        &self,
        name: &str,
        reader: impl FnOnce(&Node<'d>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.node(name) {
            Some(node) => reader(&node).map(Some),
            None => Some(None),
        }
    }

    /// Reads a table of its own; one that is left out is read as an empty one.
    pub(super) fn table(&self, name: &str, section: &'static Section) -> Option<Table<'d>> {
        match self.node(name) {
            Some(node) => node.table(section),
            None => Some(self.empty(name, section)),
        }
    }

    fn empty(&self, name: &str, section: &'static Section) -> Table<'d> {
        Table::open(
            self.findings,
            &join(&self.path, name),
            self.line,
            DeTable::new(),
            section,
        )
    }

    /// Reports a problem at a key, or at the table's own line when the key is not written.
    pub(super) fn problem(&self, name: &str, what: impl Into<String>) {
        let line = self.line_of(name);
        self.findings.problem(line, &join(&self.path, name), what);
    }

    /// Reports a problem at a line, for a key that may stand in another table.
    pub(super) fn problem_at(&self, line: Option<usize>, key: &str, what: impl Into<String>) {
        self.findings.problem(line, key, what);
    }

    /// The line of a key, or of the table when the key is not written.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        self.entries
            .get_key_value(name)
            .map(|(key, _)| self.findings.line_of(key.span().start))
            .or(self.line)
    }

    fn node(&self, name: &str) -> Option<Node<'d>> {
        debug_assert!(self.section.key(name).is_some(), "undeclared key {name}");
        let value = match self.entries.get(name) {
            Some(value) => value.get_ref().clone(),
            None => default_of(self.section.key(name)?)?,
        };
        Some(Node {
            findings: self.findings,
            key: join(&self.path, name),
            line: self.line_of(name),
            value,
        })
    }
}

/// The declared default of a key, as if it stood in the file.
fn default_of(key: &Key) -> Option<DeValue<'static>> {
    match key.absent {
        Absent::Default(text) => DeValue::parse(text).ok().map(toml::Spanned::into_inner),
        Absent::Refused | Absent::Unset | Absent::Table => None,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl<'d> Node<'d> {
    /// An IANA time zone.
    pub(super) fn time_zone(&self) -> Option<TimeZone> {
        let name = self.text()?;
        let wanted = "a time zone such as \"Europe/Zurich\" or \"UTC\"";
        TimeZone::get(&name).ok().or_else(|| self.must_be(wanted))
    }

    /// Reports what is wrong with this value.
    pub(super) fn refuse<T>(&self, what: impl Into<String>) -> Option<T> {
        self.findings.problem(self.line, &self.key, what);
        None
    }

    /// Reports that the value is not what it must be, and shows it.
    pub(super) fn must_be<T>(&self, wanted: &str) -> Option<T> {
        self.refuse(format!("must be {wanted}, not {}", show(&self.value)))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        self.value.as_str()
    }

    pub(super) fn as_whole(&self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A text that says something, in one line.
    pub(super) fn text(&self) -> Option<String> {
        let Some(text) = self.as_text() else {
            return self.must_be("a text in quotes");
        };
        if text.trim().is_empty() {
            return self.refuse("must not be empty");
        }
        if text.chars().any(char::is_control) {
            return self.refuse("must not hold line breaks or control characters");
        }
        Some(text.to_owned())
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.value.as_bool() {
            Some(flag) => Some(flag),
            None => self.must_be("true or false"),
        }
    }

    /// A whole number within bounds, in whatever integer type holds them.
    pub(super) fn whole<T>(&self, range: RangeInclusive<i64>) -> Option<T>
    where
        T: TryFrom<i64>,
    {
        self.as_whole()
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .or_else(|| {
                let (low, high) = (range.start(), range.end());
                self.must_be(&format!("a whole number from {low} to {high}"))
            })
    }

    /// One of a closed set of words.
    pub(super) fn word<T: Words>(&self) -> Option<T> {
        let given = self.as_text();
        T::WORDS
            .iter()
            .find(|(word, _)| Some(*word) == given)
            .map(|(_, meaning)| *meaning)
            .or_else(|| {
                let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
                let hint = given
                    .and_then(|given| nearest(given, words.iter().copied()))
                    .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                let (allowed, given) = (alternatives(&words), show(&self.value));
                self.refuse(format!("must be {allowed}, not {given}{hint}"))
            })
    }

    /// A list, each element read on its own line.
    pub(super) fn list<T>(&self, reader: impl Fn(&Node<'d>) -> Option<T>) -> Option<Vec<T>> {
        let Some(items) = self.value.as_array() else {
            return self.not_a_list();
        };
        let read: Vec<Option<T>> = items
            .iter()
            .map(|item| {
                // A default has no place in the file; the key's line stands for it.
                let line = self.line.map(|line| line.max(self.line_in(item)));
                reader(&Node {
                    findings: self.findings,
                    key: self.key.clone(),
                    line,
                    value: item.get_ref().clone(),
                })
            })
            .collect();
        read.into_iter().collect()
    }

    fn not_a_list<T>(&self) -> Option<T> {
        if self.value.is_table() {
            let key = &self.key;
            return self.refuse(format!("must be a list; write [[{key}]] above each block"));
        }
        self.must_be("a list in square brackets")
    }

    /// A list without repetitions.
    pub(super) fn set<T: Ord>(
        &self,
        reader: impl Fn(&Node<'d>) -> Option<T>,
    ) -> Option<BTreeSet<T>> {
        let items = self.list(reader)?;
        let count = items.len();
        let set: BTreeSet<T> = items.into_iter().collect();
        if set.len() < count {
            return self.refuse("holds the same value twice");
        }
        Some(set)
    }

    /// One value, or a list of at least one.
    pub(super) fn one_or_many<T>(&self, reader: impl Fn(&Node<'d>) -> Option<T>) -> Option<Vec<T>> {
        if !self.value.is_array() {
            return reader(self).map(|one| vec![one]);
        }
        let items = self.list(reader)?;
        if items.is_empty() {
            return self.refuse("must not be an empty list");
        }
        Some(items)
    }

    /// A table with free keys: each pair is read on its own line.
    pub(super) fn pairs<T>(&self, reader: impl Fn(&str, &Node<'d>) -> Option<T>) -> Option<Vec<T>> {
        let Some(entries) = self.value.as_table() else {
            return self.must_be("a table in curly brackets");
        };
        let read: Vec<Option<T>> = entries
            .iter()
            .map(|(key, value)| {
                let line = self.line.map(|_| self.findings.line_of(key.span().start));
                let node = Node {
                    findings: self.findings,
                    key: join(&self.key, key.get_ref()),
                    line,
                    value: value.get_ref().clone(),
                };
                reader(key.get_ref(), &node)
            })
            .collect();
        read.into_iter().collect()
    }

    /// This value as a table with known keys.
    pub(super) fn table(&self, section: &'static Section) -> Option<Table<'d>> {
        match self.value.as_table() {
            Some(entries) => Some(Table::open(
                self.findings,
                &self.key,
                self.line,
                entries.clone(),
                section,
            )),
            None => self.must_be("a table"),
        }
    }

    fn line_in(&self, item: &toml::Spanned<DeValue<'d>>) -> usize {
        self.findings.line_of(item.span().start)
    }
}

/// A closed set of words, each with its meaning.
pub(super) trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

/// Declares an enum whose variants are written as fixed words in the file.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$about])* $variant),+
        }

        impl $name {
            /// The word in the file.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl $crate::config::read::Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$((Self::$variant.as_str(), Self::$variant)),+];
        }
    };
}
pub(super) use words;

fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

/// A value as the file would write it, cut short.
pub(super) fn show(value: &DeValue<'_>) -> String {
    const CHARS_MAX: usize = 40;
    match value {
        DeValue::String(text) if text.chars().count() > CHARS_MAX => {
            let start: String = text.chars().take(CHARS_MAX).collect();
            format!("{start:?}...")
        }
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(when) => when.to_string(),
        DeValue::Array(items) => {
            let shown: Vec<String> = items.iter().map(|item| show(item.get_ref())).collect();
            format!("[{}]", shown.join(", "))
        }
        DeValue::Table(entries) if entries.is_empty() => "{}".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
