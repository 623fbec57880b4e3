//! Whether billing at the end of periods can find its days: how far successful runs lie apart, and
//! days on which nothing is posted.

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::config::{Config, Posting};
use crate::domain::period;
use crate::session::Session;
use crate::state::State;

/// So many days are looked at, however many runs there were on each.
const DAYS: i64 = 40;

/// Whether any company is billed at the end of its periods.
fn at_period_end(config: &Config) -> bool {
    let mut apart = config.customers.iter();
    config.billing.enabled
        && (config.billing.posting == Posting::PeriodEnd
            || apart.any(|(_, customer)| customer.posting == Some(Posting::PeriodEnd)))
}

/// A sentence where successful runs lie further apart than the days in which a period is settled.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn warn_of_gap(session: &Session, state: &State) -> Result<Option<String>> {
    if !at_period_end(&session.config) {
        return Ok(None);
    }
    let since = session.now - (24 * DAYS).hours();
    let starts = state.successes_since("sync-billing", since)?.into_iter();
    let zone = &session.zone.zone;
    let mut days: Vec<Date> = starts.map(|at| at.to_zoned(zone.clone()).date()).collect();
    if days.is_empty() {
        return Ok(None);
    }
    days.push(session.today);
    let window = session.config.billing.period_end_days;
    Ok(widest_gap(&days)
        .filter(|(_, days)| *days > i64::from(window))
        .map(|(after, days)| {
            format!(
                "there were up to {days} days between successful runs of sync-billing (after \
                 {after}), more than the {window} days in which a period is settled \
                 (billing.period_end_days): a period can end without a run, so run it every day, \
                 better every four hours"
            )
        }))
}

/// The widest gap of days in order: the day before it, and how many days later the next one is.
fn widest_gap(days: &[Date]) -> Option<(Date, i64)> {
    let gaps = days.windows(2).filter_map(|pair| match pair {
        [one, next] => {
            let days = one.until(*next).ok()?.get_days();
            Some((*one, i64::from(days)))
        }
        _ => None,
    });
    gaps.max_by_key(|(_, days)| *days)
}

/// A sentence where `billing.freeze` covers every day on which a period would be settled; periods
/// begin as those of contracts that start on these days.
pub(crate) fn warn_of_freeze(config: &Config, starts: &[Date], today: Date) -> Option<String> {
    let freeze = &config.billing.freeze;
    if !at_period_end(config) || freeze.is_empty() {
        return None;
    }
    let first = Some(today.first_of_month());
    first.iter().chain(starts).find_map(|start| {
        let until = today.saturating_add(1.year());
        let mut day = today.max(*start);
        while let Some(period) = period::by_start(*start, until, 1, day).filter(|_| day < until) {
            let window = period.last_days(config.billing.period_end_days);
            let mut days = std::iter::successors(Some(window), |day| day.tomorrow().ok());
            let ends_whole = period.end < until;
            if ends_whole
                && days
                    .by_ref()
                    .take_while(|day| *day <= period.end)
                    .all(|day| freeze.contains(&day.day()))
            {
                return Some(format!(
                    "billing.freeze covers every day from {window} to {}, the days in which the \
                     period that ends then is settled: nothing would be posted for it",
                    period.end
                ));
            }
            day = period.end.tomorrow().ok()?;
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::config::sample_with;

    #[test]
    fn the_widest_gap_is_named_by_the_day_before_it() {
        let days = [1, 2, 9, 10].map(|day| date(2026, 9, day));
        assert_eq!(widest_gap(&days), Some((date(2026, 9, 2), 7)));
        assert_eq!(widest_gap(&days[..1]), None);
    }

    #[test]
    fn days_without_posting_are_reported_where_they_are_a_whole_window() {
        let today = date(2026, 9, 15);
        let frozen = |freeze: &str, starts: &[Date]| {
            let config = sample_with(&format!("[billing]\nfreeze = {freeze}"));
            warn_of_freeze(&config, starts, today)
        };
        assert_eq!(frozen("[]", &[]), None);
        assert_eq!(frozen("[1, 30, 31]", &[]), None);
        let told = frozen("[28, 29, 30]", &[]).unwrap();
        assert!(told.contains("2026-09-28 to 2026-09-30"), "{told}");
        // Only February's.
        let told = frozen("[26, 27, 28]", &[]).unwrap();
        assert!(told.contains("2027-02-26 to 2027-02-28"), "{told}");
        let told = frozen("[12, 13, 14]", &[date(2026, 1, 15)]).unwrap();
        assert!(told.contains("2026-10-12 to 2026-10-14"), "{told}");
    }
}
