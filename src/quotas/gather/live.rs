//! What tenants have now, read in bulk (acronis.md §9).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Error, Result};

use crate::acronis::{self, OfferingItem};
use crate::domain::ids::TenantId;
use crate::http::fan_out;
use crate::session::{Account, Session, is_hidden};

/// Up to so many tenants are asked for their items one by one; more are read with the whole tree.
const SINGLY_MAX: usize = 4;

/// The items of each tenant. A tenant that the tree's list does not name is asked for its own: not
/// being listed is not the same as having nothing.
pub(super) fn read_items(
    session: &Session,
    account: &Account,
    root: &TenantId,
    whole: bool,
    tenants: &[TenantId],
) -> Result<BTreeMap<TenantId, Vec<OfferingItem>>> {
    let mut found: BTreeMap<TenantId, Vec<OfferingItem>> = BTreeMap::new();
    let wanted: BTreeSet<&TenantId> = tenants.iter().collect();
    if whole || tenants.len() > SINGLY_MAX {
        for item in account.acronis.offering_items_below(root) {
            let item = item.context("reading the offering items of all tenants")?;
            let Some(tenant) = item.tenant.clone().filter(|id| wanted.contains(id)) else {
                continue;
            };
            found.entry(tenant).or_default().push(item);
        }
    }
    // Whether the tree's list holds disabled items too is not stated: a tenant without any is asked
    // for its own list, which does (acronis.md §5.3).
    let is_whole = |rows: &Vec<OfferingItem>| rows.iter().any(|item| !item.enabled);
    let missing: Vec<&TenantId> = tenants
        .iter()
        .filter(|tenant| !found.get(*tenant).is_some_and(is_whole))
        .collect();
    let answers = fan_out(
        &missing,
        acronis::AT_ONCE_MAX,
        &session.interrupt,
        |tenant| account.acronis.offering_items(tenant),
    );
    let mut failures = Vec::new();
    for (tenant, answer) in missing.into_iter().zip(answers) {
        match answer {
            Some(Ok(rows)) => {
                found.insert(tenant.clone(), rows);
            }
            Some(Err(failure)) => {
                let what = format!("the offering items of tenant {tenant} could not be read");
                failures.push(Error::from(failure).context(what));
            }
            None => {}
        }
    }
    if found.is_empty()
        && let Some(first) = failures.iter().position(|error| !is_hidden(error))
    {
        return Err(failures.swap_remove(first));
    }
    // One hidden customer must not spoil the account: it has no rows, and is passed over.
    for error in &failures {
        session.record_gap(&account.name, error);
    }
    Ok(found)
}
