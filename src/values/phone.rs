//! Phone numbers: E.164 digits, read from what people and tills write.

use std::fmt;
use thiserror::Error;

/// Fewest digits of a phone number.
pub const PHONE_DIGITS_MIN: usize = 8;
/// Most digits of a phone number (E.164).
pub const PHONE_DIGITS_MAX: usize = 15;
/// Longest text that is looked at, in bytes (the contract allows 20 characters).
const PHONE_TEXT_MAX: usize = 32;

/// Whose short numbers are completed: the tenant's setting `default_country`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// Eleven digits that begin with 8, and ten digits, become eleven that begin with 7.
    Ru,
    /// Nine digits get 992 in front.
    Tj,
}

/// A phone number as E.164 digits without the plus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a phone number of {PHONE_DIGITS_MIN} to {PHONE_DIGITS_MAX} digits")]
pub struct PhoneError;

impl Phone {
    /// Reads digits with "+", spaces, dashes and parentheses between them.
    ///
    /// # Errors
    /// [`PhoneError`] on any other character or a wrong number of digits.
    pub fn parse(text: &str, country: Option<Country>) -> Result<Self, PhoneError> {
        if let Some(plain) = plain(text) {
            return Ok(plain);
        }
        if text.len() > PHONE_TEXT_MAX {
            return Err(PhoneError);
        }
        let trimmed = text.trim();
        let international = trimmed.starts_with('+');
        let rest = trimmed.strip_prefix('+').unwrap_or(trimmed);
        let mut digits = String::with_capacity(PHONE_DIGITS_MAX);
        for character in rest.chars() {
            match character {
                '0'..='9' => digits.push(character),
                ' ' | '-' | '(' | ')' => {}
                _ => return Err(PhoneError),
            }
        }
        if !international {
            complete(&mut digits, country);
        }
        Self::from_digits(&digits)
    }

    /// From stored digits.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::from_digits(&number.to_string()).ok()
    }

    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    fn from_digits(digits: &str) -> Result<Self, PhoneError> {
        let right_length = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len());
        // E.164 numbers never begin with zero; one that did could not be told from a shorter one.
        if !right_length || digits.starts_with('0') {
            return Err(PhoneError);
        }
        digits.parse().map(Self).map_err(|_| PhoneError)
    }
}

/// A plus and as many digits as a number may have, as tills write it. `None`: it takes a closer look.
fn plain(text: &str) -> Option<Phone> {
    let digits = text.as_bytes().strip_prefix(b"+")?;
    let right_length = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len());
    let number = digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'))?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })?;
    (right_length && !digits.starts_with(b"0")).then_some(Phone(number))
}

fn complete(digits: &mut String, country: Option<Country>) {
    match country {
        Some(Country::Ru) if digits.len() == 11 && digits.starts_with('8') => {
            digits.replace_range(0..1, "7");
        }
        Some(Country::Ru) if digits.len() == 10 => digits.insert(0, '7'),
        Some(Country::Tj) if digits.len() == 9 => digits.insert_str(0, "992"),
        Some(Country::Ru | Country::Tj) | None => {}
    }
}

impl fmt::Display for Phone {
    /// As Bonex writes it: `+992901234567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, country: Option<Country>, expected: Option<&str>) {
        let phone = Phone::parse(text, country).ok().map(|phone| phone.to_string());
        assert_eq!(phone.as_deref(), expected, "{text:?} {country:?}");
    }

    #[test]
    fn a_plain_number_is_what_a_closer_look_finds() {
        for text in ["+992901234567", "+12345678", "+123456789012345"] {
            // A space takes the longer way.
            let closer = Phone::parse(&format!("{text} "), None);
            assert_eq!(plain(text), closer.ok(), "{text}");
        }
        for other in [
            "",
            "+",
            "992901234567",
            "+1234567",
            "+1234567890123456",
            "+0123456789",
            "+99290x234567",
        ] {
            assert_eq!(plain(other), None, "{other}");
        }
    }

    #[test]
    fn phones_are_read_as_people_write_them() {
        check("+992901234567", None, Some("+992901234567"));
        check("992 90 123-45-67", None, Some("+992901234567"));
        check(" 992901234567", None, Some("+992901234567"));
        check("(992) 901234567", None, Some("+992901234567"));
        check("901234567", Some(Country::Tj), Some("+992901234567"));
        check("901234567", None, Some("+901234567"));
        check("89161234567", Some(Country::Ru), Some("+79161234567"));
        check("9161234567", Some(Country::Ru), Some("+79161234567"));
        check("+9161234567", Some(Country::Ru), Some("+9161234567"));
        check("12345678", None, Some("+12345678"));
        check("1234567", None, None);
        check("1234567890123456", None, None);
        check("123456789012345", None, Some("+123456789012345"));
        check("0123456789", None, None);
        check("+99290x234567", None, None);
        check("++992901234567", None, None);
        check("", None, None);
    }
}
