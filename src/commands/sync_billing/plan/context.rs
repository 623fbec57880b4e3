//! One customer of the run with what was read of it: the ground that its other files stand on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::super::facts::{BilledCustomer, CustomerUsage, Facts, ItemReading, MeasuredKey};
use super::Rules;
use crate::config::Terms;
use crate::domain::contracts::{Contract, ServiceLine};
use crate::domain::ids::ServiceId;
use crate::domain::items;
use crate::domain::links::{MappingChoice, ProductLink};

/// A mapped item of a customer's account.
#[derive(Clone, Copy, Debug)]
pub(super) struct MappedItem<'a> {
    pub(super) link: &'a ProductLink,
    pub(super) service: ServiceId,
    pub(super) name: &'a str,
}

/// Where an item is billed.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContractLine<'a> {
    pub(super) contract: &'a Contract,
    /// None when the contract has no line for it yet.
    pub(super) line: Option<&'a ServiceLine>,
}

/// The amount that is billed, and when it was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedUsage<'a> {
    pub(super) amount: Decimal,
    pub(super) at: Timestamp,
    /// The row of this run; none when only earlier ones tell the amount.
    pub(super) reading: Option<&'a ItemReading>,
}

/// Everything about one customer of the run.
#[derive(Debug)]
pub(super) struct CustomerContext<'a> {
    pub(super) facts: &'a Facts,
    pub(super) rules: Rules<'a>,
    /// How this customer's lines are posted.
    pub(super) terms: Terms,
    pub(super) customer: &'a BilledCustomer,
    pub(super) mapped: Vec<MappedItem<'a>>,
    /// All contracts of the company.
    pub(super) own: Vec<&'a Contract>,
    /// Relevant pay-as-you-go contracts.
    pub(super) payg: Vec<&'a Contract>,
    /// Relevant contracts that are not.
    pub(super) prepaid: Vec<&'a Contract>,
}

impl<'a> CustomerContext<'a> {
    /// All customers of the run.
    pub(super) fn for_customers(facts: &'a Facts, rules: Rules<'a>) -> Vec<Self> {
        let contracts = facts.book.by_company();
        let customers = facts.customers.iter();
        customers
            .map(|customer| {
                let own = contracts.get(&customer.party.id);
                Self::for_customer(facts, rules, customer, own.cloned().unwrap_or_default())
            })
            .collect()
    }

    /// One of them, with all contracts of its company.
    fn for_customer(
        facts: &'a Facts,
        rules: Rules<'a>,
        customer: &'a BilledCustomer,
        own: Vec<&'a Contract>,
    ) -> Self {
        let mapped = mapped_items(&facts.products, customer);
        let services: BTreeSet<ServiceId> = mapped.iter().map(|one| one.service).collect();
        let relevant = own.iter().copied();
        let (mut payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = relevant
            .filter(|contract| contract.is_relevant(facts.today, &services))
            .partition(|contract| contract.is_payg());
        if payg.is_empty() {
            payg = payg_without_lines(facts, &own);
        }
        Self {
            facts,
            rules,
            terms: rules.customers.find_terms(rules.billing, customer.party.id),
            customer,
            mapped,
            own,
            payg,
            prepaid,
        }
    }
}

impl CustomerContext<'_> {
    /// What the ledger and the measures call an item of this customer.
    pub(super) fn measured_key(&self, one: MappedItem<'_>) -> MeasuredKey {
        (
            self.customer.account.clone(),
            self.customer.tenant.clone(),
            one.link.item.clone(),
        )
    }

    /// The usage row of an item, if the tenant's answer has one.
    pub(super) fn usage_row(&self, one: MappedItem<'_>) -> Option<&ItemReading> {
        match &self.customer.usage {
            CustomerUsage::Rows(rows) => rows.get(&one.link.item),
            CustomerUsage::Missing | CustomerUsage::Unreadable(_) => None,
        }
    }

    /// Whether an item is billed by what accrued in the period.
    pub(super) fn bills_accrual(&self, one: MappedItem<'_>) -> bool {
        let usage_name = self
            .usage_row(one)
            .and_then(|row| row.usage_name.as_deref());
        items::accrues_over_period(&one.link.item.name, usage_name)
    }

    /// Whole units used now, for saying whether anything is lost; never for billing.
    pub(super) fn used_units(&self, one: MappedItem<'_>) -> i64 {
        let accrues = self.bills_accrual(one);
        let amount = self.usage_row(one).and_then(|reading| {
            if accrues {
                reading.accrued
            } else {
                reading.absolute
            }
        });
        amount
            .and_then(|amount| one.link.measure.billable_units(amount))
            .unwrap_or(0)
    }

    pub(super) fn units_today(&self, place: &ContractLine<'_>) -> i64 {
        let rows = place.line.map(|line| &line.rows);
        rows.map_or(0, |rows| rows.units_on(self.facts.today))
    }

    pub(super) fn is_frozen(&self) -> bool {
        let today = self.facts.today;
        self.rules.billing.freeze.contains(&today.day())
    }
}

/// Contracts that say pay-as-you-go and hold no mapped service yet: where lines are missing.
fn payg_without_lines<'a>(facts: &Facts, own: &[&'a Contract]) -> Vec<&'a Contract> {
    let contracts = own.iter().copied();
    contracts
        .filter(|contract| contract.is_payg() && contract.in_force(facts.today))
        .collect()
}

fn mapped_items<'a>(products: &'a [ProductLink], customer: &BilledCustomer) -> Vec<MappedItem<'a>> {
    let of_account = products
        .iter()
        .filter(|link| link.account == customer.account);
    of_account
        .filter_map(|link| match &link.choice {
            MappingChoice::Service { id, name } => Some(MappedItem {
                link,
                service: *id,
                name,
            }),
            MappingChoice::Free | MappingChoice::Leave => None,
        })
        .collect()
}

/// `12, 15`.
pub(super) fn contract_ids(contracts: &[&Contract]) -> String {
    let ids: Vec<String> = contracts
        .iter()
        .map(|contract| contract.id.to_string())
        .collect();
    ids.join(", ")
}
