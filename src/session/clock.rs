//! The one place that asks what time it is, and where.
//!
//! "Today" decides which contracts are in force and which period a reading bills, so that two
//! machines must not differ over it: the configuration's `time_zone` says which calendar counts,
//! and without it the one of the first writing run is kept in the state file.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::config::Env;
use crate::exit::UsageError;

/// How far ahead and back zones are compared: their rules of long ago do not matter.
const COMPARED: SignedDuration = SignedDuration::from_hours(24 * 500);

/// The zone of the provider's calendar, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct CalendarZone {
    pub(crate) zone: TimeZone,
    /// Whether the configuration names it; else it is the machine's.
    pub(crate) configured: bool,
}

/// The moment in `ACROTASK_NOW`, if it is set.
///
/// # Errors
/// When it is no RFC 3339 time.
pub(super) fn read_given_moment(env: &Env) -> Result<Option<Timestamp>, UsageError> {
    let Some(text) = env.get("ACROTASK_NOW") else {
        return Ok(None);
    };
    let moment = text.to_string_lossy().parse();
    moment.map(Some).map_err(|error| {
        UsageError(format!(
            "ACROTASK_NOW must be a time like 2026-08-01T09:00:00Z: {error}"
        ))
    })
}

impl CalendarZone {
    /// The configured zone, else the machine's.
    pub(crate) fn configured_or_local(configured: Option<&TimeZone>) -> Self {
        Self {
            zone: configured.cloned().unwrap_or_else(read_machine_zone),
            configured: configured.is_some(),
        }
    }

    /// The day on this calendar: contracts and billing periods follow it.
    pub(crate) fn day_of(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// The IANA name. A zone that was copied to the machine without its name gets the first name
    /// whose rules are the same about now; one that nobody else has gets none.
    pub(crate) fn iana_name(&self, now: Timestamp) -> Option<String> {
        if let Some(name) = self.zone.iana_name() {
            return Some(name.to_owned());
        }
        let names = jiff::tz::db().available();
        let mut named = names.filter_map(|name| TimeZone::get(name.as_str()).ok());
        let found = named.find(|known| have_same_rules(known, &self.zone, now))?;
        found.iana_name().map(str::to_owned)
    }

    /// The zone as people call it.
    pub(crate) fn display_name(&self, now: Timestamp) -> String {
        self.iana_name(now)
            .unwrap_or_else(|| "a zone without a name".to_owned())
    }

    /// Whether the calendar kept by an earlier run has the same rules about now.
    ///
    /// # Errors
    /// The sentence that a planning command is refused with, and that others warn of.
    pub(crate) fn ensure_same_rules(&self, kept: &str, now: Timestamp) -> Result<(), UsageError> {
        let same = |kept: TimeZone| have_same_rules(&kept, &self.zone, now);
        let is_it = self.configured || self.zone.iana_name() == Some(kept);
        if is_it || TimeZone::get(kept).is_ok_and(same) {
            return Ok(());
        }
        Err(UsageError(format!(
            "this machine's time zone is {}, but earlier runs used {kept}: days and billing \
             periods would begin at other hours; set time_zone = \"{kept}\" (or the zone of your \
             business) at the top of the configuration",
            self.display_name(now)
        )))
    }
}

/// Where the system has no zone, it is UTC.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that asks for the machine's time zone"
)]
fn read_machine_zone() -> TimeZone {
    let zone = TimeZone::system();
    if zone.is_unknown() {
        TimeZone::UTC
    } else {
        zone
    }
}

/// Whether two zones change to the same offsets at the same instants, about now.
fn have_same_rules(one: &TimeZone, other: &TimeZone, now: Timestamp) -> bool {
    let from = now.saturating_sub(COMPARED).unwrap_or(Timestamp::MIN);
    let to = now.saturating_add(COMPARED).unwrap_or(Timestamp::MAX);
    list_offsets(one, from, to) == list_offsets(other, from, to)
}

/// The offset at `from`, and every other one until `to` with the instant from which it counts.
fn list_offsets(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Offset)> {
    let mut offsets = vec![(from, zone.to_offset(from))];
    let changes = zone.following(from);
    for change in changes.take_while(|change| change.timestamp() <= to) {
        let offset = change.offset();
        if offsets.last().is_none_or(|(_, before)| *before != offset) {
            offsets.push((change.timestamp(), offset));
        }
    }
    offsets
}

/// The system's time, for stamping journal rows.
pub(super) fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str, configured: bool) -> CalendarZone {
        let zone = TimeZone::get(name).unwrap();
        CalendarZone { zone, configured }
    }

    #[test]
    fn today_is_the_day_on_the_calendar_of_the_zone_whatever_machine_it_is() {
        let at = "2026-12-01T02:00:00Z".parse().unwrap();
        for (name, day) in [
            ("America/New_York", "2026-11-30"),
            ("UTC", "2026-12-01"),
            ("Pacific/Auckland", "2026-12-01"),
        ] {
            assert_eq!(zone(name, true).day_of(at).to_string(), day, "{name}");
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
            let found = zone(machine, false).ensure_same_rules(kept, now);
            assert_eq!(found.is_ok(), agrees, "{machine} {kept}");
        }
        zone("UTC", true)
            .ensure_same_rules("Europe/Berlin", now)
            .unwrap();
        let text = zone("UTC", false)
            .ensure_same_rules("Asia/Tokyo", now)
            .unwrap_err()
            .0;
        assert!(text.contains("time_zone = \"Asia/Tokyo\""), "{text}");
    }

    /// A zone that the machine has without its name.
    fn nameless(rules: &str) -> CalendarZone {
        CalendarZone {
            zone: TimeZone::posix(rules).unwrap(),
            configured: false,
        }
    }

    #[test]
    fn a_zone_that_lost_its_name_gets_one_of_the_same_rules() {
        let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
        let berlin = nameless("CET-1CEST,M3.5.0,M10.5.0/3");
        let name = berlin.iana_name(now).unwrap();
        assert!(
            have_same_rules(&TimeZone::get(&name).unwrap(), &berlin.zone, now),
            "{name}"
        );
        assert_eq!(nameless("ODD-3:17").iana_name(now), None);
    }

    #[test]
    fn zones_that_change_on_the_same_days_at_other_hours_are_different() {
        let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
        let earlier = nameless("CET-1CEST,M3.5.0/1,M10.5.0/2");
        earlier.ensure_same_rules("Europe/Berlin", now).unwrap_err();
    }
}
