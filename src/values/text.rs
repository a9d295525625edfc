//! Bounded text: at most so many characters, no control characters.

use smol_str::SmolStr;
use std::fmt;
use thiserror::Error;

/// Text of at most `MAX` characters, without control characters. Empty text is allowed. A short one lies
/// within the value, a longer one is shared by its copies: a receipt is full of codes and names, and each
/// of them is copied more than once on its way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(SmolStr);

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl<const MAX: usize> Text<MAX> {
    /// # Errors
    /// `TooLong` above `MAX` characters (not bytes), `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        // No text has more characters than bytes.
        if text.len() > MAX && text.chars().nth(MAX).is_some() {
            return Err(TextError::TooLong(MAX));
        }
        let has_control = if text.is_ascii() {
            text.bytes().any(|byte| byte.is_ascii_control())
        } else {
            text.chars().any(char::is_control)
        };
        if has_control {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Text::<4>::parse("Чай!").is_ok());
        assert_eq!(Text::<4>::parse("Чай!!"), Err(TextError::TooLong(4)));
        assert_eq!(Text::<4>::parse("a\nb"), Err(TextError::ControlCharacter));
    }
}
