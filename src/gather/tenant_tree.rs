//! The partner or folder in which the customers of an account are.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::acronis::{ContactLevel, Tenant, TenantKind};
use crate::domain::ids::TenantId;
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::domain::names::same_in_database;
use crate::exit::UsageError;
use crate::session::Account;

/// The tenants of one account: its own at the root, then all below, parents first.
#[derive(Clone, Debug)]
pub(crate) struct TenantTree {
    pub(crate) root: TenantId,
    pub(crate) tenants: Vec<Tenant>,
    places: BTreeMap<TenantId, usize>,
}

/// Reads the whole tree of an account.
///
/// # Errors
/// When anything of it could not be read: half a tree would look like deleted customers.
pub(crate) fn read_tenant_tree(account: &Account) -> Result<TenantTree> {
    let root = account.acronis.own_tenant_id()?;
    let tenants = account
        .acronis
        .tenants_below(&root, ContactLevel::Without)
        .collect::<Result<Vec<_>, _>>()?;
    let places = tenants
        .iter()
        .enumerate()
        .map(|(place, tenant)| (tenant.id.clone(), place))
        .collect();
    let tree = TenantTree {
        root,
        tenants,
        places,
    };
    if !tree
        .find_tenant(&tree.root)
        .is_some_and(|own| holds_customers(&own.kind))
    {
        // A client of a customer's own tenant has no customers below it; this says so better.
        account.acronis.own_tenant()?;
    }
    Ok(tree)
}

impl TenantTree {
    pub(crate) fn find_tenant(&self, id: &TenantId) -> Option<&Tenant> {
        self.places
            .get(id)
            .and_then(|place| self.tenants.get(*place))
    }

    /// The tenant under which new customers of the account go.
    ///
    /// # Errors
    /// A sentence when the configured partner does not exist, is not unique, or can hold no
    /// customers.
    pub(crate) fn find_partner(&self, wanted: Option<&str>) -> Result<&Tenant> {
        let Some(wanted) = wanted else {
            return self.find_tenant(&self.root).ok_or_else(|| {
                UsageError("the API client's own tenant is not in its own list".to_owned()).into()
            });
        };
        let id = TenantId::new(wanted);
        let parents = || {
            self.tenants
                .iter()
                .filter(|tenant| holds_customers(&tenant.kind))
        };
        if let Some(tenant) = parents().find(|tenant| tenant.id == id) {
            return Ok(tenant);
        }
        let named: Vec<&Tenant> = parents()
            .filter(|tenant| same_in_database(&tenant.name, wanted))
            .collect();
        match named.as_slice() {
            [one] => Ok(one),
            [] => {
                let candidates: Vec<LookupCandidate> = parents()
                    .map(|tenant| LookupCandidate {
                        id: tenant.id.to_string(),
                        name: tenant.name.clone(),
                        shown: format!("{} ({})", tenant.name, tenant.id),
                    })
                    .collect();
                Err(UsageError(format!(
                    "no partner or folder has the id or name {wanted:?}{}",
                    did_you_mean(&candidates, wanted)
                ))
                .into())
            }
            several => {
                let ids: Vec<&str> = several.iter().map(|tenant| tenant.id.as_str()).collect();
                Err(UsageError(format!(
                    "several partners are named {wanted:?}; give the id of one: {}",
                    ids.join(", ")
                ))
                .into())
            }
        }
    }
}

fn holds_customers(kind: &TenantKind) -> bool {
    match kind {
        TenantKind::Root | TenantKind::Partner | TenantKind::Folder => true,
        TenantKind::Customer | TenantKind::Unit | TenantKind::Other(_) => false,
    }
}
