use super::*;

fn names(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["companyName"].as_str().unwrap())
        .collect()
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.db.add_company("Fabrikam", "Prospect", true);
    bench.db.add_company("Adatum GmbH", "Customer", false);
    bench
}

#[test]
fn get_by_id_answers_an_item_or_null() {
    let mut bench = bench();
    let (status, body) = bench.get("/Companies/0");
    assert_eq!(
        (status, &body["item"]["companyName"]),
        (200, &json!("Our Own Company"))
    );
    assert_eq!(bench.get("/Companies/999"), (200, json!({"item": null})));
}

#[test]
fn every_operator_selects_what_it_says() {
    let mut bench = bench();
    let company = bench.company;
    for (filter, found) in [
        (
            json!({"op": "eq", "field": "companyName", "value": "CONTOSO"}),
            vec!["Contoso"],
        ),
        (
            json!({"op": "noteq", "field": "id", "value": 0}),
            vec!["Contoso", "Fabrikam", "Adatum GmbH"],
        ),
        (
            json!({"op": "gt", "field": "id", "value": company}),
            vec!["Fabrikam", "Adatum GmbH"],
        ),
        (
            json!({"op": "gte", "field": "ID", "value": company}),
            vec!["Contoso", "Fabrikam", "Adatum GmbH"],
        ),
        (
            json!({"op": "lt", "field": "id", "value": company}),
            vec!["Our Own Company"],
        ),
        (
            json!({"op": "lte", "field": "id", "value": company}),
            vec!["Our Own Company", "Contoso"],
        ),
        (
            json!({"op": "beginsWith", "field": "companyName", "value": "fab"}),
            vec!["Fabrikam"],
        ),
        (
            json!({"op": "endsWith", "field": "companyName", "value": "GMBH"}),
            vec!["Adatum GmbH"],
        ),
        (
            json!({"op": "contains", "field": "companyName", "value": "own"}),
            vec!["Our Own Company"],
        ),
        (json!({"op": "exist", "field": "companyNumber"}), vec![]),
        (
            json!({"op": "notExist", "field": "companyNumber"}),
            vec!["Our Own Company", "Contoso", "Fabrikam", "Adatum GmbH"],
        ),
        (
            json!({"op": "in", "field": "companyName", "value": ["fabrikam", "contoso"]}),
            vec!["Contoso", "Fabrikam"],
        ),
        (
            json!({"op": "notIn", "field": "id", "value": [0, company]}),
            vec!["Fabrikam", "Adatum GmbH"],
        ),
        (
            json!({"op": "eq", "field": "isActive", "value": false}),
            vec!["Adatum GmbH"],
        ),
        (
            json!({"op": "gte", "field": "createDate", "value": "2026-03-11"}),
            vec![],
        ),
        (
            json!({"op": "lt", "field": "createDate", "value": "2026-03-10T09:30:01Z"}),
            vec!["Our Own Company", "Contoso", "Fabrikam", "Adatum GmbH"],
        ),
    ] {
        let items = bench.query("Companies", json!([filter]));
        assert_eq!(names(&items), found, "{filter}");
    }
}

#[test]
fn groups_nest_and_the_top_level_is_anded() {
    let mut bench = bench();
    let items = bench.query(
        "Companies",
        json!([
            {"op": "eq", "field": "isActive", "value": true},
            {"op": "or", "items": [
                {"op": "eq", "field": "companyName", "value": "Fabrikam"},
                {"op": "and", "items": [
                    {"op": "contains", "field": "companyName", "value": "o"},
                    {"op": "eq", "field": "companyType", "value": 1},
                    {"op": "gt", "field": "id", "value": 0},
                ]},
            ]},
        ]),
    );
    assert_eq!(names(&items), ["Contoso", "Fabrikam"]);
}

#[test]
fn get_queries_and_counts_take_the_same_filter() {
    let mut bench = bench();
    let search = "{\"filter\":[{\"op\":\"gt\",\"field\":\"id\",\"value\":0}]}";
    let (status, body) = bench.get(&format!("/Companies/query?search={search}"));
    assert_eq!((status, body["items"].as_array().unwrap().len()), (200, 3));
    let (_, body) = bench.get(&format!("/Companies/query/count?search={search}"));
    assert_eq!(body, json!({"queryCount": 3}));
    let filter = json!({"Filter": [{"op": "exist", "field": "id"}]});
    let (_, body) = bench.ask("POST", "/Companies/query/count", filter);
    assert_eq!(body, json!({"queryCount": 4}));
}

#[test]
fn include_fields_limit_the_answer() {
    let mut bench = bench();
    let body = json!({
        "IncludeFields": ["id", "companyname"],
        "filter": [{"op": "eq", "field": "id", "value": 0}],
    });
    let (_, answer) = bench.ask("POST", "/Companies/query", body);
    let item = answer["items"][0].as_object().unwrap();
    assert_eq!(
        item.keys().collect::<Vec<_>>(),
        ["companyName", "id", "userDefinedFields"]
    );
}

#[test]
fn what_is_wrong_in_a_query_is_said() {
    let mut bench = bench();
    let all = json!([{"op": "gte", "field": "id", "value": 0}]);
    let one = |condition: Value| json!({"filter": [condition]});
    for (body, text) in [
        (json!({}), "filter"),
        (json!({"filter": []}), "filter"),
        (
            json!({"filter": all, "MaxRecords": 0}),
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({"filter": all, "MaxRecords": 501}),
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({"filter": all, "IncludeFields": ["id", "colour"]}),
            "Unable to find colour in the Company Entity",
        ),
        (
            one(json!({"op": "eq", "field": "colour", "value": 1})),
            "Unable to find colour in the Company Entity",
        ),
        (
            one(json!({"op": "eq", "field": "colour", "udf": true, "value": "x"})),
            "Unable to find colour in the Company Entity",
        ),
        (one(json!({"op": "ne", "field": "id", "value": 1})), "ne"),
        (
            one(json!({"op": "eq", "field": "companyType", "value": "Customer"})),
            "Conversion failed when converting",
        ),
        (
            one(json!({"op": "eq", "field": "isActive", "value": 1})),
            "Unexpected character encountered while parsing value",
        ),
        (
            one(json!({"op": "in", "field": "id", "value": 1})),
            "Unexpected character",
        ),
        (
            one(json!({"op": "eq", "field": "createDate", "value": "yesterday"})),
            "Unexpected character",
        ),
        (
            one(json!({"op": "contains", "field": "id", "value": 1})),
            "id",
        ),
    ] {
        bench.refused("POST", "/Companies/query", body, text);
    }
    bench.refused(
        "POST",
        "/Tickets/query",
        one(json!({"op": "eq", "field": "creatorType", "value": 1})),
        "not queryable",
    );
}

#[test]
fn contacts_are_active_as_a_number() {
    let mut bench = bench();
    let company = bench.company;
    bench
        .db
        .add_contact(company, "Ada", "Lind", "ada@contoso.example", true);
    let active = json!([{"op": "eq", "field": "isActive", "value": 1}]);
    assert_eq!(bench.query("Contacts", active).len(), 1);
    bench.refused(
        "POST",
        "/Contacts/query",
        json!({"filter": [{"op": "eq", "field": "isActive", "value": true}]}),
        "Unexpected character",
    );
}

#[test]
fn more_than_500_or_conditions_are_refused_values_of_in_included() {
    let mut bench = bench();
    let ids: Vec<i64> = (0..501).collect();
    bench.refused(
        "POST",
        "/Companies/query",
        json!({"filter": [{"op": "in", "field": "id", "value": ids}]}),
        "Queries are limited to 500 or fewer 'OR' conditions",
    );
    let ors: Vec<Value> = ids
        .iter()
        .map(|id| json!({"op": "eq", "field": "id", "value": id}))
        .collect();
    bench.refused(
        "POST",
        "/Companies/query",
        json!({"filter": [{"op": "or", "items": ors}]}),
        "Queries are limited to 500",
    );
}

#[test]
fn the_next_page_must_be_posted_with_the_same_body() {
    let mut bench = Bench::new();
    for number in 0..6 {
        bench
            .db
            .add_company(&format!("Company {number}"), "Customer", true);
    }
    let body = json!({"MaxRecords": 3, "filter": [{"op": "gt", "field": "id", "value": 0}]});
    let mut seen = Vec::new();
    let (_, mut answer) = bench.ask("POST", "/Companies/query", body.clone());
    loop {
        let items = answer["items"].as_array().unwrap();
        assert_eq!(answer["pageDetails"]["count"], items.len());
        assert_eq!(answer["pageDetails"]["requestCount"], 3);
        seen.extend(items.iter().map(|item| item["id"].as_i64().unwrap()));
        let Some(next) = answer["pageDetails"]["nextPageUrl"].as_str() else {
            break;
        };
        let path = next
            .strip_prefix("http://127.0.0.1:9999")
            .unwrap()
            .to_owned();
        let got = bench.call("GET", &path, &Value::Null);
        let (status, refused) = bench.send(&got);
        assert_eq!(status, 405);
        assert!(refused["Message"].is_string());
        let posted = bench.call("POST", &path, &body);
        answer = bench.send(&posted).1;
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted());
}

#[test]
fn the_next_page_of_a_get_query_is_a_get() {
    let mut bench = bench();
    let search = "{\"MaxRecords\":2,\"filter\":[{\"op\":\"gte\",\"field\":\"id\",\"value\":0}]}";
    let (_, answer) = bench.get(&format!("/Companies/query?search={search}"));
    let next = answer["pageDetails"]["nextPageUrl"].as_str().unwrap();
    let path = next
        .strip_prefix("http://127.0.0.1:9999")
        .unwrap()
        .to_owned();
    let call = bench.call("GET", &path, &Value::Null);
    let (status, answer) = bench.send(&call);
    assert_eq!(
        (status, answer["items"].as_array().unwrap().len()),
        (200, 2)
    );
    assert_eq!(answer["pageDetails"]["nextPageUrl"], Value::Null);
}

#[test]
fn children_are_listed_below_their_parent() {
    let mut bench = bench();
    let (contract, service) = (bench.contract, bench.service);
    let line = bench.db.add_contract_service(contract, service, 4);
    let (_, answer) = bench.get(&format!("/Contracts/{contract}/Services"));
    assert_eq!(answer["items"][0]["id"], line);
    let (_, answer) = bench.get(&format!("/Contracts/{contract}/ServiceUnits"));
    assert_eq!(answer["items"].as_array().unwrap().len(), 12);
    let (_, answer) = bench.get(&format!("/Contracts/{contract}/Services/{line}"));
    assert_eq!(answer["item"]["serviceID"], service);
    let (_, answer) = bench.get(&format!("/Contracts/1/Services/{line}"));
    assert_eq!(answer["item"], Value::Null);
}

#[test]
fn malformed_json_is_a_validation_failure() {
    let mut bench = bench();
    let mut call = bench.call("POST", &format!("{BASE}/Companies/query"), &Value::Null);
    call.body = b"{nonsense".to_vec();
    let (status, body) = bench.send(&call);
    assert_eq!(status, 500);
    assert!(
        body["errors"][0]
            .as_str()
            .unwrap()
            .contains("Unexpected character")
    );
}
