//! What became of steps whose ends are open: tenants as they are now tell.

use anyhow::Result;

use super::tenures;
use crate::acronis::{PricingMode, Tenant};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::CustomerLink;
use crate::gather::links::TenantEnd;
use crate::quotas::Reading;
use crate::session::Session;
use crate::state::State;
use crate::state::effects::Effect;
use crate::state::journal::{Entry, Resolution, Resolved};

/// What was found out about an entry, and what is to be remembered by the same stroke.
struct Found {
    how: Resolution,
    evidence: String,
    effects: Vec<Effect>,
}

impl Found {
    fn took_effect(evidence: String, effects: Vec<Effect>) -> Self {
        Self {
            how: Resolution::TookEffect,
            evidence,
            effects,
        }
    }

    fn when(took: bool, evidence: String) -> Self {
        Self {
            how: if took {
                Resolution::TookEffect
            } else {
                Resolution::NoEffect
            },
            evidence,
            effects: Vec::new(),
        }
    }
}

/// Ends the uncertain steps of earlier runs; making tenants and setting quotas end in their own
/// rooms. What is still owed is planned again.
///
/// # Errors
/// When the state cannot be read or written.
pub(super) fn settle(session: &Session, state: &State, reading: &Reading<'_>) -> Result<()> {
    for entry in state.uncertain()? {
        if entry.intent.run == session.run {
            continue;
        }
        let (Some(account), Some(company)) = (entry.intent.account.clone(), entry.intent.company)
        else {
            continue;
        };
        if let Some(found) = found_out(state, reading, &entry, (&account, company))? {
            let resolved = Resolved {
                how: found.how,
                evidence: found.evidence,
                at: session.now,
            };
            state.resolve_with(entry.id, &resolved, &found.effects)?;
        }
    }
    Ok(())
}

fn found_out(
    state: &State,
    reading: &Reading<'_>,
    entry: &Entry,
    (account, company): (&AccountName, CompanyId),
) -> Result<Option<Found>> {
    let kind = entry.intent.kind.as_str();
    let linked = reading.customers.linked();
    let own = linked
        .iter()
        .find(|linked| linked.link.company == company && linked.link.account == *account);
    if kind == "adopt-tenant" {
        let evidence = "the link tells".to_owned();
        return Ok(Some(Found::when(own.is_some(), evidence)));
    }
    let Some(own) = own else { return Ok(None) };
    match own.tenant {
        TenantEnd::Live(tenant) => alive(state, entry, own.link, tenant),
        // What is only out of sight may be there: its deletion stays uncertain.
        TenantEnd::Deleted(tenant) if kind == "delete-tenant" => {
            let day = tenant
                .deleted_at
                .map_or_else(String::new, |at| format!(" on {}", at.strftime("%Y-%m-%d")));
            let evidence = format!("tenant {} was deleted{day}", own.link.tenant_name);
            let gone = vec![
                Effect::ResetClock(account.clone(), own.link.tenant.clone()),
                Effect::UnlinkCustomer(company),
            ];
            Ok(Some(Found::took_effect(evidence, gone)))
        }
        TenantEnd::Deleted(_) | TenantEnd::Hidden | TenantEnd::Unknown => Ok(None),
    }
}

fn alive(
    state: &State,
    entry: &Entry,
    link: &CustomerLink,
    tenant: &Tenant,
) -> Result<Option<Found>> {
    let name = &tenant.name;
    Ok(Some(match entry.intent.kind.as_str() {
        "set-mode" => {
            let is_set = tenant.pricing_mode == Some(PricingMode::Production);
            let mode = tenant.pricing_mode.as_ref();
            let mode = mode.map_or_else(|| "unknown".to_owned(), ToString::to_string);
            Found::when(is_set, format!("the mode of tenant {name} is {mode}"))
        }
        "set-two-factor" => {
            let status = tenant.mfa_status.clone().unwrap_or_default();
            // Users who have to set it up yet do so because it is on (acronis.md §3.9).
            let is_set = matches!(status.as_str(), "enabled" | "setup_required");
            Found::when(is_set, format!("two-factor of tenant {name} is {status:?}"))
        }
        "create-administrator" => {
            let evidence = "the step is owed still and is done again; a user that is there is kept";
            Found::when(false, evidence.to_owned())
        }
        "delete-tenant" => Found::when(false, format!("tenant {name} is there")),
        "disable-tenant" if tenant.enabled => {
            Found::when(false, format!("tenant {name} is enabled"))
        }
        "disable-tenant" => {
            let evidence = format!("tenant {name} is disabled");
            Found::took_effect(evidence, tenures::disabled(state, link, entry.at)?)
        }
        _ => return Ok(None),
    }))
}
