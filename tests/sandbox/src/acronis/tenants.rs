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
