//! `[limits]`: the safety limits. Each refusal names the key that it comes from.

use super::section::section;

/// A number of things; more than anybody has.
const MANY: i64 = 1_000_000;

section! {
    /// Safety limits: what one run may change before a person must approve its plan. The message
    /// names the key.
    "limits" struct Limits: PartialEq, Eq {
        /// Share of all quotas, in percent, that one run may lower or remove.
        quota_lowered_percent: u32 = 20, in 0..=100, called QUOTA_LOWERED_PERCENT;
        /// Number of quotas up to which that share is not checked.
        quota_lowered_min: usize = 10, in 0..=MANY;
        /// Share of all customer mappings, in percent, that one import may remove.
        links_removed_percent: u32 = 20, in 0..=100, called LINKS_REMOVED_PERCENT;
        /// Number of mappings up to which that share is not checked.
        links_removed_min: usize = 10, in 0..=MANY;
        /// Drop of billed units over all customers, in percent, that stops a billing run.
        usage_dropped_percent: u32 = 30, in 0..=100, called USAGE_DROPPED_PERCENT;
        /// Total number of billed units up to which that share is not checked.
        usage_dropped_min: i64 = 10, in 0..=MANY;
        /// Units of one contract line that may fall to zero without approval.
        units_to_zero_max: i64 = 5, in 0..=MANY, called UNITS_TO_ZERO_MAX;
        /// Change of the units of one contract line, up or down.
        units_change_max: i64 = 500, in 1..=MANY, called UNITS_CHANGE_MAX;
        /// Amount of money that one run may add, and that it may remove; each is counted
        /// separately.
        amount_change_max: i64 = 10000, in 1..=MANY * MANY, called AMOUNT_CHANGE_MAX;
        /// New tickets in one run; above it there is one summary ticket per company.
        tickets_per_run: usize = 50, in 1..=10_000;
        /// New tickets for one company in one run; above it the company gets one summary ticket.
        tickets_per_company: usize = 10, in 1..=10_000;
        /// Share of Autotask's hourly request budget, in percent, that one run may use.
        autotask_requests_percent: u32 = 50, in 1..=100;
    }
}
