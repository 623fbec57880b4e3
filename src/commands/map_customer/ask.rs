//! What is missing on the command line, picked on a terminal by typing a part of it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::plan::{CompanyFacts, Facts, TenantFacts, TenantRole};
use super::{exit_error, pick};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::CustomerLink;
use crate::exit::UsageError;
use crate::session::Session;

/// The company that was typed, or one picked among those that are active and not linked.
pub(super) fn ask_company<'f>(
    session: &Session,
    facts: &'f Facts,
    typed: Option<&str>,
) -> Result<&'f CompanyFacts> {
    if let Some(typed) = typed {
        return pick::match_company(facts, typed).map_err(exit_error);
    }
    let mut open: Vec<&CompanyFacts> = facts
        .unlinked_companies(facts.companies.values())
        .filter(|company| company.active)
        .collect();
    open.sort_by_key(|company| company.name.to_lowercase());
    pick_one(
        session,
        "Company",
        &open,
        CompanyFacts::to_string,
        "a COMPANY",
    )
}

/// The linked company that was typed or picked.
pub(super) fn ask_linked_company(
    session: &Session,
    facts: &Facts,
    typed: Option<&str>,
) -> Result<CompanyId> {
    if let Some(typed) = typed {
        return pick::match_linked_company(facts, typed).map_err(exit_error);
    }
    let links: Vec<_> = facts.links.iter().collect();
    let line = |link: &CustomerLink| {
        format!(
            "{} (company {}) ↔ {} ({})",
            link.company_name, link.company, link.tenant_name, link.account
        )
    };
    pick_one(session, "Unlink", &links, line, "a COMPANY").map(|link| link.company)
}

/// The tenant that was typed; else one picked, its partner first.
pub(super) fn ask_tenant<'f>(
    session: &Session,
    facts: &'f Facts,
    account: Option<&str>,
    typed: Option<&str>,
) -> Result<&'f TenantFacts> {
    if let Some(typed) = typed {
        return pick::match_tenant(facts, account, typed).map_err(exit_error);
    }
    let open: Vec<&TenantFacts> = facts
        .unlinked_tenants()
        .filter(|tenant| tenant.operation.is_none())
        .filter(|tenant| account.is_none_or(|account| account == tenant.account.as_str()))
        .collect();
    let homes: BTreeSet<(&AccountName, &TenantId)> = open
        .iter()
        .map(|tenant| (&tenant.account, &tenant.parent))
        .collect();
    let partners: Vec<&TenantFacts> = facts
        .tenants
        .iter()
        .filter(|tenant| homes.contains(&(&tenant.account, &tenant.id)))
        .collect();
    let partner = pick_one(session, "Partner", &partners, format_parent, "a TENANT")?;
    let below: Vec<&TenantFacts> = open
        .into_iter()
        .filter(|tenant| tenant.account == partner.account && tenant.parent == partner.id)
        .collect();
    pick_one(
        session,
        "Customer",
        &below,
        TenantFacts::to_string,
        "a TENANT",
    )
}

/// The partner or folder to make a tenant under, picked where several could be meant.
pub(super) fn ask_parent<'f>(session: &Session, facts: &'f Facts) -> Result<&'f TenantFacts> {
    let parents: Vec<&TenantFacts> = facts
        .tenants
        .iter()
        .filter(|tenant| match tenant.kind {
            TenantRole::Parent(_) => tenant.enabled,
            TenantRole::Customer | TenantRole::Other(_) => false,
        })
        .collect();
    pick_one(
        session,
        "Partner",
        &parents,
        format_parent,
        "--account or --partner",
    )
}

fn format_parent(tenant: &TenantFacts) -> String {
    format!("{} ({}, {})", tenant.name, tenant.kind, tenant.account)
}

fn pick_one<T: Copy>(
    session: &Session,
    question: &str,
    those: &[T],
    line: impl Fn(T) -> String,
    what: &str,
) -> Result<T> {
    session
        .report
        .pick_one(question, those, line)
        .ok_or_else(|| {
            let text = format!("give {what}: none was chosen, so nothing was written");
            UsageError(text).into()
        })
}
