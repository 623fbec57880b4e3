//! Seeded worlds are believable, repeatable and quick to make.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::{SeedOptions, Spelling, World};
use serde_json::Value;

use crate::bench::{now, small};

fn usual() -> World {
    World::msp(&SeedOptions::at(now()))
}

fn rows<'a>(dump: &'a Value, key: &str) -> &'a [Value] {
    dump[key].as_array().unwrap()
}

/// Adds the services that `map-products create --all` would make.
fn make_products(world: &mut World) {
    for name in [
        "Acronis - Per workload - Workstations",
        "Acronis - Per workload - Servers",
        "Acronis - Per workload - Virtual machines",
        "Acronis - Per workload - Microsoft 365 seats",
        "Acronis - Per workload - Websites",
        "Acronis - Per workload - Mobile devices",
        "Acronis - Per workload - Advanced Security",
        "Acronis - Per workload - Cloud storage (Frankfurt 1)",
        "Acronis - Per workload - Cloud storage (Google Zurich)",
        "Acronis - Per workload - Cloud storage (Rack 7)",
        "Acronis - Per gigabyte - Workstations",
    ] {
        world.autotask.add_service(name, 2, "2.50");
    }
}

#[test]
fn the_usual_world_is_a_service_provider() {
    let world = usual();
    let dump = world.dump();
    let companies: Vec<_> = rows(&dump, "companies")
        .iter()
        .filter(|c| c["id"] != 0)
        .collect();
    assert_eq!(companies.len(), 60);
    let types: BTreeSet<String> = companies
        .iter()
        .map(|c| c["companyType"].to_string())
        .collect();
    assert!(types.len() >= 4, "{types:?}");
    assert!(companies.iter().any(|c| c["isActive"] == false));
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for tenant in rows(&dump, "tenants") {
        *kinds.entry(tenant["kind"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(
        (kinds["customer"], kinds["partner"], kinds["folder"]),
        (40, 3, 4)
    );
    assert_eq!(rows(&dump, "storages").len(), 3);
    let alerts = rows(&dump, "alerts");
    assert_eq!(alerts.len(), 200);
    let ended = alerts
        .iter()
        .filter(|alert| !alert["ended_at"].is_null())
        .count();
    assert!((20..100).contains(&ended), "{ended} ended");
    let severities: BTreeSet<&str> = alerts
        .iter()
        .map(|a| a["severity"].as_str().unwrap())
        .collect();
    assert!(severities.len() >= 4, "{severities:?}");
    let contracts = rows(&dump, "contracts");
    let payg = |text: &str| {
        let field = serde_json::json!([{"name": "Acronis PAYG", "value": text}]);
        contracts
            .iter()
            .filter(|c| c["userDefinedFields"] == field)
            .count()
    };
    assert!(payg("Yes") > 5 && payg("No") > 3);
    assert!(contracts.iter().any(|c| !rows(c, "bundles").is_empty()));
}

#[test]
fn the_same_seed_gives_the_same_world() {
    assert_eq!(usual().dump(), usual().dump());
    let other = SeedOptions {
        seed: 2,
        ..SeedOptions::at(now())
    };
    assert_ne!(
        usual().dump()["companies"],
        World::msp(&other).dump()["companies"]
    );
}

#[test]
fn pairs_tell_the_truth_about_names() {
    let world = usual();
    let dump = world.dump();
    let name = |list: &str, id: &Value, field: &str| {
        let row = rows(&dump, list).iter().find(|row| row["id"] == *id);
        row.unwrap()[field].as_str().unwrap().to_owned()
    };
    let pairs = world.pairs();
    assert!(pairs.len() > 30);
    for pair in pairs {
        let company = name("companies", &pair.company.into(), "companyName");
        let tenant = name("tenants", &pair.tenant.into(), "name");
        assert_eq!(
            company == tenant,
            pair.spelling == Spelling::Same || company == tenant
        );
        assert!(pair.spelling != Spelling::Same || company == tenant);
    }
}

#[test]
fn products_are_sold_once_they_exist_and_only_once() {
    let mut world = usual();
    let signed = world.sign_contracts();
    assert_eq!(
        (signed.contracts, signed.lines),
        (0, 0),
        "there is nothing to sell yet"
    );
    assert!(signed.missing.contains(&"pw_base_workstations".to_owned()));
    make_products(&mut world);
    let signed = world.sign_contracts();
    assert!(signed.contracts > 20 && signed.lines > 60, "{signed:?}");
    assert_eq!(signed.missing, Vec::<String>::new());
    let before = world.dump();
    assert_eq!(world.sign_contracts().lines, 0);
    assert_eq!(world.dump(), before);
    let wrong = world
        .autotask
        .named("Services", "name", "Acronis - Per gigabyte - Workstations");
    let lines = world.autotask.all("ContractServices");
    assert!(lines.iter().all(|line| line["serviceID"].as_i64() != wrong));
}

#[test]
fn prepaid_customers_bought_at_least_what_they_use_and_what_their_quotas_say() {
    let mut world = usual();
    make_products(&mut world);
    world.sign_contracts();
    let dump = world.dump();
    let servers = world
        .autotask
        .named("Services", "name", "Acronis - Per workload - Servers")
        .unwrap();
    let bundle = world
        .autotask
        .named("ServiceBundles", "name", "Backup Complete")
        .unwrap();
    let mut checked = 0;
    for pair in world.pairs() {
        let contracts = rows(&dump, "contracts")
            .iter()
            .filter(|c| c["companyID"] == pair.company);
        let bought: i64 = contracts
            .map(|c| {
                let id = c["id"].as_i64().unwrap();
                let today = world.today();
                world.autotask.units_on(id, servers, today)
                    + world.autotask.bundle_units_on(id, bundle, today)
            })
            .sum();
        let tenant = rows(&dump, "tenants")
            .iter()
            .find(|t| t["id"] == *pair.tenant)
            .unwrap();
        let item = rows(tenant, "items")
            .iter()
            .find(|item| item["name"] == "pw_base_servers");
        if let Some(quota) = item.and_then(|item| item["quota"]["value"].as_i64()) {
            assert!(
                bought >= quota,
                "{}: bought {bought}, quota {quota}",
                tenant["name"]
            );
            checked += 1;
        }
    }
    assert!(checked > 5);
}

#[test]
fn services_with_names_of_their_own_can_be_pointed_at() {
    let mut world = small();
    let odd = world.autotask.add_service("Rucksack", 2, "1");
    let chosen = BTreeMap::from([("pw_base_workstations".to_owned(), odd)]);
    let signed = world.sign_contracts_for(&chosen);
    assert_eq!((signed.contracts, signed.lines), (2, 2));
}

#[test]
fn several_accounts_share_the_tenants_out() {
    let options = SeedOptions {
        accounts: 3,
        ..SeedOptions::at(now())
    };
    let world = World::msp(&options);
    let names: Vec<&str> = world
        .acronis
        .iter()
        .map(|cloud| cloud.name.as_str())
        .collect();
    assert_eq!(names, ["eu", "us", "ap"]);
    let accounts: BTreeSet<String> = world.pairs().into_iter().map(|pair| pair.account).collect();
    assert_eq!(accounts.len(), 3);
}

#[test]
fn ten_thousand_companies_can_be_had() {
    let options = SeedOptions {
        companies: 10_000,
        ..SeedOptions::at(now())
    };
    let mut world = World::msp(&options);
    make_products(&mut world);
    let signed = world.sign_contracts();
    assert!(signed.contracts > 4_000, "{signed:?}");
}
