use super::*;

fn field(bench: &mut Bench, entity: &str, name: &str) -> Value {
    let (status, body) = bench.get(&format!("/{entity}/entityInformation/fields"));
    assert_eq!(status, 200);
    let fields = body["fields"].as_array().unwrap();
    fields
        .iter()
        .find(|field| field["name"] == name)
        .cloned()
        .unwrap_or(Value::Null)
}

#[test]
fn entity_information_says_what_can_be_done() {
    let mut bench = Bench::new();
    let (_, body) = bench.get("/ContractServiceAdjustments/entityInformation");
    assert_eq!(body["info"]["canCreate"], true);
    assert_eq!(body["info"]["canQuery"], false);
    let (_, body) = bench.get("/Contracts/entityInformation");
    assert_eq!(body["info"]["canDelete"], false);
    assert_eq!(body["info"]["hasUserDefinedFields"], true);
}

#[test]
fn picklist_values_are_strings_and_sub_issues_name_their_parent() {
    let mut bench = Bench::new();
    let status = field(&mut bench, "Tickets", "status");
    assert_eq!(status["isPickList"], true);
    assert_eq!(status["dataType"], "integer");
    let complete = status["picklistValues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pick| pick["label"] == "Complete")
        .unwrap();
    assert_eq!(
        (&complete["value"], &complete["isSystem"]),
        (&json!("5"), &json!(true))
    );
    let sub = field(&mut bench, "Tickets", "subIssueType");
    assert_eq!(sub["picklistParentValueField"], "issueType");
    assert_eq!(sub["picklistValues"][0]["parentValue"], "29");
}

#[test]
fn create_only_fields_are_required_and_read_only() {
    let mut bench = Bench::new();
    let period = field(&mut bench, "Services", "periodType");
    assert_eq!(
        (&period["isRequired"], &period["isReadOnly"]),
        (&json!(true), &json!(true))
    );
    let name = field(&mut bench, "Services", "name");
    assert_eq!(
        (&name["isReadOnly"], &name["length"]),
        (&json!(false), &json!(100))
    );
}

#[test]
fn contract_services_have_no_quantity_and_no_adjusted_price() {
    let mut bench = Bench::new();
    for name in ["quantity", "units", "adjustedPrice"] {
        assert_eq!(field(&mut bench, "ContractServices", name), Value::Null);
    }
}

#[test]
fn newest_fields_are_absent_unless_the_database_has_them() {
    let mut bench = Bench::new();
    assert_eq!(field(&mut bench, "Services", "sku"), Value::Null);
    bench.db.newest_fields = true;
    assert_eq!(field(&mut bench, "Services", "sku")["dataType"], "string");
}

#[test]
fn children_have_the_same_metadata_below_their_parent() {
    let mut bench = Bench::new();
    let (_, root) = bench.get("/TicketNotes/entityInformation/fields");
    let (status, child) = bench.get("/Tickets/1/Notes/entityInformation/fields");
    assert_eq!((status, child), (200, root));
}

#[test]
fn user_defined_fields_show_type_label_and_items() {
    let mut bench = Bench::new();
    let (_, body) = bench.get("/Contracts/entityInformation/userDefinedFields");
    assert_eq!(body, json!({"fields": []}));
    bench.db.define_payg_field("Acronis PAYG");
    let (_, body) = bench.get("/Contracts/entityInformation/userDefinedFields");
    let field = &body["fields"][0];
    assert_eq!(
        (&field["name"], &field["label"]),
        (&json!("Acronis PAYG"), &json!("Acronis PAYG"))
    );
    assert_eq!(field["picklistValues"][0]["label"], "Yes");
    assert!(field["picklistValues"][0]["value"].is_string());
}
