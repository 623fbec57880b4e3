//! Reads what the planner of the product mapping needs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::facts::{Facts, ItemCounting, MappableItem, Offered, ServiceFacts, StorageFacts};
use super::labels;
use crate::autotask::{self, Autotask, Picklist, find_billing_code};
use crate::config::LabelOrId;
use crate::domain::ids::{AccountName, BillingCodeId};
use crate::domain::labels::{NotOne, several_by_id};
use crate::domain::links::ProductLink;
use crate::domain::units::Measurement;
use crate::exit::UsageError;
use crate::gather::offers::Offer;
use crate::gather::products::ProductCatalog;

/// Items of the accounts, decided links, and all services, in the planner's words.
pub(super) fn build_facts(products: &ProductCatalog, periods: &Picklist) -> Facts {
    let offered = products
        .offers
        .iter()
        .flat_map(|(account, offers)| offers.iter().map(|offer| item_of_offer(account, offer)));
    let mut items: Vec<MappableItem> = offered.collect();
    let known: BTreeSet<_> = items
        .iter()
        .map(|item| (item.account.clone(), item.key.clone()))
        .collect();
    let rest = products
        .links
        .iter()
        .filter(|link| !known.contains(&(link.account.clone(), link.item.clone())));
    items.extend(rest.map(|link| item_of_link(products, link)));
    items.sort_by(|a, b| (&a.account, &a.key).cmp(&(&b.account, &b.key)));
    let services = products.services.iter();
    Facts {
        items,
        links: products.links.clone(),
        services: services
            .map(|known| convert_service(known, periods))
            .collect(),
        remarks: products.failure_notes(),
    }
}

fn item_of_offer(account: &AccountName, offer: &Offer) -> MappableItem {
    MappableItem {
        account: account.clone(),
        label: labels::item_label(&offer.key.name),
        edition_label: labels::edition_label(offer.edition.as_deref()),
        key: offer.key.clone(),
        edition: offer.edition.clone(),
        counted: match offer.measurement {
            _ if offer.is_feature => ItemCounting::Feature,
            Some(Measurement::Nothing) => ItemCounting::Feature,
            Some(measurement) => ItemCounting::In(measurement),
            None => ItemCounting::Unknown,
        },
        offer: Offered::Yes,
        storage: offer.storage.as_ref().map(|storage| StorageFacts {
            name: storage.name.clone(),
            location: storage.location.clone(),
            backend: storage.backend.clone(),
        }),
    }
}

/// An item of which only the decision is known.
fn item_of_link(products: &ProductCatalog, link: &ProductLink) -> MappableItem {
    MappableItem {
        account: link.account.clone(),
        label: labels::item_label(&link.item.name),
        edition_label: labels::edition_label(link.edition.as_deref()),
        key: link.item.clone(),
        edition: link.edition.clone(),
        counted: ItemCounting::Unknown,
        offer: if products.is_missing(link) {
            Offered::No
        } else {
            Offered::Unread
        },
        storage: None,
    }
}

fn convert_service(known: &autotask::Service, periods: &Picklist) -> ServiceFacts {
    let label = |id: i64| {
        periods
            .label_of(id)
            .map_or_else(|| id.to_string(), str::to_owned)
    };
    ServiceFacts {
        id: known.id,
        name: known.name.clone(),
        active: known.active,
        period: known.period_type.map(|id| (id, label(id))),
        code: known.billing_code,
    }
}

/// Id and label of a period type, by label or id of Autotask's own list.
pub(super) fn resolve_period(
    periods: &Picklist,
    wanted: &LabelOrId,
    key: &str,
) -> Result<(i64, String)> {
    let id = periods
        .resolve_id(wanted.as_str(), None)
        .map_err(|unlisted| UsageError(format!("{key}: {unlisted}")))?;
    let label = periods.label_of(id).unwrap_or(wanted.as_str()).to_owned();
    Ok((id, label))
}

/// Id and name of a billing code of the recurring kind, by name or id.
///
/// # Errors
/// A sentence that says whether there is none or it is of another kind, and which there are.
pub(super) fn resolve_billing_code(
    autotask: &Autotask,
    wanted: Option<&LabelOrId>,
    key: &str,
) -> Result<(BillingCodeId, String)> {
    let codes = autotask.recurring_billing_codes()?;
    let known = || {
        let mut names: Vec<String> = codes
            .iter()
            .filter(|code| code.active)
            .map(ToString::to_string)
            .collect();
        names.sort();
        names.join(", ")
    };
    let Some(wanted) = wanted else {
        return Err(UsageError(format!(
            "{key}: a new service needs a recurring billing code; available: {}",
            known()
        ))
        .into());
    };
    match find_billing_code(&codes, wanted.as_str()) {
        Ok(code) => Ok((code.id, code.name.clone())),
        Err(NotOne::Several(several)) => Err(UsageError(format!(
            "{key}: \"{wanted}\" matches several billing codes: {}",
            several_by_id(several.iter().map(ToString::to_string))
        ))
        .into()),
        Err(NotOne::Inactive(code)) => Err(UsageError(format!(
            "{key}: the billing code {code} is inactive; available: {}",
            known()
        ))
        .into()),
        Err(NotOne::Unknown) => {
            let kinds = autotask.billing_code_kinds(wanted.as_str())?;
            let why = match kinds.first() {
                Some(kind) => format!(
                    "the billing code {wanted} is of type {kind:?}, but a service needs a \
                     recurring one"
                ),
                None => format!("Autotask has no billing code {wanted}"),
            };
            Err(UsageError(format!("{key}: {why}; available: {}", known())).into())
        }
    }
}
