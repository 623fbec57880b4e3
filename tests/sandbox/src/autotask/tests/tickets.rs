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

#[test]
fn a_merged_ticket_is_gone_or_closed_to_writes_and_its_notes_are_the_others() {
    for kept in [false, true] {
        let mut bench = Bench::new();
        let body = ticket(&bench);
        let [absorbed, target] = [(); 2].map(|()| bench.created("/Tickets", body.clone()));
        bench.db.add_note(absorbed, "Seen", "Looking at it.");
        assert!(bench.db.merge_ticket(absorbed, target, kept));
        assert_eq!(bench.db.all("TicketNotes")[0]["ticketID"], target);
        let left = bench.get(&format!("/Tickets/{absorbed}")).1;
        assert_eq!(left["item"].is_null(), !kept);
        if kept {
            assert_eq!(left["item"]["status"], 5);
            let open = json!({"id": absorbed, "status": 1});
            bench.refused("PATCH", "/Tickets", open, "has been merged");
            let note = json!({"title": "A", "description": "B", "noteType": 1, "publish": 1});
            let path = format!("/Tickets/{absorbed}/Notes");
            bench.refused("POST", &path, note, "has been merged");
        }
        assert!(!bench.db.merge_ticket(target, target, kept));
    }
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
