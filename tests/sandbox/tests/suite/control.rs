//! What can be asked and done through the control address.

use serde_json::{Value, json};

use crate::bench::Bench;

fn find<'a>(dump: &'a Value, list: &str, field: &str, name: &str) -> &'a Value {
    let mut rows = dump[list].as_array().unwrap().iter();
    rows.find(|row| row[field] == name)
        .unwrap_or_else(|| panic!("no {name} in {list}"))
}

fn tenant(dump: &Value) -> &Value {
    find(dump, "tenants", "name", "Alma Bakery")
}

fn contract(dump: &Value) -> i64 {
    find(
        dump,
        "contracts",
        "contractName",
        "Cloud backup Alma Bakery",
    )["id"]
        .as_i64()
        .unwrap()
}

#[test]
fn requests_are_listed_in_order_and_from_a_number_on() {
    let bench = Bench::start();
    bench.autotask("GET", "ThresholdInformation", None).unwrap();
    bench.token();
    bench
        .autotask("POST", "Tickets", Some(&bench.ticket()))
        .unwrap();
    let all = bench.control("GET", "/requests", None);
    let all = all.as_array().unwrap();
    let seqs: Vec<u64> = all
        .iter()
        .map(|visit| visit["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(
        seqs,
        (1..=u64::try_from(all.len()).unwrap()).collect::<Vec<_>>()
    );
    let token = all
        .iter()
        .find(|visit| visit["service"] == "acronis")
        .unwrap();
    assert_eq!(
        (&token["account"], &token["write"]),
        (&json!("eu"), &json!(false))
    );
    let last = all.last().unwrap();
    assert_eq!(
        (&last["write"], &last["took_effect"], &last["status"]),
        (&json!(true), &json!(true), &json!(200))
    );
    let later = bench.control("GET", &format!("/requests?after={}", seqs.len() - 1), None);
    assert_eq!(later.as_array().unwrap().len(), 1);
    bench.control("DELETE", "/requests", None);
    assert_eq!(bench.control("GET", "/requests", None), json!([]));
    let secret = bench
        .sandbox
        .with_world(|world| world.autotask.credentials.secret.clone());
    assert!(!json!(all).to_string().contains(&secret));
}

#[test]
fn faults_are_ordered_listed_and_taken_back() {
    let bench = Bench::start();
    let order = json!({"kind": "status", "code": 503, "service": "autotask", "times": 0});
    let first = bench.control("POST", "/faults", Some(&order))["id"].clone();
    assert_eq!(
        bench
            .autotask("GET", "ThresholdInformation", None)
            .unwrap()
            .status,
        503
    );
    let listed = bench.control("GET", "/faults", None);
    assert_eq!((&listed[0]["id"], &listed[0]["fired"]), (&first, &json!(1)));
    bench.control("DELETE", &format!("/faults/{first}"), None);
    assert_eq!(
        bench
            .autotask("GET", "ThresholdInformation", None)
            .unwrap()
            .status,
        200
    );
    bench.control("POST", "/faults", Some(&order));
    bench.control("DELETE", "/faults", None);
    assert_eq!(
        bench
            .autotask("GET", "ThresholdInformation", None)
            .unwrap()
            .status,
        200
    );
    assert_eq!(bench.try_control("DELETE", "/faults/77", None).status, 404);
    assert_eq!(
        bench
            .try_control("POST", "/faults", Some(&json!({"kind": "?"})))
            .status,
        400
    );
}

#[test]
fn a_usage_is_set_and_taken_away() {
    let bench = Bench::start();
    let usage = json!({"tenant": "Alma Bakery", "item": "pw_base_workstations", "value": 12});
    bench.control("POST", "/usage", Some(&usage));
    let stored = json!({"tenant": "Alma Bakery", "item": "pw_base_storage", "storage": "Frankfurt 1", "value": 5});
    bench.control("POST", "/usage", Some(&stored));
    let dump = bench.world();
    let usages = tenant(&dump)["usages"].as_array().unwrap().clone();
    let of = |name: &str| {
        usages.iter().find(|row| row["name"] == name).unwrap()["absolute_value"].clone()
    };
    assert_eq!(
        (of("pw_base_workstations"), of("pw_base_storage")),
        (json!(12), json!(5))
    );
    let gone = json!({"tenant": "Alma Bakery", "item": "pw_base_workstations", "remove": true});
    bench.control("POST", "/usage", Some(&gone));
    assert!(
        !tenant(&bench.world())["usages"]
            .to_string()
            .contains("pw_base_workstations")
    );
    let nobody = json!({"tenant": "Nobody", "item": "pw_base_vms", "value": 1});
    assert_eq!(
        bench.try_control("POST", "/usage", Some(&nobody)).status,
        404
    );
}

#[test]
fn an_alert_is_raised_changed_ended_and_raised_again() {
    let bench = Bench::start();
    let order = json!({"tenant": "Alma Bakery", "type": "BackupCanceled", "severity": "warning",
        "details": {"resourceName": "ALMA-WS001"}});
    let id = bench.control("POST", "/alerts", Some(&order))["id"].clone();
    let alert = || {
        let dump = bench.world();
        find(&dump, "alerts", "id", id.as_str().unwrap()).clone()
    };
    assert_eq!(alert()["severity"], "warning");
    bench.control(
        "POST",
        "/clock",
        Some(&json!({"now": "2026-09-16T08:00:00Z"})),
    );
    bench.control(
        "POST",
        "/alerts",
        Some(&json!({"id": id, "change": {"resourceName": "X"}})),
    );
    assert_eq!(alert()["details"], json!({"resourceName": "X"}));
    assert!(
        alert()["updated_at"]
            .as_str()
            .unwrap()
            .starts_with("2026-09-16")
    );
    bench.control("POST", "/alerts", Some(&json!({"id": id, "end": true})));
    assert!(!alert()["ended_at"].is_null());
    bench.control(
        "POST",
        "/alerts",
        Some(&json!({"id": id, "raise_again": true})),
    );
    assert!(alert()["ended_at"].is_null());
    let unknown = json!({"id": "none", "end": true});
    assert_eq!(
        bench.try_control("POST", "/alerts", Some(&unknown)).status,
        404
    );
}

#[test]
fn tenants_are_renamed_disabled_deleted_and_added() {
    let bench = Bench::start();
    let change = json!({"tenant": "Unrelated", "rename": "Related", "enabled": false});
    bench.control("POST", "/tenants", Some(&change));
    let dump = bench.world();
    assert_eq!(find(&dump, "tenants", "name", "Related")["enabled"], false);
    bench.control(
        "POST",
        "/tenants",
        Some(&json!({"tenant": "Related", "delete": true})),
    );
    let dump = bench.world();
    assert_eq!(find(&dump, "tenants", "name", "Related")["deleted"], true);
    let add = json!({"add": "Dune Hotel", "kind": "partner"});
    let partner = bench.control("POST", "/tenants", Some(&add))["id"].clone();
    let below = json!({"add": "Dune Spa", "parent": partner});
    bench.control("POST", "/tenants", Some(&below));
    let item =
        json!({"tenant": "Dune Spa", "items": [{"item": "pw_base_vms", "value": 4, "overage": 0}]});
    bench.control("POST", "/tenants", Some(&item));
    let dump = bench.world();
    let spa = find(&dump, "tenants", "name", "Dune Spa");
    assert_eq!(
        (&spa["parent_id"], &spa["items"][0]["quota"]["value"]),
        (&partner, &json!(4))
    );
}

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
    assert_eq!(bench.tickets(), 1);
    bench.control(
        "POST",
        "/tickets",
        Some(&json!({"ticket": id, "delete": true})),
    );
    assert_eq!(bench.tickets(), 0);
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
fn the_clock_is_moved_let_run_and_stopped() {
    let bench = Bench::start();
    assert_eq!(
        bench.control("GET", "/clock", None)["now"],
        "2026-09-15T08:00:00Z"
    );
    let moved = bench.control(
        "POST",
        "/clock",
        Some(&json!({"now": "2026-10-01T00:00:00Z"})),
    );
    assert_eq!(moved["now"], "2026-10-01T00:00:00Z");
    let token = bench.token();
    bench.control(
        "POST",
        "/clock",
        Some(&json!({"now": "2026-10-01T03:00:00Z"})),
    );
    let root = bench.sandbox.with_world(|world| world.acronis[0].root());
    let answer = bench.acronis("GET", &format!("/api/2/tenants/{root}"), &token, None);
    assert_eq!(
        answer.unwrap().status,
        401,
        "tokens end with the world's clock"
    );
    bench.control("POST", "/clock", Some(&json!({"ticking": true})));
    bench.control("POST", "/latency", Some(&json!({"ms": 5})));
    bench.autotask("GET", "ThresholdInformation", None).unwrap();
    let now = bench.control("POST", "/clock", Some(&json!({"ticking": false})))["now"].clone();
    assert!(now.as_str().unwrap() > "2026-10-01T03:00:00.004", "{now}");
    assert_eq!(bench.control("GET", "/clock", None)["now"], now);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let bench = Bench::start();
    let before = bench.world();
    let refused = |path: &str, body: Value| {
        let answer = bench.try_control("POST", path, Some(&body));
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.json()["error"].is_string());
    };
    refused(
        "/usage",
        json!({"tenant": "Alma Bakery", "item": "pw_base_vms", "valeu": 1}),
    );
    refused(
        "/usage",
        json!({"tenant": "Alma Bakery", "item": "pw_base_vms"}),
    );
    refused("/tickets", json!([1]));
    refused("/clock", json!({"now": "tomorrow"}));
    refused(
        "/contracts",
        json!({"contract": contract(&before), "service": "Managed Workstation"}),
    );
    assert_eq!(bench.try_control("GET", "/nonsense", None).status, 404);
    assert_eq!(bench.world(), before);
}

#[test]
fn a_configuration_is_written_with_its_secrets_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::start();
    let dir = std::env::temp_dir().join(format!("sandbox-config-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = bench.sandbox.write_config(&dir).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&bench.sandbox.acronis_url("eu")));
    assert!(text.contains(&bench.sandbox.autotask_url()));
    let secret = bench
        .sandbox
        .with_world(|world| world.autotask.credentials.secret.clone());
    assert!(!text.contains(&secret));
    let file = dir.join("autotask.secret");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), secret);
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::remove_dir_all(&dir).unwrap();
}
