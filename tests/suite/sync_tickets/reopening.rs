//! Tickets that are opened again: what is cleared, and what a refusal means.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, end, mapped, notes, pick, tickets};
use crate::support::Bench;

/// A bench whose one ticket was closed by us, and whose alert is raised again an hour later.
fn raised_again() -> Bench {
    let mut bench = mapped();
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(&alert));
    bench
}

fn headers() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

fn body(text: &str) -> Option<String> {
    Some(json!({"errors": [text]}).to_string())
}

/// The titles of all notes on the one ticket.
fn told(bench: &Bench) -> Vec<String> {
    let all = notes(bench, &tickets(bench)[0]);
    let title = |note: &Value| note["title"].as_str().unwrap().to_owned();
    all.iter().map(title).collect()
}

#[test]
fn a_ticket_that_is_opened_again_loses_its_resolution_until_it_is_closed_again() {
    let mut bench = raised_again();
    let resolution = |bench: &Bench| tickets(bench)[0]["resolution"].clone();
    let before = resolution(&bench);
    assert!(before.as_str().unwrap().contains("no longer active"));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(resolution(&bench).as_str().unwrap_or_default(), "");
    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(resolution(&bench), before);
}

#[test]
fn an_error_while_a_ticket_is_opened_again_makes_no_second_ticket() {
    let code = 500;
    for text in ["An error occurred.", "billingCodeID is required."] {
        let (body, headers) = (body(text), headers());
        let before = Kind::Status {
            code,
            body: body.clone(),
            headers: headers.clone(),
        };
        let after = Kind::StatusAfter {
            code,
            body,
            headers,
        };
        let kinds = [Some(before), text.starts_with("An error").then_some(after)];
        for kind in kinds.into_iter().flatten() {
            let mut bench = raised_again();
            let fault = Fault::new("autotask", "PATCH", "*/Tickets", kind.clone());
            bench.sandbox.fault(fault.times(0));
            bench.run(&["sync-tickets"]).expect(3);
            bench.set_now("2026-09-15T10:10:00Z");
            bench.run(&["sync-tickets"]);
            bench.sandbox.clear_faults();
            bench.set_now("2026-09-15T10:20:00Z");
            bench.run(&["sync-tickets"]).expect(0);
            let all = tickets(&bench);
            assert_eq!(all.len(), 1, "{kind:?}");
            assert_eq!(all[0]["status"], pick(&bench, "status", "New"), "{kind:?}");
            let expected = ["The alert is gone", "The alert was raised again"];
            assert_eq!(told(&bench), expected, "{kind:?}");
            bench.sandbox.clear_visits();
            bench.run(&["sync-tickets", "--all"]).expect(0);
            assert!(bench.writes().is_empty(), "{kind:?}: {:?}", bench.writes());
            bench.set_now("2026-09-15T11:00:00Z");
            end(&bench, &alerts(&bench)[0]);
            bench.run(&["sync-tickets"]).expect(0);
            assert_eq!(tickets(&bench)[0]["status"], 5, "{kind:?}");
        }
    }
}

#[test]
fn a_ticket_that_autotask_says_cannot_be_opened_again_has_a_successor() {
    let mut bench = raised_again();
    let kind = Kind::Status {
        code: 500,
        body: body("Completed tickets cannot be reopened."),
        headers: headers(),
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "PATCH", "*/Tickets", kind));
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now("2026-09-15T10:10:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    let open: Vec<_> = all.iter().filter(|one| one["status"] != 5).collect();
    assert_eq!((all.len(), open.len()), (2, 1));
}
