//! What holds for every verb that maps an item to a service.

use super::super::facts::{Facts, MappableItem, ServiceFacts, item_remark};
use super::{Action, MeasureWish};
use crate::config::Products;
use crate::domain::ids::BillingCodeId;
use crate::domain::links::MappingChoice;
use crate::domain::units::Measure;
use crate::plan::{self, Reach, Refusal, RefusalCode, Remark, RemarkKind};

/// The period type that services should have, and the billing code where one is configured.
#[derive(Clone, Debug)]
pub(in super::super) struct ServicePeriod {
    /// Id and label of the period type.
    pub(in super::super) wanted: (i64, String),
    /// Whether it was given on the command line, and not by the configuration.
    pub(in super::super) given: bool,
    /// Id and name of the billing code that new services get.
    pub(in super::super) code: Option<(BillingCodeId, String)>,
}

/// One-to-one, in both directions: a sentence with both offenders when the pair would break it.
pub(super) fn refuse_second_use(
    facts: &Facts,
    item: &MappableItem,
    service: &ServiceFacts,
) -> Result<(), String> {
    let (name, id, full) = (&service.name, service.id, item.full_name());
    if let Some(holder) = facts.link_to_service(id)
        && (holder.account != item.account || holder.item != item.key)
    {
        return Err(format!(
            "the service `{name}` ({id}) is already mapped to {}/{}, so it cannot be mapped to \
             {full} too; unset the other first",
            holder.account, holder.item
        ));
    }
    match facts.link_of(item).map(|link| &link.choice) {
        Some(MappingChoice::Service {
            id: held,
            name: was,
        }) if *held != id => Err(format!(
            "{full} is already mapped to the service `{was}` ({held}), so it cannot be mapped to \
             `{name}` ({id}) too; unset it first"
        )),
        Some(MappingChoice::Service { .. } | MappingChoice::Free | MappingChoice::Leave) | None => {
            Ok(())
        }
    }
}

/// The measure of an item with what was asked for.
///
/// # Errors
/// A sentence when the unit does not fit what the item is measured in.
pub(super) fn resolve_measure(
    facts: &Facts,
    item: &MappableItem,
    wish: MeasureWish,
) -> Result<Measure, String> {
    let measure = wish.apply_to(facts.subject_of(item).measure);
    if wish.unit.is_some() {
        item.expect_unit(measure.unit)?;
    }
    Ok(measure)
}

/// The action that maps an item to a service that exists, and what is odd about that service.
/// `None` when nothing would change.
pub(super) fn map_to_service(
    facts: &Facts,
    item: &MappableItem,
    service: &ServiceFacts,
    measure: Measure,
) -> Option<Action> {
    let choice = MappingChoice::Service {
        id: service.id,
        name: service.name.clone(),
    };
    decide_item(facts, item, choice, measure)
}

/// The action that decides for an item, unless that was decided already.
pub(super) fn decide_item(
    facts: &Facts,
    item: &MappableItem,
    choice: MappingChoice,
    measure: Measure,
) -> Option<Action> {
    let before = facts.link_of(item);
    let same = before.is_some_and(|link| link.choice == choice && link.measure == measure);
    (!same).then(|| Action::Decide {
        item: facts.subject_of(item),
        before: before.map(|link| link.choice.clone()),
        choice,
        measure,
    })
}

/// Differences between a service that exists and what a new one would be; never changed, only said.
pub(super) fn remark_on_differences(
    item: &MappableItem,
    service: &ServiceFacts,
    period: &ServicePeriod,
) -> Vec<Remark> {
    let mut notes = Vec::new();
    let about = format!("the service `{}` ({})", service.name, service.id);
    if let (Some((code, name)), Some(held)) = (&period.code, service.code)
        && *code != held
    {
        let text = format!(
            "{about} has the service code {held}, while new services get {name} ({code}); it \
             stays as it is"
        );
        notes.push(item_remark(
            RemarkKind::ServiceCodeDiffers,
            item,
            text,
            false,
        ));
    }
    if !service.active {
        let text = format!(
            "{about} is inactive, so it cannot be added to contracts; activate it in Autotask"
        );
        notes.push(item_remark(RemarkKind::ServiceInactive, item, text, true));
    }
    notes
}

/// A sentence when a service has another period than wanted.
pub(super) fn period_differs(service: &ServiceFacts, period: &ServicePeriod) -> Option<String> {
    let (id, label) = &period.wanted;
    let (held, held_label) = service.period.as_ref()?;
    (held != id).then(|| {
        format!(
            "the service `{}` ({}) is billed {held_label}, but {} is {label}",
            service.name,
            service.id,
            if period.given {
                "--period"
            } else {
                Products::PERIOD
            },
        )
    })
}

/// Holds a line back whose service has another period than wanted: its units would be counted per
/// month and invoiced per something else.
pub(super) fn other_period(
    action: &Action,
    service: &ServiceFacts,
    period: &ServicePeriod,
) -> Option<Refusal> {
    let what = period_differs(service, period)?;
    let (_, held_label) = service.period.as_ref()?;
    Some(Refusal {
        code: RefusalCode::ServicePeriod,
        text: format!("{what}; to map it anyway, use --period {held_label:?}"),
        key: (!period.given).then_some(Products::PERIOD),
        scope: Reach::of_line(&plan::Action::describe(action)),
        approvable: true,
    })
}
