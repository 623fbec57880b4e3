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

/// autotask.md §8.16.
pub(super) const BILLING_ITEMS: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("accountManagerWhenApprovedID")
        .read_only()
        .to("Resources"),
    Field::int("billingCodeID").read_only().to("BillingCodes"),
    Field::int("billingItemType").pick(),
    Field::int("companyID").read_only().to("Companies"),
    Field::long("configurationItemID")
        .read_only()
        .to("ConfigurationItems"),
    Field::long("contractChargeID"),
    Field::int("contractID").read_only().to("Contracts"),
    Field::text("description", 2000).read_only(),
    Field::int("expenseItemID").read_only().to("ExpenseItems"),
    Field::double("extendedPrice").read_only(),
    Field::double("internalCurrencyExtendedPrice").read_only(),
    Field::double("internalCurrencyRate").read_only(),
    Field::double("internalCurrencyTaxDollars").read_only(),
    Field::double("internalCurrencyTotalAmount").read_only(),
    Field::int("invoiceID").read_only().to("Invoices"),
    Field::int("itemApproverID").read_only().to("Resources"),
    Field::moment("itemDate").read_only(),
    Field::text("itemName", 255).read_only(),
    Field::text("lineItemFullDescription", 8000).read_only(),
    Field::text("lineItemGroupDescription", 8000).read_only(),
    Field::long("lineItemID").read_only(),
    Field::long("milestoneID")
        .read_only()
        .to("ContractMilestones"),
    Field::int("nonBillable").required().read_only(),
    Field::int("organizationalLevelAssociationID")
        .read_only()
        .to("OrganizationalLevelAssociations"),
    Field::double("ourCost").read_only(),
    Field::moment("postedDate").read_only(),
    Field::moment("postedOnTime").read_only(),
    Field::long("projectChargeID"),
    Field::int("projectID").read_only().to("Projects"),
    Field::text("purchaseOrderNumber", 50).read_only(),
    Field::double("quantity").read_only(),
    Field::double("rate").read_only(),
    Field::int("roleID").read_only().to("Roles"),
    Field::long("serviceBundleID")
        .read_only()
        .to("ServiceBundles"),
    Field::long("serviceID").read_only().to("Services"),
    Field::int("subType").required().read_only().pick(),
    Field::int("taskID").read_only().to("Tasks"),
    Field::double("taxDollars").read_only(),
    Field::long("ticketChargeID"),
    Field::int("ticketID").read_only().to("Tickets"),
    Field::int("timeEntryID").read_only().to("TimeEntries"),
    Field::double("totalAmount").read_only(),
    Field::long("vendorID").read_only().to("Companies"),
    Field::moment("webServiceDate"),
    Field::int("contractServiceID"),
    Field::int("contractServicePeriodID"),
];
