//! The client against a socket that plays back answers.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::domain::ids::{ContractId, ContractServiceId, ServiceId};
use crate::domain::secret::Secret;
use crate::http::{self, Effect};
use crate::plan::Consent;

/// Gives the answers one by one, a connection each; the requests seen come back at the end.
fn serve(answers: Vec<(u16, Value)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ATServicesRest/", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let answer = |(status, body): (u16, Value)| {
            let (mut stream, _) = listener.accept().unwrap();
            let seen = request(&mut BufReader::new(&stream));
            let body = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all((head + &body).as_bytes()).unwrap();
            seen
        };
        answers.into_iter().map(answer).collect()
    });
    (url, thread)
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

/// A client whose zone is the socket, and the socket's thread.
fn client(answers: Vec<(u16, Value)>) -> (Autotask, JoinHandle<Vec<String>>) {
    let zone = json!({"zoneName": "x", "url": "https://elsewhere.autotask.net/A/",
        "webUrl": "https://ww5.autotask.net/", "ci": 314_159});
    let answers = std::iter::once((200, zone)).chain(answers).collect();
    let (url, thread) = serve(answers);
    let settings = Settings {
        username: "api user@msp.example".to_owned(),
        secret: Secret::new("s3cr$t#of/the~api".to_owned()),
        integration_code: Secret::new("INTEGRATIONCODE".to_owned()),
        url: Some(url.clone()),
        zone_url: url,
    };
    let transport = Transport::new(&http::Settings::default(), Arc::default()).unwrap();
    (Autotask::connect(settings, transport).unwrap(), thread)
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
    let (autotask, server) = client(vec![(200, threshold)]);
    assert_eq!(autotask.zone().database, 314_159);
    assert_eq!(autotask.limit_to(50).unwrap().used, 17);
    assert_eq!(autotask.requests(), 2);
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
    let companies = autotask.companies(&CompanyScope::default()).unwrap();
    assert_eq!(companies.len(), 502);
    let seen = server.join().unwrap();
    assert!(seen[1].starts_with("POST /ATServicesRest/V1.0/Companies/query HTTP/1.1\r\n"));
    assert!(
        seen[2].contains(r#""field":"id","op":"gt","value":499"#)
            || seen[2].contains(r#""op":"gt","field":"id","value":499"#),
        "{}",
        seen[2]
    );
}

#[test]
fn half_a_list_is_an_error() {
    let refused = json!({"errors": ["Unable to find x in the Account Entity."]});
    let (autotask, _server) = client(vec![(200, page(0..500)), (500, refused)]);
    let failure = autotask.companies(&CompanyScope::default()).unwrap_err();
    assert_eq!(failure.kind, Kind::Rejected);
    assert_eq!(failure.effect, Effect::None);
    assert!(
        failure.to_string().contains("Unable to find x"),
        "{failure}"
    );
}

#[test]
fn nothing_is_sent_after_the_first_401() {
    let (autotask, server) = client(vec![(401, Value::Null)]);
    let first = autotask.threshold().unwrap_err();
    assert_eq!((first.kind, first.attempts), (Kind::Unauthorized, 1));
    let second = autotask.services().unwrap_err();
    assert_eq!((second.kind, second.attempts), (Kind::Unauthorized, 0));
    assert_eq!(server.join().unwrap().len(), 2);
    assert_eq!(autotask.requests(), 2);
}

#[test]
fn a_refused_counter_is_a_matter_of_credentials() {
    let refused = json!({"errors": ["The IntegrationCode is not valid."]});
    let (autotask, _server) = client(vec![(500, refused)]);
    let failure = autotask.threshold().unwrap_err();
    assert_eq!(failure.kind, Kind::Unauthorized);
    assert!(autotask.services().is_err());
    assert_eq!(autotask.requests(), 2);
}

#[test]
fn a_spent_share_stops_the_run_before_the_request() {
    let threshold = json!({"externalRequestThreshold": 100, "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 2});
    let (autotask, _server) = client(vec![(200, threshold), (200, page(1..2))]);
    autotask.limit_to(3).unwrap();
    autotask.companies(&CompanyScope::default()).unwrap();
    let failure = autotask.companies(&CompanyScope::default()).unwrap_err();
    assert_eq!(failure.kind, Kind::BudgetSpent);
    assert_eq!(autotask.requests(), 3);
}

fn adjustment() -> Adjustment {
    Adjustment {
        contract: ContractId(29),
        line: ContractServiceId(5),
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
    assert!(seen[1].starts_with("POST /ATServicesRest/V1.0/Contracts/29/ServiceAdjustments "));
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
        (Kind::Outage, Effect::Unknown)
    );
    assert_eq!(server.join().unwrap().len(), 2);
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
        (Kind::Decode, Effect::Unknown)
    );
    let seen = server.join().unwrap();
    assert!(seen[1].starts_with("POST /ATServicesRest/V1.0/Contracts/29/Services "));
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
    assert!(seen[1].starts_with("PATCH /ATServicesRest/V1.0/Tickets "));
    assert!(seen[1].ends_with(r#"{"id":8,"status":5}"#));
}
