//! Everything that provisioning does to a customer.

use super::Running;
use crate::domain::ids::{AccountName, TenantId};
use crate::domain::links::Step;
use crate::onboarding::{Adopted, NewCustomer};
use crate::plan::{self, Change, Description, Party, Value};
use crate::quotas;

const MAKE: u8 = 10;
/// Before the first user (acronis.md §3.9).
const TWO_FACTOR: u8 = 20;
// Quotas stand at 50.
const PRODUCTION: u8 = 60;
const ADMINISTRATOR: u8 = 70;
const DISABLE: u8 = 80;
const DELETE: u8 = 90;

/// One change of one customer.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) enum Action {
    /// Make a tenant; what it gets besides quotas is owed to it until it is done.
    Create {
        new: NewCustomer,
        owes: Vec<Step>,
    },
    /// Take over the tenant that an earlier run made.
    Adopt {
        adopted: Adopted,
        owes: Vec<Step>,
    },
    Finish {
        whom: Whom,
        finish: Finish,
    },
    Quota(quotas::Action),
    /// Disable a tenant whose contracts are over.
    Disable {
        whom: Whom,
        clock: Running,
    },
    /// Delete a tenant that is disabled, or is `disables`d by this very action.
    Delete {
        whom: Whom,
        clock: Running,
        disables: bool,
    },
}

/// A customer whose tenant is there, or is made by an earlier action of the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) struct Whom {
    pub(in crate::commands::provision) account: AccountName,
    pub(in crate::commands::provision) company: Party,
    pub(in crate::commands::provision) tenant: Option<TenantId>,
    pub(in crate::commands::provision) tenant_name: String,
}

/// A step after a tenant was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) enum Finish {
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
    pub(in crate::commands::provision) fn step(&self) -> Step {
        match self {
            Self::TwoFactor => Step::TwoFactor,
            Self::Production => Step::Production,
            Self::Administrator { .. } => Step::Administrator,
        }
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::Create { new, .. } => new.describe(MAKE),
            Self::Adopt { adopted, .. } => adopted.describe(MAKE),
            Self::Finish { whom, finish } => finished(whom, finish),
            Self::Quota(action) => action.describe(),
            Self::Disable { whom, clock } => ended(whom, clock, DISABLE, "disable-tenant"),
            Self::Delete { whom, clock, .. } => ended(whom, clock, DELETE, "delete-tenant"),
        }
    }

    fn lane(&self) -> String {
        match self {
            Self::Create { new, .. } => quotas::lane(&new.account, &new.company),
            Self::Adopt { adopted, .. } => quotas::lane(&adopted.account, &adopted.company),
            Self::Finish { whom, .. } | Self::Disable { whom, .. } | Self::Delete { whom, .. } => {
                quotas::lane(&whom.account, &whom.company)
            }
            Self::Quota(action) => action.lane(),
        }
    }

    fn batch(&self) -> Option<String> {
        match self {
            Self::Quota(action) => action.batch(),
            Self::Create { .. }
            | Self::Adopt { .. }
            | Self::Finish { .. }
            | Self::Disable { .. }
            | Self::Delete { .. } => None,
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
            "provisioning.administrator; Acronis sends the activation mail",
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

fn ended(whom: &Whom, clock: &Running, stage: u8, kind: &'static str) -> Description {
    let (field, after) = if stage == DELETE {
        ("tenant", Value::text("deleted"))
    } else {
        ("status", Value::Flag(false))
    };
    let before = if stage == DELETE {
        Value::text(&whom.tenant_name)
    } else {
        Value::Flag(true)
    };
    Description {
        stage,
        account: Some(whom.account.clone()),
        company: Some(whom.company.clone()),
        kind,
        subject: whom.tenant_name.clone(),
        changes: vec![Change::new(field, before, after)],
        because: vec![format!(
            "no relevant contract since {} ({})",
            clock.since, clock.reason
        )],
    }
}
