//! Rare things that people do, and that no command expects.

use jiff::ToSpan as _;
use sandbox::{Pair, World};
use serde_json::{Value, json};

use super::provider::Provider;

/// What happens, by number.
const COUNT: usize = 19;

impl Provider {
    /// Two rare things happen to customers of somebody's.
    pub(super) fn oddities(&mut self) {
        for _ in 0..2 {
            let what = self.dice.usize(..COUNT);
            let pairs = self.bench.sandbox.with_world(|world| world.pairs());
            let pair = &pairs[self.dice.usize(..pairs.len())];
            self.bench.sandbox.with_world(|world| {
                world.autotask.now = world.now;
                match what {
                    0..=8 => tenant(world, pair, what),
                    9..=13 => contract(world, pair, what),
                    _ => desk(world, pair, what),
                }
            });
        }
    }
}

fn tenant(world: &mut World, pair: &Pair, what: usize) {
    let cloud = world.cloud(Some(&pair.account)).unwrap();
    let tenant = &pair.tenant;
    match what {
        0 => cloud.rename(tenant, "Renamed by a person"),
        1 => cloud.move_tenant(tenant, &cloud.root()),
        2 => cloud.set_tenant(tenant, "internal_tag", json!("somebody else's")),
        3 => cloud.set_tenant(tenant, "internal_tag", Value::Null),
        4 => cloud.delete_as_person(tenant),
        5 => cloud.disable(tenant),
        6 => cloud.set_usage(tenant, "pw_base_workstations", None, 90_000, 90_000),
        7 => cloud.set_tenant(tenant, "locked", json!(true)),
        _ => {
            cloud.disable_item(tenant, "pw_base_servers", None);
            cloud.enable_item(tenant, "pw_pack_adv_security", None, None);
        }
    }
}

fn contract(world: &mut World, pair: &Pair, what: usize) {
    let today = world.today();
    let database = &mut world.autotask;
    let contracts = database.all("Contracts");
    let mut mine = contracts
        .iter()
        .filter(|row| row["companyID"] == pair.company);
    let Some(id) = mine.next_back().and_then(|row| row["id"].as_i64()) else {
        return;
    };
    let lines = database.all("ContractServices");
    let mut mine = lines.iter().filter(|row| row["contractID"] == id);
    let service = mine.next_back().and_then(|row| row["serviceID"].as_i64());
    match (what, service) {
        (9, _) => database.set_payg(id, "Maybe"),
        (10, Some(service)) => drop(database.add_contract_service(id, service, 1)),
        (11 | 12, Some(service)) => {
            let payg = if what == 11 { "Yes" } else { "No" };
            let (start, end) = (today.first_of_month(), today.saturating_add(1.year()));
            let name = format!("Second {payg}");
            let second = database.add_contract(pair.company, &name, start, end, 2, Some(payg));
            database.add_contract_service(second, service, 4);
        }
        (_, _) => database.hide("Contracts", id),
    }
}

fn desk(world: &mut World, pair: &Pair, what: usize) {
    let services = world.autotask.all("Services");
    let ours = services.iter().rev();
    let ours = ours.filter(|row| row["name"].as_str().unwrap().contains("Workstations"));
    let service = ours.map(|row| row["id"].as_i64().unwrap()).next();
    let database = &mut world.autotask;
    match (what, service) {
        (14, _) => drop(database.set(
            "Companies",
            pair.company,
            "companyName",
            json!("Renamed by a person"),
        )),
        (15, _) => drop(database.set("Companies", pair.company, "isActive", json!(false))),
        (16, Some(id)) => drop(database.set("Services", id, "name", json!("By another name"))),
        (17, Some(id)) => drop(database.set("Services", id, "isActive", json!(false))),
        (_, _) => {
            let cloud = world.cloud(Some(&pair.account)).unwrap();
            for alert in cloud.alerts() {
                cloud.expire_alert(alert["id"].as_str().unwrap());
            }
        }
    }
}
