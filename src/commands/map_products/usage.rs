//! What customers use, and which services stand on contracts now: what `create --used` goes by.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use rust_decimal::Decimal;

use super::plan::ItemUsers;
use crate::acronis::{TenantKind, TenantUsage, UsageRow};
use crate::autotask::ContractScope;
use crate::domain::ids::{ServiceId, TenantId};
use crate::domain::items::accrues_over_period;
use crate::gather::tenant_tree::read_tenant_tree;
use crate::session::{Account, Session, is_hidden};

/// The customers that use each item now, linked to a company or not; nothing of those that cannot be
/// read, which fails the run in the end.
pub(super) fn read_item_users(session: &Session, accounts: &[&Account]) -> ItemUsers {
    let step = session.report.start_step("reading usages");
    let mut users = ItemUsers::default();
    for account in accounts {
        if let Err(error) = add_users(account, &mut users) {
            session.record_blind_spot(&account.name, &error);
            users.is_incomplete = true;
        }
        step.advance_step();
    }
    users
}

fn add_users(account: &Account, users: &mut ItemUsers) -> Result<()> {
    let tree = read_tenant_tree(account)
        .with_context(|| format!("reading the customers of account {}", account.name))?;
    let customers: Vec<TenantId> = tree
        .tenants
        .iter()
        .filter(|tenant| tenant.kind == TenantKind::Customer && tenant.deleted_at.is_none())
        .map(|tenant| tenant.id.clone())
        .collect();
    let usages = account.acronis.read_usages(&customers);
    let mut unread = Vec::new();
    for (tenant, usage) in usages {
        match usage {
            TenantUsage::Rows(rows) => {
                for row in rows.into_iter().filter(is_in_use) {
                    let key = (account.name.clone(), row.key);
                    users.by_item.entry(key).or_default().insert(tenant.clone());
                }
            }
            // A tenant without an answer uses nothing that is known.
            TenantUsage::Missing => {}
            TenantUsage::Failed(failure) => unread.push(anyhow::Error::new(failure)),
        }
    }
    let all = unread.len() == customers.len();
    unread.retain(|error| all || !is_hidden(error));
    let count = unread.len();
    let Some(first) = unread.into_iter().next() else {
        return Ok(());
    };
    Err(first.context(format!(
        "the usages of {count} tenants could not be read, so what only they use gets no service"
    )))
}

/// Whether a row is of an item, and says that something is used.
fn is_in_use(row: &UsageRow) -> bool {
    let figure = if accrues_over_period(&row.key.name, row.usage_name.as_deref()) {
        row.value
    } else {
        row.absolute
    };
    row.item.is_some() && figure.is_some_and(|amount| amount > Decimal::ZERO)
}

/// Those of these services that stand on a contract in force.
///
/// # Errors
/// When contracts cannot be read.
pub(super) fn read_services_on_contracts(
    session: &Session,
    services: &BTreeSet<ServiceId>,
) -> Result<BTreeSet<ServiceId>> {
    if services.is_empty() {
        return Ok(BTreeSet::new());
    }
    let autotask = session.connected_autotask()?;
    let held = autotask.contracts_with(services)?;
    if held.is_empty() {
        return Ok(BTreeSet::new());
    }
    let active = autotask.read_contracts(&ContractScope::Active)?;
    let today = session.today;
    let in_force: BTreeSet<_> = active
        .into_iter()
        .filter(|contract| contract.start <= today && today <= contract.end)
        .map(|contract| contract.id)
        .collect();
    Ok(held
        .into_iter()
        .filter(|(_, contracts)| contracts.iter().any(|id| in_force.contains(id)))
        .map(|(service, _)| service)
        .collect())
}
