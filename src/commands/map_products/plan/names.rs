//! What new services are called.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Item};
use crate::config::{NameParts, NameTemplate};
use crate::domain::ids::{AccountName, ItemKey};
use crate::domain::names::database_form;

/// Characters that a service's name may have (autotask.md §8.7).
pub(super) const NAME_CHARS_MAX: usize = 100;

/// The name of the service of each item that can be mapped.
pub(super) type Names = BTreeMap<(AccountName, ItemKey), String>;

/// A name each, by the template. Items that it does not tell apart get their storage's name added,
/// then their account's, then their own raw name: Autotask refuses a second service of one name
/// (autotask.md §8.7). A name depends on all items there are, not on which of them are being
/// mapped, so that a second run after a failure gives the same names.
pub(super) fn names(facts: &Facts, template: &NameTemplate) -> Names {
    let items: Vec<&Item> = facts
        .items
        .iter()
        .filter(|item| item.why_unmappable().is_none())
        .collect();
    let mut names: Vec<String> = items.iter().map(|item| rendered(item, template)).collect();
    let storage = |item: &Item| item.storage.as_ref().map(|storage| storage.name.clone());
    let account = |item: &Item| Some(item.account.to_string());
    let raw = |item: &Item| Some(item.key.to_string());
    let taken = taken(facts);
    told_apart(&mut names, &items, &taken, &storage);
    told_apart(&mut names, &items, &taken, &account);
    told_apart(&mut names, &items, &taken, &raw);
    let keys = items
        .iter()
        .map(|item| (item.account.clone(), item.key.clone()));
    keys.zip(names).collect()
}

fn rendered(item: &Item, template: &NameTemplate) -> String {
    template.render(NameParts {
        edition: &item.edition_label,
        item: &item.label,
        account: item.account.as_str(),
        storage: item.storage.as_ref().map_or("", |storage| &storage.name),
    })
}

/// Names of services that count other items than the one asked about.
type Taken<'f> = BTreeMap<String, (&'f AccountName, &'f ItemKey)>;

fn taken(facts: &Facts) -> Taken<'_> {
    facts
        .services
        .iter()
        .filter_map(|service| {
            let holder = facts.holder(service.id)?;
            Some((
                database_form(&service.name),
                (&holder.account, &holder.item),
            ))
        })
        .collect()
}

fn told_apart(
    names: &mut [String],
    items: &[&Item],
    taken: &Taken<'_>,
    by: &dyn Fn(&Item) -> Option<String>,
) {
    let mut seen = BTreeSet::new();
    let lower = names.iter().map(|name| database_form(name));
    let doubled: BTreeSet<String> = lower.filter(|name| !seen.insert(name.clone())).collect();
    for (name, item) in names.iter_mut().zip(items) {
        let folded = database_form(name);
        let is_taken = taken
            .get(&folded)
            .is_some_and(|holder| *holder != (&item.account, &item.key));
        if (doubled.contains(&folded) || is_taken)
            && let Some(more) = by(item)
        {
            *name = format!("{name} - {more}");
        }
    }
}
