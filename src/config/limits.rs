//! `[limits]`: the numbers of the gate. Each refusal names the key that it comes from.

use super::keys::{Section, default};
use super::read::Table;

pub(super) const LIMITS: Section = Section {
    path: "limits",
    keys: &[
        default("quota_lowered_percent", "20"),
        default("quota_lowered_min", "10"),
        default("links_removed_percent", "20"),
        default("links_removed_min", "10"),
        default("usage_dropped_percent", "30"),
        default("usage_dropped_min", "10"),
        default("units_to_zero_max", "5"),
        default("units_change_max", "500"),
        default("amount_change_max", "10000"),
        default("tickets_per_run", "50"),
        default("tickets_per_company", "10"),
        default("autotask_requests_percent", "50"),
    ],
};

/// What one run may change before a person must approve its plan (rules 4 to 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Share of all quotas, in percent, that one plan may lower or remove.
    pub(crate) quota_lowered_percent: u32,
    /// Number of quotas up to which that share is not judged (1 of 2 is not "50 %").
    pub(crate) quota_lowered_min: usize,
    /// Share of all customer links, in percent, that one import may end.
    pub(crate) links_removed_percent: u32,
    /// Number of links up to which that share is not judged.
    pub(crate) links_removed_min: usize,
    /// Drop of billed units over all customers, in percent, that stops the run.
    pub(crate) usage_dropped_percent: u32,
    /// Billed units in all up to which that share is not judged.
    pub(crate) usage_dropped_min: i64,
    /// Units of one line that may fall to zero unasked; more is "zero from a lot".
    pub(crate) units_to_zero_max: i64,
    /// Change of units, up or down, of one contract line.
    pub(crate) units_change_max: i64,
    /// Money that one run may add, and that it may take away, each by itself.
    pub(crate) amount_change_max: i64,
    /// New tickets of one run, above which there is one summary ticket per company.
    pub(crate) tickets_per_run: usize,
    /// New tickets for one company in one run, above which it gets one summary ticket.
    pub(crate) tickets_per_company: usize,
    /// Share of Autotask's hourly budget, in percent, that one run may use.
    pub(crate) autotask_requests_percent: u32,
}

/// The keys as a refusal prints them.
impl Limits {
    pub(crate) const QUOTA_LOWERED_PERCENT: &'static str = "limits.quota_lowered_percent";
    pub(crate) const LINKS_REMOVED_PERCENT: &'static str = "limits.links_removed_percent";
    pub(crate) const USAGE_DROPPED_PERCENT: &'static str = "limits.usage_dropped_percent";
    pub(crate) const UNITS_TO_ZERO_MAX: &'static str = "limits.units_to_zero_max";
    pub(crate) const UNITS_CHANGE_MAX: &'static str = "limits.units_change_max";
    pub(crate) const AMOUNT_CHANGE_MAX: &'static str = "limits.amount_change_max";
}

pub(super) fn read(table: &Table<'_>) -> Option<Limits> {
    const MANY: i64 = 1_000_000;
    let quota_lowered_percent = table.read("quota_lowered_percent", |node| node.whole(0..=100));
    let quota_lowered_min = table.read("quota_lowered_min", |node| node.whole(0..=MANY));
    let links_removed_percent = table.read("links_removed_percent", |node| node.whole(0..=100));
    let links_removed_min = table.read("links_removed_min", |node| node.whole(0..=MANY));
    let usage_dropped_percent = table.read("usage_dropped_percent", |node| node.whole(0..=100));
    let usage_dropped_min = table.read("usage_dropped_min", |node| node.whole(0..=MANY));
    let units_to_zero_max = table.read("units_to_zero_max", |node| node.whole(0..=MANY));
    let units_change_max = table.read("units_change_max", |node| node.whole(1..=MANY));
    let amount_change_max = table.read("amount_change_max", |node| node.whole(1..=MANY * MANY));
    let tickets_per_run = table.read("tickets_per_run", |node| node.whole(1..=10_000));
    let tickets_per_company = table.read("tickets_per_company", |node| node.whole(1..=10_000));
    let requests = table.read("autotask_requests_percent", |node| node.whole(1..=100));
    Some(Limits {
        quota_lowered_percent: quota_lowered_percent?,
        quota_lowered_min: quota_lowered_min?,
        links_removed_percent: links_removed_percent?,
        links_removed_min: links_removed_min?,
        usage_dropped_percent: usage_dropped_percent?,
        usage_dropped_min: usage_dropped_min?,
        units_to_zero_max: units_to_zero_max?,
        units_change_max: units_change_max?,
        amount_change_max: amount_change_max?,
        tickets_per_run: tickets_per_run?,
        tickets_per_company: tickets_per_company?,
        autotask_requests_percent: requests?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_prints_keys_that_the_file_knows() {
        let printed = [
            Limits::QUOTA_LOWERED_PERCENT,
            Limits::LINKS_REMOVED_PERCENT,
            Limits::USAGE_DROPPED_PERCENT,
            Limits::UNITS_TO_ZERO_MAX,
            Limits::UNITS_CHANGE_MAX,
            Limits::AMOUNT_CHANGE_MAX,
        ];
        let known: Vec<String> = LIMITS
            .keys
            .iter()
            .map(|key| format!("limits.{}", key.name))
            .collect();
        for key in printed {
            assert!(known.contains(&key.to_owned()), "{key}");
        }
    }
}
