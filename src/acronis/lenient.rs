//! Fields as Acronis writes them: null for missing, numbers for flags, text for numbers, dates with
//! and without a zone (acronis.md §2.5). What cannot be read at all is an error, never a default:
//! an unreadable `deleted_at` must not pass for "not deleted".

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use serde_json::value::RawValue;

/// Text or number as text. Null and "" become one thing here: forms of the console save an emptied
/// field as "".
pub(super) fn lenient_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(flag) => Ok(Some(flag.to_string())),
        Value::Array(_) | Value::Object(_) => Err(D::Error::custom("expected a text")),
    }
}

/// True and false, 1 and 0, as such or as text.
pub(super) fn lenient_flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match lenient_text(from)?.as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        // `has_children` and the like count (acronis.md §3.1).
        Some(number) if number.parse::<u64>().is_ok() => Ok(Some(true)),
        Some(other) => Err(D::Error::custom(format!(
            "expected true or false, not {other}"
        ))),
    }
}

/// An exact number, read from the very digits that were sent and never through a binary fraction.
pub(super) fn lenient_amount<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Decimal>, D::Error> {
    let raw: Option<Box<RawValue>> = Option::deserialize(from)?;
    match raw {
        None => Ok(None),
        Some(raw) => parse_decimal(raw.get()).map_err(D::Error::custom),
    }
}

/// A whole number that fits into 64 bits, however it is written.
pub(super) fn lenient_integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let Some(amount) = lenient_amount(from)? else {
        return Ok(None);
    };
    if !amount.fract().is_zero() {
        return Err(D::Error::custom(format!(
            "expected a whole number, not {amount}"
        )));
    }
    i64::try_from(amount)
        .map(Some)
        .map_err(|_| D::Error::custom(format!("{amount} does not fit into 64 bits")))
}

/// A date and time; without a zone it is UTC.
pub(super) fn lenient_date<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Timestamp>, D::Error> {
    match lenient_text(from)? {
        None => Ok(None),
        Some(text) => parse_timestamp(&text)
            .map(Some)
            .ok_or_else(|| D::Error::custom(format!("{text} is not a date"))),
    }
}

/// A list for which null means empty.
pub(super) fn lenient_list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

fn parse_decimal(json: &str) -> Result<Option<Decimal>, String> {
    let digits = json.trim_matches('"').trim();
    if digits.is_empty() {
        return Ok(None);
    }
    let read = if digits.contains(['e', 'E']) {
        Decimal::from_scientific(digits)
    } else {
        Decimal::from_str(digits)
    };
    read.map(Some)
        .map_err(|error| format!("{digits} is not a number that can be counted with: {error}"))
}

pub(super) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let local = |time: DateTime| time.to_zoned(TimeZone::UTC).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| Some(local(text.parse().ok()?)?.timestamp()))
        .or_else(|| {
            let day: Date = text.parse().ok()?;
            Some(local(day.to_datetime(jiff::civil::Time::midnight()))?.timestamp())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, serde::Deserialize, PartialEq)]
    #[serde(default)]
    struct Fields {
        #[serde(deserialize_with = "lenient_text")]
        text: Option<String>,
        #[serde(deserialize_with = "lenient_flag")]
        flag: Option<bool>,
        #[serde(deserialize_with = "lenient_amount")]
        amount: Option<Decimal>,
        #[serde(deserialize_with = "lenient_integer")]
        integer: Option<i64>,
        #[serde(deserialize_with = "lenient_date")]
        date: Option<Timestamp>,
        #[serde(deserialize_with = "lenient_list")]
        list: Vec<u8>,
    }

    fn read(json: &str) -> Fields {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[test]
    fn null_and_missing_and_empty_are_one() {
        let nothing = Fields::default();
        assert_eq!(read("{}"), nothing);
        assert_eq!(
            read(
                r#"{"text":null,"flag":null,"amount":null,"integer":null,"date":null,"list":null}"#
            ),
            nothing
        );
        assert_eq!(read(r#"{"text":"","date":"","amount":""}"#), nothing);
    }

    #[test]
    fn amounts_keep_every_digit_that_was_sent() {
        for (json, exact) in [
            ("214748364800", "214748364800"),
            ("1234567890123456.789", "1234567890123456.789"),
            ("19.989999999999998", "19.989999999999998"),
            ("2.147483648E11", "214748364800"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("-0.5", "-0.5"),
            ("\"7.50\"", "7.50"),
        ] {
            let fields = read(&format!(r#"{{"amount":{json}}}"#));
            assert_eq!(fields.amount.unwrap().to_string(), exact, "{json}");
        }
        for json in ["\"x\"", "[]", "1e400", "true"] {
            let read: Result<Fields, _> = serde_json::from_str(&format!(r#"{{"amount":{json}}}"#));
            assert!(read.is_err(), "{json}");
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (json, whole) in [
            ("7", 7),
            ("7.0", 7),
            ("\"7\"", 7),
            ("1.1e13", 11_000_000_000_000),
        ] {
            assert_eq!(
                read(&format!(r#"{{"integer":{json}}}"#)).integer,
                Some(whole)
            );
        }
        for json in ["7.5", "99999999999999999999"] {
            let read: Result<Fields, _> = serde_json::from_str(&format!(r#"{{"integer":{json}}}"#));
            assert!(read.is_err(), "{json}");
        }
    }

    #[test]
    fn flags_come_as_words_and_as_numbers() {
        for (json, flag) in [
            ("true", true),
            ("0", false),
            ("1", true),
            ("3", true),
            ("\"0\"", false),
        ] {
            assert_eq!(
                read(&format!(r#"{{"flag":{json}}}"#)).flag,
                Some(flag),
                "{json}"
            );
        }
    }

    #[test]
    fn dates_without_a_zone_are_utc() {
        let expected: Timestamp = "2024-05-01T10:20:30Z".parse().unwrap();
        for text in [
            "2024-05-01T10:20:30",
            "2024-05-01T10:20:30Z",
            "2024-05-01T10:20:30+00:00",
            "2024-05-01T12:20:30.000+02:00",
            "2024-05-01T10:20:30.000000",
        ] {
            assert_eq!(parse_timestamp(text), Some(expected), "{text}");
        }
        assert!(parse_timestamp("2024-05-01").is_some());
        assert_eq!(parse_timestamp("yesterday"), None);
    }
}
