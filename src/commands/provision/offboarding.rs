//! Disables and deletes tenants whose contracts are over (acronis.md §3.6).

use anyhow::{Context as _, Result, bail};

use crate::acronis::{Tenant, is_version_mismatch};
use crate::domain::ids::TenantId;
use crate::http::{Failure, FailureKind};
use crate::onboarding::CustomerRef;
use crate::plan::Consent;
use crate::session::Account;

/// Read, write; and once more when somebody else wrote in between.
const TRIES_MAX: usize = 2;

/// Disables the tenant; one that is so already is left alone.
pub(super) fn disable_tenant(
    account: &Account,
    consent: &Consent,
    whom: &CustomerRef,
) -> Result<Tenant> {
    let id = require_tenant_id(whom)?;
    retry_version_mismatch(|| {
        let tenant = read_live_tenant(account, id)?;
        if !tenant.enabled {
            return Ok(Ok(tenant));
        }
        let writer = account.acronis.writer(consent);
        Ok(writer.disable_tenant(id, tenant.version))
    })
}

/// Deletes the tenant for good and sees that it is gone. It must be disabled, unless this is also
/// to disable it. One that cannot be read is hidden, not deleted: that is a failure.
pub(super) fn delete_tenant(
    account: &Account,
    consent: &Consent,
    whom: &CustomerRef,
    disables: bool,
) -> Result<TenantId> {
    let id = require_tenant_id(whom)?;
    if account.acronis.read_tenant(id)?.deleted_at.is_some() {
        return Ok(id.clone());
    }
    if disables {
        disable_tenant(account, consent, whom)?;
    }
    retry_version_mismatch(|| {
        let tenant = read_live_tenant(account, id)?;
        if tenant.enabled {
            bail!(
                "tenant {} was enabled in the meantime, so a person must decide",
                tenant.name
            );
        }
        let writer = account.acronis.writer(consent);
        Ok(writer.delete_tenant(id, tenant.version))
    })?;
    if !is_gone(account, id)? {
        bail!(
            "tenant {} still exists after it was deleted",
            whom.tenant_name
        );
    }
    Ok(id.clone())
}

pub(super) fn require_tenant_id(whom: &CustomerRef) -> Result<&TenantId> {
    whom.tenant
        .as_ref()
        .with_context(|| format!("the tenant of {} is not known", whom.company.name))
}

/// One try more after a version mismatch (acronis.md §2.4).
fn retry_version_mismatch<T>(mut attempt: impl FnMut() -> Result<Result<T, Failure>>) -> Result<T> {
    let mut tries = 1;
    loop {
        match attempt()? {
            Err(failure) if is_version_mismatch(&failure) && tries < TRIES_MAX => tries += 1,
            answer => return Ok(answer?),
        }
    }
}

fn read_live_tenant(account: &Account, id: &TenantId) -> Result<Tenant> {
    let tenant = account.acronis.read_tenant(id)?;
    if tenant.deleted_at.is_some() {
        bail!("tenant {} was deleted in the meantime", tenant.name);
    }
    Ok(tenant)
}

/// After the service accepted the deletion. How long a deleted tenant can still be read is not known
/// (acronis.md, open points), so that here, and only here, one that is not found counts as deleted.
fn is_gone(account: &Account, id: &TenantId) -> Result<bool> {
    match account.acronis.read_tenant(id) {
        Ok(tenant) => Ok(tenant.deleted_at.is_some()),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(true),
        Err(failure) => Err(failure.into()),
    }
}
