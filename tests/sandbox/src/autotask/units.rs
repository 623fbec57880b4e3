//! Unit rows of a contract line: one per billing period, split by adjustments (autotask.md §8.4).
//! Pure: from terms and changes to rows.

use jiff::{ToSpan, civil::Date};

use super::money::Money;

/// A guard for the loop, far beyond what a horizon lets through.
const MOST_PERIODS: i64 = 2_400;

/// What a contract says about its billing periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) start: Date,
    pub(super) end: Date,
    /// 1, 3, 6 or 12.
    pub(super) months: i64,
    /// No period starts behind this day: a contract may end in 2099, its rows need not reach there.
    pub(super) horizon: Date,
}

/// One change of a line, by a person or through the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) date: Date,
    pub(super) units: i64,
    /// A new price per unit from that date on.
    pub(super) price: Option<Money>,
    /// False for the quantity a person gave a line when adding it: that is not an adjustment, so it
    /// does not collide with one of the same date. A guess; autotask.md §8.5 leaves the scope open.
    pub(super) adjustment: bool,
}

/// A billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: Date,
    /// Last day, cut at the contract's end.
    pub(super) end: Date,
    /// Days of the whole period, also where the contract ends inside it.
    pub(super) days: i64,
}

/// A row before it has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Date,
    /// The period's end, or the date of the next change in the period: rows may touch on a day.
    pub(super) end: Date,
    pub(super) units: i64,
    pub(super) unit_price: Money,
    /// Days that this row bills, of `all_days` of its period.
    pub(super) days: i64,
    pub(super) all_days: i64,
}

impl Slice {
    /// Extended: units times price, prorated for part of a period (autotask.md §8.4).
    pub(super) fn price(&self) -> Money {
        self.unit_price
            .extended(self.units, self.days, self.all_days)
    }
}

/// Months of a period type: 2 monthly, 3 quarterly, 4 semi-annual, 5 yearly (autotask.md §0.4).
pub(super) fn months_of(period_type: i64) -> Option<i64> {
    match period_type {
        2 => Some(1),
        3 => Some(3),
        4 => Some(6),
        5 => Some(12),
        _ => None,
    }
}

pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The start of the n-th period. Counted from the contract's start, so a start on the 31st comes
/// back to the 31st after a shorter month.
fn period_start(terms: &Terms, number: i64) -> Option<Date> {
    let months = i32::try_from(terms.months.checked_mul(number)?).ok()?;
    terms.start.checked_add(months.months()).ok()
}

/// The periods of a contract, past, current and future.
pub(super) fn periods(terms: &Terms) -> Vec<Period> {
    let mut found = Vec::new();
    for number in 0..MOST_PERIODS {
        let (Some(start), Some(next)) =
            (period_start(terms, number), period_start(terms, number + 1))
        else {
            break;
        };
        if start > terms.end.min(terms.horizon) {
            break;
        }
        let last = next.yesterday().unwrap_or(next);
        found.push(Period {
            start,
            end: last.min(terms.end),
            days: days_between(start, next),
        });
    }
    found
}

/// Units in force on a date: the running total of the changes up to then.
pub(super) fn units_at(changes: &[Change], date: Date) -> i64 {
    changes
        .iter()
        .filter(|change| change.date <= date)
        .map(|change| change.units)
        .sum()
}

fn price_at(base: Money, changes: &[Change], date: Date) -> Money {
    changes
        .iter()
        .filter(|change| change.date <= date && change.price.is_some())
        .max_by_key(|change| change.date)
        .and_then(|change| change.price)
        .unwrap_or(base)
}

/// All rows of a line. `since` is the first day of a line that an adjustment brought into being;
/// a line added to the contract itself has rows from the contract's start.
pub(super) fn slices(
    terms: &Terms,
    since: Option<Date>,
    base: Money,
    changes: &[Change],
) -> Vec<Slice> {
    let mut rows = Vec::new();
    for period in periods(terms) {
        let first = since.map_or(period.start, |since| since.max(period.start));
        if first > period.end {
            continue;
        }
        let mut starts: Vec<Date> = changes
            .iter()
            .map(|change| change.date)
            .filter(|date| *date > first && *date <= period.end)
            .chain([first])
            .collect();
        starts.sort_unstable();
        starts.dedup();
        for (index, start) in starts.iter().enumerate() {
            let next = starts.get(index + 1).copied();
            let stop = next.unwrap_or_else(|| period.end.tomorrow().unwrap_or(period.end));
            rows.push(Slice {
                start: *start,
                end: next.unwrap_or(period.end),
                units: units_at(changes, *start),
                unit_price: price_at(base, changes, *start),
                days: days_between(*start, stop),
                all_days: period.days,
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn terms(start: Date, end: Date, months: i64) -> Terms {
        Terms {
            start,
            end,
            months,
            horizon: end,
        }
    }

    fn change(date: Date, units: i64) -> Change {
        Change {
            date,
            units,
            price: None,
            adjustment: true,
        }
    }

    fn shown(rows: &[Slice]) -> Vec<(String, String, i64)> {
        rows.iter()
            .map(|row| (row.start.to_string(), row.end.to_string(), row.units))
            .collect()
    }

    #[test]
    fn periods_follow_the_start_day_and_end_with_the_contract() {
        let found = periods(&terms(date(2026, 1, 15), date(2026, 4, 1), 1));
        let borders: Vec<_> = found
            .iter()
            .map(|period| (period.start, period.end))
            .collect();
        assert_eq!(
            borders,
            [
                (date(2026, 1, 15), date(2026, 2, 14)),
                (date(2026, 2, 15), date(2026, 3, 14)),
                (date(2026, 3, 15), date(2026, 4, 1)),
            ]
        );
        assert_eq!(found[2].days, 31);
    }

    #[test]
    fn a_start_on_the_31st_clamps_and_comes_back() {
        let starts: Vec<_> = periods(&terms(date(2026, 1, 31), date(2026, 5, 30), 1))
            .iter()
            .map(|period| period.start)
            .collect();
        assert_eq!(
            starts,
            [
                date(2026, 1, 31),
                date(2026, 2, 28),
                date(2026, 3, 31),
                date(2026, 4, 30)
            ]
        );
    }

    #[test]
    fn quarters_half_years_and_years_are_that_long() {
        for (months, count) in [(3, 4), (6, 2), (12, 1)] {
            let found = periods(&terms(date(2026, 1, 1), date(2026, 12, 31), months));
            assert_eq!(found.len(), count);
        }
    }

    #[test]
    fn a_contract_without_a_near_end_has_rows_up_to_the_horizon() {
        let mut endless = terms(date(2010, 1, 1), date(2099, 12, 31), 1);
        endless.horizon = date(2031, 3, 10);
        let found = periods(&endless);
        assert_eq!(found.last().unwrap().start, date(2031, 3, 1));
        assert_eq!(found.len(), 21 * 12 + 3);
    }

    #[test]
    fn an_adjustment_at_a_period_start_changes_that_row_and_all_later_ones() {
        let rows = slices(
            &terms(date(2026, 1, 1), date(2026, 3, 31), 1),
            None,
            Money::ZERO,
            &[change(date(2026, 2, 1), 5)],
        );
        assert_eq!(
            rows.iter().map(|row| row.units).collect::<Vec<_>>(),
            [0, 5, 5]
        );
    }

    #[test]
    fn an_adjustment_inside_a_period_splits_its_row_up_to_the_next_adjustment() {
        let rows = slices(
            &terms(date(2026, 1, 1), date(2026, 2, 28), 1),
            None,
            Money::ZERO,
            &[
                change(date(2026, 1, 1), 4),
                change(date(2026, 1, 21), -1),
                change(date(2026, 1, 10), 3),
            ],
        );
        let expected = [
            ("2026-01-01", "2026-01-10", 4),
            ("2026-01-10", "2026-01-21", 7),
            ("2026-01-21", "2026-01-31", 6),
            ("2026-02-01", "2026-02-28", 6),
        ]
        .map(|(start, end, units)| (start.to_owned(), end.to_owned(), units));
        assert_eq!(shown(&rows), expected);
        assert_eq!(
            rows.iter().map(|row| row.days).collect::<Vec<_>>(),
            [9, 11, 11, 28]
        );
    }

    #[test]
    fn a_line_that_an_adjustment_made_has_no_rows_before_it() {
        let rows = slices(
            &terms(date(2026, 1, 1), date(2026, 3, 31), 1),
            Some(date(2026, 2, 10)),
            Money::ZERO,
            &[change(date(2026, 2, 10), 2)],
        );
        assert_eq!(
            shown(&rows)[0],
            ("2026-02-10".to_owned(), "2026-02-28".to_owned(), 2)
        );
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn a_new_price_holds_from_its_date_on() {
        let mut dearer = change(date(2026, 2, 1), 0);
        dearer.price = Money::parse("2");
        let rows = slices(
            &terms(date(2026, 1, 1), date(2026, 2, 28), 1),
            None,
            Money::parse("1").unwrap(),
            &[change(date(2026, 1, 1), 10), dearer],
        );
        assert_eq!(rows[0].price(), Money::parse("10").unwrap());
        assert_eq!(rows[1].price(), Money::parse("20").unwrap());
    }
}
