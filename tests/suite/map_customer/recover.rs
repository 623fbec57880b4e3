//! The state file is lost; the marks in the tenants are not.

use serde_json::json;

use super::{by_hand, company, listed, mark, row, tenant, world};
use crate::support::Bench;

#[test]
fn the_same_links_come_back_after_the_state_file_was_lost() {
    let bench = Bench::on(world(&["A", "B", "C", "D"], &["a", "b", "other"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.run(&["map-customer", "link", "C", "other"]).expect(0);
    bench.run(&["map-customer", "create", "D"]).expect(0);
    let links = |bench: &Bench| -> Vec<_> {
        let key = |row: &serde_json::Value| {
            ["company", "account", "partner_id", "tenant"].map(|key| row[key].clone())
        };
        listed(bench).iter().map(key).collect()
    };
    let before = links(&bench);
    std::fs::remove_file(bench.state()).unwrap();
    assert_eq!(row(&bench, "A")["state"], "unmapped");
    bench.sandbox.clear_visits();
    bench.run(&["map-customer", "recover"]).expect(0);
    assert_eq!(links(&bench), before);
    assert_eq!(row(&bench, "C")["how"], "recovered");
    assert!(bench.writes().is_empty());
    let again = bench.run(&["map-customer", "recover"]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn marks_that_contradict_each_other_are_listed_and_never_linked() {
    let bench = Bench::on(world(&["A", "B"], &["one", "two", "three", "four"]));
    let ids = ["one", "two", "three", "four"].map(|name| tenant(&bench, name));
    let ours = mark(&bench, "A");
    by_hand(&bench, |cloud| {
        cloud.set_tenant(&ids[0], "internal_tag", json!(ours));
        cloud.set_tenant(&ids[1], "internal_tag", json!(ours));
        cloud.set_tenant(&ids[2], "internal_tag", json!("acrotask:4711:999999"));
        cloud.set_tenant(&ids[3], "internal_tag", json!("acrotask:1:5"));
    });
    let run = bench
        .run(&["map-customer", "recover", "-o", "json"])
        .expect(0);
    let plan = &run.json()["plan"];
    assert_eq!(plan["actions"], json!([]));
    let kinds: Vec<&str> = plan["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "mark-contradicts",
            "mark-contradicts",
            "mark-of-other-database",
            "mark-of-unknown-company",
            "products-not-mapped"
        ]
    );
    assert_eq!(row(&bench, "A")["state"], "unmapped");
}

#[test]
fn a_mark_that_contradicts_a_link_is_listed_and_the_link_stays() {
    let bench = Bench::on(world(&["A"], &["a", "copy"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    let (copy, ours) = (tenant(&bench, "copy"), mark(&bench, "A"));
    by_hand(&bench, |cloud| {
        cloud.set_tenant(&copy, "internal_tag", json!(ours));
    });
    let run = bench.run(&["map-customer", "recover"]).expect(0);
    assert!(
        run.stdout.contains("it stays linked to a "),
        "{}",
        run.stdout
    );
    assert_eq!(row(&bench, "A")["tenant"], tenant(&bench, "a"));
    assert_eq!(row(&bench, "A")["company"], company(&bench, "A"));
}
