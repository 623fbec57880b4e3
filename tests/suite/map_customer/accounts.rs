//! Several Acronis accounts: one being down stops nothing of the others.

use super::{row, take_down, tenant, with_second_account, world};
use crate::support::Bench;

fn two() -> Bench {
    let eu = world(&["A", "B", "C"], &["a", "shared"]);
    Bench::on(with_second_account(eu, &["b", "shared"]))
}

#[test]
fn an_account_that_is_down_is_named_and_the_others_go_on() {
    let bench = two();
    take_down(&bench, "us");
    let run = bench.run(&["map-customer", "suggest"]).expect(3);
    assert!(
        run.stdout.contains("account us could not be read"),
        "{}",
        run.stdout
    );
    let list = bench
        .run(&["map-customer", "list", "--mapped", "-o", "json"])
        .expect(3);
    assert_eq!(list.json()[0]["company_name"], "A");
    bench.sandbox.clear_faults();
    bench.run(&["map-customer", "suggest"]).expect(0);
    assert_eq!(row(&bench, "B")["account"], "us");
}

#[test]
fn a_customer_of_an_account_that_is_down_is_left_as_it_is() {
    let bench = two();
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    take_down(&bench, "us");
    let run = bench
        .run(&["map-customer", "unlink", "B", "--yes"])
        .expect(4);
    assert!(
        run.stderr.contains("account us could not be read"),
        "{}",
        run.stderr
    );
    bench.run(&["map-customer", "link", "B", "a"]).expect(4);
    bench.sandbox.clear_faults();
    assert_eq!(row(&bench, "B")["state"], "mapped");
    assert!(bench.writes().is_empty());
}

#[test]
fn a_company_is_not_linked_in_a_second_account() {
    let bench = two();
    bench.run(&["map-customer", "suggest"]).expect(0);
    let run = bench
        .run(&["map-customer", "link", "A", "shared", "--account", "us"])
        .expect(4);
    assert!(run.stderr.contains("eu/"), "{}", run.stderr);
    assert!(run.stderr.contains("us/"), "{}", run.stderr);
}

#[test]
fn a_name_in_two_accounts_needs_the_account_or_the_id() {
    let bench = two();
    let run = bench
        .run(&["map-customer", "link", "C", "shared"])
        .expect(2);
    assert!(run.stderr.contains("eu/"), "{}", run.stderr);
    assert!(run.stderr.contains("us/"), "{}", run.stderr);
    bench
        .run(&["map-customer", "link", "C", "shared", "--account", "us"])
        .expect(0);
    assert_eq!(row(&bench, "C")["account"], "us");
}

#[test]
fn a_new_tenant_needs_to_know_where_to_go() {
    let bench = two();
    let run = bench.run(&["map-customer", "create", "C"]).expect(2);
    assert!(run.stderr.contains("--account"), "{}", run.stderr);
    bench
        .run(&["map-customer", "create", "C", "--account", "us"])
        .expect(0);
    assert_eq!(row(&bench, "C")["tenant"], tenant(&bench, "C"));
    assert_eq!(row(&bench, "C")["account"], "us");
}

#[test]
fn when_every_account_is_down_nothing_is_done_and_later_is_advised() {
    let bench = two();
    take_down(&bench, "eu");
    take_down(&bench, "us");
    let run = bench.run(&["map-customer", "suggest"]).expect(6);
    assert!(run.stderr.contains("again later"), "{}", run.stderr);
}
