//! `sync-tickets` from outside: alerts become tickets, and end with them.

mod accidents;
mod accounts;
mod adopted;
mod blinks;
mod brakes;
mod clocks;
#[cfg(debug_assertions)]
mod commits;
mod content;
mod damping;
mod explaining;
mod fields;
mod hidden;
pub(crate) mod histories;
mod ignored;
mod inactive;
mod kept;
mod life;
mod lists;
mod lost;
mod memory;
mod merged;
mod pages;
mod pending_notes;
mod reading;
mod recurring;
mod reopening;
mod scale;
mod strangers;
mod summaries;
mod switched_off;
mod telling;
mod too_old;
mod twice;
mod vanishing;
mod waiting;
mod whose;

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::support::Bench;

/// A bench whose Alma Bakery is mapped on both sides, with nothing written since.
fn mapped() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn tickets(bench: &Bench) -> Vec<Value> {
    bench.sandbox.with_world(|world| world.autotask.tickets())
}

fn notes(bench: &Bench, ticket: &Value) -> Vec<Value> {
    let all = bench
        .sandbox
        .with_world(|world| world.autotask.all("TicketNotes"));
    all.into_iter()
        .filter(|note| note["ticketID"] == ticket["id"])
        .collect()
}

fn pick(bench: &Bench, field: &str, label: &str) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.pick_value("Tickets", field, label))
        .unwrap()
}

/// Ids of all alerts, the oldest first.
fn alerts(bench: &Bench) -> Vec<String> {
    bench.sandbox.with_world(|world| {
        let alerts = world.acronis[0].alerts();
        alerts
            .iter()
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    })
}

fn details(workload: &str, reason: &str) -> Value {
    json!({"resourceName": workload, "resourceId": format!("R-{workload}"), "planName": "Daily",
        "planId": "P-1", "errorMessage": {"reason": reason}})
}

/// Raises an alert of Alma Bakery.
fn raise(bench: &Bench, kind: &str, severity: &str, workload: &str) -> String {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        let details = details(workload, "The disk is full.");
        cloud.raise_alert(&tenant, kind, "Backup", severity, details)
    })
}

/// An alert of a tenant that is not mapped, whose ticket goes to the catch-all company.
struct Caught {
    /// The catch-all company, and the one that the tenant is of.
    brook: i64,
    own: i64,
    tenant: String,
    alert: String,
}

/// Brook Dental catches all, and an alert of the tenant `Unrelated` is there and has no ticket yet.
fn caught(bench: &Bench) -> Caught {
    let (brook, own) = bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        let brook = desk.named("Companies", "companyName", "Brook Dental");
        (
            brook.unwrap(),
            desk.add_company("Unrelated", "Customer", true),
        )
    });
    let words = format!("[tickets]\ncatch_all_company = {brook}\n");
    bench.configure("[tickets]\n", &words);
    let (tenant, alert) = bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Unrelated").unwrap();
        let details = details("X-1", "It broke.");
        let alert = cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
        (tenant, alert)
    });
    Caught {
        brook,
        own,
        tenant,
        alert,
    }
}

impl Caught {
    /// Its tenant is mapped to the company of its own, and an hour later it comes again.
    fn mapped_and_raised_again(&self, bench: &mut Bench) {
        bench
            .run(&[
                "map-customer",
                "link",
                &self.own.to_string(),
                &self.tenant,
                "--yes",
            ])
            .expect(0);
        bench.set_now("2026-09-15T10:00:00Z");
        let again = |world: &mut sandbox::World| world.cloud(None).unwrap().re_raise(&self.alert);
        assert!(bench.sandbox.with_world(again));
    }
}

/// How many tickets are remembered as standing for alerts.
fn live_links(bench: &Bench) -> i64 {
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let live = "SELECT count(*) FROM ticket_links WHERE closed_at IS NULL";
    state.query_row(live, [], |row| row.get(0)).unwrap()
}

fn end(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().end_alert(alert));
}

#[test]
fn an_active_alert_becomes_one_ticket_with_everything_a_technician_needs() {
    let bench = mapped();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("create ticket"), "{}", run.stdout);
    assert_eq!(bench.writes(), ["POST /ATServicesRest/V1.0/Tickets"]);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1);
    let ticket = &all[0];
    let company = bench.sandbox.with_world(|world| {
        world
            .autotask
            .named("Companies", "companyName", "Alma Bakery")
    });
    assert_eq!(ticket["companyID"], json!(company));
    assert_eq!(ticket["title"], "Backup failed: ALMA-SRV01");
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Critical"));
    assert_eq!(
        ticket["queueID"],
        pick(&bench, "queueID", "Monitoring Alert")
    );
    assert_eq!(ticket["status"], pick(&bench, "status", "New"));
    assert_eq!(ticket["dueDateTime"], "2026-09-16T08:00:00.000Z");
    assert!(ticket["configurationItemID"].is_i64(), "{ticket}");
    let external_id = ticket["externalID"].as_str().unwrap();
    assert!(external_id.starts_with("acrotask-") && external_id.len() == 33);
    let text = ticket["description"].as_str().unwrap();
    for part in [
        "Customer: Alma Bakery",
        "Workload: ALMA-SRV01",
        "Plan: Daily",
        "Severity: critical",
        "What happened:\nThe storage is not reachable.",
        "First step:",
        "Console: http",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }

    bench.sandbox.clear_visits();
    let again = bench.run(&["sync-tickets"]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(bench.writes().is_empty());
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn a_dry_run_writes_nothing_anywhere() {
    let bench = mapped();
    let before = std::fs::read(bench.state()).unwrap();
    let dry = ["sync-tickets", "--dry-run", "--detailed-exitcode"];
    let run = bench.run(&dry).expect(10);
    assert!(
        run.stdout.contains("Backup failed: ALMA-SRV01"),
        "{}",
        run.stdout
    );
    assert!(bench.writes().is_empty());
    assert_eq!(std::fs::read(bench.state()).unwrap(), before);
}

#[test]
fn a_ticket_is_closed_with_note_and_resolution_when_its_alert_is_gone() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("close ticket"), "{}", run.stdout);
    let ticket = &tickets(&bench)[0];
    assert_eq!(ticket["status"], 5);
    assert!(
        ticket["resolution"]
            .as_str()
            .unwrap()
            .contains("no longer active")
    );
    let notes = notes(&bench, ticket);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["publish"], 2);
    assert_eq!(bench.writes().len(), 2);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_plan_that_is_not_the_reviewed_one_is_refused() {
    let bench = mapped();
    let run = bench
        .run(&["sync-tickets", "--expect-plan", "0123456789abcdef"])
        .expect(4);
    assert!(
        run.stderr.contains("the plan has changed"),
        "{}",
        run.stderr
    );
    assert!(bench.writes().is_empty());
    let dry = bench
        .run(&["sync-tickets", "--dry-run", "-o", "json"])
        .expect(0);
    let digest = dry.json()["plan"]["digest"].as_str().unwrap().to_owned();
    bench
        .run(&["sync-tickets", "--expect-plan", &digest])
        .expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn one_refused_ticket_does_not_hold_up_the_others_and_is_tried_again() {
    let bench = mapped();
    raise(&bench, "BackupFailed", "critical", "SRV-02");
    let refusal = json!({"errors": ["billingCodeID is required for this category"]});
    let fault = Kind::Status {
        code: 500,
        body: Some(refusal.to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", fault));
    let run = bench.run(&["sync-tickets"]).expect(3);
    assert!(
        run.stdout.contains("billingCodeID is required"),
        "{}",
        run.stdout
    );
    assert_eq!(tickets(&bench).len(), 1);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_lost_answer_or_a_lost_state_file_never_makes_a_second_ticket() {
    let bench = mapped();
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter));
    bench.run(&["sync-tickets"]).expect(3);
    assert_eq!(tickets(&bench).len(), 1);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);

    lost::lose_state(&bench);
    bench.run(&["map-customer", "recover"]).expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}
