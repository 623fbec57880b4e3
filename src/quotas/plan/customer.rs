//! One customer as the steps of the planner look at it.

use std::collections::{BTreeMap, BTreeSet};

use super::{ContractStatus, Rules};
use crate::domain::contracts::Contract;
use crate::domain::ids::{ContractId, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::plan::{Remark, RemarkKind};
use crate::quotas::facts::{Facts, QuotaCustomer, QuotaItem};

/// What was read of one customer: its items, its contracts, and how its account's items are mapped.
#[derive(Debug)]
pub(super) struct CustomerView<'f> {
    pub(super) facts: &'f Facts,
    pub(super) rules: &'f Rules,
    pub(super) customer: &'f QuotaCustomer,
    /// All contracts of the company, ended ones too.
    pub(super) contracts: Vec<&'f Contract>,
    pub(super) contract_status: ContractStatus<'f>,
    pub(super) links: BTreeMap<&'f ItemKey, &'f ProductLink>,
    /// The services that are mapped in its account.
    pub(super) mapped: BTreeSet<ServiceId>,
}

impl<'f> CustomerView<'f> {
    pub(super) fn new(
        facts: &'f Facts,
        rules: &'f Rules,
        customer: &'f QuotaCustomer,
        contracts: &[&'f Contract],
    ) -> Self {
        let links: BTreeMap<&ItemKey, &ProductLink> = facts
            .products_of(&customer.account)
            .map(|link| (&link.item, link))
            .collect();
        let services = links.values().filter_map(|link| link.choice.service_id());
        let mapped: BTreeSet<ServiceId> = services.collect();
        Self {
            facts,
            rules,
            customer,
            contracts: contracts.to_vec(),
            contract_status: ContractStatus::status_of(contracts, &mapped, facts.today),
            links,
            mapped,
        }
    }

    /// The contracts in force that hold mapped services.
    pub(super) fn relevant_contracts(&self) -> &[&'f Contract] {
        match &self.contract_status {
            ContractStatus::Relevant(contracts) => contracts,
            ContractStatus::Ended(_) | ContractStatus::Coming(_) | ContractStatus::Never => &[],
        }
    }

    /// Contracts of the company that were in force when last seen and are in no list any more.
    pub(super) fn hidden_contracts(&self) -> &'f [ContractId] {
        let hidden = &self.facts.whole_view.out_of_sight.contracts;
        hidden.get(&self.customer.party.id).map_or(&[], |ids| ids)
    }

    pub(super) fn find_item(&self, key: &ItemKey) -> Option<&'f QuotaItem> {
        self.customer.items.get(key)
    }

    pub(super) fn find_choice(&self, key: &ItemKey) -> Option<&'f MappingChoice> {
        self.links.get(key).map(|link| &link.choice)
    }

    /// `Alma Bakery (company 4711, account eu)`.
    pub(super) fn customer_in_words(&self) -> String {
        let QuotaCustomer { party, account, .. } = self.customer;
        format!("{} (company {}, account {account})", party.name, party.id)
    }

    pub(super) fn customer_remark(
        &self,
        kind: RemarkKind,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Remark {
        Remark::new(kind, subject, text)
            .of_account(&self.customer.account)
            .of_company(self.customer.party.clone())
    }
}

/// `contract 5001`, `contracts 5001 and 5002`.
pub(super) fn contracts_in_words<'c>(ids: impl IntoIterator<Item = &'c ContractId>) -> String {
    let mut words: Vec<String> = ids.into_iter().map(ToString::to_string).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => "no contract".to_owned(),
        (Some(one), true) => format!("contract {one}"),
        (Some(last), false) => format!("contracts {} and {last}", words.join(", ")),
    }
}
