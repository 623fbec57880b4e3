//! Everything that provisioning does to a customer.

use super::CountdownState;
use crate::domain::action_kind::ActionKind;
use crate::domain::journal_action::JournalAction;
use crate::onboarding::{self, CustomerRef};
use crate::plan::{self, Description, FieldChange, Value};
use crate::quotas;

const DISABLE: u8 = 80;
const DELETE: u8 = 90;

/// One change of one customer.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) enum Action {
    /// Make a customer, or finish one.
    Onboard(onboarding::Action),
    Quota(quotas::Action),
    /// Disable a tenant whose contracts are over.
    Disable {
        whom: CustomerRef,
        clock: CountdownState,
    },
    /// Delete a tenant that is disabled, or is `disables`d by this very action.
    Delete {
        whom: CustomerRef,
        clock: CountdownState,
        disables: bool,
    },
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::Onboard(action) => action.describe(),
            Self::Quota(action) => action.describe(),
            Self::Disable { whom, clock } => {
                describe_offboarding(whom, clock, DISABLE, ActionKind::DisableTenant)
            }
            Self::Delete { whom, clock, .. } => {
                describe_offboarding(whom, clock, DELETE, ActionKind::DeleteTenant)
            }
        }
    }

    fn to_journal(&self) -> JournalAction {
        match self {
            Self::Onboard(action) => action.to_journal(),
            Self::Quota(action) => action.to_journal(),
            Self::Disable { .. } => JournalAction::DisableTenant,
            Self::Delete { .. } => JournalAction::DeleteTenant,
        }
    }

    fn lane(&self) -> String {
        match self {
            Self::Onboard(action) => action.lane(),
            Self::Disable { whom, .. } | Self::Delete { whom, .. } => {
                quotas::customer_lane(&whom.account, &whom.company)
            }
            Self::Quota(action) => action.lane(),
        }
    }

    fn batch(&self) -> Option<String> {
        match self {
            Self::Quota(action) => action.batch(),
            Self::Onboard(_) | Self::Disable { .. } | Self::Delete { .. } => None,
        }
    }
}

fn describe_offboarding(
    whom: &CustomerRef,
    clock: &CountdownState,
    stage: u8,
    kind: ActionKind,
) -> Description {
    let (field, after) = if stage == DELETE {
        ("tenant", Value::from_text("deleted"))
    } else {
        ("status", Value::Flag(false))
    };
    let before = if stage == DELETE {
        Value::from_text(&whom.tenant_name)
    } else {
        Value::Flag(true)
    };
    Description {
        stage,
        account: Some(whom.account.clone()),
        company: Some(whom.company.clone()),
        kind,
        subject: whom.tenant_name.clone(),
        changes: vec![FieldChange::new(field, before, after)],
        because: vec![format!(
            "no relevant contract since {} ({})",
            clock.since, clock.reason
        )],
    }
}
