//! What accrued within a billing period, from readings of a figure that begins anew with each of the
//! vendor's own periods (normally months, acronis.md §6.2). Pure.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;

use super::period::BillingPeriod;

/// What readings say of a period: the last, the highest, or all that accrued in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MeasuredAmount {
    /// In pieces, bytes or seconds.
    pub(crate) amount: Decimal,
    pub(crate) at: Timestamp,
}

/// One reading of what accrues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccruedReading {
    pub(crate) day: Date,
    /// The first day of the vendor's period; where it is not named, of the month.
    pub(crate) since: Option<Date>,
    pub(crate) value: Decimal,
    pub(crate) at: Timestamp,
}

impl AccruedReading {
    fn range_start(self) -> Date {
        self.since.unwrap_or_else(|| self.day.first_of_month())
    }

    /// The day to whose period it belongs: its own, unless the vendor's period says that it ended
    /// before or began after that day. Its figure then is the whole of that period, or nothing of
    /// the day.
    fn counts_on(self) -> Date {
        let since = self.range_start();
        // The document names no last day; the period is a month (acronis.md §6.2).
        let last = since
            .checked_add(1.month())
            .and_then(Date::yesterday)
            .unwrap_or(Date::MAX);
        self.day.clamp(since, last)
    }

    /// What accrued since an earlier reading. What had accrued before the very first reading and
    /// before the period is not known to belong to it, and is not counted.
    fn more_than(self, before: Option<Self>, period: BillingPeriod) -> Decimal {
        match before {
            Some(before) if before.range_start() == self.range_start() => self.value - before.value,
            Some(_) => self.value,
            None if self.range_start() >= period.start => self.value,
            None => Decimal::ZERO,
        }
    }
}

/// What accrued from the last reading before a period to the last one that belongs to it; `None`
/// without one. A reading of the first days after it, whose figure has not begun anew, belongs to it;
/// one of its last day, whose figure has, does not.
pub(crate) fn accrued_within(
    readings: &[AccruedReading],
    period: BillingPeriod,
) -> Option<MeasuredAmount> {
    let mut before: Option<AccruedReading> = None;
    let mut sum: Option<MeasuredAmount> = None;
    let mut readings = readings.to_vec();
    readings.sort_by_key(|reading| (reading.range_start(), reading.day));
    for reading in readings.iter().filter(|one| one.counts_on() <= period.end) {
        if period.contains_day(reading.counts_on()) {
            let so_far = sum.map_or(Decimal::ZERO, |sum| sum.amount);
            sum = Some(MeasuredAmount {
                amount: so_far + reading.more_than(before, period),
                at: reading.at,
            });
        }
        before = Some(*reading);
    }
    sum.map(|sum| MeasuredAmount {
        amount: sum.amount.max(Decimal::ZERO),
        ..sum
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn reading(day: Date, since: Option<Date>, value: i64) -> AccruedReading {
        AccruedReading {
            day,
            since,
            value: Decimal::from(value),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// `(month, day, value)` as readings of 2026.
    fn total(readings: &[(i8, i8, i64)], period: BillingPeriod) -> Option<i64> {
        let readings: Vec<AccruedReading> = readings
            .iter()
            .map(|(month, day, value)| reading(date(2026, *month, *day), None, *value))
            .collect();
        accrued_within(&readings, period).map(|measure| i64::try_from(measure.amount).unwrap())
    }

    #[test]
    fn what_accrued_in_a_period_is_added_up_over_the_vendors_own_months() {
        let month = BillingPeriod {
            start: date(2026, 9, 1),
            end: date(2026, 9, 30),
        };
        let across = BillingPeriod {
            start: date(2026, 9, 20),
            end: date(2026, 10, 19),
        };
        type Row<'a> = (&'a [(i8, i8, i64)], BillingPeriod, Option<i64>);
        let table: [Row<'_>; 9] = [
            (&[(9, 1, 5), (9, 15, 40), (9, 30, 100)], month, Some(100)),
            (&[(8, 31, 900), (9, 1, 5), (9, 30, 100)], month, Some(100)),
            // September's 100 less the 60 of before, and October's 30.
            (
                &[(9, 19, 60), (9, 30, 100), (10, 1, 2), (10, 19, 30)],
                across,
                Some(70),
            ),
            // Beyond the period nothing counts.
            (
                &[(9, 19, 60), (9, 30, 100), (10, 19, 30), (10, 25, 90)],
                across,
                Some(70),
            ),
            // Read for the first time within the period: the 80 may be of before.
            (&[(9, 22, 80), (9, 30, 100)], across, Some(20)),
            (&[(9, 22, 80), (10, 2, 7)], across, Some(7)),
            // The service corrected itself.
            (&[(9, 1, 50), (9, 2, 40)], month, Some(40)),
            (&[(8, 31, 9)], month, None),
            (&[], month, None),
        ];
        for (readings, period, expected) in table {
            assert_eq!(total(readings, period), expected, "{readings:?} {period:?}");
        }
    }

    #[test]
    fn a_reading_belongs_to_the_period_of_its_figure_and_not_of_its_hour() {
        let december = BillingPeriod {
            start: date(2026, 12, 1),
            end: date(2026, 12, 31),
        };
        let january = BillingPeriod {
            start: date(2027, 1, 1),
            end: date(2027, 1, 31),
        };
        let (of_december, of_january) = (Some(december.start), Some(january.start));
        let thirtieth = reading(date(2026, 12, 30), of_december, 100);
        // West of Greenwich the range turns before the day does.
        let turned = reading(date(2026, 12, 31), of_january, 3);
        // The service is late: the range is still December's.
        let late = reading(date(2027, 1, 1), of_december, 120);
        let next = reading(date(2027, 1, 2), of_january, 8);
        type Row<'a> = (&'a [AccruedReading], Option<i64>, Option<i64>);
        let table: [Row<'_>; 4] = [
            (&[thirtieth, turned], Some(100), Some(3)),
            (&[thirtieth, turned, next], Some(100), Some(8)),
            (&[thirtieth, late, next], Some(120), Some(8)),
            (&[late], Some(120), None),
        ];
        for (readings, in_december, in_january) in table {
            for (period, expected) in [(december, in_december), (january, in_january)] {
                let found = accrued_within(readings, period).map(|found| found.amount);
                assert_eq!(
                    found,
                    expected.map(Decimal::from),
                    "{readings:?} {period:?}"
                );
            }
        }
    }

    #[test]
    fn a_period_of_the_vendors_that_is_named_counts_and_not_the_month() {
        let of_day = |day: i8, value: i64| {
            let month = if day < 10 { 8 } else { 9 };
            reading(date(2026, 9, day), Some(date(2026, month, 10)), value)
        };
        let period = BillingPeriod {
            start: date(2026, 9, 5),
            end: date(2026, 10, 4),
        };
        let found = accrued_within(&[of_day(4, 30), of_day(9, 50), of_day(12, 45)], period);
        assert_eq!(found.unwrap().amount, Decimal::from(20 + 45));
    }
}
