//! Where a company stands with its contracts.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::contracts::Contract;
use crate::domain::ids::ServiceId;

/// What a company's contracts say about today.
#[derive(Clone, Debug)]
pub(crate) enum ContractStatus<'f> {
    /// Its relevant contracts.
    Relevant(Vec<&'f Contract>),
    /// It had contracts that were relevant and all of them are over.
    Ended(EndedContract<'f>),
    /// None today, but one is to come.
    Coming(&'f Contract),
    /// No contract of it ever held a mapped service, as far as can be seen.
    Never,
}

/// The contract of a company that was over last.
#[derive(Clone, Debug)]
pub(crate) struct EndedContract<'f> {
    contract: &'f Contract,
    /// Its last day, or none when it was set inactive before.
    pub(crate) on: Option<Date>,
}

impl EndedContract<'_> {
    /// How it came to its end.
    pub(crate) fn end_in_words(&self) -> String {
        let id = self.contract.id;
        match self.on {
            Some(day) => format!("contract {id} ended on {day}"),
            None => format!("contract {id} is no longer active"),
        }
    }
}

impl<'f> ContractStatus<'f> {
    pub(crate) fn status_of(
        contracts: &[&'f Contract],
        mapped: &BTreeSet<ServiceId>,
        day: Date,
    ) -> Self {
        let held: Vec<&'f Contract> = contracts
            .iter()
            .copied()
            .filter(|contract| !contract.held_services().is_disjoint(mapped))
            .collect();
        let in_force: Vec<&'f Contract> = held
            .iter()
            .copied()
            .filter(|contract| contract.in_force(day))
            .collect();
        if !in_force.is_empty() {
            return Self::Relevant(in_force);
        }
        let next = held
            .iter()
            .filter(|contract| contract.active && contract.start > day)
            .min_by_key(|contract| (contract.start, contract.id));
        if let Some(next) = next {
            return Self::Coming(next);
        }
        match held
            .iter()
            .max_by_key(|contract| (contract.end, contract.id))
        {
            Some(contract) => Self::Ended(EndedContract {
                contract,
                on: (contract.end < day).then_some(contract.end),
            }),
            None => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::contracts::{BillingType, ServiceLine, UnitRows};
    use crate::domain::ids::{CompanyId, ContractId, ContractServiceId};

    fn contract(id: i64, start: Date, end: Date, active: bool) -> Contract {
        Contract {
            id: ContractId(id),
            company: CompanyId(1),
            name: "Backup".to_owned(),
            active,
            start,
            end,
            period_months: Some(1),
            billing: BillingType::Prepaid,
            services: vec![ServiceLine {
                id: ContractServiceId(id),
                service: ServiceId(7),
                price: None,
                rows: UnitRows::default(),
            }],
            bundles: Vec::new(),
        }
    }

    #[test]
    fn a_company_stands_by_its_contracts_of_today_then_by_what_comes_then_by_what_was() {
        let (old, now, later) = (
            contract(1, date(2025, 1, 1), date(2025, 12, 31), true),
            contract(2, date(2026, 1, 1), date(2026, 12, 31), true),
            contract(3, date(2027, 1, 1), date(2027, 12, 31), true),
        );
        let stopped = contract(4, date(2026, 1, 1), date(2026, 12, 31), false);
        let mapped = BTreeSet::from([ServiceId(7)]);
        let day = date(2026, 9, 15);
        let of = |contracts: &[&Contract], mapped: &BTreeSet<ServiceId>| {
            let status = ContractStatus::status_of(contracts, mapped, day);
            match &status {
                ContractStatus::Relevant(held) => format!("relevant {}", held.len()),
                ContractStatus::Ended(end) => end.end_in_words(),
                ContractStatus::Coming(next) => format!("coming {}", next.id),
                ContractStatus::Never => "never".to_owned(),
            }
        };
        assert_eq!(of(&[&old, &now, &later], &mapped), "relevant 1");
        assert_eq!(of(&[&old, &later], &mapped), "coming 3");
        assert_eq!(of(&[&old], &mapped), "contract 1 ended on 2025-12-31");
        let was_stopped = "contract 4 is no longer active";
        assert_eq!(of(&[&stopped, &old], &mapped), was_stopped);
        assert_eq!(of(&[], &mapped), "never");
        assert_eq!(of(&[&now], &BTreeSet::from([ServiceId(8)])), "never");
    }
}
