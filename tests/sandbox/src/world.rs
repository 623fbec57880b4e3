//! The truth of the pretend business.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::seed::{Client, Pair};
use crate::{acronis, autotask};

/// Both clouds and the clock they share.
#[derive(Clone, Debug)]
pub struct World {
    pub now: Timestamp,
    /// One per data centre; each is served on an address of its own.
    pub acronis: Vec<acronis::Cloud>,
    pub autotask: autotask::Database,
    /// What account managers know; empty unless seeded.
    pub(crate) clients: Vec<Client>,
    pub(crate) seed: u64,
}

impl World {
    /// A world of one's own making.
    #[must_use]
    pub fn new(now: Timestamp, acronis: Vec<acronis::Cloud>, autotask: autotask::Database) -> Self {
        Self {
            now,
            acronis,
            autotask,
            clients: Vec::new(),
            seed: 0,
        }
    }

    /// The world's date, in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// An account by name; the first one without.
    pub fn cloud(&mut self, account: Option<&str>) -> Option<&mut acronis::Cloud> {
        let now = self.now;
        let cloud = self
            .acronis
            .iter_mut()
            .find(|cloud| account.is_none_or(|name| name == cloud.name))?;
        cloud.set_now(now);
        Some(cloud)
    }

    /// A person merges a ticket into another, now: what becomes of both is said at
    /// `Database::merge_tickets`. False for tickets that Autotask does not let be merged.
    pub fn merge_tickets(&mut self, from: i64, into: i64) -> bool {
        self.autotask.now = self.now;
        self.autotask.merge_tickets(from, into)
    }

    /// Which tenant is really whose, in a seeded world; in the order of companies.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        self.clients
            .iter()
            .filter_map(|client| {
                let home = client.home.as_ref()?;
                Some(Pair {
                    company: client.company,
                    account: self.acronis.get(home.account)?.name.clone(),
                    tenant: home.tenant.clone(),
                    spelling: home.spelling,
                })
            })
            .collect()
    }

    /// Everything in one document: Autotask's records, and the tenants, storages and alerts of all
    /// accounts, each with its `account`.
    #[must_use]
    pub fn dump(&self) -> Value {
        let mut all = Map::new();
        all.insert("now".to_owned(), json!(self.now.to_string()));
        let mut accounts = Vec::new();
        for cloud in &self.acronis {
            let Value::Object(mut dump) = cloud.dump() else {
                continue;
            };
            for (from, to) in [
                ("tenants", "tenants"),
                ("infras", "storages"),
                ("alerts", "alerts"),
            ] {
                let mut rows = match dump.remove(from) {
                    Some(Value::Array(rows)) => rows,
                    _ => Vec::new(),
                };
                for row in &mut rows {
                    row["account"] = json!(cloud.name);
                }
                let list = all.entry(to).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.append(&mut rows);
                }
            }
            accounts.push(Value::Object(dump));
        }
        all.insert("accounts".to_owned(), Value::Array(accounts));
        if let Value::Object(autotask) = self.autotask.dump() {
            all.extend(autotask);
        }
        Value::Object(all)
    }

    /// The first storage of each account, by the account's name.
    pub(crate) fn default_storages(&self) -> Vec<(String, String)> {
        self.acronis
            .iter()
            .filter_map(|cloud| {
                let dump = cloud.dump();
                let name = dump["infras"].get(0)?["name"].as_str()?.to_owned();
                Some((cloud.name.clone(), name))
            })
            .collect()
    }
}
