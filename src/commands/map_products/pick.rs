//! What a person typed → the item or service that is meant; exactly one, or a sentence.

use anyhow::Result;

use super::facts::{Facts, Item, Service};
use crate::exit::Usage;
use crate::report::Report;

/// The items that the arguments name; where none is named, the one that is picked on the terminal.
pub(super) fn items<'f>(
    facts: &'f Facts,
    typed: &[String],
    report: &Report,
) -> Result<Vec<&'f Item>> {
    if typed.is_empty() {
        return item_or_ask(facts, None, report).map(|item| vec![item]);
    }
    let mut items = Vec::new();
    for text in typed {
        let found = item(facts, text)?;
        let twice = |item: &&Item| item.account == found.account && item.key == found.key;
        if !items.iter().any(twice) {
            items.push(found);
        }
    }
    Ok(items)
}

/// The item that was typed, or else the one that is picked on the terminal.
pub(super) fn item_or_ask<'f>(
    facts: &'f Facts,
    typed: Option<&str>,
    report: &Report,
) -> Result<&'f Item> {
    if let Some(typed) = typed {
        return item(facts, typed);
    }
    let lines = facts.items.iter().map(|item| item_line(facts, item));
    let picked = report.pick("Which item? (type to filter)", lines.collect());
    picked
        .and_then(|at| facts.items.get(at))
        .ok_or_else(|| missing("ITEM", "acrotask map-products list"))
}

/// The service that was typed, or else the one that is picked on the terminal.
pub(super) fn service_or_ask<'f>(
    facts: &'f Facts,
    typed: Option<&str>,
    report: &Report,
) -> Result<&'f Service> {
    if let Some(typed) = typed {
        return service(facts, typed);
    }
    let unused: Vec<&Service> = facts
        .services
        .iter()
        .filter(|service| service.active && facts.holder(service.id).is_none())
        .collect();
    let lines = unused.iter().map(|service| service_line(service));
    let picked = report.pick("Which service? (type to filter)", lines.collect());
    picked
        .and_then(|at| unused.get(at).copied())
        .ok_or_else(|| missing("SERVICE", "the services in Autotask"))
}

fn missing(what: &str, place: &str) -> anyhow::Error {
    Usage(format!(
        "no {what} was named or picked; {place} shows what there is. Nothing was written"
    ))
    .into()
}

fn item_line(facts: &Facts, item: &Item) -> String {
    let storage = item
        .storage
        .as_ref()
        .map(|storage| format!(", {}", storage.name))
        .unwrap_or_default();
    format!(
        "{} {} {}{storage} [{}]",
        item.full_name(),
        item.edition_label,
        item.label,
        facts.before(item)
    )
}

fn service_line(service: &Service) -> String {
    let period = service.period.as_ref().map_or("", |(_, label)| label);
    format!("{} ({}) {period}", service.name, service.id)
}

/// The item that `[account/]name[@storage]` names; the storage by id, or by its name.
pub(super) fn item<'f>(facts: &'f Facts, typed: &str) -> Result<&'f Item> {
    let named: Vec<&Item> = facts
        .items
        .iter()
        .filter(|item| fits(item, typed))
        .collect();
    match named.as_slice() {
        [one] => Ok(one),
        [] => Err(Usage(format!(
            "no offering item is called {typed:?}; `acrotask map-products list` shows them all"
        ))
        .into()),
        several => {
            let names: Vec<String> = several.iter().map(|item| candidate(item)).collect();
            Err(Usage(format!(
                "{typed:?} names several items: {}",
                names.join(", ")
            ))
            .into())
        }
    }
}

fn candidate(item: &Item) -> String {
    match &item.storage {
        Some(storage) => format!("{} ({})", item.full_name(), storage.name),
        None => item.full_name(),
    }
}

fn fits(item: &Item, typed: &str) -> bool {
    let (front, infra) = match typed.split_once('@') {
        Some((front, infra)) => (front, Some(infra)),
        None => (typed, None),
    };
    let (account, name) = match front.split_once('/') {
        Some((account, name)) => (Some(account), name),
        None => (None, front),
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
