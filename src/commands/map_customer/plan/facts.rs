//! What the planner of the customer mapping knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::domain::text::escape_controls;
use crate::onboarding::OpenTenants;
use crate::plan::{CompanyRef, Remark};

/// Both sides as they are now, and the links between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// All companies but the provider's own.
    pub(crate) companies: BTreeMap<CompanyId, CompanyFacts>,
    /// Every tenant of every account that was read, partners first.
    pub(crate) tenants: Vec<TenantFacts>,
    pub(crate) links: Vec<CustomerLink>,
    /// Accounts that were read whole.
    pub(crate) read: BTreeSet<AccountName>,
    /// Accounts that could not be read, or are not part of this run.
    pub(crate) unread: BTreeSet<AccountName>,
    /// `ci` of the zone answer, the first half of every mark.
    pub(crate) database: i64,
    /// What has become of accounts and links.
    pub(crate) remarks: Vec<Remark>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CompanyFacts {
    pub(crate) id: CompanyId,
    pub(crate) name: String,
    pub(crate) active: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TenantFacts {
    pub(crate) account: AccountName,
    pub(crate) id: TenantId,
    pub(crate) name: String,
    pub(crate) kind: TenantRole,
    pub(crate) enabled: bool,
    /// An operation in progress, such as `deleting`.
    pub(crate) operation: Option<String>,
    pub(crate) parent: TenantId,
    pub(crate) parent_name: String,
    pub(crate) tag: InternalTag,
}

/// What a tenant is to the mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TenantRole {
    Customer,
    /// A partner or a folder: customers are made below it.
    Parent(String),
    /// A unit, or a kind that came later.
    Other(String),
}

impl fmt::Display for TenantRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Customer => "customer",
            Self::Parent(word) | Self::Other(word) => word,
        })
    }
}

impl CompanyFacts {
    pub(crate) fn company_ref(&self) -> CompanyRef {
        CompanyRef::new(self.id, &self.name)
    }
}

impl fmt::Display for CompanyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (company {})", escape_controls(&self.name), self.id)
    }
}

impl fmt::Display for TenantFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape_controls(&self.name);
        write!(f, "{name} ({}/{})", self.account, self.id)
    }
}

impl Facts {
    pub(crate) fn mark_of(&self, company: CompanyId) -> OwnershipTag {
        OwnershipTag {
            database: self.database,
            company,
        }
    }

    /// The tenants that stand for no company, to be compared with the names of those of these
    /// companies that have none.
    pub(crate) fn open_tenants<'c>(
        &self,
        companies: impl IntoIterator<Item = &'c CompanyFacts>,
    ) -> OpenTenants {
        OpenTenants::new(
            self.unlinked_tenants()
                .map(|one| (one.account.clone(), one.id.clone(), one.name.clone())),
            self.unlinked_companies(companies)
                .filter(|company| company.active)
                .map(|company| (company.id, company.name.as_str())),
        )
    }

    /// Those of these companies that have no tenant.
    pub(crate) fn unlinked_companies<'c>(
        &self,
        companies: impl IntoIterator<Item = &'c CompanyFacts>,
    ) -> impl Iterator<Item = &'c CompanyFacts> {
        let linked: BTreeSet<CompanyId> = self.links.iter().map(|link| link.company).collect();
        let companies = companies.into_iter();
        companies.filter(move |company| !linked.contains(&company.id))
    }

    /// Customers that stand for no company, also those that are busy.
    pub(crate) fn unlinked_tenants(&self) -> impl Iterator<Item = &TenantFacts> {
        let taken: BTreeSet<(&AccountName, &TenantId)> = self
            .links
            .iter()
            .map(|link| (&link.account, &link.tenant))
            .collect();
        self.tenants
            .iter()
            .filter(|tenant| tenant.kind == TenantRole::Customer)
            .filter(move |tenant| !taken.contains(&(&tenant.account, &tenant.id)))
    }

    pub(crate) fn link_of(&self, company: CompanyId) -> Option<&CustomerLink> {
        self.links.iter().find(|link| link.company == company)
    }

    pub(crate) fn find_tenant(&self, account: &AccountName, id: &TenantId) -> Option<&TenantFacts> {
        self.tenants
            .iter()
            .find(|tenant| tenant.account == *account && tenant.id == *id)
    }

    /// Customers that may be linked: live, with nothing going on.
    pub(crate) fn linkable_tenants(&self) -> impl Iterator<Item = &TenantFacts> {
        self.tenants
            .iter()
            .filter(|tenant| tenant.kind == TenantRole::Customer && tenant.operation.is_none())
    }
}
