//! The client against the sandbox's face of Autotask: two readings of the same documents.

use std::collections::BTreeSet;
use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::civil::date;
use rust_decimal::Decimal;
use sandbox::autotask::{Database, answer};
use sandbox::face::Call;

use super::tests::request;
use super::*;
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::contracts::BillingType;
use crate::domain::ids::{CompanyId, ContractId, ContractServiceId, ServiceId, TicketId};
use crate::domain::secret::Secret;
use crate::domain::tickets::TicketFieldIds;
use crate::plan::Consent;

/// Serves a database on loopback until the test process ends, and a client on it.
fn client(mut database: Database) -> (Autotask, Arc<Mutex<Database>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    database.origin.clone_from(&origin);
    let credentials = database.credentials.clone();
    let shared = Arc::new(Mutex::new(database));
    let served = Arc::clone(&shared);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let call = call(&request(&mut BufReader::new(&stream)));
            let mut database = served.lock().unwrap();
            let now = database.now;
            let answer = answer(&mut database, now, &call);
            drop(database);
            let (status, length) = (answer.status, answer.body.len());
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&answer.body).unwrap();
        }
    });
    let settings = AutotaskSettings {
        username: credentials.username,
        secret: Secret::new(credentials.secret),
        integration_code: Secret::new(credentials.integration_code),
        url: None,
        zone_url: format!("{origin}/ATServicesRest/"),
        database: None,
    };
    let transport = Transport::new(&crate::http::HttpSettings::default(), Arc::default()).unwrap();
    (
        Autotask::connect_to_zone(settings, transport).unwrap(),
        shared,
    )
}

/// A request as the face sees it, from the text on the socket.
fn call(text: &str) -> Call {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let method = first.next().unwrap().to_owned();
    let target = format!("http://host{}", first.next().unwrap());
    let url = crate::http::Url::parse(&target).unwrap();
    Call {
        method,
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn database() -> Database {
    Database::new(314_159, "2026-08-15T10:00:00Z".parse().unwrap())
}

#[test]
fn a_service_is_made_with_values_from_the_live_lists_and_found_again() {
    let (autotask, _database) = client(database());
    assert_eq!(autotask.limit_to(50).unwrap().limit, 10_000);
    let period = autotask.service_periods().unwrap();
    let codes = autotask.recurring_billing_codes().unwrap();
    let code = codes.iter().find(|code| code.active).unwrap();
    let new = NewService {
        name: "Acronis - Workstations".to_owned(),
        description: Some("Per workload".to_owned()),
        invoice_description: None,
        period_type: period.resolve_id("monthly", None).unwrap(),
        billing_code: code.id,
        unit_price: Decimal::new(1999, 2),
    };
    let consent = Consent::for_test();
    let writer = autotask.writer(&consent);
    let id = writer.create_service(&new).unwrap();
    let services = autotask.read_services().unwrap();
    let made = services.iter().find(|service| service.id == id).unwrap();
    assert_eq!(made.unit_price, Some(new.unit_price));
    assert_eq!(made.billing_code, Some(code.id));
    assert!(made.active);
    let taken = writer.create_service(&new).unwrap_err();
    assert_eq!(taken.kind, FailureKind::Rejected);
    assert!(is_name_taken(taken.message.as_deref().unwrap()));
}

#[test]
fn a_contract_book_holds_what_the_contracts_hold_and_follows_an_adjustment() {
    let mut database = database();
    let company = database.add_company("Alma Bakery", "Customer", true);
    let service = database.add_service("Workstations", 2, "4.50");
    let bundled = database.add_service("Servers", 2, "9.00");
    let bundle = database.add_bundle("Office", &[bundled]);
    let (start, end) = (date(2026, 1, 1), date(2026, 12, 31));
    let contract = database.add_contract(company, "Backup", start, end, 2, Some("Yes"));
    let line = database.add_contract_service(contract, service, 5);
    database.add_contract_bundle(contract, bundle, 3);
    let (autotask, _database) = client(database);
    let (from, to) = (date(2026, 8, 1), date(2026, 9, 30));
    let scope = ContractScope::Of(vec![CompanyId(company)]);
    let read = || {
        autotask
            .contract_book(&scope, "acronis payg", from, to)
            .unwrap()
    };

    let book = read();
    let read_contract = &book.contracts[&ContractId(contract)];
    let today = date(2026, 8, 15);
    assert!(read_contract.in_force(today));
    assert_eq!(read_contract.billing, BillingType::PayAsYouGo);
    assert_eq!(read_contract.units_of(ServiceId(service), today), 5);
    assert_eq!(read_contract.units_of(ServiceId(bundled), today), 3);
    assert_eq!(read_contract.bundles.len(), 1);

    let mut adjustment = Adjustment {
        contract: ContractId(contract),
        line: ContractServiceId(line),
        service: ServiceId(service),
        form: AdjustmentForm::Line,
        change: 2,
        effective: date(2026, 8, 1),
    };
    let consent = Consent::for_test();
    let writer = autotask.writer(&consent);
    writer.adjust_units(&adjustment).unwrap();
    let rows = autotask
        .units_of_line(ContractServiceId(line), from, to)
        .unwrap();
    assert_eq!(rows.units_on(today), 7);
    assert_eq!(
        read().contracts[&ContractId(contract)].units_of(ServiceId(service), today),
        7
    );
    let second = writer.adjust_units(&adjustment).unwrap_err();
    assert!(is_second_adjustment(second.message.as_deref().unwrap()));
    adjustment.form = AdjustmentForm::Service;
    adjustment.effective = date(2026, 9, 1);
    writer.adjust_units(&adjustment).unwrap();
    let rows = autotask.units_of_line(ContractServiceId(line), from, to);
    assert_eq!(rows.unwrap().units_on(date(2026, 9, 15)), 9);
}

#[test]
fn a_ticket_lives_from_create_to_close() {
    let mut database = database();
    let company = database.add_company("Alma Bakery", "Customer", true);
    database.add_contact(company, "Alma", "Baker", "alma@example.com", true);
    let (autotask, _database) = client(database);
    let pick = |field: &str, wanted: &str| {
        let list = autotask.read_picklist(Entity::Tickets, field).unwrap();
        list.resolve_id(wanted, None).unwrap()
    };
    let first_of = |entity, field: &str| -> i64 {
        let list = autotask.read_picklist(entity, field).unwrap();
        list.active_values().next().unwrap().value.parse().unwrap()
    };
    let new = NewTicket {
        company: CompanyId(company),
        title: "Backup failed".to_owned(),
        description: "d".repeat(9_000),
        fields: TicketFieldIds {
            status: pick("status", "New"),
            priority: first_of(Entity::Tickets, "priority"),
            queue: Some(first_of(Entity::Tickets, "queueID")),
            ..TicketFieldIds::default()
        },
        due: "2026-08-16T10:00:00Z".parse().unwrap(),
        contract: None,
        configuration_item: None,
        contact: None,
        external_id: "acrotask-0123".to_owned(),
    };
    let consent = Consent::for_test();
    let writer = autotask.writer(&consent);
    let ticket = writer.create_ticket(&new).unwrap();
    let since = Timestamp::UNIX_EPOCH;
    let completed = || {
        autotask
            .tickets_completed_since("acrotask-", since)
            .unwrap()
    };
    assert!(completed().is_empty());
    let note = NewNote {
        title: "acrotask".to_owned(),
        description: "Raised again".to_owned(),
        note_type: first_of(Entity::TicketNotes, "noteType"),
        publish: first_of(Entity::TicketNotes, "publish"),
    };
    writer.create_ticket_note(ticket, &note).unwrap();
    let close = TicketChange {
        status: Some(STATUS_COMPLETE),
        resolution: Some("The alert is gone.".to_owned()),
        ..TicketChange::default()
    };
    writer.update_ticket(ticket, &close).unwrap();
    assert_eq!(completed()[0].id, ticket);
    let found = autotask
        .tickets_by_external_id(["acrotask-0123".to_owned()])
        .unwrap();
    assert!(found[0].is_complete() && found[0].completed.is_some());
    let notes = autotask
        .ticket_notes(&BTreeSet::from([ticket, TicketId(1)]))
        .unwrap();
    assert_eq!(notes.len(), 1);
    let contacts = autotask.primary_contacts(&[CompanyId(company)]).unwrap();
    let contact = &contacts[&CompanyId(company)];
    assert_eq!(contact.email.as_deref(), Some("alma@example.com"));
}

#[test]
fn the_billing_field_is_made_once_its_kind_is_known() {
    let (autotask, _database) = client(database());
    let kind = autotask.contract_list_kind().unwrap().unwrap();
    let consent = Consent::for_test();
    let writer = autotask.writer(&consent);
    let new = NewUdf {
        name: "Acronis PAYG".to_owned(),
        description: "Yes: billed by usage".to_owned(),
        kind,
    };
    let udf = writer.create_udf_definition(&new).unwrap();
    writer.create_udf_list_item(udf, "Yes").unwrap();
    writer.create_udf_list_item(udf, "No").unwrap();
    let found = autotask.udf_definitions("Acronis PAYG").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(autotask.udf_list_items(udf).unwrap().len(), 2);
    let fields = autotask.user_defined_fields(Entity::Contracts).unwrap();
    assert!(fields.get("Acronis PAYG").unwrap().picklist.is_some());
}

#[test]
fn companies_people_and_things_are_read() {
    let mut database = database();
    let customer = database.add_company("Alma Bakery", "Customer", true);
    database.add_company("Old Forge", "Customer", false);
    database.add_configuration_item(customer, "SRV-01");
    for n in 0..620 {
        database.add_company(&format!("Prospect {n}"), "Prospect", true);
    }
    let (autotask, _database) = client(database);
    let types = autotask.company_types().unwrap();
    let customers = vec![types.resolve_id("customer", None).unwrap()];
    let scope = CompanyScope::default().active_only().of_types(customers);
    let names = |companies: Vec<CompanyRecord>| -> Vec<String> {
        companies.into_iter().map(|company| company.name).collect()
    };
    assert_eq!(
        names(autotask.read_companies(&scope).unwrap()),
        ["Alma Bakery"]
    );
    let all = autotask.read_companies(&CompanyScope::default()).unwrap();
    assert_eq!(all.len(), 622);
    let ids: Vec<CompanyId> = all.iter().map(|company| company.id).collect();
    assert_eq!(autotask.companies_by_id(&ids).unwrap(), all);
    let items = autotask.configuration_items(&ids).unwrap();
    assert_eq!(items[0].title.as_deref(), Some("SRV-01"));
    assert!(autotask.read_rights(Entity::Contracts).unwrap().can_query);
    let people = autotask.assignable_resources().unwrap();
    assert!(!people.is_empty());
    let roles = autotask.read_roles().unwrap();
    let fits = autotask.service_desk_roles().unwrap();
    assert!(fits.iter().any(|(person, role)| {
        people.iter().any(|one| one.id == *person) && roles.iter().any(|one| one.id == *role)
    }));
    let work_types = autotask.work_types().unwrap();
    assert!(work_types.iter().all(|code| code.name != "Cloud Backup"));
}
