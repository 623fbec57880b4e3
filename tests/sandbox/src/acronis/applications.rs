//! Services and which tenant has them (acronis.md §4).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Cloud;
use super::catalogue::{APPLICATIONS, entries};
use super::problem::{Api, denied};
use super::request::{Reply, Request, page};
use crate::face::Answer;

/// `GET /applications`
pub(super) fn list(_cloud: &mut Cloud, _request: &Request) -> Reply {
    let items = APPLICATIONS
        .iter()
        .map(|&(id, kind, name)| {
            let usages: BTreeSet<&str> = entries()
                .iter()
                .filter(|entry| entry.application == id)
                .map(|entry| entry.usage)
                .collect();
            json!({"id": id, "name": name, "type": kind, "usages": usages,
                "api_base_url": format!("https://cloud.example/{kind}/api")})
        })
        .collect();
    Ok(page(None, items, None))
}

/// `GET /tenants/{id}/applications`: services with an item switched on.
pub(super) fn of_tenant(cloud: &mut Cloud, request: &Request) -> Reply {
    request.params.flag("for_ui")?;
    let at = cloud.find_open(request.var(0))?;
    Ok(Answer::json(200, &json!({"items": cloud.services(at)})))
}

/// `GET /tenants/applications?tenants=`
pub(super) fn of_tenants(cloud: &mut Cloud, request: &Request) -> Reply {
    let ids = request.params.uuids("tenants")?;
    let found = ids
        .iter()
        .filter_map(|id| Some((id, cloud.find_open(id).ok()?)));
    let items: Vec<Value> = found
        .map(|(id, at)| json!({"tenant": id, "applications": cloud.services(at)}))
        .collect();
    Ok(page(None, items, None))
}

/// `POST /applications/{id}/bindings/tenants/{id}`: allowed and not needed. Nothing is remembered:
/// a service shows as on once one of its items is.
pub(super) fn bind(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find_open(request.var(1))?;
    if !APPLICATIONS.iter().any(|(id, _, _)| *id == request.var(0)) {
        return Err(Api::Account.plain(404, "Application not found"));
    }
    if cloud.services(at).contains(&request.var(0)) {
        return Err(Api::Account.plain(409, "Already bound"));
    }
    Ok(Answer::empty(204))
}

/// The `DELETE` of a binding destroys the service's data: noted and refused.
pub(super) fn unbind(cloud: &mut Cloud, request: &Request) -> Reply {
    let path = format!(
        "DELETE /applications/{}/bindings/tenants/{}",
        request.var(0),
        request.var(1)
    );
    cloud.forbidden_calls.push(path);
    Err(denied())
}

impl Cloud {
    fn services(&self, at: usize) -> BTreeSet<&'static str> {
        let rows = self.tenants[at].items.iter().filter(|(_, row)| row.on);
        rows.map(|(key, _)| key.entry().application).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use crate::acronis::catalogue::BACKUP;
    use serde_json::json;

    #[test]
    fn a_service_is_on_once_an_item_of_it_is() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let path = format!("/api/2/tenants/{customer}/applications");
        assert_eq!(bench.get(&path).1["items"], json!([]));
        bench
            .cloud
            .enable_item(&customer, "pw_base_vms", None, None);
        assert_eq!(bench.get(&path).1["items"], json!([BACKUP]));
    }

    #[test]
    fn switching_a_service_off_is_refused_and_remembered() {
        let mut bench = Bench::new();
        let path = format!(
            "/api/2/applications/{BACKUP}/bindings/tenants/{}",
            bench.customer
        );
        assert_eq!(bench.delete(&path).0, 403);
        assert_eq!(bench.cloud.forbidden_calls.len(), 1);
    }
}
