//! Storages, where they stand, and the services that use them (acronis.md §4, §7).

use serde::Deserialize;

use super::batches::BatchSplitter;
use super::{Acronis, IDS_PER_REQUEST, ListAnswer, join_ids, lenient};
use crate::domain::ids::{InfraId, LocationId, TenantId};
use crate::http::{Failure, FailureKind};

/// A storage, or the infrastructure of disaster recovery and the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Infra {
    pub(crate) id: InfraId,
    pub(crate) name: String,
    pub(crate) location: Option<LocationId>,
    pub(crate) owner: Option<TenantId>,
    /// Hosted by Acronis or its cloud partners, not by the service provider.
    pub(crate) platform_owned: Option<bool>,
    /// `backup`, `disaster_recovery`, `files_cloud`, `vcd`.
    pub(crate) capabilities: Vec<String>,
    /// `acronis`, `google`, `azure`, `amazon_s3`; `None` on old ones.
    pub(crate) backend_type: Option<String>,
}

/// A place that storages stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) id: LocationId,
    pub(crate) name: String,
    pub(crate) owner: Option<TenantId>,
    pub(crate) platform_owned: Option<bool>,
}

#[derive(Deserialize)]
struct WireInfra {
    id: String,
    name: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    location_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    owner_tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    platform_owned: Option<bool>,
    #[serde(default, deserialize_with = "lenient::lenient_list")]
    capabilities: Vec<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    backend_type: Option<String>,
}

#[derive(Deserialize)]
struct WireLocation {
    id: String,
    name: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    owner_tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    platform_owned: Option<bool>,
}

impl Acronis {
    /// Storages by id. Those that we may not see are left out, whether the service leaves them out
    /// or refuses them (acronis.md §7).
    pub(crate) fn read_infras(&self, ids: &[InfraId]) -> Result<Vec<Infra>, Failure> {
        read_visible(ids, &|batch: &[InfraId]| {
            let what = format!("reading {} storages", batch.len());
            let request = self
                .get(&["infra"], &what)
                .with_query("uuids", &join_ids(batch.iter().map(InfraId::as_str)));
            let listing: ListAnswer<WireInfra> = self.read_json(request)?;
            Ok(listing.items.into_iter().map(Infra::from_wire).collect())
        })
    }

    /// Locations by id; those that we may not see are left out. Needs an administrator's role.
    pub(crate) fn read_locations(&self, ids: &[LocationId]) -> Result<Vec<Location>, Failure> {
        read_visible(ids, &|batch: &[LocationId]| {
            let what = format!("reading {} locations", batch.len());
            let request = self
                .get(&["locations"], &what)
                .with_query("uuids", &join_ids(batch.iter().map(LocationId::as_str)));
            let listing: ListAnswer<WireLocation> = self.read_json(request)?;
            Ok(listing.items.into_iter().map(Location::from_wire).collect())
        })
    }
}

/// Reads the records of one batch of ids.
type Ask<'a, I, R> = dyn Fn(&[I]) -> Result<Vec<R>, Failure> + 'a;

/// The records of all ids, without those refused singly as hidden or gone.
///
/// When every one is refused it is not about the ids, and that is an error.
fn read_visible<I: Clone, R>(ids: &[I], ask: &Ask<'_, I, R>) -> Result<Vec<R>, Failure> {
    let mut halving = BatchSplitter::new(ask);
    for batch in ids.chunks(IDS_PER_REQUEST) {
        halving.ask_batch(batch);
    }
    let nothing_seen = halving.answers.is_empty();
    let hidden = |kind| matches!(kind, FailureKind::Forbidden | FailureKind::NotFound);
    let grave = |failure: &Failure| nothing_seen || !hidden(failure.kind);
    match halving
        .failed
        .into_iter()
        .find(|(_, failure)| grave(failure))
    {
        Some((_, failure)) => Err(failure),
        None => Ok(halving.answers.into_iter().flatten().collect()),
    }
}

impl Infra {
    /// Whether backups can be stored on it.
    pub(crate) fn holds_backups(&self) -> bool {
        self.capabilities.iter().any(|word| word == "backup")
    }

    fn from_wire(wire: WireInfra) -> Self {
        Self {
            id: InfraId::new(&wire.id),
            name: wire.name,
            location: wire.location_id.map(|id| LocationId::new(&id)),
            owner: wire.owner_tenant_id.map(|id| TenantId::new(&id)),
            platform_owned: wire.platform_owned,
            capabilities: wire.capabilities,
            backend_type: wire.backend_type,
        }
    }
}

impl Location {
    fn from_wire(wire: WireLocation) -> Self {
        Self {
            id: LocationId::new(&wire.id),
            name: wire.name,
            owner: wire.owner_tenant_id.map(|id| TenantId::new(&id)),
            platform_owned: wire.platform_owned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Method, Url};

    fn refuse(kind: FailureKind) -> Failure {
        let url = Url::parse("https://dc.example/").unwrap();
        Failure::new(kind, "x", Method::GET, &url)
    }

    #[test]
    fn a_hidden_storage_is_left_out_and_a_missing_right_is_an_error() {
        let ask = |ids: &[u32]| match ids.contains(&2) {
            true => Err(refuse(FailureKind::Forbidden)),
            false => Ok(ids.to_vec()),
        };
        assert_eq!(read_visible(&[1, 2, 3], &ask).unwrap(), [1, 3]);
        assert_eq!(
            read_visible(&[2], &ask).unwrap_err().kind,
            FailureKind::Forbidden
        );
        assert!(read_visible(&[], &ask).unwrap().is_empty());
        let ask = |ids: &[u32]| match ids {
            [1] => Ok(vec![1]),
            _ => Err(refuse(FailureKind::Rejected)),
        };
        assert_eq!(
            read_visible(&[1, 2], &ask).unwrap_err().kind,
            FailureKind::Rejected
        );
    }

    #[test]
    fn a_storage_is_read_with_an_old_empty_backend() {
        let wire = r#"{"id":"9A1B","name":"EU","location_id":null,"owner_tenant_id":"X",
            "platform_owned":true,"capabilities":["backup","vcd"],"backend_type":null,"version":1}"#;
        let infra = Infra::from_wire(serde_json::from_str(wire).unwrap());
        assert!(infra.holds_backups());
        assert_eq!((infra.backend_type, infra.location), (None, None));
    }
}
