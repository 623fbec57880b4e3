//! The Acronis side of a seeded world: partners, customers, items, usages, alerts.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::cast::{Company, Sale, Tenant, Workloads};
use super::dice::Dice;
use super::{Client, GIB, Home, machine, names, troubles};
use crate::acronis::Cloud;

/// Name of the account, town of the storage hosted by Acronis, town of the one at Google.
const ACCOUNTS: &[(&str, &str, &str)] = &[
    ("eu", "Frankfurt", "Zurich"),
    ("us", "Dallas", "Iowa"),
    ("ap", "Singapore", "Tokyo"),
    ("uk", "London", "Manchester"),
    ("ca", "Toronto", "Montreal"),
    ("au", "Sydney", "Melbourne"),
    ("ch", "Geneva", "Basel"),
    ("jp", "Osaka", "Nagoya"),
    ("br", "Campinas", "Recife"),
];

/// A data centre with its storages and places for customers.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) cloud: Cloud,
    /// Name and id.
    storages: Vec<(String, String)>,
    /// Tenants below which customers live.
    parents: Vec<String>,
}

/// The n-th account of a provider.
pub(super) fn site(at: usize, now: Timestamp) -> Site {
    let (name, hosted, google) = ACCOUNTS[at % ACCOUNTS.len()];
    let id = format!("5f0c2d9e-77aa-4c1b-9e00-00000000000{}", at % 10);
    let secret = format!("sbx-{name}-h4Jk9wQz7LpX2vRt6nYc");
    let mut cloud = Cloud::new(name, &id, &secret, "Northstar Managed Services", now);
    let storages = [
        (
            format!("{hosted} 1"),
            hosted,
            Some("acronis"),
            true,
            &["backup", "disaster_recovery", "files_cloud"][..],
        ),
        (
            format!("Google {google}"),
            google,
            Some("google"),
            true,
            &["backup"][..],
        ),
        (
            format!("Rack {}", at + 7),
            "Own data centre",
            None,
            false,
            &["backup"][..],
        ),
    ]
    .into_iter()
    .map(|(name, town, backend, owned, able)| {
        let id = cloud.add_infra(&name, town, backend, owned, able);
        (name, id)
    })
    .collect();
    let root = cloud.root();
    let mut parents = vec![root.clone()];
    for partner in ["Bluegate IT", "Seaview Systems"] {
        let id = cloud.add_partner(&root, partner);
        for folder in ["small business", "public sector"] {
            parents.push(cloud.add_folder(&id, &format!("{partner} {folder}")));
        }
        parents.push(id);
    }
    Site {
        cloud,
        storages,
        parents,
    }
}

impl Site {
    /// Moves a company's tenant in, with what it has and uses.
    pub(super) fn move_in(
        &mut self,
        account: usize,
        company: &Company,
        place: &Tenant,
        awkward: bool,
        dice: &mut Dice,
    ) -> Home {
        let name = &place.name;
        let parent = self.parents[dice.index(self.parents.len())].clone();
        let tenant = self.cloud.add_customer(&parent, name);
        self.cloud
            .set_tenant(&tenant, "pricing_mode", json!("production"));
        if let Some((first, last)) = company.contacts.first() {
            let email = format!(
                "{}@{}.example",
                names::slug(first),
                names::slug(&company.name)
            );
            let contact = json!({"firstname": first, "lastname": last, "email": email,
                "city": company.city});
            self.cloud.set_tenant(&tenant, "contact", contact);
        }
        if dice.chance(12) {
            let unit = format!("{name} branch {}", names::place(dice));
            self.cloud.add_unit(&tenant, &unit);
        }
        let at = [0, 0, 0, 0, 1, 1, 2][dice.index(7)];
        let (storage, infra) = self.storages[at].clone();
        self.equip(
            &tenant,
            &infra,
            company.sale,
            &company.workloads,
            awkward,
            dice,
        );
        Home {
            account,
            tenant,
            storage,
            spelling: place.spelling,
        }
    }

    /// Items, quotas and usages: prepaid ones are bounded by no more than was bought.
    fn equip(
        &mut self,
        tenant: &str,
        infra: &str,
        sale: Sale,
        workloads: &Workloads,
        awkward: bool,
        dice: &mut Dice,
    ) {
        let prepaid = matches!(sale, Sale::Prepaid | Sale::PrepaidBundle);
        let too_high = awkward && dice.chance(15);
        let too_much = if awkward && dice.chance(15) { 8 } else { 0 };
        for (item, count) in workloads.counted() {
            let spare = if too_high { 20 } else { dice.between(0, 3) };
            let quota = prepaid.then_some((count + spare, Some(0)));
            self.cloud.enable_item(tenant, item, None, quota);
            let used = count + too_much;
            self.cloud.set_usage(tenant, item, None, used, used);
        }
        if workloads.m365_seats > 0 {
            for feature in ["pw_base_m365_mailboxes", "pw_base_m365_onedrive"] {
                self.cloud.enable_item(tenant, feature, None, None);
            }
        }
        let gib = workloads.storage_gib;
        let quota = prepaid.then_some(((gib / 100 + 1) * 100 * GIB, Some(0)));
        self.cloud
            .enable_item(tenant, "pw_base_storage", Some(infra), quota);
        // Bytes never come in whole GiB.
        let used = gib * GIB - dice.between(1, GIB - 1);
        self.cloud
            .set_usage(tenant, "pw_base_storage", Some(infra), used, used);
    }

    /// A customer of nobody's.
    pub(super) fn add_stranger(&mut self, name: &str, dice: &mut Dice) {
        let parent = self.parents[dice.index(self.parents.len())].clone();
        let tenant = self.cloud.add_customer(&parent, name);
        if dice.chance(30) {
            self.cloud.disable(&tenant);
        }
    }
}

/// Raises alerts in order of time over the last three weeks; a quarter of them has ended.
pub(super) fn trouble(
    sites: &mut [Site],
    clients: &[Client],
    count: usize,
    now: Timestamp,
    dice: &mut Dice,
) {
    let housed: Vec<&Client> = clients.iter().filter(|c| c.home.is_some()).collect();
    if housed.is_empty() {
        return;
    }
    let total = i64::try_from(count).unwrap_or(i64::MAX).max(1);
    let step = (21 * 86_400_000) / total;
    for number in 0..total {
        // Round the houses rather than at random, so that nobody's phone rings all day.
        let at = usize::try_from(number).unwrap_or(0) % housed.len();
        let client = housed[at];
        let Some(home) = &client.home else {
            continue;
        };
        let moment = now - SignedDuration::from_millis((total - number) * step);
        let cloud = &mut sites[home.account].cloud;
        cloud.set_now(moment);
        let id = raise(cloud, client, home, dice);
        if dice.chance(25) {
            cloud.set_now(now - SignedDuration::from_millis((total - number) * step / 2));
            cloud.end_alert(&id);
        }
    }
    for site in sites {
        site.cloud.set_now(now);
    }
}

fn raise(cloud: &mut Cloud, client: &Client, home: &Home, dice: &mut Dice) -> String {
    let (kind, category, severity) = troubles::KINDS[dice.index(troubles::KINDS.len())];
    let machines = usize::try_from(client.workloads.workstations).unwrap_or(0) + 3;
    let number = dice.index(machines);
    let name = machine(&client.name, number);
    let resource = format!("{:08X}-0000-4000-8000-{number:012X}", client.company);
    let details = troubles::details(kind, &name, &resource, dice);
    cloud.raise_alert(&home.tenant, kind, category, severity, details)
}
