//! Whose ticket it is: mappings that change, runs for one company, tickets that somebody deleted.

use serde_json::Value;

use super::{alerts, caught, end, mapped, tickets};
use crate::support::Bench;

fn company(bench: &Bench, name: &str) -> i64 {
    let found = bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name));
    found.unwrap()
}

fn close(bench: &Bench, ticket: &Value) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        assert!(world.autotask.close_ticket(ticket["id"].as_i64().unwrap()));
    });
}

#[test]
fn an_alert_of_a_tenant_that_was_mapped_since_gets_its_ticket_at_its_own_company() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let caught = caught(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[1]["companyID"], caught.brook);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &caught.alert);
    close(&bench, &tickets(&bench)[1]);
    bench.run(&["sync-tickets"]).expect(0);
    caught.mapped_and_raised_again(&mut bench);
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 3);
    assert_eq!(
        (&all[1]["status"], &all[2]["status"]),
        (&5.into(), &1.into())
    );
    assert_eq!(all[2]["companyID"], caught.own);
    assert_ne!(all[2]["externalID"], all[1]["externalID"]);
}

#[test]
fn a_run_for_one_company_dismisses_no_alert_of_another() {
    let mut bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\ndismiss_on_complete = true\n");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    close(&bench, &tickets(&bench)[0]);
    bench.sandbox.clear_visits();
    let brook = company(&bench, "Brook Dental").to_string();
    bench.run(&["sync-tickets", "--company", &brook]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.writes().len(), 1, "{:?}", bench.writes());
}

#[test]
fn a_ticket_that_was_deleted_while_its_alert_is_quiet_is_told_once() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench)[0]["id"].as_i64().unwrap();
    bench
        .sandbox
        .with_world(|world| assert!(world.autotask.delete_ticket(ticket)));
    bench.set_now("2026-09-16T10:00:00Z");
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("deleted or merged"), "{}", run.stdout);
    for day in ["2026-09-17T11:00:00Z", "2026-09-18T12:00:00Z"] {
        bench.set_now(day);
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(!run.stdout.contains("deleted"), "{}", run.stdout);
    }
    assert!(bench.writes().is_empty());
    assert_eq!(alerts(&bench).len(), 1);
}
