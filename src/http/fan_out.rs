//! The same work over many items, a few at a time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Runs `work` over the items with at most `threads_max` threads; results come in the order of the
/// items. Once `interrupted` is set no further item is begun: its result is `None`.
///
/// # Panics
/// When `work` panics, so that a lost result never passes for an unstarted one.
pub(crate) fn fan_out<I: Sync, R: Send>(
    items: &[I],
    threads_max: usize,
    interrupted: &AtomicBool,
    work: impl Fn(&I) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        while !interrupted.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = work(item);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads_max.clamp(1, items.len().max(1)) {
            scope.spawn(worker);
        }
    });
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    for (at, result) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        if let Some(slot) = results.get_mut(at) {
            *slot = Some(result);
        }
    }
    results
}

/// Does two things at once.
///
/// # Panics
/// When one of them does.
pub(crate) fn run_together<A: Send, B>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..50).collect();
        let results = fan_out(&items, 4, &AtomicBool::new(false), |n| n * 2);
        let expected: Vec<_> = items.iter().map(|n| Some(n * 2)).collect();
        assert_eq!(results, expected);
        assert!(fan_out(&[0; 0], 4, &AtomicBool::new(false), |n| *n).is_empty());
    }

    #[test]
    fn two_things_are_done_at_the_same_time() {
        let barrier = std::sync::Barrier::new(2);
        let met = || barrier.wait().is_leader();
        let (one, other) = run_together(met, met);
        assert_ne!(one, other);
    }

    #[test]
    fn an_interruption_leaves_the_rest_unstarted() {
        let interrupted = AtomicBool::new(false);
        let results = fan_out(&[1, 2, 3], 1, &interrupted, |n| {
            interrupted.store(*n == 2, Ordering::Relaxed);
            *n
        });
        assert_eq!(results, [Some(1), Some(2), None]);
    }
}
