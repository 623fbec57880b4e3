//! What the configuration says about quotas.

use std::collections::BTreeMap;

use crate::config::{Config, Deprovision, Unmapped};
use crate::domain::ids::AccountName;

/// The limits and choices that a plan of quotas follows.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) unmapped: Unmapped,
    /// Storage, by name or id, for customers whose contracts hold none.
    pub(crate) default_storage: BTreeMap<AccountName, String>,
    pub(crate) lowered_percent: u32,
    pub(crate) lowered_min: usize,
    /// Days before its last day from which a contract without a successor is told; 0 is never.
    pub(crate) warn_days: u32,
    /// What becomes of a tenant without a contract.
    pub(crate) deprovision: Deprovision,
}

impl Rules {
    pub(crate) fn from_config(config: &Config) -> Self {
        Self {
            unmapped: config.products.unmapped,
            default_storage: config.provisioning.default_storage.clone(),
            lowered_percent: config.limits.quota_lowered_percent,
            lowered_min: config.limits.quota_lowered_min,
            warn_days: config.contracts.warn_days,
            deprovision: config.provisioning.deprovision,
        }
    }
}
