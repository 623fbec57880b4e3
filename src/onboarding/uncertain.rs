//! What became of tenants whose making had an open end.

use anyhow::Result;
use jiff::Timestamp;

use super::plan::Adopted;
use crate::domain::ids::{CompanyId, RunId};
use crate::domain::links::LinkedBy;
use crate::gather::customers::Customers;
use crate::plan::Party;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter, Outcome, Resolution, Resolved};

/// The journal's word for making a tenant, whichever command did it.
const KIND: &str = "create-tenant";

/// The one tenant that bears our mark for a company that is not linked; to be asked before a tenant
/// is made. `None` also when several bear it ([`Customers::marked`]): then a person decides.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) fn unfinished(
    state: &State,
    customers: &Customers,
    company: &Party,
    how: LinkedBy,
) -> Result<Option<Adopted>> {
    let marked = customers.marked(company.id);
    let [(account, tenant)] = marked.as_slice() else {
        return Ok(None);
    };
    let (partner, partner_name) = customers.home_of(account, tenant);
    let filter = HistoryFilter {
        company: Some(company.id),
        account: Some((*account).clone()),
        ..HistoryFilter::default()
    };
    let ours = state.history(&filter)?.iter().any(was_making);
    Ok(Some(Adopted {
        account: (*account).clone(),
        company: company.clone(),
        tenant: tenant.id.clone(),
        tenant_name: tenant.name.clone(),
        partner,
        partner_name,
        how,
        existed_before: !ours,
    }))
}

/// Whether the entry is a making that may have taken effect and was never remembered as done.
fn was_making(entry: &Entry) -> bool {
    let open = match &entry.outcome {
        None | Some(Outcome::Uncertain { .. }) => true,
        Some(Outcome::Done { .. } | Outcome::Failed { .. }) => false,
    };
    let refuted = entry
        .resolved
        .as_ref()
        .is_some_and(|resolved| resolved.how == Resolution::NoEffect);
    entry.intent.kind == KIND && open && !refuted
}

/// Ends the uncertain creations of earlier runs, by what the tenants of their accounts show. One
/// whose account could not be read stays uncertain.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn settle(
    state: &State,
    customers: &Customers,
    this_run: &RunId,
    now: Timestamp,
) -> Result<()> {
    for entry in state.uncertain()? {
        if entry.intent.kind != KIND || entry.intent.run == *this_run {
            continue;
        }
        let Some(company) = entry.intent.company else {
            continue;
        };
        if let Some(resolved) = found_out(customers, &entry, company, now) {
            state.resolve(entry.id, &resolved)?;
        }
    }
    Ok(())
}

fn found_out(
    customers: &Customers,
    entry: &Entry,
    company: CompanyId,
    at: Timestamp,
) -> Option<Resolved> {
    let account = entry.intent.account.as_ref()?;
    if !customers.trees.contains_key(account) {
        return None;
    }
    let mark = customers.mark(company);
    let marked = customers.marked(company);
    let made = marked.iter().find(|(place, _)| *place == account);
    let (how, evidence) = match made {
        Some((_, tenant)) => (
            Resolution::TookEffect,
            format!(
                "tenant {} ({}) bears the mark {mark}",
                tenant.name, tenant.id
            ),
        ),
        None => (
            Resolution::NoEffect,
            format!("no tenant of account {account} bears the mark {mark}"),
        ),
    };
    Some(Resolved { how, evidence, at })
}
