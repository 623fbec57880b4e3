//! Carries out what provisioning does to a customer.

use anyhow::{Result, bail};

use super::plan::Action;
use super::{contract_history, offboarding};
use crate::apply::{BatchEnd, Executor};
use crate::onboarding::Onboarder;
use crate::plan::Consent;
use crate::quotas::{self, QuotaExecutor};
use crate::session::ApplyContext;
use crate::state::journal::JournalId;
use crate::state::state_changes::StateChange;

/// Makes and finishes customers, and sets quotas.
#[derive(Debug)]
pub(super) struct ProvisionExecutor<'a> {
    onboarder: Onboarder<'a>,
    setter: QuotaExecutor<'a>,
}

impl<'a> ProvisionExecutor<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(super) fn new(applying: &ApplyContext<'a>, consent: &'a Consent) -> Result<Self> {
        Ok(Self {
            onboarder: Onboarder::new(applying, consent)?,
            setter: QuotaExecutor::new(applying, consent)?,
        })
    }

    fn execute_action(&self, action: &Action) -> Result<(String, Vec<StateChange>)> {
        let Onboarder { consent, now, .. } = &self.onboarder;
        match action {
            Action::Onboard(action) => self.onboarder.carry_out(action),
            Action::Disable { whom, clock } => {
                let account = self.onboarder.find_account(&whom.account)?;
                offboarding::disable_tenant(account, consent, whom)?;
                let clock = contract_history::stored_countdown(whom, clock, Some(*now))?;
                let answer = "disabled; it keeps its data".to_owned();
                Ok((answer, vec![StateChange::SetClock(Box::new(clock))]))
            }
            Action::Delete { whom, disables, .. } => {
                let account = self.onboarder.find_account(&whom.account)?;
                let tenant = offboarding::delete_tenant(account, consent, whom, *disables)?;
                let gone = vec![
                    StateChange::ResetClock(whom.account.clone(), tenant),
                    StateChange::UnlinkCustomer(whom.company.id),
                ];
                Ok(("deleted; checked by reading it again".to_owned(), gone))
            }
            Action::Quota(_) => bail!("quotas are set by the executor of quotas"),
        }
    }
}

impl Executor<Action> for ProvisionExecutor<'_> {
    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> BatchEnd {
        let quotas: Vec<&quotas::Action> = batch
            .iter()
            .filter_map(|action| match action {
                Action::Quota(quota) => Some(quota),
                Action::Onboard(_) | Action::Disable { .. } | Action::Delete { .. } => None,
            })
            .collect();
        if !quotas.is_empty() {
            return self.setter.execute(&quotas, intents);
        }
        BatchEnd::one_by_one(batch, |action| self.execute_action(action))
    }
}
