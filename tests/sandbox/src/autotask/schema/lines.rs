//! What is on a contract: lines, unit rows and adjustments (autotask.md §8.3 to §8.6).

use super::Field;

/// autotask.md §8.3: there is no quantity and no date.
pub(super) const CONTRACT_SERVICES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("contractID")
        .required()
        .create_only()
        .to("Contracts"),
    Field::double("internalCurrencyAdjustedPrice").read_only(),
    Field::double("internalCurrencyUnitPrice").read_only(),
    Field::text("internalDescription", 100),
    Field::text("invoiceDescription", 1000),
    Field::long("quoteItemID").read_only().to("QuoteItems"),
    Field::int("serviceID")
        .required()
        .create_only()
        .to("Services"),
    Field::double("unitCost"),
    Field::double("unitPrice").read_only(),
    Field::double("adjustedPrice").hidden(),
];

/// autotask.md §8.4.
pub(super) const CONTRACT_SERVICE_UNITS: &[Field] = &[
    Field::long("id").read_only(),
    Field::moment("approveAndPostDate").read_only(),
    Field::int("contractID")
        .required()
        .read_only()
        .to("Contracts"),
    Field::int("contractServiceID")
        .read_only()
        .to("ContractServices"),
    Field::double("cost").read_only(),
    Field::day("endDate").required().read_only(),
    Field::double("internalCurrencyPrice").read_only(),
    Field::int("organizationalLevelAssociationID")
        .read_only()
        .to("OrganizationalLevelAssociations"),
    Field::double("price").read_only(),
    Field::int("serviceID")
        .required()
        .read_only()
        .to("Services"),
    Field::day("startDate").required().read_only(),
    Field::int("units").required().read_only(),
    Field::int("vendorCompanyID").read_only().to("Companies"),
];

/// autotask.md §8.5.
pub(super) const CONTRACT_SERVICE_ADJUSTMENTS: &[Field] = &[
    Field::long("id").read_only(),
    Field::double("adjustedUnitCost"),
    Field::double("adjustedUnitPrice"),
    Field::flag("allowRepeatService"),
    Field::int("contractID").to("Contracts"),
    Field::int("contractServiceID").to("ContractServices"),
    Field::day("effectiveDate").required(),
    Field::int("quoteItemID").to("QuoteItems"),
    Field::int("serviceID").to("Services"),
    Field::int("unitChange"),
];

/// autotask.md §8.6.
pub(super) const CONTRACT_BUNDLES: &[Field] = &[
    Field::long("id").read_only(),
    Field::double("adjustedPrice"),
    Field::int("contractID")
        .required()
        .create_only()
        .to("Contracts"),
    Field::double("internalCurrencyAdjustedPrice").read_only(),
    Field::double("internalCurrencyUnitPrice").read_only(),
    Field::text("internalDescription", 100),
    Field::text("invoiceDescription", 1000),
    Field::long("quoteItemID").read_only().to("QuoteItems"),
    Field::int("serviceBundleID")
        .required()
        .create_only()
        .to("ServiceBundles"),
    Field::double("unitPrice"),
];

/// autotask.md §8.6.
pub(super) const CONTRACT_BUNDLE_UNITS: &[Field] = &[
    Field::long("id").read_only(),
    Field::moment("approveAndPostDate").read_only(),
    Field::int("contractID")
        .required()
        .read_only()
        .to("Contracts"),
    Field::int("contractServiceBundleID")
        .read_only()
        .to("ContractServiceBundles"),
    Field::double("cost").read_only(),
    Field::day("endDate").required().read_only(),
    Field::double("internalCurrencyPrice").read_only(),
    Field::int("organizationalLevelAssociationID")
        .read_only()
        .to("OrganizationalLevelAssociations"),
    Field::double("price").read_only(),
    Field::int("serviceBundleID")
        .required()
        .read_only()
        .to("ServiceBundles"),
    Field::day("startDate").required().read_only(),
    Field::int("units").required().read_only(),
];

/// autotask.md §8.6.
pub(super) const CONTRACT_BUNDLE_ADJUSTMENTS: &[Field] = &[
    Field::long("id").read_only(),
    Field::double("adjustedUnitPrice"),
    Field::flag("allowRepeatServiceBundle"),
    Field::int("contractID").to("Contracts"),
    Field::int("contractServiceBundleID").to("ContractServiceBundles"),
    Field::day("effectiveDate").required(),
    Field::int("quoteItemID").to("QuoteItems"),
    Field::int("serviceBundleID").to("ServiceBundles"),
    Field::int("unitChange"),
];
