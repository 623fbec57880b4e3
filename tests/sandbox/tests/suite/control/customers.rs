//! Tenants, their usage and their alerts.

use serde_json::{Value, json};

use super::find;
use crate::bench::Bench;

fn tenant(dump: &Value) -> &Value {
    find(dump, "tenants", "name", "Alma Bakery")
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
fn a_customer_goes_out_of_sight_and_comes_back() {
    let bench = Bench::start();
    let token = bench.token();
    let listed = || {
        let root = bench.sandbox.with_world(|world| world.acronis[0].root());
        let path = format!("/api/2/tenants?subtree_root_id={root}");
        let answer = bench.acronis("GET", &path, &token, None).unwrap();
        answer.body.contains("Alma Bakery")
    };
    for hidden in [true, false] {
        let order = json!({"tenant": "Alma Bakery", "hidden": hidden});
        bench.control("POST", "/tenants", Some(&order));
        assert_eq!(listed(), !hidden);
        assert_eq!(tenant(&bench.world())["hidden"], json!(hidden));
    }
    let order = json!({"offer": "pw_base_m365_seats_unlimited"});
    bench.control("POST", "/tenants", Some(&order));
    let odd = json!({"offer": "pw_base_moonbeams"});
    assert_eq!(
        bench.try_control("POST", "/tenants", Some(&odd)).status,
        404
    );
}
