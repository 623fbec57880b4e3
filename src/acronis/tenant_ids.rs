//! The two ids of a tenant: the UUID, and the older number that alerts carry (acronis.md §3.3).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::batches::BatchSplitter;
use super::{Acronis, AcronisApi, IDS_PER_REQUEST, ListAnswer, lenient};
use crate::domain::ids::{TenantId, TenantNumber};
use crate::http::{Failure, FailureKind, Method, RepeatPolicy};

/// One pair of ids; the number may come as text (acronis.md §3.3).
#[derive(Deserialize)]
struct WireIds {
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    uuid: Option<String>,
}

/// What became of numeric ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResolvedTenantIds {
    /// An id that the service does not know, or does not show, is missing.
    pub(crate) tenants: BTreeMap<TenantNumber, TenantId>,
    /// Ids that were refused even alone: nothing is known of them, not even that they are foreign.
    pub(crate) refused: BTreeSet<TenantNumber>,
}

impl Acronis {
    /// Translates numeric ids, as alerts carry them, to tenants (acronis.md §3.3).
    ///
    /// The call is in the vendor's 2026 package only and absent from the specification: be ready
    /// for `NotFound`, and take what usage rows say first. A 404 before any answer means that this
    /// data centre does not have it (acronis.md §12): it is asked for once in a run.
    pub(crate) fn resolve_ids(
        &self,
        numbers: &[TenantNumber],
    ) -> Result<ResolvedTenantIds, Failure> {
        if let Some(failure) = self.no_resolve_ids.get() {
            return Err(failure.clone());
        }
        // The limit of a request is unknown: the limit of the other calls is kept.
        let mut batches = numbers.chunks(IDS_PER_REQUEST);
        let Some(first) = batches.next() else {
            return Ok(ResolvedTenantIds::default());
        };
        let answer = self.resolve_batch(first);
        if let Err(failure) = &answer
            && is_absent(failure)
        {
            return Err(self.no_resolve_ids.get_or_init(|| failure.clone()).clone());
        }
        let answer = Cell::new(Some(answer));
        let ask = |numbers: &[TenantNumber]| {
            let had = answer.take();
            had.unwrap_or_else(|| self.resolve_batch(numbers))
        };
        let mut halving = BatchSplitter::new(&ask);
        halving.ask_batch(first);
        batches.for_each(|batch| halving.ask_batch(batch));
        let mut refused = BTreeSet::new();
        for (number, failure) in halving.failed {
            if failure.status != Some(400) {
                return Err(failure);
            }
            refused.insert(number);
        }
        Ok(ResolvedTenantIds {
            tenants: halving.answers.into_iter().flatten().collect(),
            refused,
        })
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
            .build_request(
                Method::POST,
                AcronisApi::Accounts,
                &["tenants:resolve_ids"],
                &what,
            )
            .with_json(json!({ "items": items }))
            // A read, although it is a POST.
            .with_repeat(RepeatPolicy::Safe);
        let listing: ListAnswer<WireIds> = self.read_json(request)?;
        let pair = |ids: WireIds| Some((TenantNumber(ids.id?), TenantId::new(&ids.uuid?)));
        Ok(listing.items.into_iter().filter_map(pair).collect())
    }
}

/// Whether the route itself is missing. Code 1005 is about a tenant: the route answered.
fn is_absent(failure: &Failure) -> bool {
    failure.kind == FailureKind::NotFound && failure.code.as_deref() != Some("1005")
}
