//! Spans of time as people type them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::exit::UsageError;

/// `26h`, `90m`, `2d`, `1 week`: how long, with days of 24 hours.
pub(super) fn parse_age(text: &str, option: &str) -> Result<SignedDuration, UsageError> {
    let wrong = || {
        UsageError(format!(
            "{option} takes an age such as 26h, 90m or 2d, not {text:?}"
        ))
    };
    let span: Span = text.parse().map_err(|_| wrong())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    if duration.is_negative() || duration.is_zero() {
        return Err(wrong());
    }
    Ok(duration)
}

/// A day (its beginning on the provider's calendar), a moment, or an age before now.
pub(super) fn parse_moment(
    text: &str,
    option: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Timestamp, UsageError> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(day) = text.parse::<Date>()
        && let Ok(start) = day.to_zoned(zone.clone())
    {
        return Ok(start.timestamp());
    }
    let wrong = || {
        UsageError(format!(
            "{option} takes a day such as 2026-09-01, a time such as 2026-09-01T06:00:00Z, or an age \
             such as 26h or 7d, not {text:?}"
        ))
    };
    let age = parse_age(text, option).map_err(|_| wrong())?;
    now.checked_sub(age).map_err(|_| wrong())
}

/// An age in the two largest units that say something: `3 d 4 h`, `12 min`, `5 s`.
pub(super) fn format_age(age: SignedDuration) -> String {
    let seconds = age.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_as_people_type_them() {
        let seconds = |text: &str| parse_age(text, "--max-age").map(|age| age.as_secs()).ok();
        assert_eq!(seconds("26h"), Some(93_600));
        assert_eq!(seconds("90m"), Some(5_400));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("1d 2h"), Some(93_600));
        for wrong in ["", "soon", "0h", "-3h", "26"] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_moment_is_a_time_or_an_age_before_now() {
        let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
        let read = |text: &str| {
            parse_moment(text, "--since", now, &TimeZone::UTC)
                .map(|at| at.to_string())
                .ok()
        };
        assert_eq!(read("26h").as_deref(), Some("2026-09-14T06:00:00Z"));
        assert_eq!(
            read("2026-09-01T06:00:00+02:00").as_deref(),
            Some("2026-09-01T04:00:00Z")
        );
        assert!(read("2026-09-01").is_some());
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn an_age_is_shown_in_two_units_at_most() {
        let told = |seconds| format_age(SignedDuration::from_secs(seconds));
        assert_eq!(told(5), "5 s");
        assert_eq!(told(720), "12 min");
        assert_eq!(told(7_200), "2 h");
        assert_eq!(told(93_780), "1 d 2 h");
        assert_eq!(told(3_780), "1 h 3 min");
    }
}
