//! Service bundles and the services in them (autotask.md §8.8).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::Query;
use super::read::records;
use crate::domain::ids::{BundleId, ServiceId};
use crate::http::Failure;

const MEMBER_FIELDS: &[&str] = &["serviceBundleID", "serviceID"];

/// The services of each bundle asked for; a bundle holds a service once.
///
/// A bundle that was asked for is always a key, so that a missing key means "not read".
pub(crate) type Members = BTreeMap<BundleId, BTreeSet<ServiceId>>;

records!(MemberWire, BundleWire);

impl Autotask {
    /// The services in these bundles.
    pub(crate) fn bundle_members(&self, bundles: &BTreeSet<BundleId>) -> Result<Members, Failure> {
        let query = Query::for_entity(Entity::ServiceBundleServices).with_fields(MEMBER_FIELDS);
        let ids = bundles.iter().map(|id| id.0);
        let what = "reading the services of bundles";
        let rows = self.all_in::<MemberWire>(&query, "serviceBundleID", ids, what)?;
        Ok(group_members(bundles, rows))
    }

    /// What these bundles are called.
    pub(crate) fn bundle_names(
        &self,
        bundles: &BTreeSet<BundleId>,
    ) -> Result<BTreeMap<BundleId, String>, Failure> {
        let query = Query::for_entity(Entity::ServiceBundles).with_fields(&["name"]);
        let ids = bundles.iter().map(|id| id.0);
        let rows = self.all_in::<BundleWire>(&query, "id", ids, "reading the names of bundles")?;
        let named = rows.into_iter().map(|row| (BundleId(row.id), row.name));
        Ok(named.collect())
    }

    /// The bundles that hold one of these services, each with that service.
    pub(crate) fn bundles_with(
        &self,
        services: &BTreeSet<ServiceId>,
    ) -> Result<Vec<(BundleId, ServiceId)>, Failure> {
        let query = Query::for_entity(Entity::ServiceBundleServices).with_fields(MEMBER_FIELDS);
        let ids = services.iter().map(|id| id.0);
        let what = "reading the bundles of services";
        let rows = self.all_in::<MemberWire>(&query, "serviceID", ids, what)?;
        let pair = |row: &MemberWire| (BundleId(row.bundle), ServiceId(row.service));
        Ok(rows.iter().map(pair).collect())
    }
}

fn group_members(asked: &BTreeSet<BundleId>, rows: Vec<MemberWire>) -> Members {
    let mut members: Members = asked.iter().map(|id| (*id, BTreeSet::new())).collect();
    for row in rows {
        let bundle = members.entry(BundleId(row.bundle)).or_default();
        bundle.insert(ServiceId(row.service));
    }
    members
}

#[derive(Debug, Deserialize)]
struct BundleWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    name: String,
}

// Neither id may be missing: a member that is lost is a unit that is lost.
#[derive(Debug, Deserialize)]
struct MemberWire {
    id: i64,
    #[serde(rename = "serviceBundleID")]
    bundle: i64,
    #[serde(rename = "serviceID")]
    service: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_members_is_still_known_to_have_been_read() {
        let rows =
            serde_json::from_str(r#"[{"id": 1, "serviceBundleID": 7, "serviceID": 70}]"#).unwrap();
        let read = group_members(&BTreeSet::from([BundleId(7), BundleId(8)]), rows);
        assert_eq!(read[&BundleId(7)], BTreeSet::from([ServiceId(70)]));
        assert_eq!(read[&BundleId(8)], BTreeSet::new());
        assert_eq!(read.get(&BundleId(9)), None);
    }

    #[test]
    fn a_member_without_its_service_is_an_error() {
        let odd = r#"{"id": 1, "serviceBundleID": 7, "serviceID": null}"#;
        assert!(serde_json::from_str::<MemberWire>(odd).is_err());
    }
}
