//! Reading whole lists: page after page by id, long id lists in pieces.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Autotask;
use super::decode;
use super::paging::{self, NextPage, PagingError};
use super::query::{IN_MAX, Query, is_in};
use crate::http::{
    Effect, Failure, FailureKind, Method, RepeatPolicy, Request, Url, fan_out, same_origin,
};

/// Queries of one list that are under way at once; the gate allows no more per entity anyway
/// (autotask.md §4).
const AT_ONCE_MAX: usize = 3;

/// One record as it comes; its id is what paging goes by.
pub(super) trait Record: DeserializeOwned + Send {
    fn id(&self) -> i64;
}

/// Records whose id is their field `id`.
macro_rules! records {
    ($($name:ty),+) => {$(
        impl crate::autotask::read::Record for $name {
            fn id(&self) -> i64 {
                i64::from(self.id)
            }
        }
    )+};
}
pub(super) use records;

/// One page. `items` must be there: a missing list is not an empty one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageWire<T> {
    items: Vec<T>,
    #[serde(default)]
    page_details: Option<PageDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageDetails {
    #[serde(default, deserialize_with = "decode::decode_text")]
    next_page_url: Option<String>,
}

impl Autotask {
    /// Every record of a query, by id.
    ///
    /// # Errors
    /// Also when the records do not come in order of id or never end: half a list must not pass
    /// for a whole one.
    pub(super) fn read_all<T: Record>(&self, query: &Query, what: &str) -> Result<Vec<T>, Failure> {
        let mut rows: Vec<T> = Vec::new();
        let mut last = None;
        for page in 1.. {
            let request = self.query_request(query, last, what);
            let answer: PageWire<T> = self
                .send_within_budget(&request)
                .and_then(|response| response.parse_json())
                // A POST, but nothing that could have changed anything.
                .map_err(|failure| failure.with_effect(Effect::None))?;
            let ids: Vec<i64> = answer.items.iter().map(Record::id).collect();
            rows.extend(answer.items);
            let details = answer.page_details.unwrap_or_default();
            let more = details.next_page_url.is_some();
            if let Some(url) = details.next_page_url {
                self.same_home(&request, &url)?;
            }
            match paging::next(page, last, &ids, more) {
                Ok(NextPage::End) => break,
                Ok(NextPage::After(id)) => last = Some(id),
                Err(stuck) => return Err(paging_failure(&request, stuck)),
            }
        }
        rows.sort_by_key(Record::id);
        Ok(rows)
    }

    /// Every record of a query whose `field` is one of the numbers, by id.
    pub(super) fn all_in<T: Record>(
        &self,
        query: &Query,
        field: &str,
        numbers: impl IntoIterator<Item = i64>,
        what: &str,
    ) -> Result<Vec<T>, Failure> {
        let pieces = split_values(numbers);
        let queries = pieces.map(|piece| query.clone().with_filter(is_in(field, piece)));
        self.all_of(&queries.collect::<Vec<_>>(), what)
    }

    /// As [`Self::all_in`], for texts.
    pub(super) fn all_in_texts<T: Record>(
        &self,
        query: &Query,
        field: &str,
        texts: impl IntoIterator<Item = String>,
        what: &str,
    ) -> Result<Vec<T>, Failure> {
        let pieces = split_values(texts);
        let queries = pieces.map(|piece| query.clone().with_filter(is_in(field, piece)));
        self.all_of(&queries.collect::<Vec<_>>(), what)
    }

    /// All records of several queries together. The first failure is the answer: whoever asked for
    /// several pieces needs all of them.
    fn all_of<T: Record>(&self, queries: &[Query], what: &str) -> Result<Vec<T>, Failure> {
        let interrupted = self.transport().interrupt_flag();
        let lists = fan_out(queries, AT_ONCE_MAX, interrupted, |query| {
            self.read_all::<T>(query, what)
        });
        let mut rows = Vec::new();
        for (query, list) in queries.iter().zip(lists) {
            let unbegun = || {
                self.query_request(query, None, what)
                    .new_failure(FailureKind::Interrupted)
            };
            rows.extend(list.unwrap_or_else(|| Err(unbegun()))?);
        }
        rows.sort_by_key(Record::id);
        Ok(rows)
    }

    /// A list whose next page lies on another host is not what it seems. Pages are asked for by id
    /// and no such address is ever followed, but an answer that names one is refused whole.
    fn same_home(&self, request: &Request, next: &str) -> Result<(), Failure> {
        match Url::parse(next) {
            Ok(url) if same_origin(&url, self.base_url()) => Ok(()),
            Ok(_) | Err(_) => Err(request
                .new_failure(FailureKind::ForeignHost)
                .with_cause(format!("the next page would be at {next}"))),
        }
    }

    /// POST, because a long filter does not fit into an address; it reads, so it may be repeated.
    fn query_request(&self, query: &Query, last: Option<i64>, what: &str) -> Request {
        let entity = query.entity;
        self.signed_request(Method::POST, entity, &[entity.as_str(), "query"], what)
            .with_json(query.page_body(last))
            .with_repeat(RepeatPolicy::Safe)
    }
}

/// Lists of at most [`IN_MAX`] values, each value once, in order.
fn split_values<V: Ord + Clone>(
    values: impl IntoIterator<Item = V>,
) -> impl Iterator<Item = Vec<V>> {
    let values: BTreeSet<V> = values.into_iter().collect();
    let values: Vec<V> = values.into_iter().collect();
    let pieces: Vec<Vec<V>> = values.chunks(IN_MAX).map(<[V]>::to_vec).collect();
    pieces.into_iter()
}

fn paging_failure(request: &Request, stuck: PagingError) -> Failure {
    let kind = match stuck {
        PagingError::OutOfOrder { .. } => FailureKind::RepeatedCursor,
        PagingError::TooMany => FailureKind::TooManyPages,
    };
    request.new_failure(kind).with_cause(stuck)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_asked_for_in_pieces_of_two_hundred_without_repeats() {
        let numbers = (0..450).chain(0..450);
        let sizes: Vec<usize> = split_values(numbers).map(|piece| piece.len()).collect();
        assert_eq!(sizes, [200, 200, 50]);
        assert_eq!(split_values(Vec::<i64>::new()).count(), 0);
    }

    #[test]
    fn a_page_without_its_list_is_an_error_and_without_details_the_last() {
        #[derive(Debug, Deserialize)]
        struct Any {}
        let read = |json: &str| serde_json::from_str::<PageWire<Any>>(json);
        assert!(read(r#"{"pageDetails": {"count": 0}}"#).is_err());
        assert!(read(r#"{"items": null}"#).is_err());
        assert!(read(r#"{"items": []}"#).unwrap().page_details.is_none());
        let empty = read(r#"{"items": [{}], "pageDetails": {"nextPageUrl": ""}}"#).unwrap();
        assert!(empty.page_details.unwrap().next_page_url.is_none());
    }
}
