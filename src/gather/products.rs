//! Both sides of the product mapping as they are now.

mod lints;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::autotask::Service;
use crate::domain::ids::{AccountName, ItemKey, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::gather::offers::{self, Offer};
use crate::plan::Note;
use crate::session::{Account, AccountFailure, Session};
use crate::state::State;

/// What accounts offer, what was decided, and all services.
#[derive(Debug)]
pub(crate) struct Products {
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
pub(crate) fn read(session: &Session, state: &State, accounts: &[&Account]) -> Result<Products> {
    let step = session.report.step("reading offering items and services");
    let mut offers = BTreeMap::new();
    let mut failures = Vec::new();
    for account in accounts {
        let read = offers::of(account)
            .with_context(|| format!("reading what account {} can hand out", account.name));
        match read {
            Ok(found) => {
                session.account_read(&account.name);
                offers.insert(account.name.clone(), found);
            }
            Err(error) => failures.push(session.account_unread(&account.name, error)),
        }
        step.tick();
    }
    session.ensure_something_read()?;
    let services = session.autotask()?.services()?;
    step.tick();
    Ok(Products {
        offers,
        failures,
        links: state.product_links()?,
        services,
    })
}

impl Products {
    pub(crate) fn offer(&self, account: &AccountName, key: &ItemKey) -> Option<&Offer> {
        self.offers
            .get(account)?
            .iter()
            .find(|offer| offer.key == *key)
    }

    pub(crate) fn link(&self, account: &AccountName, key: &ItemKey) -> Option<&ProductLink> {
        self.links
            .iter()
            .find(|link| link.account == *account && link.item == *key)
    }

    pub(crate) fn service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// Whether the account was read and does not offer the item of this link any more.
    pub(crate) fn is_missing(&self, link: &ProductLink) -> bool {
        self.offers.contains_key(&link.account) && self.offer(&link.account, &link.item).is_none()
    }

    /// A note for every account that could not be read.
    pub(crate) fn failure_notes(&self) -> Vec<Note> {
        let note = |failure: &AccountFailure| Note {
            kind: "account-unreadable",
            account: Some(failure.account.clone()),
            company: None,
            subject: failure.account.to_string(),
            text: format!(
                "account {} could not be read, so its items stay as they are: {:#}",
                failure.account, failure.error
            ),
            needs_person: true,
        };
        self.failures.iter().map(note).collect()
    }

    /// The links that name a service, with it.
    fn mapped(&self) -> impl Iterator<Item = (&ProductLink, ServiceId, &str)> {
        self.links.iter().filter_map(|link| match &link.choice {
            Choice::Service { id, name } => Some((link, *id, name.as_str())),
            Choice::Free | Choice::Leave => None,
        })
    }
}
