//! `kill -9` at the worst moment leaves one tenant, and the next run finds it.

use sandbox::{Fault, Kind};

use super::{effects, row, tenant, world};
use crate::support::Bench;

/// Runs until a request of this method and path is held up, then kills with no chance to tidy up.
fn kill_at(bench: &Bench, arguments: &[&str], method: &str, pattern: &str) {
    let held = Fault::new("acronis", method, pattern, Kind::HeldBefore);
    bench.sandbox.fault(held);
    assert!(bench.killed_when_held(&mut bench.command(arguments)));
    bench.sandbox.clear_faults();
}

#[test]
fn a_run_killed_after_the_tenant_was_made_is_gone_on_with() {
    let bench = Bench::on(world(&["Alma"], &[]));
    let create = ["map-customer", "create", "Alma"];
    bench.sandbox.fault(Fault::new(
        "acronis",
        "POST",
        "/api/2/tenants",
        Kind::CutAfter,
    ));
    let children = "/api/2/tenants?parent_id=*";
    kill_at(&bench, &create, "GET", children);
    assert_eq!(row(&bench, "Alma")["state"], "unmapped");
    let run = bench.run(&create).expect(0);
    assert!(run.stdout.contains("adopt tenant"), "{}", run.stdout);
    assert_eq!(effects(&bench), ["POST /api/2/tenants"]);
    assert_eq!(row(&bench, "Alma")["tenant"], tenant(&bench, "Alma"));
    let left = bench.run(&["status", "-o", "json"]).expect(0);
    assert!(!left.stdout.contains("\"uncertain\""), "{}", left.stdout);
}

#[test]
fn a_run_killed_before_the_mark_was_written_starts_again() {
    let bench = Bench::on(world(&["Alma"], &["Alma"]));
    let path = format!("/api/2/tenants/{}", tenant(&bench, "Alma"));
    kill_at(&bench, &["map-customer", "suggest"], "PUT", &path);
    bench.run(&["map-customer", "suggest"]).expect(0);
    assert_eq!(row(&bench, "Alma")["state"], "mapped");
}
