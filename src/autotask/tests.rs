//! The client against a socket that plays back answers.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{ContractId, ContractServiceId, ServiceId};
use crate::domain::secret::Secret;
use crate::http::{self, Effect};
use crate::plan::Consent;

/// Gives the answers one by one, a connection each; the requests seen come back at the end.
fn serve(answers: impl FnOnce(&str) -> Vec<(u16, Value)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ATServicesRest/", listener.local_addr().unwrap());
    let answers = answers(&url);
    let thread = std::thread::spawn(move || {
        let answer = |(status, body): (u16, Value)| {
            let (mut stream, _) = listener.accept().unwrap();
            let seen = request(&mut BufReader::new(&stream));
            give(&mut stream, status, &body);
            seen
        };
        answers.into_iter().map(answer).collect()
    });
    (url, thread)
}

fn give(stream: &mut TcpStream, status: u16, body: &Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all((head + &body).as_bytes()).unwrap();
}

pub(super) fn request(reader: &mut impl BufRead) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        reader.read_line(&mut text).unwrap();
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

fn zone(url: &str) -> Value {
    json!({"zoneName": "x", "url": url, "webUrl": "https://ww5.autotask.net/", "ci": 314_159})
}

/// A client whose configured address is the socket, and the socket's thread.
fn client(answers: Vec<(u16, Value)>) -> (Autotask, JoinHandle<Vec<String>>) {
    let (url, thread) = serve(|_| answers);
    let settings = settings(Some(url.clone()), url);
    let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
    (
        Autotask::connect_to_zone(settings, transport).unwrap(),
        thread,
    )
}

fn settings(url: Option<String>, zone_url: String) -> AutotaskSettings {
    AutotaskSettings {
        username: "api user@msp.example".to_owned(),
        secret: Secret::new("s3cr$t#of/the~api".to_owned()),
        integration_code: Secret::new("INTEGRATIONCODE".to_owned()),
        url,
        zone_url,
        database: None,
    }
}

fn page(ids: std::ops::Range<i64>) -> Value {
    let items: Vec<Value> = ids
        .map(|id| json!({"id": id, "companyName": format!("Company {id}"), "isActive": true}))
        .collect();
    json!({"items": items, "pageDetails": {"count": items.len(), "requestCount": 500,
        "prevPageUrl": null, "nextPageUrl": null}})
}

#[test]
fn the_zone_is_asked_without_credentials_and_the_rest_with_them() {
    let threshold = json!({"externalRequestThreshold": 10_000, "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 17});
    let (url, server) = serve(|url| vec![(200, zone(url)), (200, threshold)]);
    let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
    let autotask = Autotask::connect_to_zone(settings(None, url), transport).unwrap();
    assert_eq!(autotask.database_id().unwrap(), 314_159);
    assert_eq!(autotask.limit_to(50).unwrap().used, 17);
    assert_eq!(autotask.requests_sent(), 2);
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with(
        "GET /ATServicesRest/V1.0/ZoneInformation?user=api+user%40msp.example HTTP/1.1\r\n"
    ));
    assert!(!seen[0].to_lowercase().contains("secret"));
    assert!(seen[1].starts_with("GET /ATServicesRest/V1.0/ThresholdInformation HTTP/1.1\r\n"));
    let signed = seen[1].to_lowercase();
    assert!(signed.contains("username: api user@msp.example\r\n"));
    assert!(signed.contains("secret: s3cr$t#of/the~api\r\n"));
    assert!(signed.contains("apiintegrationcode: integrationcode\r\n"));
}

#[test]
fn companies_are_read_page_by_page_without_the_own_one() {
    let (autotask, server) = client(vec![(200, page(0..500)), (200, page(500..503))]);
    let companies = autotask.read_companies(&CompanyScope::default()).unwrap();
    assert_eq!(companies.len(), 502);
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with("POST /ATServicesRest/V1.0/Companies/query HTTP/1.1\r\n"));
    assert!(
        seen[1].contains(r#""field":"id","op":"gt","value":499"#)
            || seen[1].contains(r#""op":"gt","field":"id","value":499"#),
        "{}",
        seen[1]
    );
}

#[test]
fn half_a_list_is_an_error() {
    let refused = json!({"errors": ["Unable to find x in the Account Entity."]});
    let (autotask, _server) = client(vec![(200, page(0..500)), (500, refused)]);
    let failure = autotask
        .read_companies(&CompanyScope::default())
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert_eq!(failure.effect, Effect::None);
    assert!(
        failure.to_string().contains("Unable to find x"),
        "{failure}"
    );
}

#[test]
fn nothing_is_sent_after_a_401_and_the_zone_is_asked_whether_there_is_doubt() {
    let elsewhere = zone("https://webservices9.autotask.net/ATServicesRest/");
    let failed = json!({"errors": ["Zone information could not be determined"]});
    // Zone answers after the 401, and whether the refusal is beyond doubt.
    type Answer<'a> = &'a dyn Fn(&str) -> (u16, Value);
    let table: [(Answer<'_>, bool); 4] = [
        (&|url| (200, zone(url)), true),
        (&|_| (500, failed.clone()), true),
        (&|_| (200, elsewhere.clone()), false),
        (&|_| (404, Value::Null), false),
    ];
    for (zone, certain) in table {
        let (url, server) = serve(|url| vec![(401, Value::Null), zone(url)]);
        let settings = settings(Some(url.clone()), url);
        let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
        let autotask = Autotask::connect_to_zone(settings, transport).unwrap();
        let first = autotask.read_threshold().unwrap_err();
        assert_eq!((first.kind, first.attempts), (FailureKind::Unauthorized, 1));
        assert_eq!(autotask.refused_login().is_some(), certain, "{first}");
        let advised = first.to_string().contains("create an API user");
        assert_eq!(advised, certain, "{first}");
        let second = autotask.read_services().unwrap_err();
        assert_eq!(
            (second.kind, second.attempts),
            (FailureKind::Unauthorized, 0)
        );
        let seen = server.join().unwrap();
        assert!(seen[1].starts_with("GET /ATServicesRest/V1.0/ZoneInformation?"));
        assert_eq!(autotask.requests_sent(), 2);
    }
}

#[test]
fn of_several_requests_that_are_refused_at_once_one_has_the_zone_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ATServicesRest/", listener.local_addr().unwrap());
    let zone = zone(&url);
    std::thread::spawn(move || {
        let next = || {
            let (stream, _) = listener.accept().unwrap();
            request(&mut BufReader::new(&stream));
            stream
        };
        let counter = json!({"externalRequestThreshold": 10_000, "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": 1});
        give(&mut next(), 200, &counter);
        for mut refused in [next(), next()] {
            give(&mut refused, 401, &Value::Null);
        }
        loop {
            give(&mut next(), 200, &zone);
        }
    });
    let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
    let autotask = Autotask::connect_to_zone(settings(Some(url.clone()), url), transport).unwrap();
    autotask.read_threshold().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(autotask.read_services().is_err()));
        }
    });
    assert!(autotask.refused_login().is_some());
    assert_eq!(autotask.requests_sent(), 4);
}

#[test]
fn a_500_is_a_matter_of_credentials_only_when_it_says_so() {
    let table = [
        (
            "The IntegrationCode is not valid.",
            FailureKind::Unauthorized,
        ),
        ("An error occurred.", FailureKind::Outage),
        (
            "Zone information could not be determined",
            FailureKind::Outage,
        ),
    ];
    for (text, kind) in table {
        let (autotask, _server) = client(vec![(500, json!({"errors": [text]}))]);
        let failure = autotask.read_threshold().unwrap_err();
        assert_eq!(failure.kind, kind, "{text}");
        let certain = kind == FailureKind::Unauthorized;
        assert_eq!(autotask.refused_login().is_some(), certain, "{text}");
    }
}

#[test]
fn where_the_address_is_configured_the_zone_is_asked_for_the_id_alone() {
    let (url, server) = serve(|url| vec![(200, zone(url))]);
    let settings = settings(Some(url.clone()), url);
    let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
    let known = AutotaskSettings {
        database: Some(7),
        ..settings.clone()
    };
    let known = Autotask::connect_to_zone(known, transport.clone()).unwrap();
    assert_eq!(
        (known.database_id().unwrap(), known.requests_sent()),
        (7, 0)
    );
    let autotask = Autotask::connect_to_zone(settings, transport).unwrap();
    assert_eq!(autotask.requests_sent(), 0);
    assert_eq!(autotask.database_id().unwrap(), 314_159);
    assert_eq!(autotask.database_id().unwrap(), 314_159);
    assert_eq!(server.join().unwrap().len(), 1);
    let failed = json!({"errors": ["Zone information could not be determined"]});
    let (autotask, _server) = client(vec![(500, failed)]);
    let failure = autotask.database_id().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Outage);
    assert!(
        failure.to_string().contains("autotask.database_id"),
        "{failure}"
    );
}

#[test]
fn a_spent_share_stops_the_run_before_the_request() {
    let threshold = json!({"externalRequestThreshold": 100, "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 2});
    let (autotask, _server) = client(vec![(200, threshold), (200, page(1..2))]);
    autotask.limit_to(2).unwrap();
    autotask.read_companies(&CompanyScope::default()).unwrap();
    let failure = autotask
        .read_companies(&CompanyScope::default())
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::BudgetSpent);
    assert_eq!(autotask.requests_sent(), 2);
}

fn adjustment() -> Adjustment {
    Adjustment {
        contract: ContractId(29),
        line: ContractServiceId(5),
        service: ServiceId(8),
        form: AdjustmentForm::Line,
        change: -2,
        effective: date(2026, 8, 1),
    }
}

#[test]
fn an_adjustment_is_done_although_it_has_no_id() {
    let (autotask, server) = client(vec![(200, json!({"itemId": null}))]);
    let writer = autotask
        .writer(&Consent::for_test())
        .adjust_units(&adjustment());
    writer.unwrap();
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with("POST /ATServicesRest/V1.0/Contracts/29/ServiceAdjustments "));
}

#[test]
fn a_create_without_an_answer_is_sent_once_and_uncertain() {
    // An empty 500 is the server's own trouble, not a validation failure.
    let (autotask, server) = client(vec![(500, Value::Null)]);
    let consent = Consent::for_test();
    let failure = autotask
        .writer(&consent)
        .adjust_units(&adjustment())
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.effect),
        (FailureKind::Outage, Effect::Unknown)
    );
    assert_eq!(server.join().unwrap().len(), 1);
}

#[test]
fn a_new_line_goes_through_its_contract_and_needs_an_id() {
    let (autotask, server) = client(vec![(200, json!({"itemId": "77"})), (200, json!({}))]);
    let consent = Consent::for_test();
    let writer = autotask.writer(&consent);
    let new = NewContractService {
        contract: ContractId(29),
        service: ServiceId(3),
    };
    assert_eq!(
        writer.create_contract_service(&new).unwrap(),
        ContractServiceId(77)
    );
    let failure = writer.create_contract_service(&new).unwrap_err();
    assert_eq!(
        (failure.kind, failure.effect),
        (FailureKind::Decode, Effect::Unknown)
    );
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with("POST /ATServicesRest/V1.0/Contracts/29/Services "));
}

#[test]
fn a_ticket_is_changed_at_the_collection() {
    let (autotask, server) = client(vec![(200, json!({"itemId": null}))]);
    let change = TicketChange {
        status: Some(STATUS_COMPLETE),
        ..TicketChange::default()
    };
    let consent = Consent::for_test();
    let ticket = crate::domain::ids::TicketId(8);
    autotask
        .writer(&consent)
        .update_ticket(ticket, &change)
        .unwrap();
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with("PATCH /ATServicesRest/V1.0/Tickets "));
    assert!(seen[0].ends_with(r#"{"id":8,"status":5}"#));
}
