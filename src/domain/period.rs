//! Billing periods: where they begin and end, as the unit rows of a contract show it.
//!
//! Periods follow the day on which the contract starts, not the calendar (autotask.md §8.5). An
//! adjustment inside a period splits its row, so that a row is not always a whole period.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::contracts::UnitRow;

/// The longest month.
const MONTH_DAYS_MAX: i32 = 31;

/// A billing period, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BillingPeriod {
    pub(crate) start: Date,
    pub(crate) end: Date,
}

impl BillingPeriod {
    pub(crate) fn contains_day(self, day: Date) -> bool {
        self.start <= day && day <= self.end
    }

    /// How many days it has.
    pub(crate) fn count_days(self) -> i32 {
        days_between(self.start, self.end).saturating_add(1)
    }

    /// Longer than any month: quarterly, semi-annual or yearly.
    pub(crate) fn is_longer_than_a_month(self) -> bool {
        self.count_days() > MONTH_DAYS_MAX
    }

    /// The first of the last `days` days of the period.
    pub(crate) fn last_days(self, days: u32) -> Date {
        let back = i64::from(days).saturating_sub(1).max(0);
        self.end.checked_sub(back.days()).unwrap_or(self.start)
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// The periods that rows belong to, in order. Rows that touch or overlap are parts of one period:
/// a split row ends on the very day of the next adjustment (autotask.md §8.4). Should the parts
/// only be neighbours, they are one period when both fit into `months`.
pub(crate) fn of_rows<'r>(
    rows: impl IntoIterator<Item = &'r UnitRow>,
    months: Option<i32>,
) -> Vec<BillingPeriod> {
    let mut rows: Vec<&UnitRow> = rows.into_iter().collect();
    rows.sort_by_key(|row| (row.start, row.end));
    let mut periods: Vec<BillingPeriod> = Vec::new();
    for row in rows {
        match periods.last_mut() {
            Some(last) if row.start <= last.end || fits_one_period(last.start, row.end, months) => {
                last.end = last.end.max(row.end);
            }
            Some(_) | None => periods.push(BillingPeriod {
                start: row.start,
                end: row.end,
            }),
        }
    }
    periods
}

/// Whether everything from `start` to `end` lies within one period of so many months.
fn fits_one_period(start: Date, end: Date, months: Option<i32>) -> bool {
    let next = months.and_then(|months| start.checked_add(months.months()).ok());
    next.is_some_and(|next| end < next)
}

/// The period that holds `day` by the contract's own start, for contracts without any unit row on
/// that day. Counted from the start every time, so that the 31st comes back after a short month.
pub(crate) fn by_start(start: Date, end: Date, months: i32, day: Date) -> Option<BillingPeriod> {
    if months < 1 || day < start || day > end {
        return None;
    }
    let border = |count: i32| {
        let months = months.checked_mul(count)?;
        start.checked_add(months.months()).ok()
    };
    let mut count = 0;
    loop {
        let next = border(count + 1)?;
        if day < next {
            let last = next.yesterday().ok()?;
            return Some(BillingPeriod {
                start: border(count)?,
                end: last.min(end),
            });
        }
        count += 1;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(start: Date, end: Date) -> UnitRow {
        UnitRow {
            start,
            end,
            units: 1,
            posted: None,
            extended: None,
        }
    }

    fn shown(periods: &[BillingPeriod]) -> Vec<String> {
        periods
            .iter()
            .map(|period| format!("{}..{}", period.start, period.end))
            .collect()
    }

    #[test]
    fn rows_that_touch_are_one_period_and_rows_that_follow_are_two() {
        let rows = [
            row(date(2026, 9, 1), date(2026, 9, 30)),
            row(date(2026, 8, 15), date(2026, 8, 31)),
            row(date(2026, 8, 1), date(2026, 8, 15)),
        ];
        assert_eq!(
            shown(&of_rows(&rows, Some(1))),
            ["2026-08-01..2026-08-31", "2026-09-01..2026-09-30"]
        );
    }

    #[test]
    fn split_rows_that_do_not_touch_are_distinguished_from_periods_by_their_length() {
        let rows = [
            row(date(2026, 8, 1), date(2026, 8, 14)),
            row(date(2026, 8, 15), date(2026, 8, 31)),
            row(date(2026, 9, 1), date(2026, 9, 10)),
        ];
        assert_eq!(
            shown(&of_rows(&rows, Some(1))),
            ["2026-08-01..2026-08-31", "2026-09-01..2026-09-10"]
        );
    }

    #[test]
    fn borders_of_rows_hold_over_month_ends_leap_years_and_long_periods() {
        type Case<'a> = (&'a [(Date, Date)], i32, &'a [&'a str]);
        let table: [Case<'_>; 5] = [
            (
                &[
                    (date(2026, 1, 31), date(2026, 2, 27)),
                    (date(2026, 2, 28), date(2026, 3, 30)),
                    (date(2026, 3, 31), date(2026, 4, 29)),
                ],
                1,
                &[
                    "2026-01-31..2026-02-27",
                    "2026-02-28..2026-03-30",
                    "2026-03-31..2026-04-29",
                ],
            ),
            (
                &[
                    (date(2028, 1, 30), date(2028, 2, 28)),
                    (date(2028, 2, 29), date(2028, 3, 29)),
                ],
                1,
                &["2028-01-30..2028-02-28", "2028-02-29..2028-03-29"],
            ),
            (
                &[
                    (date(2026, 1, 31), date(2026, 2, 27)),
                    (date(2026, 2, 28), date(2026, 2, 28)),
                ],
                1,
                &["2026-01-31..2026-02-27", "2026-02-28..2026-02-28"],
            ),
            (
                &[
                    (date(2026, 1, 1), date(2026, 2, 10)),
                    (date(2026, 2, 10), date(2026, 3, 31)),
                    (date(2026, 4, 1), date(2026, 6, 30)),
                ],
                3,
                &["2026-01-01..2026-03-31", "2026-04-01..2026-06-30"],
            ),
            (
                &[
                    (date(2027, 2, 28), date(2028, 2, 27)),
                    (date(2028, 2, 28), date(2029, 2, 27)),
                ],
                12,
                &["2027-02-28..2028-02-27", "2028-02-28..2029-02-27"],
            ),
        ];
        for (rows, months, expected) in table {
            let rows: Vec<UnitRow> = rows.iter().map(|(start, end)| row(*start, *end)).collect();
            assert_eq!(shown(&of_rows(&rows, Some(months))), expected);
        }
    }

    #[test]
    fn without_rows_the_borders_follow_the_start_of_the_contract() {
        let end = date(2029, 6, 15);
        let table = [
            (
                date(2026, 1, 15),
                1,
                date(2026, 3, 14),
                "2026-02-15..2026-03-14",
            ),
            (
                date(2026, 1, 29),
                1,
                date(2026, 2, 28),
                "2026-02-28..2026-03-28",
            ),
            (
                date(2026, 1, 30),
                1,
                date(2026, 3, 1),
                "2026-02-28..2026-03-29",
            ),
            (
                date(2026, 1, 31),
                1,
                date(2026, 3, 30),
                "2026-02-28..2026-03-30",
            ),
            (
                date(2026, 1, 31),
                1,
                date(2026, 3, 31),
                "2026-03-31..2026-04-29",
            ),
            (
                date(2028, 1, 31),
                1,
                date(2028, 2, 29),
                "2028-02-29..2028-03-30",
            ),
            (
                date(2026, 1, 31),
                3,
                date(2026, 5, 1),
                "2026-04-30..2026-07-30",
            ),
            (
                date(2028, 2, 29),
                12,
                date(2029, 3, 1),
                "2029-02-28..2029-06-15",
            ),
            (
                date(2026, 6, 16),
                1,
                date(2029, 6, 15),
                "2029-05-16..2029-06-15",
            ),
        ];
        for (start, months, day, expected) in table {
            let period = by_start(start, end, months, day).unwrap();
            assert_eq!(shown(&[period]), [expected], "{start} {months} {day}");
            assert!(period.contains_day(day));
        }
        assert_eq!(by_start(date(2026, 1, 1), end, 1, date(2025, 12, 31)), None);
        assert_eq!(by_start(date(2026, 1, 1), end, 1, date(2029, 6, 16)), None);
    }

    #[test]
    fn the_last_days_of_a_period_end_with_it() {
        let period = BillingPeriod {
            start: date(2026, 2, 1),
            end: date(2026, 2, 28),
        };
        assert_eq!(period.last_days(3), date(2026, 2, 26));
        assert_eq!(period.last_days(1), period.end);
        assert_eq!(period.count_days(), 28);
        assert!(!period.is_longer_than_a_month());
    }
}
