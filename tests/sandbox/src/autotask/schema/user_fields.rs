//! Definitions of user-defined fields (autotask.md §8.10).

use super::Field;

/// autotask.md §8.10.
pub(super) const UDF_DEFINITIONS: &[Field] = &[
    Field::long("id").read_only(),
    Field::moment("createDate").read_only(),
    Field::long("crmToProjectUdfId"),
    Field::int("dataType").required().create_only().pick(),
    Field::object("defaultValue"),
    Field::text("description", 128),
    Field::int("displayFormat").pick(),
    Field::flag("isActive"),
    Field::flag("isEncrypted"),
    Field::flag("isFieldMapping").read_only(),
    Field::flag("isPrivate"),
    Field::flag("isProtected"),
    Field::flag("isRequired"),
    Field::flag("isVisibleToClientPortal"),
    Field::text("mergeVariableName", 100),
    Field::text("name", 45).required(),
    Field::int("numberOfDecimalPlaces"),
    Field::int("sortOrder"),
    Field::int("udfType").required().create_only().pick(),
];

/// autotask.md §8.10.
pub(super) const UDF_LIST_ITEMS: &[Field] = &[
    Field::long("id").read_only(),
    Field::moment("createDate").read_only(),
    Field::long("udfFieldId")
        .required()
        .create_only()
        .to("UserDefinedFieldDefinitions"),
    Field::text("valueForDisplay", 128).required(),
    Field::text("valueForExport", 128).required(),
    Field::flag("isActive").newest(),
];
