//! Both sides of the product mapping as they are now.

mod lints;

use crate::plan::RemarkKind;
use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::autotask::Service;
use crate::domain::ids::{AccountName, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::gather::offers::{self, Offer};
use crate::plan::Remark;
use crate::session::{Account, AccountFailure, Session};
use crate::state::State;
pub(crate) use lints::LintedContracts;

/// What accounts offer, what was decided, and all services.
#[derive(Debug)]
pub(crate) struct ProductCatalog {
    /// What the partner of each account that could be read can hand to customers.
    pub(crate) offers: BTreeMap<AccountName, Vec<Offer>>,
    /// The accounts that could not; nothing of them may be taken for missing.
    pub(crate) failures: Vec<AccountFailure>,
    pub(crate) links: Vec<ProductLink>,
    /// Inactive ones too: they hold their names.
    pub(crate) services: Vec<Service>,
}

/// Reads offering items, links and services; an account that fails does not stop the others.
///
/// # Errors
/// When Autotask, the state, or every account cannot be read.
pub(crate) fn read_products(
    session: &Session,
    state: &State,
    accounts: &[&Account],
) -> Result<ProductCatalog> {
    let step = session
        .report
        .start_step("reading offering items and services");
    let mut offers = BTreeMap::new();
    let mut failures = Vec::new();
    for account in accounts {
        let read = offers::read_offers(account)
            .with_context(|| format!("reading what account {} can offer", account.name));
        match read {
            Ok(found) => {
                session.record_read(&account.name);
                offers.insert(account.name.clone(), found);
            }
            Err(error) => failures.push(session.record_unread(&account.name, error)),
        }
        step.advance_step();
    }
    session.ensure_something_read()?;
    let services = session.connected_autotask()?.read_services()?;
    step.advance_step();
    Ok(ProductCatalog {
        offers,
        failures,
        links: state.product_links()?,
        services,
    })
}

impl ProductCatalog {
    pub(crate) fn find_offer(&self, account: &AccountName, key: &ItemKey) -> Option<&Offer> {
        self.offers
            .get(account)?
            .iter()
            .find(|offer| offer.key == *key)
    }

    pub(crate) fn find_link(&self, account: &AccountName, key: &ItemKey) -> Option<&ProductLink> {
        self.links
            .iter()
            .find(|link| link.account == *account && link.item == *key)
    }

    pub(crate) fn find_service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// Whether the account was read and does not offer the item of this link any more.
    pub(crate) fn is_missing(&self, link: &ProductLink) -> bool {
        self.offers.contains_key(&link.account)
            && self.find_offer(&link.account, &link.item).is_none()
    }

    /// A note for every account that could not be read.
    pub(crate) fn failure_notes(&self) -> Vec<Remark> {
        let note = |failure: &AccountFailure| {
            Remark::new(
                RemarkKind::AccountUnreadable,
                failure.account.to_string(),
                format!(
                    "account {} could not be read, so its items stay as they are: {:#}",
                    failure.account, failure.error
                ),
            )
            .of_account(&failure.account)
            .for_person()
        };
        self.failures.iter().map(note).collect()
    }

    /// The links that name a service, with it.
    fn mapped_services(&self) -> impl Iterator<Item = (&ProductLink, ServiceId, &str)> {
        self.links.iter().filter_map(|link| match &link.choice {
            MappingChoice::Service { id, name } => Some((link, *id, name.as_str())),
            MappingChoice::Free | MappingChoice::Leave => None,
        })
    }
}
