use super::*;

const DEFINITIONS: &str = "/UserDefinedFieldDefinitions";

fn definition(bench: &Bench) -> Value {
    let pick = |field, label| {
        bench
            .db
            .pick_value("UserDefinedFieldDefinitions", field, label)
    };
    json!({
        "id": 0, "name": "Acronis PAYG", "isActive": true, "sortOrder": 1,
        "udfType": pick("udfType", "Contract"),
        "dataType": pick("dataType", "List (single select)"),
    })
}

fn made(bench: &mut Bench) -> i64 {
    let body = definition(bench);
    let id = bench.created(DEFINITIONS, body);
    for text in ["Yes", "No"] {
        let item =
            json!({"id": 0, "udfFieldId": id, "valueForDisplay": text, "valueForExport": text});
        bench.created(&format!("/UserDefinedFields/{id}/ListItems"), item);
    }
    id
}

fn set(bench: &mut Bench, value: Value) -> u16 {
    let body = json!({
        "id": bench.contract,
        "userDefinedFields": [{"name": "Acronis PAYG", "value": value}],
    });
    bench.ask("PATCH", "/Contracts", body).0
}

#[test]
fn a_field_made_through_the_api_works_on_contracts() {
    let mut bench = Bench::new();
    made(&mut bench);
    assert_eq!(set(&mut bench, json!("Yes")), 200);
    let contract = bench.contract;
    let shown = bench.db.get("Contracts", contract).unwrap();
    assert_eq!(
        shown["userDefinedFields"],
        json!([{"name": "Acronis PAYG", "value": "Yes"}])
    );
    let found = bench.query(
        "Contracts",
        json!([{"op": "eq", "field": "acronis payg", "udf": true, "value": "yes"}]),
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn values_must_match_a_list_item_exactly_and_null_clears() {
    let mut bench = Bench::new();
    made(&mut bench);
    for (value, status) in [
        (json!("yes"), 500),
        (json!("Maybe"), 500),
        (json!(true), 500),
        (json!("No"), 200),
        (Value::Null, 200),
    ] {
        assert_eq!(set(&mut bench, value.clone()), status, "{value}");
    }
}

#[test]
fn a_field_without_udf_true_or_of_another_entity_is_unknown() {
    let mut bench = Bench::new();
    made(&mut bench);
    let plain = json!({"filter": [{"op": "eq", "field": "Acronis PAYG", "value": "Yes"}]});
    bench.refused(
        "POST",
        "/Contracts/query",
        plain,
        "Unable to find Acronis PAYG in the Contract Entity",
    );
    let other =
        json!({"filter": [{"op": "eq", "field": "Acronis PAYG", "udf": true, "value": "Yes"}]});
    bench.refused(
        "POST",
        "/Companies/query",
        other,
        "Unable to find Acronis PAYG",
    );
    let real = json!({"filter": [{"op": "eq", "field": "status", "udf": true, "value": "1"}]});
    bench.refused("POST", "/Contracts/query", real, "Unable to find status");
}

#[test]
fn only_one_user_defined_field_per_query() {
    let mut bench = Bench::new();
    made(&mut bench);
    let mut second = definition(&bench);
    second["name"] = json!("Second");
    bench.created(DEFINITIONS, second);
    let both = json!({"filter": [
        {"op": "exist", "field": "Acronis PAYG", "udf": true},
        {"op": "exist", "field": "Second", "udf": true},
    ]});
    bench.refused("POST", "/Contracts/query", both, "user-defined field");
}

#[test]
fn names_are_unique_and_type_is_fixed() {
    let mut bench = Bench::new();
    let id = made(&mut bench);
    let body = definition(&bench);
    bench.refused("POST", DEFINITIONS, body, "already exists");
    bench.refused(
        "PATCH",
        DEFINITIONS,
        json!({"id": id, "udfType": 1}),
        "udfType is read-only",
    );
    let item = json!({"valueForDisplay": "yes", "valueForExport": "x"});
    bench.refused(
        "POST",
        &format!("/UserDefinedFields/{id}/ListItems"),
        item,
        "already exists",
    );
}

#[test]
fn a_field_created_without_is_active_is_not_usable() {
    let mut bench = Bench::new();
    let mut body = definition(&bench);
    body.as_object_mut().unwrap().remove("isActive");
    bench.created(DEFINITIONS, body);
    assert_eq!(set(&mut bench, json!("Yes")), 500);
}

#[test]
fn items_need_a_list_field() {
    let mut bench = Bench::new();
    let mut body = definition(&bench);
    body["dataType"] = json!(1);
    let id = bench.created(DEFINITIONS, body);
    let item = json!({"valueForDisplay": "Yes", "valueForExport": "Yes"});
    bench.refused(
        "POST",
        &format!("/UserDefinedFields/{id}/ListItems"),
        item,
        "list",
    );
}

#[test]
fn the_payg_word_sets_a_value_and_knows_odd_ones() {
    let mut bench = Bench::new();
    let (company, start, end) = (bench.company, date("2026-01-01"), date("2026-12-31"));
    let id = bench
        .db
        .add_contract(company, "P", start, end, 2, Some("Maybe"));
    let shown = bench.db.get("Contracts", id).unwrap();
    assert_eq!(shown["userDefinedFields"][0]["value"], "Maybe");
}
