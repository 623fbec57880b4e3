//! Carries out changes of the customer mapping.

use anyhow::{Result, bail};

use super::plan::{Action, Pair, Unlinked};
use crate::apply::{End, Executor};
use crate::domain::links::CustomerLink;
use crate::domain::mark::Tag;
use crate::onboarding::{self, Onboarder};
use crate::plan::Consent;
use crate::quotas::{self, Setter};
use crate::session::Applying;
use crate::state::effects::Effect;
use crate::state::journal::JournalId;

/// Writes marks and makes customers; links are kept by the same stroke as the outcome.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    onboarder: Onboarder<'a>,
    setter: Setter<'a>,
}

impl<'a> Mapper<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(super) fn new(applying: &Applying<'a>, consent: &'a Consent) -> Result<Self> {
        Ok(Self {
            onboarder: Onboarder::new(applying, consent)?,
            setter: Setter::new(applying, consent)?,
        })
    }
}

impl Executor<Action> for Mapper<'_> {
    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> End {
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

impl Mapper<'_> {
    fn one(&self, action: &Action) -> Result<(String, Vec<Effect>)> {
        let alone = |(answer, effect)| (answer, vec![effect]);
        match action {
            Action::Link(pair) => self.link(pair).map(alone),
            Action::Onboard(action) => self.onboarder.carry_out(action),
            Action::Quota(_) => bail!("quotas are set by their own room"),
            Action::Unlink(unlinked) => self.unlink(unlinked).map(alone),
        }
    }

    /// The mark goes first: a run that is killed between the two finds its own mark next time.
    fn link(&self, pair: &Pair) -> Result<(String, Effect)> {
        let account = self.onboarder.account(&pair.account)?;
        let seen = match &pair.tag {
            Tag::Empty => None,
            Tag::Ours(mark) => Some(mark.to_string()),
            Tag::Foreign(text) => Some(text.clone()),
        };
        onboarding::mark(
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
        Ok((answer, Effect::LinkCustomer(link)))
    }

    fn unlink(&self, unlinked: &Unlinked) -> Result<(String, Effect)> {
        let link = &unlinked.link;
        let mut answer = "unlinked".to_owned();
        if let Some(mark) = unlinked.mark {
            let account = self.onboarder.account(&link.account)?;
            onboarding::unmark(account, self.onboarder.consent, &link.tenant, mark)?;
            answer = format!("removed the tag from tenant {}", link.tenant);
        }
        Ok((answer, Effect::UnlinkCustomer(link.company)))
    }
}
