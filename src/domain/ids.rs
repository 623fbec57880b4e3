//! Identifiers, a type each, so that a company can never be passed where a contract belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that one of the systems gives to one of its records.
macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub(crate) struct $name(pub(crate) i64);

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

number_id! {
    /// `Companies.id`; 0 is the provider's own company (autotask.md §8.1).
    CompanyId,
    /// `Contracts.id`.
    ContractId,
    /// `Services.id`.
    ServiceId,
    /// `ServiceBundles.id`.
    BundleId,
    /// `ContractServices.id`: one service on one contract.
    ContractServiceId,
    /// `ContractServiceBundles.id`: one bundle on one contract.
    ContractBundleId,
    /// `Tickets.id`.
    TicketId,
    /// `ConfigurationItems.id`.
    ConfigurationItemId,
    /// `BillingCodes.id`.
    BillingCodeId,
    /// `Resources.id`.
    ResourceId,
    /// `Contacts.id`.
    ContactId,
    /// The older, numeric id of an Acronis tenant, used by alerts and usage rows (acronis.md §3.3).
    TenantNumber,
}

/// A text that one of the systems uses as an identifier, kept in one normal form.
macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident => $normal:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn new(text: &str) -> Self {
                Self($normal(text))
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

/// Account Management writes UUIDs in lower case, other services in upper case (acronis.md §2.5).
fn trim_to_lower(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

fn keep_verbatim(text: &str) -> String {
    text.to_owned()
}

text_id! {
    /// UUID of an Acronis tenant, lower case.
    TenantId => trim_to_lower,
    /// UUID of an Acronis storage or disaster-recovery infrastructure, lower case.
    InfraId => trim_to_lower,
    /// UUID of the place that an Acronis storage stands in, lower case.
    LocationId => trim_to_lower,
    /// UUID of a user of an Acronis tenant, lower case.
    UserId => trim_to_lower,
    /// UUID of an Acronis application (service), lower case.
    ApplicationId => trim_to_lower,
    /// Id of an Acronis alert; the service writes it in upper case and matches without regard to case.
    AlertId => trim_to_lower,
    /// The name that the configuration gives to an Acronis account (data centre and API client).
    AccountName => keep_verbatim,
    /// One run of one command, as it stands in log lines, in the state file and in written notes.
    RunId => keep_verbatim,
}

/// What makes an offering item the same item: application, name and storage (acronis.md §5.1).
///
/// Its display name never identifies it. The account is kept beside the key, not in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct ItemKey {
    pub(crate) name: String,
    pub(crate) infra: Option<InfraId>,
    pub(crate) application: ApplicationId,
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.infra {
            Some(infra) => write!(f, "{}@{infra}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
