//! Companies and tenants of a run, and what has become of the links between them.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::acronis::{Tenant, TenantKind};
use crate::autotask::{Company, CompanyScope};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::CustomerLink;
use crate::gather::partners::{self, Tree};
use crate::plan::{Note, Party};
use crate::session::{Account, AccountFailure, Session};
use crate::state::State;

/// Both sides of the customer mapping as they are now.
#[derive(Debug)]
pub(crate) struct Customers {
    /// All companies, inactive ones too; never the provider's own (id 0).
    pub(crate) companies: BTreeMap<CompanyId, Company>,
    /// The tenants of each account that could be read.
    pub(crate) trees: BTreeMap<AccountName, Tree>,
    /// The accounts that could not; nothing of them may be taken for absent.
    pub(crate) failures: Vec<AccountFailure>,
    pub(crate) links: Vec<CustomerLink>,
}

/// One link with both its ends as they are now.
#[derive(Debug)]
pub(crate) struct Linked<'c> {
    pub(crate) link: &'c CustomerLink,
    pub(crate) company: Option<&'c Company>,
    pub(crate) tenant: TenantEnd<'c>,
}

/// The Acronis end of a link.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TenantEnd<'c> {
    Live(&'c Tenant),
    /// The account was read whole and the tenant is not in it: deleted, or moved out of sight.
    Gone,
    /// The account could not be read, or is not part of this run.
    Unknown,
}

/// Reads companies and tenants; an account that fails does not stop the others.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read(session: &Session, state: &State, accounts: &[&Account]) -> Result<Customers> {
    let companies = session.autotask()?.companies(&CompanyScope::default())?;
    let mut customers = Customers {
        companies: companies
            .into_iter()
            .map(|company| (company.id, company))
            .collect(),
        trees: BTreeMap::new(),
        failures: Vec::new(),
        links: state.customer_links()?,
    };
    let step = session.report.step("reading tenants");
    for account in accounts {
        match partners::tree(account) {
            Ok(tree) => {
                customers.trees.insert(account.name.clone(), tree);
            }
            Err(error) => customers.failures.push(AccountFailure {
                account: account.name.clone(),
                error,
            }),
        }
        step.tick();
    }
    Ok(customers)
}

impl Customers {
    pub(crate) fn tenant(&self, account: &AccountName, id: &TenantId) -> Option<&Tenant> {
        let tree = self.trees.get(account)?;
        tree.tenants.iter().find(|tenant| tenant.id == *id)
    }

    /// All links with their ends, by company.
    pub(crate) fn linked(&self) -> Vec<Linked<'_>> {
        let index: BTreeMap<(&AccountName, &TenantId), &Tenant> = self
            .trees
            .iter()
            .flat_map(|(account, tree)| {
                tree.tenants
                    .iter()
                    .map(move |tenant| ((account, &tenant.id), tenant))
            })
            .collect();
        self.links
            .iter()
            .map(|link| Linked {
                link,
                company: self.companies.get(&link.company),
                tenant: match index.get(&(&link.account, &link.tenant)) {
                    Some(tenant) if tenant.deleted_at.is_none() => TenantEnd::Live(tenant),
                    Some(_) => TenantEnd::Gone,
                    None if self.trees.contains_key(&link.account) => TenantEnd::Gone,
                    None => TenantEnd::Unknown,
                },
            })
            .collect()
    }

    /// A note for every account that could not be read.
    pub(crate) fn failure_notes(&self) -> Vec<Note> {
        self.failures
            .iter()
            .map(|failure| Note {
                kind: "account-unreadable",
                account: Some(failure.account.clone()),
                company: None,
                subject: failure.account.to_string(),
                text: format!(
                    "account {} could not be read, its customers are left as they are: {:#}",
                    failure.account, failure.error
                ),
                needs_person: true,
            })
            .collect()
    }
}

impl Linked<'_> {
    pub(crate) fn party(&self) -> Party {
        let name = self
            .company
            .map_or(&self.link.company_name, |company| &company.name);
        Party::new(self.link.company, name)
    }

    /// The tenant, when there is one that may be worked on: live, a customer, enabled, and with no
    /// operation in progress.
    pub(crate) fn usable(&self) -> Result<&Tenant, Box<Note>> {
        let note = |kind, text: String| {
            Box::new(Note {
                kind,
                account: Some(self.link.account.clone()),
                company: Some(self.party()),
                subject: self.link.tenant.to_string(),
                text,
                needs_person: true,
            })
        };
        let link = self.link;
        let tenant = match self.tenant {
            TenantEnd::Live(tenant) => tenant,
            TenantEnd::Gone => {
                return Err(note(
                    "tenant-gone",
                    format!(
                        "the tenant {} ({}) is gone from account {}; map the company again or unlink it",
                        link.tenant_name, link.tenant, link.account
                    ),
                ));
            }
            TenantEnd::Unknown => {
                return Err(note(
                    "tenant-unknown",
                    format!(
                        "account {} was not read, so tenant {} is left as it is",
                        link.account, link.tenant_name
                    ),
                ));
            }
        };
        if tenant.kind != TenantKind::Customer {
            return Err(note(
                "tenant-kind",
                format!(
                    "tenant {} is a {} now, not a customer; unlink the company",
                    tenant.name, tenant.kind
                ),
            ));
        }
        if let Some(operation) = &tenant.operation {
            return Err(note(
                "tenant-busy",
                format!(
                    "tenant {} has an operation in progress ({operation}); it is passed over this time",
                    tenant.name
                ),
            ));
        }
        Ok(tenant)
    }
}
