//! `map-customer` from outside: companies ↔ customer tenants.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::support::Bench;

/// Id of a company of the world.
fn company(bench: &Bench, name: &str) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name))
        .unwrap_or_else(|| panic!("no company {name}"))
}

/// Id of a tenant of the first account.
fn tenant(bench: &Bench, name: &str) -> String {
    bench
        .sandbox
        .with_world(|world| world.acronis[0].tenant_by_name(name))
        .unwrap_or_else(|| panic!("no tenant {name}"))
}

/// Our mark for a company.
fn mark(bench: &Bench, name: &str) -> String {
    format!("acrotask:4711:{}", company(bench, name))
}

/// A tenant's document, by name.
fn document(bench: &Bench, name: &str) -> Value {
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap();
    let found = tenants.iter().find(|tenant| tenant["name"] == name);
    found.unwrap_or_else(|| panic!("no tenant {name}")).clone()
}

fn listed(bench: &Bench) -> Vec<Value> {
    let run = bench
        .run(&["map-customer", "list", "--all", "-o", "json"])
        .expect(0);
    run.json().as_array().unwrap().clone()
}

fn row(bench: &Bench, name: &str) -> Value {
    let rows = listed(bench);
    let found = rows.iter().find(|row| row["company_name"] == name);
    found.unwrap_or_else(|| panic!("no row for {name}")).clone()
}

#[test]
fn equal_names_are_linked_and_marked_and_a_second_run_writes_nothing() {
    let bench = Bench::small();
    let run = bench.run(&["map-customer", "suggest"]).expect(0);
    assert!(run.stdout.contains("link customer"), "{}", run.stdout);
    let alma = tenant(&bench, "Alma Bakery");
    assert_eq!(bench.writes(), [format!("PUT /api/2/tenants/{alma}")]);
    assert_eq!(
        document(&bench, "Alma Bakery")["internal_tag"],
        mark(&bench, "Alma Bakery")
    );
    let linked = row(&bench, "Alma Bakery");
    assert_eq!(linked["state"], "mapped");
    assert_eq!(linked["tenant"], alma);
    assert_eq!(linked["how"], "suggestion");
    assert_eq!(linked["account"], "eu");
    assert_eq!(row(&bench, "Brook Dental")["state"], "unmapped");

    bench.sandbox.clear_visits();
    let again = bench.run(&["map-customer", "suggest"]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_dry_run_writes_nothing_anywhere_and_tells_that_there_is_something_to_do() {
    let bench = Bench::small();
    let dry = ["map-customer", "suggest", "-n", "--detailed-exitcode"];
    let run = bench.run(&dry).expect(10);
    assert!(run.stdout.contains("Alma Bakery"), "{}", run.stdout);
    assert!(bench.writes().is_empty());
    assert!(!bench.state().exists());
}

#[test]
fn a_pair_is_linked_by_id_or_name_and_unlinked_again() {
    let bench = Bench::small();
    let brook = company(&bench, "Brook Dental").to_string();
    bench
        .run(&["map-customer", "link", &brook, "unrelated"])
        .expect(0);
    assert_eq!(row(&bench, "Brook Dental")["how"], "hand");
    assert_eq!(
        document(&bench, "Unrelated")["internal_tag"],
        mark(&bench, "Brook Dental")
    );
    bench.sandbox.clear_visits();
    bench
        .run(&["map-customer", "link", "Brook Dental", "Unrelated"])
        .expect(0);
    assert!(bench.writes().is_empty());

    let refused = bench
        .run(&["map-customer", "unlink", "Brook Dental"])
        .expect(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert!(bench.writes().is_empty());
    bench
        .run(&["map-customer", "unlink", "Brook Dental", "--yes"])
        .expect(0);
    assert_eq!(row(&bench, "Brook Dental")["state"], "unmapped");
    assert_eq!(document(&bench, "Unrelated")["internal_tag"], json!(null));
    // Only the mark was taken away.
    assert_eq!(bench.writes().len(), 1);
}

#[test]
fn neither_end_is_ever_linked_twice_and_both_offenders_are_named() {
    let bench = Bench::small();
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    let first = bench
        .run(&["map-customer", "link", "Alma Bakery", "Unrelated"])
        .expect(4);
    let second = bench
        .run(&["map-customer", "link", "Brook Dental", "Alma Bakery"])
        .expect(4);
    for run in [first, second] {
        assert!(run.stderr.contains("Alma Bakery"), "{}", run.stderr);
        assert!(run.stderr.contains("already"), "{}", run.stderr);
    }
    assert!(bench.writes().is_empty());
}

#[test]
fn a_tenant_is_made_with_mark_and_company_id_and_linked() {
    let bench = Bench::small();
    bench
        .run(&[
            "map-customer",
            "create",
            "Brook Dental",
            "--primary-contact",
        ])
        .expect(0);
    let made = document(&bench, "Brook Dental");
    let id = company(&bench, "Brook Dental");
    assert_eq!(made["internal_tag"], mark(&bench, "Brook Dental"));
    assert_eq!(made["customer_id"], id.to_string());
    assert_eq!(made["contact"]["email"], "ann@customer.example");
    assert_eq!(bench.writes(), ["POST /api/2/tenants"]);
    let linked = row(&bench, "Brook Dental");
    assert_eq!(linked["tenant"], made["id"]);
    assert_eq!(linked["how"], "created");

    bench.sandbox.clear_visits();
    bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(4);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_tenant_whose_answer_was_lost_is_found_at_once_and_not_made_again() {
    let bench = Bench::small();
    bench.sandbox.fault(Fault::new(
        "acronis",
        "POST",
        "/api/2/tenants",
        Kind::CutAfter,
    ));
    bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(0);
    assert_eq!(row(&bench, "Brook Dental")["state"], "mapped");
    assert_eq!(bench.writes(), ["POST /api/2/tenants"]);
}

#[test]
fn a_tenant_that_could_not_be_looked_for_is_taken_over_by_the_next_run() {
    let bench = Bench::small();
    bench.sandbox.fault(Fault::new(
        "acronis",
        "POST",
        "/api/2/tenants",
        Kind::CutAfter,
    ));
    let down = Kind::Status {
        code: 503,
        body: None,
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("acronis", "GET", "/api/2/tenants?parent_id=*", down).times(20));
    let run = bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(3);
    assert!(run.stdout.contains("uncertain"), "{}", run.stdout);
    assert_eq!(row(&bench, "Brook Dental")["state"], "unmapped");

    bench.sandbox.clear_faults();
    bench.sandbox.clear_visits();
    let run = bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(0);
    assert!(run.stdout.contains("adopt tenant"), "{}", run.stdout);
    assert!(bench.writes().is_empty());
    assert_eq!(row(&bench, "Brook Dental")["state"], "mapped");
}

#[test]
fn a_foreign_mark_is_overwritten_only_when_told() {
    let bench = Bench::small();
    let unrelated = tenant(&bench, "Unrelated");
    bench.sandbox.with_world(|world| {
        world.acronis[0].set_tenant(&unrelated, "internal_tag", json!("billing:77"));
    });
    let link = ["map-customer", "link", "Brook Dental", "Unrelated"];
    let run = bench.run(&link).expect(4);
    assert!(run.stderr.contains("billing:77"), "{}", run.stderr);
    assert!(run.stderr.contains("--replace-mark"), "{}", run.stderr);
    assert!(bench.writes().is_empty());
    let told = [&link[..], &["--replace-mark"]].concat();
    bench.run(&told).expect(0);
    assert_eq!(
        document(&bench, "Unrelated")["internal_tag"],
        mark(&bench, "Brook Dental")
    );
}

#[test]
fn what_fails_midway_is_reported_and_the_rerun_does_the_rest_only() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        let root = world.acronis[0].root();
        world.acronis[0].add_customer(&root, "Brook Dental");
    });
    let brook = tenant(&bench, "Brook Dental");
    let refused = Kind::Status {
        code: 403,
        body: None,
        headers: Vec::new(),
    };
    let path = format!("/api/2/tenants/{brook}");
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", &path, refused));
    let run = bench.run(&["map-customer", "suggest"]).expect(3);
    assert!(run.stdout.contains("failed"), "{}", run.stdout);
    assert_eq!(row(&bench, "Alma Bakery")["state"], "mapped");
    assert_eq!(row(&bench, "Brook Dental")["state"], "unmapped");

    bench.sandbox.clear_visits();
    bench.run(&["map-customer", "suggest"]).expect(0);
    assert_eq!(bench.writes(), [format!("PUT {path}")]);
    assert_eq!(row(&bench, "Brook Dental")["state"], "mapped");
}
