//! From usage to units, with every step in words.

use rust_decimal::Decimal;

use crate::domain::units::{Measure, Rounding, Unit};

/// Units to bill and how they came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComputedUnits {
    pub(crate) units: i64,
    pub(crate) words: String,
}

impl ComputedUnits {
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
pub(crate) fn compute_units(measure: Measure, amount: Decimal) -> Option<ComputedUnits> {
    let units = measure.billable_units(amount)?;
    let mut words = measured_words(measure.unit, amount);
    if measure.included > 0 {
        words.push_str(&format!(", {} included", measure.included));
    }
    words.push_str(&rounding_words(measure, amount));
    if measure.minimum > 0 && units == measure.minimum {
        words.push_str(&format!(", minimum {}", measure.minimum));
    }
    words.push_str(&format!(" = {units}"));
    Some(ComputedUnits { units, words })
}

/// `214748364800 bytes / 1073741824 (GiB)`; plain pieces stand for themselves.
fn measured_words(unit: Unit, amount: Decimal) -> String {
    let amount = amount.normalize();
    let part = match unit {
        Unit::Count => return amount.to_string(),
        Unit::GiB | Unit::TiB | Unit::GB | Unit::TB => "bytes",
        Unit::ComputePoint => "seconds",
    };
    format!("{amount} {part} / {} ({unit})", unit.base_amount())
}

/// Says how a part of a unit went, where there was one.
fn rounding_words(measure: Measure, amount: Decimal) -> String {
    let size = Decimal::from(measure.unit.base_amount());
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
        let computed = compute_units(storage, amount).unwrap();
        assert_eq!(computed.units, 151);
        assert_eq!(
            computed.words,
            "214748364801 bytes / 1073741824 (GiB), 50 included, rounded up = 151"
        );
        let seats = Measure {
            minimum: 10,
            ..Measure::of_unit(Unit::Count)
        };
        let computed = compute_units(seats, Decimal::from(7)).unwrap();
        assert_eq!(computed.words, "7, minimum 10 = 10");
        let plain = compute_units(Measure::of_unit(Unit::Count), Decimal::from(7)).unwrap();
        assert_eq!(plain.words, "7 = 7");
        assert_eq!(
            compute_units(Measure::of_unit(Unit::Count), Decimal::MAX),
            None
        );
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
            let computed = compute_units(measure, amount.parse().unwrap()).unwrap();
            assert_eq!(computed.units.to_string(), *units, "{line}");
            rows += 1;
        }
        assert_eq!(rows, 14);
    }
}
