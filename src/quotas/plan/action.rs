//! One quota of one customer, and what is planned for it.

use std::collections::BTreeSet;

use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, ItemKey, TenantId};
use crate::domain::journal_action::{JournalAction, WrittenItem, WrittenLevel};
use crate::domain::units::Unit;
use crate::plan::{self, CompanyRef, Description, FieldChange};
use crate::quotas::facts::Level;

/// The stage of quota lines: after a tenant was made, before anything is taken away from one.
const STAGE: u8 = 50;
/// What only a person's approval lets through goes after it, in a request of its own: should the
/// platform refuse that one, the ordinary lines are done.
const STAGE_APPROVED: u8 = 51;

/// Sets one item of one tenant. All of one tenant go out in one request, or in two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyRef,
    /// `None` while the tenant is made by an earlier action of the same run.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) item: ItemKey,
    pub(crate) before: Level,
    pub(crate) after: Level,
    /// The quota's version as read.
    pub(crate) version: i64,
    /// What the amounts are shown in.
    pub(crate) unit: Unit,
    pub(crate) because: Vec<String>,
    /// An item that is off now and must go on in the same request.
    pub(crate) needs: Option<ItemKey>,
    /// Once this is done, later plans may lower quotas of this customer without asking again.
    pub(crate) allows_reductions: bool,
    /// It lowers what a guard holds back, so that it is only done when a person approved it: the
    /// platform's own check of the usage must not undo that (acronis.md §5.4, `check_usage`).
    pub(crate) by_approval: bool,
}

impl Action {
    pub(crate) fn lowers_quota(&self) -> bool {
        self.before.is_lowered_by(self.after)
    }

    /// Held itself, or in need of an item that is off now and held.
    pub(super) fn is_held(&self, items: &BTreeSet<ItemKey>) -> bool {
        let mut needed = self.needs.iter();
        items.contains(&self.item) || needed.any(|needed| items.contains(needed))
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        let is_feature = self.after == Level::On;
        Description {
            stage: if self.by_approval {
                STAGE_APPROVED
            } else {
                STAGE
            },
            account: Some(self.account.clone()),
            company: Some(self.company.clone()),
            kind: if is_feature {
                ActionKind::SwitchOn
            } else {
                ActionKind::SetQuota
            },
            subject: self.item.to_string(),
            changes: vec![FieldChange::new(
                if is_feature { "status" } else { "quota" },
                self.before.show_level(self.unit),
                self.after.show_level(self.unit),
            )],
            because: self.because.clone(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        JournalAction::SetQuota {
            item: WrittenItem::Exact(self.item.clone()),
            level: WrittenLevel::Exact(self.after),
        }
    }

    fn lane(&self) -> String {
        customer_lane(&self.account, &self.company)
    }

    fn batch(&self) -> Option<String> {
        let kind = if self.by_approval {
            "approved"
        } else {
            "quotas"
        };
        Some(format!("{}/{kind}", self.lane()))
    }
}

/// Writes to one tenant go one after the other (acronis.md §9); a company has one tenant.
pub(crate) fn customer_lane(account: &AccountName, company: &CompanyRef) -> String {
    format!("{account}/{}", company.id)
}
