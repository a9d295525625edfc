//! How often something may happen: a bucket that is full at first, loses one at each time, and is filled
//! again evenly. All that is kept of a bucket is the instant at which it will be full.

use crate::values::Timestamp;

const MICROS_PER_MILLI: i64 = 1_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// So many times in a period; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// How long the bucket takes to get one more, in microseconds.
    interval: i64,
    /// How long it takes to fill an empty one.
    period: i64,
}

/// A bucket: when it will be full, in microseconds since 1970. A new one is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bucket {
    full_at: i64,
}

impl Allowance {
    /// `times` in `seconds`.
    pub(super) fn new(times: u32, seconds: u32) -> Self {
        let period = i64::from(seconds).saturating_mul(MICROS_PER_SECOND);
        let interval = period.checked_div(i64::from(times)).unwrap_or(period).max(1);
        Self { interval, period }
    }
}

impl Bucket {
    /// How many seconds it takes until there is one to take; `None`: there is.
    pub(super) fn wait(self, allowance: Allowance, now: Timestamp) -> Option<u32> {
        let level = self.full_at.saturating_sub(micros(now));
        let over = level.saturating_add(allowance.interval).saturating_sub(allowance.period);
        if over <= 0 {
            return None;
        }
        let seconds = over.saturating_add(MICROS_PER_SECOND - 1).div_euclid(MICROS_PER_SECOND);
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Takes one.
    pub(super) fn take(&mut self, allowance: Allowance, now: Timestamp) {
        self.full_at = self.full_at.max(micros(now)).saturating_add(allowance.interval);
    }
}

fn micros(at: Timestamp) -> i64 {
    at.millis().saturating_mul(MICROS_PER_MILLI)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `tries` at one instant are let through, and how long the next one waits.
    fn burst(bucket: &mut Bucket, allowance: Allowance, at: i64, tries: u32) -> (u32, Option<u32>) {
        let now = Timestamp::from_millis(at);
        let mut done = 0;
        for _ in 0..tries {
            if bucket.wait(allowance, now).is_none() {
                bucket.take(allowance, now);
                done += 1;
            }
        }
        (done, bucket.wait(allowance, now))
    }

    #[test]
    fn a_bucket_empties_at_once_and_fills_evenly() {
        const START: i64 = 1_767_769_016_000;
        let hourly = Allowance::new(3_600, 3_600);
        let mut bucket = Bucket::default();
        assert_eq!(burst(&mut bucket, hourly, START, 5_000), (3_600, Some(1)));
        assert_eq!(burst(&mut bucket, hourly, START + 999, 10), (0, Some(1)));
        assert_eq!(burst(&mut bucket, hourly, START + 1_000, 10), (1, Some(1)));
        assert_eq!(burst(&mut bucket, hourly, START + 61_000, 100), (60, Some(1)));
        assert_eq!(burst(&mut bucket, hourly, START + 10_000_000, 5_000), (3_600, Some(1)));
        let rare = Allowance::new(2, 60);
        let mut bucket = Bucket::default();
        assert_eq!(burst(&mut bucket, rare, START, 3), (2, Some(30)));
        assert_eq!(burst(&mut bucket, rare, START + 12_500, 3), (0, Some(18)));
        // A clock that steps back takes nothing away for good.
        assert_eq!(burst(&mut bucket, rare, START - 5_000, 3), (0, Some(35)));
        assert_eq!(burst(&mut bucket, rare, START + 30_000, 3), (1, Some(30)));
    }

    #[test]
    fn an_allowance_of_many_is_not_rounded_to_none() {
        let most = Allowance::new(u32::MAX, 60);
        let (done, _) = burst(&mut Bucket::default(), most, 0, 10_000);
        assert_eq!(done, 10_000);
    }
}
