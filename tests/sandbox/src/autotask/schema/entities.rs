//! The entities and their routes (autotask.md §8, "Common routes").

use super::{
    Child, Entity, Field, Writes, assets, companies, contracts, lines, people, services, tickets,
    user_fields,
};

const fn root(
    name: &'static str,
    singular: &'static str,
    fields: &'static [Field],
    root: Writes,
    first_id: i64,
) -> Entity {
    Entity {
        name,
        singular,
        fields,
        readable: true,
        root,
        child: None,
        udf_type: None,
        first_id,
    }
}

const fn under(
    mut entity: Entity,
    parent: &'static str,
    segment: &'static str,
    field: &'static str,
    writes: Writes,
) -> Entity {
    entity.child = Some(Child {
        parent,
        segment,
        field,
        writes,
    });
    entity
}

const fn with_udfs(mut entity: Entity, label: &'static str) -> Entity {
    entity.udf_type = Some(label);
    entity
}

const fn write_only(mut entity: Entity) -> Entity {
    entity.readable = false;
    entity
}

/// Every entity of the sandbox.
const ENTITIES: &[Entity] = &[
    with_udfs(
        root(
            "Companies",
            "Company",
            companies::COMPANIES,
            Writes::BOTH,
            29_683_500,
        ),
        "Company",
    ),
    with_udfs(
        under(
            root(
                "Contacts",
                "Contact",
                companies::CONTACTS,
                Writes::NONE,
                30_684_000,
            ),
            "Companies",
            "Contacts",
            "companyID",
            Writes::ALL,
        ),
        "Contact",
    ),
    root(
        "Departments",
        "Department",
        companies::DEPARTMENTS,
        Writes::BOTH,
        29_682_900,
    ),
    root(
        "Resources",
        "Resource",
        people::RESOURCES,
        Writes::NONE,
        29_682_880,
    ),
    root("Roles", "Role", people::ROLES, Writes::NONE, 29_683_400),
    root(
        "ResourceRoles",
        "ResourceRole",
        people::RESOURCE_ROLES,
        Writes::NONE,
        410,
    ),
    under(
        root(
            "ResourceServiceDeskRoles",
            "ResourceServiceDeskRole",
            people::SERVICE_DESK_ROLES,
            Writes::NONE,
            640,
        ),
        "Resources",
        "ServiceDeskRoles",
        "resourceID",
        Writes::NONE,
    ),
    with_udfs(
        root(
            "Contracts",
            "Contract",
            contracts::CONTRACTS,
            Writes::BOTH,
            31_200_100,
        ),
        "Contract",
    ),
    under(
        root(
            "ContractNotes",
            "ContractNote",
            contracts::CONTRACT_NOTES,
            Writes::NONE,
            7_100,
        ),
        "Contracts",
        "Notes",
        "contractID",
        Writes::BOTH,
    ),
    under(
        root(
            "ContractServices",
            "ContractService",
            lines::CONTRACT_SERVICES,
            Writes::NONE,
            52_300,
        ),
        "Contracts",
        "Services",
        "contractID",
        Writes::BOTH,
    ),
    under(
        root(
            "ContractServiceUnits",
            "ContractServiceUnit",
            lines::CONTRACT_SERVICE_UNITS,
            Writes::NONE,
            1_840_000,
        ),
        "Contracts",
        "ServiceUnits",
        "contractID",
        Writes::NONE,
    ),
    write_only(under(
        root(
            "ContractServiceAdjustments",
            "ContractServiceAdjustment",
            lines::CONTRACT_SERVICE_ADJUSTMENTS,
            Writes::CREATE,
            90_000,
        ),
        "Contracts",
        "ServiceAdjustments",
        "contractID",
        Writes::CREATE,
    )),
    under(
        root(
            "ContractServiceBundles",
            "ContractServiceBundle",
            lines::CONTRACT_BUNDLES,
            Writes::NONE,
            8_200,
        ),
        "Contracts",
        "ServiceBundles",
        "contractID",
        Writes::BOTH,
    ),
    under(
        root(
            "ContractServiceBundleUnits",
            "ContractServiceBundleUnit",
            lines::CONTRACT_BUNDLE_UNITS,
            Writes::NONE,
            960_000,
        ),
        "Contracts",
        "ServiceBundleUnits",
        "contractID",
        Writes::NONE,
    ),
    write_only(under(
        root(
            "ContractServiceBundleAdjustments",
            "ContractServiceBundleAdjustment",
            lines::CONTRACT_BUNDLE_ADJUSTMENTS,
            Writes::CREATE,
            91_000,
        ),
        "Contracts",
        "ServiceBundleAdjustments",
        "contractID",
        Writes::CREATE,
    )),
    with_udfs(
        root("Services", "Service", services::SERVICES, Writes::BOTH, 340),
        "Service",
    ),
    with_udfs(
        root(
            "ServiceBundles",
            "ServiceBundle",
            services::SERVICE_BUNDLES,
            Writes {
                create: true,
                update: true,
                delete: true,
            },
            70,
        ),
        "Service Bundle",
    ),
    under(
        root(
            "ServiceBundleServices",
            "ServiceBundleService",
            services::SERVICE_BUNDLE_SERVICES,
            Writes::NONE,
            150,
        ),
        "ServiceBundles",
        "Services",
        "serviceBundleID",
        Writes {
            create: true,
            update: false,
            delete: true,
        },
    ),
    root(
        "BillingCodes",
        "BillingCode",
        services::BILLING_CODES,
        Writes::NONE,
        29_682_800,
    ),
    with_udfs(
        root("Tickets", "Ticket", tickets::TICKETS, Writes::BOTH, 118_400),
        "Ticket",
    ),
    under(
        root(
            "TicketNotes",
            "TicketNote",
            tickets::TICKET_NOTES,
            Writes::NONE,
            29_900_000,
        ),
        "Tickets",
        "Notes",
        "ticketID",
        Writes::BOTH,
    ),
    root(
        "TicketCategories",
        "TicketCategory",
        tickets::TICKET_CATEGORIES,
        Writes::UPDATE,
        0,
    ),
    with_udfs(
        root(
            "ConfigurationItems",
            "ConfigurationItem",
            assets::CONFIGURATION_ITEMS,
            Writes::BOTH,
            620_000,
        ),
        "Configuration Item",
    ),
    root(
        "UserDefinedFieldDefinitions",
        "UserDefinedFieldDefinition",
        user_fields::UDF_DEFINITIONS,
        Writes::BOTH,
        29_683_600,
    ),
    under(
        root(
            "UserDefinedFieldListItems",
            "UserDefinedFieldListItem",
            user_fields::UDF_LIST_ITEMS,
            Writes::NONE,
            29_700,
        ),
        "UserDefinedFields",
        "ListItems",
        "udfFieldId",
        Writes::BOTH,
    ),
];

/// The entity of a path segment, in any case.
pub(in crate::autotask) fn entity(name: &str) -> Option<&'static Entity> {
    ENTITIES
        .iter()
        .find(|entity| entity.name.eq_ignore_ascii_case(name))
}

/// The entity behind `/{parent}/{id}/{segment}`.
pub(in crate::autotask) fn entity_of_child(parent: &str, segment: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| {
        entity.child.is_some_and(|child| {
            child.parent.eq_ignore_ascii_case(parent) && child.segment.eq_ignore_ascii_case(segment)
        })
    })
}
