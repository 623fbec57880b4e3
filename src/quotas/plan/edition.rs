//! One Cyber Protection edition per customer (acronis.md §5.4).

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::{Hold, Sheet, contracts_in_words};
use crate::domain::ids::{ContractId, ItemKey};
use crate::domain::links::Choice;
use crate::quotas::facts::{Item, Level};

/// The Cyber Protection edition of an item. File Sync & Share has editions of its own
/// (acronis.md §5.5); that a customer has one of those too is not stated, so they are not judged.
pub(super) fn of(item: &Item) -> Option<&str> {
    item.edition
        .as_deref()
        .filter(|edition| !edition.starts_with("fss_"))
}

/// The editions that the customer has, or, for one that has none yet, that its contracts want.
pub(super) fn own<'f>(sheet: &Sheet<'f>) -> BTreeSet<&'f str> {
    let enabled: BTreeSet<&str> = sheet
        .customer
        .items
        .values()
        .filter(|item| item.level != Level::Off)
        .filter_map(of)
        .collect();
    if enabled.is_empty() {
        wanted(sheet).into_keys().collect()
    } else {
        enabled
    }
}

/// The editions of the items that contracts want on.
fn wanted<'f>(sheet: &Sheet<'f>) -> BTreeMap<&'f str, (BTreeSet<ItemKey>, BTreeSet<ContractId>)> {
    let mut found: BTreeMap<&str, (BTreeSet<ItemKey>, BTreeSet<ContractId>)> = BTreeMap::new();
    for (key, target) in &sheet.targets {
        let edition = sheet.item(key).and_then(of);
        let Some(edition) = edition.filter(|_| !target.contracts.is_empty()) else {
            continue;
        };
        let (items, contracts) = found.entry(edition).or_default();
        items.insert(key.clone());
        contracts.extend(target.contracts.iter().copied());
    }
    found
}

/// Holds back what contracts want of another edition, and does not hand out free items of one.
pub(super) fn one(sheet: &mut Sheet<'_>) {
    let own = own(sheet);
    let wanted = wanted(sheet);
    // A tenant that has two editions already (from older days) may go on with both.
    let has_none = sheet
        .customer
        .items
        .values()
        .all(|item| item.level == Level::Off || of(item).is_none());
    for (edition, (items, contracts)) in &wanted {
        let fits = own.contains(edition) && !(has_none && own.len() > 1);
        if fits {
            continue;
        }
        let text = if has_none {
            format!(
                "{}: its contracts include two editions of Cyber Protection ({}), but a customer \
                 can have only one; {} asks for {edition}",
                sheet.whom(),
                own.iter().copied().collect::<Vec<_>>().join(" and "),
                contracts_in_words(contracts),
            )
        } else {
            format!(
                "{}: the tenant's edition is {}, but {} includes {} items of {edition}, and a \
                 customer can have only one edition: change the contract, or the edition in \
                 Acronis",
                sheet.whom(),
                own.iter().copied().collect::<Vec<_>>().join(" and "),
                contracts_in_words(contracts),
                items.len(),
            )
        };
        sheet.holds.push(Hold {
            code: "second-edition",
            text,
            items: items.clone(),
            approvable: false,
        });
    }
    drop_free(sheet, &own);
}

/// Free items are handed out in the customer's own edition only.
fn drop_free(sheet: &mut Sheet<'_>, own: &BTreeSet<&str>) {
    let foreign: Vec<ItemKey> = sheet
        .targets
        .keys()
        .filter(|key| sheet.choice(key) == Some(&Choice::Free))
        .filter(|key| {
            let edition = sheet.item(key).and_then(of);
            edition.is_some_and(|edition| own.len() != 1 || !own.contains(edition))
        })
        .filter(|key| sheet.item(key).is_some_and(|item| item.level == Level::Off))
        .cloned()
        .collect();
    for key in foreign {
        sheet.targets.remove(&key);
    }
}
