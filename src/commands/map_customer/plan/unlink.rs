//! Ending links.

use super::Problem;
use super::action::{Action, Unlinked};
use super::facts::Facts;
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::mark::Tag;
use crate::plan::{Party, Plan};

/// Forgets the tenant of a company; a company without one needs nothing.
///
/// # Errors
/// When the tenant's account could not be read: its mark would stay behind.
pub(crate) fn unlink(facts: &Facts, company: CompanyId) -> Result<Plan<Action>, Problem> {
    let action = match facts.link_of(company) {
        Some(link) => Some(ended(facts, link, None)?),
        None => None,
    };
    Ok(Plan::new(
        "map-customer unlink",
        action,
        facts.notes.clone(),
        [],
    ))
}

/// The end of a link. A tenant that is gone bears no mark, and another's mark stays.
pub(super) fn ended(
    facts: &Facts,
    link: &CustomerLink,
    group: Option<&str>,
) -> Result<Action, Problem> {
    if facts.unread.contains(&link.account) {
        return Err(Problem::Refused(format!(
            "account {} could not be read, so our mark could not be taken from tenant {}; company \
             {} stays linked, try again later",
            link.account, link.tenant_name, link.company
        )));
    }
    let mark = facts.mark(link.company);
    let tenant = facts.tenant(&link.account, &link.tenant);
    let bears = tenant.is_some_and(|tenant| tenant.tag == Tag::Ours(mark));
    let name = facts
        .companies
        .get(&link.company)
        .map_or(&link.company_name, |company| &company.name);
    Ok(Action::Unlink(Box::new(Unlinked {
        company: Party::new(link.company, name),
        link: link.clone(),
        mark: bears.then_some(mark),
        group: group.map(str::to_owned),
    })))
}
