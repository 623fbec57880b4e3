//! Customers that are not linked yet: new ones, and those that an earlier run made.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::convert;
use super::live::storages;
use crate::acronis::Measured;
use crate::domain::ids::{AccountName, InfraId, TenantId};
use crate::gather::offers::Offer;
use crate::plan::Party;
use crate::quotas::facts::{Customer, Item, Level, Storage, Usage};
use crate::session::Account;

/// A customer whose tenant is still to be made: everything that its partner can hand out, all off.
pub(crate) fn newcomer(
    account: &AccountName,
    party: &Party,
    name: &str,
    offers: &[Offer],
) -> (Customer, BTreeMap<InfraId, Storage>) {
    let items = offers.iter().map(|offer| {
        let item = Item {
            edition: offer.edition.clone(),
            usage_name: offer.usage_name.clone(),
            is_feature: offer.is_feature,
            locked: false,
            measurement: offer.measurement,
            level: Level::Off,
            version: 0,
        };
        (offer.key.clone(), item)
    });
    let customer = Customer {
        party: party.clone(),
        account: account.clone(),
        tenant: None,
        tenant_name: name.to_owned(),
        existed_before: false,
        lowering_approved: false,
        items: items.collect(),
        usage: Usage::New,
    };
    let storages = offers.iter().filter_map(|offer| offer.storage.clone());
    let storages = storages.map(|storage| convert::named((storage.id.clone(), storage)));
    (customer, storages.collect())
}

/// A customer whose tenant is there but not linked yet.
///
/// # Errors
/// When its items cannot be read.
pub(crate) fn stranger(
    account: &Account,
    party: &Party,
    tenant: (&TenantId, &str),
    existed_before: bool,
) -> Result<(Customer, BTreeMap<InfraId, Storage>)> {
    let (id, name) = tenant;
    let rows = account.acronis.offering_items(id)?;
    let infras: BTreeSet<InfraId> = rows
        .iter()
        .filter_map(|item| item.key.infra.clone())
        .collect();
    let storages = storages(account, infras)?;
    let asked = account.acronis.usages(std::slice::from_ref(id));
    let usage = convert::usage(asked.values().next().unwrap_or(&Measured::Missing));
    let customer = Customer {
        party: party.clone(),
        account: account.name.clone(),
        tenant: Some(id.clone()),
        tenant_name: name.to_owned(),
        existed_before,
        lowering_approved: false,
        items: convert::items(rows),
        usage,
    };
    Ok((customer, storages))
}
