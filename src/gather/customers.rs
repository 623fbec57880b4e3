//! Companies and tenants of a run, and what has become of the links between them.

use crate::plan::RemarkKind;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::acronis::{Tenant, TenantKind};
use crate::autotask::{CompanyRecord, CompanyScope};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::gather::companies;
use crate::gather::lost_state::{self, LostState};
use crate::gather::tenant_tree::{self, TenantTree};
use crate::http::run_together;
use crate::plan::Remark;
use crate::session::{Account, AccountFailure, Session};
use crate::state::State;

/// Both sides of the customer mapping as they are now.
#[derive(Debug)]
pub(crate) struct CustomerDirectory {
    /// All companies, inactive ones too; never the provider's own (id 0).
    pub(crate) companies: BTreeMap<CompanyId, CompanyRecord>,
    /// The tenants of each account that could be read.
    pub(crate) trees: BTreeMap<AccountName, TenantTree>,
    /// The accounts that could not; nothing of them may be taken for absent.
    pub(crate) failures: Vec<AccountFailure>,
    pub(crate) links: Vec<CustomerLink>,
    /// `ci` of the zone answer, the first half of every mark.
    pub(crate) database: i64,
    /// Set where the state file has no link while tenants have our tags.
    pub(crate) lost: Option<LostState>,
    /// Linked tenants that are in no list of their account and were read as deleted.
    deleted: BTreeMap<(AccountName, TenantId), Tenant>,
    /// Live customer tenants by the company that our mark in them names.
    marks: BTreeMap<CompanyId, Vec<(AccountName, TenantId)>>,
}

/// Reads companies and tenants; an account that fails does not stop the others.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read_customers(
    session: &Session,
    state: &State,
    accounts: &[&Account],
) -> Result<CustomerDirectory> {
    let autotask = session.connected_autotask()?;
    let database = autotask.database_id()?;
    state.bind_autotask_database(database)?;
    let (companies, trees) = run_together(
        || autotask.read_companies(&CompanyScope::default()),
        || read_tenant_trees(session, accounts),
    );
    let companies = companies?;
    let mut customers = CustomerDirectory {
        companies: companies
            .into_iter()
            .map(|company| (company.id, company))
            .collect(),
        trees: BTreeMap::new(),
        failures: Vec::new(),
        links: state.customer_links()?,
        database,
        lost: None,
        deleted: BTreeMap::new(),
        marks: BTreeMap::new(),
    };
    for (account, tree) in accounts.iter().zip(trees) {
        match tree {
            Ok(tree) => {
                session.record_read(&account.name);
                customers.trees.insert(account.name.clone(), tree);
            }
            Err(error) => customers
                .failures
                .push(session.record_unread(&account.name, error)),
        }
    }
    customers.marks = customers.read_marks();
    customers.lost = lost_state::find_in_trees(session, state, Some(database), &customers.trees)?;
    customers.deleted = customers.read_deleted(accounts);
    Ok(customers)
}

/// The tenants of each account, in the order of the accounts.
fn read_tenant_trees(session: &Session, accounts: &[&Account]) -> Vec<Result<TenantTree>> {
    let step = session.report.start_step("reading tenants");
    let read = accounts.iter().map(|account| {
        let tree = tenant_tree::read_tenant_tree(account);
        step.advance_step();
        tree
    });
    read.collect()
}

impl CustomerDirectory {
    /// What to say where none of the linked companies is shown.
    pub(crate) fn sudden_emptiness(&self) -> Option<String> {
        let links = self.links.iter();
        let shown = links.filter(|link| self.companies.contains_key(&link.company));
        let any = !self.companies.is_empty();
        companies::sudden_emptiness(self.links.len(), shown.count(), any)
    }

    /// A linked tenant that was read with its date of deletion.
    pub(crate) fn deleted_tenant(&self, link: &CustomerLink) -> Option<&Tenant> {
        let listed = self.find_tenant(&link.account, &link.tenant);
        let key = (link.account.clone(), link.tenant.clone());
        listed
            .or_else(|| self.deleted.get(&key))
            .filter(|tenant| tenant.deleted_at.is_some())
    }

    pub(crate) fn find_tenant(&self, account: &AccountName, id: &TenantId) -> Option<&Tenant> {
        self.trees.get(account)?.find_tenant(id)
    }

    /// Our mark for a company, as it stands in its tenant's `internal_tag`.
    pub(crate) fn tag_of_company(&self, company: CompanyId) -> OwnershipTag {
        OwnershipTag {
            database: self.database,
            company,
        }
    }

    /// The live customer tenants that bear our mark for a company, whether linked or not.
    pub(crate) fn tenants_tagged_for(&self, company: CompanyId) -> Vec<(&AccountName, &Tenant)> {
        let places = self.marks.get(&company).into_iter().flatten();
        places
            .filter_map(|(account, id)| Some((account, self.find_tenant(account, id)?)))
            .collect()
    }

    /// The customer tenants that stand for no company, to be compared with the names of companies.
    pub(crate) fn not_linked(&self) -> Vec<(AccountName, &Tenant)> {
        let linked: BTreeSet<(&AccountName, &TenantId)> = self
            .links
            .iter()
            .map(|link| (&link.account, &link.tenant))
            .collect();
        let trees = self.trees.iter();
        trees
            .flat_map(|(account, tree)| tree.tenants.iter().map(move |tenant| (account, tenant)))
            .filter(|(_, tenant)| tenant.kind == TenantKind::Customer)
            .filter(|(_, tenant)| tenant.deleted_at.is_none())
            .filter(|(account, tenant)| !linked.contains(&(*account, &tenant.id)))
            .map(|(account, tenant)| (account.clone(), tenant))
            .collect()
    }

    /// Linked tenants that no list shows are asked for by id, where a deleted one has its date. One
    /// that is not answered is hidden: it is never taken for deleted.
    fn read_deleted(&self, accounts: &[&Account]) -> BTreeMap<(AccountName, TenantId), Tenant> {
        let mut deleted = BTreeMap::new();
        for account in accounts {
            let Some(tree) = self.trees.get(&account.name) else {
                continue;
            };
            let links = self.links.iter();
            let unlisted: Vec<TenantId> = links
                .filter(|link| link.account == account.name)
                .filter(|link| tree.find_tenant(&link.tenant).is_none())
                .map(|link| link.tenant.clone())
                .collect();
            for tenant in account.acronis.tenants_by_id(&unlisted) {
                if tenant.deleted_at.is_some() {
                    deleted.insert((account.name.clone(), tenant.id.clone()), tenant);
                }
            }
        }
        deleted
    }

    /// Every mark of this database, by company.
    fn read_marks(&self) -> BTreeMap<CompanyId, Vec<(AccountName, TenantId)>> {
        let mut marks: BTreeMap<CompanyId, Vec<_>> = BTreeMap::new();
        for (account, tree) in &self.trees {
            for tenant in &tree.tenants {
                if let InternalTag::Ours(mark) =
                    OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref())
                    && mark.database == self.database
                    && tenant.kind == TenantKind::Customer
                    && tenant.deleted_at.is_none()
                {
                    let place = (account.clone(), tenant.id.clone());
                    marks.entry(mark.company).or_default().push(place);
                }
            }
        }
        marks
    }

    /// The partner or folder that holds a tenant, as a link remembers it.
    pub(crate) fn home_of(&self, account: &AccountName, tenant: &Tenant) -> (TenantId, String) {
        let Some(id) = &tenant.parent else {
            return (tenant.id.clone(), tenant.name.clone());
        };
        let name = self
            .find_tenant(account, id)
            .map(|parent| parent.name.clone());
        (id.clone(), name.unwrap_or_else(|| id.to_string()))
    }

    /// A note for every account that could not be read.
    pub(crate) fn failure_notes(&self) -> Vec<Remark> {
        self.failures
            .iter()
            .map(|failure| {
                Remark::new(
                    RemarkKind::AccountUnreadable,
                    failure.account.to_string(),
                    format!(
                        "account {} could not be read, so its customers stay as they are: {:#}",
                        failure.account, failure.error
                    ),
                )
                .of_account(&failure.account)
                .for_person()
            })
            .collect()
    }
}
