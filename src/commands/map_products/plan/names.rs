//! What new services are called.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, MappableItem};
use crate::config::{NameParts, NameTemplate};
use crate::domain::ids::{AccountName, ItemKey};
use crate::domain::names::database_form;

/// Characters that a service's name may have (autotask.md §8.7).
pub(super) const NAME_CHARS_MAX: usize = 100;

/// The name of the service of each item that can be mapped.
pub(super) type ServiceNames = BTreeMap<(AccountName, ItemKey), String>;

/// A name each, by the template. Items that it does not tell apart get their storage's name added,
/// then their account's, then their own raw name: Autotask refuses a second service of one name
/// (autotask.md §8.7). A name depends on all items there are, not on which of them are being
/// mapped, so that a second run after a failure gives the same names.
pub(super) fn name_services(facts: &Facts, template: &NameTemplate) -> ServiceNames {
    let items: Vec<&MappableItem> = facts
        .items
        .iter()
        .filter(|item| item.why_unmappable().is_none())
        .collect();
    let mut names: Vec<String> = items
        .iter()
        .map(|item| render_name(item, template))
        .collect();
    let storage = |item: &MappableItem| item.storage.as_ref().map(|storage| storage.name.clone());
    let account = |item: &MappableItem| Some(item.account.to_string());
    let raw = |item: &MappableItem| Some(item.key.to_string());
    let taken = taken_names(facts);
    make_names_unique(&mut names, &items, &taken, &storage);
    make_names_unique(&mut names, &items, &taken, &account);
    make_names_unique(&mut names, &items, &taken, &raw);
    let keys = items
        .iter()
        .map(|item| (item.account.clone(), item.key.clone()));
    keys.zip(names).collect()
}

fn render_name(item: &MappableItem, template: &NameTemplate) -> String {
    template.render_name(NameParts {
        edition: &item.edition_label,
        item: &item.label,
        account: item.account.as_str(),
        storage: item.storage.as_ref().map_or("", |storage| &storage.name),
    })
}

/// Names of services that count other items than the one asked about.
type TakenNames<'f> = BTreeMap<String, (&'f AccountName, &'f ItemKey)>;

fn taken_names(facts: &Facts) -> TakenNames<'_> {
    facts
        .services
        .iter()
        .filter_map(|service| {
            let holder = facts.link_to_service(service.id)?;
            Some((
                database_form(&service.name),
                (&holder.account, &holder.item),
            ))
        })
        .collect()
}

fn make_names_unique(
    names: &mut [String],
    items: &[&MappableItem],
    taken: &TakenNames<'_>,
    by: &dyn Fn(&MappableItem) -> Option<String>,
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
