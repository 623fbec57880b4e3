//! Which storage a customer's backups go to: one per customer (acronis.md §5.4, §7).

use std::collections::{BTreeMap, BTreeSet};

use super::customer::CustomerView;
use super::decision::{Blocked, CustomerDecision, DesiredQuota};
use super::edition;
use crate::config::Provisioning;
use crate::domain::ids::{AccountName, InfraId, ItemKey};
use crate::domain::links::MappingChoice;
use crate::plan::{Reach, Refusal, RefusalCode, Remark, RemarkKind};
use crate::quotas::facts::{Level, QuotaItem};

/// A storage for backups: such rows exist once per storage (acronis.md §5.6, §7).
fn is_storage(key: &ItemKey, item: &QuotaItem) -> bool {
    key.infra.is_some() && item.usage_name.as_deref() == Some("storage")
}

/// Treats storages like any item when the contracts hold one; otherwise leaves an enabled one as it
/// is, or assigns the default one.
pub(super) fn choose_storage(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    if view.relevant_contracts().is_empty() {
        return decision;
    }
    if contracts_hold_one(view) {
        let second = block_second_storage(view, &decision);
        decision.blocked.extend(second);
        return decision;
    }
    let items = view.customer.items.iter();
    let enabled = items.filter(|(key, item)| is_storage(key, item) && item.level != Level::Off);
    let enabled: Vec<&ItemKey> = enabled.map(|(key, _)| key).collect();
    for key in &enabled {
        if view.find_choice(key) != Some(&MappingChoice::Free) {
            decision.keeps_storage |= decision.desired.remove(*key).is_some();
        }
    }
    let has_edition = |key: &ItemKey| view.find_item(key).and_then(edition::edition_of).is_some();
    let mut desired = decision.desired.iter();
    let wants_one = desired.any(|(key, target)| target.level.is_of_use() && has_edition(key));
    if !enabled.is_empty() || !wants_one {
        return decision;
    }
    if view.facts.storages_unread.contains(&view.customer.account) {
        return leave_undecided(view, decision);
    }
    assign_default(view, decision)
}

/// Nothing of a customer is changed that needs a storage while nobody knows which there are.
fn leave_undecided(view: &CustomerView<'_>, mut decision: CustomerDecision) -> CustomerDecision {
    let text = "it needs a storage, but the account's storages could not be read; nothing of it is \
                changed this time";
    let name = &view.customer.tenant_name;
    let remark = view.customer_remark(RemarkKind::StorageUnknown, name, text);
    decision.remarks.push(remark.for_person().told_by(&[]));
    decision.undecided = true;
    decision
}

/// Whether a relevant contract holds the service of any storage, of this tenant or not.
fn contracts_hold_one(view: &CustomerView<'_>) -> bool {
    let is_held = |service| {
        let mut contracts = view.relevant_contracts().iter();
        contracts.any(|contract| contract.holds_service(service))
    };
    view.links.iter().any(|(key, link)| {
        let named_storage = || key.infra.is_some() && key.name.ends_with("_base_storage");
        let stored = view
            .find_item(key)
            .map_or_else(named_storage, |item| is_storage(key, item));
        stored && link.choice.service_id().is_some_and(is_held)
    })
}

/// A customer holds one storage: a second one is not switched on beside it.
fn block_second_storage(view: &CustomerView<'_>, decision: &CustomerDecision) -> Option<Blocked> {
    let mut enabled: BTreeSet<&InfraId> = BTreeSet::new();
    let mut added: BTreeMap<&ItemKey, &InfraId> = BTreeMap::new();
    for (key, item) in &view.customer.items {
        let Some(infra) = key.infra.as_ref().filter(|_| is_storage(key, item)) else {
            continue;
        };
        if item.level != Level::Off {
            enabled.insert(infra);
        } else if decision.level_after(view, key).is_of_use() {
            added.insert(key, infra);
        }
    }
    added.retain(|_, infra| !enabled.contains(infra));
    let all: BTreeSet<&InfraId> = enabled.iter().chain(added.values()).copied().collect();
    if all.len() < 2 || added.is_empty() {
        return None;
    }
    let why = format!(
        "its contracts include several storages ({}), but a customer can have only one, so no \
         other is switched on",
        join_names(view, all)
    );
    let items = added.into_keys().cloned().collect();
    let code = RefusalCode::SecondStorage;
    Some(Blocked::until_changed(view, code, items, &why))
}

fn assign_default(view: &CustomerView<'_>, mut decision: CustomerDecision) -> CustomerDecision {
    let editions = edition::own_editions(view, &decision);
    let is_own = |item| edition::edition_of(item).is_none_or(|edition| editions.contains(edition));
    let holds_backups = |infra| {
        let known = view.facts.storages.get(infra);
        known.is_some_and(|storage| storage.holds_backups)
    };
    let items = view.customer.items.iter();
    let offered: Vec<(&ItemKey, &InfraId)> = items
        .filter(|(key, item)| is_storage(key, item) && is_own(item))
        .filter_map(|(key, _)| Some((key, key.infra.as_ref()?)))
        .filter(|(_, infra)| holds_backups(infra))
        .collect();
    // Somebody who leaves storages alone assigns them by hand.
    let is_left = |key: &ItemKey| view.find_choice(key) == Some(&MappingChoice::Leave);
    if !offered.is_empty() && offered.iter().all(|(key, _)| is_left(key)) {
        return decision;
    }
    match pick_default(view, &offered) {
        Ok((key, because)) => {
            let target = DesiredQuota::without_contract(Level::UNLIMITED, because);
            decision.desired.insert(key.clone(), target);
        }
        Err(why) => decision.refusals.push(Refusal {
            code: RefusalCode::NoDefaultStorage,
            text: format!("{}: {why}", view.customer_in_words()),
            key: Some(Provisioning::DEFAULT_STORAGE),
            scope: Reach::Companies(BTreeSet::from([view.customer.party.id])),
            approvable: false,
        }),
    }
    decision
}

/// The storage that a customer gets, and why it is that one.
///
/// # Errors
/// Why there is none.
fn pick_default<'k>(
    view: &CustomerView<'_>,
    offered: &[(&'k ItemKey, &InfraId)],
) -> Result<(&'k ItemKey, &'static str), String> {
    let choices = || join_names(view, offered.iter().map(|(_, infra)| *infra));
    let account = &view.customer.account;
    let Some(wanted) = view.rules.default_storage.get(account) else {
        return match offered {
            [(key, _)] => Ok((*key, "the only storage of the account")),
            [] => Err("it needs a storage, but the account can offer none".to_owned()),
            _ => Err(format!(
                "it needs a storage, and the account has several: {}; set one in \
                 provisioning.default_storage.{account}",
                choices()
            )),
        };
    };
    let id = InfraId::new(wanted);
    let is_wanted = |infra: &InfraId| {
        let known = view.facts.storages.get(infra);
        *infra == id || known.is_some_and(|storage| storage.name == *wanted)
    };
    let found = offered.iter().filter(|(_, infra)| is_wanted(infra));
    let found: Vec<&ItemKey> = found.map(|(key, _)| *key).collect();
    match found.as_slice() {
        [key] => Ok((*key, "the account's default storage")),
        [] => Err(format!(
            "its default storage {wanted:?} is not among those that it can get: {}",
            if offered.is_empty() {
                "none".to_owned()
            } else {
                choices()
            }
        )),
        _ => Err(format!(
            "several storages are named {wanted:?}; give the id of one: {}",
            choices()
        )),
    }
}

fn join_names<'i>(view: &CustomerView<'_>, ids: impl IntoIterator<Item = &'i InfraId>) -> String {
    let names = ids.into_iter().map(|id| storage_name(view, id));
    names.collect::<Vec<_>>().join(", ")
}

/// `EU-1 in Frankfurt (9a1b…)`.
fn storage_name(view: &CustomerView<'_>, id: &InfraId) -> String {
    match view.facts.storages.get(id) {
        Some(storage) => match &storage.location {
            Some(place) => format!("{} in {place} ({id})", storage.name),
            None => format!("{} ({id})", storage.name),
        },
        None => id.to_string(),
    }
}

/// One note an account on how many customers keep their storage: it is so for nearly all of them.
pub(super) fn remark_on_kept_storages(kept: &BTreeMap<AccountName, usize>) -> Vec<Remark> {
    let told = kept.iter().filter(|(_, count)| **count > 0);
    told.map(|(account, count)| {
        Remark::new(
            RemarkKind::StorageKept,
            "storage".to_owned(),
            format!(
                "customers whose storage stays as it is, because no contract of theirs includes a \
             mapped one: {count}"
            ),
        )
        .of_account(account)
    })
    .collect()
}
