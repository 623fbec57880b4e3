//! The two ids of a tenant: the UUID, and the older number that alerts carry (acronis.md §3.3).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::batches::Halving;
use super::{Acronis, IDS_PER_REQUEST, Listing, Service, lenient};
use crate::domain::ids::{TenantId, TenantNumber};
use crate::http::{Failure, Method, Repeat};

/// One pair of ids; the number may come as text (acronis.md §3.3).
#[derive(Deserialize)]
struct WireIds {
    #[serde(default, deserialize_with = "lenient::integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    uuid: Option<String>,
}

impl Acronis {
    /// Translates numeric ids, as alerts carry them, to tenants (acronis.md §3.3). An id that the
    /// service does not know is missing from the map.
    ///
    /// The call is in the vendor's 2026 package only and absent from the specification: be ready
    /// for `NotFound`, and take what usage rows say first.
    pub(crate) fn resolve_ids(
        &self,
        numbers: &[TenantNumber],
    ) -> Result<BTreeMap<TenantNumber, TenantId>, Failure> {
        let ask = |numbers: &[TenantNumber]| self.resolve_batch(numbers);
        let mut halving = Halving::new(&ask);
        // The limit of a request is unknown: the limit of the other calls is kept.
        for batch in numbers.chunks(IDS_PER_REQUEST) {
            halving.run(batch);
        }
        let refused_alone = |failure: &Failure| failure.status == Some(400);
        match halving
            .failed
            .into_iter()
            .find(|(_, failure)| !refused_alone(failure))
        {
            Some((_, failure)) => Err(failure),
            None => Ok(halving.answers.into_iter().flatten().collect()),
        }
    }

    fn resolve_batch(
        &self,
        numbers: &[TenantNumber],
    ) -> Result<Vec<(TenantNumber, TenantId)>, Failure> {
        let what = format!("translating {} numeric tenant ids", numbers.len());
        let items: Vec<_> = numbers
            .iter()
            .map(|number| json!({ "id": number.0 }))
            .collect();
        let request = self
            .request(
                Method::POST,
                Service::Accounts,
                &["tenants:resolve_ids"],
                &what,
            )
            .json(json!({ "items": items }))
            // A read, although it is a POST.
            .repeat(Repeat::Safe);
        let listing: Listing<WireIds> = self.read(request)?;
        let pair = |ids: WireIds| Some((TenantNumber(ids.id?), TenantId::new(&ids.uuid?)));
        Ok(listing.items.into_iter().filter_map(pair).collect())
    }
}
