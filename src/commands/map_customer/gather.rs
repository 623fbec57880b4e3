//! Reads what the planner of the customer mapping needs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::plan::{CompanyFacts, Facts, TenantFacts, TenantRole};
use crate::acronis::{self, TenantKind};
use crate::domain::ids::AccountName;
use crate::domain::ownership_tag::OwnershipTag;
use crate::gather::customers::{self, CustomerDirectory};
use crate::onboarding;
use crate::session::recovery::Recovery;
use crate::session::{Account, Session};

/// Both sides, as they were read and as the planner sees them.
#[derive(Debug)]
pub(super) struct GatheredCustomers {
    pub(super) customers: CustomerDirectory,
    pub(super) facts: Facts,
}

impl GatheredCustomers {
    /// Says when tenants have our tags and the state file has no link.
    pub(super) fn warn_of_lost_state(&self, session: &Session) {
        if let Some(lost) = &self.customers.lost {
            session.report.print_warning(&lost.warning_text());
        }
    }
}

/// Reads both sides of these accounts, and settles what earlier runs left open. An account that fails does not stop the others; when all
/// fail there is nothing to go by, and the first failure is the end.
pub(super) fn read_customers(
    session: &Session,
    recovery: &Recovery<'_>,
    accounts: &[&Account],
) -> Result<GatheredCustomers> {
    let mut customers = customers::read_customers(session, recovery.state, accounts)?;
    session.ensure_something_read()?;
    onboarding::recover_customers(recovery, &mut customers)?;
    let facts = build_facts(&customers);
    Ok(GatheredCustomers { customers, facts })
}

fn build_facts(customers: &CustomerDirectory) -> Facts {
    let read: BTreeSet<&AccountName> = customers.trees.keys().collect();
    let linked = customers.links.iter().map(|link| &link.account);
    let failed = customers.failures.iter().map(|failure| &failure.account);
    let unread = linked
        .chain(failed)
        .filter(|account| !read.contains(account))
        .cloned()
        .collect();
    let mut notes = customers.failure_notes();
    notes.extend(customers.link_remarks());
    Facts {
        companies: customers
            .companies
            .values()
            .map(|company| {
                let company = CompanyFacts {
                    id: company.id,
                    name: company.name.clone(),
                    active: company.active,
                };
                (company.id, company)
            })
            .collect(),
        tenants: list_tenants(customers),
        links: customers.links.clone(),
        read: read.into_iter().cloned().collect(),
        unread,
        database: customers.database,
        remarks: notes,
    }
}

fn list_tenants(customers: &CustomerDirectory) -> Vec<TenantFacts> {
    customers
        .trees
        .iter()
        .flat_map(|(account, tree)| tree.tenants.iter().map(move |tenant| (account, tenant)))
        .filter(|(_, tenant)| tenant.deleted_at.is_none())
        .map(|(account, tenant)| convert_tenant(customers, account, tenant))
        .collect()
}

fn convert_tenant(
    customers: &CustomerDirectory,
    account: &AccountName,
    tenant: &acronis::Tenant,
) -> TenantFacts {
    let (parent, parent_name) = customers.home_of(account, tenant);
    TenantFacts {
        account: account.clone(),
        id: tenant.id.clone(),
        name: tenant.name.clone(),
        kind: match &tenant.kind {
            TenantKind::Customer => TenantRole::Customer,
            TenantKind::Root | TenantKind::Partner | TenantKind::Folder => {
                TenantRole::Parent(tenant.kind.to_string())
            }
            TenantKind::Unit | TenantKind::Other(_) => TenantRole::Other(tenant.kind.to_string()),
        },
        enabled: tenant.enabled,
        operation: tenant.operation.clone(),
        parent,
        parent_name,
        tag: OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref()),
    }
}
