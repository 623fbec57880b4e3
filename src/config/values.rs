//! How the plain types are written in the file.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::keys::Form;
use super::read::{ConfigValue, Node, Whole, Words, list_words};
use crate::domain::ids::{AccountName, CompanyId, ContractId};

/// Implements [`ConfigValue`] for types that are always there when they are written.
macro_rules! values {
    ($($type:ty, $form:expr, $read:expr;)+) => {$(
        impl ConfigValue for $type {
            const FORM: &'static Form = &$form;

            fn read(node: &Node<'_>) -> Option<Self> {
                $read(node)
            }
        }
    )+};
}

/// Any number that is not negative.
const NUMBER: Form = Form::Whole(0..=i64::MAX);

values! {
    bool, Form::Flag, Node::read_flag;
    String, Form::Text("text"), Node::read_text;
    // A day of the month, as dates have it.
    i8, Form::Whole(1..=31), |node: &Node<'_>| node.read_whole(1..=31);
    u32, NUMBER, |node: &Node<'_>| node.read_whole(0..=i64::MAX);
    i64, NUMBER, |node: &Node<'_>| node.read_whole(0..=i64::MAX);
    usize, NUMBER, |node: &Node<'_>| node.read_whole(0..=i64::MAX);
    Duration, NUMBER, |node: &Node<'_>| node.read_whole(0..=i64::MAX);
    ContractId, Form::Id(1), |node: &Node<'_>| node.read_whole(1..=i64::MAX).map(Self);
    CompanyId, Form::Id(0), read_company;
    AccountName, Form::Text("name"), read_account_name;
    PathBuf, Form::Text("path"), read_path;
    TimeZone, Form::Text("time zone"), read_time_zone;
    Time, Form::Text("time of day"), read_time_of_day;
}

/// Implements [`Whole`] for numbers and what is measured in them.
macro_rules! whole {
    ($($type:ty, $read:expr;)+) => {$(
        impl Whole for $type {
            fn from_whole(number: i64) -> Option<Self> {
                $read(number)
            }
        }
    )+};
}

whole! {
    i8, |number| Self::try_from(number).ok();
    u32, |number| Self::try_from(number).ok();
    i64, Some;
    usize, |number| Self::try_from(number).ok();
    // The name of the key says that it holds seconds.
    Duration, |number| u64::try_from(number).ok().map(Self::from_secs);
}

/// Where a range begins with 0, this is how something is switched off.
impl<T: Whole> Whole for Option<T> {
    fn from_whole(number: i64) -> Option<Self> {
        match number {
            0 => Some(None),
            number => T::from_whole(number).map(Some),
        }
    }
}

impl<T: Words> ConfigValue for T {
    const FORM: &'static Form = &Form::Words(list_words::<T>);

    fn read(node: &Node<'_>) -> Option<Self> {
        node.read_word()
    }
}

impl Words for Weekday {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("mon", Self::Monday),
        ("tue", Self::Tuesday),
        ("wed", Self::Wednesday),
        ("thu", Self::Thursday),
        ("fri", Self::Friday),
        ("sat", Self::Saturday),
        ("sun", Self::Sunday),
    ];
}

impl<T: ConfigValue> ConfigValue for Option<T> {
    const FORM: &'static Form = T::FORM;

    fn read(node: &Node<'_>) -> Option<Self> {
        T::read(node).map(Some)
    }

    fn when_absent() -> Option<Self> {
        Some(None)
    }
}

/// One value or a list of them; of tables always a list.
impl<T: ConfigValue> ConfigValue for Vec<T> {
    const FORM: &'static Form = if T::FORM.is_table() {
        &Form::List(T::FORM)
    } else {
        &Form::OneOrMany(T::FORM)
    };

    fn read(node: &Node<'_>) -> Option<Self> {
        if T::FORM.is_table() {
            return node.read_list(T::read);
        }
        node.read_one_or_many(T::read)
    }

    fn when_absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: ConfigValue + Ord> ConfigValue for BTreeSet<T> {
    const FORM: &'static Form = &Form::List(T::FORM);

    fn read(node: &Node<'_>) -> Option<Self> {
        node.read_set(T::read)
    }
}

fn read_company(node: &Node<'_>) -> Option<CompanyId> {
    match node.as_whole() {
        Some(id) if id >= 0 => Some(CompanyId(id)),
        Some(_) | None => node.must_be("the id of a company, a number"),
    }
}

/// A name that can stand in `account/item` on a command line without quotes.
fn read_account_name(node: &Node<'_>) -> Option<AccountName> {
    const CHARS_MAX: usize = 40;
    let text = node.read_text()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.chars().all(fits) && text.len() <= CHARS_MAX {
        return Some(AccountName::new(&text));
    }
    node.must_be(&format!(
        "at most {CHARS_MAX} of the characters A-Z, a-z, 0-9, `-` and `_`"
    ))
}

/// Reads a path; a relative one counts from the directory of the configuration file, so that cron
/// and a shell find the same file.
fn read_path(node: &Node<'_>) -> Option<PathBuf> {
    let text = node.read_text()?;
    if text.starts_with('~') {
        return node.refuse("must be written in full: `~` is not expanded");
    }
    let base = node.findings.file_path().parent();
    Some(base.map_or_else(|| PathBuf::from(&text), |dir| dir.join(&text)))
}

/// An IANA time zone.
fn read_time_zone(node: &Node<'_>) -> Option<TimeZone> {
    let name = node.read_text()?;
    let wanted = "a time zone such as \"Europe/Zurich\" or \"UTC\"";
    TimeZone::get(&name).ok().or_else(|| node.must_be(wanted))
}

/// `HH:MM` in quotes, or TOML's own local time.
fn read_time_of_day(node: &Node<'_>) -> Option<Time> {
    const WANTED: &str = "a time of day such as \"22:00\"";
    let text = match (node.as_text(), node.value.as_datetime()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(datetime)) if datetime.date.is_none() => datetime.to_string(),
        (None, _) => return node.must_be(WANTED),
    };
    match text.parse::<Time>() {
        Ok(time) if text.contains(':') => Some(time),
        Ok(_) | Err(_) => node.must_be(WANTED),
    }
}
