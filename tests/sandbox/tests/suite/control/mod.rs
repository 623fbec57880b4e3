//! What can be asked and done through the control address.

mod customers;
mod sales;

use serde_json::{Value, json};

use crate::bench::Bench;

fn find<'a>(dump: &'a Value, list: &str, field: &str, name: &str) -> &'a Value {
    let mut rows = dump[list].as_array().unwrap().iter();
    rows.find(|row| row[field] == name)
        .unwrap_or_else(|| panic!("no {name} in {list}"))
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
