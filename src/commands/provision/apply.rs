//! Carries out what provisioning does to a customer.

use anyhow::{Result, bail};

use super::plan::Action;
use super::{ending, tenures};
use crate::apply::{End, Executor};
use crate::onboarding::Onboarder;
use crate::plan::Consent;
use crate::quotas::{self, Setter};
use crate::session::Applying;
use crate::state::effects::Effect;
use crate::state::journal::JournalId;

/// Makes and finishes customers, and sets quotas.
#[derive(Debug)]
pub(super) struct Provisioner<'a> {
    onboarder: Onboarder<'a>,
    setter: Setter<'a>,
}

impl<'a> Provisioner<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(super) fn new(applying: &Applying<'a>, consent: &'a Consent) -> Result<Self> {
        Ok(Self {
            onboarder: Onboarder::new(applying, consent)?,
            setter: Setter::new(applying, consent)?,
        })
    }

    fn one(&self, action: &Action) -> Result<(String, Vec<Effect>)> {
        let Onboarder { consent, now, .. } = &self.onboarder;
        match action {
            Action::Onboard(action) => self.onboarder.carry_out(action),
            Action::Disable { whom, clock } => {
                let account = self.onboarder.account(&whom.account)?;
                ending::disable(account, consent, whom)?;
                let clock = tenures::clock(whom, clock, Some(*now))?;
                let answer = "disabled; it keeps its data".to_owned();
                Ok((answer, vec![Effect::SetClock(Box::new(clock))]))
            }
            Action::Delete { whom, disables, .. } => {
                let account = self.onboarder.account(&whom.account)?;
                let tenant = ending::delete(account, consent, whom, *disables)?;
                let gone = vec![
                    Effect::ResetClock(whom.account.clone(), tenant),
                    Effect::UnlinkCustomer(whom.company.id),
                ];
                Ok(("deleted; checked by reading it again".to_owned(), gone))
            }
            Action::Quota(_) => bail!("quotas are set by their own room"),
        }
    }
}

impl Executor<Action> for Provisioner<'_> {
    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> End {
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
        let mut answers = Vec::new();
        let mut effects = Vec::new();
        for action in batch {
            match self.one(action) {
                Ok((answer, more)) => {
                    answers.push(answer);
                    effects.extend(more);
                }
                Err(error) => {
                    return End {
                        result: Err(error),
                        effects,
                    };
                }
            }
        }
        End::done(answers.join("; "), effects)
    }
}
