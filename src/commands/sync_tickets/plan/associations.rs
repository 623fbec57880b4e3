//! Where a ticket belongs: the contract and the configuration item.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::facts::{Alert, Desk, Destination};
use crate::domain::contracts::Contract;
use crate::domain::ids::{AccountName, ConfigurationItemId, ContractId, ServiceId};

/// Contract and configuration item of a ticket, with what the description says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TicketAssociations {
    pub(crate) contract: Option<ContractId>,
    pub(crate) contract_name: String,
    pub(crate) contract_words: String,
    pub(crate) item: Option<ConfigurationItemId>,
    pub(crate) item_words: String,
}

/// Beginning of the type, or category, of an alert → parts of the names of the offering items that
/// such a workload uses. No field of an alert names its item; what is not here leaves the choice to
/// the number and age of the contracts.
const USES: &[(&str, &[&str])] = &[
    ("m365", &["m365_", "c2c_storage"]),
    ("gworkspace", &["gworkspace_", "google_"]),
    ("dr", &["dr_", "adv_dr_"]),
    ("disaster recovery", &["dr_", "adv_dr_"]),
    ("maliciousemail", &["adv_email_security"]),
    ("email security", &["adv_email_security"]),
    ("edr", &["adv_security"]),
    ("device control", &["adv_dlp"]),
];

/// What a ticket about an alert is associated with; a summary when there is none.
pub(crate) fn find_associations(
    desk: &Desk,
    account: &AccountName,
    place: &Destination,
    alert: Option<&Alert>,
    today: Date,
) -> TicketAssociations {
    let mut found = choose_contract(desk, account, place, alert, today);
    let workload = alert.map_or("", |alert| alert.details.workload.trim());
    if let Some((id, words)) = find_configuration_item(desk, place, workload) {
        found.item = id;
        found.item_words = words;
    }
    found
}

/// The relevant contract that holds the item the alert's workload uses, else the only one, else the
/// oldest active one (rules: tickets, §5.6). None where contracts are used for nothing else.
fn choose_contract(
    desk: &Desk,
    account: &AccountName,
    place: &Destination,
    alert: Option<&Alert>,
    today: Date,
) -> TicketAssociations {
    if desk.without_contract.contains(&place.company) {
        return TicketAssociations {
            contract_words: "none; neither provisioning nor billing is on for this customer"
                .to_owned(),
            ..TicketAssociations::default()
        };
    }
    let mapped: BTreeSet<ServiceId> = desk.services.keys().map(|(_, service)| *service).collect();
    let mut contracts = desk
        .contracts
        .relevant_contracts(place.company, today, &mapped);
    contracts.sort_by_key(|contract| (contract.start, contract.id));
    let parts = alert.map_or(&[][..], used_items);
    let used: BTreeSet<ServiceId> = desk
        .services
        .iter()
        .filter(|((of, _), item)| {
            of == account && parts.iter().any(|part| item.name.contains(part))
        })
        .map(|((_, service), _)| *service)
        .collect();
    let holder = contracts
        .iter()
        .find(|contract| !contract.held_services().is_disjoint(&used));
    match (holder, contracts.as_slice()) {
        (Some(contract), _) => {
            chosen_contract(contract, "it holds the service that the workload uses")
        }
        (None, [only]) => chosen_contract(only, "the only active one with a service of Acronis"),
        (None, [oldest, ..]) => {
            chosen_contract(oldest, "the oldest active one with a service of Acronis")
        }
        (None, []) => TicketAssociations {
            contract_words: "none; the company has no active contract with a service of Acronis"
                .to_owned(),
            ..TicketAssociations::default()
        },
    }
}

fn chosen_contract(contract: &Contract, why: &str) -> TicketAssociations {
    TicketAssociations {
        contract: Some(contract.id),
        contract_name: contract.name.clone(),
        contract_words: format!("{} ({}): {why}", contract.name, contract.id),
        ..TicketAssociations::default()
    }
}

fn used_items(alert: &Alert) -> &'static [&'static str] {
    let category = alert.category.to_lowercase();
    USES.iter()
        .find(|(start, _)| begins_with_word(&alert.kind, start) || category == *start)
        .map_or(&[], |(_, parts)| *parts)
}

/// Whether a type, words run together with capitals, begins with a word: `DrFailover` with `dr`,
/// `DriveFailure` not.
fn begins_with_word(kind: &str, word: &str) -> bool {
    let Some((start, rest)) = kind.split_at_checked(word.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_lowercase())
}

/// The configuration item, when exactly one of the company's has the workload's name.
fn find_configuration_item(
    desk: &Desk,
    place: &Destination,
    workload: &str,
) -> Option<(Option<ConfigurationItemId>, String)> {
    if workload.is_empty() {
        return None;
    }
    let wanted = workload.to_lowercase();
    let items = desk.configuration_items.get(&place.company)?;
    let mut named = items.iter().filter(|item| {
        item.names
            .iter()
            .any(|name| name.trim().to_lowercase() == wanted)
    });
    match (named.next(), named.next()) {
        (Some(item), None) => Some((Some(item.id), format!("{workload} ({})", item.id))),
        (Some(_), Some(_)) => Some((None, format!("none; several are called {workload}"))),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests;
