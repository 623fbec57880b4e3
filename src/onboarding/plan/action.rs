//! Everything that is done to a company to make it a customer, besides quotas. Pure.

use super::{AdoptedTenant, NewCustomer};
use crate::config::Provisioning;
use crate::domain::ids::{AccountName, TenantId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::PendingStep;
use crate::plan::{self, CompanyRef, Description, FieldChange, Value};
use crate::quotas;

const MAKE: u8 = 10;
/// Before the first user (acronis.md §3.9).
const TWO_FACTOR: u8 = 20;
// Quotas stand at 50.
const PRODUCTION: u8 = 60;
const ADMINISTRATOR: u8 = 70;

/// One change that makes a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Make a tenant; what it gets besides quotas is remembered until it is done.
    Create {
        new: Box<NewCustomer>,
        pending_steps: Vec<PendingStep>,
    },
    /// Take over the tenant that an earlier run made.
    Adopt {
        adopted: AdoptedTenant,
        pending_steps: Vec<PendingStep>,
    },
    /// Do one of the remembered steps.
    CompleteStep {
        whom: CustomerRef,
        finish: SetupStep,
    },
}

/// A customer whose tenant is there, or is made by an earlier action of the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerRef {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyRef,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) tenant_name: String,
}

/// A customer with steps that are still to be done, and what was read for them.
#[derive(Clone, Debug)]
pub(crate) struct UnfinishedCustomer {
    pub(crate) whom: CustomerRef,
    pub(crate) steps: Vec<PendingStep>,
    /// The primary contact of the company, where an administrator is to be made of it.
    pub(crate) contact: Option<LoginContact>,
}

/// A person with an email address, which is the login.
#[derive(Clone, Debug)]
pub(crate) struct LoginContact {
    pub(crate) login: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    /// Why the login cannot be given, if so.
    pub(crate) unusable: Option<String>,
}

/// A step after a tenant was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetupStep {
    /// For the tenant, and so for every user of it (acronis.md §3.9).
    TwoFactor,
    Production,
    Administrator {
        login: String,
        first_name: Option<String>,
        last_name: Option<String>,
        role: String,
    },
}

impl SetupStep {
    /// The step that is done by it.
    pub(crate) fn kept_step(&self) -> PendingStep {
        match self {
            Self::TwoFactor => PendingStep::TwoFactor,
            Self::Production => PendingStep::Production,
            Self::Administrator { .. } => PendingStep::Administrator,
        }
    }
}

impl Action {
    /// The customer that is new by this action, with the steps that it gets.
    pub(crate) fn new_customer(&self) -> Option<UnfinishedCustomer> {
        let (whom, steps) = match self {
            Self::Create { new, pending_steps } => (
                CustomerRef {
                    account: new.account.clone(),
                    company: new.company.clone(),
                    tenant: None,
                    tenant_name: new.name.clone(),
                },
                pending_steps,
            ),
            Self::Adopt {
                adopted,
                pending_steps,
            } => (
                CustomerRef {
                    account: adopted.account.clone(),
                    company: adopted.company.clone(),
                    tenant: Some(adopted.tenant.clone()),
                    tenant_name: adopted.tenant_name.clone(),
                },
                pending_steps,
            ),
            Self::CompleteStep { .. } => return None,
        };
        Some(UnfinishedCustomer {
            whom,
            steps: steps.clone(),
            contact: None,
        })
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::Create { new, .. } => new.describe_creation(MAKE),
            Self::Adopt { adopted, .. } => adopted.describe_adoption(MAKE),
            Self::CompleteStep { whom, finish } => describe_step(whom, finish),
        }
    }

    fn to_journal(&self) -> JournalAction {
        match self {
            Self::Create { new, .. } => JournalAction::CreateTenant {
                name: new.name.clone(),
            },
            Self::Adopt { adopted, .. } => JournalAction::AdoptTenant {
                tenant: adopted.tenant.clone(),
            },
            Self::CompleteStep { finish, .. } => JournalAction::CompleteStep {
                step: finish.kept_step(),
            },
        }
    }

    fn lane(&self) -> String {
        match self {
            Self::Create { new, .. } => quotas::customer_lane(&new.account, &new.company),
            Self::Adopt { adopted, .. } => {
                quotas::customer_lane(&adopted.account, &adopted.company)
            }
            Self::CompleteStep { whom, .. } => quotas::customer_lane(&whom.account, &whom.company),
        }
    }
}

fn describe_step(whom: &CustomerRef, finish: &SetupStep) -> Description {
    let (stage, change, because) = match finish {
        SetupStep::TwoFactor => (
            TWO_FACTOR,
            FieldChange::new("two_factor", Value::Flag(false), Value::Flag(true)),
            Provisioning::TWO_FACTOR,
        ),
        SetupStep::Production => (
            PRODUCTION,
            FieldChange::new(
                "mode",
                Value::from_text("trial"),
                Value::from_text("production"),
            ),
            Provisioning::MODE,
        ),
        SetupStep::Administrator { login, role, .. } => (
            ADMINISTRATOR,
            FieldChange::added_field("login", Value::Text(format!("{login} ({role})"))),
            "provisioning.administrator; Acronis sends the activation email",
        ),
    };
    Description {
        stage,
        account: Some(whom.account.clone()),
        company: Some(whom.company.clone()),
        kind: finish.kept_step().kind(),
        subject: whom.tenant_name.clone(),
        changes: vec![change],
        because: vec![because.to_owned()],
    }
}
