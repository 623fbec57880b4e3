//! What a person typed → the item or service that is meant; exactly one, or a sentence.

use anyhow::Result;

use super::facts::{Facts, MappableItem, ServiceFacts};
use crate::domain::labels::several_by_id;
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::domain::names::{filter_by_name, same_in_database};
use crate::exit::UsageError;
use crate::report::Report;

/// The items that the arguments name; where none is named, the one that is picked on the terminal.
pub(super) fn match_items<'f>(
    facts: &'f Facts,
    typed: &[String],
    report: &Report,
) -> Result<Vec<&'f MappableItem>> {
    if typed.is_empty() {
        return item_or_ask(facts, None, report).map(|item| vec![item]);
    }
    let mut items = Vec::new();
    for text in typed {
        let found = match_item(facts, text)?;
        let twice = |item: &&MappableItem| item.account == found.account && item.key == found.key;
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
) -> Result<&'f MappableItem> {
    if let Some(typed) = typed {
        return match_item(facts, typed);
    }
    let items: Vec<&MappableItem> = facts.items.iter().collect();
    let line = |item: &MappableItem| item_line(facts, item);
    report
        .pick_one("Which item? (type to filter)", &items, line)
        .ok_or_else(|| nothing_picked("ITEM", "acrotask map-products list"))
}

/// The service that was typed, or else the one that is picked on the terminal.
pub(super) fn service_or_ask<'f>(
    facts: &'f Facts,
    typed: Option<&str>,
    report: &Report,
) -> Result<&'f ServiceFacts> {
    if let Some(typed) = typed {
        return match_service(facts, typed);
    }
    let unused: Vec<&ServiceFacts> = facts
        .services
        .iter()
        .filter(|service| service.active && facts.link_to_service(service.id).is_none())
        .collect();
    report
        .pick_one("Which service? (type to filter)", &unused, service_line)
        .ok_or_else(|| nothing_picked("SERVICE", "the services in Autotask"))
}

fn nothing_picked(what: &str, place: &str) -> anyhow::Error {
    UsageError(format!(
        "no {what} was given or chosen; {place} lists what exists. Nothing was written"
    ))
    .into()
}

fn item_line(facts: &Facts, item: &MappableItem) -> String {
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
        facts.choice_before(item)
    )
}

fn service_line(service: &ServiceFacts) -> String {
    let period = service.period.as_ref().map_or("", |(_, label)| label);
    format!("{} ({}) {period}", service.name, service.id)
}

/// The item that `[account/]name[@storage]` names; the storage by id, or by its name.
pub(super) fn match_item<'f>(facts: &'f Facts, typed: &str) -> Result<&'f MappableItem> {
    let named: Vec<&MappableItem> = facts
        .items
        .iter()
        .filter(|item| is_named(item, typed))
        .collect();
    match named.as_slice() {
        [one] => Ok(one),
        [] => Err(UsageError(format!(
            "no offering item is named {typed:?}{}; `acrotask map-products list` lists them all",
            suggest_items(facts, typed)
        ))
        .into()),
        several => {
            let names: Vec<String> = several.iter().map(|item| format_candidate(item)).collect();
            Err(UsageError(format!(
                "{typed:?} matches several items: {}",
                names.join(", ")
            ))
            .into())
        }
    }
}

fn format_candidate(item: &MappableItem) -> String {
    match &item.storage {
        Some(storage) => format!("{} ({})", item.full_name(), storage.name),
        None => item.full_name(),
    }
}

fn is_named(item: &MappableItem, typed: &str) -> bool {
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

fn is_storage(item: &MappableItem, typed: &str) -> bool {
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
fn suggest_items(facts: &Facts, typed: &str) -> String {
    let candidates: Vec<LookupCandidate> = facts
        .items
        .iter()
        .map(|item| LookupCandidate {
            id: String::new(),
            name: item.key.name.clone(),
            shown: format_candidate(item),
        })
        .collect();
    let (_, name) = typed.split_once('/').unwrap_or(("", typed));
    did_you_mean(&candidates, name.split('@').next().unwrap_or(name))
}

/// The service with this id or name; names are compared as Autotask's database does.
///
/// # Errors
/// When there is none, with what was probably meant.
pub(super) fn match_service<'f>(facts: &'f Facts, typed: &str) -> Result<&'f ServiceFacts> {
    let by_id = facts
        .services
        .iter()
        .find(|service| service.id.to_string() == typed.trim());
    if let Some(service) = by_id {
        return Ok(service);
    }
    let named = filter_by_name(&facts.services, |service| &service.name, typed);
    match named.as_slice() {
        [one] => Ok(one),
        [] => {
            let candidates: Vec<LookupCandidate> =
                facts.services.iter().map(service_candidate).collect();
            Err(UsageError(format!(
                "Autotask has no service with the id or name {typed:?}{}",
                did_you_mean(&candidates, typed)
            ))
            .into())
        }
        several => {
            let all = several.iter().map(|one| service_candidate(one).shown);
            Err(UsageError(format!(
                "{typed:?} matches several services: {}",
                several_by_id(all)
            ))
            .into())
        }
    }
}

fn service_candidate(service: &ServiceFacts) -> LookupCandidate {
    LookupCandidate {
        id: service.id.to_string(),
        name: service.name.clone(),
        shown: format!("{} ({})", service.name, service.id),
    }
}
