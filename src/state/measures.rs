//! What Acronis measured, day by day, for each tenant and item.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row, named_params, params};
use rust_decimal::Decimal;

use super::State;
use super::columns::Cell;
use super::rows::{
    Cells, Columns as _, infra_or_empty, read_cell, read_first_row, read_rows, table_row,
};
use crate::domain::ids::{AccountName, ItemKey, TenantId};

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MeasuredItemKey {
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
}

/// A reading, in pieces, bytes or seconds (acronis.md §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsageReading {
    /// `absolute_value`; missing is not zero.
    pub(crate) absolute: Option<Decimal>,
    /// The highest `absolute_value` of the day.
    pub(crate) peak: Option<Decimal>,
    /// `value`: what accrued in the vendor's period.
    pub(crate) accrued: Option<Decimal>,
    /// The first day of that period, where the service names it.
    pub(crate) since: Option<Date>,
    /// When it was read.
    pub(crate) at: Timestamp,
}

table_row! { MeasuredItemKey: account, tenant, item }
table_row! { UsageReading: absolute, peak, accrued, since, at }

/// Which of the two figures of a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Absolute,
    Accrued,
}

impl UsageReading {
    pub(crate) fn figure_value(&self, figure: Figure) -> Option<Decimal> {
        match figure {
            Figure::Absolute => self.absolute,
            Figure::Accrued => self.accrued,
        }
    }
}

impl State {
    /// Saves the readings of a day. A later run on the same day replaces that day's reading of an
    /// item; a reading that is older than the one there does not.
    pub(crate) fn save_measures(
        &self,
        day: Date,
        measures: &[(MeasuredItemKey, UsageReading)],
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            measures
                .iter()
                .try_for_each(|(item, measured)| save_measure(tx, day, item, measured))
        })
    }

    /// The readings of an item from a day to a day, both included, the oldest first.
    pub(crate) fn read_measures(
        &self,
        item: &MeasuredItemKey,
        from: Date,
        to: Date,
    ) -> Result<Vec<(Date, UsageReading)>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT measures.* FROM measures
                 JOIN measured_items ON measured_items.id = measures.measured_item
                 WHERE account = :account AND tenant = :tenant AND application = :application
                   AND item = :item AND infra = :infra AND day BETWEEN :from AND :to
                 ORDER BY day";
            read_rows(
                tx,
                sql,
                named_params! {
                    ":account": item.account,
                    ":tenant": item.tenant,
                    ":application": item.item.application,
                    ":item": item.item.name,
                    ":infra": infra_or_empty(&item.item),
                    ":from": Cell(&from),
                    ":to": Cell(&to),
                },
                read_measure,
            )
        })
    }

    /// The last reading from a day to a day that has the figure.
    pub(crate) fn last_measure(
        &self,
        item: &MeasuredItemKey,
        from: Date,
        to: Date,
        figure: Figure,
    ) -> Result<Option<(Date, UsageReading)>> {
        let measures = self.read_measures(item, from, to)?;
        Ok(measures
            .into_iter()
            .rfind(|(_, measured)| measured.figure_value(figure).is_some()))
    }
}

/// Of the readings of one day the latest stands, with the day's highest. One that says what the day
/// says already is not written.
fn save_measure(
    tx: &Connection,
    day: Date,
    item: &MeasuredItemKey,
    measured: &UsageReading,
) -> Result<()> {
    let id = item_id(tx, item)?;
    let before = measure_of_day(tx, id, day)?;
    let after = match &before {
        Some(before) => merge_measures(before, measured),
        None => measured.clone(),
    };
    let says_the_same = |before: &UsageReading| {
        UsageReading {
            at: after.at,
            ..before.clone()
        } == after
    };
    if before.is_some_and(|before| says_the_same(&before)) {
        return Ok(());
    }
    let cells = Cells::of(&after).with("measured_item", &id);
    cells.with("day", &day).replace_in(tx, "measures")?;
    Ok(())
}

fn measure_of_day(tx: &Connection, id: i64, day: Date) -> Result<Option<UsageReading>> {
    let sql = "SELECT * FROM measures WHERE measured_item = ?1 AND day = ?2";
    read_first_row(tx, sql, params![id, Cell(&day)], UsageReading::from_row)
}

fn merge_measures(before: &UsageReading, new: &UsageReading) -> UsageReading {
    let later = if new.at >= before.at { new } else { before };
    UsageReading {
        peak: before.peak.max(new.peak),
        ..later.clone()
    }
}

/// The number of a measured item, given at its first reading. Rows of readings stay small by it:
/// there are thousands a day.
fn item_id(tx: &Connection, measured: &MeasuredItemKey) -> Result<i64> {
    let MeasuredItemKey {
        account,
        tenant,
        item,
    } = measured;
    let key = params![
        account,
        tenant,
        item.application,
        item.name,
        infra_or_empty(item)
    ];
    let find = "SELECT id FROM measured_items WHERE account = ?1 AND tenant = ?2
                  AND application = ?3 AND item = ?4 AND infra = ?5";
    if let Some(id) = read_first_row(tx, find, key, |row| row.get(0))? {
        return Ok(id);
    }
    let inserted = Cells::of(measured).insert_into(tx, "measured_items");
    inserted.with_context(|| format!("writing the measured item {item}"))
}

fn read_measure(row: &Row<'_>) -> rusqlite::Result<(Date, UsageReading)> {
    Ok((read_cell(row, "day")?, UsageReading::from_row(row)?))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::domain::ids::{ApplicationId, InfraId};
    use crate::state::open::tests::{now, temporary};

    fn item(infra: Option<&str>) -> MeasuredItemKey {
        MeasuredItemKey {
            account: AccountName::new("eu"),
            tenant: TenantId::new("t"),
            item: ItemKey {
                name: "storage".to_owned(),
                infra: infra.map(InfraId::new),
                application: ApplicationId::new("app"),
            },
        }
    }

    fn measured(absolute: Option<&str>, hours: i64) -> UsageReading {
        let absolute = absolute.map(|text| text.parse().unwrap());
        UsageReading {
            absolute,
            peak: absolute,
            since: Some(FROM),
            accrued: Some(Decimal::new(15, 1)),
            at: now() + hours.hours(),
        }
    }

    const FROM: Date = date(2026, 8, 1);
    const TO: Date = date(2026, 8, 31);

    #[test]
    fn the_readings_of_a_range_are_found_exactly() {
        let (_dir, state) = temporary();
        let readings = [
            (date(2026, 7, 31), Some("99999999999999999999")),
            (date(2026, 8, 1), Some("9007199254740993.5")),
            (date(2026, 8, 2), Some("9007199254740993.25")),
            (date(2026, 8, 3), Some("100")),
            (date(2026, 8, 4), None),
        ];
        for (day, absolute) in readings {
            let readings = [
                (item(None), measured(absolute, 0)),
                (item(Some("i")), measured(Some("7"), 0)),
            ];
            state.save_measures(day, &readings).unwrap();
        }
        let figure = Figure::Absolute;
        let first = state
            .read_measures(&item(None), FROM, TO)
            .unwrap()
            .swap_remove(0);
        assert_eq!(
            first,
            (date(2026, 8, 1), measured(Some("9007199254740993.5"), 0))
        );
        let last = state.last_measure(&item(None), FROM, TO, figure).unwrap();
        assert_eq!(last, Some((date(2026, 8, 3), measured(Some("100"), 0))));
        let accrued = Figure::Accrued;
        let last = state.last_measure(&item(None), FROM, TO, accrued).unwrap();
        assert_eq!(last, Some((date(2026, 8, 4), measured(None, 0))));
    }

    #[test]
    fn the_latest_reading_of_a_day_stands_with_the_highest_of_the_day() {
        let (_dir, state) = temporary();
        for (absolute, hours) in [("5", 0), ("6", 6), ("9", 3), ("6", 8)] {
            let reading = (item(None), measured(Some(absolute), hours));
            state.save_measures(FROM, &[reading]).unwrap();
        }
        let found = state.read_measures(&item(None), FROM, TO).unwrap();
        let latest = UsageReading {
            peak: Some(Decimal::from(9)),
            // The reading of the eighth hour said nothing new.
            ..measured(Some("6"), 6)
        };
        assert_eq!(found, [(FROM, latest)]);
    }
}
