//! Pairs to be linked, one after the other, each seeing those before it.

use std::collections::BTreeMap;

use super::action::{Action, CustomerPair};
use super::facts::{CompanyFacts, Facts, TenantFacts, TenantRole};
use super::{MappingProblem, unlink};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::domain::ownership_tag::InternalTag;

/// The lane of all that waits for an end to be freed.
const MOVES: &str = "moves";

/// How pairs are linked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkOptions {
    pub(crate) how: LinkedBy,
    /// Overwrite what somebody else wrote where our mark goes.
    pub(crate) replace_mark: bool,
}

/// Links that are planned together; one to one with each other and with those there are.
#[derive(Debug)]
pub(crate) struct LinkBatch<'f> {
    facts: &'f Facts,
    linking: LinkOptions,
    actions: Vec<Action>,
    by_company: BTreeMap<CompanyId, &'f CustomerLink>,
    by_tenant: BTreeMap<(&'f AccountName, &'f TenantId), &'f CustomerLink>,
    /// Links that end first, and so free both their ends.
    released: Vec<&'f CustomerLink>,
    /// Companies and tenants of pairs that were added, with the other end.
    companies: BTreeMap<CompanyId, &'f TenantFacts>,
    tenants: BTreeMap<(&'f AccountName, &'f TenantId), &'f CompanyFacts>,
}

impl<'f> LinkBatch<'f> {
    pub(crate) fn new(facts: &'f Facts, linking: LinkOptions) -> Self {
        let by_company = facts.links.iter().map(|link| (link.company, link));
        let by_tenant = facts
            .links
            .iter()
            .map(|link| ((&link.account, &link.tenant), link));
        Self {
            facts,
            linking,
            actions: Vec::new(),
            by_company: by_company.collect(),
            by_tenant: by_tenant.collect(),
            released: Vec::new(),
            companies: BTreeMap::new(),
            tenants: BTreeMap::new(),
        }
    }

    pub(crate) fn into_actions(self) -> Vec<Action> {
        self.actions
    }

    /// Ends a link before anything is added.
    ///
    /// # Errors
    /// When its account could not be read.
    pub(crate) fn release_link(&mut self, link: &'f CustomerLink) -> Result<(), MappingProblem> {
        self.actions
            .push(unlink::end_link(self.facts, link, Some(MOVES))?);
        self.by_company.remove(&link.company);
        self.by_tenant.remove(&(&link.account, &link.tenant));
        self.released.push(link);
        Ok(())
    }

    /// How many links end.
    pub(crate) fn count_released(&self) -> usize {
        self.released.len()
    }

    /// Adds a pair; one that is linked already and unchanged adds nothing.
    ///
    /// # Errors
    /// When the tenant is no customer or busy, an end is linked to another, or its mark is another's.
    pub(crate) fn add_pair(
        &mut self,
        company: &'f CompanyFacts,
        tenant: &'f TenantFacts,
    ) -> Result<(), MappingProblem> {
        if tenant.kind != TenantRole::Customer {
            return Err(MappingProblem::Usage(format!(
                "{tenant} is a {}; only customer tenants are mapped",
                tenant.kind
            )));
        }
        if let Some(operation) = &tenant.operation {
            return Err(MappingProblem::Refused(format!(
                "{tenant} has an operation in progress ({operation}); try again when it has ended"
            )));
        }
        self.refuse_repeated(company, tenant)?;
        let known = self.find_link(company, tenant)?;
        let tag = self.tag_after_release(tenant);
        self.check_tag(company, tenant, &tag)?;
        self.companies.insert(company.id, tenant);
        self.tenants.insert((&tenant.account, &tenant.id), company);
        let pair = CustomerPair {
            company: company.company_ref(),
            account: tenant.account.clone(),
            tenant: tenant.id.clone(),
            tenant_name: tenant.name.clone(),
            partner: tenant.parent.clone(),
            partner_name: tenant.parent_name.clone(),
            how: self.linking.how,
            mark: self.facts.mark_of(company.id),
            tag,
            known: known.map(|link| Box::new(link.clone())),
            group: self
                .waits_for_release(company, tenant)
                .then(|| MOVES.to_owned()),
        };
        if !known.is_some_and(|link| is_current(link, &pair)) {
            self.actions.push(Action::Link(Box::new(pair)));
        }
        Ok(())
    }

    /// Whether an end stands in this very batch already.
    fn refuse_repeated(
        &self,
        company: &CompanyFacts,
        tenant: &TenantFacts,
    ) -> Result<(), MappingProblem> {
        if let Some(other) = self.companies.get(&company.id) {
            return Err(MappingProblem::Usage(format!(
                "{company} is given twice: for {other} and for {tenant}"
            )));
        }
        if let Some(other) = self.tenants.get(&(&tenant.account, &tenant.id)) {
            return Err(MappingProblem::Usage(format!(
                "{tenant} is given twice: for {other} and for {company}"
            )));
        }
        Ok(())
    }

    /// The link of the two, when they are linked; both offenders are named when an end is taken.
    fn find_link(
        &self,
        company: &CompanyFacts,
        tenant: &TenantFacts,
    ) -> Result<Option<&'f CustomerLink>, MappingProblem> {
        let of_company = self.by_company.get(&company.id).copied();
        let of_tenant = self.by_tenant.get(&(&tenant.account, &tenant.id)).copied();
        if let Some(link) = of_tenant.filter(|link| link.company != company.id) {
            return Err(MappingProblem::Refused(format!(
                "{tenant} is already linked to {} (company {}), so it cannot be linked to \
                 {company} too; unlink that first",
                link.company_name, link.company
            )));
        }
        match of_company {
            None => Ok(None),
            Some(link) if link.account == tenant.account && link.tenant == tenant.id => {
                Ok(Some(link))
            }
            Some(link) => Err(MappingProblem::Refused(format!(
                "{company} is already linked to {} ({}/{}), so it cannot be linked to {tenant} \
                 too; unlink it first",
                link.tenant_name, link.account, link.tenant
            ))),
        }
    }

    /// Whether an end of the pair has to be freed first.
    fn waits_for_release(&self, company: &CompanyFacts, tenant: &TenantFacts) -> bool {
        self.released.iter().any(|link| {
            link.company == company.id
                || (link.account == tenant.account && link.tenant == tenant.id)
        })
    }

    /// What stands in the tenant once the links that end have taken their marks away.
    fn tag_after_release(&self, tenant: &TenantFacts) -> InternalTag {
        let freed = self.released.iter().any(|link| {
            link.account == tenant.account
                && link.tenant == tenant.id
                && tenant.tag == InternalTag::Ours(self.facts.mark_of(link.company))
        });
        if freed {
            InternalTag::Empty
        } else {
            tenant.tag.clone()
        }
    }

    /// Whether our mark may go where it goes.
    fn check_tag(
        &self,
        company: &CompanyFacts,
        tenant: &TenantFacts,
        tag: &InternalTag,
    ) -> Result<(), MappingProblem> {
        let text = match tag {
            InternalTag::Empty => return Ok(()),
            InternalTag::Ours(mark) if *mark == self.facts.mark_of(company.id) => return Ok(()),
            InternalTag::Ours(mark) => mark.to_string(),
            InternalTag::Foreign(text) => text.clone(),
        };
        if self.linking.replace_mark {
            return Ok(());
        }
        Err(MappingProblem::Refused(format!(
            "{tenant} has the tag `{text}`, which was not written for {company}; it is \
             overwritten only with --replace-mark"
        )))
    }
}

/// Whether the link says all that the pair would make it say.
fn is_current(link: &CustomerLink, pair: &CustomerPair) -> bool {
    link.company_name == pair.company.name
        && link.tenant_name == pair.tenant_name
        && link.partner == pair.partner
        && pair.tag == InternalTag::Ours(pair.mark)
}
