//! A whole mapping from a document: what is in it is set, what is not in it is forgotten.

use std::collections::BTreeMap;

use super::super::facts::{Facts, MappableItem, Offered, item_remark};
use super::Action;
use super::decide::forget_decision;
use super::rules::{ServicePeriod, decide_item, period_differs, remark_on_differences};
use crate::domain::ids::{AccountName, ItemKey, ServiceId};
use crate::domain::links::MappingChoice;
use crate::domain::units::Measure;
use crate::plan::{Plan, Remark, RemarkKind};

/// One entry of the document, found to name an item and a service that exist.
#[derive(Clone, Debug)]
pub(in super::super) struct ItemWish<'f> {
    pub(in super::super) item: &'f MappableItem,
    pub(in super::super) choice: MappingChoice,
    pub(in super::super) measure: Measure,
    /// Where it stands in the document, counted from 1.
    pub(in super::super) line: u64,
}

/// The wishes that go together with each other and with what stays as it is, and a sentence, with
/// its line, for each of the others; their items are kept as they are.
pub(in super::super) fn split_off_conflicts<'f>(
    facts: &'f Facts,
    mut wishes: Vec<ItemWish<'f>>,
    kept: &mut Vec<&'f MappableItem>,
) -> (Vec<ItemWish<'f>>, Vec<String>) {
    let mut problems = Vec::new();
    // What is passed over keeps its service, and that may be what another line wants.
    while let Some((place, why)) = find_first_conflict(facts, &wishes, kept) {
        let passed_over = wishes.remove(place);
        problems.push((passed_over.line, why));
        kept.push(passed_over.item);
    }
    problems.sort();
    (wishes, problems.into_iter().map(|(_, why)| why).collect())
}

/// The mapping that the wishes describe, as changes of the one there is.
pub(in super::super) fn plan_import(
    facts: &Facts,
    wishes: &[ItemWish<'_>],
    mut notes: Vec<Remark>,
    kept: &[&MappableItem],
    period: &ServicePeriod,
) -> Plan<Action> {
    let wanted: BTreeMap<(&AccountName, &ItemKey), &ItemWish<'_>> = wishes
        .iter()
        .map(|wish| ((&wish.item.account, &wish.item.key), wish))
        .collect();
    let mut actions = Vec::new();
    for wish in wishes {
        let action = decide_item(facts, wish.item, wish.choice.clone(), wish.measure);
        if action.is_some() {
            notes.extend(remark_on_odd_service(facts, wish, period));
        }
        actions.extend(action);
    }
    for item in &facts.items {
        let stays = kept
            .iter()
            .any(|kept| kept.account == item.account && kept.key == item.key);
        if stays || wanted.contains_key(&(&item.account, &item.key)) {
            continue;
        }
        if item.offer == Offered::Unread {
            let text = format!(
                "{} is not in the file, but its account could not be read, so it stays as it is",
                item.full_name()
            );
            notes.push(item_remark(RemarkKind::AccountUnreadable, item, text, true));
            continue;
        }
        actions.extend(forget_decision(facts, item));
    }
    notes.extend(facts.remarks.clone());
    Plan::new("map-products import", actions, notes, [])
}

/// What should be checked in a service: a person wrote the document, so it is a remark and not held.
fn remark_on_odd_service(
    facts: &Facts,
    wish: &ItemWish<'_>,
    period: &ServicePeriod,
) -> Vec<Remark> {
    let MappingChoice::Service { id, .. } = &wish.choice else {
        return Vec::new();
    };
    let Some(service) = facts.find_service(*id) else {
        return Vec::new();
    };
    let mut notes = remark_on_differences(wish.item, service, period);
    notes.extend(period_differs(service, period).map(|text| {
        let text = format!("{}: {text}", wish.item.full_name());
        item_remark(RemarkKind::ServicePeriodDiffers, wish.item, text, true)
    }));
    notes
}

/// The first wish that names an item or a service a second time, by its place.
fn find_first_conflict(
    facts: &Facts,
    wishes: &[ItemWish<'_>],
    kept: &[&MappableItem],
) -> Option<(usize, String)> {
    let mut items: BTreeMap<(&AccountName, &ItemKey), u64> = BTreeMap::new();
    let mut services: BTreeMap<ServiceId, (String, u64)> = BTreeMap::new();
    for (place, wish) in wishes.iter().enumerate() {
        let (full, line) = (wish.item.full_name(), wish.line);
        let key = (&wish.item.account, &wish.item.key);
        if let Some(first) = items.insert(key, line) {
            let why = format!("line {line}: {full} is already in line {first}");
            return Some((place, why));
        }
        let MappingChoice::Service { id, name } = &wish.choice else {
            continue;
        };
        let about = format!("line {line}: the service `{name}` ({id}) is mapped to");
        if let Some((other, first)) = services.insert(*id, (full.clone(), line)) {
            let why =
                format!("{about} {other} in line {first}, so it cannot be mapped to {full} too");
            return Some((place, why));
        }
        let is_wished = |item: &&MappableItem| {
            let mut others = wishes.iter().map(|wish| wish.item);
            others.any(|other| other.account == item.account && other.key == item.key)
        };
        let stays = kept.iter().find(|item| {
            let held = facts.link_of(item).map(|link| &link.choice);
            let is_it = matches!(held, Some(MappingChoice::Service { id: held, .. }) if held == id);
            is_it && !is_wished(item)
        });
        if let Some(other) = stays {
            let why = format!(
                "{about} {}, which stays, so it cannot be mapped to {full} too",
                other.full_name()
            );
            return Some((place, why));
        }
    }
    None
}
