//! Our mark on tenants that exist: written when a pair is made, taken away when it ends.

use anyhow::{Result, bail};

use crate::acronis::{self, Tenant};
use crate::domain::ids::TenantId;
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::http;
use crate::plan::Consent;
use crate::session::Account;

/// Read, decide, write; and once more when somebody else wrote in between (acronis.md §2.3).
const TRIES_MAX: usize = 2;

/// Writes our mark. `seen` is the foreign value that the approved plan said it would overwrite.
///
/// # Errors
/// When the tenant is gone, or its field holds anything else by now; what the service failed with.
pub(crate) fn write_tag(
    account: &Account,
    consent: &Consent,
    tenant: &TenantId,
    mark: OwnershipTag,
    seen: Option<&str>,
) -> Result<Tenant> {
    let wanted = mark.to_string();
    set_tag(account, consent, tenant, Some(&wanted), |tag| match tag {
        InternalTag::Empty => Ok(true),
        InternalTag::Ours(there) if *there == mark => Ok(false),
        InternalTag::Ours(_) | InternalTag::Foreign(_) => {
            let text = tag_text(tag);
            if seen == Some(text.as_str()) {
                return Ok(true);
            }
            bail!(
                "the tenant's internal_tag is `{text}`, which was not written for this company; \
                 it is overwritten only with --replace-mark"
            )
        }
    })
}

/// Takes our mark away; any other value stays, and a tenant that is gone has none.
///
/// # Errors
/// What the service failed with.
pub(crate) fn remove_tag(
    account: &Account,
    consent: &Consent,
    tenant: &TenantId,
    mark: OwnershipTag,
) -> Result<()> {
    let done = set_tag(account, consent, tenant, None, |tag| {
        Ok(*tag == InternalTag::Ours(mark))
    });
    match done {
        Err(error) if is_gone(&error) => Ok(()),
        end => end.map(drop),
    }
}

fn is_gone(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<http::Failure>()
        .is_some_and(|failure| failure.kind == http::FailureKind::NotFound)
}

/// A field's value as it stands there.
fn tag_text(tag: &InternalTag) -> String {
    match tag {
        InternalTag::Empty => String::new(),
        InternalTag::Ours(mark) => mark.to_string(),
        InternalTag::Foreign(text) => text.clone(),
    }
}

/// Sets the field to `wanted` where `decide` says so of what it holds.
fn set_tag(
    account: &Account,
    consent: &Consent,
    id: &TenantId,
    wanted: Option<&str>,
    decide: impl Fn(&InternalTag) -> Result<bool>,
) -> Result<Tenant> {
    let mut tries = 0;
    loop {
        tries += 1;
        let tenant = account.acronis.read_tenant(id)?;
        if tenant.deleted_at.is_some() {
            if wanted.is_none() {
                return Ok(tenant);
            }
            bail!("tenant {} ({id}) was deleted", tenant.name);
        }
        if !decide(&OwnershipTag::parse_internal_tag(
            tenant.internal_tag.as_deref(),
        ))? {
            return Ok(tenant);
        }
        let writer = account.acronis.writer(consent);
        match writer.set_tag(id, tenant.version, wanted) {
            // Also the end of a repeated request whose first answer was lost: the second look finds
            // the field as wanted.
            Err(failure) if acronis::is_version_mismatch(&failure) && tries < TRIES_MAX => {}
            answer => return Ok(answer?),
        }
    }
}
