//! Paging by id: ask again for ids above the last one, until a page is not full. No next-page URL
//! is followed, so no secret can leave with one (autotask.md §5).

use super::query::RECORDS_MAX;

/// Pages of one query at most: a million records.
pub(super) const PAGES_MAX: usize = 2_000;

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextPage {
    End,
    /// The page of the ids above this one.
    After(i64),
}

/// Why paging cannot go on without losing or repeating records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PagingError {
    #[error("page {page} came with id {id} after id {last}: records are not in order of id")]
    OutOfOrder { page: usize, last: i64, id: i64 },
    #[error("more than {PAGES_MAX} pages")]
    TooMany,
}

/// Decides after a page: `page` counts from 1, `last` is the id asked to be exceeded, `more` tells
/// that the service itself named a next page.
///
/// A short page ends the query, unless the service says there is more. Ids must grow within and
/// across pages, or `id gt last` would skip records without a word.
pub(super) fn next(
    page: usize,
    last: Option<i64>,
    ids: &[i64],
    more: bool,
) -> Result<NextPage, PagingError> {
    let full = ids.len() >= RECORDS_MAX || more;
    in_order(page, last, ids, full)?;
    let Some(end) = ids.last().filter(|_| full) else {
        return Ok(NextPage::End);
    };
    if page >= PAGES_MAX {
        return Err(PagingError::TooMany);
    }
    Ok(NextPage::After(*end))
}

/// Every id lies above the one asked to be exceeded; on a page that others follow they also grow.
fn in_order(page: usize, last: Option<i64>, ids: &[i64], growing: bool) -> Result<(), PagingError> {
    let mut floor = last;
    for id in ids.iter().copied() {
        if let Some(last) = floor.filter(|floor| *floor >= id) {
            return Err(PagingError::OutOfOrder { page, last, id });
        }
        if growing {
            floor = Some(id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(from: i64) -> Vec<i64> {
        (from..from + 500).collect()
    }

    #[test]
    fn a_page_that_is_not_full_is_the_last() {
        assert_eq!(next(1, None, &[], false), Ok(NextPage::End));
        assert_eq!(next(1, None, &[9, 3], false), Ok(NextPage::End));
        assert_eq!(next(1, None, &full(1)[..499], false), Ok(NextPage::End));
    }

    #[test]
    fn a_full_page_is_followed_by_the_ids_above_its_largest() {
        assert_eq!(next(1, None, &full(0), false), Ok(NextPage::After(499)));
        assert_eq!(
            next(2, Some(499), &full(500), false),
            Ok(NextPage::After(999))
        );
    }

    #[test]
    fn a_short_page_goes_on_when_the_service_says_so() {
        assert_eq!(next(1, None, &[4, 5], true), Ok(NextPage::After(5)));
        assert_eq!(next(2, Some(5), &[], true), Ok(NextPage::End));
    }

    #[test]
    fn ids_that_do_not_grow_stop_the_read() {
        let stuck = PagingError::OutOfOrder {
            page: 2,
            last: 499,
            id: 0,
        };
        assert_eq!(next(2, Some(499), &full(0), false), Err(stuck));
        assert_eq!(next(2, Some(499), &[0, 1], false), Err(stuck));
        let mut swapped = full(1);
        swapped.swap(7, 8);
        assert!(next(1, None, &swapped, false).is_err());
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(
            next(PAGES_MAX, None, &full(0), false),
            Err(PagingError::TooMany)
        );
    }
}
