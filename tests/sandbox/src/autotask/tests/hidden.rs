//! What the API user is not shown is left out without an error.

use serde_json::{Value, json};

use super::Bench;

fn rows(bench: &mut Bench, entity: &str) -> Vec<Value> {
    bench.query(entity, json!([{"op": "gte", "field": "id", "value": 1}]))
}

#[test]
fn hidden_rows_are_in_no_list_and_null_by_id() {
    let mut bench = Bench::new();
    let other = bench.db.add_company("Fabrikam", "Customer", true);
    bench.db.hide("Companies", bench.company);
    let ids: Vec<Value> = rows(&mut bench, "Companies")
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, [json!(other)]);
    let path = format!("/Companies/{}", bench.company);
    assert_eq!(bench.get(&path).1, json!({"item": null}));
    bench.db.hide_all("Contracts");
    assert!(rows(&mut bench, "Contracts").is_empty());
    assert_eq!(bench.db.all("Contracts").len(), 1);
    bench.db.unhide();
    assert_eq!(rows(&mut bench, "Companies").len(), 2);
    assert_eq!(rows(&mut bench, "Contracts").len(), 1);
}

#[test]
fn a_field_whose_values_are_hidden_stays_defined() {
    let mut bench = Bench::new();
    bench.db.set_payg(bench.contract, "Yes");
    assert_eq!(
        rows(&mut bench, "Contracts")[0]["userDefinedFields"],
        json!([{"name": "Acronis PAYG", "value": "Yes"}])
    );
    bench.db.hide_udf_values("Acronis PAYG");
    assert_eq!(
        rows(&mut bench, "Contracts")[0]["userDefinedFields"],
        json!([])
    );
    let path = "/Contracts/entityInformation/userDefinedFields";
    assert_eq!(bench.get(path).1["fields"][0]["name"], "Acronis PAYG");
}

#[test]
fn a_renamed_field_keeps_its_values_under_its_new_name() {
    let mut bench = Bench::new();
    bench.db.set_payg(bench.contract, "Yes");
    bench.db.rename_payg_field("Pay as you go");
    assert_eq!(
        rows(&mut bench, "Contracts")[0]["userDefinedFields"],
        json!([{"name": "Pay as you go", "value": "Yes"}])
    );
}
