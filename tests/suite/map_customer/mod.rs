//! `map-customer` from outside: companies ↔ customer tenants.

mod accounts;
mod bad_input;
mod bulk;
#[cfg(debug_assertions)]
mod commits;
mod killed;
mod listing;
mod numbers;
mod onboarding;
mod page;
mod pairs;
mod recover;
mod terminal;
mod verify;

use sandbox::acronis::Cloud;
use sandbox::autotask::Database;
use sandbox::{Fault, Kind, World};
use serde_json::Value;

use crate::support::{Bench, NOW};

/// Id of a company of the world.
fn company(bench: &Bench, name: &str) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name))
        .unwrap_or_else(|| panic!("no company {name}"))
}

/// Id of a tenant, in whichever account it is.
fn tenant(bench: &Bench, name: &str) -> String {
    bench
        .sandbox
        .with_world(|world| {
            let mut clouds = world.acronis.iter();
            clouds.find_map(|cloud| cloud.tenant_by_name(name))
        })
        .unwrap_or_else(|| panic!("no tenant {name}"))
}

/// Our mark for a company.
fn mark(bench: &Bench, name: &str) -> String {
    format!("acrotask:4711:{}", company(bench, name))
}

/// A tenant's document, by name.
fn document(bench: &Bench, name: &str) -> Value {
    let id = tenant(bench, name);
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap();
    tenants.iter().find(|row| row["id"] == id).unwrap().clone()
}

/// Changes the first account as a person would.
fn by_hand(bench: &Bench, change: impl FnOnce(&mut Cloud)) {
    bench
        .sandbox
        .with_world(|world| change(&mut world.acronis[0]));
}

/// Writes that took effect, as `METHOD path`.
fn effects(bench: &Bench) -> Vec<String> {
    let writes = bench.sandbox.writes();
    let done = writes.iter().filter(|visit| visit.took_effect);
    done.map(|visit| format!("{} {}", visit.method, visit.path))
        .collect()
}

/// Writes apart from the one that puts a new tenant into production.
fn without_mode(mut writes: Vec<String>) -> Vec<String> {
    writes.retain(|write| !write.ends_with("/pricing"));
    writes
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

/// One account `eu` and these companies and customer tenants in it.
fn world(companies: &[&str], tenants: &[&str]) -> World {
    let now = NOW.parse().unwrap();
    let mut cloud = Cloud::new("eu", "client-eu", "sbx-secret-eu", "Small MSP", now);
    let root = cloud.root();
    for name in tenants {
        cloud.add_customer(&root, name);
    }
    let mut database = Database::new(4711, now);
    for name in companies {
        database.add_company(name, "Customer", true);
    }
    World::new(now, vec![cloud], database)
}

/// A second account `us` beside it.
fn with_second_account(mut world: World, tenants: &[&str]) -> World {
    let mut cloud = Cloud::new(
        "us",
        "client-us",
        "sbx-secret-us",
        "Small MSP US",
        world.now,
    );
    let root = cloud.root();
    for name in tenants {
        cloud.add_customer(&root, name);
    }
    world.acronis.push(cloud);
    world
}

fn refusing(code: u16) -> Kind {
    Kind::Status {
        code,
        body: None,
        headers: Vec::new(),
    }
}

/// Requests are tried once: what fails then is not a matter of patience.
fn impatient(bench: &Bench) {
    let text = std::fs::read_to_string(&bench.config).unwrap();
    if !text.contains("[network]") {
        std::fs::write(&bench.config, format!("{text}\n[network]\nattempts = 1\n")).unwrap();
    }
}

/// Every request to an account fails from now on.
fn take_down(bench: &Bench, account: &str) {
    impatient(bench);
    let service = format!("acronis:{account}");
    bench
        .sandbox
        .fault(Fault::new(&service, "*", "*", refusing(503)).times(0));
}
