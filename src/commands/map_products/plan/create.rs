//! New services for items.

use super::super::facts::{Facts, Item, note};
use super::names::{NAME_CHARS_MAX, Names, names};
use super::rules::{Period, differences, measure, other_period, pairing, second_use};
use super::{Action, MeasureWish};
use crate::config::NameTemplate;
use crate::domain::ids::BillingCodeId;
use crate::domain::links::Choice;
use crate::plan::{Note, Plan, Refusal};

/// What new services are made with.
#[derive(Clone, Debug)]
pub(in super::super) struct Making<'a> {
    pub(in super::super) template: &'a NameTemplate,
    /// Instead of the template, for one item.
    pub(in super::super) name: Option<&'a str>,
    pub(in super::super) period: Period,
    /// Id and name of the billing code.
    pub(in super::super) code: (BillingCodeId, String),
    pub(in super::super) adopt: bool,
    pub(in super::super) measure: MeasureWish,
}

#[derive(Debug, Default)]
struct Draft {
    actions: Vec<Action>,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
}

/// Services for items. What cannot be done becomes a note, the others go on.
///
/// # Errors
/// A sentence when what was asked for fits none of the items: a unit of another kind, a name that
/// is too long.
pub(in super::super) fn create(
    facts: &Facts,
    items: &[&Item],
    making: &Making<'_>,
) -> Result<Plan<Action>, String> {
    let names = names(facts, making.template);
    let mut draft = Draft {
        notes: facts.notes.clone(),
        ..Draft::default()
    };
    for item in items {
        draft.add(facts, item, &names, making)?;
    }
    Ok(Plan::new(
        "map-products create",
        draft.actions,
        draft.notes,
        draft.refusals,
    ))
}

impl Draft {
    fn add(
        &mut self,
        facts: &Facts,
        item: &Item,
        names: &Names,
        making: &Making<'_>,
    ) -> Result<(), String> {
        if let Some(why) = item.why_unmappable() {
            self.notes.push(note("not-countable", item, why, true));
            return Ok(());
        }
        let key = (item.account.clone(), item.key.clone());
        let automatic = names.get(&key).map_or("", String::as_str);
        let name = making.name.unwrap_or(automatic);
        if let Some(Choice::Service { id, name: held }) =
            facts.link_of(item).map(|link| &link.choice)
        {
            let full = item.full_name();
            let text = format!(
                "{full} is counted by the service `{held}` ({id}) already; unset it first to make another"
            );
            self.notes.push(note("mapped-already", item, text, false));
            return Ok(());
        }
        let measure = measure(facts, item, making.measure)?;
        match facts.service_named(name) {
            Some(service) => self.existing(facts, item, service, measure, making),
            None => {
                let length = name.chars().count();
                if length > NAME_CHARS_MAX {
                    let text = format!(
                        "{}: the name `{name}` has {length} characters and Autotask takes {NAME_CHARS_MAX}; give a shorter --name",
                        item.full_name()
                    );
                    self.notes.push(note("name-too-long", item, text, true));
                    return Ok(());
                }
                self.actions.push(Action::Create {
                    item: facts.subject(item),
                    name: name.to_owned(),
                    period: making.period.wanted.clone(),
                    code: making.code.clone(),
                    measure,
                });
            }
        }
        Ok(())
    }

    /// A service has that name already, active or not: Autotask would refuse a second one.
    fn existing(
        &mut self,
        facts: &Facts,
        item: &Item,
        service: &super::super::facts::Service,
        measure: crate::domain::units::Measure,
        making: &Making<'_>,
    ) {
        if let Err(why) = second_use(facts, item, service) {
            self.notes.push(note("service-taken", item, why, true));
            return;
        }
        if !making.adopt {
            let text = format!(
                "{} was not mapped: Autotask has a service `{}` ({}{}) already; take it over with --adopt or give another --name",
                item.full_name(),
                service.name,
                service.id,
                if service.active { "" } else { ", inactive" }
            );
            self.notes.push(note("service-exists", item, text, true));
            return;
        }
        let Some(action) = pairing(facts, item, service, measure) else {
            return;
        };
        self.refusals
            .extend(other_period(&action, service, &making.period));
        self.notes
            .extend(differences(item, service, &making.period));
        self.actions.push(action);
    }
}
