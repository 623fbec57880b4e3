//! Reading offering items (acronis.md §5.3).

use serde_json::{Value, json};

use super::Cloud;
use super::catalogue::Entry;
use super::ids::datetime;
use super::item::Key;
use super::problem::bad;
use super::request::{Params, Reply, Request, page};
use super::tenant::Kind;
use super::tenant_list::updated_since;
use crate::face::Answer;

pub(super) const PARAMS: &[&str] = &[
    "edition",
    "infra_uuid",
    "available_only",
    "for_ui",
    "usage_names",
    "status",
    "include_secondary",
    "type",
];

/// The bulk call's root has a longer name than that of `GET /tenants`.
pub(super) const BULK_PARAMS: &[&str] = &[
    "subtree_root_tenant_id",
    "usage_names",
    "editions",
    "offering_items",
    "updated_since",
    "limit",
    "after",
    "allow_deleted",
];

/// The legacy edition that is meant when none is named.
const DEFAULT_EDITION: &str = "standard";

/// `GET /tenants/{id}/offering_items`: without `edition=*` modern items are missing.
pub(super) fn list(cloud: &mut Cloud, request: &Request) -> Reply {
    let filter = Filter::read(&request.params)?;
    if cloud.looks_empty(request.var(0)) {
        return Ok(page(Some(datetime(cloud.now, 0)), Vec::new(), None));
    }
    let at = cloud.find_open(request.var(0))?;
    let items = cloud
        .listed(at)
        .into_iter()
        .filter(|&key| filter.lets_pass(cloud, at, key))
        .map(|key| cloud.item_json(at, key))
        .collect();
    Ok(page(Some(datetime(cloud.now, 0)), items, None))
}

/// `GET /tenants/{id}/offering_items/available_for_child`: what this tenant can hand to a new child.
pub(super) fn available_for_child(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find_open(request.var(0))?;
    let edition = request.params.get("edition").unwrap_or(DEFAULT_EDITION);
    let kind = request.params.get("kind").unwrap_or("customer");
    if Kind::read(kind).is_none() {
        return Err(bad("kind is not known"));
    }
    let hands_on = cloud.tenants[at].kind.hands_on();
    let items = cloud
        .handed_on(Some(at))
        .filter(|key| hands_on && !key.entry().secondary && is_of(key.entry(), edition))
        .map(|key| cloud.item_json(at, key))
        .collect();
    Ok(page(Some(datetime(cloud.now, 0)), items, None))
}

/// `GET /tenants/offering_items`: a whole subtree, in pages; no default edition here.
pub(super) fn bulk(cloud: &mut Cloud, request: &Request) -> Reply {
    let (params, place) = request
        .params
        .resume("offering_items", cloud.strict_cursors)?;
    params.need("subtree_root_tenant_id")?;
    let root = params.uuid("subtree_root_tenant_id")?.unwrap_or("");
    let deleted = params.flag("allow_deleted")?;
    let tenants = cloud.subtree(cloud.find(root, deleted)?);
    let (first, skip): (usize, usize) = match place {
        Some(place) => {
            serde_json::from_value(place).map_err(|_| bad("after is not a valid cursor"))?
        }
        None => (0, 0),
    };
    let shown = tenants
        .into_iter()
        .enumerate()
        .skip(first)
        .filter(|&(_, at)| {
            let tenant = &cloud.tenants[at];
            tenant.ancestral_access && (deleted || tenant.deleted.is_none())
        });
    collect(cloud, &params, shown, (first, skip))
}

/// Gathers one page; the cursor names the tenant's place in the subtree and the row in it.
fn collect(
    cloud: &Cloud,
    params: &Params,
    tenants: impl Iterator<Item = (usize, usize)>,
    (first, skip): (usize, usize),
) -> Reply {
    let limit = cloud.page_limit(params)?;
    let filter = BulkFilter::read(params)?;
    let mut items: Vec<Value> = Vec::new();
    let mut after = None;
    'pages: for (order, at) in tenants {
        let start = if order == first { skip } else { 0 };
        for (row, key) in cloud.listed(at).into_iter().enumerate().skip(start) {
            if !filter.lets_pass(cloud, at, key) {
                continue;
            }
            if items.len() == limit {
                after = Some(params.cursor("offering_items", &json!([order, row])));
                break 'pages;
            }
            items.push(cloud.item_json(at, key));
        }
    }
    Ok(page(Some(datetime(cloud.now, 2)), items, after))
}

/// Items without an edition come in any case.
fn is_of(entry: &Entry, edition: &str) -> bool {
    edition == "*" || entry.edition.is_none_or(|own| own == edition)
}

#[derive(Debug)]
struct Filter<'a> {
    edition: &'a str,
    infra: Option<&'a str>,
    usages: Option<Vec<&'a str>>,
    on: Option<bool>,
    form: Option<&'a str>,
    available: bool,
    secondary: bool,
}

impl<'a> Filter<'a> {
    fn read(params: &'a Params) -> Result<Self, Answer> {
        params.flag("for_ui")?;
        let on = match params.get("status") {
            None => None,
            Some("0") => Some(false),
            Some("1") => Some(true),
            Some(_) => return Err(bad("status is 0 or 1")),
        };
        let form = params.get("type");
        if form.is_some_and(|form| !["count", "feature", "infra"].contains(&form)) {
            return Err(bad("type is not known"));
        }
        Ok(Self {
            edition: params.get("edition").unwrap_or(DEFAULT_EDITION),
            infra: params.uuid("infra_uuid")?,
            usages: params.words("usage_names"),
            on,
            form,
            available: params.flag("available_only")?,
            secondary: params.flag("include_secondary")?,
        })
    }

    fn lets_pass(&self, cloud: &Cloud, at: usize, key: Key) -> bool {
        let entry = key.entry();
        let parent = cloud.tenants[at].parent;
        is_of(entry, self.edition)
            && (self.secondary || !entry.secondary)
            && (self.infra.is_none() || cloud.infra_id(key.infra) == self.infra)
            && self
                .usages
                .as_ref()
                .is_none_or(|list| list.contains(&entry.usage))
            && self.on.is_none_or(|on| cloud.is_on(at, key) == on)
            && self.form.is_none_or(|form| entry.form.word() == form)
            && (!self.available || parent.is_none_or(|parent| cloud.is_on(parent, key)))
    }
}

#[derive(Debug)]
struct BulkFilter<'a> {
    usages: Option<Vec<&'a str>>,
    editions: Option<Vec<&'a str>>,
    names: Option<Vec<&'a str>>,
    since: Option<jiff::Timestamp>,
}

impl<'a> BulkFilter<'a> {
    fn read(params: &'a Params) -> Result<Self, Answer> {
        Ok(Self {
            usages: params.words("usage_names"),
            editions: editions(params)?,
            names: params.words("offering_items"),
            since: updated_since(params)?,
        })
    }

    fn lets_pass(&self, cloud: &Cloud, at: usize, key: Key) -> bool {
        let entry = key.entry();
        let tenant = &cloud.tenants[at];
        let changed = tenant
            .items
            .get(&key)
            .map_or(tenant.created, |row| row.updated);
        let edition = entry.edition.unwrap_or("");
        !entry.secondary
            && self
                .usages
                .as_ref()
                .is_none_or(|list| list.contains(&entry.usage))
            && self
                .editions
                .as_ref()
                .is_none_or(|list| list.contains(&edition))
            && self
                .names
                .as_ref()
                .is_none_or(|list| list.contains(&entry.name.as_str()))
            && self.since.is_none_or(|since| changed >= since)
    }
}

/// The plural `editions` of the bulk calls. The star is documented for the singular only; refused
/// here, since passing over it in silence would look like a tenant without items.
pub(super) fn editions(params: &Params) -> Result<Option<Vec<&str>>, Answer> {
    let list = params.words("editions");
    if list.as_ref().is_some_and(|list| list.contains(&"*")) {
        return Err(bad("editions is a list of names"));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, encoded};
    use serde_json::{Value, json};

    fn items(bench: &mut Bench, rest: &str) -> Vec<Value> {
        let path = format!("/api/2/tenants/{}/offering_items{rest}", bench.customer);
        let (status, body) = bench.get(&path);
        assert_eq!(status, 200, "{body}");
        body["items"].as_array().unwrap().clone()
    }

    #[test]
    fn without_the_star_modern_items_are_missing() {
        let mut bench = Bench::new();
        let plain = items(&mut bench, "");
        assert!(!plain.is_empty());
        assert!(plain.iter().all(|item| item["edition"].is_null()));
        let all = items(&mut bench, "?edition=*");
        assert!(all.iter().any(|item| item["name"] == "pw_base_servers"));
        let one = items(&mut bench, "?edition=pck_per_gigabyte");
        assert!(one.iter().any(|item| item["name"] == "pg_base_servers"));
        assert!(!one.iter().any(|item| item["name"] == "pw_base_servers"));
    }

    #[test]
    fn a_storage_item_stands_once_per_storage() {
        let mut bench = Bench::new();
        let rows = items(&mut bench, "?edition=pck_per_workload&usage_names=storage");
        assert_eq!(rows.len(), 2);
        assert_ne!(rows[0]["infra_id"], rows[1]["infra_id"]);
        let hosted = bench.hosted.clone();
        let path = format!("?edition=*&usage_names=storage&infra_uuid={hosted}&type=infra");
        assert_eq!(items(&mut bench, &path).len(), 2);
    }

    #[test]
    fn features_have_no_quota_and_a_null_lock() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .enable_item(&customer, "pw_base_m365_seats", None, Some((5, Some(0))));
        bench
            .cloud
            .enable_item(&customer, "pw_base_m365_mailboxes", None, None);
        let on = items(&mut bench, "?edition=*&status=1");
        assert_eq!(on.len(), 2);
        let feature = on.iter().find(|item| item["type"] == "feature").unwrap();
        assert!(feature["locked"].is_null());
        assert!(feature.get("quota").is_none());
        let seats = on.iter().find(|item| item["type"] == "count").unwrap();
        assert_eq!(seats["usage_name"], "mailboxes");
        assert_eq!(seats["quota"]["value"], 5);
        assert_ne!(seats["quota"]["version"], 0);
    }

    #[test]
    fn a_customer_with_an_edition_lists_that_one() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .enable_item(&customer, "pw_base_servers", None, None);
        let rows = items(&mut bench, "?edition=*");
        assert!(
            rows.iter()
                .all(|item| item["edition"] != "pck_per_gigabyte")
        );
        assert!((30..=60).contains(&rows.len()), "{}", rows.len());
    }

    #[test]
    fn secondary_items_come_on_demand_only() {
        let mut bench = Bench::new();
        let name = json!("pg_base_secondary_vms");
        let plain = items(&mut bench, "?edition=*");
        assert!(plain.iter().all(|item| item["name"] != name));
        let more = items(&mut bench, "?edition=*&include_secondary=true");
        assert!(more.iter().any(|item| item["name"] == name));
    }

    #[test]
    fn the_parent_says_what_a_child_may_have() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let base =
            format!("/api/2/tenants/{root}/offering_items/available_for_child?kind=customer");
        let (_, plain) = bench.get(&base);
        let (_, all) = bench.get(&format!("{base}&edition=*"));
        let count = |body: &Value| body["items"].as_array().unwrap().len();
        assert!(count(&plain) < count(&all));
        bench.cloud.disable_item(&root, "pw_base_nas", None);
        let (_, fewer) = bench.get(&format!("{base}&edition=*"));
        assert_eq!(count(&fewer) + 1, count(&all));
    }

    #[test]
    fn an_item_of_unknown_type_and_unit_can_be_planted() {
        let mut bench = Bench::new();
        let name = bench.cloud.offer_future_item();
        let rows = items(&mut bench, "?edition=*");
        let found = rows
            .iter()
            .find(|item| item["name"] == json!(name))
            .unwrap();
        assert_eq!(found["type"], "metered");
    }

    #[test]
    fn seats_with_unlimited_storage_and_classes_of_storage_are_offered_on_demand() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let path = format!(
            "/api/2/tenants/{root}/offering_items/available_for_child?kind=customer&edition=*"
        );
        let count = |bench: &mut Bench, name: &str| {
            let (_, body) = bench.get(&path);
            let rows = body["items"].as_array().unwrap().iter();
            rows.filter(|row| row["name"] == json!(name)).count()
        };
        // Once for each of two storages, where it is storage.
        for (name, expected) in [
            ("pw_base_m365_seats_unlimited", 1),
            ("pw_base_storage_class1", 2),
            ("pw_base_storage_class2", 2),
        ] {
            assert_eq!(count(&mut bench, name), 0, "{name}");
            assert!(bench.cloud.offer_item(name));
            assert_eq!(count(&mut bench, name), expected, "{name}");
        }
        assert!(!bench.cloud.offer_item("pw_base_moonbeams"));
        let (customer, hosted) = (bench.customer.clone(), bench.hosted.clone());
        let name = "pw_base_storage_class2";
        assert!(
            bench
                .cloud
                .enable_item(&customer, name, Some(&hosted), None)
        );
        bench.cloud.set_usage(&customer, name, Some(&hosted), 5, 5);
        let (_, body) = bench.get(&format!("/api/2/tenants/{customer}/usages"));
        assert_eq!(body["items"][0]["measurement_unit"], "bytes");
    }

    #[test]
    fn geo_redundant_storage_is_listed_with_the_secondary_items_only() {
        let mut bench = Bench::new();
        let names = ["pw_base_secondary_storage", "pw_base_secondary_m365_seats"];
        for name in names {
            assert!(bench.cloud.offer_item(name));
            let named = |rows: Vec<Value>| rows.iter().any(|row| row["name"] == json!(name));
            assert!(!named(items(&mut bench, "?edition=*")), "{name}");
            let all = "?edition=*&include_secondary=true";
            assert!(named(items(&mut bench, all)), "{name}");
        }
    }

    #[test]
    fn the_bulk_list_pages_through_every_row_exactly_once() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        for n in 0..3 {
            bench.cloud.add_customer(&root, &format!("C{n}"));
        }
        let base = "/api/2/tenants/offering_items";
        assert_eq!(bench.get(base).0, 400);
        let (_, whole) = bench.get(&format!("{base}?subtree_root_tenant_id={root}"));
        let whole = whole["items"].as_array().unwrap().clone();
        let mut rows = Vec::new();
        let mut path = format!("{base}?subtree_root_tenant_id={root}&limit=70");
        loop {
            let (status, body) = bench.get(&path);
            assert_eq!(status, 200);
            rows.extend(body["items"].as_array().unwrap().clone());
            let Some(after) = body["paging"]["cursors"]["after"].as_str() else {
                break;
            };
            path = format!("{base}?after={}", encoded(after));
        }
        assert_eq!(rows, whole);
    }

    #[test]
    fn ten_thousand_tenants_are_listed_page_by_page() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        for n in 0..10_000 {
            let id = bench.cloud.add_customer(&root, &format!("C{n}"));
            bench
                .cloud
                .enable_item(&id, "pw_base_servers", None, Some((n, Some(0))));
        }
        let path = format!("/api/2/tenants/offering_items?subtree_root_tenant_id={root}");
        let (_, body) = bench.get(&path);
        assert_eq!(body["items"].as_array().unwrap().len(), 5000);
    }
}
