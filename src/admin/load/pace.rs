//! When the next request begins: as soon as a connection is free, or at a fixed rate whatever the
//! server does.

use crate::engine::Stopwatch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How finely a rate is kept.
const TICK: Duration = Duration::from_micros(100);
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Hands out starts until the time is up. Clones share them.
#[derive(Clone)]
pub(super) struct Pace {
    since: Stopwatch,
    ends: Duration,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Closed,
    Open { due: Arc<Semaphore>, taken: Arc<AtomicU64>, rate: u64 },
}

impl Pace {
    /// Each connection as soon as it has its answer.
    pub(super) fn closed(ends: Duration) -> Self {
        Self { since: Stopwatch::start(), ends, way: Way::Closed }
    }

    /// So many starts a second, from a thread of its own.
    pub(super) fn open(ends: Duration, rate: u32) -> Self {
        let rate = u64::from(rate);
        let (due, taken) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU64::new(0)));
        let pace = Self {
            since: Stopwatch::start(),
            ends,
            way: Way::Open { due: Arc::clone(&due), taken, rate },
        };
        let since = pace.since;
        std::thread::spawn(move || release(&due, since, ends, rate));
        pace
    }

    /// Waits for the next start; what it is, counted from the beginning. `None`: the time is up.
    pub(super) async fn next(&self) -> Option<Duration> {
        match &self.way {
            Way::Closed => Some(self.since.elapsed()).filter(|now| *now < self.ends),
            Way::Open { due, taken, rate } => {
                due.acquire().await.ok()?.forget();
                let number = taken.fetch_add(1, Ordering::Relaxed);
                Some(planned(number, *rate)).filter(|_| self.since.elapsed() < self.ends)
            }
        }
    }

    /// How long it took until now, from a start.
    pub(super) fn took(&self, start: Duration) -> Duration {
        self.since.elapsed().saturating_sub(start)
    }

    /// Since the beginning, at most as long as it was meant to be.
    pub(super) fn lasted(&self) -> Duration {
        self.since.elapsed()
    }
}

/// When the start of this number, from 0, is planned.
fn planned(number: u64, rate: u64) -> Duration {
    let nanos = u128::from(number).saturating_mul(u128::from(NANOS_PER_SECOND));
    let nanos = nanos.checked_div(u128::from(rate)).unwrap_or_default();
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Releases every start when it is due, until the end.
fn release(due: &Semaphore, since: Stopwatch, ends: Duration, rate: u64) {
    let mut released: u64 = 0;
    loop {
        let now = since.elapsed();
        if now >= ends {
            return due.close();
        }
        let owed = (0_u64..).skip(usize::try_from(released).unwrap_or(usize::MAX));
        let count = owed.take_while(|number| planned(*number, rate) <= now).count();
        due.add_permits(count);
        released = released.saturating_add(u64::try_from(count).unwrap_or_default());
        std::thread::sleep(TICK.max(planned(released, rate).saturating_sub(since.elapsed())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_planned_evenly() {
        let check = |number, rate, micros| {
            assert_eq!(planned(number, rate), Duration::from_micros(micros));
        };
        check(0, 1_000, 0);
        check(1, 1_000, 1_000);
        check(30_000, 20_000, 1_500_000);
    }

    #[tokio::test]
    async fn a_pace_ends() {
        let closed = Pace::closed(Duration::ZERO);
        assert_eq!(closed.next().await, None);
        let open = Pace::open(Duration::ZERO, 10);
        assert_eq!(open.next().await, None);
    }

    #[tokio::test]
    async fn an_open_pace_hands_out_what_is_planned() {
        let pace = Pace::open(Duration::from_secs(60), 1_000_000);
        assert_eq!(pace.next().await, Some(Duration::ZERO));
        assert_eq!(pace.next().await, Some(Duration::from_micros(1)));
    }
}
