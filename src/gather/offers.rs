//! What an account's partner can hand to customers, with its storages by name.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::acronis::{Infra, ItemClass, OfferingItem};
use crate::domain::ids::{InfraId, ItemKey, LocationId, TenantId};
use crate::domain::storages::StorageInfo;
use crate::domain::units::Measurement;
use crate::gather::tenant_tree;
use crate::session::Account;

/// One offering item that a new customer can be given.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) key: ItemKey,
    pub(crate) edition: Option<String>,
    pub(crate) usage_name: Option<String>,
    /// `None` when the service measures it in something we do not know.
    pub(crate) measurement: Option<Measurement>,
    pub(crate) is_feature: bool,
    /// For items that exist once per storage or infrastructure.
    pub(crate) storage: Option<StorageInfo>,
}

/// What the account's configured partner (or its own tenant) can hand out.
///
/// # Errors
/// When anything of it could not be read.
pub(crate) fn read_offers(account: &Account) -> Result<Vec<Offer>> {
    if let Some(wanted) = &account.partner {
        let partner = tenant_tree::read_tenant_tree(account)?
            .find_partner(Some(wanted))?
            .id
            .clone();
        return read_offers_of_partner(account, &partner);
    }
    let offers = read_offers_of_partner(account, &account.acronis.own_tenant_id()?);
    if !offers.as_ref().is_ok_and(|found| !found.is_empty()) {
        // A client of a customer's own tenant hands out nothing; this says so better.
        account.acronis.own_tenant()?;
    }
    offers
}

/// What one partner or folder can hand to a new customer.
///
/// # Errors
/// When anything of it could not be read.
pub(crate) fn read_offers_of_partner(account: &Account, partner: &TenantId) -> Result<Vec<Offer>> {
    let items = account.acronis.available_for_child(partner)?;
    let storages = read_storages(
        account,
        items.iter().filter_map(|item| item.key.infra.clone()),
    )?;
    let offers = items.into_iter().map(|item| build_offer(item, &storages));
    Ok(offers.collect())
}

/// The storages with these ids, by id. One that the service does not show is named by its id.
///
/// # Errors
/// When they could not be read.
pub(crate) fn read_storages(
    account: &Account,
    ids: impl IntoIterator<Item = InfraId>,
) -> Result<BTreeMap<InfraId, StorageInfo>> {
    let mut ids: Vec<InfraId> = ids.into_iter().collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let infras = account.acronis.read_infras(&ids)?;
    let mut places: Vec<LocationId> = infras
        .iter()
        .filter_map(|infra| infra.location.clone())
        .collect();
    places.sort();
    places.dedup();
    let locations: BTreeMap<LocationId, String> = if places.is_empty() {
        BTreeMap::new()
    } else {
        let found = account.acronis.read_locations(&places)?;
        found
            .into_iter()
            .map(|place| (place.id, place.name))
            .collect()
    };
    let storages = infras.into_iter().map(|infra| {
        let storage = name_storage(infra, &locations);
        (storage.id.clone(), storage)
    });
    Ok(storages.collect())
}

fn name_storage(infra: Infra, locations: &BTreeMap<LocationId, String>) -> StorageInfo {
    StorageInfo {
        holds_backups: infra.holds_backups(),
        location: infra.location.and_then(|id| locations.get(&id).cloned()),
        id: infra.id,
        name: infra.name,
        backend: infra.backend_type,
    }
}

fn build_offer(item: OfferingItem, storages: &BTreeMap<InfraId, StorageInfo>) -> Offer {
    let storage = item.key.infra.as_ref().map(|id| {
        storages.get(id).cloned().unwrap_or_else(|| StorageInfo {
            id: id.clone(),
            name: id.to_string(),
            location: None,
            backend: None,
            holds_backups: false,
        })
    });
    Offer {
        measurement: item.parse_measurement(),
        is_feature: item.class == ItemClass::Feature,
        key: item.key,
        edition: item.edition,
        usage_name: item.usage_name,
        storage,
    }
}
