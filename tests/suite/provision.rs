//! `provision` from outside: contracts → tenants and quotas.

use sandbox::{Fault, Kind};
use serde_json::Value;

use crate::support::{Bench, Run};

const VMS: &str = "Acronis - Per workload - Virtual machines";
const AUTOMATIC: &str = "[provisioning]\nautomatic = true";

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

fn items(bench: &Bench, tenant: &str) -> Vec<Value> {
    bench
        .sandbox
        .with_world(|world| world.acronis[0].items_of(tenant))
}

/// Status and quota of an item of a tenant.
fn item(bench: &Bench, tenant: &str, name: &str) -> (i64, Value) {
    let rows = items(bench, tenant);
    let row = rows.iter().find(|row| row["name"] == name);
    let row = row.unwrap_or_else(|| panic!("no item {name}"));
    (
        row["status"].as_i64().unwrap(),
        row["quota"]["value"].clone(),
    )
}

/// Everything is mapped and on contracts, and Alma Bakery is linked to its tenant.
fn ready(bench: &Bench) {
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(sandbox::World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
}

fn provision(bench: &Bench, more: &[&str]) -> Run {
    let mut arguments = vec!["provision", "--output", "json"];
    arguments.extend(more);
    bench.run(&arguments)
}

fn codes(run: &Value) -> Vec<&str> {
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap();
    refusals
        .iter()
        .map(|refusal| refusal["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_prepaid_contract_becomes_a_tenant_with_hard_quotas_and_a_second_run_writes_nothing() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    let run = provision(&bench, &[]).expect(0).json();
    let brook = tenant(&bench, "Brook Dental");
    let id = company(&bench, "Brook Dental");
    assert_eq!(item(&bench, &brook, "pw_base_workstations").0, 1);
    let units = bench.sandbox.with_world(|world| {
        let service = "Acronis - Per workload - Workstations";
        let service = world.autotask.named("Services", "name", service).unwrap();
        let contract = "Cloud backup Brook Dental";
        let contracts = &world.autotask;
        let contract = contracts
            .named("Contracts", "contractName", contract)
            .unwrap();
        contracts.units_on(contract, service, world.today())
    });
    assert!(units > 0);
    assert_eq!(
        item(&bench, &brook, "pw_base_workstations"),
        (1, units.into())
    );
    let storage = item(&bench, &brook, "pw_base_storage");
    assert_eq!(storage.0, 1, "{run}");
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap();
    let made = tenants
        .iter()
        .find(|row| row["id"] == brook.as_str())
        .unwrap();
    assert_eq!(made["internal_tag"], format!("acrotask:4711:{id}"));
    assert_eq!(made["customer_id"], id.to_string());
    assert_eq!(made["pricing"]["mode"], "production");

    bench.sandbox.clear_visits();
    let again = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0], "{again}");
    assert_eq!(again["summary"]["actions"], 0);
}

/// Sells so many units of an item to a company, on a new prepaid contract.
fn sell(bench: &Bench, name: &str, item_service: &str, units: i64) -> i64 {
    let company = company(bench, name);
    bench.sandbox.with_world(|world| {
        let first = world.today().first_of_month();
        let last = first.saturating_add(jiff::Span::new().years(1));
        let database = &mut world.autotask;
        let service = database.named("Services", "name", item_service).unwrap();
        let title = format!("{item_service} for {name}");
        let contract = database.add_contract(company, &title, first, last, 2, Some("No"));
        database.add_contract_service(contract, service, units);
        contract
    })
}

/// Ends every contract of a company yesterday.
fn end_contracts(bench: &Bench, name: &str) {
    let company = company(bench, name);
    bench.sandbox.with_world(|world| {
        let yesterday = world.today().yesterday().unwrap();
        for row in world.autotask.all("Contracts") {
            if row["companyID"] == company {
                let id = row["id"].as_i64().unwrap();
                assert!(world.autotask.end_contract(id, yesterday));
            }
        }
    });
}

fn without_answer() -> Kind {
    Kind::Status {
        code: 400,
        body: Some(r#"{"error":{"code":"1000","message":"try later"}}"#.to_owned()),
        headers: Vec::new(),
    }
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    let state = std::fs::read(bench.state()).unwrap();
    let run = provision(&bench, &["-n", "--detailed-exitcode"])
        .expect(10)
        .json();
    assert!(run["summary"]["actions"].as_u64().unwrap() > 3, "{run}");
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(std::fs::read(bench.state()).unwrap(), state);
}

#[test]
fn by_hand_a_company_with_a_contract_is_listed_with_the_command_to_map_it() {
    let bench = Bench::small();
    ready(&bench);
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0]);
    let id = company(&bench, "Brook Dental");
    let notes = run["plan"]["notes"].as_array().unwrap();
    let note = notes
        .iter()
        .find(|note| note["kind"] == "not-mapped")
        .unwrap();
    let text = note["text"].as_str().unwrap();
    assert!(
        text.contains(&format!("acrotask map-customer create {id}")),
        "{text}"
    );
}

#[test]
fn a_customer_that_fails_is_reported_and_the_next_run_does_the_rest() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    let path = "*/tenants/*/offering_items";
    bench
        .sandbox
        .fault(Fault::new("acronis", "PUT", path, without_answer()));
    let run = provision(&bench, &[]).expect(3).json();
    let brook = tenant(&bench, "Brook Dental");
    assert_eq!(item(&bench, &brook, "pw_base_workstations").0, 0, "{run}");
    bench.sandbox.clear_visits();
    let rest = provision(&bench, &[]).expect(0).json();
    assert_eq!(item(&bench, &brook, "pw_base_workstations").0, 1, "{rest}");
    let posts = bench.writes();
    assert!(
        !posts.iter().any(|write| write == "POST /api/2/tenants"),
        "{posts:?}"
    );
    bench.sandbox.clear_visits();
    provision(&bench, &[]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
}

/// Alma Bakery has a quota of nine virtual machines, uses two, and buys four.
fn lowering() -> (Bench, String, i64) {
    let bench = Bench::small();
    ready(&bench);
    let alma = tenant(&bench, "Alma Bakery");
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        cloud.enable_item(&alma, "pw_base_vms", None, Some((9, Some(0))));
        cloud.set_usage(&alma, "pw_base_vms", None, 2, 2);
    });
    let contract = sell(&bench, "Alma Bakery", VMS, 4);
    (bench, alma, contract)
}

#[test]
fn the_first_lowering_of_a_tenant_that_was_there_before_waits_for_the_digest() {
    let (bench, alma, contract) = lowering();
    let refused = provision(&bench, &[]).expect(4).json();
    assert_eq!(codes(&refused), ["first-lowering"]);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 9.into()));
    let because = refused["plan"]["actions"].to_string();
    assert!(
        because.contains(&format!("contract {contract} ")),
        "{because}"
    );
    assert!(because.contains("in use: 2"), "{because}");

    let digest = refused["plan"]["digest"].as_str().unwrap();
    provision(&bench, &["--expect-plan", digest]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
    // A later lowering of the same customer is ordinary.
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        cloud.enable_item(&alma, "pw_base_vms", None, Some((6, Some(0))));
    });
    provision(&bench, &[]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 4.into()));
}

#[test]
fn a_quota_below_live_usage_is_refused_and_a_changed_world_makes_the_digest_fail() {
    let bench = Bench::small();
    ready(&bench);
    provision(&bench, &[]).expect(0);
    let alma = tenant(&bench, "Alma Bakery");
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        cloud.enable_item(&alma, "pw_base_vms", None, Some((9, Some(0))));
        cloud.set_usage(&alma, "pw_base_vms", None, 7, 7);
    });
    sell(&bench, "Alma Bakery", VMS, 4);
    let refused = provision(&bench, &[]).expect(4).json();
    assert_eq!(codes(&refused), ["quota-below-usage"]);
    let text = refused["plan"]["gate"]["refusals"][0]["text"]
        .as_str()
        .unwrap();
    assert!(text.contains("pw_base_vms to 4 with 7 in use"), "{text}");
    let digest = refused["plan"]["digest"].as_str().unwrap().to_owned();

    sell(&bench, "Alma Bakery", VMS, 1);
    let changed = provision(&bench, &["--expect-plan", &digest]).expect(4);
    assert!(changed.stdout.contains("changed since"), "{changed:?}");
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 9.into()));
}

#[test]
fn an_ended_contract_takes_nothing_away_that_is_in_use() {
    let bench = Bench::small();
    ready(&bench);
    provision(&bench, &[]).expect(0);
    bench.sandbox.clear_visits();
    end_contracts(&bench, "Alma Bakery");
    let run = provision(&bench, &[]).expect(4).json();
    assert_eq!(codes(&run), ["quota-below-usage"]);
    assert_eq!(bench.writes(), [""; 0]);
}

mod ends_soon;
mod new_customers;
mod offboarding;
mod reported_once;
mod scale;
mod trouble;
