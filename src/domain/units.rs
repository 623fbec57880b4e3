//! Quantities: what Acronis measures, what Autotask counts, and the exact way between them.
//!
//! Decimals and integers only. Amounts are never divided into fractions that cannot be written
//! exactly: included units are taken off and the rest is split into whole units and a remainder in
//! the unit that Acronis measures in (pieces, bytes, seconds).

use std::fmt;

use rust_decimal::Decimal;

/// What Acronis measures an offering item in (`measurement_unit`, acronis.md §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Measurement {
    /// Pieces: devices, seats, websites.
    Quantity,
    Bytes,
    Seconds,
    /// Features are switched on or off, nothing is measured.
    Nothing,
}

impl Measurement {
    /// Reads the service's word; `None` for a word that is not known, which is never guessed at.
    pub(crate) fn parse(word: Option<&str>) -> Option<Self> {
        match word {
            Some("quantity") => Some(Self::Quantity),
            Some("bytes") => Some(Self::Bytes),
            Some("seconds") => Some(Self::Seconds),
            // Missing for features (acronis.md §5.1).
            Some("n/a") | None => Some(Self::Nothing),
            Some(_) => None,
        }
    }

    /// The unit an item is counted in unless its mapping says otherwise.
    pub(crate) fn default_unit(self) -> Unit {
        match self {
            Self::Quantity | Self::Nothing => Unit::Count,
            Self::Bytes => Unit::GiB,
            Self::Seconds => Unit::ComputePoint,
        }
    }
}

/// What Autotask counts: one unit of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Count,
    /// 1024^3 bytes, what Acronis' console calls GB.
    GiB,
    TiB,
    /// 10^9 bytes.
    GB,
    TB,
    /// 3600 seconds (acronis.md §5.2).
    ComputePoint,
}

impl Unit {
    pub(crate) const ALL: [Self; 6] = [
        Self::Count,
        Self::GiB,
        Self::TiB,
        Self::GB,
        Self::TB,
        Self::ComputePoint,
    ];

    /// The word in the state file, in exports and in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::GiB => "GiB",
            Self::TiB => "TiB",
            Self::GB => "GB",
            Self::TB => "TB",
            Self::ComputePoint => "compute-point",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|unit| unit.as_str().eq_ignore_ascii_case(word))
    }

    /// How many pieces, bytes or seconds one unit is.
    pub(crate) fn base_amount(self) -> i64 {
        match self {
            Self::Count => 1,
            Self::GiB => 1 << 30,
            Self::TiB => 1 << 40,
            Self::GB => 1_000_000_000,
            Self::TB => 1_000_000_000_000,
            Self::ComputePoint => 3_600,
        }
    }

    /// Whether amounts measured like this can be counted in this unit.
    pub(crate) fn fits_measurement(self, measurement: Measurement) -> bool {
        match self {
            Self::Count => matches!(measurement, Measurement::Quantity | Measurement::Nothing),
            Self::GiB | Self::TiB | Self::GB | Self::TB => measurement == Measurement::Bytes,
            Self::ComputePoint => measurement == Measurement::Seconds,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which way a part of a unit goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rounding {
    #[default]
    Up,
    /// Half a unit and more goes up.
    Nearest,
    Down,
}

impl Rounding {
    pub(crate) const ALL: [Self; 3] = [Self::Up, Self::Nearest, Self::Down];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Nearest => "nearest",
            Self::Down => "down",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }
}

/// How measured amounts of one offering item become units of its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) unit: Unit,
    pub(crate) rounding: Rounding,
    /// Whole units that cost nothing, taken off before rounding. Never negative.
    pub(crate) included: i64,
    /// Units that are billed at least. Never negative.
    pub(crate) minimum: i64,
}

impl Measure {
    pub(crate) fn of_unit(unit: Unit) -> Self {
        Self {
            unit,
            rounding: Rounding::Up,
            included: 0,
            minimum: 0,
        }
    }

    /// The units to bill for an amount in pieces, bytes or seconds.
    ///
    /// Negative amounts count as zero (acronis.md §6.2). `None` when the number is too large to be
    /// counted, which no honest amount is.
    pub(crate) fn billable_units(self, amount: Decimal) -> Option<i64> {
        let size = Decimal::from(self.unit.base_amount());
        let included = Decimal::from(self.included).checked_mul(size)?;
        let rest = amount
            .max(Decimal::ZERO)
            .checked_sub(included)?
            .max(Decimal::ZERO);
        let part = rest.checked_rem(size)?;
        let whole = rest.checked_sub(part)?.checked_div(size)?;
        let goes_up = match self.rounding {
            Rounding::Up => !part.is_zero(),
            Rounding::Nearest => part.checked_mul(Decimal::TWO)? >= size,
            Rounding::Down => false,
        };
        let units = i64::try_from(whole).ok()?.checked_add(i64::from(goes_up))?;
        Some(units.max(self.minimum))
    }

    /// The quota, in pieces, bytes or seconds, that a number of contract units stands for.
    ///
    /// `None` when it does not fit into the API's 64 bits.
    pub(crate) fn quota_amount(self, units: i64) -> Option<i64> {
        units.max(0).checked_mul(self.unit.base_amount())
    }
}

/// An amount in the unit of a mapping, exactly where it is whole and to two digits where not;
/// for showing only, never for billing.
pub(crate) fn show_amount(amount: Decimal, unit: Unit) -> String {
    let size = Decimal::from(unit.base_amount());
    let shown = amount
        .checked_div(size)
        .map(|value| value.round_dp(2).normalize());
    match (shown, unit) {
        (Some(value), Unit::Count) => value.to_string(),
        (Some(value), unit) => format!("{value} {unit}"),
        (None, _) => amount.to_string(),
    }
}

/// A quota in the unit of its mapping where two digits show it exactly, else in the next smaller
/// unit that does, at last in bytes or seconds: two different quotas never read the same.
pub(crate) fn show_exactly(amount: i64, unit: Unit) -> String {
    let smaller: &[Unit] = match unit {
        Unit::TiB => &[Unit::TiB, Unit::GiB],
        Unit::TB => &[Unit::TB, Unit::GB],
        Unit::GiB | Unit::GB | Unit::Count | Unit::ComputePoint => &[],
    };
    let hundredths = i128::from(amount).checked_mul(100).unwrap_or_default();
    let fits = |unit: &&Unit| hundredths % i128::from(unit.base_amount()) == 0;
    let fitting = [unit]
        .iter()
        .chain(smaller)
        .copied()
        .find(|unit| fits(&unit));
    match fitting {
        Some(unit) => show_amount(Decimal::from(amount), unit),
        None if unit == Unit::ComputePoint => format!("{amount} seconds"),
        None => format!("{amount} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(unit: Unit, rounding: Rounding, included: i64, minimum: i64) -> Measure {
        Measure {
            unit,
            rounding,
            included,
            minimum,
        }
    }

    #[test]
    fn amounts_become_units_by_size_included_rounding_and_minimum() {
        const GIB: i64 = 1 << 30;
        let table = [
            (measure(Unit::Count, Rounding::Up, 0, 0), 7, 7),
            (measure(Unit::GiB, Rounding::Up, 0, 0), 200 * GIB, 200),
            (measure(Unit::GiB, Rounding::Up, 0, 0), 200 * GIB + 1, 201),
            (
                measure(Unit::GiB, Rounding::Nearest, 0, 0),
                200 * GIB + GIB / 2 - 1,
                200,
            ),
            (
                measure(Unit::GiB, Rounding::Nearest, 0, 0),
                200 * GIB + GIB / 2,
                201,
            ),
            (measure(Unit::GiB, Rounding::Down, 0, 0), 201 * GIB - 1, 200),
            (measure(Unit::GB, Rounding::Up, 0, 0), 200 * GIB, 215),
            (measure(Unit::GiB, Rounding::Up, 50, 0), 200 * GIB, 150),
            (measure(Unit::GiB, Rounding::Up, 300, 0), 200 * GIB, 0),
            (measure(Unit::GiB, Rounding::Up, 300, 10), 200 * GIB, 10),
            (measure(Unit::ComputePoint, Rounding::Up, 0, 0), 3601, 2),
            (measure(Unit::Count, Rounding::Up, 0, 0), -3, 0),
        ];
        for (measure, amount, units) in table {
            assert_eq!(
                measure.billable_units(Decimal::from(amount)),
                Some(units),
                "{measure:?} {amount}"
            );
        }
    }

    #[test]
    fn fractions_of_a_byte_round_like_any_part_of_a_unit() {
        let amount = Decimal::new(10_737_418_245, 1);
        assert_eq!(Measure::of_unit(Unit::GiB).billable_units(amount), Some(2));
    }

    #[test]
    fn an_amount_past_all_counting_is_refused_instead_of_wrapped() {
        assert_eq!(
            Measure::of_unit(Unit::Count).billable_units(Decimal::MAX),
            None
        );
        assert_eq!(Measure::of_unit(Unit::TiB).quota_amount(i64::MAX), None);
        assert_eq!(Measure::of_unit(Unit::GiB).quota_amount(25), Some(25 << 30));
    }

    #[test]
    fn units_fit_only_what_is_measured_in_them() {
        assert!(Unit::GiB.fits_measurement(Measurement::Bytes));
        assert!(!Unit::GiB.fits_measurement(Measurement::Quantity));
        assert!(!Unit::Count.fits_measurement(Measurement::Bytes));
        assert!(Unit::ComputePoint.fits_measurement(Measurement::Seconds));
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn units() -> impl Strategy<Value = Unit> {
        prop::sample::select(Unit::ALL.to_vec())
    }

    fn measures() -> impl Strategy<Value = Measure> {
        let rounding = prop::sample::select(Rounding::ALL.to_vec());
        (units(), rounding, 0_i64..10_000, 0_i64..10_000).prop_map(
            |(unit, rounding, included, minimum)| Measure {
                unit,
                rounding,
                included,
                minimum,
            },
        )
    }

    /// Amounts with up to three digits behind the point, negative ones too.
    fn amounts() -> impl Strategy<Value = Decimal> {
        (-1_000_i64..i64::MAX / 4, 0_u32..4)
            .prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
    }

    proptest! {
        #[test]
        fn more_usage_is_never_billed_less(
            measure in measures(), one in amounts(), other in amounts()
        ) {
            let (less, more) = (one.min(other), one.max(other));
            let (less, more) = (measure.billable_units(less), measure.billable_units(more));
            prop_assert!(less.unwrap() <= more.unwrap());
        }

        #[test]
        fn a_bill_is_never_negative_and_never_below_the_minimum(
            measure in measures(), amount in amounts()
        ) {
            let units = measure.billable_units(amount).unwrap();
            prop_assert!(units >= 0 && units >= measure.minimum);
        }

        #[test]
        fn rounding_moves_a_bill_by_less_than_one_unit(unit in units(), amount in amounts()) {
            let size = Decimal::from(unit.base_amount());
            let amount = amount.max(Decimal::ZERO);
            for rounding in Rounding::ALL {
                let measure = Measure { rounding, ..Measure::of_unit(unit) };
                let back = Decimal::from(measure.billable_units(amount).unwrap()) * size;
                let off = back - amount;
                let within = match rounding {
                    Rounding::Up => off >= Decimal::ZERO && off < size,
                    Rounding::Down => off <= Decimal::ZERO && -off < size,
                    Rounding::Nearest => off.abs() * Decimal::TWO <= size,
                };
                prop_assert!(within, "{rounding:?} {off}");
            }
        }

        #[test]
        fn a_quota_of_whole_units_is_billed_as_those_units(
            unit in units(), count in 0_i64..1_000_000
        ) {
            for rounding in Rounding::ALL {
                let measure = Measure { rounding, ..Measure::of_unit(unit) };
                let quota = measure.quota_amount(count).unwrap();
                prop_assert_eq!(measure.billable_units(Decimal::from(quota)), Some(count));
            }
        }

        #[test]
        fn included_units_are_taken_off_exactly(
            unit in units(), count in 0_i64..1_000_000, included in 0_i64..1_000_000
        ) {
            let measure = Measure { included, ..Measure::of_unit(unit) };
            let amount = Decimal::from(count) * Decimal::from(unit.base_amount());
            prop_assert_eq!(measure.billable_units(amount), Some((count - included).max(0)));
        }
    }
}
