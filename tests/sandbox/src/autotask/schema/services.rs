//! What is sold: services, bundles, billing codes (autotask.md §8.7 to §8.9).

use super::Field;

/// autotask.md §8.7.
pub(super) const SERVICES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("billingCodeID").required().to("BillingCodes"),
    Field::moment("createDate").read_only(),
    Field::int("creatorResourceID").read_only().to("Resources"),
    Field::text("description", 400),
    Field::text("invoiceDescription", 1000),
    Field::flag("isActive"),
    Field::moment("lastModifiedDate").read_only(),
    Field::double("markupRate").read_only(),
    Field::text("name", 100).required(),
    Field::int("periodType").required().create_only().pick(),
    Field::long("serviceLevelAgreementID").pick(),
    Field::double("unitCost"),
    Field::double("unitPrice").required(),
    Field::int("updateResourceID").read_only().to("Resources"),
    Field::int("vendorCompanyID").to("Companies"),
    Field::text("manufacturerServiceProvider", 0).newest(),
    Field::text("manufacturerServiceProviderProductNumber", 0).newest(),
    Field::text("catalogNumberPartNumber", 0).newest(),
    Field::text("sku", 0).newest(),
    Field::text("internalID", 0).newest(),
    Field::text("externalID", 0).newest(),
    Field::text("url", 0).newest(),
];

/// autotask.md §8.8.
pub(super) const SERVICE_BUNDLES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("billingCodeID").required().to("BillingCodes"),
    Field::moment("createDate").read_only(),
    Field::int("creatorResourceID").read_only().to("Resources"),
    Field::text("description", 200),
    Field::text("invoiceDescription", 1000),
    Field::flag("isActive"),
    Field::moment("lastModifiedDate").read_only(),
    Field::text("name", 100).required(),
    Field::double("percentageDiscount"),
    Field::int("periodType").required().create_only().pick(),
    Field::long("serviceLevelAgreementID").pick(),
    Field::double("unitCost").read_only(),
    Field::double("unitDiscount"),
    Field::double("unitPrice"),
    Field::int("updateResourceID").read_only().to("Resources"),
    Field::text("manufacturerServiceProvider", 0).newest(),
    Field::text("manufacturerServiceProviderProductNumber", 0).newest(),
    Field::text("catalogNumberPartNumber", 0).newest(),
    Field::text("sku", 0).newest(),
    Field::text("internalID", 0).newest(),
    Field::text("externalID", 0).newest(),
    Field::text("url", 0).newest(),
];

/// autotask.md §8.8.
pub(super) const SERVICE_BUNDLE_SERVICES: &[Field] = &[
    Field::long("id").read_only(),
    Field::long("serviceBundleID")
        .required()
        .create_only()
        .to("ServiceBundles"),
    Field::long("serviceID")
        .required()
        .create_only()
        .to("Services"),
];

/// autotask.md §8.9.
pub(super) const BILLING_CODES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("afterHoursWorkType").pick(),
    Field::int("billingCodeType").pick(),
    Field::int("department"),
    Field::text("description", 500),
    Field::text("externalNumber", 100),
    Field::int("generalLedgerAccount").pick(),
    Field::flag("isActive").required(),
    Field::flag("isExcludedFromNewContracts"),
    Field::double("markupRate").read_only(),
    Field::text("name", 200),
    Field::int("taxCategoryID").to("TaxCategories"),
    Field::double("unitCost").required(),
    Field::double("unitPrice").required(),
    Field::int("useType").pick(),
];
