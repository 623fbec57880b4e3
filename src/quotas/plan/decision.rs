//! What the steps of the planner decide for one customer.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::customer::CustomerView;
use crate::domain::contracts::Contract;
use crate::domain::ids::{CompanyId, ContractId, ItemKey};
use crate::plan::{Action as _, Reach, Refusal, RefusalCode, Remark};
use crate::quotas::facts::Level;

/// Everything that was decided so far: each step takes it and answers it with what it adds or takes
/// away.
#[derive(Debug, Default)]
pub(super) struct CustomerDecision {
    pub(super) desired: BTreeMap<ItemKey, DesiredQuota>,
    pub(super) blocked: Vec<Blocked>,
    pub(super) remarks: Vec<Remark>,
    /// Refusals that hold back everything about the customer.
    pub(super) refusals: Vec<Refusal>,
    /// An enabled storage was left as it is, since no contract holds one.
    pub(super) keeps_storage: bool,
    /// What a decision needs could not be read: nothing of the customer is changed.
    pub(super) undecided: bool,
}

impl CustomerDecision {
    /// The level after the plan, had nothing been refused.
    pub(super) fn level_after(&self, view: &CustomerView<'_>, key: &ItemKey) -> Level {
        let now = || view.find_item(key).map_or(Level::Off, |item| item.level);
        self.desired
            .get(key)
            .map_or_else(now, |target| target.level)
    }
}

/// What one item is to be set to.
#[derive(Clone, Debug)]
pub(super) struct DesiredQuota {
    pub(super) level: Level,
    pub(super) because: Vec<String>,
    /// The contracts that ask for it.
    pub(super) contracts: BTreeSet<ContractId>,
    /// An item that must be on for this one to go on.
    pub(super) needs: Option<ItemKey>,
}

impl DesiredQuota {
    /// Wanted, but by no contract.
    pub(super) fn without_contract(level: Level, because: impl Into<String>) -> Self {
        Self {
            level,
            because: vec![because.into()],
            contracts: BTreeSet::new(),
            needs: None,
        }
    }

    /// Wanted by contracts, each with what it says.
    pub(super) fn of_contracts(
        level: Level,
        contracts: &[&Contract],
        says: impl Fn(&Contract) -> String,
    ) -> Self {
        let because = contracts.iter().map(|contract| {
            let says = says(contract);
            format!("contract {} ({}): {says}", contract.id, contract.name)
        });
        Self {
            level,
            because: because.collect(),
            contracts: contracts.iter().map(|contract| contract.id).collect(),
            needs: None,
        }
    }
}

/// Why some items stay as they are until a person decides.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    code: RefusalCode,
    text: String,
    /// The held lines; none when there is nothing that could be written at all.
    items: BTreeSet<ItemKey>,
    approvable: bool,
}

impl Blocked {
    /// Something is to be changed on either side first; no approval helps.
    pub(super) fn until_changed(
        view: &CustomerView<'_>,
        code: RefusalCode,
        items: BTreeSet<ItemKey>,
        why: &str,
    ) -> Self {
        Self {
            code,
            text: format!("{}: {why}", view.customer_in_words()),
            items,
            approvable: false,
        }
    }

    /// A person's approval is enough.
    pub(super) fn until_approved(
        view: &CustomerView<'_>,
        code: RefusalCode,
        items: BTreeSet<ItemKey>,
        why: &str,
    ) -> Self {
        Self {
            approvable: true,
            ..Self::until_changed(view, code, items, why)
        }
    }

    pub(super) fn contains(&self, item: &ItemKey) -> bool {
        self.items.contains(item)
    }

    /// As a refusal; none when it held lines and none of them would change anything.
    pub(super) fn into_refusal(self, company: CompanyId, actions: &[Action]) -> Option<Refusal> {
        let held: Vec<_> = actions
            .iter()
            .filter(|action| action.is_held(&self.items))
            .map(Action::describe)
            .collect();
        let scope = match (held.as_slice(), self.items.is_empty()) {
            ([], true) => Reach::Nothing(company),
            ([], false) => return None,
            (held, _) => Reach::of_lines(held),
        };
        Some(Refusal {
            code: self.code,
            text: self.text,
            key: None,
            scope,
            approvable: self.approvable,
        })
    }
}
