//! What holds for the product mapping whatever is done to it.

use crate::plan::RefusalCode;
use std::collections::BTreeSet;

use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::facts::{Facts, ItemCounting, MappableItem, Offered, ServiceFacts, StorageFacts};
use super::plan::{self, Action, MeasureWish, ServicePeriod};
use super::{apply, document};
use crate::config::NameTemplate;
use crate::domain::ids::{AccountName, ApplicationId, BillingCodeId, InfraId, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::{Measurement, Rounding, Unit};
use crate::plan::Plan;
use crate::state::state_changes::StateChange;

const ITEMS: usize = 6;
const SERVICES: i64 = 5;

/// Three items on each of two accounts, one of them on two storages; five services.
fn world() -> Facts {
    let item = |account: &str, name: &str, infra: Option<&str>| MappableItem {
        account: AccountName::new(account),
        key: ItemKey {
            name: name.to_owned(),
            infra: infra.map(InfraId::new),
            application: ApplicationId::new("app"),
        },
        edition: Some("pck_per_workload".to_owned()),
        counted: ItemCounting::In(match infra {
            Some(_) => Measurement::Bytes,
            None => Measurement::Quantity,
        }),
        offer: Offered::Yes,
        label: "Thing".to_owned(),
        edition_label: "Per workload".to_owned(),
        storage: infra.map(|id| StorageFacts {
            name: format!("Storage {id}"),
            location: None,
            backend: None,
        }),
    };
    let items = ["eu", "us"].into_iter().flat_map(|account| {
        [
            item(account, "pw_base_servers", None),
            item(account, "pw_base_storage", Some("a1")),
            item(account, "pw_base_storage", Some("b2")),
        ]
    });
    let service = |id: i64| ServiceFacts {
        id: ServiceId(id),
        name: format!("Service \"{id}\"\n\\ü"),
        active: id != 2,
        period: Some((2, "Monthly".to_owned())),
        code: Some(BillingCodeId(7)),
    };
    Facts {
        items: items.collect(),
        links: Vec::new(),
        services: (1..=SERVICES).map(service).collect(),
        remarks: Vec::new(),
    }
}

#[derive(Clone, Debug)]
enum Verb {
    Create(usize),
    CreateAll,
    Use(usize, i64),
    Free(usize),
    Leave(usize),
    Unset(usize),
    Set(usize, MeasureWish),
    Suggest,
}

fn verb() -> impl Strategy<Value = Verb> {
    let item = 0..ITEMS;
    prop_oneof![
        item.clone().prop_map(Verb::Create),
        Just(Verb::CreateAll),
        (item.clone(), 1..=SERVICES + 2).prop_map(|(item, service)| Verb::Use(item, service)),
        item.clone().prop_map(Verb::Free),
        item.clone().prop_map(Verb::Leave),
        item.clone().prop_map(Verb::Unset),
        (item, wish()).prop_map(|(item, wish)| Verb::Set(item, wish)),
        Just(Verb::Suggest),
    ]
}

fn wish() -> impl Strategy<Value = MeasureWish> {
    let unit = prop::option::of(prop::sample::select(Unit::ALL.to_vec()));
    let rounding = prop::option::of(prop::sample::select(Rounding::ALL.to_vec()));
    let units = || prop::option::of(0..1000_i64);
    (unit, rounding, units(), units()).prop_map(|(unit, rounding, included, minimum)| MeasureWish {
        unit,
        rounding,
        included,
        minimum,
    })
}

fn period() -> ServicePeriod {
    ServicePeriod {
        wanted: (2, "Monthly".to_owned()),
        given: false,
        code: None,
    }
}

fn template() -> NameTemplate {
    NameTemplate::parse("Acronis - {edition} - {item}").unwrap()
}

fn planned(facts: &Facts, verb: &Verb) -> Option<Plan<Action>> {
    let one = |at: &usize| &facts.items[*at];
    let making = plan::ServiceOptions {
        template: &template(),
        name: None,
        period: period(),
        code: (BillingCodeId(7), "Cloud".to_owned()),
        adopt: true,
        left_out: Vec::new(),
        measure: MeasureWish::default(),
    };
    match verb {
        Verb::Create(at) => plan::plan_services(facts, &[one(at)], &making).ok(),
        Verb::CreateAll => plan::plan_services(facts, &facts.undecided_items(), &making).ok(),
        Verb::Use(at, service) => {
            let service = facts.find_service(ServiceId(*service))?;
            plan::use_service(facts, one(at), service, MeasureWish::default(), &period()).ok()
        }
        Verb::Free(at) => {
            plan::plan_decisions(facts, &[one(at)], Some(&MappingChoice::Free), "free").ok()
        }
        Verb::Leave(at) => {
            plan::plan_decisions(facts, &[one(at)], Some(&MappingChoice::Leave), "leave").ok()
        }
        Verb::Unset(at) => plan::plan_decisions(facts, &[one(at)], None, "unset").ok(),
        Verb::Set(at, wish) => plan::set_measure(facts, &[one(at)], *wish).ok(),
        Verb::Suggest => Some(plan::plan_suggestions(
            facts,
            &facts.undecided_items(),
            &template(),
            &period(),
        )),
    }
}

/// Does to the facts what the executor and the state file would do.
fn carry_out(facts: &mut Facts, plan: &Plan<Action>) {
    let actions: Vec<&Action> = plan.lines().iter().map(|line| &line.action).collect();
    let made: Vec<Option<ServiceId>> = actions
        .iter()
        .map(|action| match action {
            Action::Create { name, .. } => {
                let id = ServiceId(1_000 + i64::try_from(facts.services.len()).unwrap());
                facts.services.push(ServiceFacts {
                    id,
                    name: name.clone(),
                    active: true,
                    period: Some((2, "Monthly".to_owned())),
                    code: Some(BillingCodeId(7)),
                });
                Some(id)
            }
            Action::Decide { .. } | Action::Unset { .. } => None,
        })
        .collect();
    for effect in apply::mapping_changes(&actions, &made) {
        if let StateChange::UnsetProduct(account, key) = &effect {
            let same = |link: &ProductLink| link.account == *account && link.item == *key;
            facts.links.retain(|link| !same(link));
        } else if let StateChange::SaveProduct(link) = effect {
            let same = |old: &ProductLink| old.account == link.account && old.item == link.item;
            facts.links.retain(|old| !same(old));
            facts.links.push(link);
        } else {
            panic!("a product mapping has no effect like {effect:?}");
        }
    }
}

fn is_one_to_one(links: &[ProductLink]) -> bool {
    let items: BTreeSet<_> = links
        .iter()
        .map(|link| (&link.account, &link.item))
        .collect();
    let services: Vec<ServiceId> = links
        .iter()
        .filter_map(|link| match &link.choice {
            MappingChoice::Service { id, .. } => Some(*id),
            MappingChoice::Free | MappingChoice::Leave => None,
        })
        .collect();
    let distinct: BTreeSet<ServiceId> = services.iter().copied().collect();
    items.len() == links.len() && distinct.len() == services.len()
}

fn after(verbs: &[Verb]) -> Facts {
    let mut facts = world();
    for verb in verbs {
        if let Some(plan) = planned(&facts, verb) {
            carry_out(&mut facts, &plan);
        }
    }
    facts
}

proptest! {
    #[test]
    fn the_mapping_stays_one_to_one_and_units_fit_under_any_sequence_of_verbs(
        verbs in prop::collection::vec(verb(), 0..40)
    ) {
        let mut facts = world();
        for verb in &verbs {
            if let Some(plan) = planned(&facts, verb) {
                carry_out(&mut facts, &plan);
            }
            prop_assert!(is_one_to_one(&facts.links), "{verb:?} {:?}", facts.links);
            let names: BTreeSet<String> = facts
                .services
                .iter()
                .map(|service| service.name.to_lowercase())
                .collect();
            prop_assert_eq!(names.len(), facts.services.len());
            for item in &facts.items {
                if let Some(link) = facts.link_of(item) {
                    prop_assert!(item.accepts_unit(link.measure.unit));
                }
            }
        }
    }

    #[test]
    fn a_verb_said_twice_changes_nothing_the_second_time(
        verbs in prop::collection::vec(verb(), 0..20), last in verb()
    ) {
        let mut facts = after(&verbs);
        if let Some(plan) = planned(&facts, &last) {
            carry_out(&mut facts, &plan);
            let again = planned(&facts, &last);
            prop_assert!(again.is_none_or(|plan| plan.is_empty()));
        }
    }

    #[test]
    fn export_import_export_is_a_fixed_point(verbs in prop::collection::vec(verb(), 0..40)) {
        let facts = after(&verbs);
        let text = document::format_mapping(&facts.links);
        let mut empty = Facts { links: Vec::new(), ..facts.clone() };
        let reading = document::parse_mapping(&text, &empty).unwrap();
        prop_assert_eq!(&reading.problems, &Vec::<String>::new());
        let plan = plan::plan_import(&empty, &reading.wishes, Vec::new(), &[], &period());
        carry_out(&mut empty, &plan);
        prop_assert_eq!(document::format_mapping(&empty.links), text);
    }

    #[test]
    fn an_import_makes_of_any_mapping_the_one_in_the_document(
        one in prop::collection::vec(verb(), 0..20), other in prop::collection::vec(verb(), 0..20)
    ) {
        let wanted = after(&one);
        let mut facts = after(&other);
        // Both know all services that either made; the names of those it made are its own.
        for service in &wanted.services {
            facts.services.retain(|known| known.id != service.id);
            facts.services.push(service.clone());
        }
        let text = document::format_mapping(&wanted.links);
        let unread = facts.clone();
        let reading = document::parse_mapping(&text, &unread).unwrap();
        prop_assert_eq!(&reading.problems, &Vec::<String>::new());
        let plan = plan::plan_import(&facts, &reading.wishes, Vec::new(), &[], &period());
        carry_out(&mut facts, &plan);
        prop_assert!(is_one_to_one(&facts.links));
        prop_assert_eq!(document::format_mapping(&facts.links), text);
    }
}

#[test]
fn names_longer_than_autotask_takes_are_reported_and_not_sent() {
    let mut facts = world();
    facts.items[0].label = "x".repeat(120);
    let making = plan::ServiceOptions {
        template: &template(),
        name: None,
        period: period(),
        code: (BillingCodeId(7), "Cloud".to_owned()),
        adopt: false,
        left_out: Vec::new(),
        measure: MeasureWish::default(),
    };
    let plan = plan::plan_services(&facts, &facts.undecided_items(), &making).unwrap();
    assert_eq!(plan.lines().len(), ITEMS - 1);
    assert_eq!(plan.refusals()[0].code, RefusalCode::NameTooLong);
}
