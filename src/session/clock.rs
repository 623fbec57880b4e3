//! The one place that asks what time it is, and where.
//!
//! "Today" decides which contracts are in force and which period a reading bills, so that two
//! machines must not differ over it: the configuration's `time_zone` says which calendar counts,
//! and without it the one of the first writing run is kept in the state file.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::exit::Usage;

/// How far zones are compared in either direction, in days: their rules of long ago do not matter.
const COMPARED_DAYS: i64 = 500;

/// The moment of a run: the system's, or the one in `ACROTASK_NOW`; and the provider's calendar.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    /// The day on the provider's own calendar: contracts and billing periods follow it.
    pub(crate) today: Date,
    pub(crate) zone: Zone,
    /// Whether the moment was given from outside.
    pub(crate) simulated: bool,
}

/// The zone of the provider's calendar, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) zone: TimeZone,
    /// IANA name; none when the machine has a zone of its own making.
    pub(crate) name: Option<String>,
    /// Whether the configuration names it; else it is the machine's.
    pub(crate) configured: bool,
}

impl Clock {
    /// # Errors
    /// When the given moment is no RFC 3339 time; the text says so.
    pub(crate) fn read(given: Option<&str>, zone: Zone) -> Result<Self, String> {
        let now = match given {
            None => now(),
            Some(text) => text.parse().map_err(|error| {
                format!("ACROTASK_NOW must be a time like 2026-08-01T09:00:00Z: {error}")
            })?,
        };
        Ok(Self {
            now,
            today: now.to_zoned(zone.zone.clone()).date(),
            zone,
            simulated: given.is_some(),
        })
    }
}

impl Zone {
    /// The configured zone, else the machine's.
    pub(crate) fn of(configured: Option<&TimeZone>, now: Timestamp) -> Self {
        match configured {
            Some(zone) => Self {
                zone: zone.clone(),
                name: zone.iana_name().map(str::to_owned),
                configured: true,
            },
            None => {
                let zone = of_machine();
                Self {
                    name: name_of(&zone, now),
                    zone,
                    configured: false,
                }
            }
        }
    }

    /// The zone as people call it.
    pub(crate) fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or("a zone without a name")
    }

    /// Whether the calendar kept by an earlier run has the same rules about now.
    ///
    /// # Errors
    /// The sentence that a planning command is refused with, and that others warn of.
    pub(crate) fn agrees_with(&self, kept: &str, now: Timestamp) -> Result<(), Usage> {
        let same = |kept: TimeZone| same_rules(&kept, &self.zone, now);
        if self.configured || TimeZone::get(kept).is_ok_and(same) {
            return Ok(());
        }
        Err(Usage(format!(
            "this machine's time zone is {}, but the runs so far used {kept}, and days and billing \
             periods would begin at other hours: set time_zone = \"{kept}\" (or the zone of your \
             business) at the top of the configuration",
            self.shown()
        )))
    }
}

/// Where the system has no zone, it is UTC.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that asks for the machine's time zone"
)]
fn of_machine() -> TimeZone {
    let zone = TimeZone::system();
    if zone.is_unknown() {
        TimeZone::UTC
    } else {
        zone
    }
}

/// The IANA name of a zone. One that was copied to the machine without its name gets the first name
/// whose rules are the same.
fn name_of(zone: &TimeZone, now: Timestamp) -> Option<String> {
    if let Some(name) = zone.iana_name() {
        return Some(name.to_owned());
    }
    let names = jiff::tz::db().available();
    let mut named = names.filter_map(|name| TimeZone::get(name.as_str()).ok());
    let found = named.find(|known| same_rules(known, zone, now))?;
    found.iana_name().map(str::to_owned)
}

/// Whether two zones have the same offsets, hour by hour around each change, about now.
fn same_rules(one: &TimeZone, other: &TimeZone, now: Timestamp) -> bool {
    (-COMPARED_DAYS..=COMPARED_DAYS).all(|days| {
        let at = now.saturating_add(SignedDuration::from_hours(24 * days));
        at.is_ok_and(|at| one.to_offset(at) == other.to_offset(at))
    })
}

/// The system's time, for stamping journal rows.
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str, configured: bool) -> Zone {
        let zone = TimeZone::get(name).unwrap();
        Zone {
            name: zone.iana_name().map(str::to_owned),
            zone,
            configured,
        }
    }

    #[test]
    fn today_is_the_day_on_the_calendar_of_the_zone_whatever_machine_it_is() {
        let at = Some("2026-12-01T02:00:00Z");
        for (name, day) in [
            ("America/New_York", "2026-11-30"),
            ("UTC", "2026-12-01"),
            ("Pacific/Auckland", "2026-12-01"),
        ] {
            let clock = Clock::read(at, zone(name, true)).unwrap();
            assert_eq!(clock.today.to_string(), day, "{name}");
        }
    }

    #[test]
    fn a_machine_agrees_when_its_rules_are_the_same_under_any_name() {
        let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
        for (machine, kept, agrees) in [
            ("Europe/Berlin", "Europe/Berlin", true),
            ("Europe/Berlin", "Europe/Paris", true),
            ("Europe/Berlin", "UTC", false),
            // Alike in winter only.
            ("Europe/London", "UTC", false),
            ("UTC", "No/Where", false),
        ] {
            let found = zone(machine, false).agrees_with(kept, now);
            assert_eq!(found.is_ok(), agrees, "{machine} {kept}");
        }
        zone("UTC", true).agrees_with("Europe/Berlin", now).unwrap();
        let text = zone("UTC", false)
            .agrees_with("Asia/Tokyo", now)
            .unwrap_err()
            .0;
        assert!(text.contains("time_zone = \"Asia/Tokyo\""), "{text}");
    }

    #[test]
    fn a_zone_that_lost_its_name_gets_one_of_the_same_rules() {
        let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
        let nameless = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let name = name_of(&nameless, now).unwrap();
        assert!(
            same_rules(&TimeZone::get(&name).unwrap(), &nameless, now),
            "{name}"
        );
        let odd = TimeZone::posix("ODD-3:17").unwrap();
        assert_eq!(name_of(&odd, now), None);
    }
}
