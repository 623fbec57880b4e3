use super::*;

fn body(bench: &Bench) -> Value {
    json!({
        "companyID": bench.company, "contractName": "New", "contractType": 7, "status": 1,
        "startDate": "2026-02-15", "endDate": "2027-02-14", "contractPeriodType": 2,
        "timeReportingRequiresStartAndStopTimes": 0, "setupFee": 0, "description": "x",
    })
}

#[test]
fn the_proven_body_is_accepted_and_dates_come_back_as_midnight() {
    let mut bench = Bench::new();
    let body = body(&bench);
    let id = bench.created("/Contracts", body);
    let made = bench.db.get("Contracts", id).unwrap();
    assert_eq!(made["startDate"], "2026-02-15T00:00:00");
}

#[test]
fn type_and_period_are_fixed_and_the_company_too() {
    let mut bench = Bench::new();
    let id = bench.contract;
    for (field, value) in [
        ("contractType", 1),
        ("contractPeriodType", 3),
        ("companyID", 0),
    ] {
        bench.refused(
            "PATCH",
            "/Contracts",
            json!({"id": id, field: value}),
            "read-only",
        );
    }
}

#[test]
fn a_boolean_is_no_integer_for_start_and_stop_times() {
    let mut bench = Bench::new();
    let mut body = body(&bench);
    body["timeReportingRequiresStartAndStopTimes"] = json!(false);
    bench.refused(
        "POST",
        "/Contracts",
        body,
        "Unexpected character encountered while parsing value",
    );
}

#[test]
fn a_service_put_on_a_contract_has_rows_of_zero_units() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let path = format!("/Contracts/{contract}/Services");
    let line = bench.created(&path, json!({"serviceID": service, "adjustedPrice": 4.0}));
    let filter = json!([{"op": "eq", "field": "contractServiceID", "value": line}]);
    let rows = bench.query("ContractServiceUnits", filter);
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().all(|row| row["units"] == 0));
    let shown = bench.db.get("ContractServices", line).unwrap();
    assert!(shown.get("adjustedPrice").is_none());
    assert_eq!(shown["unitPrice"], 4.5);
    assert_eq!(shown["internalCurrencyAdjustedPrice"], 4.0);
    bench.refused(
        "POST",
        &path,
        json!({"serviceID": service}),
        "already on the contract",
    );
}

#[test]
fn a_quantity_on_a_contract_service_is_an_unknown_field() {
    let mut bench = Bench::new();
    let path = format!("/Contracts/{}/Services", bench.contract);
    let body = json!({"serviceID": bench.service, "quantity": 5});
    bench.refused(
        "POST",
        &path,
        body,
        "Unable to find quantity in the ContractService Entity",
    );
}

#[test]
fn only_price_and_invoice_text_of_a_line_can_change() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 2);
    let path = format!("/Contracts/{contract}/Services");
    let (status, _) = bench.ask(
        "PATCH",
        &path,
        json!({"id": line, "invoiceDescription": "a"}),
    );
    assert_eq!(status, 200);
    bench.refused(
        "PATCH",
        &path,
        json!({"id": line, "internalDescription": "a"}),
        "read-only",
    );
    let other = bench.db.add_service("Other", 2, "1");
    bench.refused(
        "PATCH",
        &path,
        json!({"id": line, "serviceID": other}),
        "read-only",
    );
}

#[test]
fn inactive_services_and_contracts_and_other_periods_take_no_lines() {
    let mut bench = Bench::new();
    let path = format!("/Contracts/{}/Services", bench.contract);
    let yearly = bench.db.add_service("Yearly", 5, "1");
    bench.refused("POST", &path, json!({"serviceID": yearly}), "period type");
    let old = bench.db.add_service("Old", 2, "1");
    bench.db.set("Services", old, "isActive", json!(false));
    bench.refused(
        "POST",
        &path,
        json!({"serviceID": old}),
        "of type: Service does not exist",
    );
    let contract = bench.contract;
    bench.db.set("Contracts", contract, "status", json!(0));
    let service = bench.service;
    bench.refused(
        "POST",
        &path,
        json!({"serviceID": service}),
        "of type: Contract does not exist",
    );
}

#[test]
fn the_start_is_fixed_once_services_exist() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let earlier = json!({"id": contract, "startDate": "2025-12-01"});
    assert_eq!(bench.ask("PATCH", "/Contracts", earlier).0, 200);
    bench.db.add_contract_service(contract, service, 2);
    let later = json!({"id": contract, "startDate": "2026-02-01"});
    bench.refused("PATCH", "/Contracts", later, "startDate");
}

#[test]
fn moving_the_end_adds_rows_or_removes_everything_behind_it() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 2);
    bench
        .db
        .adjust_as_person(line, date("2026-06-10"), 5)
        .unwrap();
    assert_eq!(bench.db.all("ContractServiceUnits").len(), 13);
    let shorter = json!({"id": contract, "endDate": "2026-05-31"});
    assert_eq!(bench.ask("PATCH", "/Contracts", shorter).0, 200);
    assert_eq!(bench.db.all("ContractServiceUnits").len(), 5);
    let longer = json!({"id": contract, "endDate": "2026-12-31"});
    assert_eq!(bench.ask("PATCH", "/Contracts", longer).0, 200);
    assert_eq!(bench.db.all("ContractServiceUnits").len(), 12);
    assert_eq!(bench.db.units_on(contract, service, date("2026-07-01")), 2);
}

#[test]
fn the_end_cannot_come_back_over_posted_periods() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 2);
    assert_eq!(bench.db.post_periods(contract, date("2026-03-01")), 3);
    let body = json!({"id": contract, "endDate": "2026-03-15"});
    bench.refused(
        "PATCH",
        "/Contracts",
        body,
        "already approved and posted contract period",
    );
    let body = json!({"id": contract, "endDate": "2026-03-31"});
    assert_eq!(bench.ask("PATCH", "/Contracts", body).0, 200);
}

#[test]
fn a_person_ends_a_contract_and_the_world_shows_it() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 2);
    assert!(bench.db.end_contract(contract, date("2026-02-14")));
    assert_eq!(bench.db.units_on(contract, service, date("2026-02-15")), 0);
    let world = bench.db.dump();
    let rows = &world["contracts"][0]["services"][0]["units"];
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[1]["endDate"], "2026-02-14");
    assert_eq!(rows[1]["price"], 4.5);
}
