//! Tenants that an earlier run made and could not remember.

use anyhow::Result;

use super::plan::AdoptedTenant;
use crate::domain::journal_action::JournalAction;
use crate::domain::links::LinkedBy;
use crate::gather::customers::CustomerDirectory;
use crate::plan::CompanyRef;
use crate::state::State;
use crate::state::journal::HistoryFilter;

/// The one tenant that bears our mark for a company that is not linked; to be asked before a tenant
/// is made. `None` also when several bear it ([`CustomerDirectory::tenants_tagged_for`]), or when the two were unlinked
/// and the mark could not be taken away: then a person decides.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn find_unfinished(
    state: &State,
    customers: &CustomerDirectory,
    company: &CompanyRef,
    how: LinkedBy,
) -> Result<Option<AdoptedTenant>> {
    let marked = customers.tenants_tagged_for(company.id);
    let [(account, tenant)] = marked.as_slice() else {
        return Ok(None);
    };
    if state.is_unlinked(company.id, account, &tenant.id)? {
        return Ok(None);
    }
    let (partner, partner_name) = customers.home_of(account, tenant);
    let filter = HistoryFilter {
        company: Some(company.id),
        account: Some((*account).clone()),
        ..HistoryFilter::default()
    };
    // A making that was never remembered as done.
    let history = state.history(&filter)?;
    let ours = history.iter().any(|entry| {
        let is_making = matches!(entry.intent.action, JournalAction::CreateTenant { .. });
        is_making && entry.may_have_taken_effect()
    });
    Ok(Some(AdoptedTenant {
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
