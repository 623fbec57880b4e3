//! What a person typed → the company or tenant that is meant; exactly one, or a sentence.

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::meant::{Candidate, did_you_mean};
use crate::domain::names::same_in_database;
use crate::gather::company_names::no_company;

use super::plan::{Company, Facts, Kind, Problem, Tenant};

/// How many candidates are listed.
const LISTED_MAX: usize = 10;

/// What is looked for by name.
trait Named {
    fn name(&self) -> &str;
}

impl Named for Company {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Tenant {
    fn name(&self) -> &str {
        &self.name
    }
}

/// The company with this id or name.
///
/// # Errors
/// When there is none or when several have the name; the candidates are listed with their ids.
pub(super) fn company<'f>(facts: &'f Facts, typed: &str) -> Result<&'f Company, Problem> {
    if let Ok(id) = typed.trim().parse().map(CompanyId)
        && let Some(company) = facts.companies.get(&id)
    {
        return Ok(company);
    }
    let companies: Vec<&Company> = facts.companies.values().collect();
    match named(&companies, typed).as_slice() {
        [one] => Ok(one),
        [] => {
            let names = companies.iter().map(|one| (one.id, one.name.as_str()));
            Err(Problem::Usage(no_company(names, typed)))
        }
        several => Err(Problem::Usage(format!(
            "several companies are named {typed:?}; give the id of one: {}",
            listed(several)
        ))),
    }
}

/// The company with this id or name; one that is linked also when Autotask no longer shows it.
///
/// # Errors
/// As [`company`].
pub(super) fn linked_company(facts: &Facts, typed: &str) -> Result<CompanyId, Problem> {
    let linked = facts.links.iter().find(|link| {
        link.company.to_string() == typed.trim()
            || (!facts.companies.contains_key(&link.company)
                && same_in_database(&link.company_name, typed))
    });
    match linked {
        Some(link) => Ok(link.company),
        None => company(facts, typed).map(|company| company.id),
    }
}

/// The customer tenant with this id or name, in one account or in all.
///
/// # Errors
/// When there is none, when several have the name, or when it is no customer.
pub(super) fn tenant<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
) -> Result<&'f Tenant, Problem> {
    let customer = |tenant: &&'f Tenant| tenant.kind == Kind::Customer;
    among(facts, account, typed, "customer tenant", customer)
}

/// The partner or folder with this id or name.
///
/// # Errors
/// As [`tenant`].
pub(super) fn parent<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
) -> Result<&'f Tenant, Problem> {
    let holds = |tenant: &&'f Tenant| match tenant.kind {
        Kind::Parent(_) => true,
        Kind::Customer | Kind::Other(_) => false,
    };
    among(facts, account, typed, "partner or folder", holds)
}

fn among<'f>(
    facts: &'f Facts,
    account: Option<&str>,
    typed: &str,
    what: &str,
    fits: impl Fn(&&'f Tenant) -> bool,
) -> Result<&'f Tenant, Problem> {
    if let Some(account) = account {
        readable(facts, account)?;
    }
    let here: Vec<&Tenant> = facts
        .tenants
        .iter()
        .filter(|tenant| account.is_none_or(|account| account == tenant.account.as_str()))
        .collect();
    let id = TenantId::new(typed);
    let by_id: Vec<&Tenant> = here.iter().copied().filter(|one| one.id == id).collect();
    let found = if by_id.is_empty() {
        named(&here, typed)
    } else {
        by_id
    };
    let fitting = fit_for(&found, &fits);
    match (fitting.as_slice(), found.as_slice()) {
        ([one], _) => Ok(one),
        ([], []) => Err(Problem::Usage(format!(
            "no {what} has the id or name {typed:?}{}{}",
            meant(&fit_for(&here, fits), typed),
            unread(facts)
        ))),
        ([], [other, ..]) => Err(Problem::Usage(format!(
            "{other} is a {}, not a {what}",
            other.kind
        ))),
        (several, _) => Err(Problem::Usage(format!(
            "several tenants are named {typed:?}; give the id of one: {}",
            listed(several)
        ))),
    }
}

fn readable(facts: &Facts, account: &str) -> Result<(), Problem> {
    let is = |known: &AccountName| known.as_str() == account;
    if facts.read.iter().any(is) {
        return Ok(());
    }
    if facts.unread.iter().any(is) {
        return Err(Problem::Refused(format!(
            "account {account} could not be read; try again later"
        )));
    }
    let known: Vec<&str> = facts.read.iter().map(AccountName::as_str).collect();
    Err(Problem::Usage(format!(
        "no Acronis account is named {account}; configured accounts: {}",
        known.join(", ")
    )))
}

fn fit_for<'f>(those: &[&'f Tenant], fits: impl Fn(&&'f Tenant) -> bool) -> Vec<&'f Tenant> {
    those.iter().copied().filter(|one| fits(one)).collect()
}

/// Those of exactly this name; without one, those of this name in any case and with other blanks at its ends.
fn named<'f, T: Named>(those: &[&'f T], typed: &str) -> Vec<&'f T> {
    let exact: Vec<&T> = those
        .iter()
        .copied()
        .filter(|one| one.name() == typed)
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    those
        .iter()
        .copied()
        .filter(|one| same_in_database(one.name(), typed))
        .collect()
}

fn listed<T: ToString>(those: &[T]) -> String {
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
fn meant(those: &[&Tenant], typed: &str) -> String {
    let candidates: Vec<Candidate> = those
        .iter()
        .map(|one| Candidate {
            id: one.id.to_string(),
            name: one.name.clone(),
            shown: one.to_string(),
        })
        .collect();
    did_you_mean(&candidates, typed)
}

fn unread(facts: &Facts) -> String {
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
