//! One Cyber Protection edition per customer (acronis.md §5.4).

use crate::plan::RefusalCode;
use std::collections::{BTreeMap, BTreeSet};

use super::planner::{Blocked, QuotaPlanner, contracts_in_words};
use crate::domain::ids::{ContractId, ItemKey};
use crate::domain::links::MappingChoice;
use crate::quotas::facts::{Level, QuotaItem};

/// The Cyber Protection edition of an item. File Sync & Share has editions of its own
/// (acronis.md §5.5); that a customer has one of those too is not stated, so they are not judged.
pub(super) fn edition_of(item: &QuotaItem) -> Option<&str> {
    item.edition
        .as_deref()
        .filter(|edition| !edition.starts_with("fss_"))
}

/// The editions that the customer has, or, for one that has none yet, that its contracts want.
pub(super) fn own_editions<'f>(sheet: &QuotaPlanner<'f>) -> BTreeSet<&'f str> {
    let enabled: BTreeSet<&str> = sheet
        .customer
        .items
        .values()
        .filter(|item| item.level != Level::Off)
        .filter_map(edition_of)
        .collect();
    if enabled.is_empty() {
        wanted_editions(sheet).into_keys().collect()
    } else {
        enabled
    }
}

/// The editions of the items that contracts want on.
fn wanted_editions<'f>(
    sheet: &QuotaPlanner<'f>,
) -> BTreeMap<&'f str, (BTreeSet<ItemKey>, BTreeSet<ContractId>)> {
    let mut found: BTreeMap<&str, (BTreeSet<ItemKey>, BTreeSet<ContractId>)> = BTreeMap::new();
    for (key, target) in &sheet.desired {
        let edition = sheet.find_item(key).and_then(edition_of);
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
pub(super) fn hold_second_edition(sheet: &mut QuotaPlanner<'_>) {
    let own = own_editions(sheet);
    let wanted = wanted_editions(sheet);
    // A tenant that has two editions already (from older days) may go on with both.
    let has_none = sheet
        .customer
        .items
        .values()
        .all(|item| item.level == Level::Off || edition_of(item).is_none());
    for (edition, (items, contracts)) in &wanted {
        let fits = own.contains(edition) && !(has_none && own.len() > 1);
        if fits {
            continue;
        }
        let text = if has_none {
            format!(
                "{}: its contracts include two editions of Cyber Protection ({}), but a customer \
                 can have only one; {} asks for {edition}",
                sheet.customer_in_words(),
                own.iter().copied().collect::<Vec<_>>().join(" and "),
                contracts_in_words(contracts),
            )
        } else {
            format!(
                "{}: the tenant's edition is {}, but {} includes {} items of {edition}, and a \
                 customer can have only one edition: change the contract, or the edition in \
                 Acronis",
                sheet.customer_in_words(),
                own.iter().copied().collect::<Vec<_>>().join(" and "),
                contracts_in_words(contracts),
                items.len(),
            )
        };
        sheet.blocked.push(Blocked {
            code: RefusalCode::SecondEdition,
            text,
            items: items.clone(),
            approvable: false,
        });
    }
    drop_free_of_other_editions(sheet, &own);
}

/// Free items are handed out in the customer's own edition only.
fn drop_free_of_other_editions(sheet: &mut QuotaPlanner<'_>, own: &BTreeSet<&str>) {
    let foreign: Vec<ItemKey> = sheet
        .desired
        .keys()
        .filter(|key| sheet.find_choice(key) == Some(&MappingChoice::Free))
        .filter(|key| {
            let edition = sheet.find_item(key).and_then(edition_of);
            edition.is_some_and(|edition| own.len() != 1 || !own.contains(edition))
        })
        .filter(|key| {
            sheet
                .find_item(key)
                .is_some_and(|item| item.level == Level::Off)
        })
        .cloned()
        .collect();
    for key in foreign {
        sheet.desired.remove(&key);
    }
}
