//! Which call goes where, which scope it needs and which parameters it knows.

use serde_json::Value;

use super::problem::Api;
use super::request::{Params, Reply, Request, decode};
use super::{
    Cloud, alert_actions, alert_list, applications, auth, mfa, offering_items, offering_items_put,
    pricing, search, storages, tenant_delete, tenant_list, tenant_writes, tenants, usages, users,
};
use crate::face::{Answer, Call};

type Handler = fn(&mut Cloud, &Request) -> Reply;

struct Route {
    method: &'static str,
    /// `{}` stands for one variable segment.
    path: &'static str,
    /// Any one of these is enough; none are needed when empty.
    scopes: &'static [&'static str],
    /// Parameters not named here are refused: a misspelt filter must not pass in silence.
    params: &'static [&'static str],
    serve: Handler,
}

const fn route(
    method: &'static str,
    path: &'static str,
    scopes: &'static [&'static str],
    params: &'static [&'static str],
    serve: Handler,
) -> Route {
    Route {
        method,
        path,
        scopes,
        params,
        serve,
    }
}

const READ: &[&str] = &["tenant_viewer"];
const WRITE: &[&str] = &["tenant_admin"];
const ROLES: &[&str] = &["root_admin", "partner_admin", "company_admin"];
const PLACES: &[&str] = &["tenant_viewer", "root_admin", "partner_admin"];
const USERS: &[&str] = &["user_admin"];
const ANYONE: &[&str] = &[];
const SEE: &[&str] = &["viewer"];
const ACT: &[&str] = &["admin"];

/// Literal paths stand before those with variables.
#[rustfmt::skip]
const ACCOUNT: &[Route] = &[
    route("GET", "/clients/{}", ANYONE, &[], auth::client),
    route("GET", "/applications", READ, &[], applications::list),
    route("GET", "/tenants/{}/applications", READ, &["for_ui"], applications::of_tenant),
    route("GET", "/tenants/applications", READ, &["tenants"], applications::of_tenants),
    route("POST", "/applications/{}/bindings/tenants/{}", WRITE, &[], applications::bind),
    route("DELETE", "/applications/{}/bindings/tenants/{}", WRITE, &[], applications::unbind),
    route("GET", "/search", READ, &["tenant", "text", "limit", "allow_deleted"], search::search),
    route("POST", "/tenants:resolve_ids", READ, &[], search::resolve_ids),
    route("GET", "/tenants", READ, tenant_list::PARAMS, tenant_list::list),
    route("POST", "/tenants", WRITE, &[], tenant_writes::create),
    route("GET", "/tenants/offering_items", READ, offering_items::BULK_PARAMS, offering_items::bulk),
    route("GET", "/tenants/usages", READ, &["tenants", "usage_names", "editions"], usages::bulk),
    route("PUT", "/tenants/usages", ANYONE, &[], usages::refuse),
    route("GET", "/tenants/{}", READ, &["embed_path", "allow_deleted"], tenants::get),
    route("PUT", "/tenants/{}", WRITE, &[], tenant_writes::update),
    route("DELETE", "/tenants/{}", WRITE, &["version"], tenant_delete::delete),
    route("POST", "/tenants/{}/restore", WRITE, &["force"], tenant_delete::restore),
    route("GET", "/tenants/{}/children", READ, &["order", "allow_deleted", "after"], tenants::children),
    route("GET", "/tenants/{}/pricing", READ, &[], pricing::get),
    route("PUT", "/tenants/{}/pricing", WRITE, &[], pricing::put),
    route("GET", "/tenants/{}/mfa/status", READ, &[], mfa::get),
    route("PUT", "/tenants/{}/mfa/status", ROLES, &[], mfa::put),
    route("GET", "/tenants/{}/offering_items", READ, offering_items::PARAMS, offering_items::list),
    route("PUT", "/tenants/{}/offering_items", WRITE, &[], offering_items_put::put),
    route("GET", "/tenants/{}/offering_items/available_for_child", READ, &["kind", "edition"], offering_items::available_for_child),
    route("GET", "/tenants/{}/usages", READ, &["usage_names", "editions"], usages::get),
    route("GET", "/tenants/{}/locations", READ, &[], storages::tenant_locations),
    route("GET", "/infra", PLACES, &["uuids"], storages::infra_batch),
    route("POST", "/infra", ANYONE, &[], storages::refuse),
    route("GET", "/infra/{}", PLACES, &[], storages::infra),
    route("PUT", "/infra/{}", ANYONE, &[], storages::refuse),
    route("DELETE", "/infra/{}", ANYONE, &[], storages::refuse),
    route("GET", "/locations", PLACES, &["uuids"], storages::location_batch),
    route("POST", "/locations", ANYONE, &[], storages::refuse),
    route("GET", "/locations/{}/infra", PLACES, &[], storages::location_infra),
    route("PUT", "/locations/{}", ANYONE, &[], storages::refuse),
    route("DELETE", "/locations/{}", ANYONE, &[], storages::refuse),
    route("GET", "/users/check_login", READ, &["username"], users::check_login),
    route("POST", "/users", WRITE, &[], users::create),
    route("PUT", "/users/{}/access_policies", USERS, &[], users::set_policies),
    route("POST", "/users/{}/send-activation-email", USERS, &[], users::send_activation),
];

#[rustfmt::skip]
const ALERTS: &[Route] = &[
    route("GET", "/alerts", SEE, alert_list::PARAMS, alert_list::list),
    route("DELETE", "/alerts", ANYONE, alert_list::PARAMS, alert_actions::dismiss_everything),
    route("GET", "/alerts/{}", SEE, &["show_deleted"], alert_actions::get),
    route("DELETE", "/alerts/{}", ACT, &[], alert_actions::dismiss),
    route("PATCH", "/alerts/{}/false_positive", ACT, &[], alert_actions::false_positive),
    route("GET", "/types", SEE, &["os_type", "category", "order"], alert_actions::types),
    route("GET", "/types/{}", SEE, &[], alert_actions::one_type),
    route("GET", "/categories", SEE, &["include_disabled"], alert_actions::categories),
    route("GET", "/stats", SEE, &[], alert_actions::stats),
    route("GET", "/count", SEE, &["embed_tenants", "embed_types", "embed_severities", "embed_categories"], alert_actions::count),
    route("GET", "/customer_alerts_count", SEE, &[], alert_actions::customer_counts),
];

pub(super) fn serve(cloud: &mut Cloud, call: &Call) -> Reply {
    let (api, rest) = service(&call.path).ok_or_else(|| Api::Account.plain(404, "Not found"))?;
    if api == Api::Account && call.method == "POST" {
        match rest {
            "/idp/token" => return auth::token(cloud, call),
            "/idp/revoke_token" => return auth::revoke(cloud, call),
            _ => {}
        }
    }
    auth::bearer(cloud, call, api)?;
    let (route, vars) = find(api, &call.method, rest)?;
    content_type(call, api)?;
    auth::scope(cloud, route.scopes, api)?;
    let unknown = |pair: &&(String, String)| !route.params.contains(&pair.0.as_str());
    if let Some((name, _)) = call.query.iter().find(unknown) {
        return Err(api.bad(&format!("unknown parameter {name}")));
    }
    let request = Request {
        vars,
        params: Params {
            api,
            pairs: call.query.clone(),
        },
        body: body(call, api)?,
    };
    (route.serve)(cloud, &request)
}

fn service(path: &str) -> Option<(Api, &str)> {
    let account = path.strip_prefix("/api/2").map(|rest| (Api::Account, rest));
    account.or_else(|| {
        path.strip_prefix("/api/alert_manager/v1")
            .map(|rest| (Api::Alerts, rest))
    })
}

fn find(api: Api, method: &str, path: &str) -> Result<(&'static Route, Vec<String>), Answer> {
    let table = match api {
        Api::Account => ACCOUNT,
        Api::Alerts => ALERTS,
    };
    let mut known = false;
    for route in table {
        if let Some(vars) = variables(route.path, path) {
            if route.method == method {
                return Ok((route, vars));
            }
            known = true;
        }
    }
    let status = if known { 405 } else { 404 };
    Err(api.plain(status, "No such method or path"))
}

/// The variable segments of a path that fits a pattern.
fn variables(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut vars = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = decode(segments.next()?);
        if expected == "{}" {
            vars.push(segment);
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(vars)
}

/// Every write needs its content type, also with an empty body (acronis.md §2.5); an `Accept` that
/// leaves JSON out is 415 as well (§2.4).
fn content_type(call: &Call, api: Api) -> Result<(), Answer> {
    let writes = matches!(call.method.as_str(), "POST" | "PUT" | "PATCH");
    let json = call
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    let accepts = call
        .header("accept")
        .is_none_or(|kinds| kinds.contains("json") || kinds.contains("*/*"));
    if (writes && !json) || !accepts {
        return Err(api.plain(415, "Unsupported media type"));
    }
    Ok(())
}

fn body(call: &Call, api: Api) -> Result<Value, Answer> {
    if call.body.is_empty() {
        return Ok(Value::Null);
    }
    if matches!(call.method.as_str(), "GET" | "DELETE") {
        return Err(api.bad("a body is not expected"));
    }
    serde_json::from_slice(&call.body).map_err(|_| api.bad("body is not JSON"))
}
