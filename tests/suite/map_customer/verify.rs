//! What becomes of links when people change either end.

use serde_json::json;

use super::{by_hand, company, row, tenant, world};
use crate::support::Bench;

/// A bench with `A` linked to `a` and `B` to `b`.
fn linked() -> Bench {
    let bench = Bench::on(world(&["A", "B"], &["a", "b"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

#[test]
fn renamed_moved_disabled_and_inactive_ends_are_shown_with_what_to_do() {
    let bench = linked();
    let (a, b) = (tenant(&bench, "a"), tenant(&bench, "b"));
    let id = company(&bench, "B");
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let north = cloud.add_partner(&cloud.root(), "North");
        cloud.rename(&a, "a-renamed");
        cloud.move_tenant(&a, &north);
        cloud.disable(&b);
        world
            .autotask
            .set("Companies", id, "companyName", json!("B new"));
        world
            .autotask
            .set("Companies", id, "isActive", json!(false));
    });
    let run = bench
        .run(&["map-customer", "suggest", "-o", "json"])
        .expect(0);
    let document = run.json();
    let kinds: Vec<&str> = document["plan"]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "company-inactive",
            "company-renamed",
            "tenant-disabled",
            "tenant-moved",
            "tenant-renamed"
        ]
    );
    assert_eq!(row(&bench, "A")["state"], "tenant-renamed");
    // Where it is now, not where it was when it was linked.
    assert_eq!(row(&bench, "A")["partner"], "North");
    assert_ne!(
        row(&bench, "A")["partner_id"],
        row(&bench, "B new")["partner_id"]
    );
    assert_eq!(row(&bench, "B new")["state"], "tenant-disabled");
    let list = bench.run(&["map-customer", "list"]).expect(0);
    assert!(
        list.stderr.contains("was moved from Small MSP to North"),
        "{}",
        list.stderr
    );
}

#[test]
fn linking_the_same_pair_again_takes_note_of_new_names() {
    let bench = linked();
    let a = tenant(&bench, "a");
    by_hand(&bench, |cloud| cloud.rename(&a, "a-renamed"));
    let link = ["map-customer", "link", "A", &a];
    let run = bench.run(&link).expect(0);
    assert!(run.stdout.contains("note changes"), "{}", run.stdout);
    assert!(bench.writes().is_empty());
    assert_eq!(row(&bench, "A")["state"], "mapped");
    assert_eq!(row(&bench, "A")["how"], "suggestion");
    let again = bench.run(&link).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn a_deleted_tenant_is_reported_and_never_leads_to_a_new_one() {
    let bench = linked();
    let a = tenant(&bench, "a");
    by_hand(&bench, |cloud| cloud.delete_as_person(&a));
    assert_eq!(row(&bench, "A")["state"], "tenant-deleted");
    assert_eq!(row(&bench, "B")["state"], "mapped");
    bench.run(&["map-customer", "create", "A"]).expect(4);
    assert!(bench.writes().is_empty());
    // A person unlinks; a mark in a deleted tenant is nobody's business.
    bench
        .run(&["map-customer", "unlink", "A", "--yes"])
        .expect(0);
    assert!(bench.writes().is_empty());
    bench.run(&["map-customer", "create", "A"]).expect(0);
    assert_eq!(row(&bench, "A")["state"], "mapped");
}

#[test]
fn a_lost_mark_is_reported_and_written_again_by_link() {
    let bench = linked();
    let a = tenant(&bench, "a");
    by_hand(&bench, |cloud| {
        cloud.set_tenant(&a, "internal_tag", json!(null))
    });
    let run = bench.run(&["map-customer", "suggest"]).expect(0);
    assert!(run.stdout.contains("lost acrotask's tag"), "{}", run.stdout);
    bench.run(&["map-customer", "link", "A", &a]).expect(0);
    assert_eq!(bench.writes(), [format!("PUT /api/2/tenants/{a}")]);
    let run = bench.run(&["map-customer", "suggest"]).expect(0);
    assert!(
        !run.stdout.contains("lost acrotask's tag"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_busy_tenant_is_not_linked() {
    let bench = Bench::on(world(&["A"], &["a"]));
    let a = tenant(&bench, "a");
    by_hand(&bench, |cloud| {
        cloud.set_tenant(&a, "external_operation_status", json!("deleting"));
    });
    let run = bench.run(&["map-customer", "link", "A", &a]).expect(4);
    assert!(run.stderr.contains("deleting"), "{}", run.stderr);
    assert!(bench.writes().is_empty());
}

#[test]
fn history_keeps_what_was_unlinked() {
    let bench = linked();
    bench
        .run(&["map-customer", "unlink", "A", "--yes"])
        .expect(0);
    let a = tenant(&bench, "a");
    bench.run(&["map-customer", "link", "B", &a]).expect(4);
    bench.run(&["map-customer", "link", "A", &a]).expect(0);
    assert_eq!(row(&bench, "A")["how"], "hand");
}
