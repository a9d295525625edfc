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
        if !is_plain_ascii(text) && text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many bytes are looked at in one go.
const WORD_BYTES: usize = 8;
/// The lowest bit of every byte, and the highest.
const LOWEST: u64 = u64::from_ne_bytes([0x01; WORD_BYTES]);
const HIGHEST: u64 = u64::from_ne_bytes([0x80; WORD_BYTES]);
const SPACES: u64 = u64::from_ne_bytes([b' '; WORD_BYTES]);
const DELETES: u64 = u64::from_ne_bytes([0x7F; WORD_BYTES]);

/// Whether there is nothing in it but ASCII, and no control character: most texts of a till are such, and a
/// sale brings a dozen.
fn is_plain_ascii(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(last) = bytes.last_chunk::<WORD_BYTES>() else {
        return bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    };
    // The last word lies over a part of the one before.
    let (words, _) = bytes.as_chunks::<WORD_BYTES>();
    let marks = words.iter().fold(marks_of(*last), |marks, word| marks | marks_of(*word));
    marks == 0
}

/// Marks the highest bit of bytes that are not plain; of others, too, but only behind such a byte.
const fn marks_of(word: [u8; WORD_BYTES]) -> u64 {
    let word = u64::from_le_bytes(word);
    let other_than_delete = word ^ DELETES;
    let below_space = word.wrapping_sub(SPACES) & !word;
    let is_delete = other_than_delete.wrapping_sub(LOWEST) & !other_than_delete;
    (word | below_space | is_delete) & HIGHEST
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

    #[test]
    fn plain_ascii_is_told_from_all_else_wherever_it_stands() {
        for character in (0..=0x24F).filter_map(char::from_u32) {
            for (before, behind) in [(0, 0), (0, 9), (3, 0), (7, 1), (8, 8), (15, 2), (20, 30)] {
                let text = format!("{}{character}{}", "~".repeat(before), " ".repeat(behind));
                let plain = character.is_ascii() && !character.is_control();
                assert_eq!(is_plain_ascii(&text), plain, "{character:?} behind {before}");
                let expected = if character.is_control() { None } else { Some(text.as_str()) };
                let parsed = Text::<99>::parse(&text).ok();
                assert_eq!(parsed.as_ref().map(Text::as_str), expected, "{character:?}");
            }
        }
        assert!(is_plain_ascii(""));
    }
}
