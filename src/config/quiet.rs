//! `[[tickets.quiet]]`: maintenance windows of the week, in which no ticket is created.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::{ToSpan, Zoned};

use super::read::Table;
use super::section::section;
use super::ticket_rules::Match;

section! {
    /// Maintenance windows, in which alerts wait and no ticket is created.
    "tickets.quiet" struct QuietWindow: PartialEq, Eq {
        /// First minute of the window, in `tickets.time_zone`.
        from: Time, eg "22:00";
        /// The minute after its last; earlier than `from` when the window crosses midnight.
        to: Time, eg "06:00";
        /// Days on which the window begins.
        days: Vec<Weekday> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        /// Which alerts wait, as in a rule. Not set: all.
        only as "match": Option<Match> = none, eg { severity = ["information", "warning"] };
        check compare_ends: from, to;
    }
}

fn compare_ends(table: &Table<'_>, from: &Time, to: &Time) -> Option<()> {
    if from == to {
        return table.refuse("to", "must differ from `from`");
    }
    Some(())
}

impl QuietWindow {
    /// Whether the window is on at a time of `tickets.time_zone`.
    pub(crate) fn covers_time(&self, now: &Zoned) -> bool {
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
