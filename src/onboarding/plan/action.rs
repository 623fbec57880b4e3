//! Everything that is done to a company to make it a customer, besides quotas. Pure.

use super::{Adopted, NewCustomer};
use crate::domain::ids::{AccountName, TenantId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::Step;
use crate::plan::{self, Change, Description, Party, Value};
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
        owes: Vec<Step>,
    },
    /// Take over the tenant that an earlier run made.
    Adopt { adopted: Adopted, owes: Vec<Step> },
    /// Do one of the remembered steps.
    Finish { whom: Whom, finish: Finish },
}

/// A customer whose tenant is there, or is made by an earlier action of the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whom {
    pub(crate) account: AccountName,
    pub(crate) company: Party,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) tenant_name: String,
}

/// A step after a tenant was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
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

impl Finish {
    /// The step that is done by it.
    pub(crate) fn step(&self) -> Step {
        match self {
            Self::TwoFactor => Step::TwoFactor,
            Self::Production => Step::Production,
            Self::Administrator { .. } => Step::Administrator,
        }
    }
}

impl Action {
    /// The customer that is new by this action, with the steps that it gets.
    pub(crate) fn newborn(&self) -> Option<(Whom, &[Step])> {
        match self {
            Self::Create { new, owes } => Some((
                Whom {
                    account: new.account.clone(),
                    company: new.company.clone(),
                    tenant: None,
                    tenant_name: new.name.clone(),
                },
                owes,
            )),
            Self::Adopt { adopted, owes } => Some((
                Whom {
                    account: adopted.account.clone(),
                    company: adopted.company.clone(),
                    tenant: Some(adopted.tenant.clone()),
                    tenant_name: adopted.tenant_name.clone(),
                },
                owes,
            )),
            Self::Finish { .. } => None,
        }
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::Create { new, .. } => new.describe(MAKE),
            Self::Adopt { adopted, .. } => adopted.describe(MAKE),
            Self::Finish { whom, finish } => finished(whom, finish),
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
            Self::Finish { finish, .. } => JournalAction::CompleteStep {
                step: finish.step(),
            },
        }
    }

    fn lane(&self) -> String {
        match self {
            Self::Create { new, .. } => quotas::lane(&new.account, &new.company),
            Self::Adopt { adopted, .. } => quotas::lane(&adopted.account, &adopted.company),
            Self::Finish { whom, .. } => quotas::lane(&whom.account, &whom.company),
        }
    }
}

fn finished(whom: &Whom, finish: &Finish) -> Description {
    let (stage, kind, change, because) = match finish {
        Finish::TwoFactor => (
            TWO_FACTOR,
            "set-two-factor",
            Change::new("two_factor", Value::Flag(false), Value::Flag(true)),
            "provisioning.two_factor",
        ),
        Finish::Production => (
            PRODUCTION,
            "set-mode",
            Change::new("mode", Value::text("trial"), Value::text("production")),
            "provisioning.mode",
        ),
        Finish::Administrator { login, role, .. } => (
            ADMINISTRATOR,
            "create-administrator",
            Change::set("login", Value::Text(format!("{login} ({role})"))),
            "provisioning.administrator; Acronis sends the activation email",
        ),
    };
    Description {
        stage,
        account: Some(whom.account.clone()),
        company: Some(whom.company.clone()),
        kind,
        subject: whom.tenant_name.clone(),
        changes: vec![change],
        because: vec![because.to_owned()],
    }
}
