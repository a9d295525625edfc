//! How far the tables cover the journal, and since when they have not covered all of it: what a restart
//! would have to replay.

use crate::values::{EventNumber, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Shared by the thread that writes the tables and those who ask.
#[derive(Debug)]
pub(super) struct Coverage {
    through: AtomicU64,
    /// The last instant, in milliseconds, at which nothing was missing that we know of.
    whole_at: AtomicI64,
}

impl Coverage {
    pub(super) fn new(through: EventNumber, now: Timestamp) -> Self {
        Self { through: AtomicU64::new(through.number()), whole_at: AtomicI64::new(now.millis()) }
    }

    /// The tables cover everything through an event, which was the last one at `at`.
    pub(super) fn reaches(&self, through: EventNumber, at: Timestamp) {
        self.through.store(through.number(), Ordering::Release);
        self.whole_at.store(at.millis(), Ordering::Release);
    }

    pub(super) fn through(&self) -> EventNumber {
        EventNumber(self.through.load(Ordering::Acquire))
    }

    /// How many events the tables lack, and for how many milliseconds they have lacked some.
    pub(super) fn lag(&self, last: EventNumber, now: Timestamp) -> (u64, i64) {
        let events = last.number().saturating_sub(self.through().number());
        if events == 0 {
            return (0, 0);
        }
        let whole_at = Timestamp::from_millis(self.whole_at.load(Ordering::Acquire));
        (events, now.millis_since(whole_at).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_runs_from_the_last_instant_at_which_nothing_was_missing() {
        let at = |seconds| Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds);
        let coverage = Coverage::new(EventNumber(5), at(0));
        assert_eq!(coverage.lag(EventNumber(5), at(60)), (0, 0));
        assert_eq!(coverage.lag(EventNumber(7), at(60)), (2, 60_000));
        coverage.reaches(EventNumber(6), at(50));
        assert_eq!(coverage.lag(EventNumber(7), at(60)), (1, 10_000));
        assert_eq!(coverage.lag(EventNumber(7), at(40)), (1, 0));
        assert_eq!(coverage.through(), EventNumber(6));
    }
}
