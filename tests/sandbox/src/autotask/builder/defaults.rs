//! A believable database before any customer data: picklists whose ids mean nothing outside it,
//! resources, roles, billing codes.

use serde_json::{Map, Value, json};

use crate::autotask::{
    Database,
    picklists::{Pick, Picklists},
    schema,
    store::{Record, Store},
    udf,
};

/// Entity, field, and the values with their labels.
type List = (&'static str, &'static str, &'static [(i64, &'static str)]);

const PERIODS: &[(i64, &str)] = &[
    (2, "Monthly"),
    (3, "Quarterly"),
    (4, "Semi-Annual"),
    (5, "Yearly"),
];

const LISTS: &[List] = &[
    (
        "Companies",
        "companyType",
        &[
            (1, "Customer"),
            (2, "Lead"),
            (3, "Prospect"),
            (4, "Dead"),
            (6, "Cancelation"),
            (7, "Vendor"),
            (8, "Partner"),
        ],
    ),
    (
        "Contracts",
        "contractType",
        &[
            (1, "Time and Materials"),
            (3, "Fixed Price"),
            (4, "Block Hours"),
            (6, "Retainer"),
            (7, "Recurring Service"),
            (8, "Incident"),
        ],
    ),
    ("Contracts", "status", &[(0, "Inactive"), (1, "Active")]),
    ("Contracts", "contractPeriodType", PERIODS),
    (
        "Contracts",
        "timeReportingRequiresStartAndStopTimes",
        &[(0, "No"), (1, "Yes")],
    ),
    (
        "Contracts",
        "contractCategory",
        &[(14, "Managed Services"), (17, "Cloud Services")],
    ),
    (
        "Contracts",
        "billingPreference",
        &[
            (1, "Immediately"),
            (2, "Manually"),
            (3, "On Timesheet Approval"),
        ],
    ),
    ("Services", "periodType", PERIODS),
    ("ServiceBundles", "periodType", PERIODS),
    (
        "BillingCodes",
        "useType",
        &[
            (1, "Work Type Code"),
            (2, "Milestone Code"),
            (3, "Expense Code"),
            (4, "Material Code"),
            (5, "Recurring Contract Service Code"),
        ],
    ),
    (
        "BillingCodes",
        "billingCodeType",
        &[(0, "Normal"), (1, "System"), (2, "Non-billable")],
    ),
    (
        udf::DEFINITIONS,
        "udfType",
        &[
            (1, "Company"),
            (2, "Contact"),
            (12, "Configuration Item"),
            (18, "Contract"),
            (24, "Ticket"),
            (31, "Service"),
            (33, "Service Bundle"),
        ],
    ),
    (
        udf::DEFINITIONS,
        "dataType",
        &[
            (1, "Text (Single-Line)"),
            (2, "Text (Multi-Line)"),
            (3, "Number"),
            (4, "Date"),
            (6, udf::LIST),
        ],
    ),
    (
        "Tickets",
        "status",
        &[
            (1, "New"),
            (5, "Complete"),
            (7, "Waiting Customer"),
            (8, "In Progress"),
            (10, "Dispatched"),
            (19, "Customer Note Added"),
            (21, "Waiting Vendor"),
        ],
    ),
    (
        "Tickets",
        "priority",
        &[(4, "Critical"), (1, "High"), (2, "Medium"), (3, "Low")],
    ),
    (
        "Tickets",
        "queueID",
        &[
            (29_682_833, "Level I Support"),
            (29_682_969, "Triage"),
            (29_683_354, "Monitoring Alert"),
            (8, "Recurring Tickets"),
        ],
    ),
    (
        "Tickets",
        "issueType",
        &[
            (10, "Computer"),
            (11, "Network"),
            (29, "Backup"),
            (31, "Security"),
        ],
    ),
    (
        "Tickets",
        "ticketType",
        &[
            (1, "Service Request"),
            (2, "Incident"),
            (3, "Problem"),
            (4, "Change Request"),
            (5, "Alert"),
        ],
    ),
    (
        "Tickets",
        "ticketCategory",
        &[
            (2, "Datto Alert"),
            (3, "Standard"),
            (4, "AEM Alert"),
            (117, "Backup Alert"),
        ],
    ),
    (
        "Tickets",
        "serviceLevelAgreementID",
        &[(3, "Standard"), (8, "Premium 24x7")],
    ),
    (
        "Tickets",
        "source",
        &[
            (2, "Phone"),
            (4, "Email"),
            (6, "Website"),
            (8, "Monitoring Alert"),
            (11, "Other"),
        ],
    ),
    (
        "TicketNotes",
        "noteType",
        &[
            (1, "Task Summary"),
            (2, "Task Detail"),
            (3, "Task Notes"),
            (17, "Client Note"),
            (93, "Merged Into Ticket"),
            (94, "Absorbed Another Ticket"),
        ],
    ),
    (
        "TicketNotes",
        "publish",
        &[(1, "All Autotask Users"), (2, "Internal Only")],
    ),
    (
        "TicketCategories",
        "displayColorRGB",
        &[(16, "Blue"), (23, "Red")],
    ),
    (
        "ConfigurationItems",
        "configurationItemType",
        &[(41, "Server"), (42, "Workstation"), (57, "Cloud Account")],
    ),
    (
        "Resources",
        "licenseType",
        &[(1, "Professional"), (7, "API User")],
    ),
];

/// Value, label, issue type.
const SUB_ISSUES: &[(i64, &str, i64)] = &[
    (136, "Backup failed", 29),
    (137, "Storage quota", 29),
    (141, "Agent offline", 29),
    (150, "Malware", 31),
    (163, "Connection lost", 11),
    (171, "Disk", 10),
];

fn picklists() -> Picklists {
    let mut lists = Picklists::default();
    for (entity, field, values) in LISTS {
        *lists.edit(entity, field) = values
            .iter()
            .map(|(value, label)| Pick::new(*value, label))
            .collect();
    }
    *lists.edit("Tickets", "subIssueType") = SUB_ISSUES
        .iter()
        .map(|(value, label, parent)| Pick {
            parent: Some(*parent),
            ..Pick::new(*value, label)
        })
        .collect();
    lists.edit("Tickets", "queueID").push(Pick {
        active: false,
        ..Pick::new(29_682_871, "Old Helpdesk")
    });
    for (field, value) in [("ticketType", 1), ("ticketCategory", 3), ("source", 11)] {
        for pick in lists.edit("Tickets", field) {
            pick.default = pick.value == value;
        }
    }
    for pick in lists.edit("Tickets", "status") {
        pick.system = pick.value == 1 || pick.value == 5;
    }
    for pick in lists.edit("TicketNotes", "noteType") {
        pick.system = pick.value > 90;
    }
    lists
}

fn record(value: Value) -> Record {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    Record {
        fields,
        ..Record::default()
    }
}

fn insert(store: &mut Store, entity: &str, value: Value) -> i64 {
    schema::entity(entity).map_or(0, |entity| store.insert(entity, record(value)))
}

/// Fills a new database.
pub(super) fn fill(database: &mut Database) {
    database.picklists = picklists();
    let store = &mut database.store;
    let department = insert(
        store,
        "Departments",
        json!({"name": "Service Desk", "primaryLocationID": 10}),
    );
    let engineer = insert(
        store,
        "Roles",
        json!({"name": "Engineer", "isActive": true, "hourlyRate": 120.0, "roleType": 0}),
    );
    let manager = insert(
        store,
        "Roles",
        json!({"name": "Account Manager", "isActive": true, "hourlyRate": 90.0, "roleType": 0}),
    );
    people(store, department, engineer, manager);
    for (name, use_type, active) in [
        ("Remote Support", 1, true),
        ("Hardware", 4, true),
        ("Managed Services", 5, true),
        ("Cloud Backup", 5, true),
        ("Retired Recurring", 5, false),
    ] {
        insert(
            store,
            "BillingCodes",
            json!({
                "name": name, "useType": use_type, "billingCodeType": 0, "isActive": active,
                "unitCost": 0.0, "unitPrice": 0.0,
            }),
        );
    }
    for (id, name, default) in [
        (2, "Datto Alert", false),
        (3, "Standard", true),
        (4, "AEM Alert", false),
        (117, "Backup Alert", false),
    ] {
        store.put(
            "TicketCategories",
            id,
            record(json!({
                "name": name, "isActive": true, "isApiOnly": false, "isGlobalDefault": default,
                "displayColorRGB": 16,
            })),
        );
    }
}

/// Two technicians, a former one, and the API user.
fn people(store: &mut Store, department: i64, engineer: i64, manager: i64) {
    for (first, last, license, active, role) in [
        ("Anna", "Keller", 1, true, manager),
        ("Ben", "Okafor", 1, true, engineer),
        ("Carla", "Mendes", 1, false, engineer),
        ("acrotask", "API", 7, true, engineer),
    ] {
        let resource = insert(
            store,
            "Resources",
            json!({
                "firstName": first, "lastName": last, "licenseType": license, "isActive": active,
                "email": format!("{}@msp.example", first.to_lowercase()),
                "userName": first.to_lowercase(),
            }),
        );
        insert(
            store,
            "ResourceRoles",
            json!({
                "resourceID": resource, "roleID": role, "departmentID": department,
                "isActive": true,
            }),
        );
        insert(
            store,
            "ResourceServiceDeskRoles",
            json!({
                "resourceID": resource, "roleID": role, "isActive": true, "isDefault": true,
            }),
        );
    }
}
