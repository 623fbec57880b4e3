//! The smallest world that has everything once, for tests.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::cast::{Sale, Workloads};
use super::{Client, GIB, Home, Spelling};
use crate::World;
use crate::acronis::Cloud;
use crate::autotask::Database;

impl World {
    /// One account `eu` with one storage `Frankfurt 1`; tenants `Alma Bakery` (used by 7
    /// workstations, 1 server, 420 GiB less a byte) and `Unrelated`; companies `Alma Bakery`
    /// (pay-as-you-go), `Brook Dental` (prepaid, no tenant) and `Cliff Supplies` (a vendor), with
    /// contracts `Cloud backup …` since the first of last month, for a year. One active alert.
    #[must_use]
    pub fn small(now: Timestamp) -> Self {
        let cloud = Cloud::new("eu", "client-eu", "sbx-secret-eu", "Small MSP", now);
        let mut world = Self::new(now, vec![cloud], Database::new(4711, now));
        let (tenant, storage) = small_cloud(&mut world.acronis[0]);
        let first = world.today().first_of_month().saturating_sub(1.month());
        let last = first.saturating_add(1.year()).saturating_sub(1.day());
        let database = &mut world.autotask;
        database.define_payg_field("Acronis PAYG");
        let own = database.add_service("Managed Workstation", 2, "29.50");
        let mut sign = |name: &str, payg: &str| {
            let company = database.add_company(name, "Customer", true);
            database.add_contact(company, "Ann", "Lee", "ann@customer.example", true);
            let title = format!("Cloud backup {name}");
            let contract = database.add_contract(company, &title, first, last, 2, Some(payg));
            database.add_contract_service(contract, own, 1);
            (company, contract)
        };
        let (alma, payg) = sign("Alma Bakery", "Yes");
        let (brook, prepaid) = sign("Brook Dental", "No");
        database.add_company("Cliff Supplies", "Vendor", true);
        database.add_configuration_item(alma, "ALMA-SRV01");
        let client = |company, name: &str, sale, contract, home| Client {
            company,
            name: name.to_owned(),
            sale,
            workloads: WORKLOADS,
            contract: Some(contract),
            home,
        };
        let home = Home {
            account: 0,
            tenant,
            storage,
            spelling: Spelling::Same,
        };
        world.clients = vec![
            client(alma, "Alma Bakery", Sale::PayAsYouGo, payg, Some(home)),
            client(brook, "Brook Dental", Sale::Prepaid, prepaid, None),
        ];
        world
    }
}

const WORKLOADS: Workloads = Workloads {
    workstations: 7,
    servers: 1,
    vms: 0,
    m365_seats: 0,
    websites: 0,
    mobiles: 0,
    storage_gib: 420,
    security: 0,
};

/// The tenant of Alma Bakery and the name of its storage.
fn small_cloud(cloud: &mut Cloud) -> (String, String) {
    let storage = "Frankfurt 1".to_owned();
    let able = ["backup", "disaster_recovery"];
    let infra = cloud.add_infra(&storage, "Frankfurt", Some("acronis"), true, &able);
    let root = cloud.root();
    let tenant = cloud.add_customer(&root, "Alma Bakery");
    cloud.set_tenant(&tenant, "pricing_mode", json!("production"));
    for (item, count) in WORKLOADS.counted() {
        cloud.enable_item(&tenant, item, None, None);
        cloud.set_usage(&tenant, item, None, count, count);
    }
    cloud.enable_item(&tenant, "pw_base_storage", Some(&infra), None);
    let bytes = WORKLOADS.storage_gib * GIB - 1;
    cloud.set_usage(&tenant, "pw_base_storage", Some(&infra), bytes, bytes);
    cloud.add_customer(&root, "Unrelated");
    let details = json!({"resourceName": "ALMA-SRV01", "resourceId": "B2000000-0000-4000-8000-000000000001",
        "planName": "Daily", "planId": "C3000000-0000-4000-8000-000000000001",
        "errorMessage": {"reason": "The storage is not reachable."}});
    cloud.raise_alert(&tenant, "BackupFailed", "Backup", "critical", details);
    (tenant, storage)
}
