//! Many ids in one request, split where one of them spoils the rest.

use crate::http::{Failure, FailureKind};

/// Refused single ids in a row, without a single answer, after which the rest is not tried: then it
/// is not one id that is in the way but a missing right.
const HOPELESS: usize = 8;

/// Asks for all ids of a batch at once; when that is refused, for its halves, down to single ids
/// (acronis.md §6.1, §9). What was answered and which ids failed come back apart.
pub(super) struct BatchSplitter<'a, I, A> {
    ask: &'a dyn Fn(&[I]) -> Result<A, Failure>,
    pub(super) answers: Vec<A>,
    pub(super) failed: Vec<(I, Failure)>,
    refused: usize,
}

impl<'a, I: Clone, A> BatchSplitter<'a, I, A> {
    pub(super) fn new(ask: &'a dyn Fn(&[I]) -> Result<A, Failure>) -> Self {
        Self {
            ask,
            answers: Vec::new(),
            failed: Vec::new(),
            refused: 0,
        }
    }

    pub(super) fn ask_batch(&mut self, ids: &[I]) {
        if ids.is_empty() {
            return;
        }
        if let Some(failure) = self.give_up_failure() {
            self.fail_ids(ids, &failure);
            return;
        }
        match (self.ask)(ids) {
            Ok(answer) => self.answers.push(answer),
            Err(failure) if ids.len() > 1 && may_be_one_id(&failure) => {
                let (left, right) = ids.split_at(ids.len() / 2);
                self.ask_batch(left);
                self.ask_batch(right);
            }
            Err(failure) => {
                self.refused += 1;
                self.fail_ids(ids, &failure);
            }
        }
    }

    fn give_up_failure(&self) -> Option<Failure> {
        let (_, failure) = self.failed.last()?;
        (self.answers.is_empty() && self.refused >= HOPELESS).then(|| failure.clone())
    }

    fn fail_ids(&mut self, ids: &[I], failure: &Failure) {
        self.failed
            .extend(ids.iter().map(|id| (id.clone(), failure.clone())));
    }
}

/// 400, 413, 414, 403, 404: one id may be malformed, hidden or gone, or the address too long.
fn may_be_one_id(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Rejected | FailureKind::Forbidden | FailureKind::NotFound
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::http::{Method, Url};

    fn failure(kind: FailureKind) -> Failure {
        let url = Url::parse("https://dc.example/").unwrap();
        Failure::new(kind, "asking", Method::GET, &url)
    }

    #[test]
    fn one_spoiling_id_is_isolated_and_the_rest_is_answered() {
        let asked = Cell::new(0);
        let ask = |ids: &[u32]| {
            asked.set(asked.get() + 1);
            if ids.contains(&37) {
                Err(failure(FailureKind::Forbidden))
            } else {
                Ok(ids.to_vec())
            }
        };
        let ids: Vec<u32> = (0..100).collect();
        let mut halving = BatchSplitter::new(&ask);
        halving.ask_batch(&ids);
        let answered: Vec<u32> = halving.answers.concat();
        assert_eq!(answered.len(), 99);
        assert!(!answered.contains(&37));
        assert_eq!(halving.failed.len(), 1);
        assert_eq!(halving.failed[0].0, 37);
        assert!(asked.get() <= 15, "{} requests", asked.get());
    }

    #[test]
    fn an_outage_is_not_split() {
        let asked = Cell::new(0);
        let ask = |_: &[u32]| -> Result<(), Failure> {
            asked.set(asked.get() + 1);
            Err(failure(FailureKind::Outage))
        };
        let mut halving = BatchSplitter::new(&ask);
        halving.ask_batch(&[1, 2, 3]);
        assert_eq!(asked.get(), 1);
        assert_eq!(halving.failed.len(), 3);
    }

    #[test]
    fn a_missing_right_does_not_cost_a_request_per_id() {
        let asked = Cell::new(0);
        let ask = |_: &[u32]| -> Result<(), Failure> {
            asked.set(asked.get() + 1);
            Err(failure(FailureKind::Forbidden))
        };
        let ids: Vec<u32> = (0..100).collect();
        let mut halving = BatchSplitter::new(&ask);
        halving.ask_batch(&ids);
        assert_eq!(halving.failed.len(), 100);
        assert!(asked.get() < 30, "{} requests", asked.get());
    }
}
