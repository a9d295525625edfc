//! The logins of one phone in one tenant: the codes sent to it, the attempts at them, and how often
//! either may happen (rule 38). Whether an attempt is right is a fact that comes from outside: a code is
//! derived from a nonce under the house's key, so neither this state nor the journal tells it.

use crate::ledger::refusal::Refusal;
use crate::values::{Phone, Timestamp};
use thiserror::Error;

/// How long a code is good, in seconds.
pub const CODE_SECONDS: i64 = 300;
/// Wrong attempts at one code; after that not even the right one is taken.
pub const CODE_ATTEMPTS_MAX: u8 = 5;
/// The least time between two codes, in seconds.
pub const RESEND_SECONDS: i64 = 60;
pub const CODES_PER_HOUR_MAX: usize = 5;
pub const CODES_PER_DAY_MAX: usize = 10;

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 86_400;
/// How long a login is kept once nothing depends on it: longer than any request takes.
const KEPT_SECONDS: i64 = 90_000;
/// So many codes may be sent in so many seconds.
const LIMITS: [(usize, i64); 3] =
    [(1, RESEND_SECONDS), (CODES_PER_HOUR_MAX, HOUR_SECONDS), (CODES_PER_DAY_MAX, DAY_SECONDS)];

/// What a code is derived from, besides the house's key, the tenant and the phone.
pub type CodeNonce = [u8; 16];

/// The logins of a phone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    /// When codes were sent within the day before the last one, oldest first.
    pub sends: Vec<Timestamp>,
    /// The last code, unless it was used.
    pub code: Option<SentCode>,
    /// When a code was last used, if within the day before the last one was sent: whoever did has the phone.
    pub used_at: Option<Timestamp>,
}

/// A code that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentCode {
    pub nonce: CodeNonce,
    /// The first instant at which it is no longer good.
    pub expires_at: Timestamp,
    pub attempts_left: u8,
}

/// Something that happened to the logins of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginEvent {
    /// Personal: the phone. From here on earlier codes are void.
    CodeSent {
        /// `None`: nobody can read it any more.
        phone: Option<Phone>,
        nonce: CodeNonce,
        expires_at: Timestamp,
        attempts: u8,
        at: Timestamp,
    },
    /// A wrong attempt.
    CodeRefused {
        at: Timestamp,
    },
    CodeUsed {
        at: Timestamp,
    },
}

/// An event that does not fit: a bug or a damaged journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no code that could be tried")]
pub struct LoginMisfit;

/// What one request made of the logins of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginStep {
    pub login: Login,
    pub events: Vec<LoginEvent>,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The code is right; it is used up if this step happens.
    Right(LoginStep),
    /// Refused, and counted where there is a step.
    Wrong(Option<LoginStep>, Refusal),
}

impl Login {
    /// Sends a code.
    ///
    /// # Errors
    /// `CodeThrottled`: too soon, or too many in an hour or a day.
    pub fn send(
        &self,
        phone: Phone,
        nonce: CodeNonce,
        now: Timestamp,
    ) -> Result<LoginStep, Refusal> {
        let at = self.at(now);
        if at < self.next_send_at() {
            let retry_after_seconds = self.seconds_to_next_send(at);
            return Err(Refusal::CodeThrottled { field: "phone", retry_after_seconds });
        }
        let expires_at = at.plus_seconds(CODE_SECONDS);
        let attempts = CODE_ATTEMPTS_MAX;
        let phone = Some(phone);
        Ok(self.step(LoginEvent::CodeSent { phone, nonce, expires_at, attempts, at }))
    }

    /// An attempt at the code; `right` says whether it is the one that was sent.
    #[must_use]
    pub fn attempt(&self, right: bool, now: Timestamp) -> Attempt {
        let at = self.at(now);
        match self.code.filter(|code| at < code.expires_at) {
            None => Attempt::Wrong(None, Refusal::CodeInvalid),
            Some(code) if code.attempts_left == 0 => {
                let retry_after_seconds = self.seconds_to_next_send(at);
                Attempt::Wrong(None, Refusal::CodeAttemptsUsedUp { retry_after_seconds })
            }
            Some(_) if right => Attempt::Right(self.step(LoginEvent::CodeUsed { at })),
            Some(_) => {
                let counted = self.step(LoginEvent::CodeRefused { at });
                Attempt::Wrong(Some(counted), Refusal::CodeInvalid)
            }
        }
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// `LoginMisfit` if there is no code that the event could be about.
    pub fn apply(&mut self, event: &LoginEvent) -> Result<(), LoginMisfit> {
        match event {
            LoginEvent::CodeSent { nonce, expires_at, attempts, at, .. } => {
                let day_before = at.plus_seconds(DAY_SECONDS.saturating_neg());
                self.sends.retain(|sent| *sent > day_before);
                // Whoever goes on from a login that was over, and let go of, has none either.
                self.used_at = self.used_at.filter(|used| *used > day_before);
                self.sends.push(*at);
                self.code = Some(SentCode {
                    nonce: *nonce,
                    expires_at: *expires_at,
                    attempts_left: *attempts,
                });
            }
            LoginEvent::CodeRefused { .. } => {
                let code = self.code.as_mut().ok_or(LoginMisfit)?;
                code.attempts_left = code.attempts_left.checked_sub(1).ok_or(LoginMisfit)?;
            }
            LoginEvent::CodeUsed { at } => {
                self.code.take().ok_or(LoginMisfit)?;
                self.used_at = Some(*at);
            }
        }
        Ok(())
    }

    /// Whether whoever has the phone showed so a moment ago: within an hour.
    #[must_use]
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        self.used_at.is_some_and(|used| now < used.plus_seconds(HOUR_SECONDS))
    }

    /// Whether nothing depends on it any more at `now`: the next code begins as if there had been none.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.sends.last().is_none_or(|sent| sent.plus_seconds(KEPT_SECONDS) <= now)
    }

    fn step(&self, event: LoginEvent) -> LoginStep {
        let mut login = self.clone();
        login.apply(&event).expect("an event is made for the code that is there");
        LoginStep { login, events: vec![event] }
    }

    /// The instant of a request: never before what already happened.
    fn at(&self, now: Timestamp) -> Timestamp {
        self.sends.last().map_or(now, |sent| now.max(*sent))
    }

    /// The first instant at which another code may be sent.
    fn next_send_at(&self) -> Timestamp {
        let until = |(most, seconds): (usize, i64)| {
            let oldest = self.sends.len().checked_sub(most)?;
            Some(self.sends.get(oldest)?.plus_seconds(seconds))
        };
        LIMITS.into_iter().filter_map(until).max().unwrap_or_default()
    }

    /// Whole seconds, rounded up; at least one.
    fn seconds_to_next_send(&self, at: Timestamp) -> u32 {
        let millis = self.next_send_at().millis().saturating_sub(at.millis());
        let seconds = millis.saturating_add(999).div_euclid(1_000);
        u32::try_from(seconds).unwrap_or(0).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds)
    }

    fn phone() -> Phone {
        Phone::from_number(992_901_234_567).unwrap()
    }

    /// The logins of a phone with all events they came from.
    #[derive(Default)]
    struct Story {
        login: Login,
        events: Vec<LoginEvent>,
    }

    impl Story {
        fn take(&mut self, step: LoginStep) {
            self.events.extend(&step.events);
            self.login = step.login;
            let mut folded = Login::default();
            self.events.iter().for_each(|event| folded.apply(event).unwrap());
            assert_eq!(folded, self.login, "fold = state");
        }

        /// Sends a code; `Some`: throttled, and for so many seconds.
        fn send(&mut self, seconds: i64) -> Option<u32> {
            match self.login.send(phone(), [7; 16], at(seconds)) {
                Ok(step) => {
                    self.take(step);
                    None
                }
                Err(Refusal::CodeThrottled { retry_after_seconds, .. }) => {
                    Some(retry_after_seconds)
                }
                Err(other) => panic!("{other:?}"),
            }
        }

        fn attempt(&mut self, seconds: i64, right: bool) -> &'static str {
            match self.login.attempt(right, at(seconds)) {
                Attempt::Right(step) => {
                    self.take(step);
                    "right"
                }
                Attempt::Wrong(counted, refusal) => {
                    counted.into_iter().for_each(|step| self.take(step));
                    refusal.code()
                }
            }
        }
    }

    #[test]
    fn codes_are_sent_no_faster_than_the_limits() {
        let mut story = Story::default();
        let mut check = |seconds, expected| assert_eq!(story.send(seconds), expected, "{seconds}");
        check(0, None);
        check(0, Some(60));
        check(59, Some(1));
        check(60, None);
        check(120, None);
        check(180, None);
        check(240, None);
        // Five within the hour: the next when the first of them is an hour old.
        check(300, Some(3_300));
        check(3_599, Some(1));
        check(3_600, None);
        check(3_660, None);
        check(3_720, None);
        check(3_780, None);
        check(3_840, None);
        // Ten within the day: the next when the first of them is a day old.
        check(7_300, Some(79_100));
        check(86_399, Some(1));
        check(86_400, None);
        check(86_400, Some(60));
        assert!(story.login.sends.len() <= CODES_PER_DAY_MAX);
    }

    /// A login that is over may be let go of or not: the next code leaves the same.
    #[test]
    fn a_login_that_is_over_leaves_nothing_to_the_next() {
        for right in [false, true] {
            let (mut known, mut new) = (Story::default(), Story::default());
            known.send(0);
            known.attempt(CODE_SECONDS - 1, right);
            assert!(!known.login.is_over(at(KEPT_SECONDS - 1)));
            assert!(known.login.is_over(at(KEPT_SECONDS)));
            known.send(KEPT_SECONDS);
            new.send(KEPT_SECONDS);
            assert_eq!(known.login, new.login);
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_five_minutes() {
        let check = |attempts: &[(i64, bool, &str)]| {
            let mut story = Story::default();
            story.send(0);
            for (seconds, right, expected) in attempts {
                assert_eq!(story.attempt(*seconds, *right), *expected, "{seconds} {attempts:?}");
            }
        };
        check(&[(0, true, "right"), (1, true, "code_invalid")]);
        check(&[(299, true, "right")]);
        check(&[(300, true, "code_invalid")]);
        check(&[(1, false, "code_invalid"), (2, true, "right")]);
        assert_eq!(Story::default().attempt(0, true), "code_invalid");
    }

    #[test]
    fn after_five_wrong_attempts_nothing_more_is_taken_or_written() {
        let mut story = Story::default();
        story.send(0);
        for second in 1..=5 {
            assert_eq!(story.attempt(second, false), "code_invalid");
        }
        let written = story.events.len();
        for right in [false, true] {
            assert_eq!(story.attempt(10, right), "code_attempts_used_up");
        }
        let told = story.login.attempt(true, at(10));
        assert_eq!(
            told,
            Attempt::Wrong(None, Refusal::CodeAttemptsUsedUp { retry_after_seconds: 50 })
        );
        assert_eq!(story.events.len(), written);
        // A new code has attempts of its own.
        story.send(60);
        assert_eq!(story.attempt(61, true), "right");
    }

    #[test]
    fn the_last_code_counts_and_time_never_steps_back() {
        let mut story = Story::default();
        story.send(100);
        // A request that was stamped before the code was sent.
        assert_eq!(story.attempt(99, true), "right");
        assert_eq!(story.events[1], LoginEvent::CodeUsed { at: at(100) });
        assert_eq!(story.send(90), Some(60));
    }

    #[test]
    fn a_login_is_over_a_day_after_its_last_code() {
        let mut story = Story::default();
        assert!(story.login.is_over(at(0)));
        story.send(0);
        assert!(!story.login.is_over(at(DAY_SECONDS)));
        assert!(story.login.is_over(at(KEPT_SECONDS)));
        // Whoever forgot it then goes on as whoever did not.
        let mut anew = Story::default();
        assert_eq!((story.send(KEPT_SECONDS), anew.send(KEPT_SECONDS)), (None, None));
        assert_eq!(story.login, anew.login);
    }

    #[test]
    fn an_event_without_its_code_does_not_fit() {
        for event in [LoginEvent::CodeRefused { at: at(0) }, LoginEvent::CodeUsed { at: at(0) }] {
            assert_eq!(Login::default().apply(&event), Err(LoginMisfit));
        }
    }
}
