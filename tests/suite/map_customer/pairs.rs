//! One pair at a time: link, create, unlink, suggest; twice, previewed, refused, interrupted.

use sandbox::{Fault, Kind};
use serde_json::json;

use super::{
    by_hand, company, document, effects, impatient, mark, refusing, row, tenant, without_mode,
    world,
};
use crate::support::Bench;

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
    assert_eq!(without_mode(bench.writes()), ["POST /api/2/tenants"]);
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
    assert_eq!(without_mode(bench.writes()), ["POST /api/2/tenants"]);
}

#[test]
fn a_tenant_that_could_not_be_looked_for_is_taken_over_by_the_next_run() {
    let bench = Bench::small();
    impatient(&bench);
    bench.sandbox.fault(Fault::new(
        "acronis",
        "POST",
        "/api/2/tenants",
        Kind::CutAfter,
    ));
    bench.sandbox.fault(
        Fault::new(
            "acronis",
            "GET",
            "/api/2/tenants?parent_id=*",
            refusing(503),
        )
        .times(20),
    );
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
    assert_eq!(without_mode(bench.writes()), [""; 0]);
    assert_eq!(row(&bench, "Brook Dental")["state"], "mapped");
}

#[test]
fn a_foreign_mark_is_overwritten_only_when_asked() {
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
    let path = format!("/api/2/tenants/{brook}");
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", &path, refusing(403)));
    let run = bench.run(&["map-customer", "suggest"]).expect(3);
    assert!(run.stdout.contains("failed"), "{}", run.stdout);
    assert_eq!(row(&bench, "Alma Bakery")["state"], "mapped");
    assert_eq!(row(&bench, "Brook Dental")["state"], "unmapped");

    bench.sandbox.clear_visits();
    bench.run(&["map-customer", "suggest"]).expect(0);
    assert_eq!(bench.writes(), [format!("PUT {path}")]);
    assert_eq!(row(&bench, "Brook Dental")["state"], "mapped");
}

#[test]
fn a_taken_name_is_refused_with_its_holder_and_numbered_when_asked() {
    let bench = Bench::on(world(&["Alma"], &["alma", "Alma /2"]));
    let run = bench.run(&["map-customer", "create", "Alma"]).expect(4);
    assert!(run.stderr.contains("`Alma` is taken"), "{}", run.stderr);
    assert!(run.stderr.contains("`Alma /3`"), "{}", run.stderr);
    assert!(bench.writes().is_empty());
    bench
        .run(&["map-customer", "create", "Alma", "--numbered"])
        .expect(0);
    assert_eq!(row(&bench, "Alma")["tenant"], tenant(&bench, "Alma /3"));
}

#[test]
fn a_name_that_is_taken_only_while_applying_fails_that_tenant_and_makes_nothing() {
    let bench = Bench::on(world(&["Alma"], &[]));
    let taken = Kind::Status {
        code: 409,
        body: Some(r#"{"error":{"code":1004,"message":"Tenant name conflict"}}"#.to_owned()),
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("acronis", "POST", "/api/2/tenants", taken));
    let run = bench.run(&["map-customer", "create", "Alma"]).expect(1);
    assert!(run.stdout.contains("--name"), "{}", run.stdout);
    assert!(effects(&bench).is_empty());
    assert_eq!(row(&bench, "Alma")["state"], "unmapped");
}

#[test]
fn a_tenant_is_made_under_the_partner_that_is_named() {
    let bench = Bench::on(world(&["Alma", "Brook"], &["Customer"]));
    by_hand(&bench, |cloud| {
        let partner = cloud.add_partner(&cloud.root(), "North");
        cloud.add_folder(&partner, "Small business");
    });
    bench
        .run(&[
            "map-customer",
            "create",
            "Alma",
            "--partner",
            "small business",
        ])
        .expect(0);
    let made = document(&bench, "Alma");
    assert_eq!(made["parent_id"], tenant(&bench, "Small business"));
    assert_eq!(row(&bench, "Alma")["partner"], "Small business");
    let run = bench
        .run(&["map-customer", "create", "Brook", "--partner", "Customer"])
        .expect(2);
    assert!(run.stderr.contains("is a customer"), "{}", run.stderr);
}

#[test]
fn nothing_is_made_while_several_tenants_bear_the_mark() {
    let bench = Bench::on(world(&["Alma"], &["One", "Two"]));
    let (one, two) = (tenant(&bench, "One"), tenant(&bench, "Two"));
    let ours = mark(&bench, "Alma");
    by_hand(&bench, |cloud| {
        cloud.set_tenant(&one, "internal_tag", json!(ours));
        cloud.set_tenant(&two, "internal_tag", json!(ours));
    });
    let run = bench.run(&["map-customer", "create", "Alma"]).expect(4);
    assert!(run.stderr.contains(&one), "{}", run.stderr);
    assert!(run.stderr.contains(&two), "{}", run.stderr);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_mark_whose_answer_was_lost_is_there_once_and_the_link_is_made() {
    let bench = Bench::small();
    let path = format!("/api/2/tenants/{}", tenant(&bench, "Alma Bakery"));
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", &path, Kind::CutAfter));
    bench.run(&["map-customer", "suggest"]).expect(0);
    assert_eq!(row(&bench, "Alma Bakery")["state"], "mapped");
    assert_eq!(
        document(&bench, "Alma Bakery")["internal_tag"],
        mark(&bench, "Alma Bakery")
    );
    assert_eq!(effects(&bench), [format!("PUT {path}")]);
}

#[test]
fn an_uncertain_creation_that_left_nothing_is_settled_and_made_by_the_next_run() {
    let bench = Bench::on(world(&["Alma"], &[]));
    impatient(&bench);
    bench
        .sandbox
        .fault(Fault::new("acronis", "POST", "/api/2/tenants", Kind::CutBefore).times(9));
    let run = bench.run(&["map-customer", "create", "Alma"]).expect(3);
    assert!(run.stdout.contains("uncertain"), "{}", run.stdout);
    bench.sandbox.clear_faults();
    bench.run(&["map-customer", "create", "Alma"]).expect(0);
    assert_eq!(without_mode(effects(&bench)), ["POST /api/2/tenants"]);
}

#[test]
fn near_names_are_shown_with_their_score_and_ambiguous_ones_are_never_linked() {
    let bench = Bench::on(world(
        &["Alma Bakery", "Brook Dental", "Cliff Ltd", "Cliff GmbH"],
        &[
            "Alma Bakerys",
            "brook dental, inc.",
            "BROOK DENTAL",
            "Cliff",
        ],
    ));
    let run = bench
        .run(&["map-customer", "suggest", "-o", "json"])
        .expect(0);
    let plan = &run.json()["plan"];
    assert_eq!(plan["actions"], json!([]));
    let of_kind = |kind: &str| -> Vec<String> {
        let notes = plan["notes"].as_array().unwrap().iter();
        let fitting = notes.filter(|note| note["kind"] == kind);
        fitting
            .map(|note| note["company_name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        of_kind("ambiguous"),
        ["Brook Dental", "Cliff GmbH", "Cliff Ltd"]
    );
    assert_eq!(of_kind("alike"), ["Alma Bakery"]);
    assert!(run.stdout.contains("Alma Bakerys"), "{}", run.stdout);
    assert!(run.stdout.contains(" %"), "{}", run.stdout);
    assert!(bench.writes().is_empty());
}

#[test]
fn only_the_plan_that_was_reviewed_is_applied() {
    let bench = Bench::small();
    let preview = bench
        .run(&["map-customer", "suggest", "-n", "-o", "json"])
        .expect(0);
    let digest = preview.json()["plan"]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let stale = [
        "map-customer",
        "suggest",
        "--expect-plan",
        "0000000000000000",
    ];
    bench.run(&stale).expect(4);
    assert!(bench.writes().is_empty());
    bench
        .run(&["map-customer", "suggest", "--expect-plan", &digest])
        .expect(0);
    assert_eq!(row(&bench, "Alma Bakery")["state"], "mapped");
}
