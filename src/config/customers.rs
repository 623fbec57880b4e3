//! `[[customer]]`: what differs for one company.

use std::collections::BTreeMap;

use super::billing::{LaterChanges, PeriodMeasure, Posting};
use super::keys::{Section, optional, required};
use super::read::{Node, Table};
use super::ticket_rules::company;
use super::{Billing, Effective};
use crate::domain::ids::{CompanyId, ContractId};

pub(super) const CUSTOMER: Section = Section {
    path: "customer",
    keys: &[
        required("company"),
        optional("posting"),
        optional("measure"),
        optional("later_changes"),
        optional("contract"),
    ],
};

/// The companies that differ from the rest of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Customers(BTreeMap<CompanyId, Customer>);

/// One block: what is not set is as for everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) posting: Option<Posting>,
    pub(crate) measure: Option<PeriodMeasure>,
    pub(crate) later_changes: Option<LaterChanges>,
    /// The contract that gets the units when several hold the same service.
    pub(crate) contract: Option<ContractId>,
    /// Where the block stands in the file.
    pub(crate) line: Option<usize>,
}

/// How the lines of one company are posted: the rule for everybody with what its block changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) effective: Effective,
    pub(crate) later_changes: LaterChanges,
    pub(crate) posting: Posting,
    pub(crate) measure: PeriodMeasure,
    /// With [`Posting::PeriodEnd`]: how many last days of a period are its end.
    pub(crate) period_end_days: u32,
}

impl Customers {
    pub(crate) fn get(&self, company: CompanyId) -> Option<&Customer> {
        self.0.get(&company)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (CompanyId, &Customer)> {
        self.0
            .iter()
            .map(|(company, customer)| (*company, customer))
    }

    /// How the lines of a company are posted.
    pub(crate) fn terms(&self, billing: &Billing, company: CompanyId) -> Terms {
        let own = self.get(company);
        Terms {
            effective: billing.effective,
            later_changes: own
                .and_then(|own| own.later_changes)
                .unwrap_or(billing.later_changes),
            posting: own.and_then(|own| own.posting).unwrap_or(billing.posting),
            measure: own.and_then(|own| own.measure).unwrap_or(billing.measure),
            period_end_days: billing.period_end_days,
        }
    }

    /// The contract that is billed when several of a company hold the same service.
    pub(crate) fn contract(&self, billing: &Billing, company: CompanyId) -> Option<ContractId> {
        let own = self.get(company).and_then(|own| own.contract);
        own.or_else(|| billing.contracts.get(&company).copied())
    }
}

/// All blocks, no company twice.
pub(super) fn read_customers(node: &Node<'_>) -> Option<Customers> {
    let blocks = node.list(|item| {
        let table = item.table(&CUSTOMER)?;
        let (company, customer) = read_customer(&table, item)?;
        Some((company, customer, item.clone()))
    })?;
    let mut customers = BTreeMap::new();
    let mut sound = true;
    for (company, customer, place) in blocks {
        let line = customer.line;
        if let Some(earlier) = customers.insert(company, customer) {
            let at: &Customer = &earlier;
            place.refuse::<()>(format!(
                "company {company} has a block already at line {}; write all of it in one",
                at.line.or(line).unwrap_or_default()
            ));
            sound = false;
        }
    }
    sound.then_some(Customers(customers))
}

fn read_customer(table: &Table<'_>, item: &Node<'_>) -> Option<(CompanyId, Customer)> {
    let id = table.read("company", company);
    let posting = table.maybe("posting", Node::word);
    let measure = table.maybe("measure", Node::word);
    let later_changes = table.maybe("later_changes", Node::word);
    let contract = table.maybe("contract", |node| node.whole(1..=i64::MAX).map(ContractId));
    let customer = Customer {
        posting: posting?,
        measure: measure?,
        later_changes: later_changes?,
        contract: contract?,
        line: item.line,
    };
    let nothing = Customer {
        line: item.line,
        ..Customer::default()
    };
    if customer == nothing {
        return item
            .refuse("must hold at least one of `posting`, `measure`, `later_changes`, `contract`");
    }
    Some((id?, customer))
}

/// Whether the blocks fit the rest of the file.
pub(super) fn fit(customers: &Customers, billing: &Billing, node: &Table<'_>) -> bool {
    let mut sound = true;
    let mut refuse = |line: Option<usize>, key: &str, what: String| {
        node.problem_at(line, &format!("customer.{key}"), what);
        sound = false;
    };
    for (company, customer) in customers.iter() {
        let at_end = customer.posting == Some(Posting::PeriodEnd);
        if at_end && billing.effective == Effective::Today {
            refuse(
                customer.line,
                "posting",
                format!("company {company}: {}", super::billing::NOT_TODAY),
            );
        }
        let both = (customer.contract, billing.contracts.get(&company));
        if let (Some(own), Some(other)) = both
            && own != *other
        {
            refuse(
                customer.line,
                "contract",
                format!(
                    "company {company} has contract {own} here and {other} in `billing.contracts`: \
                     keep this one"
                ),
            );
        }
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::super::sample_with;
    use super::*;

    #[test]
    fn a_block_changes_what_it_says_and_nothing_else() {
        let config = sample_with(
            "[billing]\nlater_changes = \"raise\"\ncontracts = { 8 = 80, 9 = 90 }\n\
             [[customer]]\ncompany = 7\nposting = \"every-run\"\ncontract = 70\n\
             [[customer]]\ncompany = 8\nmeasure = \"highest\"\nlater_changes = \"today\"",
        );
        let terms = |company: i64| config.customers.terms(&config.billing, CompanyId(company));
        let contract = |id: i64| config.customers.contract(&config.billing, CompanyId(id));
        let rest = Terms {
            effective: Effective::PeriodStart,
            later_changes: LaterChanges::Raise,
            posting: Posting::PeriodEnd,
            measure: PeriodMeasure::Last,
            period_end_days: 3,
        };
        assert_eq!(terms(9), rest);
        assert_eq!(
            terms(7),
            Terms {
                posting: Posting::EveryRun,
                ..rest
            }
        );
        assert_eq!(
            terms(8),
            Terms {
                measure: PeriodMeasure::Highest,
                later_changes: LaterChanges::Today,
                ..rest
            }
        );
        let contracts = [7, 8, 9, 10].map(|company| contract(company).map(|id| id.0));
        assert_eq!(contracts, [Some(70), Some(80), Some(90), None]);
    }
}
