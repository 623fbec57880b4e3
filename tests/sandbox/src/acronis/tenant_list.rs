//! `GET /tenants` (acronis.md §3.2).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Cloud;
use super::catalogue::Form;
use super::ids::{datetime, read_datetime};
use super::problem::{Api, bad};
use super::request::{Params, Reply, Request, page};
use super::tenant::{Detail, Kind};
use crate::face::Answer;

pub(super) const PARAMS: &[&str] = &[
    "uuids",
    "parent_id",
    "subtree_root_id",
    "include_relative_path",
    "updated_since",
    "limit",
    "after",
    "lod",
    "with_contacts",
    "with_offering_items",
    "with_infra_offering_items",
    "expand_offering_items",
    "allow_deleted",
];

/// Rows of a page when no limit is sent.
pub(super) const DEFAULT_LIMIT: usize = 5000;

pub(super) fn list(cloud: &mut Cloud, request: &Request) -> Reply {
    let (params, place) = request.params.resume("tenants", cloud.strict_cursors)?;
    let limit = cloud.page_limit(&params)?;
    let wanted = selection(cloud, &params)?;
    let since = updated_since(&params)?;
    let filter = Filter::read(&params)?;
    let start = place.and_then(|place| place.as_u64()).unwrap_or(0);
    let mut items = Vec::new();
    let mut after = None;
    for (at, order) in wanted.into_iter().zip(0_u64..) {
        if order < start || !filter.lets_pass(cloud, at, since) {
            continue;
        }
        if items.len() == limit {
            after = Some(params.cursor("tenants", &json!(order)));
            break;
        }
        items.push(filter.show(cloud, at));
    }
    Ok(page(Some(datetime(cloud.now, 2)), items, after))
}

/// The tenants asked for, by exactly one of three parameters.
fn selection(cloud: &Cloud, params: &Params) -> Result<Vec<usize>, Answer> {
    let ways = ["uuids", "parent_id", "subtree_root_id"];
    if ways.iter().filter(|way| params.get(way).is_some()).count() != 1 {
        // None of them is undocumented; refused, so that nobody relies on it.
        return Err(bad(
            "exactly one of uuids, parent_id, subtree_root_id is expected",
        ));
    }
    if params.flag("include_relative_path")? && params.get("uuids").is_none() {
        return Err(bad("include_relative_path goes with uuids only"));
    }
    let deleted = params.flag("allow_deleted")?;
    if let Some(parent) = params.uuid("parent_id")? {
        let parent = cloud.find(parent, deleted)?;
        return Ok(if cloud.tenants[parent].ancestral_access {
            cloud.shown_children(parent).collect()
        } else {
            Vec::new()
        });
    }
    if let Some(root) = params.uuid("subtree_root_id")? {
        return Ok(cloud.subtree(cloud.find(root, deleted)?));
    }
    let ids = params.uuids("uuids")?;
    Ok(ids
        .iter()
        .filter_map(|id| cloud.find(id, true).ok())
        .collect())
}

/// The `updated_since` parameter.
pub(super) fn updated_since(params: &Params) -> Result<Option<Timestamp>, Answer> {
    params
        .get("updated_since")
        .map(|text| read_datetime(text).ok_or_else(|| bad("updated_since is not RFC 3339")))
        .transpose()
}

#[derive(Debug)]
struct Filter {
    detail: Detail,
    deleted: bool,
    contacts: bool,
    with_count: bool,
    with_infra: bool,
    expand: bool,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, Answer> {
        let detail = match params.get("lod") {
            Some("stamps") => Detail::Stamps,
            Some("basic") => Detail::Basic,
            None | Some("full" | "full_without_contacts") => Detail::Full,
            Some(_) => return Err(bad("lod is not one of stamps, basic, full")),
        };
        Ok(Self {
            detail,
            deleted: params.flag("allow_deleted")?,
            contacts: params.flag("with_contacts")?,
            with_count: params.flag("with_offering_items")?,
            with_infra: params.flag("with_infra_offering_items")?,
            expand: params.flag("expand_offering_items")?,
        })
    }

    fn lets_pass(&self, cloud: &Cloud, at: usize, since: Option<Timestamp>) -> bool {
        let tenant = &cloud.tenants[at];
        let has = |form: Form| {
            let mut rows = tenant.items.iter();
            rows.any(|(key, row)| row.on && key.entry().form == form)
        };
        tenant.kind != Kind::Personal
            && (self.deleted || tenant.deleted.is_none())
            && since.is_none_or(|since| tenant.updated >= since)
            && (!self.with_count || has(Form::Count))
            && (!self.with_infra || has(Form::Infra))
    }

    fn show(&self, cloud: &Cloud, at: usize) -> Value {
        let mut doc = cloud.tenant_json(at, self.detail);
        if self.contacts {
            doc["contacts"] = json!([cloud.tenants[at].contact]);
        }
        if self.expand && cloud.tenants[at].ancestral_access {
            let rows = cloud.listed(at).into_iter();
            doc["offering_items"] = rows.map(|key| cloud.item_json(at, key)).collect();
        }
        doc
    }
}

impl Cloud {
    /// `limit`, at most the cap of the test at hand.
    pub(super) fn page_limit(&self, params: &Params) -> Result<usize, Answer> {
        debug_assert_eq!(params.api, Api::Account);
        let limit = params.limit(DEFAULT_LIMIT)?;
        Ok(self.page_cap.map_or(limit, |cap| limit.min(cap.max(1))))
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, encoded};
    use serde_json::{Value, json};

    fn names(body: &Value) -> Vec<&str> {
        let items = body["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn a_subtree_holds_its_root_and_lists_parents_first() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let folder = bench.cloud.add_folder(&root, "North");
        bench.cloud.add_customer(&folder, "Deep");
        bench.cloud.add_customer(&root, "Late");
        let (_, body) = bench.get(&format!("/api/2/tenants?subtree_root_id={root}"));
        assert_eq!(
            names(&body),
            ["Northwind MSP", "Contoso Ltd", "North", "Late", "Deep"]
        );
        assert!(body.get("paging").is_none());
        assert!(body["timestamp"].is_string());
    }

    #[test]
    fn exactly_one_way_to_choose_is_expected() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        assert_eq!(bench.get("/api/2/tenants").0, 400);
        let both = format!("/api/2/tenants?subtree_root_id={root}&parent_id={root}");
        assert_eq!(bench.get(&both).0, 400);
    }

    #[test]
    fn a_hundred_ids_pass_and_one_more_does_not() {
        let mut bench = Bench::new();
        let ids = vec![bench.customer.clone(); 101];
        let path = format!("/api/2/tenants?uuids={}", ids[..100].join(","));
        assert_eq!(bench.get(&path).0, 200);
        let path = format!("/api/2/tenants?uuids={}", ids.join(","));
        assert_eq!(bench.get(&path).0, 400);
        let path = format!("/api/2/tenants?uuids={}", ids[0].to_uppercase());
        assert_eq!(bench.get(&path).0, 400);
    }

    #[test]
    fn a_cursor_goes_on_with_its_filters_and_stands_company_to_nobody() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        for n in 0..5 {
            bench.cloud.add_customer(&root, &format!("C{n}"));
        }
        let (_, first) = bench.get(&format!(
            "/api/2/tenants?parent_id={root}&limit=4&lod=basic"
        ));
        assert_eq!(names(&first), ["Contoso Ltd", "C0", "C1", "C2"]);
        let cursor = encoded(first["paging"]["cursors"]["after"].as_str().unwrap());
        let (status, _) = bench.get(&format!("/api/2/tenants?limit=4&after={cursor}"));
        assert_eq!(status, 400);
        let (_, second) = bench.get(&format!("/api/2/tenants?after={cursor}"));
        assert_eq!(names(&second), ["C3", "C4"]);
        assert!(second["items"][0].get("customer_id").is_none());
        bench.cloud.strict_cursors = false;
        let path = format!("/api/2/tenants?limit=1&after={cursor}");
        assert_eq!(names(&bench.get(&path).1), ["C3"]);
        assert_eq!(bench.get("/api/2/tenants?after=nonsense").0, 400);
    }

    #[test]
    fn deleted_tenants_show_only_when_asked_for() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let customer = bench.customer.clone();
        bench.cloud.delete_as_person(&customer);
        let path = format!("/api/2/tenants?parent_id={root}");
        assert_eq!(names(&bench.get(&path).1).len(), 0);
        let (_, body) = bench.get(&format!("{path}&allow_deleted=true"));
        assert!(body["items"][0]["deleted_at"].is_string());
    }

    #[test]
    fn a_customer_that_denies_access_is_listed_without_what_is_below() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        let unit = bench.cloud.add_unit(&customer, "Branch");
        bench
            .cloud
            .set_tenant(&customer, "ancestral_access", json!(false));
        let (_, body) = bench.get(&format!("/api/2/tenants?subtree_root_id={root}"));
        assert_eq!(names(&body), ["Northwind MSP", "Contoso Ltd"]);
        assert_eq!(bench.get(&format!("/api/2/tenants/{unit}")).0, 403);
        let path = format!("/api/2/tenants/{customer}/offering_items?edition=*");
        assert_eq!(bench.get(&path).0, 403);
    }

    #[test]
    fn unknown_fields_and_enum_values_can_be_planted() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench.cloud.set_tenant(&customer, "kind", json!("galaxy"));
        bench.cloud.set_tenant(&customer, "weather", json!("fine"));
        let (_, body) = bench.get(&format!("/api/2/tenants/{customer}"));
        assert_eq!(body["kind"], "galaxy");
        assert_eq!(body["weather"], "fine");
    }

    #[test]
    fn items_come_embedded_when_asked_for() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        let path = format!("/api/2/tenants?parent_id={root}&with_offering_items=true");
        assert!(names(&bench.get(&path).1).is_empty());
        bench
            .cloud
            .enable_item(&customer, "pw_base_vms", None, None);
        let (_, body) = bench.get(&format!("{path}&expand_offering_items=true"));
        let items = body["items"][0]["offering_items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["status"] == 1));
    }

    #[test]
    fn only_what_changed_since_is_listed_when_asked_for() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        bench.now += jiff::SignedDuration::from_mins(5);
        bench.cloud.set_now(bench.now);
        bench.cloud.add_customer(&root, "New");
        let since = "2026-08-20T10:03:00Z";
        let path = format!("/api/2/tenants?parent_id={root}&updated_since={since}");
        assert_eq!(names(&bench.get(&path).1), ["New"]);
    }
}
