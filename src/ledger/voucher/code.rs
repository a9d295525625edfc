//! The code on a voucher, as its holder types it.

use crate::values::{Text, TextError};
use std::cmp::Ordering;
use std::fmt;
use thiserror::Error;

/// The code of a gift card or a coupon: 1 to 64 characters, the same in any case. Shown as it was issued.
#[derive(Debug, Clone)]
pub struct VoucherCode(Text<64>);

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VoucherCodeError {
    #[error("must not be empty")]
    Empty,
    #[error(transparent)]
    Text(#[from] TextError),
}

impl VoucherCode {
    /// Blanks around it are no part of it.
    ///
    /// # Errors
    /// If nothing is left, or too much.
    pub fn parse(text: &str) -> Result<Self, VoucherCodeError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(VoucherCodeError::Empty);
        }
        Ok(Self(Text::parse(text)?))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What two spellings of the same code have in common.
    #[must_use]
    pub fn folded(&self) -> String {
        self.as_str().to_lowercase()
    }
}

impl PartialEq for VoucherCode {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for VoucherCode {}

impl PartialOrd for VoucherCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VoucherCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(&other.folded())
    }
}

impl fmt::Display for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_in_any_case() {
        let code = |text| VoucherCode::parse(text).unwrap();
        assert_eq!(code(" Summer-10 "), code("SUMMER-10"));
        assert_eq!(code("Лето"), code("лето"));
        assert_ne!(code("a"), code("b"));
        assert_eq!(code(" Summer-10").as_str(), "Summer-10");
    }

    #[test]
    fn what_is_no_code_is_said() {
        assert_eq!(VoucherCode::parse(" \t "), Err(VoucherCodeError::Empty));
        let long = "x".repeat(65);
        assert_eq!(VoucherCode::parse(&long), Err(TextError::TooLong(64).into()));
    }
}
