//! What contracts and mapping want of each item, one by one.

use std::collections::BTreeSet;

use super::sheet::{Hold, Sheet, Target, contracts_in_words, service_of};
use crate::config::Unmapped;
use crate::domain::contracts::Contract;
use crate::domain::ids::{ItemKey, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::quotas::facts::{Item, Level};

/// Fills in a target for each counted item that is not to be left alone.
pub(super) fn targets(sheet: &mut Sheet<'_>) {
    let customer = sheet.customer;
    for (key, item) in &customer.items {
        if item.is_feature {
            continue;
        }
        match decide(sheet, key, item) {
            Ok(Some(target)) => {
                sheet.targets.insert(key.clone(), target);
            }
            Ok(None) => {}
            Err(hold) => sheet.holds.push(hold),
        }
    }
}

/// Services that a contract holds and whose item this tenant cannot be given (acronis.md §5.3).
pub(super) fn not_offered(sheet: &mut Sheet<'_>) {
    let missing: Vec<Hold> = sheet
        .links
        .iter()
        .filter(|(key, _)| sheet.item(key).is_none())
        .filter_map(|(key, link)| {
            let service = service_of(link)?;
            let asking: Vec<&Contract> = holding(sheet, service)
                .into_iter()
                .filter(|contract| {
                    contract.is_payg() || contract.units_of(service, sheet.facts.today) > 0
                })
                .collect();
            let first = contracts_in_words(asking.iter().map(|contract| &contract.id));
            (!asking.is_empty()).then(|| Hold {
                code: "item-not-offered",
                text: format!(
                    "{}: {first} includes {}, but the tenant cannot get {key}; enable it for its \
                     partner in Acronis",
                    sheet.whom(),
                    service_in_words(link),
                ),
                items: BTreeSet::new(),
                approvable: false,
            })
        })
        .collect();
    sheet.holds.extend(missing);
}

fn decide(sheet: &Sheet<'_>, key: &ItemKey, item: &Item) -> Result<Option<Target>, Hold> {
    let link = sheet.links.get(key).copied();
    match link.map(|link| (link, &link.choice)) {
        Some((_, Choice::Leave)) => Ok(None),
        Some((_, Choice::Free)) => Ok(free(sheet, key, item)),
        Some((link, Choice::Service { id, .. })) => counted(sheet, key, item, link, *id),
        None => Ok(match sheet.rules.unmapped {
            Unmapped::Zero => zero(
                sheet,
                item,
                "it is not mapped and products.unmapped is zero",
            ),
            Unmapped::Leave => None,
        }),
    }
}

/// Enabled without limit. What exists once per storage is not switched on beside another one: a
/// customer holds one storage (acronis.md §5.4).
fn free(sheet: &Sheet<'_>, key: &ItemKey, item: &Item) -> Option<Target> {
    if sheet.relevant().is_empty() {
        return None;
    }
    let siblings = || {
        let items = sheet.customer.items.keys();
        items.filter(|other| other.name == key.name && *other != key)
    };
    if item.level == Level::Off && key.infra.is_some() && siblings().next().is_some() {
        return None;
    }
    Some(Target {
        level: Level::UNLIMITED,
        because: vec!["it is mapped as free".to_owned()],
        contracts: BTreeSet::new(),
        needs: None,
    })
}

/// Nothing may be used any more, where anything could. Nothing is ever switched off.
fn zero(sheet: &Sheet<'_>, item: &Item, why: &str) -> Option<Target> {
    if item.level == Level::Off || item.measurement.is_none() {
        return None;
    }
    Some(Target {
        level: Level::ZERO,
        because: vec![sheet.end_in_words().unwrap_or_else(|| why.to_owned())],
        contracts: BTreeSet::new(),
        needs: None,
    })
}

fn counted(
    sheet: &Sheet<'_>,
    key: &ItemKey,
    item: &Item,
    link: &ProductLink,
    service: ServiceId,
) -> Result<Option<Target>, Hold> {
    let (payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = holding(sheet, service)
        .into_iter()
        .partition(|contract| contract.is_payg());
    if payg.is_empty() && prepaid.is_empty() {
        let why = format!("no contract in force includes {}", service_in_words(link));
        return Ok(zero(sheet, item, &why));
    }
    if !payg.is_empty() && !prepaid.is_empty() {
        return Err(two_billing_types(sheet, key, &payg, &prepaid));
    }
    if prepaid.is_empty() {
        return Ok(Some(Target {
            level: Level::UNLIMITED,
            because: payg.iter().map(|contract| unlimited(contract)).collect(),
            contracts: payg.iter().map(|contract| contract.id).collect(),
            needs: None,
        }));
    }
    bought(sheet, key, item, link, (service, &prepaid))
}

/// The units in force today, of all prepaid contracts together.
fn bought(
    sheet: &Sheet<'_>,
    key: &ItemKey,
    item: &Item,
    link: &ProductLink,
    (service, prepaid): (ServiceId, &[&Contract]),
) -> Result<Option<Target>, Hold> {
    let today = sheet.facts.today;
    let units: Vec<(&Contract, i64)> = prepaid
        .iter()
        .map(|contract| (*contract, contract.units_of(service, today)))
        .collect();
    let sum = units
        .iter()
        .fold(0_i64, |sum, (_, units)| sum.saturating_add(*units));
    if sum <= 0 {
        let why = format!(
            "{} includes {} with no units in force on {today}",
            contracts_in_words(prepaid.iter().map(|contract| &contract.id)),
            service_in_words(link)
        );
        return Ok(zero(sheet, item, &why));
    }
    let unit = link.measure.unit;
    let fits = item.measurement.is_some_and(|measured| unit.fits(measured));
    let value = fits.then(|| link.measure.quota(sum)).flatten();
    let Some(value) = value else {
        return Err(Hold {
            code: "unit-unfit",
            text: format!(
                "{}: {sum} {unit} of {} cannot be converted to a quota of {key}, which has \
                 another unit; change the unit with map-products set",
                sheet.whom(),
                service_in_words(link)
            ),
            items: BTreeSet::new(),
            approvable: false,
        });
    };
    let because = units.iter().map(|(contract, units)| {
        format!(
            "contract {} ({}): {units} units",
            contract.id, contract.name
        )
    });
    Ok(Some(Target {
        level: Level::hard(value),
        because: because.collect(),
        contracts: prepaid.iter().map(|contract| contract.id).collect(),
        needs: None,
    }))
}

fn two_billing_types(
    sheet: &Sheet<'_>,
    key: &ItemKey,
    payg: &[&Contract],
    prepaid: &[&Contract],
) -> Hold {
    Hold {
        code: "two-billing-types",
        text: format!(
            "{}: {key} is prepaid in {} and pay-as-you-go in {}; it stays as it is until only one \
             of them includes it",
            sheet.whom(),
            contracts_in_words(prepaid.iter().map(|contract| &contract.id)),
            contracts_in_words(payg.iter().map(|contract| &contract.id)),
        ),
        items: BTreeSet::new(),
        approvable: false,
    }
}

/// The relevant contracts that hold a service, directly or inside a bundle.
fn holding<'f>(sheet: &Sheet<'f>, service: ServiceId) -> Vec<&'f Contract> {
    let holds = |contract: &&Contract| {
        let direct = contract.services.iter().any(|line| line.service == service);
        let bundled = || {
            let mut bundles = contract.bundles.iter();
            bundles.any(|line| line.services.contains(&service))
        };
        direct || bundled()
    };
    sheet.relevant().iter().copied().filter(holds).collect()
}

fn unlimited(contract: &Contract) -> String {
    format!(
        "contract {} ({}): pay-as-you-go",
        contract.id, contract.name
    )
}

fn service_in_words(link: &ProductLink) -> String {
    match &link.choice {
        Choice::Service { id, name } => format!("service {id} ({name})"),
        Choice::Free => "a free item".to_owned(),
        Choice::Leave => "an item that is not managed".to_owned(),
    }
}
