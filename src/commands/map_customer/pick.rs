//! What a person typed → the company or tenant that is meant; exactly one, or a sentence.

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::domain::names::{filter_by_name, same_in_database};
use crate::gather::company_names::no_company;

use super::plan::{CompanyFacts, Facts, MappingProblem, TenantFacts, TenantRole};

/// How many candidates are listed.
const LISTED_MAX: usize = 10;

/// The company with this id or name.
///
/// # Errors
/// When there is none or when several have the name; the candidates are listed with their ids.
pub(super) fn match_company<'f>(
    facts: &'f Facts,
    typed: &str,
) -> Result<&'f CompanyFacts, MappingProblem> {
    if let Ok(id) = typed.trim().parse().map(CompanyId)
        && let Some(company) = facts.companies.get(&id)
    {
        return Ok(company);
    }
    let companies = facts.companies.values();
    match filter_by_name(companies.clone(), |one| &one.name, typed).as_slice() {
        [one] => Ok(one),
        [] => {
            let names = companies.map(|one| (one.id, one.name.as_str()));
            Err(MappingProblem::Usage(no_company(names, typed)))
        }
        several => Err(MappingProblem::Usage(format!(
            "several companies are named {typed:?}; give the id of one: {}",
            join_first(several)
        ))),
    }
}

/// The company with this id or name; one that is linked also when Autotask no longer shows it.
///
/// # Errors
/// As [`match_company`].
pub(super) fn match_linked_company(
    facts: &Facts,
    typed: &str,
) -> Result<CompanyId, MappingProblem> {
    let linked = facts.links.iter().find(|link| {
        link.company.to_string() == typed.trim()
            || (!facts.companies.contains_key(&link.company)
                && same_in_database(&link.company_name, typed))
    });
    match linked {
        Some(link) => Ok(link.company),
        None => match_company(facts, typed).map(|company| company.id),
    }
}

/// The customer tenant with this id or name, in one account or in all.
///
/// # Errors
/// When there is none, when several have the name, or when it is no customer.
pub(super) fn match_tenant<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
) -> Result<&'f TenantFacts, MappingProblem> {
    let customer = |tenant: &&'f TenantFacts| tenant.kind == TenantRole::Customer;
    match_tenant_of_kind(facts, account, typed, "customer tenant", customer)
}

/// The partner or folder with this id or name.
///
/// # Errors
/// As [`match_tenant`].
pub(super) fn match_parent<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
) -> Result<&'f TenantFacts, MappingProblem> {
    let holds = |tenant: &&'f TenantFacts| match tenant.kind {
        TenantRole::Parent(_) => true,
        TenantRole::Customer | TenantRole::Other(_) => false,
    };
    match_tenant_of_kind(facts, account, typed, "partner or folder", holds)
}

fn match_tenant_of_kind<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
    what: &str,
    fits: impl Fn(&&'f TenantFacts) -> bool,
) -> Result<&'f TenantFacts, MappingProblem> {
    if let Some(account) = account {
        require_account(facts, account)?;
    }
    let here: Vec<&TenantFacts> = facts
        .tenants
        .iter()
        .filter(|tenant| account.is_none_or(|account| account == tenant.account.as_str()))
        .collect();
    let id = TenantId::new(typed);
    let by_id: Vec<&TenantFacts> = here.iter().copied().filter(|one| one.id == id).collect();
    let found = if by_id.is_empty() {
        filter_by_name(here.iter().copied(), |one| &one.name, typed)
    } else {
        by_id
    };
    let fitting = filter_tenants(&found, &fits);
    match (fitting.as_slice(), found.as_slice()) {
        ([one], _) => Ok(one),
        ([], []) => Err(MappingProblem::Usage(format!(
            "no {what} has the id or name {typed:?}{}{}",
            suggest_tenants(&filter_tenants(&here, fits), typed),
            list_unread_accounts(facts)
        ))),
        ([], [other, ..]) => Err(MappingProblem::Usage(format!(
            "{other} is a {}, not a {what}",
            other.kind
        ))),
        (several, _) => Err(MappingProblem::Usage(format!(
            "several tenants are named {typed:?}; give the id of one: {}",
            join_first(several)
        ))),
    }
}

fn require_account(facts: &Facts, account: &str) -> Result<(), MappingProblem> {
    let is = |known: &AccountName| known.as_str() == account;
    if facts.read.iter().any(is) {
        return Ok(());
    }
    if facts.unread.iter().any(is) {
        return Err(MappingProblem::Refused(format!(
            "account {account} could not be read; try again later"
        )));
    }
    let known: Vec<&str> = facts.read.iter().map(AccountName::as_str).collect();
    Err(MappingProblem::Usage(format!(
        "no Acronis account is named {account}; configured accounts: {}",
        known.join(", ")
    )))
}

fn filter_tenants<'f>(
    those: &[&'f TenantFacts],
    fits: impl Fn(&&'f TenantFacts) -> bool,
) -> Vec<&'f TenantFacts> {
    those.iter().copied().filter(|one| fits(one)).collect()
}

fn join_first<T: ToString>(those: &[T]) -> String {
    let shown: Vec<String> = those
        .iter()
        .take(LISTED_MAX)
        .map(ToString::to_string)
        .collect();
    let more = those.len().saturating_sub(LISTED_MAX);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{tail}", shown.join(", "))
}

/// `; did you mean …` for what is near.
fn suggest_tenants(those: &[&TenantFacts], typed: &str) -> String {
    let candidates: Vec<LookupCandidate> = those
        .iter()
        .map(|one| LookupCandidate {
            id: one.id.to_string(),
            name: one.name.clone(),
            shown: one.to_string(),
        })
        .collect();
    did_you_mean(&candidates, typed)
}

fn list_unread_accounts(facts: &Facts) -> String {
    if facts.unread.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = facts
        .unread
        .iter()
        .map(|account| account.as_str())
        .collect();
    format!(" (not read: {})", names.join(", "))
}
