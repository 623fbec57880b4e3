//! Tenants whose last contract ended, for `status`.

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Line;
use crate::state::State;

/// Tenants whose last contract ended, with the days counted so far.
pub(super) fn lines(state: &State, now: Timestamp, zone: &TimeZone) -> Result<Vec<Line>> {
    let lines = state.clocks()?.into_iter().map(|clock| {
        let days = clock
            .confirmed
            .since(clock.since)
            .map_or(0, |span| span.get_days());
        let line = Line {
            kind: "clock",
            command: "provision".to_owned(),
            account: Some(clock.account.to_string()),
            company: Some(clock.company.0),
            state: if clock.disabled_at.is_some() {
                "disabled".to_owned()
            } else {
                "running".to_owned()
            },
            text: format!(
                "{} days without a contract, since {}: {}",
                days, clock.since, clock.reason
            ),
            ..Line::default()
        };
        match clock.since.to_zoned(zone.clone()) {
            Ok(start) => line.at(start.timestamp(), now),
            Err(_) => line,
        }
    });
    Ok(lines.collect())
}
