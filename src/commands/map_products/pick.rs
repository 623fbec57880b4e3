//! What a person typed → the item or service that is meant; exactly one, or a sentence.

use anyhow::Result;

use super::plan::{Facts, Item, Service};
use crate::exit::Usage;

/// The items that the arguments name.
pub(super) fn items<'f>(facts: &'f Facts, typed: &[String]) -> Result<Vec<&'f Item>> {
    typed.iter().map(|text| item(facts, text)).collect()
}

/// The item that `[account/]name[@storage]` names; the storage by id, or by its name.
pub(super) fn item<'f>(facts: &'f Facts, typed: &str) -> Result<&'f Item> {
    let fitting: Vec<&Item> = facts
        .items
        .iter()
        .filter(|item| fits(item, typed))
        .collect();
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => Err(Usage(format!(
            "no offering item is called {typed:?}; `acrotask map-products list` shows them all"
        ))
        .into()),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|item| format!("{}/{}", item.account, item.key))
                .collect();
            Err(Usage(format!(
                "{typed:?} names several items: {}",
                names.join(", ")
            ))
            .into())
        }
    }
}

fn fits(item: &Item, typed: &str) -> bool {
    let (account, rest) = match typed.split_once('/') {
        Some((account, rest)) => (Some(account), rest),
        None => (None, typed),
    };
    let (name, infra) = match rest.split_once('@') {
        Some((name, infra)) => (name, Some(infra)),
        None => (rest, None),
    };
    account.is_none_or(|account| account == item.account.as_str())
        && name == item.key.name
        && infra.is_none_or(|infra| is_storage(item, infra))
}

fn is_storage(item: &Item, typed: &str) -> bool {
    let by_id = item
        .key
        .infra
        .as_ref()
        .is_some_and(|id| id.as_str().eq_ignore_ascii_case(typed));
    by_id
        || item
            .storage
            .as_ref()
            .is_some_and(|storage| storage.name == typed)
}

/// The service with this id or exact name.
pub(super) fn service<'f>(facts: &'f Facts, typed: &str) -> Result<&'f Service> {
    let by_id = facts
        .services
        .iter()
        .find(|service| service.id.to_string() == typed);
    let by_name = || facts.services.iter().find(|service| service.name == typed);
    by_id.or_else(by_name).ok_or_else(|| {
        Usage(format!(
            "Autotask has no service with the id or exact name {typed:?}"
        ))
        .into()
    })
}
