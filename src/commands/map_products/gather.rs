//! Reads what the planner of the product mapping needs.

use anyhow::{Context as _, Result};

use super::labels;
use super::plan::{Facts, Item, Service, Storage};
use crate::autotask::Autotask;
use crate::config::LabelOrId;
use crate::domain::ids::BillingCodeId;
use crate::exit::Usage;
use crate::gather::offers::{self, Offer};
use crate::session::{Account, Session};
use crate::state::State;

/// Items of the accounts, decided links, and all services.
pub(super) fn facts(session: &Session, state: &State, accounts: &[&Account]) -> Result<Facts> {
    let step = session.report.step("reading offering items and services");
    let mut items = Vec::new();
    for account in accounts {
        let offers = offers::of(account)
            .with_context(|| format!("reading what account {} can hand out", account.name))?;
        items.extend(offers.into_iter().map(|offer| item(account, offer)));
        step.tick();
    }
    items.sort_by(|a, b| (&a.account, &a.key).cmp(&(&b.account, &b.key)));
    let services = session.autotask()?.services()?;
    Ok(Facts {
        items,
        links: state.product_links()?,
        services: services
            .into_iter()
            .map(|service| Service {
                id: service.id,
                name: service.name,
                active: service.active,
                period: service.period_type,
                code: service.billing_code,
            })
            .collect(),
    })
}

fn item(account: &Account, offer: Offer) -> Item {
    Item {
        account: account.name.clone(),
        label: labels::item(&offer.key.name),
        edition_label: labels::edition(offer.edition.as_deref()),
        key: offer.key,
        edition: offer.edition,
        measurement: offer.measurement,
        is_feature: offer.is_feature,
        storage: offer.storage.map(|storage| Storage {
            name: storage.name,
            location: storage.location,
            backend: storage.backend,
        }),
    }
}

/// Id and label of a period type, by label or id of Autotask's own list.
pub(super) fn period(autotask: &Autotask, wanted: &LabelOrId, key: &str) -> Result<(i64, String)> {
    let periods = autotask.service_periods()?;
    let id = periods
        .resolve(wanted.as_str(), None)
        .map_err(|unlisted| Usage(format!("{key}: {unlisted}")))?;
    let label = periods.label(id).unwrap_or(wanted.as_str()).to_owned();
    Ok((id, label))
}

/// Id and name of a billing code of the recurring kind, by name or id.
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
            .map(|code| format!("{} ({})", code.name, code.id))
            .collect();
        names.sort();
        names.join(", ")
    };
    let Some(wanted) = wanted else {
        return Err(Usage(format!(
            "{key}: a new service needs a billing code of the recurring kind; there are: {}",
            known()
        ))
        .into());
    };
    let found = codes.iter().filter(|code| code.active).find(|code| {
        Some(code.id.0) == wanted.id() || code.name.to_lowercase() == wanted.as_str().to_lowercase()
    });
    found.map(|code| (code.id, code.name.clone())).ok_or_else(|| {
        Usage(format!(
            "{key}: Autotask has no active billing code of the recurring kind called {}; there are: {}",
            wanted.as_str(),
            known()
        ))
        .into()
    })
}
