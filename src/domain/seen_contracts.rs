//! Contracts that an earlier run saw in force, so that one that is suddenly out of sight is not taken
//! for one that ended.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::contracts::{Contract, ContractBook};
use super::ids::{CompanyId, ContractId};

/// What to do where contracts are out of sight: an API user with lines of business sees only what
/// belongs to them.
pub(crate) const NO_LINES_OF_BUSINESS: &str = "assign no line of business to the API user (in Autotask: Admin > Organization Settings & Users \
     > Resources/Users (HR) > Resources/Users, edit the API user), so that it sees all contracts";

/// Contracts of linked companies as a run saw them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenContracts {
    /// Those that were in force.
    pub(crate) in_force: BTreeMap<ContractId, SeenContract>,
    /// Whether any contract held a service or a bundle.
    pub(crate) lines: bool,
}

/// One contract that was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenContract {
    pub(crate) company: CompanyId,
    pub(crate) end: Date,
    pub(crate) is_payg: bool,
}

impl SeenContracts {
    /// What a run sees of these companies.
    pub(crate) fn from_book(
        book: &ContractBook,
        companies: &BTreeSet<CompanyId>,
        today: Date,
    ) -> Self {
        let own = || {
            let contracts = book.contracts.values();
            contracts.filter(|contract| companies.contains(&contract.company))
        };
        let seen = |contract: &Contract| SeenContract {
            company: contract.company,
            end: contract.end,
            is_payg: contract.is_payg(),
        };
        let in_force = own().filter(|contract| contract.in_force(today));
        Self {
            in_force: in_force
                .map(|contract| (contract.id, seen(contract)))
                .collect(),
            lines: own().any(Self::has_lines),
        }
    }

    fn has_lines(contract: &Contract) -> bool {
        !contract.services.is_empty() || !contract.bundles.is_empty()
    }

    /// Contracts of these companies that should be in force yet and are not in the book at all.
    pub(crate) fn hidden_from(
        &self,
        book: &ContractBook,
        companies: &BTreeSet<CompanyId>,
        today: Date,
    ) -> Self {
        let in_force = self.in_force.iter().filter(|(id, seen)| {
            companies.contains(&seen.company)
                && seen.end >= today
                && !book.contracts.contains_key(id)
        });
        Self {
            in_force: in_force.map(|(id, seen)| (*id, *seen)).collect(),
            lines: false,
        }
    }

    /// The contracts by company.
    pub(crate) fn by_company(&self) -> BTreeMap<CompanyId, Vec<ContractId>> {
        let mut found: BTreeMap<CompanyId, Vec<ContractId>> = BTreeMap::new();
        for (id, seen) in &self.in_force {
            found.entry(seen.company).or_default().push(*id);
        }
        found
    }

    /// How many contracts were pay-as-you-go and are in force still, where none of several is
    /// pay-as-you-go any more.
    pub(crate) fn payg_lost(&self, book: &ContractBook, today: Date) -> Option<usize> {
        let were = self.in_force.iter().filter(|(_, seen)| seen.is_payg);
        let still: Vec<bool> = were
            .filter_map(|(id, _)| book.contracts.get(id))
            .filter(|contract| contract.in_force(today))
            .map(Contract::is_payg)
            .collect();
        (still.len() > 1 && !still.contains(&true)).then_some(still.len())
    }

    /// Whether contracts of these companies are in the book, and none holds anything, though some did.
    pub(crate) fn lines_lost(&self, book: &ContractBook, companies: &BTreeSet<CompanyId>) -> bool {
        let contracts = book.contracts.values();
        let mut own = contracts
            .filter(|contract| companies.contains(&contract.company))
            .peekable();
        self.lines && own.peek().is_some() && !own.any(Self::has_lines)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::contracts::{BillingType, ServiceLine, UnitRows};
    use super::super::ids::{ContractServiceId, ServiceId};
    use super::*;

    const TODAY: Date = date(2026, 9, 15);

    fn contract(id: i64, payg: bool, lines: usize) -> Contract {
        let line = |number: usize| ServiceLine {
            id: ContractServiceId(i64::try_from(number).unwrap()),
            service: ServiceId(7),
            price: None,
            rows: UnitRows::default(),
        };
        Contract {
            id: ContractId(id),
            company: CompanyId(1),
            name: String::new(),
            active: true,
            start: date(2026, 1, 1),
            end: date(2026, 12, 31),
            period_months: Some(1),
            billing: if payg {
                BillingType::PayAsYouGo
            } else {
                BillingType::Prepaid
            },
            services: (0..lines).map(line).collect(),
            bundles: Vec::new(),
        }
    }

    fn book(contracts: Vec<Contract>) -> ContractBook {
        ContractBook::new(contracts)
    }

    #[test]
    fn a_contract_that_is_in_no_list_is_hidden_until_the_day_on_which_it_ends() {
        let ours = BTreeSet::from([CompanyId(1)]);
        let before = book(vec![contract(1, false, 1), contract(2, false, 1)]);
        let seen = SeenContracts::from_book(&before, &ours, TODAY);
        assert_eq!(seen.in_force.len(), 2);
        let now = book(vec![contract(1, false, 1)]);
        let hidden = |today| seen.hidden_from(&now, &ours, today).by_company();
        let expected = BTreeMap::from([(CompanyId(1), vec![ContractId(2)])]);
        assert_eq!(hidden(TODAY), expected);
        assert!(hidden(date(2027, 1, 1)).is_empty());
        // An inactive one is seen, and so is one that ended.
        let mut ended = contract(2, false, 1);
        ended.active = false;
        let now = book(vec![contract(1, false, 1), ended]);
        assert!(seen.hidden_from(&now, &ours, TODAY).in_force.is_empty());
        let nobody = BTreeSet::new();
        assert_eq!(
            SeenContracts::from_book(&now, &nobody, TODAY),
            SeenContracts::default()
        );
        assert!(
            seen.hidden_from(&book(Vec::new()), &nobody, TODAY)
                .in_force
                .is_empty()
        );
    }

    #[test]
    fn one_contract_may_change_its_type_and_several_at_once_may_not() {
        let ours = BTreeSet::from([CompanyId(1)]);
        for (before, now, lost) in [
            (&[true][..], &[false][..], None),
            (&[true, true], &[false, false], Some(2)),
            (&[true, true], &[true, false], None),
            (&[true, true, false], &[false, false, true], Some(2)),
            (&[false, false], &[false, false], None),
        ] {
            let contracts = |types: &[bool]| {
                let numbered = (1..).zip(types);
                book(numbered.map(|(id, payg)| contract(id, *payg, 1)).collect())
            };
            let seen = SeenContracts::from_book(&contracts(before), &ours, TODAY);
            assert_eq!(
                seen.payg_lost(&contracts(now), TODAY),
                lost,
                "{before:?} {now:?}"
            );
        }
    }

    #[test]
    fn lines_are_lost_where_there_were_some_and_the_contracts_are_there() {
        let ours = BTreeSet::from([CompanyId(1)]);
        let seen =
            |lines| SeenContracts::from_book(&book(vec![contract(1, false, lines)]), &ours, TODAY);
        let bare = book(vec![contract(1, false, 0)]);
        assert!(seen(1).lines_lost(&bare, &ours));
        assert!(!seen(0).lines_lost(&bare, &ours));
        assert!(!seen(1).lines_lost(&book(vec![contract(2, false, 1)]), &ours));
        assert!(!seen(1).lines_lost(&book(Vec::new()), &ours));
    }
}
