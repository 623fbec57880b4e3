//! Ending links.

use super::Problem;
use super::action::{Action, Unlinked};
use super::facts::{Company, Facts};
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::mark::Tag;
use crate::plan::{Note, Party, Plan};

/// Forgets the tenant of a company; a company without one needs nothing.
///
/// # Errors
/// When the tenant's account could not be read: its mark would stay behind.
pub(crate) fn unlink(facts: &Facts, company: CompanyId) -> Result<Plan<Action>, Problem> {
    let mut notes = facts.notes.clone();
    let action = match facts.link_of(company) {
        Some(link) => Some(ended(facts, link, None)?),
        None => {
            notes.extend(facts.companies.get(&company).map(not_mapped));
            None
        }
    };
    Ok(Plan::new("map-customer unlink", action, notes, []))
}

fn not_mapped(company: &Company) -> Note {
    Note {
        kind: "company-not-mapped",
        account: None,
        company: Some(company.party()),
        subject: company.name.clone(),
        text: "the company is not mapped, so there is nothing to unlink".to_owned(),
        needs_person: false,
    }
}

/// The end of a link. A tenant that is gone bears no mark, and another's mark stays.
pub(super) fn ended(
    facts: &Facts,
    link: &CustomerLink,
    group: Option<&str>,
) -> Result<Action, Problem> {
    if facts.unread.contains(&link.account) {
        return Err(Problem::Refused(format!(
            "account {} could not be read, so acrotask's tag could not be removed from tenant {}; \
             company {} stays linked, try again later",
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
