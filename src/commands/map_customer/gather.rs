//! Reads what the planner of the customer mapping needs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::plan::{Company, Facts, Kind, Tenant};
use crate::acronis::{self, TenantKind};
use crate::domain::ids::AccountName;
use crate::domain::mark::Mark;
use crate::gather::customers::{self, Customers};
use crate::onboarding;
use crate::session::recovery::Recovery;
use crate::session::{Account, Session};

/// Both sides, as they were read and as the planner sees them.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) customers: Customers,
    pub(super) facts: Facts,
}

impl Gathered {
    /// Says when tenants bear our tags and the state file links nobody.
    pub(super) fn warn_of_lost_state(&self, session: &Session) {
        if let Some(lost) = &self.customers.lost {
            session.report.warn(&lost.warning());
        }
    }
}

/// Reads both sides of these accounts, and settles what earlier runs left open. An account that fails does not stop the others; when all
/// fail there is nothing to go by, and the first failure is the end.
pub(super) fn read(
    session: &Session,
    recovery: &Recovery<'_>,
    accounts: &[&Account],
) -> Result<Gathered> {
    let mut customers = customers::read(session, recovery.state, accounts)?;
    session.ensure_something_read()?;
    onboarding::recover(recovery, &mut customers)?;
    let facts = facts(&customers);
    Ok(Gathered { customers, facts })
}

fn facts(customers: &Customers) -> Facts {
    let read: BTreeSet<&AccountName> = customers.trees.keys().collect();
    let linked = customers.links.iter().map(|link| &link.account);
    let failed = customers.failures.iter().map(|failure| &failure.account);
    let unread = linked
        .chain(failed)
        .filter(|account| !read.contains(account))
        .cloned()
        .collect();
    let mut notes = customers.failure_notes();
    notes.extend(customers.link_notes());
    Facts {
        companies: customers
            .companies
            .values()
            .map(|company| {
                let company = Company {
                    id: company.id,
                    name: company.name.clone(),
                    active: company.active,
                };
                (company.id, company)
            })
            .collect(),
        tenants: tenants(customers),
        links: customers.links.clone(),
        read: read.into_iter().cloned().collect(),
        unread,
        database: customers.database,
        notes,
    }
}

fn tenants(customers: &Customers) -> Vec<Tenant> {
    customers
        .trees
        .iter()
        .flat_map(|(account, tree)| tree.tenants.iter().map(move |tenant| (account, tenant)))
        .filter(|(_, tenant)| tenant.deleted_at.is_none())
        .map(|(account, tenant)| seen(customers, account, tenant))
        .collect()
}

fn seen(customers: &Customers, account: &AccountName, tenant: &acronis::Tenant) -> Tenant {
    let (parent, parent_name) = customers.home_of(account, tenant);
    Tenant {
        account: account.clone(),
        id: tenant.id.clone(),
        name: tenant.name.clone(),
        kind: match &tenant.kind {
            TenantKind::Customer => Kind::Customer,
            TenantKind::Root | TenantKind::Partner | TenantKind::Folder => {
                Kind::Parent(tenant.kind.to_string())
            }
            TenantKind::Unit | TenantKind::Other(_) => Kind::Other(tenant.kind.to_string()),
        },
        enabled: tenant.enabled,
        operation: tenant.operation.clone(),
        parent,
        parent_name,
        tag: Mark::read(tenant.internal_tag.as_deref()),
    }
}
