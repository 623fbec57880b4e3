//! A whole mapping from a document: what is in it is set, what is not in it is forgotten.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Item, Offered, note};
use super::Action;
use super::decide::forgotten;
use super::rules::{Period, decision, differences, period_differs};
use crate::domain::ids::{AccountName, ItemKey, ServiceId};
use crate::domain::links::Choice;
use crate::domain::units::Measure;
use crate::plan::{Note, Plan};

/// One entry of the document, found to name an item and a service that exist.
#[derive(Clone, Debug)]
pub(in super::super) struct Wish<'f> {
    pub(in super::super) item: &'f Item,
    pub(in super::super) choice: Choice,
    pub(in super::super) measure: Measure,
    /// Where it stands in the document, counted from 1.
    pub(in super::super) line: usize,
}

/// The mapping that the wishes describe, as changes of the one there is.
///
/// # Errors
/// Every entry that names an item or a service a second time, with both lines.
pub(in super::super) fn import(
    facts: &Facts,
    wishes: &[Wish<'_>],
    mut notes: Vec<Note>,
    kept: &[&Item],
    period: &Period,
) -> Result<Plan<Action>, Vec<String>> {
    one_to_one(wishes)?;
    let wanted: BTreeMap<(&AccountName, &ItemKey), &Wish<'_>> = wishes
        .iter()
        .map(|wish| ((&wish.item.account, &wish.item.key), wish))
        .collect();
    let mut actions = Vec::new();
    for wish in wishes {
        let action = decision(facts, wish.item, wish.choice.clone(), wish.measure);
        if action.is_some() {
            notes.extend(odd_service(facts, wish, period));
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
                "{} is not in the document and its account was not read; it stays as it is",
                item.full_name()
            );
            notes.push(note("account-unreadable", item, text, true));
            continue;
        }
        actions.extend(forgotten(facts, item));
    }
    notes.extend(facts.notes.clone());
    Ok(Plan::new("map-products import", actions, notes, []))
}

/// What is odd about a service: the document was decided by a person, so it is told and not held.
fn odd_service(facts: &Facts, wish: &Wish<'_>, period: &Period) -> Vec<Note> {
    let Choice::Service { id, .. } = &wish.choice else {
        return Vec::new();
    };
    let Some(service) = facts.service(*id) else {
        return Vec::new();
    };
    let mut notes = differences(wish.item, service, period);
    notes.extend(period_differs(service, period).map(|text| {
        let text = format!("{}: {text}", wish.item.full_name());
        note("service-period-differs", wish.item, text, true)
    }));
    notes
}

fn one_to_one(wishes: &[Wish<'_>]) -> Result<(), Vec<String>> {
    let mut items: BTreeMap<(&AccountName, &ItemKey), usize> = BTreeMap::new();
    let mut services: BTreeMap<ServiceId, &Wish<'_>> = BTreeMap::new();
    let mut problems = Vec::new();
    for wish in wishes {
        let full = wish.item.full_name();
        let key = (&wish.item.account, &wish.item.key);
        if let Some(first) = items.insert(key, wish.line) {
            let line = wish.line;
            problems.push(format!("line {line}: {full} is in line {first} already"));
        }
        let Choice::Service { id, name } = &wish.choice else {
            continue;
        };
        if let Some(first) = services.insert(*id, wish) {
            problems.push(format!(
                "line {}: the service `{name}` ({id}) counts {} in line {} already, so it cannot count {full} too",
                wish.line,
                first.item.full_name(),
                first.line
            ));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
