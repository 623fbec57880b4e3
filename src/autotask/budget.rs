//! The hourly budget that all integrations of a database share (autotask.md §4).

use serde::Deserialize;

/// Even a generous share stops here, in percent of the limit over all integrations: beyond the
/// limit every call of every integration fails (autotask.md §4).
const DATABASE_PERCENT_MAX: u64 = 90;

/// After how many own requests the counter is asked again at the soonest.
const ASK_AGAIN_EVERY: u64 = 400;

/// After how many own requests the counter is asked again, others spending too: a quarter of what
/// is still allowed, so the closer the limit, the more often.
pub(super) fn ask_again_after(allowed: u64) -> u64 {
    ASK_AGAIN_EVERY.max(allowed / 4)
}

/// The service's own count of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// Requests allowed per time frame, for the whole database.
    pub(crate) limit: u64,
    /// The rolling time frame, in minutes.
    pub(crate) minutes: u64,
    /// Requests of all integrations in the time frame so far.
    pub(crate) used: u64,
}

impl Threshold {
    /// What is taken when the counter cannot be read: the usual limit (autotask.md §4), with nothing
    /// known of others.
    pub(super) const USUAL: Self = Self {
        limit: 10_000,
        minutes: 60,
        used: 0,
    };

    /// How many requests a run may still send that may spend `percent` of the limit and has sent
    /// `own` so far.
    pub(super) fn requests_left(self, percent: u8, own: u64) -> u64 {
        let share = percent_of(self.limit, u64::from(percent.min(100)));
        let room = percent_of(self.limit, DATABASE_PERCENT_MAX);
        share
            .saturating_sub(own)
            .min(room.saturating_sub(self.used))
    }
}

fn percent_of(whole: u64, percent: u64) -> u64 {
    whole.saturating_mul(percent) / 100
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThresholdWire {
    external_request_threshold: u64,
    #[serde(default)]
    request_threshold_timeframe: Option<u64>,
    current_timeframe_request_count: u64,
}

impl ThresholdWire {
    pub(super) fn to_threshold(&self) -> Threshold {
        Threshold {
            limit: self.external_request_threshold,
            minutes: self.request_threshold_timeframe.unwrap_or(60),
            used: self.current_timeframe_request_count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_asked_more_often_the_less_is_left() {
        assert_eq!(ask_again_after(5_000), 1_250);
        assert_eq!(ask_again_after(1_000), 400);
        assert_eq!(ask_again_after(0), 400);
    }

    fn threshold(used: u64) -> Threshold {
        let json = format!(
            r#"{{"externalRequestThreshold": 10000, "requestThresholdTimeframe": 60,
                "currentTimeframeRequestCount": {used}}}"#
        );
        let wire: ThresholdWire = serde_json::from_str(&json).unwrap();
        wire.to_threshold()
    }

    #[test]
    fn a_run_may_spend_its_share_less_what_it_spent() {
        assert_eq!(threshold(0).requests_left(50, 0), 5_000);
        assert_eq!(threshold(1_200).requests_left(50, 1_200), 3_800);
        assert_eq!(threshold(0).requests_left(1, 101), 0);
        assert_eq!(threshold(0).requests_left(0, 0), 0);
    }

    #[test]
    fn others_are_never_pushed_over_the_limit() {
        assert_eq!(threshold(8_900).requests_left(50, 0), 100);
        assert_eq!(threshold(9_500).requests_left(50, 0), 0);
        assert_eq!(threshold(0).requests_left(100, 0), 9_000);
        assert_eq!(threshold(0).requests_left(255, 0), 9_000);
    }
}
