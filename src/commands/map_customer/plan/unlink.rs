//! Ending links.

use super::MappingProblem;
use super::action::{Action, EndedLink};
use super::facts::{CompanyFacts, Facts};
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::InternalTag;
use crate::plan::{CompanyRef, Plan, Remark, RemarkKind};

/// Forgets the tenant of a company; a company without one needs nothing.
///
/// # Errors
/// When the tenant's account could not be read: its mark would stay behind.
pub(crate) fn plan_unlink(
    facts: &Facts,
    company: CompanyId,
) -> Result<Plan<Action>, MappingProblem> {
    let mut notes = facts.remarks.clone();
    let action = match facts.link_of(company) {
        Some(link) => Some(end_link(facts, link, None)?),
        None => {
            notes.extend(facts.companies.get(&company).map(remark_on_unmapped));
            None
        }
    };
    Ok(Plan::new("map-customer unlink", action, notes, []))
}

fn remark_on_unmapped(company: &CompanyFacts) -> Remark {
    Remark::new(
        RemarkKind::CompanyNotMapped,
        company.name.clone(),
        "the company is not mapped, so there is nothing to unlink".to_owned(),
    )
    .of_company(company.company_ref())
}

/// The end of a link. A tenant that is gone bears no mark, and another's mark stays.
pub(super) fn end_link(
    facts: &Facts,
    link: &CustomerLink,
    group: Option<&str>,
) -> Result<Action, MappingProblem> {
    if facts.unread.contains(&link.account) {
        return Err(MappingProblem::Refused(format!(
            "account {} could not be read, so acrotask's tag could not be removed from tenant {}; \
             company {} stays linked, try again later",
            link.account, link.tenant_name, link.company
        )));
    }
    let mark = facts.mark_of(link.company);
    let tenant = facts.find_tenant(&link.account, &link.tenant);
    let bears = tenant.is_some_and(|tenant| tenant.tag == InternalTag::Ours(mark));
    let name = facts
        .companies
        .get(&link.company)
        .map_or(&link.company_name, |company| &company.name);
    Ok(Action::Unlink(Box::new(EndedLink {
        company: CompanyRef::new(link.company, name),
        link: link.clone(),
        mark: bears.then_some(mark),
        group: group.map(str::to_owned),
    })))
}
