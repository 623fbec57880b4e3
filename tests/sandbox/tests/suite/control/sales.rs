//! Companies, contracts and tickets.

use serde_json::{Value, json};

use super::{contract, find};
use crate::bench::Bench;

#[test]
fn units_of_a_contract_are_changed_as_a_person_does() {
    let bench = Bench::start();
    let id = contract(&bench.world());
    let change = json!({"contract": id, "service": "Managed Workstation", "change": 4, "date": "2026-09-10"});
    bench.control("POST", "/contracts", Some(&change));
    let level =
        json!({"contract": id, "service": "Managed Workstation", "units": 2, "date": "2026-09-20"});
    bench.control("POST", "/contracts", Some(&level));
    let service = bench.sandbox.with_world(|world| {
        world
            .autotask
            .named("Services", "name", "Managed Workstation")
            .unwrap()
    });
    let units = |date: &str| {
        bench
            .sandbox
            .with_world(|world| world.autotask.units_on(id, service, date.parse().unwrap()))
    };
    assert_eq!(
        (
            units("2026-09-09"),
            units("2026-09-12"),
            units("2026-09-25")
        ),
        (1, 5, 2)
    );
    let again = bench.try_control("POST", "/contracts", Some(&change));
    assert_eq!(again.status, 400, "the same line and date twice");
    let dump = bench.world();
    assert_eq!(dump["adjustments"][0]["by"], "person");
}

#[test]
fn contracts_are_signed_marked_and_ended() {
    let bench = Bench::start();
    let sign = json!({"company": "Brook Dental", "add": "Extra", "start": "2026-09-01", "payg": "Yes",
        "services": {"Managed Workstation": 3}});
    let id = bench.control("POST", "/contracts", Some(&sign))["id"].clone();
    bench.control(
        "POST",
        "/contracts",
        Some(&json!({"contract": id, "payg": null, "end": "2026-09-30"})),
    );
    let dump = bench.world();
    let signed = find(&dump, "contracts", "contractName", "Extra");
    assert!(
        signed["endDate"]
            .as_str()
            .unwrap()
            .starts_with("2026-09-30")
    );
    assert_eq!(signed["userDefinedFields"][0]["value"], Value::Null);
    assert_eq!(signed["services"][0]["units"][0]["units"], 3);
    let all = bench.control("POST", "/contracts", Some(&json!({"sign_all": true})));
    assert_eq!(all["lines"], 0);
    assert!(!all["missing"].as_array().unwrap().is_empty());
    assert_eq!(
        bench
            .try_control("POST", "/contracts", Some(&json!({"contract": 1})))
            .status,
        404
    );
}

#[test]
fn technicians_close_edit_and_delete_tickets() {
    let bench = Bench::start();
    let created = bench
        .autotask("POST", "Tickets", Some(&bench.ticket()))
        .unwrap();
    let id = created.json()["itemId"].clone();
    let edit =
        json!({"ticket": id, "set": {"title": "Seen"}, "note": "Looking into it", "close": true});
    bench.control("POST", "/tickets", Some(&edit));
    let dump = bench.world();
    let ticket = find(&dump, "tickets", "title", "Seen");
    assert_eq!(
        (&ticket["status"], &ticket["notes"][0]["description"]),
        (&json!(5), &json!("Looking into it"))
    );
    assert!(!ticket["completedDate"].is_null());
    let again = json!({"ticket": id, "answers_next": true});
    bench.control("POST", "/tickets", Some(&again));
    let ticket = bench.ticket();
    let create = || bench.autotask("POST", "Tickets", Some(&ticket)).unwrap();
    assert_eq!(create().json()["itemId"], id);
    let other = create().json()["itemId"].clone();
    let merge = json!({"ticket": other, "merge_into": id});
    bench.control("POST", "/tickets", Some(&merge));
    let dump = bench.world();
    let merged = dump["tickets"].as_array().unwrap().iter();
    let merged = merged.clone().find(|one| one["id"] == other).unwrap();
    let number = find(&dump, "tickets", "title", "Seen")["ticketNumber"].clone();
    let note = merged["notes"][0]["description"].as_str().unwrap();
    assert!(note.contains(number.as_str().unwrap()), "{note}");
    bench.control(
        "POST",
        "/tickets",
        Some(&json!({"ticket": id, "delete": true})),
    );
    assert_eq!(bench.tickets(), 1);
}

#[test]
fn companies_are_renamed_retired_and_added() {
    let bench = Bench::start();
    let change = json!({"company": "Brook Dental", "rename": "Brook Smiles", "active": false});
    bench.control("POST", "/companies", Some(&change));
    bench.control(
        "POST",
        "/companies",
        Some(&json!({"add": "Eagle Ltd", "type": "Prospect"})),
    );
    let dump = bench.world();
    assert_eq!(
        find(&dump, "companies", "companyName", "Brook Smiles")["isActive"],
        false
    );
    find(&dump, "companies", "companyName", "Eagle Ltd");
    let odd = json!({"add": "X", "type": "Alien"});
    assert_eq!(
        bench.try_control("POST", "/companies", Some(&odd)).status,
        400
    );
}

#[test]
fn periods_are_posted() {
    let bench = Bench::start();
    let id = contract(&bench.world());
    let one = json!({"contract": id, "until": "2026-08-31"});
    assert_eq!(
        bench.control("POST", "/post-period", Some(&one))["posted"],
        1
    );
    let all = bench.control(
        "POST",
        "/post-period",
        Some(&json!({"until": "2026-08-31"})),
    );
    assert_eq!(all["posted"], 1);
}

#[test]
fn what_sources_leave_open_about_the_service_is_told_by_a_call() {
    let bench = Bench::start();
    let open = json!({"refuse_forms": ["line", "product"], "take_texts": true});
    bench.control("POST", "/autotask", Some(&open));
    let told = |bench: &Bench| {
        bench.sandbox.with_world(|world| {
            let database = &world.autotask;
            (database.refused_forms.len(), database.takes_texts)
        })
    };
    assert_eq!(told(&bench), (2, true));
    let taken = json!({"refuse_forms": []});
    bench.control("POST", "/autotask", Some(&taken));
    assert_eq!(told(&bench), (0, true));
    let odd = json!({"refuse_forms": ["bundle"]});
    assert_eq!(
        bench.try_control("POST", "/autotask", Some(&odd)).status,
        400
    );
}

#[test]
fn the_database_closes_its_door_demands_fields_and_leaves_contracts_out_on_order() {
    let bench = Bench::start();
    let order = |order: &Value| bench.try_control("POST", "/autotask", Some(order)).status;
    let ticket = bench.ticket();
    let create = || bench.autotask("POST", "Tickets", Some(&ticket)).unwrap();
    assert_eq!(order(&json!({"require_on_tickets": ["contactID"]})), 200);
    let refused = create();
    assert!(
        refused.body.contains("contactID is required"),
        "{}",
        refused.body
    );
    let all = json!({"filter": [{"op": "gte", "field": "id", "value": 0}]});
    let contracts = || {
        let answer = bench
            .autotask("POST", "Contracts/query/count", Some(&all))
            .unwrap();
        answer.json()["queryCount"].clone()
    };
    assert_eq!(order(&json!({"lines_of_business": [77]})), 200);
    assert_eq!(contracts(), 0);
    assert_eq!(
        order(&json!({"lines_of_business": [], "login": "works"})),
        200
    );
    assert_ne!(contracts(), 0);
    assert_eq!(order(&json!({"login": "ordinary"})), 200);
    assert_eq!(create().status, 401);
    assert_eq!(order(&json!({"login": "ordinary_told"})), 200);
    assert_eq!(create().status, 403);
    assert_eq!(order(&json!({"login": "sometimes"})), 400);
}
