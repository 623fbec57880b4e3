//! One tenant and its children (acronis.md §3.3).

use serde_json::json;

use super::Cloud;
use super::problem::bad;
use super::request::{Reply, Request};
use super::tenant::Detail;
use crate::face::Answer;

/// `GET /tenants/{id}`. What `embed_path` adds is documented nowhere, so it adds nothing here.
pub(super) fn get(cloud: &mut Cloud, request: &Request) -> Reply {
    let deleted = request.params.flag("allow_deleted")?;
    let at = cloud.find(request.var(0), deleted)?;
    Ok(Answer::json(200, &cloud.tenant_json(at, Detail::Full)))
}

/// `GET /tenants/{id}/children`: ids only, by name unless told otherwise.
pub(super) fn children(cloud: &mut Cloud, request: &Request) -> Reply {
    let deleted = request.params.flag("allow_deleted")?;
    let at = cloud.find_open(request.var(0))?;
    let mut found: Vec<usize> = cloud
        .shown_children(at)
        .filter(|&child| deleted || cloud.tenants[child].deleted.is_none())
        .collect();
    let order = request.params.get("order").unwrap_or("name");
    match order.trim_start_matches('-') {
        "as_is" => {}
        "name" => found.sort_by_key(|&child| cloud.tenants[child].name.to_lowercase()),
        "status" => found.sort_by_key(|&child| !cloud.tenants[child].enabled),
        _ => return Err(bad("order is not known")),
    }
    if order.starts_with('-') {
        found.reverse();
    }
    let ids: Vec<&str> = found
        .iter()
        .map(|&child| cloud.tenants[child].id.as_str())
        .collect();
    Ok(Answer::json(200, &json!({"items": ids})))
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use serde_json::json;

    #[test]
    fn children_are_bare_ids_by_name() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let first = bench.cloud.add_customer(&root, "Adatum");
        let path = format!("/api/2/tenants/{root}/children");
        let customer = bench.customer.clone();
        assert_eq!(bench.get(&path).1["items"], json!([first, customer]));
        let (_, body) = bench.get(&format!("{path}?order=-name"));
        assert_eq!(body["items"], json!([customer, first]));
    }

    #[test]
    fn an_unknown_tenant_is_404() {
        let mut bench = Bench::new();
        let path = "/api/2/tenants/00000000-0000-4000-8000-000000000000";
        assert_eq!(bench.get(path).0, 404);
    }

    #[test]
    fn a_hidden_tenant_is_in_no_list_and_404_by_id() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        let listed = |bench: &mut Bench, query: &str| {
            let (_, body) = bench.get(&format!("/api/2/tenants?{query}"));
            body["items"].as_array().unwrap().len()
        };
        let tree = format!("subtree_root_id={root}");
        let by_id = format!("uuids={customer}&allow_deleted=true");
        assert_eq!(
            (listed(&mut bench, &tree), listed(&mut bench, &by_id)),
            (2, 1)
        );
        bench.cloud.hide_tenant(&customer);
        assert_eq!(
            (listed(&mut bench, &tree), listed(&mut bench, &by_id)),
            (1, 0)
        );
        let path = format!("/api/2/tenants/{customer}?allow_deleted=true");
        assert_eq!(bench.get(&path).0, 404);
        for rest in ["usages", "offering_items?edition=*", "pricing"] {
            let path = format!("/api/2/tenants/{customer}/{rest}");
            assert_eq!(bench.get(&path).0, 404, "{rest}");
        }
        for path in [
            format!("/api/2/tenants/usages?tenants={customer}"),
            format!("/api/2/search?tenant={root}&text=contoso"),
        ] {
            assert_eq!(bench.get(&path).1["items"], json!([]), "{path}");
        }
        let items = format!("/api/2/tenants/offering_items?subtree_root_tenant_id={root}");
        assert!(!bench.get(&items).1.to_string().contains(&customer));
        let asked = json!({"items": [{"uuid": customer}]});
        let (_, body) = bench.post("/api/2/tenants:resolve_ids", asked);
        assert_eq!(body["items"], json!([]));
        bench.cloud.unhide_tenant(&customer);
        assert_eq!(bench.get(&path).0, 200);
    }

    #[test]
    fn a_moved_tenant_shows_its_new_parent() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        let folder = bench.cloud.add_folder(&root, "North");
        bench.cloud.move_tenant(&customer, &folder);
        let (_, body) = bench.get(&format!("/api/2/tenants/{customer}"));
        assert_eq!(body["parent_id"], json!(folder));
    }
}
