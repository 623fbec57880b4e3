//! Contracts and their notes (autotask.md §8.2).

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
