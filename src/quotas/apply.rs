//! Carries out quota lines: one request a tenant, with the versions read.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};

use super::facts::Level;
use super::gather;
use super::plan::Action;
use crate::acronis::{
    Acronis, AcronisWriter, ItemChange, ItemQuota, OfferingItem, UsageCheck, is_version_mismatch,
};
use crate::apply::{BatchEnd, Executor};
use crate::domain::ids::{AccountName, ItemKey, TenantId};
use crate::http::Effect as HttpEffect;
use crate::plan::Consent;
use crate::session::ApplyContext;
use crate::state::State;
use crate::state::journal::JournalId;
use crate::state::state_changes::StateChange;

/// Sets quotas. Usable by itself and inside another command's executor.
#[derive(Debug)]
pub(crate) struct QuotaExecutor<'a> {
    accounts: BTreeMap<&'a AccountName, (&'a Acronis, AcronisWriter<'a>)>,
    state: &'a State,
}

impl<'a> QuotaExecutor<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(crate) fn new(applying: &ApplyContext<'a>, consent: &Consent) -> Result<Self> {
        let accounts = applying.session.acronis_accounts()?.iter().map(|account| {
            let acronis = &account.acronis;
            (&account.name, (acronis, acronis.writer(consent)))
        });
        Ok(Self {
            accounts: accounts.collect(),
            state: applying.state,
        })
    }

    fn set_quotas(&self, batch: &[&Action]) -> Result<String> {
        let first = batch.first().context("an empty batch of quotas")?;
        let (acronis, writer) = self
            .accounts
            .get(&first.account)
            .with_context(|| format!("account {} is not part of this run", first.account))?;
        let (tenant, changes) = match &first.tenant {
            Some(tenant) => (
                tenant.clone(),
                batch.iter().map(|one| item_change(one)).collect(),
            ),
            None => {
                let tenant = self.made_tenant(first)?;
                let items = acronis.offering_items(&tenant)?;
                (tenant, decide_again(batch, &items)?)
            }
        };
        send_changes(acronis, writer, &tenant, batch, changes)
    }

    /// The tenant that an earlier action of this lane made.
    fn made_tenant(&self, action: &Action) -> Result<TenantId> {
        let link = self.state.customer_link(action.company.id)?;
        let link = link.filter(|link| link.account == action.account);
        link.map(|link| link.tenant)
            .with_context(|| format!("{} has no tenant yet", action.company.name))
    }
}

impl Executor<Action> for QuotaExecutor<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> BatchEnd {
        match self.set_quotas(batch) {
            Ok(answer) => BatchEnd::from_answer(answer, approval_changes(batch)),
            Err(error) => BatchEnd::from(Err(error)),
        }
    }
}

/// Once a lowering was approved, or nothing was lowered, later ones are ordinary.
fn approval_changes(batch: &[&Action]) -> Vec<StateChange> {
    let frees = batch.iter().find(|action| action.allows_reductions);
    frees
        .map(|action| StateChange::SetLoweringApproved(action.company.id, true))
        .into_iter()
        .collect()
}

/// Sends the changes. A version that is no longer the current one is read again, decided on again,
/// and tried once (acronis.md §2.4). Where the answer was lost the tenant is looked at.
fn send_changes(
    acronis: &Acronis,
    writer: &AcronisWriter<'_>,
    tenant: &TenantId,
    batch: &[&Action],
    changes: Vec<ItemChange>,
) -> Result<String> {
    if changes.is_empty() {
        return Ok("already set".to_owned());
    }
    let count = changes.len();
    let check = match batch.iter().any(|action| action.by_approval) {
        true => UsageCheck::Waived,
        false => UsageCheck::Asked,
    };
    let Err(failure) = writer.put_offering_items(tenant, &changes, check) else {
        return Ok(format!("{count} items set"));
    };
    if is_version_mismatch(&failure) {
        let items = acronis.offering_items(tenant)?;
        let changes = decide_again(batch, &items)?;
        if changes.is_empty() {
            return Ok("already set by somebody else".to_owned());
        }
        let count = changes.len();
        writer.put_offering_items(tenant, &changes, check)?;
        return Ok(format!("{count} items set on the second attempt"));
    }
    if failure.effect == HttpEffect::Unknown
        && let Ok(items) = acronis.offering_items(tenant)
        && decide_again(batch, &items).is_ok_and(|left| left.is_empty())
    {
        return Ok(format!(
            "{count} items set; the response was lost, so the items were read again"
        ));
    }
    Err(failure.into())
}

fn item_change(action: &Action) -> ItemChange {
    ItemChange {
        key: action.item.clone(),
        enabled: true,
        quota: quota_of_level(action.after, action.version),
    }
}

/// Features carry no quota; unlimited has the version 0 (acronis.md §5.2).
fn quota_of_level(level: Level, version: i64) -> Option<ItemQuota> {
    match level {
        Level::Off | Level::On => None,
        Level::Quota { value: None, .. } => Some(ItemQuota::unlimited_quota(version)),
        Level::Quota { value, overage } => Some(ItemQuota {
            value,
            overage,
            version,
        }),
    }
}

/// Decides again on what the tenant has now: what is so already is left out, and what somebody
/// changed in between is not lowered unless that was planned.
fn decide_again(batch: &[&Action], items: &[OfferingItem]) -> Result<Vec<ItemChange>> {
    let live: BTreeMap<&ItemKey, &OfferingItem> =
        items.iter().map(|item| (&item.key, item)).collect();
    let mut changes = Vec::new();
    for action in batch {
        let Some(item) = live.get(&action.item) else {
            bail!("the tenant has no item {} any more", action.item);
        };
        let now = gather::quota_level(item);
        if now == action.after {
            continue;
        }
        if now != action.before && now.is_lowered_by(action.after) && !action.lowers_quota() {
            bail!(
                "{} was changed to {} in the meantime, and the plan would lower it to {}; run \
                 again to make a new plan",
                action.item,
                now.show_level(action.unit),
                action.after.show_level(action.unit)
            );
        }
        let mut change = item_change(action);
        change.quota = quota_of_level(action.after, item.quota.map_or(0, |quota| quota.version));
        changes.push(change);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acronis::ItemClass;
    use crate::domain::ids::{ApplicationId, CompanyId};
    use crate::domain::units::Unit;
    use crate::plan::CompanyRef;

    fn key() -> ItemKey {
        ItemKey {
            name: "pw_base_servers".to_owned(),
            infra: None,
            application: ApplicationId::new("a"),
        }
    }

    fn action(before: Level, after: Level) -> Action {
        Action {
            account: AccountName::new("eu"),
            company: CompanyRef::new(CompanyId(1), "Alma"),
            tenant: None,
            item: key(),
            before,
            after,
            version: 3,
            unit: Unit::Count,
            because: Vec::new(),
            needs: None,
            allows_reductions: false,
            by_approval: false,
        }
    }

    fn live(quota: ItemQuota) -> OfferingItem {
        OfferingItem {
            tenant: None,
            key: key(),
            edition: None,
            usage_name: None,
            enabled: true,
            locked: false,
            class: ItemClass::Count,
            measurement_unit: Some("quantity".to_owned()),
            quota: Some(quota),
            updated_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn a_stale_version_is_replaced_and_what_is_so_already_is_left_out() {
        let raise = action(Level::hard(5), Level::hard(8));
        let changes = decide_again(&[&raise], &[live(ItemQuota::hard(5, 9))]).unwrap();
        assert_eq!(changes[0].quota, Some(ItemQuota::hard(8, 9)));
        assert!(
            decide_again(&[&raise], &[live(ItemQuota::hard(8, 9))])
                .unwrap()
                .is_empty()
        );
        assert!(decide_again(&[&raise], &[]).is_err());
    }

    #[test]
    fn what_somebody_raised_meanwhile_is_not_lowered_unplanned() {
        let raise = action(Level::hard(5), Level::hard(8));
        let refused = decide_again(&[&raise], &[live(ItemQuota::hard(20, 9))]).unwrap_err();
        assert!(refused.to_string().contains("changed to 20"), "{refused}");
        let lower = action(Level::hard(10), Level::hard(8));
        let changes = decide_again(&[&lower], &[live(ItemQuota::hard(20, 9))]).unwrap();
        assert_eq!(changes[0].quota, Some(ItemQuota::hard(8, 9)));
    }
}
