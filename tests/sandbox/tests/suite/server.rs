//! Faults, latency, limits and records around the services.

use std::time::{Duration, Instant};

use sandbox::{Fault, Kind, Sandbox};
use serde_json::json;

use crate::bench::{Bench, small};

#[test]
fn a_connection_cut_before_leaves_nothing_done() {
    let bench = Bench::start();
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", Kind::CutBefore));
    let before = bench.tickets();
    assert!(
        bench
            .autotask("POST", "Tickets", Some(&bench.ticket()))
            .is_err()
    );
    assert_eq!(bench.tickets(), before);
    let visit = bench.sandbox.writes().pop().unwrap();
    assert_eq!(
        (visit.status, visit.write, visit.took_effect),
        (None, true, false)
    );
    let answer = bench
        .autotask("POST", "Tickets", Some(&bench.ticket()))
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_connection_cut_after_leaves_the_write_done() {
    let bench = Bench::start();
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter));
    let before = bench.tickets();
    assert!(
        bench
            .autotask("POST", "Tickets", Some(&bench.ticket()))
            .is_err()
    );
    assert_eq!(bench.tickets(), before + 1);
    let visit = bench.sandbox.writes().pop().unwrap();
    assert_eq!((visit.status, visit.took_effect), (None, true));
    assert_eq!(visit.body["title"], bench.ticket()["title"]);
}

#[test]
fn a_status_on_order_comes_with_its_headers_and_without_effect() {
    let bench = Bench::start();
    let fault = json!({"service": "autotask", "method": "POST", "path_pattern": "*/Tickets",
        "kind": "status", "code": 429, "body": {"errors": ["slow down"]}, "headers": {"Retry-After": "3"}});
    bench.sandbox.fault(Fault::from_json(&fault).unwrap());
    let before = bench.tickets();
    let answer = bench
        .autotask("POST", "Tickets", Some(&bench.ticket()))
        .unwrap();
    assert_eq!(answer.status, 429);
    assert!(answer.head.contains("retry-after: 3"), "{}", answer.head);
    assert_eq!(answer.json()["errors"][0], "slow down");
    assert_eq!(bench.tickets(), before);
}

#[test]
fn a_plain_500_on_a_ticket_that_is_changed_comes_with_or_without_the_change_as_ordered() {
    for (kind, status) in [("status", 5), ("status_after", 1)] {
        let bench = Bench::start();
        let mut ticket = bench.ticket();
        ticket["status"] = json!(5);
        let made = bench.autotask("POST", "Tickets", Some(&ticket)).unwrap();
        let id = made.json()["itemId"].clone();
        let fault = json!({"service": "autotask", "method": "PATCH", "path_pattern": "*/Tickets",
            "kind": kind, "code": 500, "body": {"errors": ["An error occurred."]}});
        bench.sandbox.fault(Fault::from_json(&fault).unwrap());
        let open = json!({"id": id, "status": 1});
        let answer = bench.autotask("PATCH", "Tickets", Some(&open)).unwrap();
        assert_eq!(
            (answer.status, answer.json()["errors"][0].as_str()),
            (500, Some("An error occurred."))
        );
        assert_eq!(
            bench.world()["tickets"][0]["status"],
            json!(status),
            "{kind}"
        );
        let visit = bench.sandbox.writes().pop().unwrap();
        assert_eq!(visit.took_effect, kind == "status_after");
    }
}

#[test]
fn a_replaced_body_keeps_the_status_and_the_effect() {
    let bench = Bench::start();
    let text = "<html>proxy".to_owned();
    bench.sandbox.fault(Fault::new(
        "autotask",
        "POST",
        "*/Tickets",
        Kind::Body { text },
    ));
    let before = bench.tickets();
    let answer = bench
        .autotask("POST", "Tickets", Some(&bench.ticket()))
        .unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "<html>proxy"));
    assert_eq!(bench.tickets(), before + 1);
}

#[test]
fn an_expired_token_is_refused_once_and_a_new_one_is_good() {
    let bench = Bench::start();
    let tenant = bench.sandbox.with_world(|world| world.acronis[0].root());
    let path = format!("/api/2/tenants/{tenant}");
    let token = bench.token();
    assert_eq!(
        bench.acronis("GET", &path, &token, None).unwrap().status,
        200
    );
    bench.sandbox.fault(Fault::new(
        "acronis:eu",
        "GET",
        "/tenants/",
        Kind::ExpireToken,
    ));
    assert_eq!(
        bench.acronis("GET", &path, &token, None).unwrap().status,
        401
    );
    let token = bench.token();
    assert_eq!(
        bench.acronis("GET", &path, &token, None).unwrap().status,
        200
    );
}

#[test]
fn latency_and_delays_are_waited_out() {
    let bench = Bench::start();
    bench.sandbox.set_latency_ms(30);
    bench
        .sandbox
        .fault(Fault::new("autotask", "", "", Kind::Delay { ms: 50 }));
    let start = Instant::now();
    bench.autotask("GET", "ThresholdInformation", None).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(80));
    let start = Instant::now();
    bench.autotask("GET", "ThresholdInformation", None).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_fourth_thread_on_one_entity_is_turned_away_while_others_are_served() {
    let bench = Bench::start();
    let query = json!({"filter": [{"op": "gte", "field": "id", "value": 0}]});
    let ask = |entity: &str| {
        let path = format!("{entity}/query");
        bench.autotask("POST", &path, Some(&query)).unwrap().status
    };
    let held = Fault::new("autotask", "POST", "*/Companies/query", Kind::HeldBefore);
    bench.sandbox.fault(held.times(3));
    let watch = bench.sandbox.watch();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| ask("Companies"))).collect();
        assert!(watch.held(3));
        assert_eq!(ask("Companies"), 500);
        assert_eq!(ask("Contracts"), 200, "it has threads of its own");
        bench.sandbox.let_go();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 200);
        }
    });
    assert_eq!(bench.sandbox.in_flight_max("autotask"), 4);
    let refused = bench
        .sandbox
        .visits()
        .into_iter()
        .find(|visit| visit.in_flight == 4);
    assert!(
        refused
            .unwrap()
            .refusal
            .to_lowercase()
            .contains("thread threshold")
    );
}

#[test]
fn visits_know_queries_from_writes() {
    let bench = Bench::start();
    let query = json!({"filter": [{"op": "gte", "field": "id", "value": 0}]});
    bench
        .autotask("POST", "Tickets/query", Some(&query))
        .unwrap();
    bench.token();
    assert!(bench.sandbox.writes().is_empty());
    bench
        .autotask("POST", "Tickets", Some(&json!({"title": "no company"})))
        .unwrap();
    let writes = bench.sandbox.writes();
    assert_eq!(writes.len(), 1);
    assert!(!writes[0].took_effect && writes[0].status == Some(500));
    assert!(
        writes[0].refusal.contains("required"),
        "{}",
        writes[0].refusal
    );
    bench.sandbox.clear_visits();
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn one_connection_carries_many_requests() {
    use std::io::{BufRead, BufReader, Read, Write};
    let sandbox = Sandbox::start(small());
    let host = sandbox.control_url().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..3 {
        stream
            .write_all(b"GET /requests HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert_eq!(body, b"[]");
    }
}

#[test]
fn every_answer_tells_the_worlds_time() {
    let bench = Bench::start();
    let answer = bench.autotask("GET", "ThresholdInformation", None).unwrap();
    assert!(
        answer.head.contains("date: tue, 15 sep 2026 08:00:00 gmt"),
        "{}",
        answer.head
    );
}

#[test]
fn the_services_stop_with_the_sandbox() {
    let bench = Bench::start();
    let url = bench.sandbox.control_url();
    drop(bench);
    assert!(crate::http::send("GET", &format!("{url}/requests"), &[], None).is_err());
}

#[test]
fn a_moment_comes_back_with_its_world_its_faults_and_its_requests() {
    let bench = Bench::start();
    let make = || bench.autotask("POST", "Tickets", Some(&bench.ticket()));
    let fault = Fault::new("autotask", "POST", "*/Tickets", Kind::CutBefore).nth(2);
    bench.sandbox.fault(fault);
    make().unwrap();
    let (moment, tickets) = (bench.sandbox.save(), bench.tickets());
    for _ in 0..2 {
        assert!(make().is_err(), "the second is cut, each time");
        make().unwrap();
        assert_eq!(bench.tickets(), tickets + 1);
        bench.sandbox.restore(&moment);
        assert_eq!(
            (bench.tickets(), bench.sandbox.writes().len()),
            (tickets, 1)
        );
    }
}
