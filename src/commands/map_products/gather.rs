//! Reads what the planner of the product mapping needs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::facts::{Counted, Facts, Item, Offered, Service, Storage};
use super::labels;
use crate::autotask::{self, Autotask, Picklist, find_billing_code};
use crate::config::LabelOrId;
use crate::domain::ids::{AccountName, BillingCodeId};
use crate::domain::labels::{NotOne, several_by_id};
use crate::domain::links::ProductLink;
use crate::domain::units::Measurement;
use crate::exit::Usage;
use crate::gather::offers::Offer;
use crate::gather::products::Products;

/// Items of the accounts, decided links, and all services, in the planner's words.
pub(super) fn facts(products: &Products, periods: &Picklist) -> Facts {
    let offered = products
        .offers
        .iter()
        .flat_map(|(account, offers)| offers.iter().map(|offer| offered(account, offer)));
    let mut items: Vec<Item> = offered.collect();
    let known: BTreeSet<_> = items
        .iter()
        .map(|item| (item.account.clone(), item.key.clone()))
        .collect();
    let rest = products
        .links
        .iter()
        .filter(|link| !known.contains(&(link.account.clone(), link.item.clone())));
    items.extend(rest.map(|link| decided(products, link)));
    items.sort_by(|a, b| (&a.account, &a.key).cmp(&(&b.account, &b.key)));
    let services = products.services.iter();
    Facts {
        items,
        links: products.links.clone(),
        services: services.map(|known| service(known, periods)).collect(),
        notes: products.failure_notes(),
    }
}

fn offered(account: &AccountName, offer: &Offer) -> Item {
    Item {
        account: account.clone(),
        label: labels::item(&offer.key.name),
        edition_label: labels::edition(offer.edition.as_deref()),
        key: offer.key.clone(),
        edition: offer.edition.clone(),
        counted: match offer.measurement {
            _ if offer.is_feature => Counted::Feature,
            Some(Measurement::Nothing) => Counted::Feature,
            Some(measurement) => Counted::In(measurement),
            None => Counted::Unknown,
        },
        offer: Offered::Yes,
        storage: offer.storage.as_ref().map(|storage| Storage {
            name: storage.name.clone(),
            location: storage.location.clone(),
            backend: storage.backend.clone(),
        }),
    }
}

/// An item of which only the decision is known.
fn decided(products: &Products, link: &ProductLink) -> Item {
    Item {
        account: link.account.clone(),
        label: labels::item(&link.item.name),
        edition_label: labels::edition(link.edition.as_deref()),
        key: link.item.clone(),
        edition: link.edition.clone(),
        counted: Counted::Unknown,
        offer: if products.is_missing(link) {
            Offered::No
        } else {
            Offered::Unread
        },
        storage: None,
    }
}

fn service(known: &autotask::Service, periods: &Picklist) -> Service {
    let label = |id: i64| {
        periods
            .label(id)
            .map_or_else(|| id.to_string(), str::to_owned)
    };
    Service {
        id: known.id,
        name: known.name.clone(),
        active: known.active,
        period: known.period_type.map(|id| (id, label(id))),
        code: known.billing_code,
    }
}

/// Id and label of a period type, by label or id of Autotask's own list.
pub(super) fn period(periods: &Picklist, wanted: &LabelOrId, key: &str) -> Result<(i64, String)> {
    let id = periods
        .resolve(wanted.as_str(), None)
        .map_err(|unlisted| Usage(format!("{key}: {unlisted}")))?;
    let label = periods.label(id).unwrap_or(wanted.as_str()).to_owned();
    Ok((id, label))
}

/// Id and name of a billing code of the recurring kind, by name or id.
///
/// # Errors
/// A sentence that says whether there is none or it is of another kind, and which there are.
pub(super) fn code(
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
        return Err(Usage(format!(
            "{key}: a new service needs a recurring billing code; available: {}",
            known()
        ))
        .into());
    };
    match find_billing_code(&codes, wanted.as_str()) {
        Ok(code) => Ok((code.id, code.name.clone())),
        Err(NotOne::Several(several)) => Err(Usage(format!(
            "{key}: \"{wanted}\" matches several billing codes: {}",
            several_by_id(several.iter().map(ToString::to_string))
        ))
        .into()),
        Err(NotOne::Inactive(code)) => Err(Usage(format!(
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
            Err(Usage(format!("{key}: {why}; available: {}", known())).into())
        }
    }
}
