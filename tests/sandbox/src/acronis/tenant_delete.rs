//! Deleting and restoring (acronis.md §3.6).

use serde_json::json;

use super::Cloud;
use super::problem::{bad, coded, stale};
use super::request::{Reply, Request};
use crate::face::Answer;

/// `DELETE /tenants/{id}?version=`: soft, and only of what is disabled.
pub(super) fn delete(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find(request.var(0), false)?;
    let version = request
        .params
        .int("version")?
        .ok_or_else(|| bad("version is required"))?;
    let tenant = &cloud.tenants[at];
    if tenant.enabled {
        let context = json!({"id": tenant.id});
        return Err(coded(400, 1006, "Tenant is not disabled", context));
    }
    if tenant.version != version {
        return Err(stale(json!({"id": tenant.id, "version": tenant.version})));
    }
    cloud.bury(at);
    Ok(Answer::empty(204))
}

/// `POST /tenants/{id}/restore`: `force` restores under a changed name when the name is taken.
pub(super) fn restore(cloud: &mut Cloud, request: &Request) -> Reply {
    let force = request.params.flag("force")?;
    let at = cloud.find(request.var(0), true)?;
    let name = cloud.tenants[at].name.clone();
    if cloud.tenants[at].deleted.is_none() {
        // Restoring what lives: undocumented, taken as done.
        return Ok(Answer::empty(204));
    }
    if cloud.name_taken(&name, Some(at)) {
        if !force {
            let context = json!({"name": name});
            return Err(coded(409, 1004, "Tenant name conflict", context));
        }
        cloud.tenants[at].name = format!("{name} (restored)");
    }
    for here in cloud.subtree(at) {
        cloud.tenants[here].deleted = None;
    }
    cloud.touch(at);
    Ok(Answer::empty(204))
}

impl Cloud {
    /// Marks a tenant and all below it as deleted.
    pub(super) fn bury(&mut self, at: usize) {
        let mut graves = vec![at];
        while let Some(here) = graves.pop() {
            graves.extend(self.tenants[here].children.iter().copied());
            self.tenants[here].deleted = Some(self.now);
            self.touch(here);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, code};
    use serde_json::json;

    #[test]
    fn a_tenant_must_be_disabled_before_it_is_deleted() {
        let mut bench = Bench::new();
        let path = format!("/api/2/tenants/{}", bench.customer);
        let version = bench.get(&path).1["version"].clone();
        let (status, error) = bench.delete(&format!("{path}?version={version}"));
        assert_eq!((status, code(&error).as_str()), (400, "1006"));
        let change = json!({"version": version, "enabled": false});
        let newer = bench.put(&path, change).1["version"].clone();
        let (_, error) = bench.delete(&format!("{path}?version={version}"));
        assert_eq!(code(&error), "1001");
        assert_eq!(bench.delete(&path).0, 400);
        assert_eq!(bench.delete(&format!("{path}?version={newer}")).0, 204);
        assert_eq!(bench.get(&path).0, 404);
        assert_eq!(bench.delete(&format!("{path}?version={newer}")).0, 404);
    }

    #[test]
    fn a_deleted_tenant_comes_back_and_a_taken_name_needs_force() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        bench.cloud.delete_as_person(&customer);
        bench.cloud.add_customer(&root, "Contoso Ltd");
        let path = format!("/api/2/tenants/{customer}/restore");
        assert_eq!(bench.post(&path, json!({})).0, 409);
        assert_eq!(bench.post(&format!("{path}?force=true"), json!({})).0, 204);
        assert_eq!(bench.get(&format!("/api/2/tenants/{customer}")).0, 200);
    }
}
