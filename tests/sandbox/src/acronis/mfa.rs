//! Two-factor authentication of a tenant (acronis.md §3.9).

use serde_json::json;

use super::Cloud;
use super::problem::{bad, business_rule};
use super::request::{Reply, Request};
use super::tenant::Kind;
use super::tenant_body::{flag, object};
use crate::face::Answer;

/// `GET /tenants/{id}/mfa/status`
pub(super) fn get(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find(request.var(0), false)?;
    Ok(shown(cloud, at))
}

/// `PUT /tenants/{id}/mfa/status`: not for folders and units.
pub(super) fn put(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    let at = cloud.find(request.var(0), false)?;
    let enabled = flag(body, "enabled")?.ok_or_else(|| bad("enabled is required"))?;
    let tenant = &mut cloud.tenants[at];
    if matches!(tenant.kind, Kind::Folder | Kind::Unit) {
        return Err(bad("folders and units have no MFA of their own"));
    }
    if !tenant.mfa_update_allowed {
        return Err(business_rule("MFA update is not allowed", json!({})));
    }
    tenant.mfa = enabled;
    Ok(shown(cloud, at))
}

fn shown(cloud: &Cloud, at: usize) -> Answer {
    let tenant = &cloud.tenants[at];
    let users = cloud.users.iter().filter(|user| user.tenant == at).count();
    Answer::json(
        200,
        &json!({"mfa_status": if tenant.mfa { "enabled" } else { "disabled" }, "users_count": users,
            "users_with_totp_enabled_count": 0, "update_allowed": tenant.mfa_update_allowed}),
    )
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use serde_json::json;

    #[test]
    fn customers_get_it_and_folders_do_not() {
        let mut bench = Bench::new();
        let path = format!("/api/2/tenants/{}/mfa/status", bench.customer);
        assert_eq!(bench.get(&path).1["mfa_status"], "disabled");
        let (status, body) = bench.put(&path, json!({"enabled": true}));
        assert_eq!((status, &body["mfa_status"]), (200, &json!("enabled")));
        let folder = bench.cloud.add_folder(&bench.cloud.root(), "North");
        let path = format!("/api/2/tenants/{folder}/mfa/status");
        assert_eq!(bench.put(&path, json!({"enabled": true})).0, 400);
    }
}
