//! The Acronis face: account management (`/api/2`) and the alert manager, as acronis.md describes
//! them. Section 11 of that sheet lists the traps; each has a test here.

mod alert;
mod alert_actions;
mod alert_filter;
mod alert_list;
mod applications;
mod auth;
mod build;
mod build_alerts;
mod build_items;
mod catalogue;
mod dump;
mod ids;
mod item;
mod mfa;
mod offering_items;
mod offering_items_put;
mod offering_rules;
mod pricing;
mod problem;
mod request;
mod routes;
mod search;
mod storages;
mod tenant;
mod tenant_body;
mod tenant_delete;
mod tenant_list;
mod tenant_writes;
mod tenants;
mod usages;
mod users;

#[cfg(test)]
mod bench;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::face::{Answer, Call};
use alert::Alert;
use storages::{Infra, Location};
use tenant::Tenant;
use users::User;

/// How a customer that denies access answers for its items and usages: "expect empty or 403"
/// (acronis.md §3.7, §9), neither of them proven. Writes are 403 in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClosedAnswer {
    /// 403 for the one tenant, an empty list in a batch.
    #[default]
    Refused,
    /// 403, and one such tenant spoils a whole batch.
    SpoilsBatches,
    /// 200 with an empty list, which must not be taken for "nothing is on, nothing is used".
    Empty,
}

/// One data centre as one service provider sees it.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// What a configuration calls this account.
    pub name: String,
    pub client_id: String,
    pub client_secret: String,
    /// A disabled client gets no token and its tokens stop working (acronis.md §1.2).
    pub client_enabled: bool,
    /// Full names, as `urn:acronis.com::account-server::tenant_viewer` (acronis.md §1.5). A call
    /// whose scope is missing here answers 403.
    pub client_scopes: Vec<String>,
    /// Account management refuses anything beside `after` (acronis.md §3.2). On from the start.
    pub strict_cursors: bool,
    /// The same for alerts, where live clients repeat limit and filters (acronis.md §8.1). Off from
    /// the start.
    pub strict_alert_cursors: bool,
    /// No page is longer than this, whatever `limit` says, so that small worlds have pages too.
    pub page_cap: Option<usize>,
    /// How lists from inside a customer that denies access are answered.
    pub closed_answer: ClosedAnswer,
    /// `resolve_ids` answers numeric ids as text (acronis.md §3.3: unknown which).
    pub numeric_ids_as_text: bool,
    /// Somebody called `DELETE /alerts` without an id.
    pub dismissed_everything: bool,
    /// Calls that no tool may make, such as switching a service off (acronis.md §4): method and path.
    pub forbidden_calls: Vec<String>,
    /// Disaster-recovery items that were switched off while in use: tenant id and item name. The
    /// platform lets it happen; the tool must not do it.
    pub disabled_in_use: Vec<(String, String)>,
    now: Timestamp,
    /// Makes the ids of this cloud its own.
    salt: u64,
    made: u64,
    last_version: i64,
    tokens: BTreeMap<String, Timestamp>,
    tenants: Vec<Tenant>,
    by_id: HashMap<String, usize>,
    by_number: HashMap<i64, usize>,
    infras: Vec<Infra>,
    locations: Vec<Location>,
    users: Vec<User>,
    alerts: Vec<Alert>,
    alert_by_id: HashMap<String, usize>,
    /// By type of alert, where they were set.
    context_keys: BTreeMap<String, Vec<String>>,
}

/// Answers one request, changing the cloud where the request writes.
pub fn answer(cloud: &mut Cloud, now: Timestamp, call: &Call) -> Answer {
    cloud.now = now;
    routes::serve(cloud, call).unwrap_or_else(|refusal| refusal)
}
