//! Prices as whole millionths: JSON numbers are read and written as text, never calculated as floats.

use serde_json::Value;

/// An amount in millionths of the currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i128);

const SCALE: i128 = 1_000_000;
const DIGITS: usize = 6;

impl Money {
    pub const ZERO: Self = Self(0);

    /// Reads plain decimal text; digits beyond the sixth are cut. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) {
            return None;
        }
        let mut padded: String = fraction.chars().take(DIGITS).collect();
        while padded.len() < DIGITS {
            padded.push('0');
        }
        let whole: i128 = whole.parse().ok()?;
        let fraction: i128 = padded.parse().ok()?;
        let amount = whole.checked_mul(SCALE)?.checked_add(fraction)?;
        Some(Self(if negative { -amount } else { amount }))
    }

    /// Reads a JSON number.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// Units times price, for `days` of a period of `all_days`, rounded to hundredths (half away
    /// from zero). Rounding is our guess; that a row's price is extended and prorated is
    /// autotask.md §8.4.
    pub(super) fn extended(self, units: i64, days: i64, all_days: i64) -> Self {
        let full = self.0.saturating_mul(i128::from(units));
        if days == all_days || all_days == 0 {
            return Self(full);
        }
        let scaled = full.saturating_mul(i128::from(days));
        let step = i128::from(all_days).saturating_mul(SCALE / 100);
        let half = if scaled < 0 { -(step / 2) } else { step / 2 };
        Self(((scaled + half) / step) * (SCALE / 100))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) fn millionths(self) -> i128 {
        self.0
    }

    /// As a JSON number.
    #[must_use]
    pub fn json(self) -> Value {
        let whole = self.0 / SCALE;
        let fraction = (self.0 % SCALE).unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{fraction:06}", whole.unsigned_abs());
        text.parse::<f64>().map_or(Value::Null, Value::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn a_part_of_a_month_costs_its_days() {
        let price = Money::parse("3.00").unwrap();
        assert_eq!(price.extended(10, 15, 30), Money::parse("15").unwrap());
        assert_eq!(price.extended(10, 30, 30), Money::parse("30").unwrap());
        assert_eq!(price.extended(-1, 1, 31), Money::parse("-0.1").unwrap());
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(Money::parse("2.5").unwrap().json().to_string(), "2.5");
        assert_eq!(Money::parse("-0.01").unwrap().json().to_string(), "-0.01");
        assert!(Money::parse("1e9").is_none());
    }
}
