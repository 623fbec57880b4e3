//! What the planner of billing knows, in its own words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::config::PeriodMeasure;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{
    AccountName, ContractId, ContractServiceId, ItemKey, ServiceId, TenantId,
};
use crate::domain::links::ProductLink;
use crate::domain::period::BillingPeriod;
use crate::domain::units::Measurement;
use crate::plan::{CompanyRef, Remark};

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) today: Date,
    pub(crate) customers: Vec<BilledCustomer>,
    /// The contracts of those customers, with the unit rows of today; of some also those around it.
    pub(crate) book: ContractBook,
    pub(crate) products: Vec<ProductLink>,
    /// What the ledger says of lines that were posted to before.
    pub(crate) lines: BTreeMap<BilledLineKey, LineHistory>,
    /// What readings say of whole periods, where billing is at their end.
    pub(crate) measures: BTreeMap<(MeasuredKey, BillingPeriod), MeasuredAmount>,
    /// The highest readings of the same periods.
    pub(crate) peaks: BTreeMap<(MeasuredKey, BillingPeriod), MeasuredAmount>,
    /// What was read last before and first after periods without a reading.
    pub(crate) around: BTreeMap<(MeasuredKey, BillingPeriod), ReadingsAround>,
    /// Every line that was ever seen as pay-as-you-go.
    pub(crate) known: BTreeMap<BilledLineKey, KnownLine>,
    /// What runs of ended periods found, by line, the oldest first.
    pub(crate) past: BTreeMap<BilledLineKey, Vec<PastPeriod>>,
    /// Prices of services, where something is used that no line bills.
    pub(crate) prices: BTreeMap<ServiceId, Decimal>,
    /// Months of a service's own period, read with its price.
    pub(crate) service_months: BTreeMap<ServiceId, i32>,
    /// Units of lines, by subject, that people keep beside what is used.
    pub(crate) kept: BTreeMap<String, i64>,
    /// The last day on which a contract was seen as prepaid.
    pub(crate) prepaid: BTreeMap<ContractId, Date>,
    /// The accounts of this run.
    pub(crate) accounts: BTreeSet<AccountName>,
    /// Tenants that are linked to a company.
    pub(crate) linked: BTreeSet<TenantId>,
    /// The level that was billed last for each measured item, where it was not zero.
    pub(crate) billed: BTreeMap<MeasuredKey, i64>,
    /// What was found while reading and is left alone.
    pub(crate) notes: Vec<Remark>,
}

/// Whose unit rows around today the planner needs too.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowsToRead {
    /// Those of which the rows of today do not tell enough.
    pub(crate) contracts: BTreeSet<ContractId>,
    /// Those that a change is planned for.
    pub(crate) lines: BTreeSet<ContractServiceId>,
    /// The first day that matters, where it is further back than usual.
    pub(crate) since: Option<Date>,
}

/// What else the planner needs once those rows are there.
#[derive(Debug, Default)]
pub(crate) struct FiguresToRead {
    /// Whether prices and periods of services are asked for, beside those of lines.
    pub(crate) prices: bool,
    /// The items and periods whose readings count: of what accrues, and where billing is at the end
    /// of a period.
    pub(crate) periods: BTreeMap<(MeasuredKey, BillingPeriod), PeriodMeasure>,
}

/// One service of one contract.
pub(crate) type BilledLineKey = (ContractId, ServiceId);

/// One item of one tenant of one account.
pub(crate) type MeasuredKey = (AccountName, TenantId, ItemKey);

/// A mapped company with what its tenant used.
#[derive(Debug)]
pub(crate) struct BilledCustomer {
    pub(crate) party: CompanyRef,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    /// Whether the tenant is in trial mode.
    pub(crate) trial: bool,
    pub(crate) usage: CustomerUsage,
}

/// A line that is, or was, billed by usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownLine {
    pub(crate) party: CompanyRef,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    pub(crate) service_name: String,
    /// The day on which it was first seen as pay-as-you-go.
    pub(crate) since: Date,
    /// The day from which its changes need no approval for what stood there before.
    pub(crate) taken_over: Option<Date>,
    /// What it holds when nobody but acrotask changed it; unknown until it was right once.
    pub(crate) units: Option<i64>,
    /// Units that a person added and means to stay, beside what is used.
    pub(crate) offset: i64,
}

/// What the runs of an ended period found of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastPeriod {
    pub(crate) period: BillingPeriod,
    /// Whether one of them settled it: by a change, by finding the units right, or because the
    /// tenant was in trial.
    pub(crate) settled: bool,
    /// Whether the tenant was in trial at the last of them, so that its units stay as they are.
    pub(crate) in_trial: bool,
    /// The level that usage asked for in the last of them.
    pub(crate) wanted: Option<i64>,
    /// The units at which that run left the line.
    pub(crate) units: i64,
    pub(crate) arithmetic: String,
}

/// The readings on both sides of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadingsAround {
    pub(crate) before: Option<MeasuredAmount>,
    pub(crate) after: Option<MeasuredAmount>,
}

/// The usage of one tenant. Absence is not zero.
#[derive(Debug)]
pub(crate) enum CustomerUsage {
    Rows(BTreeMap<ItemKey, ItemReading>),
    /// The answer did not name the tenant.
    Missing,
    /// It could not be asked.
    Unreadable(String),
}

/// One usage row.
#[derive(Clone, Debug)]
pub(crate) struct ItemReading {
    /// Shared by all editions of an item.
    pub(crate) usage_name: Option<String>,
    /// `None` for a unit of measure that is not known.
    pub(crate) measurement: Option<Measurement>,
    /// In pieces, bytes or seconds.
    pub(crate) absolute: Option<Decimal>,
    /// The running period's own figure, and the first day of that period where it is named.
    pub(crate) accrued: Option<Decimal>,
    pub(crate) since: Option<Date>,
    /// When it was measured.
    pub(crate) at: Timestamp,
    /// Whether the offering item behind the row is on; `None` for a figure that is no item.
    pub(crate) enabled: Option<bool>,
    /// The answer had a second row for the item with other figures.
    pub(crate) doubled: bool,
}

/// What was posted to a line before.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineHistory {
    /// Days that have an adjustment of this line already: Autotask refuses a second one
    /// (autotask.md §8.5).
    pub(crate) taken: BTreeSet<Date>,
    /// Those of them that are acrotask's own.
    pub(crate) posted: BTreeSet<Date>,
    /// The first days of the billing periods that its own adjustments settle.
    pub(crate) settles: BTreeSet<Date>,
    /// A posting whose end a person has to find out.
    pub(crate) open: Option<OpenPosting>,
    /// A posting of the last minutes that may still be on its way: nothing is posted meanwhile.
    pub(crate) in_flight: Option<InFlightPosting>,
    /// The last posting, when Autotask refused it.
    pub(crate) refused: Option<RefusedPosting>,
}

/// A posting whose end is not known: nothing more may be posted to the line.
#[derive(Clone, Debug)]
pub(crate) struct OpenPosting {
    pub(crate) wanted: i64,
    pub(crate) before: i64,
    pub(crate) effective: Date,
    /// What was seen when it was looked for, in words.
    pub(crate) seen: String,
}

/// A posting without a seen effect whose request may still be carried out.
#[derive(Clone, Debug)]
pub(crate) struct InFlightPosting {
    pub(crate) posting: OpenPosting,
    /// From then on the units tell what became of it.
    pub(crate) until: Timestamp,
}

/// A posting that Autotask refused.
#[derive(Clone, Debug)]
pub(crate) struct RefusedPosting {
    pub(crate) wanted: i64,
    pub(crate) before: i64,
    pub(crate) effective: Date,
    /// Autotask's own words.
    pub(crate) answer: String,
    /// How often it said so since the line was posted to last.
    pub(crate) times: u32,
}

impl Facts {
    /// What runs found of a line's periods, the oldest first; that of today is the last.
    pub(crate) fn past_of(&self, line: BilledLineKey) -> &[PastPeriod] {
        self.past.get(&line).map_or(&[], Vec::as_slice)
    }
}

impl ItemReading {
    /// Whether another row of the same item has the same figures.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.absolute == other.absolute && self.accrued == other.accrued
    }
}
