//! Stories of a state file that is gone, or is another one than before, while tenants bear our tags.

use sandbox::World;
use serde_json::json;

use crate::support::{Bench, NOW, Run};

/// What would act as if nobody were a customer.
const ACTING: [&[&str]; 6] = [
    &["provision"],
    &["provision", "--dry-run"],
    &["sync-billing"],
    &["sync-billing", "--dry-run"],
    &["sync-tickets"],
    &["sync-tickets", "--dry-run"],
];

/// Alma Bakery is mapped, and so are the products.
fn mapped() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn lose_state(bench: &Bench) {
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        drop(std::fs::remove_file(bench.dir().join(name)));
    }
}

#[track_caller]
fn names_the_cure(run: &Run, path: &str) {
    for part in [
        path,
        "1 tenant has acrotask's tag",
        "eu: 1",
        "map-customer recover",
        "map-products import",
    ] {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
}

#[test]
fn what_would_act_on_a_lost_state_file_is_refused_until_it_is_recovered() {
    let bench = mapped();
    lose_state(&bench);
    for command in ACTING {
        let run = bench.run(command).expect(4);
        names_the_cure(&run, "state.db");
    }
    assert_eq!(bench.writes(), [""; 0]);
    for command in [
        &["map-customer", "list"][..],
        &["map-customer", "suggest", "--dry-run"],
        &["map-products", "list"],
    ] {
        names_the_cure(&bench.run(command).expect(0), "state.db");
    }
    let check = bench.run(&["check"]);
    assert!(check.stdout.contains("state-lost"), "{check:?}");
    let recovered = bench.run(&["map-customer", "recover"]).expect(0);
    assert!(
        recovered
            .stdout
            .contains("acrotask map-products import FILE"),
        "{recovered:?}"
    );
    assert!(!recovered.stderr.contains("tag"), "{recovered:?}");
    for command in ACTING {
        bench.run(command).expect(0);
    }
}

#[test]
fn a_mistyped_state_file_is_as_good_as_a_lost_one() {
    let bench = mapped();
    let command = ["provision", "--dry-run", "--state", "sate.db"];
    let run = bench.run(&command).expect(4);
    names_the_cure(&run, "there is no state file sate.db");
    assert!(!bench.dir().join("sate.db").exists());
    bench.run(&["provision", "--dry-run"]).expect(0);
}

#[test]
fn tags_of_another_database_and_a_world_without_tags_are_nothing_to_wait_for() {
    let bench = Bench::small();
    for command in ACTING {
        bench.run(command).expect(0);
    }
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let tenant = cloud.tenant_by_name("Unrelated").unwrap();
        cloud.set_tenant(&tenant, "internal_tag", json!("acrotask:999:5"));
    });
    for command in ACTING {
        bench.run(command).expect(0);
    }
}

#[test]
fn a_file_whose_only_customer_was_unlinked_is_not_lost_though_the_tag_stayed() {
    let bench = mapped();
    let tenant = bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.hide_tenant(&tenant);
        tenant
    });
    bench
        .run(&["map-customer", "unlink", "Alma Bakery", "--yes"])
        .expect(0);
    bench
        .sandbox
        .with_world(|world| world.acronis[0].unhide_tenant(&tenant));
    bench.run(&["provision", "--dry-run"]).expect(0);
}

#[test]
fn a_first_customer_whose_making_was_cut_off_is_no_sign_of_a_lost_file() {
    let bench = Bench::on(World::small(NOW.parse().unwrap()));
    bench
        .run(&["map-customer", "create", "Brook Dental", "--yes"])
        .expect(0);
    // As a kill leaves it between the tenant and its link.
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let cut = "DELETE FROM customer_links;
               UPDATE journal SET outcome = NULL, settled_at = NULL WHERE kind = 'create-tenant';";
    state.execute_batch(cut).unwrap();
    drop(state);
    for command in ACTING {
        bench.run(command).expect(0);
    }
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    // `provision` has taken the tenant over; without link and journal nothing tells whose it is.
    let forgotten = "DELETE FROM customer_links; DELETE FROM journal;";
    state.execute_batch(forgotten).unwrap();
    drop(state);
    bench.run(&["provision", "--dry-run"]).expect(4);
}
