//! Our mark on tenants that exist: written when a pair is made, taken away when it ends.

use anyhow::{Result, bail};

use crate::acronis::{self, Tenant};
use crate::domain::ids::TenantId;
use crate::domain::mark::{Mark, Tag};
use crate::http;
use crate::plan::Consent;
use crate::session::Account;

/// Read, decide, write; and once more when somebody else wrote in between (acronis.md §2.3).
const TRIES_MAX: usize = 2;

/// Writes our mark. `seen` is the foreign value that the approved plan said it would overwrite.
///
/// # Errors
/// When the tenant is gone, or its field holds anything else by now; what the service failed with.
pub(crate) fn mark(
    account: &Account,
    consent: &Consent,
    tenant: &TenantId,
    mark: Mark,
    seen: Option<&str>,
) -> Result<Tenant> {
    let wanted = mark.to_string();
    set(account, consent, tenant, Some(&wanted), |tag| match tag {
        Tag::Empty => Ok(true),
        Tag::Ours(there) if *there == mark => Ok(false),
        Tag::Ours(_) | Tag::Foreign(_) => {
            let text = text_of(tag);
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
pub(crate) fn unmark(
    account: &Account,
    consent: &Consent,
    tenant: &TenantId,
    mark: Mark,
) -> Result<()> {
    let done = set(account, consent, tenant, None, |tag| {
        Ok(*tag == Tag::Ours(mark))
    });
    match done {
        Err(error) if is_gone(&error) => Ok(()),
        end => end.map(drop),
    }
}

fn is_gone(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<http::Failure>()
        .is_some_and(|failure| failure.kind == http::Kind::NotFound)
}

/// A field's value as it stands there.
fn text_of(tag: &Tag) -> String {
    match tag {
        Tag::Empty => String::new(),
        Tag::Ours(mark) => mark.to_string(),
        Tag::Foreign(text) => text.clone(),
    }
}

/// Sets the field to `wanted` where `decide` says so of what it holds.
fn set(
    account: &Account,
    consent: &Consent,
    id: &TenantId,
    wanted: Option<&str>,
    decide: impl Fn(&Tag) -> Result<bool>,
) -> Result<Tenant> {
    let mut tries = 0;
    loop {
        tries += 1;
        let tenant = account.acronis.tenant(id)?;
        if tenant.deleted_at.is_some() {
            if wanted.is_none() {
                return Ok(tenant);
            }
            bail!("tenant {} ({id}) was deleted", tenant.name);
        }
        if !decide(&Mark::read(tenant.internal_tag.as_deref()))? {
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
