use super::*;
use crate::autotask::{AdjustmentForm, Author};

const PATH: &str = "/ContractServiceAdjustments";
const DUPLICATE: &str = "Attempt to insert duplicate data into contract_service_period";

fn post(bench: &mut Bench, effective: &str, change: i64) -> (u16, Value) {
    let body = body(bench, effective, change);
    bench.ask("POST", PATH, body)
}

fn body(bench: &Bench, effective: &str, change: i64) -> Value {
    json!({
        "contractID": bench.contract, "serviceID": bench.service,
        "unitChange": change, "effectiveDate": effective,
    })
}

/// Start, end and units of the line's rows around the first quarter.
fn rows(bench: &mut Bench, until: &str) -> Vec<(String, String, i64)> {
    let filter = json!([
        {"op": "eq", "field": "contractID", "value": bench.contract},
        {"op": "lte", "field": "startDate", "value": until},
    ]);
    let mut rows: Vec<_> = bench
        .query("ContractServiceUnits", filter)
        .iter()
        .map(|row| {
            let day = |name: &str| row[name].as_str().unwrap()[..10].to_owned();
            (
                day("startDate"),
                day("endDate"),
                row["units"].as_i64().unwrap(),
            )
        })
        .collect();
    rows.sort();
    rows
}

fn row(start: &str, end: &str, units: i64) -> (String, String, i64) {
    (start.to_owned(), end.to_owned(), units)
}

#[test]
fn success_is_a_null_id_and_the_units_say_what_happened() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    assert_eq!(
        post(&mut bench, "2026-03-01", 4),
        (200, json!({"itemId": null}))
    );
    assert_eq!(
        rows(&mut bench, "2026-04-30"),
        [
            row("2026-01-01", "2026-01-31", 10),
            row("2026-02-01", "2026-02-28", 10),
            row("2026-03-01", "2026-03-31", 14),
            row("2026-04-01", "2026-04-30", 14),
        ]
    );
    assert_eq!(bench.db.contract_notes(contract), 1);
    let done = &bench.db.adjustments[0];
    assert_eq!(
        (done.by, done.change, done.created_line),
        (Author::Api, 4, false)
    );
}

#[test]
fn the_change_is_a_difference_and_not_a_total() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    post(&mut bench, "2026-03-01", 10);
    assert_eq!(bench.db.units_on(contract, service, date("2026-03-10")), 20);
}

#[test]
fn a_date_inside_a_period_splits_its_row_and_prorates_the_price() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 10);
    let before: Vec<Value> = bench.db.all("ContractServiceUnits");
    post(&mut bench, "2026-03-11", 2);
    assert_eq!(
        rows(&mut bench, "2026-04-30")[2..],
        [
            row("2026-03-01", "2026-03-11", 10),
            row("2026-03-11", "2026-03-31", 12),
            row("2026-04-01", "2026-04-30", 12),
        ]
    );
    let march = bench.query(
        "ContractServiceUnits",
        json!([
            {"op": "eq", "field": "contractServiceID", "value": line},
            {"op": "lte", "field": "startDate", "value": "2026-03-11T23:59:59"},
            {"op": "gte", "field": "endDate", "value": "2026-03-11T00:00:00"},
        ]),
    );
    // Ten and twenty-one of thirty-one days at 4.50 a unit.
    let prices: Vec<&Value> = march.iter().map(|row| &row["price"]).collect();
    assert_eq!(prices, [&json!(14.52), &json!(36.58)]);
    // Rows that were there keep their ids; the new one has a new id.
    assert_eq!(march[0]["id"], before[2]["id"]);
    assert!(march[1]["id"].as_i64() > before[11]["id"].as_i64());
}

#[test]
fn a_second_adjustment_of_the_line_and_date_is_refused_whoever_made_the_first() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 10);
    post(&mut bench, "2026-03-01", 1);
    let again = body(&bench, "2026-03-01T00:00:00Z", 1);
    bench.refused("POST", PATH, again, DUPLICATE);
    bench
        .db
        .adjust_as_person(line, date("2026-04-01"), 1)
        .unwrap();
    let again = json!({"contractServiceID": line, "unitChange": 1, "effectiveDate": "2026-04-01"});
    bench.refused("POST", PATH, again, DUPLICATE);
    assert_eq!(post(&mut bench, "2026-03-02", 1).0, 200);
    assert_eq!(bench.db.adjustments.len(), 3);
}

#[test]
fn the_quantity_a_line_began_with_does_not_block_its_first_day() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    assert_eq!(post(&mut bench, "2026-01-01", 1).0, 200);
    assert_eq!(bench.db.units_on(contract, service, date("2026-01-01")), 11);
}

#[test]
fn a_missing_line_is_made_silently_and_has_no_rows_before() {
    let mut bench = Bench::new();
    assert_eq!(
        post(&mut bench, "2026-03-11", 3),
        (200, json!({"itemId": null}))
    );
    assert_eq!(
        rows(&mut bench, "2026-04-30"),
        [
            row("2026-03-11", "2026-03-31", 3),
            row("2026-04-01", "2026-04-30", 3)
        ]
    );
    assert!(bench.db.adjustments[0].created_line);
    assert_eq!(
        bench
            .db
            .contract_services(bench.contract, bench.service)
            .len(),
        1
    );
}

#[test]
fn dates_outside_the_contract_are_refused() {
    let mut bench = Bench::new();
    for effective in ["2025-12-31", "2027-01-01"] {
        let body = body(&bench, effective, 1);
        bench.refused(
            "POST",
            PATH,
            body,
            "effectiveDate must be between the start date and end date of the Contract",
        );
    }
    assert!(bench.db.adjustments.is_empty());
    assert!(bench.db.all("ContractServices").is_empty());
}

#[test]
fn a_total_below_zero_is_refused_also_at_a_later_date() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 5);
    let too_much = body(&bench, "2026-03-01", -6);
    bench.refused("POST", PATH, too_much, "less than zero");
    bench
        .db
        .adjust_as_person(line, date("2026-05-01"), -3)
        .unwrap();
    let later = body(&bench, "2026-03-01", -3);
    bench.refused("POST", PATH, later, "less than zero");
    assert_eq!(post(&mut bench, "2026-03-01", -2).0, 200);
}

#[test]
fn zero_units_are_accepted_unless_this_database_refuses_them() {
    for refuses in [false, true] {
        let mut bench = Bench::new();
        let (contract, service) = (bench.contract, bench.service);
        bench.db.add_contract_service(contract, service, 5);
        bench.db.refuses_zero_units = refuses;
        let status = post(&mut bench, "2026-03-01", -5).0;
        assert_eq!(status, if refuses { 500 } else { 200 });
    }
}

#[test]
fn a_second_adjustment_of_a_date_is_refused_unless_this_database_adds_them_up() {
    for (takes, status, units) in [(false, 500, 6), (true, 200, 8)] {
        let mut bench = Bench::new();
        let (contract, service) = (bench.contract, bench.service);
        bench.db.add_contract_service(contract, service, 5);
        bench.db.takes_second_adjustments = takes;
        assert_eq!(post(&mut bench, "2026-03-01", 1).0, 200);
        assert_eq!(post(&mut bench, "2026-03-01", 2).0, status);
        let day = date("2026-03-01");
        assert_eq!(bench.db.units_on(contract, service, day), units);
    }
}

#[test]
fn a_line_without_unit_rows_has_them_from_its_first_adjustment_on() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_empty_contract_service(contract, service);
    assert_eq!(rows(&mut bench, "2026-12-31"), []);
    assert_eq!(post(&mut bench, "2026-03-01", 2).0, 200);
    let first = row("2026-03-01", "2026-03-31", 2);
    assert_eq!(rows(&mut bench, "2026-03-31"), [first]);
}

#[test]
fn an_adjustment_may_go_to_the_line_or_below_its_contract() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 1);
    let body = json!({"contractServiceID": line, "unitChange": 1, "effectiveDate": "2026-03-01"});
    assert_eq!(bench.ask("POST", PATH, body).0, 200);
    let path = format!("/Contracts/{contract}/ServiceAdjustments");
    let body = json!({
        "contractID": contract, "serviceID": service, "unitChange": 1,
        "effectiveDate": "2026-03-02", "adjustedUnitPrice": 5.0,
    });
    assert_eq!(
        bench.ask("POST", &path, body),
        (200, json!({"itemId": null}))
    );
    assert_eq!(bench.db.units_on(contract, service, date("2026-03-02")), 3);
    let line = bench.db.get("ContractServices", line).unwrap();
    assert_eq!(line["internalCurrencyAdjustedPrice"], 5.0);
}

#[test]
fn the_same_service_twice_needs_the_line_to_be_named() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    post(&mut bench, "2026-03-01", 1);
    let mut repeat = body(&bench, "2026-03-01", 2);
    repeat["allowRepeatService"] = json!(true);
    assert_eq!(bench.ask("POST", PATH, repeat).0, 200);
    assert_eq!(bench.db.contract_services(contract, service).len(), 2);
    let unclear = body(&bench, "2026-04-01", 1);
    bench.refused("POST", PATH, unclear, "contractServiceID is required");
}

#[test]
fn fields_that_do_not_exist_and_a_missing_date_are_refused() {
    let mut bench = Bench::new();
    let mut wrong = body(&bench, "2026-03-01", 1);
    wrong["newUnitCount"] = json!(5);
    bench.refused("POST", PATH, wrong, "Unable to find newUnitCount");
    let mut wrong = body(&bench, "2026-03-01", 1);
    wrong["unitChange"] = json!(1.5);
    bench.refused("POST", PATH, wrong, "Unexpected character");
    let mut wrong = body(&bench, "2026-03-01", 1);
    wrong["effectiveDate"] = Value::Null;
    bench.refused("POST", PATH, wrong, "effectiveDate is required");
}

#[test]
fn inactive_ends_and_other_periods_are_refused() {
    let mut bench = Bench::new();
    let yearly = bench.db.add_service("Yearly", 5, "1");
    let mut body = body(&bench, "2026-03-01", 1);
    body["serviceID"] = json!(yearly);
    bench.refused("POST", PATH, body.clone(), "period type");
    bench.db.set("Services", yearly, "isActive", json!(false));
    bench.refused(
        "POST",
        PATH,
        body.clone(),
        "of type: Service does not exist or is invalid",
    );
    let contract = bench.contract;
    bench.db.set("Contracts", contract, "status", json!(0));
    bench.refused(
        "POST",
        PATH,
        body,
        "of type: Contract does not exist or is invalid",
    );
}

#[test]
fn posted_rows_never_change_what_differs_is_a_row_of_its_own() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    bench.db.post_periods(contract, date("2026-03-10"));
    post(&mut bench, "2026-03-01", 2);
    assert_eq!(
        rows(&mut bench, "2026-03-31")[2..],
        [
            row("2026-03-01", "2026-03-31", 10),
            row("2026-03-01", "2026-03-31", 12)
        ]
    );
    let unposted = bench.query(
        "ContractServiceUnits",
        json!([
            {"op": "notExist", "field": "approveAndPostDate"},
            {"op": "eq", "field": "startDate", "value": "2026-03-01"},
        ]),
    );
    assert_eq!(unposted[0]["price"], 9.0);
    assert!(bench.db.adjustments[0].into_posted_period);
}

#[test]
fn rows_and_changes_agree_on_every_day() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    for (effective, change) in [("2026-03-11", 3), ("2026-03-05", -2), ("2026-02-28", 7)] {
        assert_eq!(post(&mut bench, effective, change).0, 200);
    }
    let rows = rows(&mut bench, "2026-12-31");
    let mut day = date("2026-01-01");
    while day <= date("2026-12-31") {
        let text = day.to_string();
        let latest = rows
            .iter()
            .filter(|(start, end, _)| *start <= text && text <= *end)
            .max();
        assert_eq!(
            latest.map(|(_, _, units)| *units),
            Some(bench.db.units_on(contract, service, day)),
            "{day}"
        );
        day = day.tomorrow().unwrap();
    }
}

#[test]
fn bundles_are_adjusted_in_the_same_way_but_never_in_price() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let bundle = bench.db.add_bundle("All in one", &[service]);
    let body = json!({
        "serviceBundleID": bundle, "unitChange": 4, "effectiveDate": "2026-03-01",
        "adjustedUnitPrice": 9.0,
    });
    let path = format!("/Contracts/{contract}/ServiceBundleAdjustments");
    assert_eq!(
        bench.ask("POST", &path, body.clone()),
        (200, json!({"itemId": null}))
    );
    bench.refused("POST", &path, body, DUPLICATE);
    let filter = json!([{"op": "eq", "field": "serviceBundleID", "value": bundle}]);
    let rows = bench.query("ContractServiceBundleUnits", filter);
    assert_eq!(
        (rows.len(), &rows[0]["units"], &rows[0]["price"]),
        (10, &json!(4), &json!(0.0))
    );
}

#[test]
fn an_earlier_change_moves_the_first_row_of_a_silently_made_line() {
    let mut bench = Bench::new();
    post(&mut bench, "2026-03-11", 3);
    post(&mut bench, "2026-02-15", 1);
    assert_eq!(
        rows(&mut bench, "2026-03-31"),
        [
            row("2026-02-15", "2026-02-28", 1),
            row("2026-03-01", "2026-03-11", 1),
            row("2026-03-11", "2026-03-31", 4),
        ]
    );
}

#[test]
fn a_form_that_is_refused_changes_nothing_and_the_other_is_taken() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 10);
    let by_line = json!({
        "contractID": contract, "contractServiceID": line,
        "unitChange": 1, "effectiveDate": "2026-03-01",
    });
    let by_product = body(&bench, "2026-04-01", 1);
    bench.db.refused_forms = [AdjustmentForm::Line].into();
    bench.refused("POST", PATH, by_line.clone(), "serviceID is required.");
    assert_eq!(bench.ask("POST", PATH, by_product.clone()).0, 200);
    bench.db.refused_forms = [AdjustmentForm::Product].into();
    bench.refused("POST", PATH, by_product, "contractServiceID is required.");
    assert_eq!(bench.ask("POST", PATH, by_line).0, 200);
    assert_eq!(bench.db.adjustments.len(), 2);
}

#[test]
fn texts_are_taken_for_decimals_and_flags_only_when_told_so() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    bench.db.add_contract_service(contract, service, 10);
    let mut priced = body(&bench, "2026-03-01", 1);
    priced["adjustedUnitPrice"] = json!("12.5");
    assert_eq!(bench.ask("POST", PATH, priced.clone()).0, 500);
    bench.db.takes_texts = true;
    assert_eq!(bench.ask("POST", PATH, priced).0, 200);
    let price = bench.db.adjustments[0].unit_price;
    assert_eq!(price, crate::autotask::Money::parse("12.5"));

    let filter = json!([{"op": "eq", "field": "isActive", "value": "true"}]);
    assert_eq!(bench.query("Services", filter.clone()).len(), 1);
    let perhaps = json!({"filter": [{"op": "eq", "field": "isActive", "value": "perhaps"}]});
    assert_eq!(bench.ask("POST", "/Services/query", perhaps).0, 500);
    bench.db.answers_texts = true;
    let services = bench.query("Services", filter.clone());
    assert_eq!(services[0]["isActive"], "true");
    assert_eq!(services[0]["unitPrice"], "4.5");
    let chosen = json!({"filter": filter, "IncludeFields": ["id", "unitPrice"]});
    let (_, answer) = bench.ask("POST", "/Services/query", chosen);
    assert_eq!(answer["items"][0]["unitPrice"], "4.5");
    bench.db.takes_texts = false;
    let body = json!({"filter": filter});
    assert_eq!(bench.ask("POST", "/Services/query", body).0, 500);
}
