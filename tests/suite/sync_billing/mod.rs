//! Stories of `sync-billing` against the sandbox.

mod accruing;
mod afterwards;
mod apart;
mod brakes;
mod budget;
mod checked;
mod forms;
pub(crate) mod months;
mod past;
mod periods;
mod posting;
mod report;
mod terminal;
mod told;

use jiff::civil::{Date, date};
use serde_json::Value;

use crate::support::{Bench, NOW};

/// Alma Bakery pays as it goes: three services on one monthly contract that began on the first of
/// last month.
struct Alma {
    bench: Bench,
    company: i64,
    tenant: String,
    contract: i64,
    workstations: i64,
    storage: i64,
}

const PERIOD: Date = date(2026, 9, 1);
const ADJUST: &str = "*/ServiceAdjustments";

impl Alma {
    /// Billed at every run.
    fn new() -> Self {
        let alma = Self::shipped();
        alma.billing("posting = \"every-run\"");
        alma
    }

    /// With the settings of billing as they are shipped.
    fn shipped() -> Self {
        let mut bench = Bench::small();
        bench.set_now(NOW);
        bench.configure("[products]", "[products]\nunmapped = \"leave\"");
        let (company, contract, tenant, workstations, storage) =
            bench.sandbox.with_world(|world| {
                let cloud = world.cloud(None).unwrap();
                let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
                let database = &mut world.autotask;
                let company = database
                    .named("Companies", "companyName", "Alma Bakery")
                    .unwrap();
                let contract = database
                    .named("Contracts", "contractName", "Cloud backup Alma Bakery")
                    .unwrap();
                let workstations = database.add_service("Backup workstation", 2, "5.00");
                let storage = database.add_service("Backup storage", 2, "0.10");
                database.add_contract_service(contract, workstations, 2);
                database.add_contract_service(contract, storage, 0);
                (company, contract, tenant, workstations, storage)
            });
        let alma = Self {
            bench,
            company,
            tenant,
            contract,
            workstations,
            storage,
        };
        alma.map("pw_base_workstations", workstations);
        alma.map("pw_base_storage", storage);
        let leave = ["map-products", "leave", "pw_base_servers", "--yes"];
        alma.bench.run(&leave).expect(0);
        alma.link();
        alma.bench.take_over();
        alma.bench.sandbox.clear_visits();
        alma
    }

    fn map(&self, item: &str, service: i64) {
        self.bench
            .run(&["map-products", "use", item, &service.to_string(), "--yes"])
            .expect(0);
    }

    fn link(&self) {
        let company = self.company.to_string();
        self.bench
            .run(&["map-customer", "link", &company, &self.tenant, "--yes"])
            .expect(0);
    }

    fn bill(&self) -> crate::support::Run {
        self.bench.run(&["sync-billing", "--output", "json"])
    }

    fn units(&self, service: i64, day: Date) -> i64 {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.units_on(self.contract, service, day))
    }

    /// Approves the plan that a dry run shows while something is held back.
    fn approve(&self) {
        let shown = ["sync-billing", "--dry-run", "--output", "json"];
        let shown = self.bench.run(&shown).expect(4).json();
        let digest = shown["plan"]["digest"].as_str().unwrap();
        let approve = ["sync-billing", "--expect-plan", digest];
        self.bench.run(&approve).expect(0);
    }

    /// Says more about billing in the configuration.
    fn billing(&self, keys: &str) {
        let file = std::fs::read_to_string(&self.bench.config).unwrap();
        if file.contains("[billing]") {
            let section = format!("[billing]\n{keys}");
            self.bench.configure("[billing]", &section);
        } else {
            let section = format!("[billing]\n{keys}\n\n[products]");
            self.bench.configure("[products]", &section);
        }
    }

    fn adjust_by_hand(&self, service: i64, day: Date, units: i64) {
        self.bench.sandbox.with_world(|world| {
            let database = &mut world.autotask;
            let line = database.contract_services(self.contract, service)[0];
            database.adjust_as_person(line, day, units).unwrap();
        });
    }

    fn adjustments(&self) -> usize {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.adjustments.len())
    }

    fn used(&self, item: &str, units: i64) {
        self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            cloud.set_usage(&self.tenant, item, None, units, units);
        });
    }
}

fn kinds(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|one| one["kind"].as_str().unwrap()).collect()
}
