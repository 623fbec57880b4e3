//! What goes wrong around customers that are linked.

use sandbox::World;

use super::*;

const VMS: &str = "Acronis - Per workload - Virtual machines";
const MOBILES: &str = "Acronis - Per workload - Mobile devices";

fn stale() -> Kind {
    Kind::Status {
        code: 409,
        body: Some(r#"{"error":{"code":1001,"message":"Version mismatch"}}"#.to_owned()),
        headers: Vec::new(),
    }
}

/// Alma Bakery is in line with its contracts, and then buys virtual machines.
fn bought() -> (Bench, String) {
    let bench = Bench::small();
    ready(&bench);
    provision(&bench, &[]).expect(0);
    sell(&bench, "Alma Bakery", VMS, 4);
    bench.sandbox.clear_visits();
    let alma = tenant(&bench, "Alma Bakery");
    (bench, alma)
}

#[test]
fn a_change_sends_only_its_rows_with_the_versions_read() {
    let (bench, alma) = bought();
    provision(&bench, &[]).expect(0);
    let writes = bench.sandbox.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(
        writes[0].path,
        format!("/api/2/tenants/{alma}/offering_items")
    );
    let rows = writes[0].body["offering_items"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["name"], "pw_base_vms");
    assert_eq!(rows[0]["status"], 1);
    assert_eq!(rows[0]["quota"]["value"], 4);
    assert_eq!(rows[0]["quota"]["overage"], 0);
}

#[test]
fn a_stale_version_is_read_again_and_tried_once() {
    let (bench, alma) = bought();
    let path = "*/tenants/*/offering_items";
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", path, stale()));
    provision(&bench, &[]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));

    sell(&bench, "Alma Bakery", VMS, 2);
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", path, stale()).times(2));
    let run = provision(&bench, &[]);
    assert_ne!(run.code, 0, "{run:?}");
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
    provision(&bench, &[]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 6.into()));
}

#[test]
fn a_stale_version_is_known_by_status_426_whatever_its_body_says() {
    let (bench, alma) = bought();
    let stale = Kind::Status {
        code: 426,
        body: None,
        headers: Vec::new(),
    };
    let path = "*/tenants/*/offering_items";
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", path, stale));
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(run["summary"]["done"], 1, "{run}");
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
}

#[test]
fn an_approved_lowering_is_not_undone_by_the_check_of_the_platform_nor_takes_others_with_it() {
    let (bench, alma) = bought();
    // Four were bought and six are in use; more of something else was bought, too.
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.set_usage(&alma, "pw_base_vms", None, 6, 6);
    });
    let (_, mobiles) = item(&bench, &alma, "pw_base_mobiles");
    sell(&bench, "Alma Bakery", MOBILES, 5);
    let shown = provision(&bench, &["--dry-run"]).expect(4).json();
    assert_eq!(codes(&shown), ["quota-below-usage"]);
    let digest = shown["plan"]["digest"].as_str().unwrap();
    provision(&bench, &["--expect-plan", digest]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
    let more = mobiles.as_i64().unwrap_or_default() + 5;
    assert_eq!(item(&bench, &alma, "pw_base_mobiles"), (1, more.into()));
    let writes = bench.sandbox.writes();
    let sent = writes.iter().map(|write| {
        let rows = write.body["offering_items"].as_array().unwrap();
        let names: Vec<&str> = rows
            .iter()
            .map(|row| row["name"].as_str().unwrap())
            .collect();
        (names, write.body["check_usage"].as_bool().unwrap())
    });
    let expected = [
        (vec!["pw_base_mobiles"], true),
        (vec!["pw_base_vms"], false),
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}

#[test]
fn a_lost_answer_about_quotas_is_looked_up() {
    let (bench, alma) = bought();
    let path = "*/tenants/*/offering_items";
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", path, Kind::CutAfter).times(0));
    provision(&bench, &[]).expect(0);
    bench.sandbox.clear_faults();
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
    bench.sandbox.clear_visits();
    provision(&bench, &[]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_customer_that_denies_access_is_reported_and_not_taken_for_empty() {
    let (bench, alma) = bought();
    bench.sandbox.with_world(|world| {
        world.acronis[0].set_tenant(&alma, "ancestral_access", false.into());
    });
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0]);
    assert!(
        run["plan"]["notes"].to_string().contains("access-denied"),
        "{run}"
    );
}

#[test]
fn a_tenant_with_an_operation_in_progress_is_passed_over_this_time() {
    let (bench, alma) = bought();
    bench.sandbox.with_world(|world| {
        let busy = "recovering".into();
        world.acronis[0].set_tenant(&alma, "external_operation_status", busy);
    });
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0]);
    assert!(
        run["plan"]["notes"].to_string().contains("tenant-busy"),
        "{run}"
    );
}

#[test]
fn an_account_that_fails_does_not_stop_the_others() {
    let mut options = sandbox::SeedOptions::at(crate::support::NOW.parse().unwrap());
    options.companies = 12;
    options.accounts = 2;
    let bench = Bench::on(World::msp(&options));
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    let names = bench.sandbox.accounts().to_vec();
    bench
        .sandbox
        .with_world(|world| world.acronis[0].client_enabled = false);
    let run = provision(&bench, &["-n"]).json();
    let notes = run["plan"]["notes"].to_string();
    assert!(
        notes.contains("account-unreadable") && notes.contains(&names[0]),
        "{notes}"
    );
    let actions = run["plan"]["actions"].as_array().unwrap();
    assert!(
        actions
            .iter()
            .all(|action| action["account"] == names[1].as_str())
    );
}

#[test]
fn a_run_narrowed_to_a_company_touches_no_other() {
    let (bench, alma) = bought();
    let brook = company(&bench, "Brook Dental").to_string();
    provision(&bench, &["--company", &brook]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
    let own = company(&bench, "Alma Bakery").to_string();
    provision(&bench, &["--company", &own]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
}

#[test]
fn a_write_of_unknown_outcome_is_settled_by_its_exact_value_whatever_unit_it_is_shown_in() {
    let bench = Bench::small();
    ready(&bench);
    provision(&bench, &[]).expect(0);
    let list = bench.run(&["map-products", "list", "--output", "json"]);
    let list = list.expect(0).json();
    let is_storage = |row: &&Value| row["name"] == "pw_base_storage" && !row["service"].is_null();
    let storage = list.as_array().unwrap().iter().find(is_storage).unwrap();
    let word = |key: &str| storage[key].as_str().unwrap().to_owned();
    let (item, service) = (word("item"), word("service"));
    let unit = |unit: &str| {
        let write = [
            "map-products",
            "use",
            &item,
            &service,
            "--unit",
            unit,
            "--yes",
        ];
        bench.run(&write).expect(0);
    };
    unit("TiB");
    sell(&bench, "Alma Bakery", &service, 3);
    let alma = tenant(&bench, "Alma Bakery");
    let path = format!("*/tenants/{alma}/offering_items");
    for (method, kind) in [("PUT", Kind::CutAfter), ("GET", Kind::CutBefore)] {
        let fault = Fault::new("acronis", method, &path, kind);
        bench.sandbox.fault(fault.times(0));
    }
    provision(&bench, &[]).expect(3);
    bench.sandbox.clear_faults();
    unit("GiB");
    provision(&bench, &[]);
    let history = bench.run(&["history", "--output", "json"]).expect(0).json();
    let is_quota = |entry: &&Value| entry["kind"] == "set-quota";
    let quotas: Vec<&Value> = history
        .as_array()
        .unwrap()
        .iter()
        .filter(is_quota)
        .collect();
    assert_eq!(quotas.len(), 1, "the second run had nothing to set");
    assert_eq!(quotas[0]["subject"], item);
    assert_eq!(quotas[0]["after"]["quota"], "3 TiB");
    assert_eq!(
        quotas[0]["exact"]["after"]["quota"],
        "value 3298534883328 overage 0"
    );
    assert_eq!(quotas[0]["outcome"], "took-effect");
    let evidence = quotas[0]["evidence"].to_string();
    assert!(evidence.contains("is at 3072 GiB"), "{evidence}");
}
