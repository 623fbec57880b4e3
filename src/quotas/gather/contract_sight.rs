//! Contracts that an earlier run saw in force, compared with those that this one sees.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::civil::Date;

use crate::domain::contracts::ContractBook;
use crate::domain::ids::{CompanyId, ContractId};
use crate::domain::seen_contracts::SeenContracts;
use crate::gather::customers::CustomerDirectory;
use crate::quotas::facts::OutOfSight;
use crate::session::Scope;
use crate::state::State;

/// What a run sees of the contracts of linked companies, beside what the last one saw.
#[derive(Debug)]
pub(crate) struct ContractSight {
    before: SeenContracts,
    now: SeenContracts,
    /// Of `before`, what should be in force and is out of sight.
    hidden: SeenContracts,
    /// The linked companies that this run looks at.
    companies: BTreeSet<CompanyId>,
    out_of_sight: OutOfSight,
}

/// Compares. What a narrowed run does not ask for is not missed.
pub(super) fn compare_contracts(
    state: &State,
    customers: &CustomerDirectory,
    book: &ContractBook,
    scope: &Scope,
    today: Date,
) -> Result<ContractSight> {
    let before = state.contracts_seen()?;
    let linked = customers.links.iter().map(|link| link.company);
    let companies: BTreeSet<CompanyId> = linked.filter(|id| scope.contains_company(*id)).collect();
    let hidden = before.hidden_from(book, &companies, today);
    let out_of_sight = OutOfSight {
        contracts: hidden.by_company(),
        payg: before.payg_lost(book, today),
        lines: scope.is_whole() && before.lines_lost(book, &companies),
    };
    Ok(ContractSight {
        now: SeenContracts::from_book(book, &companies, today),
        before,
        hidden,
        companies,
        out_of_sight,
    })
}

impl ContractSight {
    /// What is out of sight, for the planner.
    pub(crate) fn out_of_sight(&self) -> &OutOfSight {
        &self.out_of_sight
    }

    /// Contracts of a company that are out of sight.
    pub(crate) fn hidden_contracts(&self) -> &BTreeMap<CompanyId, Vec<ContractId>> {
        &self.out_of_sight.contracts
    }

    /// Remembers what was seen. What is out of sight stays remembered until it would have ended, or a
    /// person approved a plan without it.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(crate) fn save_seen_contracts(&self, state: &State, approved: bool) -> Result<()> {
        let mut seen = self.now.clone();
        let others = self.before.in_force.iter();
        let others = others.filter(|(_, seen)| !self.companies.contains(&seen.company));
        seen.in_force.extend(others.map(|(id, seen)| (*id, *seen)));
        if !approved {
            seen.in_force.extend(self.hidden.in_force.clone());
            seen.lines |= self.before.lines;
        }
        state.mark_contracts_seen(&seen)
    }
}
