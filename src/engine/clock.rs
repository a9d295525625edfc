//! The only reader of time. A clock runs with the wall, or stands where it was put.

use crate::values::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// What `hand` holds while the clock runs with the wall.
const RUNS_WITH_THE_WALL: i64 = i64::MIN;

/// A clock, shared by everything in a house. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    hand: Arc<AtomicI64>,
}

/// Measures how long something takes; for figures that are shown, never for decisions.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Clock {
    /// A clock that runs with the wall.
    #[must_use]
    pub fn wall() -> Self {
        Self { hand: Arc::new(AtomicI64::new(RUNS_WITH_THE_WALL)) }
    }

    /// A clock that stands at `instant` until it is moved.
    #[must_use]
    pub fn standing(instant: Timestamp) -> Self {
        Self { hand: Arc::new(AtomicI64::new(instant.millis())) }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.hand.load(Ordering::Acquire) {
            RUNS_WITH_THE_WALL => wall_now(),
            standing => Timestamp::from_millis(standing),
        }
    }

    /// Puts the hands to `instant`; the clock stands there.
    pub fn set(&self, instant: Timestamp) {
        self.hand.store(instant.millis(), Ordering::Release);
    }

    /// From now on the clock runs with the wall.
    pub fn hand_to_wall(&self) {
        self.hand.store(RUNS_WITH_THE_WALL, Ordering::Release);
    }
}

impl Stopwatch {
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall_now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since_1970.map_or(0, |elapsed| elapsed.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = Clock::standing(Timestamp::from_millis(5));
        let other = clock.clone();
        clock.set(Timestamp::from_millis(9));
        assert_eq!(other.now().millis(), 9);
        other.hand_to_wall();
        assert!(clock.now() > Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap());
    }
}
