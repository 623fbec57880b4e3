//! `[[tickets.quiet]]`: windows of the week in which no ticket is created.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::{ToSpan, Zoned};

use super::keys::{Section, default, optional, required};
use super::read::{Node, Table, Words};
use super::ticket_rules::{Match, read_match};

pub(super) const QUIET: Section = Section {
    path: "tickets.quiet",
    keys: &[
        required("from"),
        required("to"),
        default(
            "days",
            "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]",
        ),
        optional("match"),
    ],
};

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

/// A window of the day, in `tickets.time_zone`, in which alerts wait and no ticket is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuietWindow {
    /// The first minute of the window.
    pub(crate) from: Time,
    /// The minute after its last; not later than `from` when the window crosses midnight.
    pub(crate) to: Time,
    /// Days on which the window begins; never empty.
    pub(crate) days: Vec<Weekday>,
    /// Which alerts wait; none: all.
    pub(crate) only: Option<Match>,
}

impl QuietWindow {
    /// Whether the window is on at a time of `tickets.time_zone`.
    pub(crate) fn covers(&self, now: &Zoned) -> bool {
        self.covers_local(now.datetime())
    }

    fn covers_local(&self, now: DateTime) -> bool {
        let begins_on = |day: Weekday| self.days.contains(&day);
        let time = now.time();
        let today = begins_on(now.weekday());
        if self.from < self.to {
            return today && self.from <= time && time < self.to;
        }
        let yesterday = now
            .checked_sub(1.day())
            .is_ok_and(|day| begins_on(day.weekday()));
        (today && self.from <= time) || (yesterday && time < self.to)
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<QuietWindow> {
    let from = table.read("from", time_of_day);
    let to = table.read("to", time_of_day);
    let days = table.read("days", |node| node.one_or_many(Node::word));
    let only = table.maybe("match", read_match);
    let window = QuietWindow {
        from: from?,
        to: to?,
        days: days?,
        only: only?,
    };
    if window.from == window.to {
        table.problem("to", "must differ from `from`");
        return None;
    }
    Some(window)
}

/// `HH:MM` in quotes, or TOML's own local time.
fn time_of_day(node: &Node<'_>) -> Option<Time> {
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

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        let window = QuietWindow {
            from: time(22, 0, 0, 0),
            to: time(6, 0, 0, 0),
            days: vec![Weekday::Friday],
            only: None,
        };
        // 2026-08-07 is a Friday.
        for (day, hour, quiet) in [
            (7, 21, false),
            (7, 22, true),
            (8, 5, true),
            (8, 6, false),
            (8, 23, false),
            (7, 5, false),
        ] {
            let now = date(2026, 8, day).at(hour, 0, 0, 0);
            assert_eq!(window.covers_local(now), quiet, "{now}");
        }
    }
}
