//! Tenants that an earlier run made and could not remember.

use anyhow::Result;

use super::plan::Adopted;
use crate::domain::links::LinkedBy;
use crate::gather::customers::Customers;
use crate::plan::Party;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter, Outcome, Resolution};

/// The journal's word for making a tenant, whichever command did it.
pub(super) const CREATE: &str = "create-tenant";

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
    entry.intent.kind == CREATE && open && !refuted
}
