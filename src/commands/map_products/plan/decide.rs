//! Decisions for single items: a service that exists, free, leave, unset, another measure.

use super::super::facts::{Facts, Item, Offered, Service};
use super::rules::{Period, decision, differences, measure, other_period, pairing, second_use};
use super::{Action, MeasureWish};
use crate::domain::links::Choice;
use crate::plan::Plan;

/// Maps one item to one service that exists.
///
/// # Errors
/// A sentence naming both offenders when the service counts another item, or the item is counted by
/// another service; and when the item or the unit does not fit.
pub(in super::super) fn use_service(
    facts: &Facts,
    item: &Item,
    service: &Service,
    wish: MeasureWish,
    period: &Period,
) -> Result<Plan<Action>, String> {
    if let Some(why) = item.why_unmappable() {
        return Err(why);
    }
    second_use(facts, item, service)?;
    let action = pairing(facts, item, service, measure(facts, item, wish)?);
    let refusal = action
        .as_ref()
        .and_then(|action| other_period(action, service, period));
    let mut notes = facts.notes.clone();
    notes.extend(differences(item, service, period));
    Ok(Plan::new("map-products use", action, notes, refusal))
}

/// Decides for items without a service; `None` forgets what was decided.
///
/// # Errors
/// A sentence when an item is not offered any more: it can only be forgotten.
pub(in super::super) fn choose(
    facts: &Facts,
    items: &[&Item],
    choice: Option<&Choice>,
    command: &'static str,
) -> Result<Plan<Action>, String> {
    let mut actions = Vec::new();
    for item in items {
        actions.extend(match choice {
            Some(choice) => {
                if item.offer != Offered::Yes {
                    return Err(item.why_unmappable().unwrap_or_default());
                }
                decision(facts, item, choice.clone(), facts.subject(item).measure)
            }
            None => forgotten(facts, item),
        });
    }
    Ok(Plan::new(command, actions, facts.notes.clone(), []))
}

pub(super) fn forgotten(facts: &Facts, item: &Item) -> Option<Action> {
    facts.link_of(item).map(|link| Action::Unset {
        item: facts.subject(item),
        before: link.choice.clone(),
    })
}

/// Another unit, rounding, included or minimum for items that were decided on.
///
/// # Errors
/// A sentence when nothing was decided for an item, or the unit does not fit it.
pub(in super::super) fn set_measure(
    facts: &Facts,
    items: &[&Item],
    wish: MeasureWish,
) -> Result<Plan<Action>, String> {
    let mut actions = Vec::new();
    for item in items {
        let Some(link) = facts.link_of(item) else {
            return Err(format!(
                "{} has no mapping yet; map it first",
                item.full_name()
            ));
        };
        if item.offer != Offered::Yes {
            return Err(item.why_unmappable().unwrap_or_default());
        }
        let measure = measure(facts, item, wish)?;
        actions.extend(decision(facts, item, link.choice.clone(), measure));
    }
    Ok(Plan::new(
        "map-products set",
        actions,
        facts.notes.clone(),
        [],
    ))
}
