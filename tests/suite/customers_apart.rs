//! Stories of companies for which a `[[customer]]` block switches something off.

use sandbox::World;
use serde_json::Value;

use crate::support::{Bench, Run};

/// Alma Bakery (pay as you go) and Brook Dental (prepaid) are mapped; nothing was provisioned yet.
fn two_customers() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench
        .run(&["map-customer", "create", "Brook Dental", "--yes"])
        .expect(0);
    bench
}

fn company(bench: &Bench, name: &str) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name))
        .unwrap()
}

/// A person sells one more unit of every service of a company.
fn sell_more(bench: &Bench, company: i64) {
    bench.sandbox.with_world(|world| {
        let today = world.today();
        let database = &mut world.autotask;
        let contracts = database.all("Contracts").into_iter();
        let own = contracts.filter(|row| row["companyID"] == company);
        let own: Vec<Value> = own.map(|row| row["id"].clone()).collect();
        for line in database.all("ContractServices") {
            if own.contains(&line["contractID"]) {
                let id = line["id"].as_i64().unwrap();
                database.adjust_as_person(id, today, 1).unwrap();
            }
        }
    });
}

fn set_apart(bench: &Bench, company: i64, keys: &str) {
    let block = format!("[[customer]]\ncompany = {company}\n{keys}\n\n[limits]");
    bench.configure("[limits]", &block);
}

/// Whether a run plans, remarks or refuses anything about a company.
fn says_of(run: &Run, company: i64) -> bool {
    let document = run.json();
    let plan = &document["plan"];
    let lists = [&plan["actions"], &plan["notes"], &document["held"]];
    let mut rows = lists.into_iter().filter_map(Value::as_array).flatten();
    rows.any(|row| row["company"] == company || row["company"]["id"] == company)
}

#[track_caller]
fn json(bench: &Bench, command: &str) -> Run {
    bench.run(&[command, "--dry-run", "--output", "json"])
}

fn status_of(bench: &Bench, company: i64) -> Vec<String> {
    let run = bench.run(&["status", "--output", "json"]);
    let document = run.json();
    let rows = document.as_array().unwrap().iter();
    let own = rows.filter(|row| row["company"] == company);
    own.map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_switched_off_for_a_customer_is_neither_done_nor_told() {
    let bench = two_customers();
    let alma = company(&bench, "Alma Bakery");
    let brook = company(&bench, "Brook Dental");
    sell_more(&bench, brook);
    let run = json(&bench, "provision");
    assert!(says_of(&run, brook), "{}", run.stdout);
    assert!(says_of(&json(&bench, "sync-billing"), alma));
    set_apart(&bench, brook, "provisioning = false");
    set_apart(&bench, alma, "provisioning = false\nbilling = false");
    bench.sandbox.clear_visits();
    for command in ["provision", "sync-billing"] {
        let run = json(&bench, command);
        assert!(!says_of(&run, alma), "{command}: {}", run.stdout);
        assert!(!says_of(&run, brook), "{command}: {}", run.stdout);
        bench.run(&[command, "--yes"]).expect(0);
    }
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(
        status_of(&bench, alma),
        ["switched off by [[customer]]: provisioning, billing"]
    );
    let list = bench.run(&["map-customer", "list"]).expect(0).stdout;
    let footer = format!("{alma} (provisioning, billing)");
    assert!(list.contains(&footer), "{list}");
    let rows = bench
        .run(&["map-customer", "list", "--output", "json"])
        .expect(0)
        .json();
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["company"] == alma).unwrap();
    assert_eq!(row["switched_off"], "provisioning, billing");
}

#[test]
fn what_waited_for_a_customer_is_forgotten_once_it_is_switched_off() {
    let bench = two_customers();
    let alma = company(&bench, "Alma Bakery");
    bench.run(&["sync-billing", "--yes"]);
    bench.run(&["provision", "--yes"]);
    assert_ne!(status_of(&bench, alma), [""; 0]);
    set_apart(&bench, alma, "exclude = true");
    bench.run(&["sync-billing", "--yes"]);
    bench.run(&["provision", "--yes"]);
    assert_eq!(
        status_of(&bench, alma),
        ["switched off by [[customer]]: excluded"]
    );
}

#[test]
fn an_excluded_company_is_not_listed_as_unmapped_and_no_match_is_looked_for() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    let brook = company(&bench, "Brook Dental");
    assert!(says_of(&json(&bench, "provision"), brook));
    set_apart(&bench, brook, "exclude = true");
    let run = json(&bench, "provision");
    assert!(!says_of(&run, brook), "{}", run.stdout);
    let unmapped = bench
        .run(&["map-customer", "list", "--unmapped"])
        .expect(0)
        .stdout;
    assert!(!unmapped.contains("Brook Dental"), "{unmapped}");
    let all = bench.run(&["map-customer", "list"]).expect(0).stdout;
    assert!(all.contains("excluded"), "{all}");
    // The others go on.
    let alma = company(&bench, "Alma Bakery");
    set_apart(&bench, alma, "exclude = true");
    let run = bench
        .run(&["map-customer", "suggest", "--dry-run"])
        .expect(0);
    assert!(!run.stdout.contains("Alma Bakery"), "{}", run.stdout);
}
