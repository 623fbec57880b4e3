//! What account managers do once acrotask has made products out of Acronis' items.

use std::collections::{BTreeMap, BTreeSet};

use super::Client;
use super::cast::Sale;
use super::catalogue::service_for;
use super::dice::Dice;
use crate::World;
use crate::autotask::Database;

/// The bundle that some prepaid customers buy, and what is in it.
const BUNDLE: &str = "Backup Complete";
const BUNDLED: [&str; 2] = ["pw_base_workstations", "pw_base_servers"];

/// What came of signing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Contracts that got lines.
    pub contracts: usize,
    /// Lines added, bundles included.
    pub lines: usize,
    /// Items that somebody would have bought, had there been a service.
    pub missing: Vec<String>,
}

impl World {
    /// Puts the services that acrotask made on the contracts for backup, as account managers do:
    /// prepaid lines with units (some through a bundle), pay-as-you-go lines with what was used last
    /// month. Services are recognised by name. What is on a contract already stays as it is.
    pub fn sign_contracts(&mut self) -> Signed {
        self.sign_contracts_for(&BTreeMap::new())
    }

    /// The same where services bear names of their own: item (`pw_base_servers`, or
    /// `pw_base_storage@NAME` with the name of a storage) to id of the service.
    pub fn sign_contracts_for(&mut self, chosen: &BTreeMap<String, i64>) -> Signed {
        let clients = std::mem::take(&mut self.clients);
        let mut desk = Desk::new(&mut self.autotask, chosen);
        let mut dice = Dice::new(self.seed).fork(9);
        for client in &clients {
            desk.sign(client, &mut dice);
        }
        let signed = desk.done();
        self.clients = clients;
        signed
    }
}

/// An account manager's desk.
struct Desk<'a> {
    database: &'a mut Database,
    services: Vec<(i64, String)>,
    chosen: &'a BTreeMap<String, i64>,
    found: BTreeMap<String, Option<i64>>,
    /// Lines that exist: contract and service.
    held: BTreeSet<(i64, i64)>,
    bundle: Option<i64>,
    signed: Signed,
}

impl<'a> Desk<'a> {
    fn new(database: &'a mut Database, chosen: &'a BTreeMap<String, i64>) -> Self {
        let services = database
            .all("Services")
            .iter()
            .filter_map(|row| Some((row["id"].as_i64()?, row["name"].as_str()?.to_owned())))
            .collect();
        let held = database
            .all("ContractServices")
            .iter()
            .filter_map(|row| Some((row["contractID"].as_i64()?, row["serviceID"].as_i64()?)))
            .collect();
        Self {
            bundle: database.named("ServiceBundles", "name", BUNDLE),
            database,
            services,
            chosen,
            found: BTreeMap::new(),
            held,
            signed: Signed::default(),
        }
    }

    fn sign(&mut self, client: &Client, dice: &mut Dice) {
        let Some(contract) = client.contract else {
            return;
        };
        let before = self.signed.lines;
        let mut wanted = client.workloads.counted();
        if client.sale == Sale::PrepaidBundle {
            self.sign_bundle(contract, client, &mut wanted);
        }
        for (item, count) in wanted {
            // Nobody has used anything yet where there is no tenant.
            let idle = client.sale == Sale::PayAsYouGo && client.home.is_none();
            let units = if idle {
                0
            } else {
                units(client.sale, count, dice)
            };
            self.line(contract, item, None, units);
        }
        // New customers get the default storage.
        if let Some(home) = &client.home {
            let units = storage_units(client.sale, client.workloads.storage_gib, dice);
            self.line(contract, "pw_base_storage", Some(&home.storage), units);
        }
        if self.signed.lines > before {
            self.signed.contracts += 1;
        }
    }

    /// As many bundles as there are of its rarest member; the rest is bought singly.
    fn sign_bundle(&mut self, contract: i64, client: &Client, wanted: &mut [(&'static str, i64)]) {
        let Some(bundle) = self.bundle_id() else {
            return;
        };
        let bundles = client.workloads.servers;
        for (item, count) in wanted.iter_mut() {
            if BUNDLED.contains(item) {
                *count -= bundles;
            }
        }
        let held = self
            .database
            .bundle_units_on(contract, bundle, self.day_of(contract))
            > 0;
        if !held {
            self.database.add_contract_bundle(contract, bundle, bundles);
            self.signed.lines += 1;
        }
    }

    fn bundle_id(&mut self) -> Option<i64> {
        if self.bundle.is_none() {
            let members: Option<Vec<i64>> = BUNDLED
                .iter()
                .map(|item| self.service(item, None))
                .collect();
            self.bundle = Some(self.database.add_bundle(BUNDLE, &members?));
        }
        self.bundle
    }

    fn day_of(&self, contract: i64) -> jiff::civil::Date {
        let row = self.database.get("Contracts", contract).unwrap_or_default();
        let text = row["startDate"].as_str().and_then(|text| text.get(..10));
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn line(&mut self, contract: i64, item: &str, storage: Option<&str>, units: i64) {
        let Some(service) = self.service(item, storage) else {
            return;
        };
        if self.held.insert((contract, service)) {
            self.database.add_contract_service(contract, service, units);
            self.signed.lines += 1;
        }
    }

    fn service(&mut self, item: &str, storage: Option<&str>) -> Option<i64> {
        let key = storage.map_or_else(|| item.to_owned(), |name| format!("{item}@{name}"));
        if let Some(found) = self.found.get(&key) {
            return *found;
        }
        let chosen = self.chosen.get(&key).copied();
        let found = chosen.or_else(|| service_for(&self.services, item, storage));
        if found.is_none() {
            self.signed.missing.push(key.clone());
        }
        self.found.insert(key, found);
        found
    }

    fn done(self) -> Signed {
        self.signed
    }
}

/// Prepaid customers buy three to spare; pay-as-you-go lines carry about what was used last month.
fn units(sale: Sale, count: i64, dice: &mut Dice) -> i64 {
    match sale {
        Sale::Prepaid | Sale::PrepaidBundle => count.max(0) + 3,
        Sale::PayAsYouGo => (count - dice.between(-1, 2)).max(0),
        Sale::Nothing => 0,
    }
}

/// In GiB.
fn storage_units(sale: Sale, gib: i64, dice: &mut Dice) -> i64 {
    match sale {
        Sale::Prepaid | Sale::PrepaidBundle => (gib / 100 + 2) * 100,
        Sale::PayAsYouGo => (gib - dice.between(-20, 60)).max(0),
        Sale::Nothing => 0,
    }
}
