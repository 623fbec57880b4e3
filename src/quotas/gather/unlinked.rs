//! Customers that are not linked yet: new ones, and those that an earlier run made.

use std::collections::BTreeMap;

use anyhow::Result;

use super::convert;
use crate::acronis::TenantUsage;
use crate::domain::ids::{AccountName, InfraId, TenantId};
use crate::domain::storages::StorageInfo;
use crate::gather::offers::{self, Offer};
use crate::plan::CompanyRef;
use crate::quotas::facts::{Level, LiveUsage, QuotaCustomer, QuotaItem};
use crate::session::Account;

/// A customer whose tenant is still to be made: everything that its partner can hand out, all off.
pub(crate) fn customer_to_create(
    account: &AccountName,
    party: &CompanyRef,
    name: &str,
    offers: &[Offer],
) -> (QuotaCustomer, BTreeMap<InfraId, StorageInfo>) {
    let items = offers.iter().map(|offer| {
        let item = QuotaItem {
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
    let customer = QuotaCustomer {
        party: party.clone(),
        account: account.clone(),
        tenant: None,
        tenant_name: name.to_owned(),
        existed_before: false,
        lowering_approved: false,
        items: items.collect(),
        usage: LiveUsage::New,
    };
    let storages = offers.iter().filter_map(|offer| offer.storage.clone());
    let storages = storages.map(|storage| (storage.id.clone(), storage));
    (customer, storages.collect())
}

/// A customer whose tenant is there but not linked yet.
///
/// # Errors
/// When its items cannot be read.
pub(crate) fn customer_to_link(
    account: &Account,
    party: &CompanyRef,
    tenant: (&TenantId, &str),
    existed_before: bool,
) -> Result<(QuotaCustomer, BTreeMap<InfraId, StorageInfo>)> {
    let (id, name) = tenant;
    let rows = account.acronis.offering_items(id)?;
    let infras = rows.iter().filter_map(|item| item.key.infra.clone());
    let storages = offers::read_storages(account, infras)?;
    let asked = account.acronis.read_usages(std::slice::from_ref(id));
    let usage = convert::convert_usage(asked.values().next().unwrap_or(&TenantUsage::Missing));
    let customer = QuotaCustomer {
        party: party.clone(),
        account: account.name.clone(),
        tenant: Some(id.clone()),
        tenant_name: name.to_owned(),
        existed_before,
        lowering_approved: false,
        items: convert::convert_items(rows),
        usage,
    };
    Ok((customer, storages))
}
