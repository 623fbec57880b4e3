//! The two mappings: offering item ↔ service, and company ↔ customer tenant.

use super::action_kind::ActionKind;
use jiff::Timestamp;

use super::ids::{AccountName, CompanyId, ItemKey, ServiceId, TenantId};
use super::units::Measure;

/// What was decided for one offering item of one account (rules: product mapping).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProductLink {
    pub(crate) account: AccountName,
    pub(crate) item: ItemKey,
    /// Edition as last seen, null for services without editions.
    pub(crate) edition: Option<String>,
    pub(crate) choice: MappingChoice,
    /// How amounts become units; kept also for free items so that a later mapping finds it again.
    pub(crate) measure: Measure,
}

/// The state of an item that a person decided on. An item without a link is *unmapped*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MappingChoice {
    /// Counted by this Autotask service; the name is the one seen when it was linked.
    Service { id: ServiceId, name: String },
    /// Enabled without limit, never billed, never lowered.
    Free,
    /// Not touched at all (C-10).
    Leave,
}

impl MappingChoice {
    /// The service that counts the item.
    pub(crate) fn service_id(&self) -> Option<ServiceId> {
        match self {
            Self::Service { id, .. } => Some(*id),
            Self::Free | Self::Leave => None,
        }
    }
}

/// A company and the customer tenant that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerLink {
    pub(crate) company: CompanyId,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    /// Names as seen when linked, so that a rename can be told from a mistake.
    pub(crate) company_name: String,
    pub(crate) tenant_name: String,
    /// The partner or folder that holds the tenant, as seen when linked: a move is told from it.
    pub(crate) partner: TenantId,
    pub(crate) partner_name: String,
    pub(crate) linked_at: Timestamp,
    pub(crate) how: LinkedBy,
    /// True when the tenant was there before it was linked: the first plan that lowers anything on
    /// it needs approval (rules: provisioning guards).
    pub(crate) existed_before: bool,
    /// True once a person approved, or nothing needed, a plan that lowers something.
    pub(crate) lowering_approved: bool,
}

/// What a tenant that acrotask made still has to get; kept until it is done, so that a run that was
/// cut short is completed by the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PendingStep {
    /// Two-factor authentication, before the first user (acronis.md §3.9).
    TwoFactor,
    /// Production mode; a new tenant is a trial (acronis.md §3.4).
    Production,
    /// The customer's own administrator.
    Administrator,
}

impl PendingStep {
    pub(crate) const ALL: [Self; 3] = [Self::TwoFactor, Self::Production, Self::Administrator];

    /// The word in the state file.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TwoFactor => "two-factor",
            Self::Production => "production",
            Self::Administrator => "administrator",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }

    /// The kind of the action that completes it.
    pub(crate) fn kind(self) -> ActionKind {
        match self {
            Self::TwoFactor => ActionKind::SetTwoFactor,
            Self::Production => ActionKind::SetMode,
            Self::Administrator => ActionKind::CreateAdministrator,
        }
    }
}

/// How a customer link came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LinkedBy {
    /// `map-customer link` of one pair.
    Hand,
    /// `map-customer link --from-csv` or `import`.
    Import,
    /// `map-customer suggest`.
    Suggestion,
    /// `map-customer create`.
    Created,
    /// `provision` with `provisioning.automatic`.
    Provisioned,
    /// `map-customer recover`, from the marks.
    Recovered,
}

impl LinkedBy {
    pub(crate) const ALL: [Self; 6] = [
        Self::Hand,
        Self::Import,
        Self::Suggestion,
        Self::Created,
        Self::Provisioned,
        Self::Recovered,
    ];

    /// The word in the state file and in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Import => "import",
            Self::Suggestion => "suggestion",
            Self::Created => "created",
            Self::Provisioned => "provisioned",
            Self::Recovered => "recovered",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.as_str() == word)
    }
}
