//! How many requests at once, and how many in all.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets at most a fixed number of requests per key be under way at once.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    at_once_max: usize,
    under_way: Mutex<BTreeMap<String, usize>>,
    freed: Condvar,
}

/// The right to have one request under way; given back when dropped.
#[derive(Debug)]
pub(crate) struct RequestPermit<'a> {
    gate: &'a ConcurrencyLimit,
    key: String,
}

impl ConcurrencyLimit {
    pub(crate) fn new(at_once_max: usize) -> Self {
        Self {
            at_once_max: at_once_max.max(1),
            under_way: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Waits until a request of this key may start.
    pub(crate) fn wait_for_permit(&self, key: &str) -> RequestPermit<'_> {
        let mut under_way = self.lock_counts();
        while under_way.get(key).copied().unwrap_or(0) >= self.at_once_max {
            under_way = self
                .freed
                .wait(under_way)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *under_way.entry(key.to_owned()).or_insert(0) += 1;
        RequestPermit {
            gate: self,
            key: key.to_owned(),
        }
    }

    /// The counts stay right when a holder panics: each is changed in one step.
    fn lock_counts(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        let mut under_way = self.gate.lock_counts();
        if let Some(count) = under_way.get_mut(&self.key) {
            *count = count.saturating_sub(1);
        }
        drop(under_way);
        self.gate.freed.notify_all();
    }
}

thread_local! {
    /// How many reservations this thread holds.
    static RESERVATIONS: Cell<u32> = const { Cell::new(0) };
}

/// Counts requests sent, and says no once a budget is spent.
#[derive(Debug)]
pub(crate) struct RequestMeter {
    count: AtomicU64,
    /// `u64::MAX` means without a budget.
    stop_at: AtomicU64,
    /// Set apart for what has begun and must not be left half done.
    reserved: AtomicU64,
}

/// Requests that are set apart for the thread that holds this: until it is dropped, none of its
/// requests is refused by the budget.
#[derive(Debug)]
pub(crate) struct Reservation<'m> {
    meter: &'m RequestMeter,
    requests: u64,
    /// It stays with its thread.
    thread: PhantomData<*const ()>,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        RESERVATIONS.set(RESERVATIONS.get() - 1);
        self.meter
            .reserved
            .fetch_sub(self.requests, Ordering::SeqCst);
    }
}

impl Default for RequestMeter {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            stop_at: AtomicU64::new(u64::MAX),
            reserved: AtomicU64::new(0),
        }
    }
}

impl RequestMeter {
    /// Requests sent so far, repeated ones included.
    pub(crate) fn requests_sent(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Sets how many requests may be sent in all; `None` lifts the budget.
    pub(crate) fn set_limit(&self, requests: Option<u64>) {
        self.stop_at
            .store(requests.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Sets requests apart for this thread, when the budget still has so many that nobody else holds;
    /// else how many it has.
    pub(crate) fn reserve(&self, requests: u64) -> Result<Reservation<'_>, u64> {
        let left = self
            .stop_at
            .load(Ordering::SeqCst)
            .saturating_sub(self.requests_sent());
        let reserved = self
            .reserved
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |reserved| {
                let all = reserved.saturating_add(requests);
                (all <= left).then_some(all)
            });
        match reserved {
            Ok(_) => {
                RESERVATIONS.set(RESERVATIONS.get() + 1);
                Ok(Reservation {
                    meter: self,
                    requests,
                    thread: PhantomData,
                })
            }
            Err(reserved) => Err(left.saturating_sub(reserved)),
        }
    }

    /// Counts one more request, unless the budget is spent: then the budget comes back.
    pub(super) fn count_request(&self) -> Result<(), u64> {
        let stop_at = self.stop_at.load(Ordering::SeqCst);
        let free = if RESERVATIONS.get() > 0 {
            u64::MAX
        } else {
            stop_at.saturating_sub(self.reserved.load(Ordering::SeqCst))
        };
        self.count
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
                (count < free).then_some(count + 1)
            })
            .map(drop)
            .map_err(|_| stop_at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn no_more_than_allowed_are_under_way_per_key() {
        let gate = ConcurrencyLimit::new(3);
        let now = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let _permit = gate.wait_for_permit("Tickets");
                    let count = now.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(count, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
        let _held = [
            gate.wait_for_permit("a"),
            gate.wait_for_permit("a"),
            gate.wait_for_permit("a"),
        ];
        // Another key is not held up; this would never return otherwise.
        drop(gate.wait_for_permit("b"));
    }

    #[test]
    fn a_spent_budget_stops_before_the_request_and_counts_nothing() {
        let meter = RequestMeter::default();
        assert_eq!(meter.count_request(), Ok(()));
        meter.set_limit(Some(2));
        assert_eq!(meter.count_request(), Ok(()));
        assert_eq!(meter.count_request(), Err(2));
        assert_eq!(meter.requests_sent(), 2);
        meter.set_limit(None);
        assert_eq!(meter.count_request(), Ok(()));
    }

    #[test]
    fn what_has_begun_ends_within_the_budget_that_was_set_apart_for_it() {
        let meter = RequestMeter::default();
        drop(meter.reserve(1_000).unwrap());
        meter.set_limit(Some(5));
        assert_eq!(meter.reserve(6).unwrap_err(), 5);
        let reservation = meter.reserve(3).unwrap();
        let others =
            || std::thread::scope(|scope| scope.spawn(|| meter.count_request()).join().unwrap());
        assert_eq!((others(), others(), others()), (Ok(()), Ok(()), Err(5)));
        // Another step of the same does not end the whole.
        meter.set_limit(Some(9));
        drop(meter.reserve(3).unwrap());
        meter.set_limit(Some(5));
        for _ in 0..4 {
            assert_eq!(meter.count_request(), Ok(()));
        }
        drop(reservation);
        assert_eq!(meter.count_request(), Err(5));
        assert!(meter.reserve(1).is_err());
    }
}
