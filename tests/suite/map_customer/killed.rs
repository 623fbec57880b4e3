//! `kill -9` at the worst moment leaves one tenant, and the next run finds it.

use sandbox::{Fault, Kind};

use super::{effects, row, tenant, without_mode, world};
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
    assert_eq!(without_mode(effects(&bench)), ["POST /api/2/tenants"]);
    assert_eq!(row(&bench, "Alma")["tenant"], tenant(&bench, "Alma"));
    let left = bench.run(&["status", "-o", "json"]).expect(1);
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

fn is_uncertain(bench: &Bench) -> bool {
    let status = bench.run(&["status", "-o", "json"]).stdout;
    status.contains("\"uncertain\"")
}

/// Loses the answer of the next write to a tenant while this runs.
fn loses_its_answer(bench: &Bench, tenant: &str, kind: Kind, arguments: &[&str]) {
    let path = format!("/api/2/tenants/{tenant}");
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", &path, kind));
    assert_ne!(bench.run(arguments).code, 0);
    bench.sandbox.clear_faults();
    assert!(is_uncertain(bench));
}

const LINK_ALMA: [&str; 4] = ["map-customer", "link", "Alma", "Alma"];

/// Alma, whose tenant this tells, is still to be linked; no request is sent a second time.
fn brook_is_linked() -> (Bench, String) {
    let bench = Bench::on(world(&["Alma", "Brook"], &["Alma", "Brook"]));
    bench.configure("[products]", "[network]\nattempts = 1\n\n[products]");
    bench
        .run(&["map-customer", "link", "Brook", "Brook"])
        .expect(0);
    let alma = tenant(&bench, "Alma");
    (bench, alma)
}

#[test]
fn a_link_and_its_end_whose_answers_were_lost_are_settled_by_the_next_run_that_reads_customers() {
    let (bench, alma) = brook_is_linked();
    loses_its_answer(&bench, &alma, Kind::CutAfter, &LINK_ALMA);
    // There is no contract at all, which is refused; the link is settled before.
    bench.run(&["provision", "--yes"]).expect(4);
    assert!(!is_uncertain(&bench));
    assert_eq!(row(&bench, "Alma")["tenant"], alma);
    assert_eq!(row(&bench, "Alma")["how"], "hand");

    let unlink = ["map-customer", "unlink", "Alma", "--yes"];
    loses_its_answer(&bench, &alma, Kind::CutAfter, &unlink);
    assert_eq!(row(&bench, "Alma")["state"], "mapped");
    bench.run(&["sync-billing", "--yes"]).expect(4);
    assert!(!is_uncertain(&bench));
    assert_eq!(row(&bench, "Alma")["state"], "unmapped");
    let history = bench.run(&["history", "-o", "json"]).expect(0).json();
    assert_eq!(history[0]["outcome"], "took-effect");
}

#[test]
fn a_link_whose_request_was_lost_is_settled_as_not_made() {
    let (bench, alma) = brook_is_linked();
    loses_its_answer(&bench, &alma, Kind::CutBefore, &LINK_ALMA);
    bench.run(&["sync-billing", "--yes"]).expect(4);
    assert!(!is_uncertain(&bench));
    assert_eq!(row(&bench, "Alma")["state"], "unmapped");
    bench.run(&LINK_ALMA).expect(0);
    let brook = tenant(&bench, "Brook");
    let unlink = ["map-customer", "unlink", "Brook", "--yes"];
    loses_its_answer(&bench, &brook, Kind::CutBefore, &unlink);
    // There is no contract at all, which is refused; the link is settled before.
    bench.run(&["provision", "--yes"]).expect(4);
    assert!(!is_uncertain(&bench));
    assert_eq!(row(&bench, "Brook")["state"], "mapped");
}
