//! The companies that people type: each names one, or the answer says what was probably meant.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::autotask::CompanyScope;
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::domain::names::same_in_database;
use crate::domain::text::escape_controls;
use crate::exit::UsageError;
use crate::plan::{CompanyRef, Remark, RemarkKind};
use crate::session::{CompanyFilter, Scope, Session};
use crate::state::State;

/// What companies are called.
pub(crate) type Names = BTreeMap<CompanyId, String>;

/// The note about a company that a run was narrowed to and that is not mapped.
pub(crate) const NOT_MAPPED: RemarkKind = RemarkKind::CompanyNotMapped;

/// Every company that Autotask shows, but the provider's own.
///
/// # Errors
/// When Autotask cannot be read.
pub(crate) fn read_names(session: &Session) -> Result<Names> {
    let companies = session
        .connected_autotask()?
        .read_companies(&CompanyScope::default())?;
    Ok(companies
        .into_iter()
        .map(|company| (company.id, company.name))
        .collect())
}

/// Looks at every company that `--company` names: one that is not mapped is told. `names` is asked
/// only when one is not.
///
/// # Errors
/// When an id names no company, with the nearest one; when `names` fails.
pub(crate) fn unmapped_in_scope(
    scope: &Scope,
    links: &[CustomerLink],
    names: impl FnOnce() -> Result<Names>,
) -> Result<Vec<Remark>> {
    let CompanyFilter::Only(ids) = &scope.companies else {
        return Ok(Vec::new());
    };
    let is_linked = |id: &CompanyId| links.iter().any(|link| link.company == *id);
    let unlinked: Vec<CompanyId> = ids.iter().copied().filter(|id| !is_linked(id)).collect();
    if unlinked.is_empty() {
        return Ok(Vec::new());
    }
    let names = names()?;
    let mut notes = Vec::new();
    let mut wrong = Vec::new();
    for id in unlinked {
        match names.get(&id) {
            Some(name) => notes.push(not_mapped(id, name)),
            None => wrong.push(format!(
                "--company: {}",
                no_company(by_id(&names), &id.to_string())
            )),
        }
    }
    if wrong.is_empty() {
        Ok(notes)
    } else {
        Err(UsageError(wrong.join("\n")).into())
    }
}

fn not_mapped(id: CompanyId, name: &str) -> Remark {
    Remark::new(
        NOT_MAPPED,
        name.to_owned(),
        format!(
            "the company is not mapped, so nothing is done for it; to map it: acrotask \
             map-customer link {id} \
             TENANT, or acrotask map-customer create {id}"
        ),
    )
    .of_company(CompanyRef::new(id, name))
}

/// The sentence about an id or a name that no company has, with what was probably meant.
pub(crate) fn no_company<'n>(
    names: impl IntoIterator<Item = (CompanyId, &'n str)>,
    typed: &str,
) -> String {
    if typed.trim() == "0" {
        return "company 0 is your own; it is never mapped".to_owned();
    }
    let candidates: Vec<LookupCandidate> = names
        .into_iter()
        .map(|(id, name)| LookupCandidate {
            id: id.to_string(),
            name: name.to_owned(),
            shown: format!("{} (company {id})", escape_controls(name)),
        })
        .collect();
    let mut meant = did_you_mean(&candidates, typed);
    if meant.is_empty() {
        "; acrotask map-customer list --all shows them all".clone_into(&mut meant);
    }
    format!("Autotask shows no company with the id or name {typed:?}{meant}")
}

fn by_id(names: &Names) -> impl Iterator<Item = (CompanyId, &str)> {
    names.iter().map(|(id, name)| (*id, name.as_str()))
}

/// The company that was typed, by id or name. What the state file knows needs no question; anything
/// else is looked for in Autotask.
///
/// # Errors
/// When it names none, with what was probably meant, or several, with all of them; when Autotask
/// has to be asked and cannot be.
pub(crate) fn find_company(session: &Session, state: &State, typed: &str) -> Result<CompanyId> {
    let typed = typed.trim();
    let links = state.customer_links()?;
    let named = with_name(
        links.iter().map(|link| (link.company, &link.company_name)),
        typed,
    );
    match (named.as_slice(), typed.parse().map(CompanyId)) {
        ([one], _) => return Ok(one.0),
        ([], Ok(id)) if state.knows_company(id)? => return Ok(id),
        ([], _) => {}
        (several, _) => return Err(several_companies(several, typed).into()),
    }
    let names = read_names(session)
        .with_context(|| format!("looking in Autotask for the company {typed:?}"))?;
    if let Ok(id) = typed.parse().map(CompanyId)
        && names.contains_key(&id)
    {
        return Ok(id);
    }
    let named = with_name(names.iter().map(|(id, name)| (*id, name)), typed);
    match named.as_slice() {
        [one] => Ok(one.0),
        [] => Err(UsageError(no_company(by_id(&names), typed)).into()),
        several => Err(several_companies(several, typed).into()),
    }
}

fn with_name<'n>(
    companies: impl Iterator<Item = (CompanyId, &'n String)>,
    typed: &str,
) -> Vec<(CompanyId, &'n String)> {
    companies
        .filter(|(_, name)| same_in_database(name, typed))
        .collect()
}

fn several_companies(several: &[(CompanyId, &String)], typed: &str) -> UsageError {
    let all: Vec<String> = several
        .iter()
        .map(|(id, name)| format!("{} (company {id})", escape_controls(name)))
        .collect();
    UsageError(format!(
        "several companies are named {typed:?}; give the id of one: {}",
        all.join(", ")
    ))
}
