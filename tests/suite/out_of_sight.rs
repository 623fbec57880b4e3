//! Stories of what is suddenly out of sight: it is never taken for gone.

use jiff::ToSpan as _;
use sandbox::{Fault, Kind, World};
use serde_json::{Value, json};

use crate::support::{Bench, Run};

/// Alma Bakery (pay as you go) and Brook Dental (prepaid) are mapped and provisioned, and an alert of
/// Alma Bakery waits for its ticket.
fn two_customers() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    let brook = "Brook Dental";
    bench
        .run(&["map-customer", "create", brook, "--yes"])
        .expect(0);
    bench.run(&["provision"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn company(bench: &Bench, name: &str) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name))
        .unwrap()
}

fn tenant(bench: &Bench, name: &str) -> String {
    bench
        .sandbox
        .with_world(|world| world.acronis[0].tenant_by_name(name))
        .unwrap()
}

/// The state in which a company is listed.
fn listed(bench: &Bench, company: i64) -> Value {
    let run = bench.run(&["map-customer", "list", "-o", "json"]).expect(0);
    let rows = run.json();
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["company"] == company).unwrap()["state"].clone()
}

#[track_caller]
fn no_advice_to_unlink(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("unlink"), "{run:?}");
    }
}

/// Everything that reads both sides and would act, each a dry run and a real one.
fn acting(bench: &Bench, code: i32) -> Vec<Run> {
    let mut runs = Vec::new();
    for command in ["provision", "sync-billing", "sync-tickets"] {
        runs.push(bench.run(&[command, "--dry-run"]).expect(code));
        runs.push(bench.run(&[command]).expect(code));
    }
    runs
}

#[test]
fn a_world_without_companies_is_refused_by_all_and_nobody_is_to_be_unlinked() {
    let bench = two_customers();
    bench
        .sandbox
        .with_world(|world| world.autotask.hide_all("Companies"));
    for run in acting(&bench, 4) {
        assert!(run.stderr.contains("no company at all"), "{run:?}");
        no_advice_to_unlink(&run);
    }
    assert_eq!(bench.writes(), [""; 0]);
    let list = bench.run(&["map-customer", "list"]).expect(0);
    assert!(list.stderr.contains("no company at all"), "{list:?}");
    no_advice_to_unlink(&list);
}

#[test]
fn all_mapped_companies_out_of_sight_are_refused_also_when_others_are_shown() {
    let bench = two_customers();
    let ids = ["Alma Bakery", "Brook Dental"].map(|name| company(&bench, name));
    bench.sandbox.with_world(|world| {
        for id in ids {
            world.autotask.hide("Companies", id);
        }
    });
    for run in acting(&bench, 4) {
        assert!(
            run.stderr
                .contains("none of the 2 companies that are mapped"),
            "{run:?}"
        );
        no_advice_to_unlink(&run);
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn one_company_out_of_sight_is_a_remark_and_its_alerts_wait() {
    let bench = two_customers();
    let alma = company(&bench, "Alma Bakery");
    bench
        .sandbox
        .with_world(|world| world.autotask.hide("Companies", alma));
    for run in acting(&bench, 0) {
        assert!(run.stdout.contains("does not show"), "{run:?}");
        no_advice_to_unlink(&run);
    }
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(listed(&bench, alma), "company-hidden");
    bench.sandbox.with_world(|world| world.autotask.unhide());
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.writes(), ["POST /ATServicesRest/V1.0/Tickets"]);
}

#[test]
fn a_hidden_tenant_keeps_everything_and_a_deleted_one_is_reported_with_its_date() {
    let bench = two_customers();
    let (brook, id) = (
        company(&bench, "Brook Dental"),
        tenant(&bench, "Brook Dental"),
    );
    bench
        .sandbox
        .with_world(|world| world.acronis[0].hide_tenant(&id));
    for run in acting(&bench, 0) {
        no_advice_to_unlink(&run);
    }
    let run = bench.run(&["provision", "-n", "-o", "json"]).expect(0);
    let plan = &run.json()["plan"];
    assert_eq!(plan["actions"], json!([]));
    assert!(
        plan["notes"].to_string().contains("tenant-hidden"),
        "{plan}"
    );
    assert_eq!(listed(&bench, brook), "tenant-hidden");
    assert!(!bench.writes().iter().any(|write| write.contains(&id)));
    bench.sandbox.with_world(|world| {
        world.acronis[0].unhide_tenant(&id);
        world.acronis[0].delete_as_person(&id);
    });
    assert_eq!(listed(&bench, brook), "tenant-deleted");
    let run = bench.run(&["provision", "-n"]).expect(0);
    assert!(run.stdout.contains("was deleted on 2026-09-15"), "{run:?}");
}

#[test]
fn ends_that_denied_access_moved_or_were_disabled_are_distinguished() {
    let bench = two_customers();
    let (brook, id) = (
        company(&bench, "Brook Dental"),
        tenant(&bench, "Brook Dental"),
    );
    let change = |field: &str, value: Value| {
        bench
            .sandbox
            .with_world(|world| world.acronis[0].set_tenant(&id, field, value));
    };
    change("ancestral_access", json!(false));
    assert_eq!(listed(&bench, brook), "access-denied");
    let run = bench.run(&["provision"]).expect(0);
    no_advice_to_unlink(&run);
    change("ancestral_access", json!(true));
    change("enabled", json!(false));
    assert_eq!(listed(&bench, brook), "tenant-disabled");
    change("enabled", json!(true));
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let north = cloud.add_folder(&cloud.root(), "North");
        cloud.move_tenant(&id, &north);
    });
    assert_eq!(listed(&bench, brook), "tenant-moved");
}

fn codes(run: &Run) -> Vec<String> {
    let run = run.json();
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap();
    let codes = refusals.iter().map(|one| one["code"].as_str().unwrap());
    codes.map(str::to_owned).collect()
}

#[test]
fn a_contract_that_is_out_of_sight_lowers_nothing_until_a_person_says_it_was_deleted() {
    let bench = two_customers();
    bench.sandbox.with_world(|world| {
        let contracts = world.autotask.all("Contracts");
        let of_brook = contracts
            .iter()
            .filter(|row| row["contractName"] == "Cloud backup Brook Dental");
        for row in of_brook {
            world
                .autotask
                .hide("Contracts", row["id"].as_i64().unwrap());
        }
        // What is left tells that all is over.
        let brook = world
            .autotask
            .named("Companies", "companyName", "Brook Dental");
        let first = world.today().first_of_month().saturating_sub(2.months());
        let (old, day) = ("Backup of last year", first.yesterday().unwrap());
        let start = first.saturating_sub(1.year());
        let contract = world
            .autotask
            .add_contract(brook.unwrap(), old, start, day, 2, Some("No"));
        let service = "Acronis - Per workload - Workstations";
        let service = world.autotask.named("Services", "name", service).unwrap();
        world.autotask.add_contract_service(contract, service, 1);
    });
    let shown = bench.run(&["provision", "-n", "-o", "json"]).expect(4);
    assert!(
        codes(&shown).contains(&"contract-hidden".to_owned()),
        "{shown:?}"
    );
    bench.run(&["provision"]).expect(4);
    assert_eq!(bench.writes(), [""; 0]);
    assert!(
        !bench
            .run(&["status", "-o", "json"])
            .stdout
            .contains("\"clock\"")
    );

    let digest = shown.json()["plan"]["digest"].as_str().unwrap().to_owned();
    bench
        .run(&["provision", "--expect-plan", &digest])
        .expect(0);
    assert_eq!(bench.writes().len(), 1, "{:?}", bench.writes());
    bench.run(&["provision"]).expect(0);
}

#[test]
fn contracts_whose_lines_are_all_out_of_sight_are_refused_by_all_that_plan_from_them() {
    let bench = two_customers();
    bench.sandbox.with_world(|world| {
        for entity in ["ContractServices", "ContractServiceUnits"] {
            world.autotask.hide_all(entity);
        }
    });
    for command in ["provision", "sync-billing"] {
        let shown = bench.run(&[command, "-n", "-o", "json"]).expect(4);
        assert_eq!(codes(&shown), ["no-lines"]);
        bench.run(&[command]).expect(4);
    }
    bench.configure("[provisioning]", "[provisioning]\nenabled = false");
    bench.run(&["sync-billing"]).expect(4);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn an_account_that_shows_no_item_of_any_tenant_is_refused() {
    let bench = two_customers();
    let empty = Kind::Status {
        code: 200,
        body: Some(r#"{"items":[]}"#.to_owned()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    let fault = Fault::new("acronis", "GET", "*/offering_items*", empty);
    bench.sandbox.fault(fault.times(0));
    for command in ["provision", "sync-billing"] {
        let shown = bench.run(&[command, "-n", "-o", "json"]).expect(4);
        assert!(codes(&shown).contains(&"no-items".to_owned()), "{shown:?}");
        bench.run(&[command]).expect(4);
    }
    assert_eq!(bench.writes(), [""; 0]);
}
