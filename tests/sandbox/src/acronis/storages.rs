//! Storages and their locations (acronis.md §7).

use serde_json::{Value, json};

use super::Cloud;
use super::problem::{Api, bad};
use super::request::{Reply, Request, page};
use crate::face::Answer;

#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) platform_owned: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Infra {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: usize,
    /// `None` occurs on old ones.
    pub(super) backend_type: Option<String>,
    pub(super) platform_owned: bool,
    pub(super) capabilities: Vec<String>,
}

/// `GET /infra?uuids=`: ids that are not known are left out.
pub(super) fn infra_batch(cloud: &mut Cloud, request: &Request) -> Reply {
    let ids = request.params.uuids("uuids")?;
    let items = cloud
        .infras
        .iter()
        .filter(|infra| ids.contains(&infra.id))
        .map(|infra| cloud.infra_json(infra))
        .collect();
    Ok(page(None, items, None))
}

/// `GET /infra/{id}`
pub(super) fn infra(cloud: &mut Cloud, request: &Request) -> Reply {
    let found = cloud
        .infras
        .iter()
        .find(|infra| infra.id == request.var(0))
        .ok_or_else(|| Api::Account.plain(404, "Infra not found"))?;
    Ok(Answer::json(200, &cloud.infra_json(found)))
}

/// `GET /locations?uuids=`
pub(super) fn location_batch(cloud: &mut Cloud, request: &Request) -> Reply {
    let ids = request.params.uuids("uuids")?;
    let items = cloud
        .locations
        .iter()
        .filter(|location| ids.contains(&location.id))
        .map(|location| {
            json!({"id": location.id, "name": location.name, "owner_tenant_id": cloud.parent_id(0),
                "platform_owned": location.platform_owned, "version": 1, "readonly": false})
        })
        .collect();
    Ok(page(None, items, None))
}

/// `GET /locations/{id}/infra`
pub(super) fn location_infra(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud
        .locations
        .iter()
        .position(|location| location.id == request.var(0))
        .ok_or_else(|| Api::Account.plain(404, "Location not found"))?;
    let ids: Vec<&str> = cloud
        .infras
        .iter()
        .filter(|infra| infra.location == at)
        .map(|infra| infra.id.as_str())
        .collect();
    Ok(Answer::json(200, &json!({"infras": ids})))
}

/// `GET /tenants/{id}/locations`: owned ones only, so those the provider hosts itself.
pub(super) fn tenant_locations(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find(request.var(0), false)?;
    let ids: Vec<&str> = cloud
        .locations
        .iter()
        .filter(|location| at == 0 && !location.platform_owned)
        .map(|location| location.id.as_str())
        .collect();
    Ok(Answer::json(200, &json!({"locations": ids})))
}

/// A write to storages: never allowed to the tool.
pub(super) fn refuse(cloud: &mut Cloud, request: &Request) -> Reply {
    let _ = request;
    cloud
        .forbidden_calls
        .push("write to /infra or /locations".to_owned());
    Err(bad("storages are not to be changed here"))
}

impl Cloud {
    pub(super) fn infra_json(&self, infra: &Infra) -> Value {
        let owner = if infra.platform_owned {
            self.parent_id(0)
        } else {
            self.root()
        };
        json!({"id": infra.id, "name": infra.name, "location_id": self.locations[infra.location].id,
            "owner_tenant_id": owner, "platform_owned": infra.platform_owned,
            "url": format!("https://{}.storage.example:44445", infra.name.replace(' ', "-").to_lowercase()),
            "capabilities": infra.capabilities, "backend_type": infra.backend_type,
            "version": 1, "readonly": false, "encryption_at_rest": true})
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use serde_json::json;

    #[test]
    fn storages_say_where_they_are_and_whose() {
        let mut bench = Bench::new();
        let path = format!("/api/2/infra?uuids={},{}", bench.hosted, bench.own);
        let (_, body) = bench.get(&path);
        let infras = body["items"].as_array().unwrap();
        assert_eq!(infras[0]["backend_type"], "acronis");
        assert_eq!(infras[0]["platform_owned"], true);
        assert!(infras[1]["backend_type"].is_null());
        let places = infras[0]["location_id"].as_str().unwrap();
        let (_, body) = bench.get(&format!("/api/2/locations?uuids={places}"));
        assert_eq!(body["items"][0]["name"], "Frankfurt");
        let (_, body) = bench.get(&format!("/api/2/locations/{places}/infra"));
        assert_eq!(body["infras"], json!([bench.hosted]));
    }

    #[test]
    fn storages_are_asked_for_by_id_and_never_written() {
        let mut bench = Bench::new();
        assert_eq!(bench.get("/api/2/infra").0, 400);
        let unknown = "00000000-0000-4000-8000-000000000000";
        let (_, body) = bench.get(&format!("/api/2/infra?uuids={unknown}"));
        assert_eq!(body["items"], json!([]));
        assert_eq!(bench.post("/api/2/infra", json!({})).0, 400);
        assert_eq!(bench.cloud.forbidden_calls.len(), 1);
    }
}
