//! The entities acrotask names, as they stand in paths (autotask.md §8).

use std::fmt;

/// One entity; requests are limited to three at once per entity (autotask.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Entity {
    BillingCodes,
    Companies,
    ConfigurationItems,
    Contacts,
    ContractServiceAdjustments,
    ContractServiceBundleUnits,
    ContractServiceBundles,
    ContractServiceUnits,
    ContractServices,
    Contracts,
    ResourceServiceDeskRoles,
    Resources,
    Roles,
    ServiceBundleServices,
    ServiceBundles,
    Services,
    ThresholdInformation,
    TicketNotes,
    Tickets,
    UserDefinedFieldDefinitions,
    UserDefinedFieldListItems,
}

impl Entity {
    /// The path segment under `/V1.0/`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BillingCodes => "BillingCodes",
            Self::Companies => "Companies",
            Self::ConfigurationItems => "ConfigurationItems",
            Self::Contacts => "Contacts",
            Self::ContractServiceAdjustments => "ContractServiceAdjustments",
            Self::ContractServiceBundleUnits => "ContractServiceBundleUnits",
            Self::ContractServiceBundles => "ContractServiceBundles",
            Self::ContractServiceUnits => "ContractServiceUnits",
            Self::ContractServices => "ContractServices",
            Self::Contracts => "Contracts",
            Self::ResourceServiceDeskRoles => "ResourceServiceDeskRoles",
            Self::Resources => "Resources",
            Self::Roles => "Roles",
            Self::ServiceBundleServices => "ServiceBundleServices",
            Self::ServiceBundles => "ServiceBundles",
            Self::Services => "Services",
            Self::ThresholdInformation => "ThresholdInformation",
            Self::TicketNotes => "TicketNotes",
            Self::Tickets => "Tickets",
            Self::UserDefinedFieldDefinitions => "UserDefinedFieldDefinitions",
            Self::UserDefinedFieldListItems => "UserDefinedFieldListItems",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
