//! Carries out changes of the customer mapping.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::plan::{Action, Pair, Unlinked};
use crate::apply::{End, Executor};
use crate::domain::ids::AccountName;
use crate::domain::links::CustomerLink;
use crate::domain::mark::Tag;
use crate::onboarding;
use crate::plan::Consent;
use crate::session::Account;
use crate::state::effects::Effect;
use crate::state::journal::JournalId;

/// Writes marks and makes tenants; links are kept by the same stroke as the outcome.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    pub(super) accounts: &'a [Account],
    pub(super) consent: &'a Consent,
    pub(super) now: Timestamp,
}

impl Executor<Action> for Mapper<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> End {
        let mut answers = Vec::new();
        let mut effects = Vec::new();
        for action in batch {
            match self.one(action) {
                Ok((answer, effect)) => {
                    answers.push(answer);
                    effects.push(effect);
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
    fn one(&self, action: &Action) -> Result<(String, Effect)> {
        match action {
            Action::Link(pair) => self.link(pair),
            Action::Create(new) => {
                let account = self.account(&new.account)?;
                let made = onboarding::create(account, self.consent, new, self.now)?;
                Ok((format!("tenant {}", made.tenant.id), made.link))
            }
            Action::Adopt(adopted) => {
                let answer = format!("took over tenant {}", adopted.tenant);
                Ok((answer, onboarding::adopt(adopted, self.now)))
            }
            Action::Unlink(unlinked) => self.unlink(unlinked),
        }
    }

    /// The mark goes first: a run that is killed between the two finds its own mark next time.
    fn link(&self, pair: &Pair) -> Result<(String, Effect)> {
        let account = self.account(&pair.account)?;
        let seen = match &pair.tag {
            Tag::Empty => None,
            Tag::Ours(mark) => Some(mark.to_string()),
            Tag::Foreign(text) => Some(text.clone()),
        };
        onboarding::mark(
            account,
            self.consent,
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
            linked_at: self.now,
            how: pair.how,
            existed_before: true,
            lowering_approved: false,
        };
        let answer = format!("tenant {} bears {}", pair.tenant, pair.mark);
        Ok((answer, Effect::LinkCustomer(link)))
    }

    fn unlink(&self, unlinked: &Unlinked) -> Result<(String, Effect)> {
        let link = &unlinked.link;
        let mut answer = "forgotten".to_owned();
        if let Some(mark) = unlinked.mark {
            let account = self.account(&link.account)?;
            onboarding::unmark(account, self.consent, &link.tenant, mark)?;
            answer = format!("took the mark from tenant {}", link.tenant);
        }
        Ok((answer, Effect::UnlinkCustomer(link.company)))
    }

    fn account(&self, name: &AccountName) -> Result<&Account> {
        self.accounts
            .iter()
            .find(|account| account.name == *name)
            .with_context(|| format!("account {name} is not configured"))
    }
}
