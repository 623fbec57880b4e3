//! Resources, roles and what ties them together (the models of the published swagger).

use super::Field;

/// Read here only.
pub(super) const RESOURCES: &[Field] = &[
    Field::long("id").read_only(),
    Field::text("accountingReferenceID", 0),
    Field::text("dateFormat", 0),
    Field::long("defaultServiceDeskRoleID"),
    Field::text("email", 0),
    Field::text("email2", 0),
    Field::text("email3", 0),
    Field::text("emailTypeCode", 0),
    Field::text("emailTypeCode2", 0),
    Field::text("emailTypeCode3", 0),
    Field::text("firstName", 0),
    Field::text("gender", 0),
    Field::int("greeting"),
    Field::moment("hireDate"),
    Field::text("homePhone", 0),
    Field::text("initials", 0),
    Field::double("internalCost"),
    Field::flag("isActive"),
    Field::text("lastName", 0),
    Field::int("licenseType").pick(),
    Field::int("locationID"),
    Field::text("middleName", 0),
    Field::text("mobilePhone", 0),
    Field::text("numberFormat", 0),
    Field::text("officeExtension", 0),
    Field::text("officePhone", 0),
    Field::int("payrollType"),
    Field::text("resourceType", 0),
    Field::int("suffix"),
    Field::double("surveyResourceRating"),
    Field::text("timeFormat", 0),
    Field::text("title", 0),
    Field::text("travelAvailabilityPct", 0),
    Field::text("userName", 0),
    Field::int("userType"),
];

/// Read here only.
pub(super) const ROLES: &[Field] = &[
    Field::long("id").read_only(),
    Field::text("description", 0),
    Field::double("hourlyFactor"),
    Field::double("hourlyRate"),
    Field::flag("isActive"),
    Field::flag("isExcludedFromNewContracts"),
    Field::flag("isSystemRole"),
    Field::text("name", 0),
    Field::int("quoteItemDefaultTaxCategoryId"),
    Field::int("roleType"),
];

/// Which role a resource has in a department or a queue.
pub(super) const RESOURCE_ROLES: &[Field] = &[
    Field::long("id").read_only(),
    Field::long("departmentID").to("Departments"),
    Field::flag("isActive"),
    Field::long("queueID"),
    Field::long("resourceID").to("Resources"),
    Field::long("roleID").to("Roles"),
];

/// Which roles a resource may work tickets in.
pub(super) const SERVICE_DESK_ROLES: &[Field] = &[
    Field::long("id").read_only(),
    Field::flag("isActive"),
    Field::flag("isDefault"),
    Field::int("resourceID").to("Resources"),
    Field::int("roleID").to("Roles"),
];
