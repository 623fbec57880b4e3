//! What became of quotas whose setting had an open end: the live ones tell.

use anyhow::Result;

use super::facts::{Facts, QuotaCustomer};
use crate::domain::journal_action::{JournalAction, WrittenLevel};
use crate::plan::Value;
use crate::session::recovery::{Observation, Recovery};
use crate::state::journal::Entry;

/// Settles the uncertain quota lines of earlier runs of any command. One whose tenant could not be
/// read stays uncertain; nothing is lost, since whatever is not as wanted is planned again.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn recover_quotas(recovery: &Recovery<'_>, facts: &Facts) -> Result<()> {
    recovery.run(|entry| Ok(observe_intent(facts, entry)))
}

fn observe_intent(facts: &Facts, entry: &Entry) -> Option<Observation> {
    let intent = &entry.intent;
    let JournalAction::SetQuota { item: set, level } = &intent.action else {
        return None;
    };
    let is_meant = |customer: &&QuotaCustomer| {
        Some(customer.party.id) == intent.company
            && Some(&customer.account) == intent.account.as_ref()
    };
    let customer = facts.customers.iter().find(is_meant)?;
    let (key, item) = customer.items.iter().find(|(key, _)| set.is(key))?;
    let unit = facts.display_unit(customer, key, item);
    let now: Value = item.level.show_level(unit);
    let evidence = format!("{key} of tenant {} is at {now}", customer.tenant_name);
    let took_effect = match level {
        WrittenLevel::Exact(wanted) => wanted.show_level(unit).exact_json() == now.exact_json(),
        WrittenLevel::Shown(wanted) => *wanted == serde_json::json!(now),
    };
    Some(Observation::when(took_effect, evidence))
}
