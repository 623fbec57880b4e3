//! Carries out changes of the customer mapping.

use anyhow::{Result, bail};

use super::plan::{Action, CustomerPair, EndedLink};
use crate::apply::{BatchEnd, Executor};
use crate::domain::links::CustomerLink;
use crate::domain::ownership_tag::InternalTag;
use crate::onboarding::{self, Onboarder};
use crate::plan::Consent;
use crate::quotas::{self, QuotaExecutor};
use crate::session::ApplyContext;
use crate::state::journal::JournalId;
use crate::state::state_changes::StateChange;

/// Writes marks and makes customers; links are kept in the same transaction as the outcome.
#[derive(Debug)]
pub(super) struct CustomerMappingExecutor<'a> {
    onboarder: Onboarder<'a>,
    setter: QuotaExecutor<'a>,
}

impl<'a> CustomerMappingExecutor<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(super) fn new(applying: &ApplyContext<'a>, consent: &'a Consent) -> Result<Self> {
        Ok(Self {
            onboarder: Onboarder::new(applying, consent)?,
            setter: QuotaExecutor::new(applying, consent)?,
        })
    }
}

impl Executor<Action> for CustomerMappingExecutor<'_> {
    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> BatchEnd {
        let quotas: Vec<&quotas::Action> = batch
            .iter()
            .filter_map(|action| match action {
                Action::Quota(quota) => Some(quota.as_ref()),
                Action::Link(_) | Action::Onboard(_) | Action::Unlink(_) => None,
            })
            .collect();
        if !quotas.is_empty() {
            return self.setter.execute(&quotas, intents);
        }
        BatchEnd::one_by_one(batch, |action| self.execute_action(action))
    }
}

impl CustomerMappingExecutor<'_> {
    fn execute_action(&self, action: &Action) -> Result<(String, Vec<StateChange>)> {
        let alone = |(answer, effect)| (answer, vec![effect]);
        match action {
            Action::Link(pair) => self.link_tenant(pair).map(alone),
            Action::Onboard(action) => self.onboarder.carry_out(action),
            Action::Quota(_) => bail!("quotas are set by the executor of quotas"),
            Action::Unlink(unlinked) => self.unlink_tenant(unlinked).map(alone),
        }
    }

    /// The mark goes first: a run that is killed between the two finds its own mark next time.
    fn link_tenant(&self, pair: &CustomerPair) -> Result<(String, StateChange)> {
        let account = self.onboarder.find_account(&pair.account)?;
        let seen = match &pair.tag {
            InternalTag::Empty => None,
            InternalTag::Ours(mark) => Some(mark.to_string()),
            InternalTag::Foreign(text) => Some(text.clone()),
        };
        onboarding::write_tag(
            account,
            self.onboarder.consent,
            &pair.tenant,
            pair.mark,
            seen.as_deref(),
        )?;
        let link = CustomerLink {
            company: pair.company.id,
            account: pair.account.clone(),
            tenant: pair.tenant.clone(),
            company_name: pair.company.name.clone(),
            tenant_name: pair.tenant_name.clone(),
            partner: pair.partner.clone(),
            partner_name: pair.partner_name.clone(),
            linked_at: self.onboarder.now,
            how: pair.how,
            existed_before: true,
            lowering_approved: false,
        };
        let answer = format!("tenant {} has the tag {}", pair.tenant, pair.mark);
        Ok((answer, StateChange::LinkCustomer(link)))
    }

    fn unlink_tenant(&self, unlinked: &EndedLink) -> Result<(String, StateChange)> {
        let link = &unlinked.link;
        let mut answer = "unlinked".to_owned();
        if let Some(mark) = unlinked.mark {
            let account = self.onboarder.find_account(&link.account)?;
            onboarding::remove_tag(account, self.onboarder.consent, &link.tenant, mark)?;
            answer = format!("removed the tag from tenant {}", link.tenant);
        }
        Ok((answer, StateChange::UnlinkCustomer(link.company)))
    }
}
