use super::*;
use crate::autotask::{Login, entity_of, thread_limit_answer};

fn with_header(bench: &Bench, name: &str, value: Option<&str>) -> Call {
    let mut call = bench.call("GET", &format!("{BASE}/Companies/0"), &Value::Null);
    call.headers.retain(|(key, _)| key != name);
    if let Some(value) = value {
        call.headers.push((name.to_owned(), value.to_owned()));
    }
    call
}

#[test]
fn every_header_is_needed_and_a_missing_one_is_401() {
    let mut bench = Bench::new();
    for name in ["apiintegrationcode", "username", "secret"] {
        let call = with_header(&bench, name, None);
        assert_eq!(bench.send(&call).0, 401, "{name}");
    }
}

#[test]
fn a_wrong_secret_is_401_and_is_counted() {
    let mut bench = Bench::new();
    let call = with_header(&bench, "secret", Some("wrong"));
    assert_eq!(bench.send(&call), (401, Value::Null));
    assert_eq!(bench.db.failed_logins, 1);
}

#[test]
fn locked_inactive_expired_and_ordinary_users_look_like_a_wrong_secret() {
    for login in [
        Login::Locked,
        Login::Inactive,
        Login::Expired,
        Login::Ordinary,
    ] {
        let mut bench = Bench::new();
        bench.db.login = login;
        assert_eq!(bench.get("/Companies/0"), (401, Value::Null), "{login:?}");
        let user = bench.db.credentials.username.clone();
        let (status, _) = bench.get(&format!("/ZoneInformation?user={user}"));
        assert_eq!(status, 200, "{login:?}");
    }
}

#[test]
fn an_ordinary_user_may_be_told_that_the_api_is_for_others() {
    let mut bench = Bench::new();
    bench.db.login = Login::OrdinaryTold;
    let (status, body) = bench.get("/Companies/0");
    assert_eq!(status, 403);
    assert!(
        body["errors"][0]
            .as_str()
            .unwrap()
            .contains("API Only users"),
        "{body}"
    );
    let call = with_header(&bench, "secret", Some("wrong"));
    assert_eq!(bench.send(&call).0, 401);
}

#[test]
fn a_bad_user_or_integration_code_is_500_with_errors() {
    let mut bench = Bench::new();
    for name in ["username", "apiintegrationcode"] {
        let call = with_header(&bench, name, Some("nobody@else.example"));
        let (status, body) = bench.send(&call);
        assert_eq!(status, 500, "{name}");
        assert!(body["errors"][0].is_string());
    }
}

#[test]
fn the_zone_is_told_without_headers_and_only_for_known_users() {
    let mut bench = Bench::new();
    let user = bench.db.credentials.username.clone();
    let mut call = bench.call(
        "GET",
        &format!("/atservicesrest/v1.0/zoneInformation?user={user}"),
        &Value::Null,
    );
    call.headers.clear();
    let (status, body) = bench.send(&call);
    assert_eq!(status, 200);
    assert_eq!(body["url"], "http://127.0.0.1:9999/ATServicesRest/");
    assert_eq!(body["ci"], 2345);
    call.query = vec![("user".to_owned(), "x@y.example".to_owned())];
    let (status, body) = bench.send(&call);
    assert_eq!(status, 500);
    assert_eq!(
        body["errors"][0],
        "Zone information could not be determined"
    );
}

#[test]
fn the_version_is_a_list() {
    let mut bench = Bench::new();
    let call = bench.call("GET", "/ATServicesRest/VersionInformation", &Value::Null);
    assert_eq!(bench.send(&call), (200, json!({"apiVersions": ["1.0"]})));
}

#[test]
fn the_threshold_counts_itself_and_forgets_after_an_hour() {
    let mut bench = Bench::new();
    bench.get("/Companies/0");
    let (_, body) = bench.get("/ThresholdInformation");
    assert_eq!(body["currentTimeframeRequestCount"], 2);
    assert_eq!(body["externalRequestThreshold"], 10_000);
    bench.db.now = "2026-03-10T10:30:00Z".parse().unwrap();
    let (_, body) = bench.get("/ThresholdInformation");
    assert_eq!(body["currentTimeframeRequestCount"], 1);
}

#[test]
fn latency_grows_with_the_hour_and_over_the_limit_every_call_fails() {
    let mut bench = Bench::new();
    bench.db.spend_requests(now(), 4_999);
    assert_eq!(bench.db.added_latency_ms(), 0);
    bench.db.spend_requests(now(), 1);
    assert_eq!(bench.db.added_latency_ms(), 500);
    bench.db.spend_requests(now(), 2_500);
    assert_eq!(bench.db.added_latency_ms(), 1000);
    bench.db.spend_requests(now(), 2_499);
    assert_eq!(bench.get("/Companies/0").0, 200);
    assert_eq!(bench.get("/Companies/0").0, 429);
}

#[test]
fn metadata_shares_the_bucket_of_its_entity_and_children_have_their_own() {
    let of = |path: &str| entity_of(&format!("{BASE}{path}"));
    assert_eq!(of("/Tickets/query").as_deref(), Some("Tickets"));
    assert_eq!(
        of("/tickets/entityInformation/fields").as_deref(),
        Some("Tickets")
    );
    assert_eq!(of("/Tickets/5/Notes").as_deref(), Some("Tickets/Notes"));
    assert_eq!(of("/ZoneInformation"), None);
    assert_eq!(of("/Nothing"), None);
}

#[test]
fn the_thread_limit_says_its_known_words() {
    let answer = thread_limit_answer();
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.contains("Thread Threshold Exceeded"));
    assert!(text.contains("thread threshold of 3 threads"));
    assert!(text.contains("Itgenatr005"));
}

#[test]
fn unknown_paths_are_404_and_other_methods_405_with_a_message() {
    let mut bench = Bench::new();
    for (method, path, status) in [
        ("GET", "/Unicorns/query", 404),
        ("POST", "/TicketNotes", 404),
        ("POST", "/ContractServices", 404),
        ("PATCH", "/ContractServices", 404),
        ("POST", "/UserDefinedFieldListItems", 404),
        ("POST", "/ContractServiceAdjustments/query", 404),
        ("GET", "/ContractServiceAdjustments/5", 404),
        ("GET", "/ContractServiceAdjustments", 405),
        ("GET", "/Contracts/5/ServiceAdjustments", 405),
        ("PATCH", "/Tickets/5", 405),
        ("PUT", "/Contracts/5", 405),
        ("DELETE", "/Tickets/5", 405),
        ("GET", "/Companies", 405),
        ("POST", "/Contracts/5/ServiceUnits", 405),
        ("PATCH", "/Contracts/5/ServiceAdjustments", 405),
        ("POST", "/UserDefinedFieldDefinitions/5/ListItems", 404),
    ] {
        let (found, body) = bench.ask(method, path, json!({}));
        assert_eq!(found, status, "{method} {path}");
        assert!(body["Message"].is_string(), "{method} {path}");
        assert!(body.get("errors").is_none());
    }
    let (_, body) = bench.ask("PATCH", "/Tickets/5", json!({}));
    assert_eq!(
        body["Message"],
        "The requested resource does not support http method 'PATCH'."
    );
}
