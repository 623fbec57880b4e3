//! What a run of billing does, as data.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::facts::{BilledLineKey, KnownLine};
use super::arithmetic::ComputedUnits;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{
    AccountName, ContractId, ContractServiceId, ItemKey, ServiceId, TenantId,
};
use crate::domain::journal_action::JournalAction;
use crate::plan::{self, CompanyRef, Description, FieldChange, Value};
use crate::quotas;

/// After quotas: what is used is billed with or without them.
const STAGE: u8 = 80;

/// One thing that a run does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    PostUnits(Box<PostUnits>),
    /// A quota that follows the contracts.
    Quota(Box<quotas::Action>),
}

/// One adjustment of one line of one contract.
#[derive(Clone, Debug)]
pub(crate) struct PostUnits {
    pub(crate) account: AccountName,
    pub(crate) party: CompanyRef,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    pub(crate) contract: ContractId,
    /// The line; none when it is to be made first.
    pub(crate) line: Option<ContractServiceId>,
    pub(crate) service: ServiceId,
    pub(crate) service_name: String,
    /// As measured: pieces, bytes or seconds; none when it is not known.
    pub(crate) usage: Option<Decimal>,
    pub(crate) usage_at: Option<Timestamp>,
    pub(crate) arithmetic: String,
    pub(crate) price: Option<Decimal>,
    pub(crate) wanted: i64,
    /// Units in force on the effective date.
    pub(crate) before: i64,
    pub(crate) effective: Date,
    /// The first day of the billing period that it settles; none where it settles none.
    pub(crate) period: Option<Date>,
    /// Its place among the changes of its line that one plan carries.
    pub(crate) position: u8,
    /// Whether an earlier posting to the line whose end is not known is given up for this one.
    pub(crate) supersedes: bool,
}

impl Action {
    pub(crate) fn post_units(post: PostUnits) -> Self {
        Self::PostUnits(Box::new(post))
    }
}

impl PostUnits {
    /// A line at what its usage asks for; that it holds so many units, and from which day that
    /// changes, is for the caller to say.
    pub(super) fn of_line(
        line: KnownLine,
        key: BilledLineKey,
        measure: Option<MeasuredAmount>,
        computed: ComputedUnits,
        today: Date,
    ) -> Self {
        let (contract, service) = key;
        Self {
            account: line.account,
            party: line.party,
            tenant: line.tenant,
            item: line.item,
            contract,
            line: None,
            service,
            service_name: line.service_name,
            usage: measure.map(|measure| measure.amount),
            usage_at: measure.map(|measure| measure.at),
            arithmetic: computed.words,
            price: None,
            wanted: computed.units,
            before: 0,
            effective: today,
            period: None,
            position: 0,
            supersedes: false,
        }
    }

    pub(crate) fn describe_change(&self) -> Description {
        let mut changes = vec![
            FieldChange::new(
                "units",
                Value::Whole(self.before),
                Value::Whole(self.wanted),
            ),
            FieldChange::added_field("from", Value::Text(self.effective.to_string())),
        ];
        if self.line.is_none() {
            changes.push(FieldChange::added_field("line", Value::from_text("new")));
        }
        let mut because = vec![format!("{}: {}", self.item, self.arithmetic)];
        because.extend(self.usage_at.map(|at| format!("measured {at:.0}")));
        Description {
            stage: STAGE.saturating_add(self.position),
            account: Some(self.account.clone()),
            company: Some(self.party.clone()),
            kind: ActionKind::PostUnits,
            subject: self.line_subject(),
            changes,
            because,
        }
    }

    pub(crate) fn line_subject(&self) -> String {
        line_subject(self.contract, self.service, &self.service_name)
    }

    /// What is posted: the difference to the wanted level.
    pub(crate) fn unit_change(&self) -> i64 {
        self.wanted.saturating_sub(self.before)
    }
}

/// A line as plans, notes and refusals name it.
pub(crate) fn line_subject(contract: ContractId, service: ServiceId, name: &str) -> String {
    format!("{name} (service {service}) on contract {contract}")
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        match self {
            Self::PostUnits(post) => post.describe_change(),
            Self::Quota(quota) => quota.describe(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        match self {
            Self::PostUnits(_) => JournalAction::PostUnits,
            Self::Quota(quota) => quota.to_journal(),
        }
    }

    /// Each line of a contract by itself: the failure of one says nothing about the next.
    fn lane(&self) -> String {
        match self {
            Self::PostUnits(post) => format!("line {}/{}", post.contract, post.service),
            Self::Quota(quota) => quota.lane(),
        }
    }

    fn batch(&self) -> Option<String> {
        match self {
            Self::PostUnits(_) => None,
            Self::Quota(quota) => quota.batch(),
        }
    }
}
