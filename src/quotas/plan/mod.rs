//! From contracts to quotas. Pure: facts and rules in; actions, notes and refusals out.

mod action;
mod dependencies;
mod edition;
mod guards;
mod sheet;
mod standing;
mod storage;
mod wanted;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use action::{Action, lane};
pub(crate) use sheet::unit;
pub(crate) use standing::Standing;

use super::facts::{Customer, Facts};
use crate::config::{Config, Unmapped};
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Note, Refusal};
use sheet::Sheet;

/// What the configuration says about quotas.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) unmapped: Unmapped,
    /// Storage, by name or id, for customers whose contracts hold none.
    pub(crate) default_storage: BTreeMap<AccountName, String>,
    pub(crate) lowered_percent: u32,
    pub(crate) lowered_min: usize,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            unmapped: config.products.unmapped,
            default_storage: config.provisioning.default_storage.clone(),
            lowered_percent: config.limits.quota_lowered_percent,
            lowered_min: config.limits.quota_lowered_min,
        }
    }
}

/// What is to be done about quotas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    pub(crate) actions: Vec<Action>,
    pub(crate) notes: Vec<Note>,
    pub(crate) refusals: Vec<Refusal>,
    /// Customers whose tenants existed before and match their contracts without any change: from
    /// now on a lowering is an ordinary one.
    pub(crate) in_line: Vec<CompanyId>,
    /// Customers whose plan needs what could not be read, with their accounts.
    pub(crate) undecided: Vec<(AccountName, CompanyId)>,
}

/// Whether a refusal says that a side is suddenly empty: it holds whatever is planned.
pub(crate) fn is_emptied(refusal: &Refusal) -> bool {
    guards::EMPTIED.contains(&refusal.code)
}

/// Decides for every customer of the facts.
pub(crate) fn plan(facts: &Facts, rules: &Rules) -> Planned {
    let mut planned = Planned {
        notes: facts.notes.clone(),
        ..Planned::default()
    };
    let contracts = facts.book.by_company();
    let mut customers: Vec<&Customer> = facts.customers.iter().collect();
    customers.sort_by(|a, b| (&a.account, a.party.id).cmp(&(&b.account, b.party.id)));
    let mut quotas = 0;
    let mut storages_kept = BTreeMap::new();
    for customer in customers {
        let own = contracts.get(&customer.party.id).map_or(&[][..], |own| own);
        let mut sheet = Sheet::new(facts, rules, customer, own);
        if sheet.is_due() {
            sheet.fill();
        }
        let kept = storages_kept.entry(customer.account.clone()).or_insert(0);
        *kept += usize::from(sheet.keeps_storage);
        quotas += guards::quotas(customer);
        sheet.into_plan(&mut planned);
    }
    planned.notes.extend(storage::kept_notes(&storages_kept));
    let run = guards::of_run(facts, rules, &planned, quotas);
    planned.refusals.extend(run);
    planned
}
