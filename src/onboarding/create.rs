//! Making a customer tenant, once.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::plan::{AdoptedTenant, NewCustomer};
use crate::acronis::{self, NewTenant, Tenant, TenantKind};
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::http::{self, Failure};
use crate::plan::Consent;
use crate::session::Account;
use crate::state::state_changes::StateChange;

/// A tenant that is there now, with the link to be remembered in the same transaction as the outcome.
#[derive(Debug)]
pub(super) struct MadeTenant {
    pub(super) tenant: Tenant,
    pub(super) link: StateChange,
}

/// Makes the tenant with our mark and the company's id. When the answer is lost, or the name is
/// suddenly taken, the tenant that bears the mark is looked for; nothing is ever sent twice.
///
/// # Errors
/// The service's own failure; with an open end ([`http::Effect::Unknown`]) when the tenant was not
/// to be seen right after it, and the next run looks again.
pub(super) fn create_tenant(
    account: &Account,
    consent: &Consent,
    new: &NewCustomer,
    now: Timestamp,
) -> Result<MadeTenant> {
    let sent = account
        .acronis
        .writer(consent)
        .create_tenant(&tenant_request(new));
    let tenant = match sent {
        Ok(tenant) => tenant,
        Err(failure) => find_made_tenant(account, new, failure)?,
    };
    let link = StateChange::LinkCustomer(CustomerLink {
        company: new.company.id,
        account: new.account.clone(),
        tenant: tenant.id.clone(),
        company_name: new.company.name.clone(),
        tenant_name: tenant.name.clone(),
        partner: tenant.parent.clone().unwrap_or_else(|| new.parent.clone()),
        partner_name: new.parent_name.clone(),
        linked_at: now,
        how: new.how,
        existed_before: false,
        lowering_approved: false,
    });
    Ok(MadeTenant { tenant, link })
}

/// The link to a tenant that an earlier run made; nothing is sent.
pub(super) fn link_adopted(adopted: &AdoptedTenant, now: Timestamp) -> StateChange {
    let AdoptedTenant {
        account,
        company,
        tenant,
        tenant_name,
        partner,
        partner_name,
        how,
        existed_before,
    } = adopted;
    StateChange::LinkCustomer(CustomerLink {
        company: company.id,
        account: account.clone(),
        tenant: tenant.clone(),
        company_name: company.name.clone(),
        tenant_name: tenant_name.clone(),
        partner: partner.clone(),
        partner_name: partner_name.clone(),
        linked_at: now,
        how: *how,
        existed_before: *existed_before,
        lowering_approved: false,
    })
}

fn tenant_request(new: &NewCustomer) -> NewTenant {
    NewTenant {
        name: new.name.clone(),
        parent: new.parent.clone(),
        language: None,
        customer_id: Some(new.company.id.to_string()),
        internal_tag: Some(new.mark.to_string()),
        contact: new.contact.to_acronis_contact(),
    }
}

/// The tenant that the failed request made all the same, or that one sent earlier made meanwhile.
fn find_made_tenant(account: &Account, new: &NewCustomer, failure: Failure) -> Result<Tenant> {
    let taken = acronis::is_name_conflict(&failure);
    if failure.effect == http::Effect::None && !taken {
        return Err(failure.into());
    }
    // Looking may fail as well; then the first failure is reported, with its unknown outcome.
    let children = account
        .acronis
        .read_children(&new.parent)
        .unwrap_or_default();
    if let Some(tenant) = children.into_iter().find(|child| is_made(child, new.mark)) {
        tracing::info!(tenant = %tenant.id, "the response was lost; the tenant was found by its tag");
        return Ok(tenant);
    }
    if taken {
        return Err(failure).with_context(|| {
            format!(
                "the name `{}` is taken in account {}: link the company to that tenant, or give \
                 another --name",
                new.name, new.account
            )
        });
    }
    Err(failure.into())
}

fn is_made(tenant: &Tenant, mark: OwnershipTag) -> bool {
    tenant.kind == TenantKind::Customer
        && tenant.deleted_at.is_none()
        && OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref())
            == InternalTag::Ours(mark)
}
