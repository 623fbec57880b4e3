//! What is missing on the command line, picked on a terminal by typing a part of it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::plan::{Company, Facts, Kind, Tenant};
use super::{error, pick};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::exit::Usage;
use crate::session::Session;

/// The company that was typed, or one picked among those that are active and not linked.
pub(super) fn company<'f>(
    session: &Session,
    facts: &'f Facts,
    typed: Option<&str>,
) -> Result<&'f Company> {
    if let Some(typed) = typed {
        return pick::company(facts, typed).map_err(error);
    }
    let linked: BTreeSet<CompanyId> = facts.links.iter().map(|link| link.company).collect();
    let mut open: Vec<&Company> = facts
        .companies
        .values()
        .filter(|company| company.active && !linked.contains(&company.id))
        .collect();
    open.sort_by_key(|company| company.name.to_lowercase());
    one(session, "Company", &open, ToString::to_string, "a COMPANY")
}

/// The linked company that was typed or picked.
pub(super) fn linked(session: &Session, facts: &Facts, typed: Option<&str>) -> Result<CompanyId> {
    if let Some(typed) = typed {
        return pick::linked_company(facts, typed).map_err(error);
    }
    let links: Vec<_> = facts.links.iter().collect();
    let line = |link: &&crate::domain::links::CustomerLink| {
        format!(
            "{} (company {}) ↔ {} ({})",
            link.company_name, link.company, link.tenant_name, link.account
        )
    };
    one(session, "Unlink", &links, line, "a COMPANY").map(|link| link.company)
}

/// The tenant that was typed; else one picked, its partner first.
pub(super) fn tenant<'f>(
    session: &Session,
    facts: &'f Facts,
    account: Option<&str>,
    typed: Option<&str>,
) -> Result<&'f Tenant> {
    if let Some(typed) = typed {
        return pick::tenant(facts, account, typed).map_err(error);
    }
    let taken: BTreeSet<(&AccountName, &TenantId)> = facts
        .links
        .iter()
        .map(|link| (&link.account, &link.tenant))
        .collect();
    let open: Vec<&Tenant> = facts
        .customers()
        .filter(|tenant| account.is_none_or(|account| account == tenant.account.as_str()))
        .filter(|tenant| !taken.contains(&(&tenant.account, &tenant.id)))
        .collect();
    let homes: BTreeSet<(&AccountName, &TenantId)> = open
        .iter()
        .map(|tenant| (&tenant.account, &tenant.parent))
        .collect();
    let partners: Vec<&Tenant> = facts
        .tenants
        .iter()
        .filter(|tenant| homes.contains(&(&tenant.account, &tenant.id)))
        .collect();
    let partner = one(session, "Partner", &partners, place, "a TENANT")?;
    let below: Vec<&Tenant> = open
        .into_iter()
        .filter(|tenant| tenant.account == partner.account && tenant.parent == partner.id)
        .collect();
    one(session, "Customer", &below, ToString::to_string, "a TENANT")
}

/// The partner or folder to make a tenant under, picked where several could be meant.
pub(super) fn parent<'f>(session: &Session, facts: &'f Facts) -> Result<&'f Tenant> {
    let parents: Vec<&Tenant> = facts
        .tenants
        .iter()
        .filter(|tenant| match tenant.kind {
            Kind::Parent(_) => tenant.enabled,
            Kind::Customer | Kind::Other(_) => false,
        })
        .collect();
    one(
        session,
        "Partner",
        &parents,
        place,
        "--account or --partner",
    )
}

fn place(tenant: &&Tenant) -> String {
    format!("{} ({}, {})", tenant.name, tenant.kind, tenant.account)
}

fn one<T: Copy>(
    session: &Session,
    question: &str,
    those: &[T],
    line: impl Fn(&T) -> String,
    what: &str,
) -> Result<T> {
    let lines = those.iter().map(line).collect();
    session
        .report
        .pick(question, lines)
        .and_then(|place| those.get(place).copied())
        .ok_or_else(|| {
            let text = format!("give {what}: none was chosen, so nothing was written");
            Usage(text).into()
        })
}
