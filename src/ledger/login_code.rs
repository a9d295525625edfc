//! The code of a text message: six digits, all equally likely, never printed by accident.

use std::fmt;
use thiserror::Error;

/// Digits of a code; the first is never zero, since some callers read it as a number.
pub const CODE_DIGITS: usize = 6;
const CODE_LEAST: u32 = 100_000;
const CODE_COUNT: u32 = 900_000;

/// The code of a text message: six digits. Not printed by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LoginCode(u32);

/// What is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a code of {CODE_DIGITS} digits")]
pub struct NotLoginCode;

impl LoginCode {
    /// Reads six digits.
    ///
    /// # Errors
    /// `NotLoginCode` if it is anything else.
    pub fn parse(text: &str) -> Result<Self, NotLoginCode> {
        let six_digits =
            text.len() == CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| six_digits).map(Self).ok_or(NotLoginCode)
    }

    /// The code that a random number stands for: all are equally likely.
    #[must_use]
    pub fn of_random(number: u64) -> Self {
        let offset = number.checked_rem(u64::from(CODE_COUNT)).unwrap_or(0);
        Self(CODE_LEAST.saturating_add(u32::try_from(offset).unwrap_or(0)))
    }

    /// Compares in one step, so that time tells nothing about the digits.
    #[must_use]
    pub const fn is(self, other: Self) -> bool {
        self.0 ^ other.0 == 0
    }
}

impl fmt::Display for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_six_digits_and_do_not_begin_with_zero() {
        let check = |number, expected: &str| {
            assert_eq!(LoginCode::of_random(number).to_string(), expected);
        };
        check(0, "100000");
        check(899_999, "999999");
        check(900_000, "100000");
        assert!(LoginCode::parse("123456").unwrap().is(LoginCode::of_random(23_456)));
        assert!(!LoginCode::parse("023456").unwrap().is(LoginCode::of_random(23_456)));
        for wrong in ["", "12345", "1234567", "12345a", "+12345", "１２３４５６"] {
            assert_eq!(LoginCode::parse(wrong), Err(NotLoginCode), "{wrong}");
        }
        assert_eq!(format!("{:?}", LoginCode::of_random(1)), "LoginCode(..)");
    }
}
