//! Contracts, their notes and charges (autotask.md §8.2, §8.14).

use super::Field;

/// autotask.md §8.2.
pub(super) const CONTRACTS: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("billingPreference").pick(),
    Field::int("billToCompanyContactID"),
    Field::int("billToCompanyID"),
    Field::int("companyID")
        .required()
        .create_only()
        .to("Companies"),
    Field::int("contactID").to("Contacts"),
    Field::text("contactName", 250),
    Field::int("contractCategory").pick(),
    Field::int("contractExclusionSetID"),
    Field::text("contractName", 100).required(),
    Field::text("contractNumber", 50),
    Field::int("contractPeriodType").create_only().pick(),
    Field::int("contractType").required().create_only().pick(),
    Field::text("description", 2000),
    Field::day("endDate").required(),
    Field::double("estimatedCost"),
    Field::double("estimatedHours"),
    Field::double("estimatedRevenue"),
    Field::long("exclusionContractID")
        .read_only()
        .to("Contracts"),
    Field::double("internalCurrencyOverageBillingRate").read_only(),
    Field::double("internalCurrencySetupFee").read_only(),
    Field::flag("isCompliant"),
    Field::flag("isDefaultContract"),
    Field::int("opportunityID").to("Opportunities"),
    Field::int("organizationalLevelAssociationID").to("OrganizationalLevelAssociations"),
    Field::double("overageBillingRate"),
    Field::text("purchaseOrderNumber", 50),
    Field::long("renewedContractID"),
    Field::int("serviceLevelAgreementID").pick(),
    Field::double("setupFee"),
    Field::long("setupFeeBillingCodeID"),
    Field::day("startDate").required(),
    Field::int("status").required().pick(),
    Field::int("timeReportingRequiresStartAndStopTimes")
        .required()
        .pick(),
    Field::moment("lastModifiedDateTime").read_only().newest(),
];

/// The model of the published swagger.
pub(super) const CONTRACT_NOTES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("contractID")
        .required()
        .create_only()
        .to("Contracts"),
    Field::moment("createDateTime").read_only(),
    Field::int("creatorResourceID").read_only().to("Resources"),
    Field::text("description", 2000).required(),
    Field::int("impersonatorCreatorResourceID").read_only(),
    Field::int("impersonatorUpdaterResourceID").read_only(),
    Field::moment("lastActivityDate").read_only(),
    Field::text("title", 250).required(),
];

/// autotask.md §8.14.
pub(super) const CONTRACT_CHARGES: &[Field] = &[
    Field::long("id").read_only(),
    Field::double("billableAmount").read_only(),
    Field::long("billingCodeID").to("BillingCodes"),
    Field::int("chargeType").required().pick(),
    Field::long("contractID")
        .required()
        .create_only()
        .to("Contracts"),
    Field::long("contractServiceBundleID").to("ContractServiceBundles"),
    Field::long("contractServiceID").to("ContractServices"),
    Field::moment("createDate").read_only(),
    Field::long("creatorResourceID").read_only().to("Resources"),
    Field::day("datePurchased").required(),
    Field::text("description", 2000),
    Field::double("extendedCost").read_only(),
    Field::double("internalCurrencyBillableAmount").read_only(),
    Field::double("internalCurrencyUnitPrice").read_only(),
    Field::text("internalPurchaseOrderNumber", 50),
    Field::flag("isBillableToCompany"),
    Field::flag("isBilled").read_only(),
    Field::text("name", 100).required(),
    Field::text("notes", 0),
    Field::int("organizationalLevelAssociationID")
        .read_only()
        .to("OrganizationalLevelAssociations"),
    Field::long("productID").to("Products"),
    Field::text("purchaseOrderNumber", 50),
    Field::long("status").read_only().pick(),
    Field::long("statusLastModifiedBy").read_only(),
    Field::moment("statusLastModifiedDate").read_only(),
    Field::double("unitCost"),
    Field::double("unitPrice"),
    Field::double("unitQuantity").required(),
];
