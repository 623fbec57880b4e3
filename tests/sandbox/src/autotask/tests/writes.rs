use super::*;

fn company(bench: &Bench) -> Value {
    json!({
        "companyName": "Tailspin", "companyType": 1, "phone": "1",
        "ownerResourceID": bench.db.resource_named("Ben"),
    })
}

#[test]
fn a_create_answers_200_with_the_id() {
    let mut bench = Bench::new();
    let body = company(&bench);
    let id = bench.created("/Companies", body);
    assert_eq!(bench.db.get("Companies", id).unwrap()["isActive"], true);
}

#[test]
fn what_is_wrong_in_a_create_is_said() {
    let mut bench = Bench::new();
    let api = bench.db.resource_named("acrotask");
    let gone = bench.db.resource_named("Carla");
    for (field, value, text) in [
        (
            "companyName",
            Value::Null,
            "companyName is required.; on record number [0].",
        ),
        ("companyName", json!("x".repeat(101)), "companyName exceeds"),
        (
            "companyName",
            json!(5),
            "Unexpected character encountered while parsing value: 5",
        ),
        (
            "companyType",
            json!("Customer"),
            "Conversion failed when converting the nvarchar value 'Customer' to data type int",
        ),
        (
            "companyType",
            json!(99),
            "Value 99 does not exist or is invalid",
        ),
        ("companyType", json!(true), "Unexpected character"),
        (
            "ownerResourceID",
            json!(4),
            "Reference value on field: ownerResourceID of type: Resource does not exist or is invalid.",
        ),
        (
            "ownerResourceID",
            json!(gone),
            "Reference value on field: ownerResourceID",
        ),
        (
            "ownerResourceID",
            json!(api),
            "Reference value on field: ownerResourceID",
        ),
        ("createDate", json!("2026-01-01"), "createDate is read-only"),
        (
            "colour",
            json!("red"),
            "Unable to find colour in the Company Entity",
        ),
        ("isActive", json!(1), "Unexpected character"),
    ] {
        let mut body = company(&bench);
        body[field] = value;
        bench.refused("POST", "/Companies", body, text);
    }
}

#[test]
fn an_id_of_zero_is_harmless() {
    let mut bench = Bench::new();
    let mut body = company(&bench);
    body["id"] = json!(0);
    assert!(bench.created("/Companies", body) > 0);
}

#[test]
fn an_update_goes_to_the_collection_and_changes_only_what_it_says() {
    let mut bench = Bench::new();
    let id = bench.company;
    let (status, body) = bench.ask("PATCH", "/Companies", json!({"id": id, "PHONE": "42"}));
    assert_eq!((status, body), (200, json!({"itemId": id})));
    let company = bench.db.get("Companies", id).unwrap();
    assert_eq!(
        (&company["phone"], &company["companyName"]),
        (&json!("42"), &json!("Contoso"))
    );
    bench.refused(
        "PATCH",
        "/Companies",
        json!({"phone": "42"}),
        "id is required",
    );
    let (status, _) = bench.ask("PATCH", "/Companies", json!({"id": 77, "phone": "42"}));
    assert_eq!(status, 404);
}

#[test]
fn a_put_sets_what_it_leaves_out_to_null() {
    let mut bench = Bench::new();
    let id = bench.company;
    bench.db.set("Companies", id, "city", json!("Vienna"));
    let mut body = company(&bench);
    body["id"] = json!(id);
    assert_eq!(bench.ask("PUT", "/Companies", body).0, 200);
    assert_eq!(bench.db.get("Companies", id).unwrap()["city"], Value::Null);
    bench.refused(
        "PUT",
        "/Companies",
        json!({"id": id, "phone": "1"}),
        "companyName is required",
    );
}

#[test]
fn a_create_only_field_cannot_change_but_may_be_sent_back() {
    let mut bench = Bench::new();
    let id = bench.service;
    assert_eq!(
        bench
            .ask("PATCH", "/Services", json!({"id": id, "periodType": 2}))
            .0,
        200
    );
    bench.refused(
        "PATCH",
        "/Services",
        json!({"id": id, "periodType": 3}),
        "periodType is read-only",
    );
}

#[test]
fn a_required_field_cannot_be_emptied() {
    let mut bench = Bench::new();
    let id = bench.service;
    bench.refused(
        "PATCH",
        "/Services",
        json!({"id": id, "name": null}),
        "name is required",
    );
}

#[test]
fn a_child_is_written_through_its_parent_which_gives_the_id() {
    let mut bench = Bench::new();
    let company = bench.company;
    let body = json!({"id": 0, "firstName": "A", "lastName": "B", "isActive": 1});
    let id = bench.created(&format!("/Companies/{company}/Contacts"), body);
    assert_eq!(bench.db.get("Contacts", id).unwrap()["companyID"], company);
    bench.refused(
        "POST",
        "/Companies/12345/Contacts",
        json!({"firstName": "A", "lastName": "B", "isActive": 1}),
        "Reference value on field: companyID of type: Company",
    );
    let path = format!("/Companies/{company}/Contacts/{id}");
    assert_eq!(bench.ask("DELETE", &path, Value::Null).0, 200);
    assert_eq!(bench.ask("DELETE", &path, Value::Null).0, 404);
}
