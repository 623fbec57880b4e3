//! Lists that come in pages, as one bounded iterator.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use reqwest::Url;

use super::failure::{Failure, FailureKind};

/// One page: what it holds, and what to ask for next.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// A cursor or an address; `None` ends the list. An empty text counts as none.
    pub(crate) next: Option<String>,
}

/// The items of a list, read page by page as they are asked for.
///
/// After an error it ends: half a list must never pass for a whole one.
pub(crate) struct Pages<'a, T> {
    fetch: Fetch<'a, T>,
    /// Makes the failures of the iterator itself.
    fail: Box<dyn Fn(FailureKind) -> Failure + Send + 'a>,
    ready: VecDeque<T>,
    next: NextCursor,
    seen: BTreeSet<String>,
    pages_read: usize,
    pages_max: usize,
}

type Fetch<'a, T> = Box<dyn FnMut(Option<&str>) -> Result<Page<T>, Failure> + Send + 'a>;

enum NextCursor {
    First,
    Cursor(String),
    End,
}

impl<'a, T> Pages<'a, T> {
    /// `fetch` reads the first page when given no cursor; `fail` makes a failure that names the
    /// list, for `RepeatedCursor` and `TooManyPages`.
    pub(crate) fn new(
        pages_max: usize,
        fetch: impl FnMut(Option<&str>) -> Result<Page<T>, Failure> + Send + 'a,
        fail: impl Fn(FailureKind) -> Failure + Send + 'a,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            fail: Box::new(fail),
            ready: VecDeque::new(),
            next: NextCursor::First,
            seen: BTreeSet::new(),
            pages_read: 0,
            pages_max,
        }
    }

    fn read_page(&mut self) -> Result<(), Failure> {
        let next = std::mem::replace(&mut self.next, NextCursor::End);
        let cursor = match &next {
            NextCursor::First => None,
            NextCursor::Cursor(cursor) => Some(cursor.as_str()),
            NextCursor::End => return Ok(()),
        };
        if self.pages_read >= self.pages_max {
            let cause = format!("more than {} pages", self.pages_max);
            return Err((self.fail)(FailureKind::TooManyPages).with_cause(cause));
        }
        let page = (self.fetch)(cursor)?;
        self.pages_read += 1;
        if let Some(cursor) = page.next.filter(|cursor| !cursor.is_empty()) {
            if !self.seen.insert(cursor.clone()) {
                return Err((self.fail)(FailureKind::RepeatedCursor));
            }
            self.next = NextCursor::Cursor(cursor);
        }
        self.ready.extend(page.items);
        Ok(())
    }
}

impl<T> Iterator for Pages<'_, T> {
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if matches!(self.next, NextCursor::End) {
                return None;
            }
            if let Err(failure) = self.read_page() {
                self.next = NextCursor::End;
                return Some(Err(failure));
            }
        }
    }
}

impl<T> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("pages_read", &self.pages_read)
            .field("pages_max", &self.pages_max)
            .finish_non_exhaustive()
    }
}

/// Whether two addresses share scheme, host and port, so that one may get the other's credentials.
pub(crate) fn same_origin(url: &Url, base: &Url) -> bool {
    url.scheme() == base.scheme()
        && url.host_str().is_some()
        && url.host_str() == base.host_str()
        && url.port_or_known_default() == base.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn fail(kind: FailureKind) -> Failure {
        let url = Url::parse("https://host.example/list").unwrap();
        Failure::new(kind, "reading the list", Method::GET, &url)
    }

    /// Pages of one number each: `cursors[n]` follows page n.
    fn pages(pages_max: usize, cursors: &'static [&'static str]) -> Pages<'static, usize> {
        let mut at = 0;
        let fetch = move |_: Option<&str>| {
            let page = Page {
                items: vec![at],
                next: cursors.get(at).map(|&cursor| cursor.to_owned()),
            };
            at += 1;
            Ok(page)
        };
        Pages::new(pages_max, fetch, fail)
    }

    #[test]
    fn a_list_ends_with_a_missing_or_empty_cursor() {
        for cursors in [&["a", "b"][..], &["a", "b", ""][..]] {
            let items: Result<Vec<_>, _> = pages(9, cursors).collect();
            assert_eq!(items.unwrap(), [0, 1, 2]);
        }
    }

    #[test]
    fn a_list_that_repeats_or_does_not_end_is_an_error_not_an_end() {
        let failure = pages(9, &["a", "b", "a", "c"])
            .collect::<Result<Vec<_>, _>>()
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::RepeatedCursor);

        let mut list = pages(2, &["a", "b", "c"]);
        assert_eq!(list.next().unwrap().unwrap(), 0);
        assert_eq!(list.next().unwrap().unwrap(), 1);
        assert_eq!(
            list.next().unwrap().unwrap_err().kind,
            FailureKind::TooManyPages
        );
        assert!(list.next().is_none());
    }

    #[test]
    fn a_failed_page_ends_the_list() {
        let mut list: Pages<'_, u8> = Pages::new(9, |_| Err(fail(FailureKind::Outage)), fail);
        assert_eq!(list.next().unwrap().unwrap_err().kind, FailureKind::Outage);
        assert!(list.next().is_none());
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let url = |text| Url::parse(text).unwrap();
        let base = url("https://a.example/v1/");
        assert!(same_origin(&url("https://a.example:443/v2?x=1"), &base));
        for other in [
            "http://a.example/v1/",
            "https://b.example/v1/",
            "https://a.example:8443/v1/",
            "https://a.example.evil.example/",
        ] {
            assert!(!same_origin(&url(other), &base), "{other}");
        }
    }
}
