//! Tickets and what belongs to them (autotask.md §8.11, §8.12).

use super::Field;

/// autotask.md §8.11.
pub(super) const TICKETS: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("apiVendorID"),
    Field::int("assignedResourceID").to("Resources"),
    Field::int("assignedResourceRoleID").to("Roles"),
    Field::int("billingCodeID").to("BillingCodes"),
    Field::int("changeApprovalBoard").pick(),
    Field::int("changeApprovalStatus").pick(),
    Field::int("changeApprovalType").pick(),
    Field::text("changeInfoField1", 8000),
    Field::text("changeInfoField2", 8000),
    Field::text("changeInfoField3", 8000),
    Field::text("changeInfoField4", 8000),
    Field::text("changeInfoField5", 8000),
    Field::int("companyID").required().to("Companies"),
    Field::int("companyLocationID").to("CompanyLocations"),
    Field::int("completedByResourceID")
        .read_only()
        .to("Resources"),
    Field::moment("completedDate").read_only(),
    Field::int("configurationItemID").to("ConfigurationItems"),
    Field::int("contactID").to("Contacts"),
    Field::int("contractID").to("Contracts"),
    Field::long("contractServiceBundleID").to("ContractServiceBundles"),
    Field::long("contractServiceID").to("ContractServices"),
    Field::moment("createDate").read_only(),
    Field::int("creatorResourceID").read_only().to("Resources"),
    Field::int("creatorType").read_only().pick().not_queryable(),
    Field::int("currentServiceThermometerRating"),
    Field::text("description", 8000),
    Field::moment("dueDateTime").required(),
    Field::double("estimatedHours"),
    Field::text("externalID", 50),
    Field::int("firstResponseAssignedResourceID").read_only(),
    Field::moment("firstResponseDateTime").read_only(),
    Field::moment("firstResponseDueDateTime").read_only(),
    Field::int("firstResponseInitiatingResourceID").read_only(),
    Field::double("hoursToBeScheduled").read_only(),
    Field::int("impersonatorCreatorResourceID"),
    Field::int("issueType").pick(),
    Field::moment("lastActivityDate").read_only(),
    Field::int("lastActivityPersonType")
        .read_only()
        .pick()
        .not_queryable(),
    Field::int("lastActivityResourceID")
        .read_only()
        .to("Resources"),
    Field::moment("lastCustomerNotificationDateTime").read_only(),
    Field::moment("lastCustomerVisibleActivityDateTime").read_only(),
    Field::moment("lastTrackedModificationDateTime").read_only(),
    Field::int("monitorID"),
    Field::int("monitorTypeID").pick(),
    Field::int("opportunityID").to("Opportunities"),
    Field::int("organizationalLevelAssociationID").to("OrganizationalLevelAssociations"),
    Field::int("previousServiceThermometerRating"),
    Field::int("priority").required().pick(),
    Field::int("problemTicketId").to("Tickets"),
    Field::int("projectID").to("Projects"),
    Field::text("purchaseOrderNumber", 50),
    Field::int("queueID").pick(),
    Field::text("resolution", 32000),
    Field::moment("resolutionPlanDateTime").read_only(),
    Field::moment("resolutionPlanDueDateTime").read_only(),
    Field::moment("resolvedDateTime").read_only(),
    Field::moment("resolvedDueDateTime").read_only(),
    Field::int("rmaStatus"),
    Field::int("rmaType"),
    Field::text("rmmAlertID", 50).read_only(),
    Field::flag("serviceLevelAgreementHasBeenMet").read_only(),
    Field::int("serviceLevelAgreementID").pick(),
    Field::double("serviceLevelAgreementPausedNextEventHours").read_only(),
    Field::int("serviceThermometerTemperature"),
    Field::int("source").pick(),
    Field::int("status").required().pick(),
    Field::int("subIssueType").pick().child_of("issueType"),
    Field::int("ticketCategory").pick(),
    Field::text("ticketNumber", 50).read_only(),
    Field::int("ticketType").pick(),
    Field::text("title", 255).required(),
];

/// autotask.md §8.12.
pub(super) const TICKET_NOTES: &[Field] = &[
    Field::long("id").read_only(),
    Field::moment("createDateTime").read_only(),
    Field::int("creatorResourceID").read_only().to("Resources"),
    Field::text("description", 32000).required(),
    Field::int("impersonatorCreatorResourceID").read_only(),
    Field::int("impersonatorUpdaterResourceID").read_only(),
    Field::moment("lastActivityDate").read_only(),
    Field::int("noteType").required().pick(),
    Field::int("publish").required().pick(),
    Field::int("ticketID")
        .required()
        .create_only()
        .to("Tickets"),
    Field::text("title", 250).required(),
];

/// autotask.md §8.11.
pub(super) const TICKET_CATEGORIES: &[Field] = &[
    Field::long("id").read_only(),
    Field::int("displayColorRGB").required().pick(),
    Field::flag("isActive").required(),
    Field::flag("isApiOnly"),
    Field::flag("isGlobalDefault"),
    Field::text("name", 30).required(),
    Field::text("nickname", 3),
];
