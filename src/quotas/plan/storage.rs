//! Which storage a customer's backups go to: one per customer (acronis.md §5.4, §7).

use std::collections::{BTreeMap, BTreeSet};

use super::edition;
use super::planner::{Blocked, DesiredQuota, QuotaPlanner, service_of};
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
pub(super) fn choose_storage(sheet: &mut QuotaPlanner<'_>) {
    if sheet.relevant_contracts().is_empty() {
        return;
    }
    if contracts_hold_one(sheet) {
        block_second_storage(sheet);
        return;
    }
    let customer = sheet.customer;
    let mut has_one = false;
    for (key, item) in &customer.items {
        if !is_storage(key, item) || sheet.find_choice(key) == Some(&MappingChoice::Free) {
            has_one |= is_storage(key, item) && item.level != Level::Off;
            continue;
        }
        if item.level != Level::Off {
            has_one = true;
            sheet.keeps_storage |= sheet.desired.remove(key).is_some();
        }
    }
    let wants_any = sheet.desired.iter().any(|(key, target)| {
        target.level.is_of_use()
            && sheet
                .find_item(key)
                .is_some_and(|item| edition::edition_of(item).is_some())
    });
    if !has_one && wants_any {
        if customer_storages_unread(sheet) {
            return;
        }
        assign_default(sheet);
    }
}

/// Nothing of a customer is changed that needs a storage while nobody knows which there are.
fn customer_storages_unread(sheet: &mut QuotaPlanner<'_>) -> bool {
    let unread = (sheet.facts.storages_unread).contains(&sheet.customer.account);
    if unread {
        let text =
            "it needs a storage, but the account's storages could not be read; nothing of it \
                    is changed this time"
                .to_owned();
        let note = sheet.customer_remark(
            RemarkKind::StorageUnknown,
            sheet.customer.tenant_name.clone(),
            text,
            true,
        );
        sheet.remarks.push(note);
        sheet.undecided = true;
    }
    unread
}

/// Whether a relevant contract holds the service of any storage, of this tenant or not.
fn contracts_hold_one(sheet: &QuotaPlanner<'_>) -> bool {
    let services: BTreeSet<_> = sheet
        .relevant_contracts()
        .iter()
        .flat_map(|contract| contract.held_services())
        .collect();
    sheet.links.iter().any(|(key, link)| {
        let named_storage = || key.infra.is_some() && key.name.ends_with("_base_storage");
        let stored = sheet
            .find_item(key)
            .map_or_else(named_storage, |item| is_storage(key, item));
        stored && service_of(link).is_some_and(|service| services.contains(&service))
    })
}

/// A customer holds one storage: a second one is not switched on beside it.
fn block_second_storage(sheet: &mut QuotaPlanner<'_>) {
    let mut enabled: BTreeSet<&InfraId> = BTreeSet::new();
    let mut added: BTreeMap<ItemKey, InfraId> = BTreeMap::new();
    for (key, item) in &sheet.customer.items {
        let Some(infra) = key.infra.as_ref().filter(|_| is_storage(key, item)) else {
            continue;
        };
        if item.level != Level::Off {
            enabled.insert(infra);
        } else if sheet.level_after(key).is_of_use() {
            added.insert(key.clone(), infra.clone());
        }
    }
    added.retain(|_, infra| !enabled.contains(infra));
    let all: BTreeSet<&InfraId> = enabled.iter().copied().chain(added.values()).collect();
    if all.len() < 2 || added.is_empty() {
        return;
    }
    let names: Vec<String> = all.iter().map(|id| storage_name(sheet, id)).collect();
    let text = format!(
        "{}: its contracts include several storages ({}), but a customer can have only one, so no \
         other is switched on",
        sheet.customer_in_words(),
        names.join(", ")
    );
    let items = added.into_keys().collect();
    sheet.blocked.push(Blocked {
        code: RefusalCode::SecondStorage,
        text,
        items,
        approvable: false,
    });
}

fn assign_default(sheet: &mut QuotaPlanner<'_>) {
    let editions = edition::own_editions(sheet);
    let offered: Vec<(&ItemKey, &InfraId)> = sheet
        .customer
        .items
        .iter()
        .filter(|(key, item)| is_storage(key, item))
        .filter(|(_, item)| {
            edition::edition_of(item).is_none_or(|edition| editions.contains(edition))
        })
        .filter_map(|(key, _)| Some((key, key.infra.as_ref()?)))
        .filter(|(_, infra)| {
            let known = sheet.facts.storages.get(*infra);
            known.is_some_and(|storage| storage.holds_backups)
        })
        .collect();
    // Somebody who leaves storages alone assigns them by hand.
    let all_left = !offered.is_empty()
        && offered
            .iter()
            .all(|(key, _)| sheet.find_choice(key) == Some(&MappingChoice::Leave));
    if all_left {
        return;
    }
    match pick_default_storage(sheet, &offered) {
        Ok((key, because)) => {
            let target = DesiredQuota {
                level: Level::UNLIMITED,
                because: vec![because],
                contracts: BTreeSet::new(),
                needs: None,
            };
            sheet.desired.insert(key.clone(), target);
        }
        Err(text) => sheet.refusals.push(Refusal {
            code: RefusalCode::NoDefaultStorage,
            text,
            key: Some("provisioning.default_storage"),
            scope: Reach::Companies(BTreeSet::from([sheet.customer.party.id])),
            approvable: false,
        }),
    }
}

fn pick_default_storage<'k>(
    sheet: &QuotaPlanner<'_>,
    offered: &[(&'k ItemKey, &InfraId)],
) -> Result<(&'k ItemKey, String), String> {
    let choices = || {
        let named = offered.iter().map(|(_, infra)| storage_name(sheet, infra));
        named.collect::<Vec<_>>().join(", ")
    };
    let account = &sheet.customer.account;
    let Some(wanted) = sheet.rules.default_storage.get(account) else {
        return match offered {
            [(key, _)] => Ok((*key, "the only storage of the account".to_owned())),
            [] => Err(format!(
                "{}: it needs a storage, but the account can offer none",
                sheet.customer_in_words()
            )),
            _ => Err(format!(
                "{}: it needs a storage, and the account has several: {}; set one in \
                 provisioning.default_storage.{account}",
                sheet.customer_in_words(),
                choices()
            )),
        };
    };
    let id = InfraId::new(wanted);
    let found: Vec<&ItemKey> = offered
        .iter()
        .filter(|(_, infra)| {
            let known = sheet.facts.storages.get(*infra);
            **infra == id || known.is_some_and(|storage| storage.name == *wanted)
        })
        .map(|(key, _)| *key)
        .collect();
    match found.as_slice() {
        [key] => Ok((*key, "the account's default storage".to_owned())),
        [] => Err(format!(
            "{}: its default storage {wanted:?} is not among those that it can get: {}",
            sheet.customer_in_words(),
            if offered.is_empty() {
                "none".to_owned()
            } else {
                choices()
            }
        )),
        _ => Err(format!(
            "{}: several storages are named {wanted:?}; give the id of one: {}",
            sheet.customer_in_words(),
            choices()
        )),
    }
}

/// `EU-1 in Frankfurt (9a1b…)`.
fn storage_name(sheet: &QuotaPlanner<'_>, id: &InfraId) -> String {
    match sheet.facts.storages.get(id) {
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
