//! Dates and times as the vendor writes and reads them (autotask.md §5 "Dates").

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// Reads `yyyy-MM-dd`, or `yyyy-MM-ddTHH:mm:ss` with optional fraction and `Z` or offset, as UTC.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp);
    }
    let civil = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0)))?;
    civil
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// The date of a date-only field: the first ten characters, never moved between time zones.
pub(super) fn read_day(text: &str) -> Option<Date> {
    read(text)?;
    text.get(..10)?.parse().ok()
}

/// An instant as the API returns it.
pub(super) fn write(stamp: Timestamp) -> String {
    format!("{stamp:.3}")
}

/// A date-only value as the API returns it: midnight.
pub(super) fn write_day(date: Date) -> String {
    format!("{date}T00:00:00")
}

/// Milliseconds since 1970, for comparing.
pub(super) fn day_millis(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC)
        .map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

/// The UTC date of an instant.
pub(super) fn date_of(stamp: Timestamp) -> Date {
    stamp.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::{read, read_day, write};

    #[test]
    fn every_documented_spelling_is_read() {
        let midnight = read("2026-03-01").unwrap();
        for text in [
            "2026-03-01T00:00:00",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00.000Z",
        ] {
            assert_eq!(read(text), Some(midnight), "{text}");
        }
        assert_eq!(read("March 1st"), None);
        assert_eq!(write(midnight), "2026-03-01T00:00:00.000Z");
    }

    #[test]
    fn a_date_only_field_is_never_moved_between_time_zones() {
        assert_eq!(
            read_day("2026-03-01T23:30:00-05:00"),
            Some(jiff::civil::date(2026, 3, 1))
        );
    }
}
