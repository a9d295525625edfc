//! When to try again: bounded attempts with pauses that double, and the receiver's own wish.

use std::time::Duration;

/// Longest pause that a receiver may ask for; a longer wish counts as this.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(900);

/// A plan of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all, the first included.
    pub attempts_max: u32,
    /// The pause after the first attempt; each further one is twice as long.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// No attempt begins later than this after the message came to be.
    pub useful_for: Duration,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Pause(Duration),
    GiveUp,
}

impl Retries {
    /// A login code: it is good for 300 seconds.
    pub const SMS: Self = Self {
        attempts_max: 8,
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(60),
        useful_for: Duration::from_secs(300),
    };

    /// A notice: yesterday's is of no use.
    pub const PUSH: Self = Self {
        attempts_max: 20,
        first_pause: Duration::from_secs(2),
        longest_pause: Duration::from_secs(300),
        useful_for: Duration::from_secs(86_400),
    };

    /// What follows the failed attempt number `attempt` (from 1), `elapsed` after the message came to
    /// be; `asked` is the receiver's `Retry-After`, which may lengthen the pause but not shorten it.
    #[must_use]
    pub fn next(&self, attempt: u32, elapsed: Duration, asked: Option<Duration>) -> Next {
        if attempt >= self.attempts_max {
            return Next::GiveUp;
        }
        let doublings = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let grown = self.first_pause.saturating_mul(doublings).min(self.longest_pause);
        let pause = asked.map_or(grown, |asked| asked.min(RETRY_AFTER_MAX).max(grown));
        if elapsed.saturating_add(pause) > self.useful_for {
            return Next::GiveUp;
        }
        Next::Pause(pause)
    }

    /// Whether a message that came to be `elapsed` ago is still of use.
    #[must_use]
    pub fn is_useful(&self, elapsed: Duration) -> bool {
        elapsed <= self.useful_for
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let plan = Retries {
            attempts_max: 6,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(5),
            useful_for: Duration::from_secs(2_000),
        };
        // attempt, elapsed, Retry-After -> pause; none: give up
        let check = |attempt, elapsed, asked: Option<u64>, pause: Option<u64>| {
            let elapsed = Duration::from_secs(elapsed);
            let found = plan.next(attempt, elapsed, asked.map(Duration::from_secs));
            let expected =
                pause.map_or(Next::GiveUp, |pause| Next::Pause(Duration::from_secs(pause)));
            assert_eq!(found, expected, "{attempt} {elapsed:?} {asked:?}");
        };
        check(1, 0, None, Some(1));
        check(2, 1, None, Some(2));
        check(3, 3, None, Some(4));
        check(4, 7, None, Some(5));
        check(5, 12, None, Some(5));
        check(6, 17, None, None);
        check(7, 17, None, None);
        // The receiver may lengthen a pause, up to the maximum, never shorten it.
        check(3, 0, Some(30), Some(30));
        check(3, 0, Some(0), Some(4));
        check(1, 0, Some(1_000_000), Some(900));
        // What would come too late is not tried.
        check(1, 1_999, None, Some(1));
        check(1, 2_000, None, None);
        check(1, 1_500, Some(501), None);
    }

    #[test]
    fn the_plans_end_within_what_is_useful() {
        for plan in [Retries::SMS, Retries::PUSH] {
            let mut elapsed = Duration::ZERO;
            let mut attempt = 1;
            while let Next::Pause(pause) = plan.next(attempt, elapsed, None) {
                elapsed += pause;
                attempt += 1;
            }
            assert!(attempt <= plan.attempts_max && plan.is_useful(elapsed));
            assert!(attempt >= 8, "{attempt}");
        }
        let far = Retries { attempts_max: u32::MAX, ..Retries::PUSH };
        assert_eq!(far.next(4_000, Duration::ZERO, None), Next::Pause(far.longest_pause));
    }
}
