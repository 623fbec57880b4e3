//! The changes of the customer mapping, as data.

use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, TenantId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::onboarding;
use crate::plan::{self, CompanyRef, Description, FieldChange, Value};
use crate::quotas;

/// One change of the customer mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Map to a tenant that exists, and write our mark into it.
    Link(Box<CustomerPair>),
    /// Make a tenant and map to it, or give it what a new one gets.
    Onboard(Box<onboarding::Action>),
    /// Set a quota of the tenant that is new.
    Quota(Box<quotas::Action>),
    /// Forget the mapping and take our mark away.
    Unlink(Box<EndedLink>),
}

/// A company and the tenant that is to stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerPair {
    pub(crate) company: CompanyRef,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) tenant_name: String,
    pub(crate) partner: TenantId,
    pub(crate) partner_name: String,
    pub(crate) how: LinkedBy,
    pub(crate) mark: OwnershipTag,
    /// What stands where the mark goes.
    pub(crate) tag: InternalTag,
    /// The link as it is, when the same two are linked already and something about it changed.
    pub(crate) known: Option<Box<CustomerLink>>,
    /// Pairs of one group are moved one after the other: a tenant must be free before it is taken.
    pub(crate) group: Option<String>,
}

/// A link that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndedLink {
    pub(crate) company: CompanyRef,
    pub(crate) link: CustomerLink,
    /// Our mark, where the tenant bears it.
    pub(crate) mark: Option<OwnershipTag>,
    pub(crate) group: Option<String>,
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::Link(pair) => pair.describe_link(),
            Self::Onboard(action) => action.describe(),
            Self::Quota(action) => action.describe(),
            Self::Unlink(unlinked) => unlinked.describe_unlink(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        match self {
            Self::Link(pair) if pair.known.is_some() => JournalAction::NoteChanges,
            Self::Link(pair) => JournalAction::LinkCustomer {
                tenant: pair.tenant.clone(),
            },
            Self::Onboard(action) => action.to_journal(),
            Self::Quota(action) => action.to_journal(),
            Self::Unlink(unlinked) => JournalAction::UnlinkCustomer {
                tenant: unlinked.link.tenant.clone(),
                is_marked: unlinked.mark.is_some(),
            },
        }
    }

    fn lane(&self) -> String {
        let (group, company) = match self {
            Self::Link(pair) => (&pair.group, &pair.company),
            // One after the other, also the quotas of what is made here.
            Self::Onboard(action) => return action.lane(),
            Self::Quota(action) => return action.lane(),
            Self::Unlink(unlinked) => (&unlinked.group, &unlinked.company),
        };
        group
            .clone()
            .unwrap_or_else(|| format!("company {}", company.id))
    }

    fn batch(&self) -> Option<String> {
        match self {
            Self::Quota(action) => action.batch(),
            Self::Link(_) | Self::Onboard(_) | Self::Unlink(_) => None,
        }
    }
}

impl CustomerPair {
    fn describe_link(&self) -> Description {
        let tenant = format!("{} ({})", self.tenant_name, self.tenant);
        let (kind, mut changes) = match &self.known {
            None => (
                ActionKind::LinkCustomer,
                vec![FieldChange::added_field("tenant", Value::Text(tenant))],
            ),
            Some(link) => (ActionKind::NoteChanges, self.changed_fields(link)),
        };
        let before = match &self.tag {
            InternalTag::Empty => Value::Absent,
            InternalTag::Ours(mark) => Value::Text(mark.to_string()),
            InternalTag::Foreign(text) => Value::from_text(text),
        };
        if self.tag != InternalTag::Ours(self.mark) {
            changes.push(FieldChange::new(
                "mark",
                before,
                Value::Text(self.mark.to_string()),
            ));
        }
        Description {
            stage: 2,
            account: Some(self.account.clone()),
            company: Some(self.company.clone()),
            kind,
            subject: self.tenant_name.clone(),
            changes,
            because: Vec::new(),
        }
    }

    /// What is different from when the pair was linked.
    fn changed_fields(&self, link: &CustomerLink) -> Vec<FieldChange> {
        [
            ("company_name", &link.company_name, &self.company.name),
            ("tenant_name", &link.tenant_name, &self.tenant_name),
            ("partner", &link.partner_name, &self.partner_name),
        ]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| {
            FieldChange::new(field, Value::from_text(before), Value::from_text(after))
        })
        .collect()
    }
}

impl EndedLink {
    fn describe_unlink(&self) -> Description {
        let link = &self.link;
        let tenant = Value::Text(format!("{} ({})", link.tenant_name, link.tenant));
        let mut changes = vec![FieldChange::new("tenant", tenant, Value::Absent)];
        if let Some(mark) = self.mark {
            let mark = Value::Text(mark.to_string());
            changes.push(FieldChange::new("mark", mark, Value::Absent));
        }
        Description {
            stage: 1,
            account: Some(link.account.clone()),
            company: Some(self.company.clone()),
            kind: ActionKind::UnlinkCustomer,
            subject: link.tenant_name.clone(),
            changes,
            because: Vec::new(),
        }
    }
}
