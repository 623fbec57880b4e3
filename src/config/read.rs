//! Small typed readers over the parsed file. A reader that fails has reported why and returns `None`; its caller goes on with the other keys, so that every problem is found at once.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};

use super::keys::{Absent, Form, Key, Section, find_nearest};
use super::problem::Findings;

/// A type whose values are written in the file.
pub(super) trait ConfigValue: Sized {
    /// What may be written.
    const FORM: &'static Form;

    /// Reads a value; one that fails has reported why.
    fn read(node: &Node<'_>) -> Option<Self>;

    /// What a key means that is not written and has no default; none when it must be written.
    fn when_absent() -> Option<Self> {
        None
    }
}

/// A type that a whole number can stand for.
pub(super) trait Whole: Sized {
    fn from_whole(number: i64) -> Option<Self>;
}

/// A closed set of words, each with its meaning.
pub(super) trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

pub(super) fn list_words<T: Words>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

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
            if !section.allows_key(name) {
                let line = findings.line_of(key.span().start);
                let what = section.describe_unknown(name, findings.root_section());
                findings.add_problem(Some(line), &join_key(path, name), what);
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

    /// Reads a key: what is written, else its default, else what its absence means.
    pub(super) fn read_key<T: ConfigValue>(
        &self,
        name: &str,
        reader: impl FnOnce(&Node<'d>) -> Option<T>,
    ) -> Option<T> {
        let key = self.section.find_key(name);
        match (self.find_node(name, key), key.map(|key| key.absent)) {
            (Some(node), _) => reader(&node),
            (None, Some(Absent::Refused)) => self.refuse(name, "missing, and there is no default"),
            (None, _) => T::when_absent(),
        }
    }

    /// That at least one of the keys is written that may all be left out.
    pub(super) fn must_hold_one(&self) -> Option<()> {
        let may_be_left_out = self.section.keys.iter();
        let names: Vec<&str> = may_be_left_out
            .filter(|key| key.absent == Absent::Unset)
            .map(|key| key.name)
            .collect();
        if names.iter().any(|name| self.entries.contains_key(*name)) {
            return Some(());
        }
        let what = format!("needs at least one of `{}`", names.join("`, `"));
        self.findings.add_problem(self.line, &self.path, what);
        None
    }

    pub(super) fn file_path(&self) -> PathBuf {
        self.findings.file_path().to_owned()
    }

    pub(super) fn line_number(&self) -> Option<usize> {
        self.line
    }

    /// Reports a problem at a key, which may stand in a table below this one.
    pub(super) fn refuse<T>(&self, name: &str, what: impl Into<String>) -> Option<T> {
        let line = self.line_of(name);
        self.findings
            .add_problem(line, &join_key(&self.path, name), what);
        None
    }

    /// Reports a problem at a line, for a key of another table.
    pub(super) fn refuse_at<T>(&self, line: Option<usize>, key: &str, what: String) -> Option<T> {
        self.findings.add_problem(line, key, what);
        None
    }

    /// The line of a key, or of the innermost table around it that is written.
    fn line_of(&self, name: &str) -> Option<usize> {
        let (mut line, mut entries) = (self.line, Some(&self.entries));
        for part in name.split('.') {
            let Some((key, value)) = entries.and_then(|entries| entries.get_key_value(part)) else {
                break;
            };
            line = Some(self.findings.line_of(key.span().start));
            entries = value.get_ref().as_table();
        }
        line
    }

    fn find_node(&self, name: &str, key: Option<&Key>) -> Option<Node<'d>> {
        debug_assert!(self.section.allows_key(name), "undeclared key {name}");
        let value = match self.entries.get(name) {
            Some(value) => value.get_ref().clone(),
            None => default_of(key?)?,
        };
        Some(Node {
            findings: self.findings,
            key: join_key(&self.path, name),
            line: self.line_of(name),
            value,
        })
    }
}

/// The declared default of a key, as if it stood in the file.
fn default_of(key: &Key) -> Option<DeValue<'static>> {
    match key.absent {
        Absent::Default(text) => DeValue::parse(text).ok().map(toml::Spanned::into_inner),
        Absent::Refused | Absent::Unset => None,
    }
}

fn join_key(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl<'d> Node<'d> {
    /// Reports what is wrong with this value.
    pub(super) fn refuse<T>(&self, what: impl Into<String>) -> Option<T> {
        self.findings.add_problem(self.line, &self.key, what);
        None
    }

    /// Reports that the value is not what it must be, and shows it.
    pub(super) fn must_be<T>(&self, wanted: &str) -> Option<T> {
        self.refuse(format!("must be {wanted}, not {}", show_value(&self.value)))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        self.value.as_str()
    }

    pub(super) fn as_whole(&self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A text that says something, in one line.
    pub(super) fn read_text(&self) -> Option<String> {
        let Some(text) = self.as_text() else {
            return self.must_be("a text in quotes");
        };
        if text.trim().is_empty() {
            return self.refuse("must not be empty");
        }
        if text.chars().any(char::is_control) {
            return self.refuse("must not contain line breaks or control characters");
        }
        Some(text.to_owned())
    }

    pub(super) fn read_flag(&self) -> Option<bool> {
        match self.value.as_bool() {
            Some(flag) => Some(flag),
            None => self.must_be("true or false"),
        }
    }

    /// A whole number within bounds.
    pub(super) fn read_whole<T: Whole>(&self, range: RangeInclusive<i64>) -> Option<T> {
        self.as_whole()
            .filter(|number| range.contains(number))
            .and_then(T::from_whole)
            .or_else(|| {
                let (low, high) = (range.start(), range.end());
                self.must_be(&format!("a whole number from {low} to {high}"))
            })
    }

    /// One of a closed set of words.
    pub(super) fn read_word<T: Words>(&self) -> Option<T> {
        let given = self.as_text();
        T::WORDS
            .iter()
            .find(|(word, _)| Some(*word) == given)
            .map(|(_, meaning)| *meaning)
            .or_else(|| {
                let words = list_words::<T>();
                let hint = given
                    .and_then(|given| find_nearest(given, words.iter().copied()))
                    .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                let (allowed, given) = (join_alternatives(&words), show_value(&self.value));
                self.refuse(format!("must be {allowed}, not {given}{hint}"))
            })
    }

    /// A list, each element read on its own line.
    pub(super) fn read_list<T>(&self, reader: impl Fn(&Node<'d>) -> Option<T>) -> Option<Vec<T>> {
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
    pub(super) fn read_set<T: Ord>(
        &self,
        reader: impl Fn(&Node<'d>) -> Option<T>,
    ) -> Option<BTreeSet<T>> {
        let items = self.read_list(reader)?;
        let count = items.len();
        let set: BTreeSet<T> = items.into_iter().collect();
        if set.len() < count {
            return self.refuse("contains the same value twice");
        }
        Some(set)
    }

    /// One value, or a list of at least one.
    pub(super) fn read_one_or_many<T>(
        &self,
        reader: impl Fn(&Node<'d>) -> Option<T>,
    ) -> Option<Vec<T>> {
        if !self.value.is_array() {
            return reader(self).map(|one| vec![one]);
        }
        let items = self.read_list(reader)?;
        if items.is_empty() {
            return self.refuse("must not be an empty list");
        }
        Some(items)
    }

    /// A table with free keys: each pair is read on its own line.
    pub(super) fn read_pairs<T>(
        &self,
        reader: impl Fn(&str, &Node<'d>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(entries) = self.value.as_table() else {
            return self.must_be("a table in curly brackets");
        };
        let read: Vec<Option<T>> = entries
            .iter()
            .map(|(key, value)| {
                let line = self.line.map(|_| self.findings.line_of(key.span().start));
                let node = Node {
                    findings: self.findings,
                    key: join_key(&self.key, key.get_ref()),
                    line,
                    value: value.get_ref().clone(),
                };
                reader(key.get_ref(), &node)
            })
            .collect();
        read.into_iter().collect()
    }

    /// This value as a table with known keys.
    pub(super) fn open_table(&self, section: &'static Section) -> Option<Table<'d>> {
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

fn join_alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

/// A value as the file would write it, cut short.
pub(super) fn show_value(value: &DeValue<'_>) -> String {
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
            let shown: Vec<String> = items
                .iter()
                .map(|item| show_value(item.get_ref()))
                .collect();
            format!("[{}]", shown.join(", "))
        }
        DeValue::Table(entries) if entries.is_empty() => "{}".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
