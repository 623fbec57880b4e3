//! What has become of the links between companies and tenants since they were made; looked at in
//! every run of every command.

use crate::acronis::{Tenant, TenantKind};
use crate::autotask::CompanyRecord;
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::gather::customers::CustomerDirectory;
use crate::plan::{CompanyRef, Remark, RemarkKind};

/// One link with both its ends as they are now.
#[derive(Debug)]
pub(crate) struct LinkedPair<'c> {
    pub(crate) link: &'c CustomerLink,
    pub(crate) company: Option<&'c CompanyRecord>,
    pub(crate) tenant: TenantEnd<'c>,
}

/// The Acronis end of a link.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TenantEnd<'c> {
    Live(&'c Tenant),
    /// Read with its date of deletion.
    Deleted(&'c Tenant),
    /// The account was read whole and shows no such tenant: support access is off, it was moved out
    /// of sight, or it was deleted and can be read no more. Nothing is concluded from it.
    Hidden,
    /// The account could not be read, or is not part of this run.
    Unknown,
}

impl CustomerDirectory {
    /// All links with their ends, by company.
    pub(crate) fn linked_pairs(&self) -> Vec<LinkedPair<'_>> {
        self.links
            .iter()
            .map(|link| LinkedPair {
                link,
                company: self.companies.get(&link.company),
                tenant: match self.find_tenant(&link.account, &link.tenant) {
                    Some(tenant) if tenant.deleted_at.is_none() => TenantEnd::Live(tenant),
                    Some(tenant) => TenantEnd::Deleted(tenant),
                    None if self.trees.contains_key(&link.account) => self
                        .deleted_tenant(link)
                        .map_or(TenantEnd::Hidden, TenantEnd::Deleted),
                    None => TenantEnd::Unknown,
                },
            })
            .collect()
    }

    /// Everything that changed about the ends of links, a note each; none when all is as linked.
    pub(crate) fn link_remarks(&self) -> Vec<Remark> {
        let mut notes = Vec::new();
        for linked in self.linked_pairs() {
            match linked.usable_tenant() {
                Ok(tenant) => notes.extend(linked.changes_since_linked(self, tenant)),
                Err(note) => notes.push(*note),
            }
        }
        notes
    }
}

/// What is shown of a link when several things have changed: the gravest first.
const STATES: &[RemarkKind] = &[
    RemarkKind::AccessDenied,
    RemarkKind::TenantDisabled,
    RemarkKind::TenantRenamed,
    RemarkKind::TenantMoved,
    RemarkKind::CompanyInactive,
    RemarkKind::CompanyRenamed,
];

impl LinkedPair<'_> {
    /// `mapped`, or the one thing about the link that matters most.
    pub(crate) fn link_state(&self, customers: &CustomerDirectory) -> &'static str {
        match self.usable_tenant() {
            Err(note) => note.kind.as_str(),
            Ok(tenant) => {
                let changes = self.changes_since_linked(customers, tenant);
                let is_told = |state: &&RemarkKind| changes.iter().any(|note| note.kind == **state);
                let told = STATES.iter().find(is_told);
                told.map_or("mapped", |state| state.as_str())
            }
        }
    }

    pub(crate) fn company_ref(&self) -> CompanyRef {
        let name = self
            .company
            .map_or(&self.link.company_name, |company| &company.name);
        CompanyRef::new(self.link.company, name)
    }

    /// Nothing keeps the run from working: reported, and nobody has to act.
    fn link_remark(&self, kind: RemarkKind, text: String) -> Remark {
        Remark::new(kind, self.link.tenant.to_string(), text)
            .of_account(&self.link.account)
            .of_company(self.company_ref())
    }

    /// This customer is passed over until somebody settles it; once told, whatever becomes of it.
    fn blocking_remark(&self, kind: RemarkKind, text: String) -> Box<Remark> {
        Box::new(self.link_remark(kind, text).for_person().told_by(&[]))
    }

    /// The tenant, when both ends are there to be worked on: a company that Autotask shows, and a
    /// live customer with no operation in progress. A disabled one is usable; see
    /// [`CustomerDirectory::link_remarks`].
    ///
    /// # Errors
    /// A note that says why this customer is passed over, and what to do.
    pub(crate) fn usable_tenant(&self) -> Result<&Tenant, Box<Remark>> {
        let link = self.link;
        let refused = |kind, text: String| Err(self.blocking_remark(kind, text));
        let passed = |kind, text: String| Err(Box::new(self.link_remark(kind, text)));
        if self.company.is_none() {
            return refused(
                RemarkKind::CompanyHidden,
                format!(
                    "Autotask does not show company {} ({}): it is hidden from the API user, or \
                     deleted; quotas, billing and mapping of tenant {} stay as they are",
                    link.company_name, link.company, link.tenant_name
                ),
            );
        }
        let tenant = match self.tenant {
            TenantEnd::Live(tenant) => tenant,
            TenantEnd::Deleted(tenant) => {
                return refused(RemarkKind::TenantDeleted, self.describe_deletion(tenant));
            }
            TenantEnd::Hidden => {
                return refused(
                    RemarkKind::TenantHidden,
                    format!(
                        "account {} does not show tenant {} ({}): its support access is off, or \
                         it was moved to a place that the API client cannot see; its quotas, \
                         billing, tickets and mapping stay as they are",
                        link.account, link.tenant_name, link.tenant
                    ),
                );
            }
            TenantEnd::Unknown => {
                return passed(
                    RemarkKind::TenantUnknown,
                    format!(
                        "account {} was not read, so tenant {} stays as it is",
                        link.account, link.tenant_name
                    ),
                );
            }
        };
        if tenant.kind != TenantKind::Customer {
            return refused(
                RemarkKind::TenantKind,
                format!(
                    "tenant {} is now a {}, not a customer; unlink the company",
                    tenant.name, tenant.kind
                ),
            );
        }
        if let Some(operation) = &tenant.operation {
            return passed(
                RemarkKind::TenantBusy,
                format!(
                    "tenant {} has an operation in progress ({operation}); it is skipped in this \
                     run",
                    tenant.name
                ),
            );
        }
        Ok(tenant)
    }

    fn describe_deletion(&self, tenant: &Tenant) -> String {
        let link = self.link;
        let day = tenant
            .deleted_at
            .map_or_else(String::new, |at| format!(" on {}", at.strftime("%Y-%m-%d")));
        format!(
            "tenant {} ({}) was deleted{day} in account {}; no new one is created: have it \
             restored, or unlink the company, then link or create again",
            link.tenant_name, link.tenant, link.account
        )
    }

    /// What is different from when the pair was linked and does not stand in the way of work.
    fn changes_since_linked(&self, customers: &CustomerDirectory, tenant: &Tenant) -> Vec<Remark> {
        let mut notes = Vec::new();
        let link = self.link;
        let again = format!(
            "`map-customer link {} {}` accepts the change",
            link.company, tenant.id
        );
        if let Some(company) = self.company {
            if company.name != link.company_name {
                notes.push(self.link_remark(
                    RemarkKind::CompanyRenamed,
                    format!(
                        "the company was named {} when it was linked; {again}",
                        link.company_name
                    ),
                ));
            }
            if !company.active {
                let text = "the company is inactive in Autotask".to_owned();
                notes.push(self.link_remark(RemarkKind::CompanyInactive, text));
            }
        }
        if tenant.name != link.tenant_name {
            notes.push(self.link_remark(
                RemarkKind::TenantRenamed,
                format!(
                    "tenant {} was named {} when it was linked; {again}",
                    tenant.name, link.tenant_name
                ),
            ));
        }
        if tenant.self_service {
            // An empty answer about what it has and uses says nothing (acronis.md §3.7).
            notes.push(*self.blocking_remark(
                RemarkKind::AccessDenied,
                format!(
                    "tenant {} manages itself and denies access (support access is off), so its \
                     quotas and usage cannot be read; its quotas, billing, tickets and mapping \
                     stay as they are",
                    tenant.name
                ),
            ));
        }
        if !tenant.enabled {
            notes.push(self.link_remark(
                RemarkKind::TenantDisabled,
                format!(
                    "tenant {} is disabled in account {}",
                    tenant.name, link.account
                ),
            ));
        }
        let (home, home_name) = customers.home_of(&link.account, tenant);
        if home != link.partner {
            notes.push(self.link_remark(
                RemarkKind::TenantMoved,
                format!(
                    "tenant {} was moved from {} to {home_name} since it was linked; {again}",
                    tenant.name, link.partner_name
                ),
            ));
        }
        notes.extend(self.mark_note(customers, tenant));
        notes
    }

    fn mark_note(&self, customers: &CustomerDirectory, tenant: &Tenant) -> Option<Remark> {
        let link = self.link;
        let (kind, found) = match OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref()) {
            InternalTag::Ours(mark) if mark == customers.tag_of_company(link.company) => {
                return None;
            }
            InternalTag::Empty => (RemarkKind::MarkMissing, "lost acrotask's tag".to_owned()),
            InternalTag::Ours(mark) => (RemarkKind::MarkForeign, format!("has the tag {mark}")),
            InternalTag::Foreign(text) => {
                (RemarkKind::MarkForeign, format!("has the tag `{text}`"))
            }
        };
        let replace = if kind == RemarkKind::MarkForeign {
            " --replace-mark"
        } else {
            ""
        };
        Some(self.link_remark(
            kind,
            format!(
                "tenant {} {found}, so the link could not be recovered from it; write it again \
                 with `map-customer link {} {}{replace}`",
                tenant.name, link.company, link.tenant
            ),
        ))
    }
}
