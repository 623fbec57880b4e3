use std::thread::JoinHandle;

use super::*;
use crate::domain::ids::{AlertId, TenantId};
use crate::http;
use crate::http::script::{line, serve};
use crate::plan::Consent;

const PAGE_401: &str = "<html><head><title>401 Authorization Required</title></head></html>";

fn token(text: &str) -> String {
    let body = format!(
        r#"{{"access_token":"{text}","token_type":"bearer","expires_on":4102444800,"expires_in":7200}}"#
    );
    line(200, &body)
}

fn tenant(kind: &str) -> String {
    let body = format!(
        r#"{{"id":"aaaa","version":1,"name":"Alma","kind":"{kind}","enabled":true,"parent_id":null}}"#
    );
    line(200, &body)
}

fn account(lines: &[String]) -> (Acronis, JoinHandle<Vec<String>>) {
    let (mut url, server) = serve(lines);
    url.set_path("");
    let transport = Transport::new(&http::HttpSettings::default(), Arc::default()).unwrap();
    let settings = AcronisSettings {
        account: AccountName::new("eu"),
        url,
        client_id: "client".to_owned(),
        client_secret: Secret::new("geheim99".to_owned()),
    };
    (Acronis::new(settings, transport), server)
}

fn first_lines(seen: &[String]) -> Vec<&str> {
    seen.iter()
        .filter_map(|request| request.lines().next()?.strip_suffix(" HTTP/1.1"))
        .collect()
}

#[test]
fn an_expired_token_is_renewed_once_and_the_request_sent_again() {
    let (acronis, server) = account(&[
        token("one1"),
        line(401, PAGE_401),
        token("two2"),
        tenant("customer"),
    ]);
    let read = acronis.read_tenant(&TenantId::new("AAAA")).unwrap();
    assert_eq!(read.name, "Alma");
    let seen = server.join().unwrap();
    assert_eq!(
        first_lines(&seen),
        [
            "POST /api/2/idp/token",
            "GET /api/2/tenants/aaaa?allow_deleted=true",
            "POST /api/2/idp/token",
            "GET /api/2/tenants/aaaa?allow_deleted=true",
        ]
    );
    assert!(seen[0].contains("authorization: Basic Y2xpZW50OmdlaGVpbTk5\r\n"));
    assert!(seen[0].contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(seen[0].ends_with("\r\n\r\ngrant_type=client_credentials"));
    assert!(seen[1].contains("authorization: Bearer one1\r\n"));
    assert!(seen[3].contains("authorization: Bearer two2\r\n"));
    assert_eq!(acronis.requests_sent(), 4);
}

#[test]
fn a_second_401_is_the_end() {
    let (acronis, server) = account(&[
        token("one1"),
        line(401, PAGE_401),
        token("two2"),
        line(401, PAGE_401),
    ]);
    let failure = acronis.read_tenant(&TenantId::new("a")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert_eq!(server.join().unwrap().len(), 4);
}

#[test]
fn refused_credentials_are_tried_once_in_a_run_and_never_shown() {
    let refusal = r#"{"error":"invalid_client","error_description":"no such geheim99"}"#;
    let (acronis, server) = account(&[line(400, refusal)]);
    for _ in 0..3 {
        let failure = acronis.read_tenant(&TenantId::new("a")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        assert_eq!(failure.code.as_deref(), Some("invalid_client"));
        assert!(!format!("{failure} {failure:?}").contains("geheim99"));
    }
    assert_eq!(server.join().unwrap().len(), 1);
    assert!(!format!("{acronis:?}").contains("geheim99"));
}

#[test]
fn a_client_of_a_customer_is_refused() {
    let client = line(
        200,
        r#"{"client_id":"client","tenant_id":"AAAA","status":"enabled"}"#,
    );
    let (acronis, server) = account(&[token("one1"), client.clone(), tenant("customer")]);
    let failure = acronis.own_tenant().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(
        failure.to_string().contains("Alma, a customer"),
        "{failure}"
    );
    server.join().unwrap();
    let (acronis, server) = account(&[token("one1"), client, tenant("partner")]);
    assert_eq!(acronis.own_tenant().unwrap().id, TenantId::new("aaaa"));
    server.join().unwrap();
}

#[test]
fn further_pages_of_tenants_are_asked_for_by_the_cursor_alone() {
    let row = r#"{"id":"aaaa","version":1,"name":"A","kind":"unit","enabled":false}"#;
    let page = |after: &str| {
        let body = format!(r#"{{"items":[{row}],"paging":{{"cursors":{{{after}}}}}}}"#);
        line(200, &body)
    };
    let (acronis, server) = account(&[token("one1"), page(r#""after":"c/1=""#), page("")]);
    let root = TenantId::new("root");
    let tenants: Result<Vec<_>, _> = acronis
        .tenants_below(&root, ContactLevel::Without)
        .collect();
    assert_eq!(tenants.unwrap().len(), 2);
    assert_eq!(
        first_lines(&server.join().unwrap())[1..],
        [
            "GET /api/2/tenants?subtree_root_id=root&lod=full",
            "GET /api/2/tenants?after=c%2F1%3D",
        ]
    );
}

#[test]
fn further_pages_of_alerts_fall_back_to_the_cursor_alone() {
    let page = |id: &str, after: &str| {
        let body = format!(
            r#"{{"items":[{{"id":"{id}","type":"T","severity":"error"}}],"paging":{{"cursors":{{"after":{after}}}}}}}"#
        );
        line(200, &body)
    };
    let refusal = line(
        400,
        r#"{"domain":"AlertManager","code":"BadCursor","context":{}}"#,
    );
    let (acronis, server) = account(&[
        token("one1"),
        page("A", r#""c1""#),
        refusal,
        page("a", r#""c2""#),
        page("B", "null"),
    ]);
    let alerts: Result<Vec<_>, _> = acronis.read_alerts(&AlertQuery::default()).collect();
    let ids: Vec<_> = alerts.unwrap().into_iter().map(|alert| alert.id).collect();
    assert_eq!(ids, [AlertId::new("a"), AlertId::new("b")]);
    let filters = "order=asc%28updated_at%29&show_deleted=false&limit=200";
    let path = "GET /api/alert_manager/v1/alerts";
    assert_eq!(
        first_lines(&server.join().unwrap())[1..],
        [
            format!("{path}?{filters}"),
            format!("{path}?{filters}&after=c1"),
            format!("{path}?after=c1"),
            format!("{path}?after=c2"),
        ]
    );
}

#[test]
fn an_unknown_alert_is_none_but_a_gateways_page_is_not() {
    let unknown = line(
        404,
        r#"{"domain":"AlertManager","code":"NotFound","context":{}}"#,
    );
    let (acronis, server) = account(&[token("one1"), unknown, line(404, "<html>gone</html>")]);
    assert_eq!(acronis.read_alert(&AlertId::new("x")).unwrap(), None);
    assert!(acronis.read_alert(&AlertId::new("x")).is_err());
    server.join().unwrap();
}

#[test]
fn dismissing_without_an_id_never_leaves_the_machine() {
    let (acronis, server) = account(&[token("one1"), line(204, "")]);
    let consent = Consent::for_test();
    let writer = acronis.writer(&consent);
    for id in ["", "."] {
        let failure = writer.dismiss_alert(&AlertId::new(id)).unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (FailureKind::BadUrl, 0));
    }
    writer.dismiss_alert(&AlertId::new("7A9C")).unwrap();
    let seen = server.join().unwrap();
    assert_eq!(
        first_lines(&seen)[1],
        "DELETE /api/alert_manager/v1/alerts/7a9c"
    );
}

#[test]
fn a_version_mismatch_is_recognised_by_its_code_whatever_the_status() {
    for status in [400, 409, 500] {
        let body = r#"{"error":{"code":1001,"message":"Version mismatch"}}"#;
        let (acronis, server) = account(&[token("one1"), line(status, body)]);
        let consent = Consent::for_test();
        let failure = acronis
            .writer(&consent)
            .put_offering_items(&TenantId::new("a"), &[], UsageCheck::Asked)
            .unwrap_err();
        assert!(is_version_mismatch(&failure), "{failure}");
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert_eq!(server.join().unwrap().len(), 2);
    }
}
