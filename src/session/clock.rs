//! The one place that asks what time it is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The moment of a run: the system's, or the one in `ACROTASK_NOW`.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    /// The day on the provider's own calendar: contracts and billing periods follow it.
    pub(crate) today: Date,
    /// Whether the moment was given from outside.
    pub(crate) simulated: bool,
}

impl Clock {
    /// # Errors
    /// When the given moment is no RFC 3339 time; the text says so.
    pub(crate) fn read(given: Option<&str>) -> Result<Self, String> {
        let zone = TimeZone::system();
        let Some(text) = given else {
            let now = Zoned::now();
            return Ok(Self {
                now: now.timestamp(),
                today: now.date(),
                simulated: false,
            });
        };
        let now: Timestamp = text.parse().map_err(|error| {
            format!("ACROTASK_NOW must be a time like 2026-08-01T09:00:00Z: {error}")
        })?;
        Ok(Self {
            now,
            today: now.to_zoned(zone).date(),
            simulated: true,
        })
    }
}

/// The system's time, for stamping journal rows.
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
