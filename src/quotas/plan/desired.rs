//! What contracts and mapping want of each item, one by one.

use std::collections::BTreeSet;

use super::ContractStatus;
use super::customer::{CustomerView, contracts_in_words};
use super::decision::{Blocked, CustomerDecision, DesiredQuota};
use crate::config::Unmapped;
use crate::domain::contracts::Contract;
use crate::domain::ids::{ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::plan::RefusalCode;
use crate::quotas::facts::{Level, QuotaItem};

/// Fills in a target for each counted item that is not to be left alone.
pub(super) fn fill_desired(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    let items = view.customer.items.iter();
    for (key, item) in items.filter(|(_, item)| !item.is_feature) {
        match decide_item(view, key, item) {
            Ok(Some(target)) => {
                decision.desired.insert(key.clone(), target);
            }
            Ok(None) => {}
            Err(blocked) => decision.blocked.push(blocked),
        }
    }
    decision
}

/// Says which services a contract holds whose item this tenant cannot be given (acronis.md §5.3).
pub(super) fn block_unoffered(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    let links = view.links.iter();
    let missing = links.filter(|(key, _)| view.find_item(key).is_none());
    let blocked = missing.filter_map(|(key, link)| {
        let service = link.choice.service_id()?;
        let mut asking = contracts_holding(view, service);
        asking.retain(|contract| {
            contract.is_payg() || contract.units_of(service, view.facts.today) > 0
        });
        let why = format!(
            "{} includes {}, but the tenant cannot get {key}; enable it for its partner in Acronis",
            in_words(&asking),
            service_in_words(link),
        );
        let code = RefusalCode::ItemNotOffered;
        (!asking.is_empty()).then(|| Blocked::until_changed(view, code, BTreeSet::new(), &why))
    });
    decision.blocked.extend(blocked);
    decision
}

fn decide_item(
    view: &CustomerView<'_>,
    key: &ItemKey,
    item: &QuotaItem,
) -> Result<Option<DesiredQuota>, Blocked> {
    let link = view.links.get(key).copied();
    match link.map(|link| (link, &link.choice)) {
        Some((_, MappingChoice::Leave)) => Ok(None),
        Some((_, MappingChoice::Free)) => Ok(unlimited_quota(view, key, item)),
        Some((link, MappingChoice::Service { id, .. })) => {
            counted_quota(view, key, item, link, *id)
        }
        None => Ok(match view.rules.unmapped {
            Unmapped::Zero => {
                zero_quota(view, item, "it is not mapped and products.unmapped is zero")
            }
            Unmapped::Leave => None,
        }),
    }
}

/// Enabled without limit. What exists once per storage is not switched on beside another one: a
/// customer holds one storage (acronis.md §5.4).
fn unlimited_quota(
    view: &CustomerView<'_>,
    key: &ItemKey,
    item: &QuotaItem,
) -> Option<DesiredQuota> {
    if view.relevant_contracts().is_empty() {
        return None;
    }
    let has_sibling = || {
        let mut items = view.customer.items.keys();
        items.any(|other| other.name == key.name && other != key)
    };
    if item.level == Level::Off && key.infra.is_some() && has_sibling() {
        return None;
    }
    Some(DesiredQuota::without_contract(
        Level::UNLIMITED,
        "it is mapped as free",
    ))
}

/// Nothing may be used any more, where anything could. Nothing is ever switched off.
fn zero_quota(view: &CustomerView<'_>, item: &QuotaItem, why: &str) -> Option<DesiredQuota> {
    if item.level == Level::Off || item.measurement.is_none() {
        return None;
    }
    let because = match &view.contract_status {
        ContractStatus::Ended(end) => end.end_in_words(),
        ContractStatus::Relevant(_) | ContractStatus::Coming(_) | ContractStatus::Never => {
            why.to_owned()
        }
    };
    Some(DesiredQuota::without_contract(Level::ZERO, because))
}

fn counted_quota(
    view: &CustomerView<'_>,
    key: &ItemKey,
    item: &QuotaItem,
    link: &ProductLink,
    service: ServiceId,
) -> Result<Option<DesiredQuota>, Blocked> {
    let (payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = contracts_holding(view, service)
        .into_iter()
        .partition(|contract| contract.is_payg());
    match (payg.is_empty(), prepaid.is_empty()) {
        (true, true) => {
            let why = format!("no contract in force includes {}", service_in_words(link));
            Ok(zero_quota(view, item, &why))
        }
        (true, false) => prepaid_quota(view, key, item, link, service, &prepaid),
        (false, true) => Ok(Some(DesiredQuota::of_contracts(
            Level::UNLIMITED,
            &payg,
            |_| "pay-as-you-go".to_owned(),
        ))),
        (false, false) => {
            let why = format!(
                "{key} is prepaid in {} and pay-as-you-go in {}; it stays as it is until only one \
                 of them includes it",
                in_words(&prepaid),
                in_words(&payg),
            );
            let code = RefusalCode::TwoBillingTypes;
            Err(Blocked::until_changed(view, code, BTreeSet::new(), &why))
        }
    }
}

/// The units in force today, of all prepaid contracts together.
fn prepaid_quota(
    view: &CustomerView<'_>,
    key: &ItemKey,
    item: &QuotaItem,
    link: &ProductLink,
    service: ServiceId,
    prepaid: &[&Contract],
) -> Result<Option<DesiredQuota>, Blocked> {
    let today = view.facts.today;
    let units = |contract: &Contract| contract.units_of(service, today);
    let sum = prepaid
        .iter()
        .fold(0_i64, |sum, contract| sum.saturating_add(units(contract)));
    if sum <= 0 {
        let why = format!(
            "{} includes {} with no units in force on {today}",
            in_words(prepaid),
            service_in_words(link)
        );
        return Ok(zero_quota(view, item, &why));
    }
    let unit = link.measure.unit;
    let fits = item
        .measurement
        .is_some_and(|measured| unit.fits_measurement(measured));
    let Some(value) = fits.then(|| link.measure.quota_amount(sum)).flatten() else {
        let why = format!(
            "{sum} {unit} of {} cannot be converted to a quota of {key}, which has another unit; \
             change the unit with map-products set",
            service_in_words(link)
        );
        let code = RefusalCode::UnitUnfit;
        return Err(Blocked::until_changed(view, code, BTreeSet::new(), &why));
    };
    let says = |contract: &Contract| {
        let bundles = show_bundles(view, contract, service);
        format!("{} units{bundles}", units(contract))
    };
    Ok(Some(DesiredQuota::of_contracts(
        Level::hard(value),
        prepaid,
        says,
    )))
}

/// The bundles through which some of a contract's units of a service come.
fn show_bundles(view: &CustomerView<'_>, contract: &Contract, service: ServiceId) -> String {
    let today = view.facts.today;
    let bundled = contract.bundles.iter().filter_map(|line| {
        let held = line.services.contains(&service);
        let units = line.rows.units_on(today);
        (held && units > 0).then(|| {
            let bundle = view.facts.book.show_bundle(line.bundle);
            format!(", {units} of them through {bundle}")
        })
    });
    bundled.collect()
}

/// The relevant contracts that hold a service, directly or inside a bundle.
fn contracts_holding<'f>(view: &CustomerView<'f>, service: ServiceId) -> Vec<&'f Contract> {
    let relevant = view.relevant_contracts().iter().copied();
    relevant
        .filter(|contract| contract.holds_service(service))
        .collect()
}

fn in_words(contracts: &[&Contract]) -> String {
    contracts_in_words(contracts.iter().map(|contract| &contract.id))
}

fn service_in_words(link: &ProductLink) -> String {
    match &link.choice {
        MappingChoice::Service { id, name } => format!("service {id} ({name})"),
        MappingChoice::Free => "a free item".to_owned(),
        MappingChoice::Leave => "an item that is not managed".to_owned(),
    }
}
