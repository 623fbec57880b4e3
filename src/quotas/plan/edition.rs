//! One Cyber Protection edition per customer (acronis.md §5.4).

use std::collections::{BTreeMap, BTreeSet};

use super::customer::{CustomerView, contracts_in_words};
use super::decision::{Blocked, CustomerDecision};
use crate::domain::ids::{ContractId, ItemKey};
use crate::domain::links::MappingChoice;
use crate::plan::RefusalCode;
use crate::quotas::facts::{Level, QuotaItem};

/// The Cyber Protection edition of an item. File Sync & Share has editions of its own
/// (acronis.md §5.5); that a customer has one of those too is not stated, so they are not judged.
pub(super) fn edition_of(item: &QuotaItem) -> Option<&str> {
    item.edition
        .as_deref()
        .filter(|edition| !edition.starts_with("fss_"))
}

/// The editions that the customer has, or, for one that has none yet, that its contracts want.
pub(super) fn own_editions<'f>(
    view: &CustomerView<'f>,
    decision: &CustomerDecision,
) -> BTreeSet<&'f str> {
    let enabled = enabled_editions(view);
    if enabled.is_empty() {
        wanted_editions(view, decision).into_keys().collect()
    } else {
        enabled
    }
}

fn enabled_editions<'f>(view: &CustomerView<'f>) -> BTreeSet<&'f str> {
    let items = view.customer.items.values();
    items
        .filter(|item| item.level != Level::Off)
        .filter_map(edition_of)
        .collect()
}

/// What contracts want of one edition.
#[derive(Debug, Default)]
struct WantedEdition {
    items: BTreeSet<ItemKey>,
    contracts: BTreeSet<ContractId>,
}

/// The editions of the items that contracts want on.
fn wanted_editions<'f>(
    view: &CustomerView<'f>,
    decision: &CustomerDecision,
) -> BTreeMap<&'f str, WantedEdition> {
    let mut found: BTreeMap<&str, WantedEdition> = BTreeMap::new();
    for (key, target) in &decision.desired {
        let edition = view.find_item(key).and_then(edition_of);
        let Some(edition) = edition.filter(|_| !target.contracts.is_empty()) else {
            continue;
        };
        let wanted = found.entry(edition).or_default();
        wanted.items.insert(key.clone());
        wanted.contracts.extend(&target.contracts);
    }
    found
}

/// Holds back what contracts want of another edition, and does not hand out free items of one.
pub(super) fn hold_second_edition(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    let own = own_editions(view, &decision);
    let own_in_words = own.iter().copied().collect::<Vec<_>>().join(" and ");
    // A tenant that has two editions already (from older days) may go on with both.
    let has_none = enabled_editions(view).is_empty();
    for (edition, WantedEdition { items, contracts }) in wanted_editions(view, &decision) {
        if own.contains(edition) && !(has_none && own.len() > 1) {
            continue;
        }
        let asking = contracts_in_words(&contracts);
        let why = if has_none {
            format!(
                "its contracts include two editions of Cyber Protection ({own_in_words}), but a \
                 customer can have only one; {asking} asks for {edition}"
            )
        } else {
            format!(
                "the tenant's edition is {own_in_words}, but {asking} includes {} items of \
                 {edition}, and a customer can have only one edition: change the contract, or the \
                 edition in Acronis",
                items.len(),
            )
        };
        let code = RefusalCode::SecondEdition;
        let blocked = Blocked::until_changed(view, code, items, &why);
        decision.blocked.push(blocked);
    }
    // Free items are handed out in the customer's own edition only.
    let is_foreign = |item: &QuotaItem| {
        let is_own = |edition| own.len() == 1 && own.contains(edition);
        item.level == Level::Off && edition_of(item).is_some_and(|edition| !is_own(edition))
    };
    decision.desired.retain(|key, _| {
        view.find_choice(key) != Some(&MappingChoice::Free)
            || !view.find_item(key).is_some_and(is_foreign)
    });
    decision
}
