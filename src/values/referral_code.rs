//! A customer's invite code: eight letters or digits, written in capitals.

use std::fmt;
use thiserror::Error;

/// Length of a code, in characters.
pub const REFERRAL_CODE_LENGTH: usize = 8;
/// What a link carries before the code (contract: `telegram_start_param`).
pub const REFERRAL_PREFIX: &str = "ref_";

/// `[A-Z0-9]{8}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralCode([u8; REFERRAL_CODE_LENGTH]);

/// What is no referral code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a referral code of eight letters or digits")]
pub struct NotReferralCode;

impl ReferralCode {
    /// Reads a code in any case, with or without `ref_` before it (rule 29).
    ///
    /// # Errors
    /// `NotReferralCode` if it is anything else.
    pub fn parse(text: &str) -> Result<Self, NotReferralCode> {
        let text = text.trim();
        let (front, rest) = text.split_at_checked(REFERRAL_PREFIX.len()).unwrap_or(("", text));
        let code = if front.eq_ignore_ascii_case(REFERRAL_PREFIX) { rest } else { text };
        let code = code.to_ascii_uppercase();
        let bytes: [u8; REFERRAL_CODE_LENGTH] =
            code.as_bytes().try_into().map_err(|_| NotReferralCode)?;
        let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if bytes.iter().all(fits) { Ok(Self(bytes)) } else { Err(NotReferralCode) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("letters and digits are UTF-8")
    }
}

impl fmt::Display for ReferralCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_with_or_without_its_prefix() {
        let check = |text: &str, expected: Option<&str>| {
            let read = ReferralCode::parse(text).ok();
            assert_eq!(read.as_ref().map(ReferralCode::as_str), expected, "{text:?}");
        };
        check("AB12CD34", Some("AB12CD34"));
        check(" ab12cd34 ", Some("AB12CD34"));
        check("ref_AB12CD34", Some("AB12CD34"));
        check("REF_ab12cd34", Some("AB12CD34"));
        check("", None);
        check("ref_", None);
        check("AB12CD3", None);
        check("AB12CD345", None);
        check("AB12CD3-", None);
        check("ref_ref_AB12CD34", None);
        check("АБ12CD34", None);
    }
}
