//! New services for items.

use super::super::facts::{Facts, MappableItem, item_remark};
use super::names::{NAME_CHARS_MAX, ServiceNames, name_services};
use super::rules::{
    ServicePeriod, map_to_service, other_period, refuse_second_use, remark_on_differences,
    resolve_measure,
};
use super::{Action, MeasureWish};
use crate::config::NameTemplate;
use crate::domain::ids::BillingCodeId;
use crate::domain::links::MappingChoice;
use crate::domain::names::same_in_database;
use crate::plan::{Plan, Reach, Refusal, RefusalCode, Remark, RemarkKind};

/// What new services are made with.
#[derive(Clone, Debug)]
pub(in super::super) struct ServiceOptions<'a> {
    pub(in super::super) template: &'a NameTemplate,
    /// Instead of the template, for one item.
    pub(in super::super) name: Option<&'a str>,
    pub(in super::super) period: ServicePeriod,
    /// Id and name of the billing code.
    pub(in super::super) code: (BillingCodeId, String),
    pub(in super::super) adopt: bool,
    pub(in super::super) measure: MeasureWish,
    /// What is left out, and why.
    pub(in super::super) left_out: Vec<Remark>,
}

#[derive(Debug, Default)]
struct ServicePlan {
    actions: Vec<Action>,
    remarks: Vec<Remark>,
    refusals: Vec<Refusal>,
}

/// Services for items. What cannot be done is refused, so that it is not taken for done; the others
/// go on.
///
/// # Errors
/// A sentence when what was asked for fits none of the items: a unit of another kind, a name that
/// is too long.
pub(in super::super) fn plan_services(
    facts: &Facts,
    items: &[&MappableItem],
    making: &ServiceOptions<'_>,
) -> Result<Plan<Action>, String> {
    let names = name_services(facts, making.template);
    let mut draft = ServicePlan {
        remarks: [&facts.remarks[..], &making.left_out].concat(),
        ..ServicePlan::default()
    };
    for item in items {
        draft.add_item(facts, item, &names, making)?;
    }
    draft.remark_on_price_zero();
    Ok(Plan::new(
        "map-products create",
        draft.actions,
        draft.remarks,
        draft.refusals,
    ))
}

impl ServicePlan {
    /// New services have price 0.
    fn remark_on_price_zero(&mut self) {
        let made = self.actions.iter();
        let made = made
            .filter(|action| matches!(action, Action::Create { .. }))
            .count();
        if made > 0 {
            let [services, its, it] = match made {
                1 => ["service is", "its price", "it"],
                _ => ["services are", "their prices", "them"],
            };
            let text = format!(
                "warning: {made} {services} created with price 0; set {its} in Autotask before \
                 anything is billed with {it}"
            );
            self.remarks.push(Remark::new(
                RemarkKind::PriceZero,
                "prices".to_owned(),
                text,
            ));
        }
    }

    fn add_item(
        &mut self,
        facts: &Facts,
        item: &MappableItem,
        names: &ServiceNames,
        making: &ServiceOptions<'_>,
    ) -> Result<(), String> {
        if let Some(why) = item.why_unmappable() {
            self.refuse_item(RefusalCode::NotCountable, why);
            return Ok(());
        }
        let key = (item.account.clone(), item.key.clone());
        let automatic = names.get(&key).map_or("", String::as_str);
        let name = making.name.unwrap_or(automatic).trim();
        if name.is_empty() {
            return Err(format!(
                "{}: a service needs a name; give one with --name",
                item.full_name()
            ));
        }
        if let Some(MappingChoice::Service { id, name: held }) =
            facts.link_of(item).map(|link| &link.choice)
        {
            let full = item.full_name();
            let text = format!(
                "{full} is already mapped to the service `{held}` ({id}); to create another, \
                 unset it first"
            );
            if making.name.is_some() && !same_in_database(held, name) {
                self.refuse_item(RefusalCode::MappedAlready, text);
            } else {
                self.remarks
                    .push(item_remark(RemarkKind::MappedAlready, item, text, false));
            }
            return Ok(());
        }
        let measure = resolve_measure(facts, item, making.measure)?;
        match facts.find_service_by_name(name) {
            Some(service) => self.adopt_or_refuse(facts, item, service, measure, making),
            None => {
                let length = name.chars().count();
                if length > NAME_CHARS_MAX {
                    let text = format!(
                        "{}: the name `{name}` has {length} characters, but Autotask allows \
                         {NAME_CHARS_MAX}; give a shorter --name",
                        item.full_name()
                    );
                    self.refuse_item(RefusalCode::NameTooLong, text);
                    return Ok(());
                }
                self.actions.push(Action::Create {
                    item: facts.subject_of(item),
                    name: name.to_owned(),
                    period: making.period.wanted.clone(),
                    code: making.code.clone(),
                    measure,
                });
            }
        }
        Ok(())
    }

    /// Nothing is planned for an item that was asked for: only a person can say what else to do.
    fn refuse_item(&mut self, code: RefusalCode, text: String) {
        self.refusals.push(Refusal {
            code,
            text,
            key: None,
            scope: Reach::of_lines([]),
            approvable: false,
        });
    }

    /// A service has that name already, active or not: Autotask would refuse a second one.
    fn adopt_or_refuse(
        &mut self,
        facts: &Facts,
        item: &MappableItem,
        service: &super::super::facts::ServiceFacts,
        measure: crate::domain::units::Measure,
        making: &ServiceOptions<'_>,
    ) {
        if let Err(why) = refuse_second_use(facts, item, service) {
            self.refuse_item(
                RefusalCode::ServiceTaken,
                format!("{why}, or give another --name"),
            );
            return;
        }
        if !making.adopt {
            let text = format!(
                "{full} was not mapped: Autotask already has a service `{}` ({}{}); use it with \
                 `acrotask map-products use {full} {}` or --adopt, or give another --name",
                service.name,
                service.id,
                if service.active { "" } else { ", inactive" },
                service.id,
                full = item.full_name(),
            );
            self.refuse_item(RefusalCode::ServiceExists, text);
            return;
        }
        let Some(action) = map_to_service(facts, item, service, measure) else {
            return;
        };
        self.refusals
            .extend(other_period(&action, service, &making.period));
        self.remarks
            .extend(remark_on_differences(item, service, &making.period));
        self.actions.push(action);
    }
}
