//! What the API user is not shown is left out without an error.

use serde_json::{Value, json};

use super::{Bench, date};

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
fn an_api_user_of_a_line_of_business_sees_no_other_contracts_nor_their_lines_and_no_error() {
    let mut bench = Bench::new();
    let other = bench.db.add_contract(
        bench.company,
        "Contoso Print",
        date("2026-01-01"),
        date("2026-12-31"),
        2,
        None,
    );
    for contract in [bench.contract, other] {
        bench.db.add_contract_service(contract, bench.service, 3);
    }
    let field = "organizationalLevelAssociationID";
    bench.db.set("Contracts", other, field, json!(77));
    let mut counts = |lines: &[i64]| {
        bench.db.assign_lines_of_business(lines);
        ["Contracts", "ContractServices", "Companies"].map(|entity| rows(&mut bench, entity).len())
    };
    assert_eq!(counts(&[78]), [0, 0, 1]);
    assert_eq!(counts(&[77, 78]), [1, 1, 1]);
    assert_eq!(rows(&mut bench, "Contracts")[0]["id"], json!(other));
    let units = rows(&mut bench, "ContractServiceUnits");
    assert!(!units.is_empty() && units.iter().all(|row| row["contractID"] == json!(other)));
    let path = format!("/Contracts/{}", bench.contract);
    assert_eq!(bench.get(&path).1, json!({"item": null}));
    let path = format!("/Contracts/{}/Services", bench.contract);
    assert_eq!(bench.get(&path).1["items"], json!([]));
    bench.db.assign_lines_of_business(&[]);
    assert_eq!(rows(&mut bench, "Contracts").len(), 2);
}

#[test]
fn what_an_api_user_of_a_line_of_business_does_not_see_it_cannot_write() {
    let mut bench = Bench::new();
    let contract = bench.contract;
    bench.db.add_contract_service(contract, bench.service, 3);
    bench.db.assign_lines_of_business(&[77]);
    let unseen = "of type: Contract does not exist or is invalid";
    let adjust = json!({"contractID": contract, "serviceID": bench.service, "unitChange": 1,
        "effectiveDate": "2026-04-01"});
    let path = format!("/Contracts/{contract}/ServiceAdjustments");
    bench.refused("POST", &path, adjust, unseen);
    let line = json!({"serviceID": bench.service});
    bench.refused(
        "POST",
        &format!("/Contracts/{contract}/Services"),
        line,
        unseen,
    );
    let rename = json!({"id": contract, "contractName": "Mine"});
    assert_eq!(bench.ask("PATCH", "/Contracts", rename).0, 404);
    assert!(bench.db.adjustments.is_empty());
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
