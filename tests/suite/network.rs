//! Stories of services that say "later": how long a run waits for them, and how it ends.

use sandbox::{Fault, Kind};
use serde_json::Value;

use crate::support::Bench;

fn later(seconds: &str) -> Kind {
    Kind::Status {
        code: 429,
        body: None,
        headers: vec![("retry-after".to_owned(), seconds.to_owned())],
    }
}

/// Linked customers with contracts, so that every command has something to do.
fn ready(attempts: u32) -> Bench {
    let bench = Bench::small();
    let network = format!("[network]\nattempts = {attempts}\n\n[products]");
    bench.configure("[products]", &network);
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(|world| world.sign_contracts());
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn asked(bench: &Bench, path: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits.iter().filter(|visit| visit.hits(path)).count()
}

#[test]
fn a_wait_that_is_longer_than_a_run_may_wait_ends_it_at_once_with_6() {
    let bench = ready(4);
    let fault = Fault::new("autotask", "POST", "*/Contracts/query", later("100000"));
    bench.sandbox.fault(fault.times(0));
    for command in ["provision", "sync-billing"] {
        bench.sandbox.clear_visits();
        let run = bench.run(&[command, "--yes"]).expect(6);
        assert!(run.stderr.contains("wait 100000 seconds"), "{}", run.stderr);
        assert!(
            run.stderr.contains("network.wait_max_seconds"),
            "{}",
            run.stderr
        );
        assert_eq!(asked(&bench, "*/Contracts/query"), 1, "{command}");
    }
    // The lock is free again.
    bench.sandbox.clear_faults();
    bench.run(&["sync-billing", "--yes"]).expect(0);
}

fn nine_backups_fail(bench: &Bench) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let alma = cloud.tenant_by_name("Alma Bakery").unwrap();
        for n in 0..9 {
            let details = serde_json::json!({"resourceName": format!("PC-{n}")});
            cloud.raise_alert(&alma, "BackupFailed", "Backup", "error", details);
        }
    });
}

#[test]
fn a_service_that_postpones_every_ticket_gets_three_of_them_and_the_run_ends_with_6() {
    let bench = ready(1);
    nine_backups_fail(&bench);
    let fault = Fault::new("autotask", "POST", "*/V1.0/Tickets", later("0"));
    bench.sandbox.fault(fault.times(0));
    let run = bench
        .run(&["sync-tickets", "--yes", "--output", "json"])
        .expect(6)
        .json();
    // Three are refused; at most two others are under way when the third is (autotask.md §1).
    let sent = asked(&bench, "*/V1.0/Tickets");
    assert!((3..=5).contains(&sent), "{sent} requests");
    let rows = run["results"].as_array().unwrap();
    let skipped = rows.iter().filter(|row| row["outcome"] == "skipped");
    assert!(skipped.count() >= 10 - sent, "{run}");
    bench.sandbox.clear_faults();
    let next = bench.run(&["sync-tickets", "--yes", "--output", "json"]);
    assert_eq!(next.expect(0).json()["summary"]["done"], 10);
}

#[test]
fn a_run_that_waits_no_longer_ends_with_6_also_when_something_was_done() {
    let bench = ready(2);
    nine_backups_fail(&bench);
    let fault = Fault::new("autotask", "POST", "*/V1.0/Tickets", later("100000"));
    bench.sandbox.fault(fault.nth(2).times(0));
    let run = bench
        .run(&["sync-tickets", "--yes", "--output", "json"])
        .expect(6)
        .json();
    assert!(run["summary"]["done"].as_u64() > Some(0), "{run}");
    assert_eq!(run["success"], false);
}

#[test]
fn numbers_that_a_data_centre_does_not_translate_are_asked_for_once_in_a_run() {
    let bench = ready(4);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let alma = cloud.tenant_by_name("Alma Bakery").unwrap();
        // Each in a unit of its own; some come without the UUID of their tenant.
        for n in 0..24 {
            let unit = cloud.add_unit(&alma, &format!("Shop {n}"));
            let details = serde_json::json!({"resourceName": format!("PC-{n}")});
            cloud.raise_alert(&unit, "BackupFailed", "Backup", "error", details);
        }
    });
    let missing = Kind::Status {
        code: 404,
        body: None,
        headers: Vec::new(),
    };
    let route = "*/tenants:resolve_ids";
    bench
        .sandbox
        .fault(Fault::new("acronis", "POST", route, missing).times(0));
    let run = bench
        .run(&["sync-tickets", "--yes", "--output", "json"])
        .expect(0);
    assert_eq!(asked(&bench, route), 1);
    assert_ne!(run.json()["summary"]["done"], Value::from(0));
}
