//! What contracts and mapping want of each item, one by one.

use crate::plan::RefusalCode;
use std::collections::BTreeSet;

use super::planner::{Blocked, DesiredQuota, QuotaPlanner, contracts_in_words, service_of};
use crate::config::Unmapped;
use crate::domain::contracts::Contract;
use crate::domain::ids::{ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::quotas::facts::{Level, QuotaItem};

/// Fills in a target for each counted item that is not to be left alone.
pub(super) fn fill_desired(sheet: &mut QuotaPlanner<'_>) {
    let customer = sheet.customer;
    for (key, item) in &customer.items {
        if item.is_feature {
            continue;
        }
        match decide_item(sheet, key, item) {
            Ok(Some(target)) => {
                sheet.desired.insert(key.clone(), target);
            }
            Ok(None) => {}
            Err(hold) => sheet.blocked.push(hold),
        }
    }
}

/// Services that a contract holds and whose item this tenant cannot be given (acronis.md §5.3).
pub(super) fn remark_on_unoffered(sheet: &mut QuotaPlanner<'_>) {
    let missing: Vec<Blocked> = sheet
        .links
        .iter()
        .filter(|(key, _)| sheet.find_item(key).is_none())
        .filter_map(|(key, link)| {
            let service = service_of(link)?;
            let asking: Vec<&Contract> = contracts_holding(sheet, service)
                .into_iter()
                .filter(|contract| {
                    contract.is_payg() || contract.units_of(service, sheet.facts.today) > 0
                })
                .collect();
            let first = contracts_in_words(asking.iter().map(|contract| &contract.id));
            (!asking.is_empty()).then(|| Blocked {
                code: RefusalCode::ItemNotOffered,
                text: format!(
                    "{}: {first} includes {}, but the tenant cannot get {key}; enable it for its \
                     partner in Acronis",
                    sheet.customer_in_words(),
                    service_in_words(link),
                ),
                items: BTreeSet::new(),
                approvable: false,
            })
        })
        .collect();
    sheet.blocked.extend(missing);
}

fn decide_item(
    sheet: &QuotaPlanner<'_>,
    key: &ItemKey,
    item: &QuotaItem,
) -> Result<Option<DesiredQuota>, Blocked> {
    let link = sheet.links.get(key).copied();
    match link.map(|link| (link, &link.choice)) {
        Some((_, MappingChoice::Leave)) => Ok(None),
        Some((_, MappingChoice::Free)) => Ok(unlimited_quota(sheet, key, item)),
        Some((link, MappingChoice::Service { id, .. })) => {
            counted_quota(sheet, key, item, link, *id)
        }
        None => Ok(match sheet.rules.unmapped {
            Unmapped::Zero => zero_quota(
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
fn unlimited_quota(
    sheet: &QuotaPlanner<'_>,
    key: &ItemKey,
    item: &QuotaItem,
) -> Option<DesiredQuota> {
    if sheet.relevant_contracts().is_empty() {
        return None;
    }
    let siblings = || {
        let items = sheet.customer.items.keys();
        items.filter(|other| other.name == key.name && *other != key)
    };
    if item.level == Level::Off && key.infra.is_some() && siblings().next().is_some() {
        return None;
    }
    Some(DesiredQuota {
        level: Level::UNLIMITED,
        because: vec!["it is mapped as free".to_owned()],
        contracts: BTreeSet::new(),
        needs: None,
    })
}

/// Nothing may be used any more, where anything could. Nothing is ever switched off.
fn zero_quota(sheet: &QuotaPlanner<'_>, item: &QuotaItem, why: &str) -> Option<DesiredQuota> {
    if item.level == Level::Off || item.measurement.is_none() {
        return None;
    }
    Some(DesiredQuota {
        level: Level::ZERO,
        because: vec![sheet.end_in_words().unwrap_or_else(|| why.to_owned())],
        contracts: BTreeSet::new(),
        needs: None,
    })
}

fn counted_quota(
    sheet: &QuotaPlanner<'_>,
    key: &ItemKey,
    item: &QuotaItem,
    link: &ProductLink,
    service: ServiceId,
) -> Result<Option<DesiredQuota>, Blocked> {
    let (payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = contracts_holding(sheet, service)
        .into_iter()
        .partition(|contract| contract.is_payg());
    if payg.is_empty() && prepaid.is_empty() {
        let why = format!("no contract in force includes {}", service_in_words(link));
        return Ok(zero_quota(sheet, item, &why));
    }
    if !payg.is_empty() && !prepaid.is_empty() {
        return Err(block_two_billing_types(sheet, key, &payg, &prepaid));
    }
    if prepaid.is_empty() {
        return Ok(Some(DesiredQuota {
            level: Level::UNLIMITED,
            because: payg
                .iter()
                .map(|contract| payg_in_words(contract))
                .collect(),
            contracts: payg.iter().map(|contract| contract.id).collect(),
            needs: None,
        }));
    }
    prepaid_quota(sheet, key, item, link, service, &prepaid)
}

/// The units in force today, of all prepaid contracts together.
fn prepaid_quota(
    sheet: &QuotaPlanner<'_>,
    key: &ItemKey,
    item: &QuotaItem,
    link: &ProductLink,
    service: ServiceId,
    prepaid: &[&Contract],
) -> Result<Option<DesiredQuota>, Blocked> {
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
        return Ok(zero_quota(sheet, item, &why));
    }
    let unit = link.measure.unit;
    let fits = item
        .measurement
        .is_some_and(|measured| unit.fits_measurement(measured));
    let value = fits.then(|| link.measure.quota_amount(sum)).flatten();
    let Some(value) = value else {
        return Err(Blocked {
            code: RefusalCode::UnitUnfit,
            text: format!(
                "{}: {sum} {unit} of {} cannot be converted to a quota of {key}, which has \
                 another unit; change the unit with map-products set",
                sheet.customer_in_words(),
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
    Ok(Some(DesiredQuota {
        level: Level::hard(value),
        because: because.collect(),
        contracts: prepaid.iter().map(|contract| contract.id).collect(),
        needs: None,
    }))
}

fn block_two_billing_types(
    sheet: &QuotaPlanner<'_>,
    key: &ItemKey,
    payg: &[&Contract],
    prepaid: &[&Contract],
) -> Blocked {
    Blocked {
        code: RefusalCode::TwoBillingTypes,
        text: format!(
            "{}: {key} is prepaid in {} and pay-as-you-go in {}; it stays as it is until only one \
             of them includes it",
            sheet.customer_in_words(),
            contracts_in_words(prepaid.iter().map(|contract| &contract.id)),
            contracts_in_words(payg.iter().map(|contract| &contract.id)),
        ),
        items: BTreeSet::new(),
        approvable: false,
    }
}

/// The relevant contracts that hold a service, directly or inside a bundle.
fn contracts_holding<'f>(sheet: &QuotaPlanner<'f>, service: ServiceId) -> Vec<&'f Contract> {
    let holds = |contract: &&Contract| {
        let direct = contract.services.iter().any(|line| line.service == service);
        let bundled = || {
            let mut bundles = contract.bundles.iter();
            bundles.any(|line| line.services.contains(&service))
        };
        direct || bundled()
    };
    sheet
        .relevant_contracts()
        .iter()
        .copied()
        .filter(holds)
        .collect()
}

fn payg_in_words(contract: &Contract) -> String {
    format!(
        "contract {} ({}): pay-as-you-go",
        contract.id, contract.name
    )
}

fn service_in_words(link: &ProductLink) -> String {
    match &link.choice {
        MappingChoice::Service { id, name } => format!("service {id} ({name})"),
        MappingChoice::Free => "a free item".to_owned(),
        MappingChoice::Leave => "an item that is not managed".to_owned(),
    }
}
