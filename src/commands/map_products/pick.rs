//! What a person typed → the item or service that is meant; exactly one, or a sentence.

use anyhow::Result;

use super::facts::{Facts, Item, Service};
use crate::domain::labels::several_by_id;
use crate::domain::meant::{Candidate, did_you_mean};
use crate::domain::names::same_in_database;
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
        "no {what} was given or chosen; {place} lists what exists. Nothing was written"
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
            "no offering item is named {typed:?}{}; `acrotask map-products list` lists them all",
            meant_items(facts, typed)
        ))
        .into()),
        several => {
            let names: Vec<String> = several.iter().map(|item| candidate(item)).collect();
            Err(Usage(format!(
                "{typed:?} matches several items: {}",
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
            .is_some_and(|storage| same_in_database(&storage.name, typed))
}

/// Items of names like the one that was typed.
fn meant_items(facts: &Facts, typed: &str) -> String {
    let candidates: Vec<Candidate> = facts
        .items
        .iter()
        .map(|item| Candidate {
            id: String::new(),
            name: item.key.name.clone(),
            shown: candidate(item),
        })
        .collect();
    let (_, name) = typed.split_once('/').unwrap_or(("", typed));
    did_you_mean(&candidates, name.split('@').next().unwrap_or(name))
}

/// The service with this id or name; names are compared as Autotask's database does.
///
/// # Errors
/// When there is none, with what was probably meant.
pub(super) fn service<'f>(facts: &'f Facts, typed: &str) -> Result<&'f Service> {
    let by_id = facts
        .services
        .iter()
        .find(|service| service.id.to_string() == typed.trim());
    if let Some(service) = by_id {
        return Ok(service);
    }
    let named: Vec<&Service> = facts
        .services
        .iter()
        .filter(|service| same_in_database(&service.name, typed))
        .collect();
    match named.as_slice() {
        [one] => Ok(one),
        [] => {
            let candidates: Vec<Candidate> = facts.services.iter().map(service_candidate).collect();
            Err(Usage(format!(
                "Autotask has no service with the id or name {typed:?}{}",
                did_you_mean(&candidates, typed)
            ))
            .into())
        }
        several => {
            let all = several.iter().map(|one| service_candidate(one).shown);
            Err(Usage(format!(
                "{typed:?} matches several services: {}",
                several_by_id(all)
            ))
            .into())
        }
    }
}

fn service_candidate(service: &Service) -> Candidate {
    Candidate {
        id: service.id.to_string(),
        name: service.name.clone(),
        shown: format!("{} ({})", service.name, service.id),
    }
}
