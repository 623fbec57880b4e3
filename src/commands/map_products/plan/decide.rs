//! Decisions for single items: a service that exists, free, leave, unset, another measure.

use super::super::facts::{Facts, MappableItem, Offered, ServiceFacts};
use super::rules::{
    ServicePeriod, decide_item, map_to_service, other_period, refuse_second_use,
    remark_on_differences, resolve_measure,
};
use super::{Action, MeasureWish};
use crate::domain::links::MappingChoice;
use crate::plan::Plan;

/// Maps one item to one service that exists.
///
/// # Errors
/// A sentence naming both offenders when the service counts another item, or the item is counted by
/// another service; and when the item or the unit does not fit.
pub(in super::super) fn use_service(
    facts: &Facts,
    item: &MappableItem,
    service: &ServiceFacts,
    wish: MeasureWish,
    period: &ServicePeriod,
) -> Result<Plan<Action>, String> {
    if let Some(why) = item.why_unmappable() {
        return Err(why);
    }
    refuse_second_use(facts, item, service)?;
    let action = map_to_service(facts, item, service, resolve_measure(facts, item, wish)?);
    let refusal = action
        .as_ref()
        .and_then(|action| other_period(action, service, period));
    let mut notes = facts.remarks.clone();
    notes.extend(remark_on_differences(item, service, period));
    Ok(Plan::new("map-products use", action, notes, refusal))
}

/// Decides for items without a service; `None` forgets what was decided.
///
/// # Errors
/// A sentence when an item is not offered any more: it can only be forgotten.
pub(in super::super) fn plan_decisions(
    facts: &Facts,
    items: &[&MappableItem],
    choice: Option<&MappingChoice>,
    command: &'static str,
) -> Result<Plan<Action>, String> {
    let mut actions = Vec::new();
    for item in items {
        actions.extend(match choice {
            Some(choice) => {
                if item.offer != Offered::Yes {
                    return Err(item.why_unmappable().unwrap_or_default());
                }
                decide_item(facts, item, choice.clone(), facts.subject_of(item).measure)
            }
            None => forget_decision(facts, item),
        });
    }
    Ok(Plan::new(command, actions, facts.remarks.clone(), []))
}

pub(super) fn forget_decision(facts: &Facts, item: &MappableItem) -> Option<Action> {
    facts.link_of(item).map(|link| Action::Unset {
        item: facts.subject_of(item),
        before: link.choice.clone(),
    })
}

/// Another unit, rounding, included or minimum for items that were decided on.
///
/// # Errors
/// A sentence when nothing was decided for an item, or the unit does not fit it.
pub(in super::super) fn set_measure(
    facts: &Facts,
    items: &[&MappableItem],
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
        let measure = resolve_measure(facts, item, wish)?;
        actions.extend(decide_item(facts, item, link.choice.clone(), measure));
    }
    Ok(Plan::new(
        "map-products set",
        actions,
        facts.remarks.clone(),
        [],
    ))
}
