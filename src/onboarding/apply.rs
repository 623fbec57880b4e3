//! Carries out what makes a customer, for every command that does.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::create;
use super::plan::{Action, CustomerRef, SetupStep};
use crate::acronis::{NewUser, PricingMode, TenantContact, is_version_mismatch};
use crate::domain::ids::{AccountName, CompanyId, TenantId, UserId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::PendingStep;
use crate::plan::Consent;
use crate::session::{Account, ApplyContext};
use crate::state::State;
use crate::state::journal::planned::PlannedWrite;
use crate::state::state_changes::StateChange;

/// Makes and finishes customers.
#[derive(Debug)]
pub(crate) struct Onboarder<'a> {
    accounts: BTreeMap<&'a AccountName, &'a Account>,
    state: &'a State,
    pub(crate) consent: &'a Consent,
    pub(crate) now: Timestamp,
}

impl<'a> Onboarder<'a> {
    /// # Errors
    /// When a secret of an account cannot be read.
    pub(crate) fn new(applying: &ApplyContext<'a>, consent: &'a Consent) -> Result<Self> {
        let accounts = applying.session.acronis_accounts()?;
        Ok(Self {
            accounts: accounts
                .iter()
                .map(|account| (&account.name, account))
                .collect(),
            state: applying.state,
            consent,
            now: applying.session.now,
        })
    }

    /// The account of this name.
    pub(crate) fn find_account(&self, name: &AccountName) -> Result<&'a Account> {
        self.accounts
            .get(name)
            .copied()
            .with_context(|| format!("account {name} is not configured"))
    }

    /// Does one action: the answer for the journal, and what is to be remembered with it.
    ///
    /// # Errors
    /// What the service failed with.
    pub(crate) fn carry_out(&self, action: &Action) -> Result<(String, Vec<StateChange>)> {
        match action {
            Action::Create { new, pending_steps } => {
                let account = self.find_account(&new.account)?;
                let made = create::create_tenant(account, self.consent, new, self.now)?;
                let effects = link_with_pending_steps(made.link, action, pending_steps);
                Ok((format!("tenant {}", made.tenant.id), effects))
            }
            Action::Adopt {
                adopted,
                pending_steps,
            } => {
                let link = create::link_adopted(adopted, self.now);
                let effects = link_with_pending_steps(link, action, pending_steps);
                Ok((format!("linked to tenant {}", adopted.tenant), effects))
            }
            Action::CompleteStep { whom, finish } => {
                let answer = self.complete_step(whom, finish)?;
                Ok((answer, Vec::new()))
            }
        }
    }

    fn complete_step(&self, whom: &CustomerRef, finish: &SetupStep) -> Result<String> {
        let account = self.find_account(&whom.account)?;
        let tenant = self.tenant_of(whom)?;
        match finish {
            SetupStep::TwoFactor => self.enable_two_factor(account, &tenant),
            SetupStep::Production => self.set_production(account, &tenant),
            SetupStep::Administrator {
                login,
                first_name,
                last_name,
                role,
            } => {
                let contact = TenantContact {
                    email: Some(login.clone()),
                    firstname: first_name.clone(),
                    lastname: last_name.clone(),
                    ..TenantContact::default()
                };
                let new = NewUser {
                    tenant,
                    login: login.clone(),
                    contact,
                    language: None,
                };
                self.create_administrator(account, &new, role)
            }
        }
    }

    /// The tenant, known when planned or made by an earlier action of this lane.
    fn tenant_of(&self, whom: &CustomerRef) -> Result<TenantId> {
        if let Some(tenant) = &whom.tenant {
            return Ok(tenant.clone());
        }
        let link = self.state.customer_link(whom.company.id)?;
        link.filter(|link| link.account == whom.account)
            .map(|link| link.tenant)
            .with_context(|| format!("{} has no tenant yet", whom.company.name))
    }

    /// For the tenant and so for all its users: one who has not set up a second factor can do
    /// nothing else at the next login (acronis.md §3.9).
    fn enable_two_factor(&self, account: &Account, tenant: &TenantId) -> Result<String> {
        let mfa = account.acronis.read_mfa(tenant)?;
        if mfa.is_enabled() {
            return Ok("already on".to_owned());
        }
        if !mfa.update_allowed {
            bail!("Acronis does not allow two-factor authentication of the tenant to be changed");
        }
        let writer = account.acronis.writer(self.consent);
        Ok(writer.set_mfa(tenant, true)?.status)
    }

    /// One-way, so it is read first; a stale version is read again once (acronis.md §3.8).
    fn set_production(&self, account: &Account, tenant: &TenantId) -> Result<String> {
        let writer = account.acronis.writer(self.consent);
        let mut tried = false;
        loop {
            let pricing = account.acronis.read_pricing(tenant)?;
            if pricing.mode == PricingMode::Production {
                return Ok("production".to_owned());
            }
            match writer.set_pricing(tenant, pricing.version, &PricingMode::Production) {
                Ok(set) => return Ok(set.mode.to_string()),
                Err(failure) if is_version_mismatch(&failure) && !tried => tried = true,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// A login that is taken by a user of this very tenant was made by a run that was cut short.
    fn create_administrator(&self, account: &Account, new: &NewUser, role: &str) -> Result<String> {
        let writer = account.acronis.writer(self.consent);
        let user: UserId = match account.acronis.user_of(&new.tenant, &new.login)? {
            Some(user) => user,
            None => writer.create_user(new)?,
        };
        writer.set_access_policies(&user, &new.tenant, role)?;
        writer.send_activation_email(&user)?;
        Ok(format!("user {user}; the activation email was sent"))
    }
}

/// The link, and what the tenant is still to get, remembered together.
fn link_with_pending_steps(
    link: StateChange,
    action: &Action,
    steps: &[PendingStep],
) -> Vec<StateChange> {
    let mut changes = vec![link];
    if let Some(new) = action.new_customer() {
        let whom = new.whom;
        let plan = |step: &PendingStep| {
            plan_step(&whom.account, whom.company.id, &whom.tenant_name, *step)
        };
        changes.extend(steps.iter().map(plan));
    }
    changes
}

/// A step that a tenant is still to get.
pub(super) fn plan_step(
    account: &AccountName,
    company: CompanyId,
    tenant_name: &str,
    step: PendingStep,
) -> StateChange {
    StateChange::PlanWrite(Box::new(PlannedWrite {
        action: JournalAction::CompleteStep { step },
        kind: step.kind(),
        subject: tenant_name.to_owned(),
        account: Some(account.clone()),
        company: Some(company),
    }))
}
