//! Reading Autotask's JSON at the border: every field may be null, and null, missing and `""` are
//! one thing (autotask.md §7).

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A text; null, missing and empty are `None`.
pub(super) fn decode_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// A text that is only shown or compared, where null is as good as empty.
pub(super) fn decode_shown_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

/// `true`/`false`, or 1/0 as `Contacts.isActive` has it (autotask.md §5), either of them as text too:
/// guessed, because live clients send texts for values and are understood. Null is false: nothing is
/// done for a record that does not say it is active.
pub(super) fn decode_flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Flag(bool),
        Number(i64),
        Text(String),
    }
    let expected = &"true, false, 1 or 0";
    match Option::<Written>::deserialize(from)? {
        None | Some(Written::Number(0)) => Ok(false),
        Some(Written::Flag(flag)) => Ok(flag),
        Some(Written::Number(1)) => Ok(true),
        Some(Written::Number(other)) => {
            Err(D::Error::invalid_value(Unexpected::Signed(other), expected))
        }
        Some(Written::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "" | "false" | "0" => Ok(false),
            "true" | "1" => Ok(true),
            _ => Err(D::Error::invalid_value(Unexpected::Str(&text), expected)),
        },
    }
}

/// A whole number, written as a number, as a text of digits, or null. `itemId` is untyped in the
/// vendor's model, and picklist values are texts (autotask.md §6, §7).
pub(super) fn decode_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Number(number)) => Ok(Some(number)),
        Some(Written::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Written::Text(text)) => (text.trim().parse().map(Some))
            .map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &"a whole number")),
    }
}

/// A whole number that must be there: what depends on it is not decided without it.
pub(super) fn decode_required_number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    decode_number(from)?.ok_or_else(|| D::Error::custom("a number that is needed is empty"))
}

/// A value of any simple kind as text, for user-defined fields and picklist values.
pub(super) fn any_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = match Option::<Value>::deserialize(from)? {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(other.to_string()),
    };
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// Money, taken from the digits of the JSON number and never through a binary float
/// (autotask.md §7).
pub(super) fn decode_amount<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Decimal>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(from)? else {
        return Ok(None);
    };
    let digits = raw.get().trim().trim_matches('"').trim();
    if digits.is_empty() {
        return Ok(None);
    }
    parse_decimal(digits)
        .map(Some)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(digits), &"a decimal number"))
}

/// .NET writes small doubles with an exponent (`1E-05`).
fn parse_decimal(digits: &str) -> Option<Decimal> {
    Decimal::from_str_exact(digits)
        .or_else(|_| Decimal::from_scientific(digits))
        .ok()
}

/// A date without time. It comes as midnight and must not be moved between time zones: the first
/// ten characters count (autotask.md §5).
pub(super) fn decode_date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    first_ten(&text)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a date yyyy-MM-dd"))
}

/// As [`decode_date`], where the field may be empty.
pub(super) fn day_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    match decode_text(from)? {
        None => Ok(None),
        Some(text) => first_ten(&text)
            .map(Some)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a date yyyy-MM-dd")),
    }
}

fn first_ten(text: &str) -> Option<Date> {
    Date::from_str(text.get(..10)?).ok()
}

/// A moment. Answers are UTC with or without a `Z` (autotask.md §5).
pub(super) fn decode_moment<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = decode_text(from)? else {
        return Ok(None);
    };
    parse_utc(&text)
        .map(Some)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a date and time"))
}

fn parse_utc(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = Timestamp::from_str(text) {
        return Some(moment);
    }
    let naive = DateTime::from_str(text).ok()?;
    Some(naive.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Odd {
        #[serde(default, deserialize_with = "decode_text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "decode_flag")]
        flag: bool,
        #[serde(default, deserialize_with = "decode_number")]
        number: Option<i64>,
        #[serde(default, deserialize_with = "decode_amount")]
        amount: Option<Decimal>,
        #[serde(default, deserialize_with = "day_or_none")]
        day: Option<Date>,
        #[serde(default, deserialize_with = "decode_moment")]
        moment: Option<Timestamp>,
        #[serde(default, deserialize_with = "any_text")]
        any: Option<String>,
    }

    fn read(json: &str) -> Odd {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn null_missing_and_empty_are_one_thing() {
        let missing = read("{}");
        let null = read(
            r#"{"text":null,"flag":null,"number":null,"amount":null,"day":null,"moment":null,"any":null}"#,
        );
        let empty = read(r#"{"text":"","number":"","amount":"","day":"","moment":"","any":""}"#);
        for odd in [missing, null, empty] {
            assert_eq!(odd.text, None);
            assert!(!odd.flag);
            assert_eq!(odd.number, None);
            assert_eq!(odd.amount, None);
            assert_eq!(odd.day, None);
            assert_eq!(odd.moment, None);
            assert_eq!(odd.any, None);
        }
    }

    #[test]
    fn amounts_keep_every_digit() {
        for (json, digits) in [
            ("19.989999999999998", "19.989999999999998"),
            ("123456789012.123456", "123456789012.123456"),
            ("-1.10", "-1.10"),
            ("1E-05", "0.00001"),
            ("\"7.50\"", "7.50"),
            ("5", "5"),
        ] {
            let odd = read(&format!(r#"{{"amount": {json} }}"#));
            assert_eq!(odd.amount.unwrap().to_string(), digits);
        }
        assert!(serde_json::from_str::<Odd>(r#"{"amount": true}"#).is_err());
    }

    #[test]
    fn numbers_come_as_numbers_or_digits_and_flags_as_flags_or_bits() {
        assert_eq!(read(r#"{"number": 29683570}"#).number, Some(29_683_570));
        assert_eq!(read(r#"{"number": "29683570"}"#).number, Some(29_683_570));
        assert!(read(r#"{"flag": 1}"#).flag);
        assert!(read(r#"{"flag": true}"#).flag);
        assert!(!read(r#"{"flag": 0}"#).flag);
        for (json, flag) in [
            (r#""true""#, true),
            (r#""True""#, true),
            (r#""1""#, true),
            (r#""false""#, false),
            (r#""0""#, false),
            (r#""""#, false),
        ] {
            assert_eq!(read(&format!(r#"{{"flag": {json}}}"#)).flag, flag, "{json}");
        }
        assert!(serde_json::from_str::<Odd>(r#"{"flag": 2}"#).is_err());
        assert!(serde_json::from_str::<Odd>(r#"{"flag": "perhaps"}"#).is_err());
        assert!(serde_json::from_str::<Odd>(r#"{"number": "five"}"#).is_err());
    }

    #[test]
    fn dates_are_cut_and_never_moved() {
        for json in [
            "2026-08-01T00:00:00",
            "2026-08-01T00:00:00.000Z",
            "2026-08-01",
            "2026-08-01T00:00:00-05:00",
        ] {
            let odd = read(&format!(r#"{{"day": "{json}"}}"#));
            assert_eq!(odd.day, Some(date(2026, 8, 1)));
        }
        assert!(serde_json::from_str::<Odd>(r#"{"day": "01.08.2026"}"#).is_err());
    }

    #[test]
    fn moments_without_an_offset_are_utc() {
        let expected: Timestamp = "2026-08-01T10:20:30.1234567Z".parse().unwrap();
        for json in [
            "2026-08-01T10:20:30.1234567Z",
            "2026-08-01T10:20:30.1234567",
        ] {
            let odd = read(&format!(r#"{{"moment": "{json}"}}"#));
            assert_eq!(odd.moment, Some(expected));
        }
    }

    #[test]
    fn values_of_any_kind_become_text() {
        assert_eq!(read(r#"{"any": "Yes"}"#).any.as_deref(), Some("Yes"));
        assert_eq!(read(r#"{"any": 5}"#).any.as_deref(), Some("5"));
        assert_eq!(read(r#"{"any": true}"#).any.as_deref(), Some("true"));
    }
}
