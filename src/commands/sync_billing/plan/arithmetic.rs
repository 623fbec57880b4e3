//! From usage to units, with every step in words.

use rust_decimal::Decimal;

use crate::domain::units::{Measure, Rounding, Unit};

/// Units to bill and how they came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Computed {
    pub(crate) units: i64,
    pub(crate) words: String,
}

impl Computed {
    /// With the units that a person added and means to stay; never below zero.
    pub(crate) fn with_offset(self, offset: i64) -> Self {
        if offset == 0 {
            return self;
        }
        let units = self.units.saturating_add(offset).max(0);
        let words = format!("{}, {offset:+} kept by hand = {units}", self.words);
        Self { units, words }
    }
}

/// The billable units of an amount in pieces, bytes or seconds. `None` past all counting.
pub(crate) fn compute(measure: Measure, amount: Decimal) -> Option<Computed> {
    let units = measure.billable(amount)?;
    let mut words = measured(measure.unit, amount);
    if measure.included > 0 {
        words.push_str(&format!(", {} included", measure.included));
    }
    words.push_str(&rounding(measure, amount));
    if measure.minimum > 0 && units == measure.minimum {
        words.push_str(&format!(", minimum {}", measure.minimum));
    }
    words.push_str(&format!(" = {units}"));
    Some(Computed { units, words })
}

/// `214748364800 bytes / 1073741824 (GiB)`; plain pieces stand for themselves.
fn measured(unit: Unit, amount: Decimal) -> String {
    let amount = amount.normalize();
    let part = match unit {
        Unit::Count => return amount.to_string(),
        Unit::GiB | Unit::TiB | Unit::GB | Unit::TB => "bytes",
        Unit::ComputePoint => "seconds",
    };
    format!("{amount} {part} / {} ({unit})", unit.size())
}

/// Says how a part of a unit went, where there was one.
fn rounding(measure: Measure, amount: Decimal) -> String {
    let size = Decimal::from(measure.unit.size());
    let whole = amount
        .max(Decimal::ZERO)
        .checked_rem(size)
        .is_some_and(|rest| rest.is_zero());
    let word = match measure.rounding {
        _ if whole => return String::new(),
        Rounding::Up => "up",
        Rounding::Nearest => "to the nearest",
        Rounding::Down => "down",
    };
    format!(", rounded {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_that_mattered_is_in_the_words() {
        let storage = Measure {
            unit: Unit::GiB,
            rounding: Rounding::Up,
            included: 50,
            minimum: 0,
        };
        let amount = Decimal::from(214_748_364_801_i64);
        let computed = compute(storage, amount).unwrap();
        assert_eq!(computed.units, 151);
        assert_eq!(
            computed.words,
            "214748364801 bytes / 1073741824 (GiB), 50 included, rounded up = 151"
        );
        let seats = Measure {
            minimum: 10,
            ..Measure::plain(Unit::Count)
        };
        let computed = compute(seats, Decimal::from(7)).unwrap();
        assert_eq!(computed.words, "7, minimum 10 = 10");
        let plain = compute(Measure::plain(Unit::Count), Decimal::from(7)).unwrap();
        assert_eq!(plain.words, "7 = 7");
        assert_eq!(compute(Measure::plain(Unit::Count), Decimal::MAX), None);
    }

    #[test]
    fn the_worked_examples_of_the_page_come_out() {
        let page = include_str!("../../../../docs/billing.md");
        let mut rows = 0;
        for line in page.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, amount, unit, included, minimum, rounding, units, _] = cells.as_slice() else {
                continue;
            };
            let (Some(unit), Some(rounding)) = (Unit::parse(unit), Rounding::parse(rounding))
            else {
                continue;
            };
            let measure = Measure {
                unit,
                rounding,
                included: included.parse().unwrap(),
                minimum: minimum.parse().unwrap(),
            };
            let computed = compute(measure, amount.parse().unwrap()).unwrap();
            assert_eq!(computed.units.to_string(), *units, "{line}");
            rows += 1;
        }
        assert_eq!(rows, 14);
    }
}
