use super::*;

fn ticket(bench: &Bench) -> Value {
    json!({
        "companyID": bench.company, "title": "Backup failed", "status": 1, "priority": 2,
        "dueDateTime": "2026-03-11T12:00:00Z", "queueID": 29_683_354, "externalID": "acrotask:1",
    })
}

fn refused(field: &str, value: Value, text: &str) {
    let mut bench = Bench::new();
    let mut body = ticket(&bench);
    body[field] = value;
    bench.refused("POST", "/Tickets", body, text);
}

#[test]
fn the_system_numbers_and_dates_a_ticket() {
    let mut bench = Bench::new();
    let body = ticket(&bench);
    let id = bench.created("/Tickets", body.clone());
    let made = bench.db.get("Tickets", id).unwrap();
    assert_eq!(made["ticketNumber"], "T20260310.0001");
    assert_eq!(made["createDate"], "2026-03-10T09:30:00.000Z");
    assert_eq!(
        (&made["ticketType"], &made["ticketCategory"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(made["completedDate"], Value::Null);
    let second = bench.created("/Tickets", body);
    assert_eq!(
        bench.db.get("Tickets", second).unwrap()["ticketNumber"],
        "T20260310.0002"
    );
}

#[test]
fn what_is_wrong_in_a_ticket_is_said() {
    refused("dueDateTime", Value::Null, "dueDateTime is required");
    refused("queueID", Value::Null, "QueueID cannot all be empty");
    refused(
        "queueID",
        json!(29_682_871),
        "queueID: Value 29682871 does not exist or is invalid",
    );
    refused(
        "priority",
        json!("High"),
        "Conversion failed when converting",
    );
    refused("externalID", json!("x".repeat(51)), "externalID exceeds");
    refused(
        "description",
        json!("x".repeat(8001)),
        "description exceeds",
    );
    refused(
        "companyID",
        json!(5),
        "of type: Company does not exist or is invalid",
    );
    refused(
        "contractID",
        json!(5),
        "of type: Contract does not exist or is invalid",
    );
    refused(
        "assignedResourceID",
        json!(29_682_882),
        "you must assign both",
    );
    refused("ticketNumber", json!("T1"), "ticketNumber is read-only");
    refused(
        "contactID",
        json!(3),
        "of type: Contact does not exist or is invalid",
    );
}

#[test]
fn a_sub_issue_belongs_to_its_issue() {
    let mut bench = Bench::new();
    let mut body = ticket(&bench);
    body["issueType"] = json!(11);
    body["subIssueType"] = json!(136);
    bench.refused("POST", "/Tickets", body.clone(), "subIssueType: Value 136");
    body["issueType"] = json!(29);
    let id = bench.created("/Tickets", body);
    bench.refused(
        "PATCH",
        "/Tickets",
        json!({"id": id, "issueType": 11}),
        "subIssueType",
    );
}

#[test]
fn contract_and_configuration_item_must_be_the_companys() {
    let mut bench = Bench::new();
    let other = bench.db.add_company("Other", "Customer", true);
    let foreign = bench.db.add_configuration_item(other, "SRV-9");
    let own = bench.db.add_configuration_item(bench.company, "SRV-1");
    let mut body = ticket(&bench);
    body["configurationItemID"] = json!(foreign);
    bench.refused(
        "POST",
        "/Tickets",
        body.clone(),
        "of type: ConfigurationItem does not exist",
    );
    body["configurationItemID"] = json!(own);
    body["contractID"] = json!(bench.contract);
    bench.created("/Tickets", body.clone());
    let contract = bench.contract;
    bench.db.set("Contracts", contract, "status", json!(0));
    bench.refused(
        "POST",
        "/Tickets",
        body,
        "of type: Contract does not exist or is invalid",
    );
}

#[test]
fn a_resource_needs_a_role_of_its_own_and_is_never_the_api_user() {
    let mut bench = Bench::new();
    let ben = bench.db.resource_named("Ben").unwrap();
    let api = bench.db.resource_named("acrotask").unwrap();
    let engineer = bench.db.named("Roles", "name", "Engineer").unwrap();
    let manager = bench.db.named("Roles", "name", "Account Manager").unwrap();
    for (resource, role, accepted) in [
        (ben, engineer, true),
        (ben, manager, false),
        (api, engineer, false),
    ] {
        let mut body = ticket(&bench);
        body["queueID"] = Value::Null;
        body["assignedResourceID"] = json!(resource);
        body["assignedResourceRoleID"] = json!(role);
        assert_eq!(bench.ask("POST", "/Tickets", body).0 == 200, accepted);
    }
}

#[test]
fn the_completed_date_comes_and_goes_with_the_status() {
    let mut bench = Bench::new();
    let body = ticket(&bench);
    let id = bench.created("/Tickets", body);
    bench.db.now = "2026-03-12T08:00:00Z".parse().unwrap();
    bench.ask(
        "PATCH",
        "/Tickets",
        json!({"id": id, "status": 5, "resolution": "done"}),
    );
    let closed = bench.db.get("Tickets", id).unwrap();
    assert_eq!(closed["completedDate"], "2026-03-12T08:00:00.000Z");
    assert_eq!(closed["lastActivityDate"], "2026-03-12T08:00:00.000Z");
    bench.ask("PATCH", "/Tickets", json!({"id": id, "status": 8}));
    assert_eq!(
        bench.db.get("Tickets", id).unwrap()["completedDate"],
        Value::Null
    );
    bench.db.close_ticket(id);
    assert!(bench.db.get("Tickets", id).unwrap()["completedDate"].is_string());
}

#[test]
fn an_external_id_finds_its_ticket() {
    let mut bench = Bench::new();
    let body = ticket(&bench);
    let id = bench.created("/Tickets", body);
    let found = bench.query(
        "Tickets",
        json!([{"op": "eq", "field": "externalID", "value": "acrotask:1"}]),
    );
    assert_eq!(found[0]["id"], id);
    bench.db.delete_ticket(id);
    assert_eq!(bench.get(&format!("/Tickets/{id}")).1["item"], Value::Null);
}

#[test]
fn notes_are_written_below_their_ticket() {
    let mut bench = Bench::new();
    let body = ticket(&bench);
    let id = bench.created("/Tickets", body);
    let note =
        json!({"title": "Again", "description": "Still failing", "noteType": 1, "publish": 1});
    let path = format!("/Tickets/{id}/Notes");
    bench.created(&path, note.clone());
    assert_eq!(
        bench.db.tickets()[0]["notes"][0]["description"],
        "Still failing"
    );
    for field in ["title", "description", "noteType", "publish"] {
        let mut wrong = note.clone();
        wrong[field] = Value::Null;
        bench.refused("POST", &path, wrong, "is required");
    }
    bench.refused(
        "POST",
        "/Tickets/5/Notes",
        note,
        "of type: Ticket does not exist",
    );
}

/// Two tickets, of which the first has a note of a person.
fn two_tickets(bench: &mut Bench) -> [i64; 2] {
    let mut body = ticket(bench);
    body["description"] = json!("SRV-01 was not backed up.");
    let both = [(); 2].map(|()| bench.created("/Tickets", body.clone()));
    bench.db.add_note(both[0], "Seen", "Looking at it.");
    both
}

#[test]
fn a_merged_ticket_stays_complete_with_a_system_note_that_names_the_other() {
    let mut bench = Bench::new();
    let [source, target] = two_tickets(&mut bench);
    assert!(bench.db.merge_tickets(source, target));
    let left = bench.get(&format!("/Tickets/{source}")).1["item"].clone();
    assert_eq!(left["status"], 5);
    assert!(left["completedDate"].is_string());
    let notes = bench.get(&format!("/Tickets/{source}/Notes")).1["items"].clone();
    let notes = notes.as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(
        notes[0]["description"],
        "Merged into ticket T20260310.0002."
    );
    let kind = bench
        .db
        .pick_value("TicketNotes", "noteType", "Merged Into Ticket");
    assert_eq!(notes[0]["noteType"], json!(kind));
}

#[test]
fn the_ticket_that_absorbs_another_gets_its_notes_its_description_and_its_number() {
    let mut bench = Bench::new();
    let [source, target] = two_tickets(&mut bench);
    assert!(bench.db.merge_tickets(source, target));
    let notes = bench.query(
        "TicketNotes",
        json!([{"op": "eq", "field": "ticketID", "value": target}]),
    );
    let told: Vec<(&str, &str)> = notes
        .iter()
        .map(|note| {
            (
                note["title"].as_str().unwrap(),
                note["description"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Seen", "Looking at it."),
            ("Absorbed Another Ticket", "Absorbed ticket T20260310.0001."),
            (
                "Absorbed Ticket Description T20260310.0001",
                "SRV-01 was not backed up."
            ),
        ]
    );
    assert_eq!(notes[2]["publish"], 2);
    assert_eq!(bench.db.get("Tickets", target).unwrap()["status"], 1);
}

#[test]
fn nothing_but_care_keeps_a_merged_ticket_closed_unless_the_database_refuses_it() {
    let mut bench = Bench::new();
    let [source, target] = two_tickets(&mut bench);
    bench.db.merge_tickets(source, target);
    let open = json!({"id": source, "status": 1});
    assert_eq!(bench.ask("PATCH", "/Tickets", open.clone()).0, 200);
    bench.db.refuses_merged = true;
    bench.refused("PATCH", "/Tickets", open, "has been merged");
    let note = json!({"title": "A", "description": "B", "noteType": 1, "publish": 1});
    bench.refused(
        "POST",
        &format!("/Tickets/{source}/Notes"),
        note,
        "has been merged",
    );
}

#[test]
fn problems_other_companies_and_the_ticket_itself_cannot_be_merged() {
    let mut bench = Bench::new();
    let [source, target] = two_tickets(&mut bench);
    assert!(!bench.db.merge_tickets(source, source));
    let other = bench.db.add_company("Other", "Customer", true);
    bench.db.set("Tickets", source, "companyID", json!(other));
    assert!(!bench.db.merge_tickets(source, target));
    bench.db.set("Tickets", target, "companyID", json!(other));
    bench.db.set("Tickets", target, "ticketType", json!(3));
    assert!(!bench.db.merge_tickets(source, target));
}

#[test]
fn a_database_that_requires_a_contact_refuses_a_ticket_without_one_and_says_so_in_its_metadata() {
    let mut bench = Bench::new();
    let contact = bench
        .db
        .add_contact(bench.company, "Ann", "Lee", "ann@contoso.example", true);
    bench.db.require_on_tickets("contactID");
    let mut body = ticket(&bench);
    bench.refused(
        "POST",
        "/Tickets",
        body.clone(),
        "contactID is required.; on record number [0].",
    );
    let (_, fields) = bench.get("/Tickets/entityInformation/fields");
    let fields = fields["fields"].as_array().unwrap();
    let field = fields
        .iter()
        .find(|field| field["name"] == "contactID")
        .unwrap();
    assert_eq!(field["isRequired"], true);
    let of_company = json!([{"op": "eq", "field": "companyID", "value": bench.company},
        {"op": "eq", "field": "isActive", "value": 1}]);
    let contacts = bench.query("Contacts", of_company);
    assert_eq!(contacts[0]["id"], contact);
    assert_eq!(contacts[0]["primaryContact"], true);
    body["contactID"] = json!(contact);
    let id = bench.created("/Tickets", body.clone());
    assert_eq!(
        bench
            .ask("PATCH", "/Tickets", json!({"id": id, "status": 8}))
            .0,
        200
    );
    bench.db.set("Contacts", contact, "isActive", json!(0));
    bench.refused(
        "POST",
        "/Tickets",
        body,
        "of type: Contact does not exist or is invalid",
    );
}

#[test]
fn a_category_may_demand_what_no_metadata_tells() {
    let mut bench = Bench::new();
    bench.db.require_in_category(117, "billingCodeID");
    let mut body = ticket(&bench);
    bench.created("/Tickets", body.clone());
    body["ticketCategory"] = json!(117);
    bench.refused(
        "POST",
        "/Tickets",
        body.clone(),
        "billingCodeID is required",
    );
    let (_, fields) = bench.get("/Tickets/entityInformation/fields");
    let fields = fields["fields"].as_array().unwrap();
    let field = fields
        .iter()
        .find(|field| field["name"] == "billingCodeID")
        .unwrap();
    assert_eq!(field["isRequired"], false);
    body["billingCodeID"] = json!(bench.code());
    bench.created("/Tickets", body);
}

#[test]
fn a_required_user_defined_field_is_missed_by_its_name_with_all_else_that_is_missing() {
    let mut bench = Bench::new();
    bench.db.define_required_ticket_field("Cost centre", &[]);
    bench
        .db
        .define_required_ticket_field("Origin", &["Acronis", "Customer"]);
    bench.db.require_on_tickets("serviceLevelAgreementID");
    let mut body = ticket(&bench);
    let (status, answer) = bench.ask("POST", "/Tickets", body.clone());
    assert_eq!(
        (status, answer["errors"].as_array().unwrap().len()),
        (500, 3),
        "{answer}"
    );
    assert!(
        answer["errors"]
            .to_string()
            .contains("Cost centre is required.")
    );
    let path = "/Tickets/entityInformation/userDefinedFields";
    assert_eq!(bench.get(path).1["fields"][0]["isRequired"], true);
    body["serviceLevelAgreementID"] = json!(5);
    body["userDefinedFields"] =
        json!([{"name": "Cost centre", "value": "17"}, {"name": "Origin", "value": "Acronis"}]);
    bench.refused(
        "POST",
        "/Tickets",
        body.clone(),
        "serviceLevelAgreementID: Value 5",
    );
    body["serviceLevelAgreementID"] = json!(8);
    let id = bench.created("/Tickets", body);
    let made = bench.db.get("Tickets", id).unwrap();
    assert_eq!(made["userDefinedFields"][1]["value"], "Acronis");
}

#[test]
fn a_create_may_come_back_with_the_id_of_an_older_ticket() {
    let mut bench = Bench::new();
    let body = ticket(&bench);
    let older = bench.created("/Tickets", body.clone());
    bench.db.answer_next_create_with(older);
    assert_eq!(bench.created("/Tickets", body.clone()), older);
    assert_eq!(bench.db.tickets().len(), 1);
    assert_ne!(bench.created("/Tickets", body), older);
}
