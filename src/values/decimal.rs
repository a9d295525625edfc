//! Reads a decimal number from its text, exactly, into an integer of a given scale.

use rust_decimal::Decimal;
use thiserror::Error;

/// Longest text of a number that is looked at, in bytes.
const NUMBER_TEXT_MAX: usize = 64;
/// Most digits before the point: what a `Decimal` can hold.
const WHOLE_DIGITS_MAX: usize = 28;
/// Digits before the point of a number that is read at a glance.
const PLAIN_DIGITS_MAX: usize = 12;
/// How far from a representable number floating point may have strayed: 1e-6.
const TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// What happens to digits beyond the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Refused, unless the value is within 1e-6 of a representable one (JavaScript's
    /// 3.3000000000000003 is meant as 3.30).
    Exact,
    /// Rounded half-up.
    HalfUp,
}

/// Why a text is not a number we can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    #[error("must be a number")]
    NotANumber,
    #[error("must not be negative")]
    Negative,
    #[error("has too many decimals, at most {0} are possible")]
    TooManyDecimals(u32),
    #[error("is too large")]
    TooLarge,
    #[error("must be at most {0}")]
    Above(&'static str),
}

impl DecimalError {
    /// The same, with the limit named by a reader that has one.
    pub(super) fn at_most(self, most: &'static str) -> Self {
        match self {
            Self::TooLarge => Self::Above(most),
            Self::NotANumber | Self::Negative | Self::TooManyDecimals(_) | Self::Above(_) => self,
        }
    }
}

/// The signed value of `text` in units of 10^-scale. Decimals count by value: `955.000` and
/// `9.55e2` are 95500 at scale 2.
///
/// # Errors
/// `NotANumber`, `TooManyDecimals` under [`Precision::Exact`], `TooLarge` beyond 28 digits.
pub fn parse_scaled(text: &str, scale: u32, precision: Precision) -> Result<i128, DecimalError> {
    if let Some(plain) = plain_scaled(text, scale) {
        return Ok(plain.into());
    }
    let number = parse_decimal(text)?;
    let unit = Decimal::from(10_u64.checked_pow(scale).ok_or(DecimalError::TooLarge)?);
    let exact = number.checked_mul(unit).ok_or(DecimalError::TooLarge)?;
    let rounded =
        exact.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    if precision == Precision::Exact {
        let distance = rounded.checked_sub(exact).ok_or(DecimalError::TooLarge)?.abs();
        let tolerance = TOLERANCE.checked_mul(unit).ok_or(DecimalError::TooLarge)?;
        if distance > tolerance {
            return Err(DecimalError::TooManyDecimals(scale));
        }
    }
    i128::try_from(rounded).map_err(|_| DecimalError::TooLarge)
}

/// As [`parse_scaled`], for what is never negative. What is within 1e-6 of zero is taken as zero, on
/// either side of it.
///
/// # Errors
/// See [`parse_scaled`]; also `Negative`.
pub(super) fn parse_unsigned(
    text: &str,
    scale: u32,
    precision: Precision,
) -> Result<u64, DecimalError> {
    if let Some(plain) = plain_scaled(text, scale) {
        return Ok(plain);
    }
    if parse_decimal(text)? < -TOLERANCE {
        return Err(DecimalError::Negative);
    }
    let scaled = parse_scaled(text, scale, precision)?;
    u64::try_from(scaled).map_err(|_| DecimalError::TooLarge)
}

/// The value of a number as tills write them, digits with at most `scale` decimals: exact, so that no
/// precision has a say. `None`: it takes a closer look.
fn plain_scaled(text: &str, scale: u32) -> Option<u64> {
    let mut value = 0_u64;
    // How many digits stood behind the point, if there was one.
    let mut decimals: Option<u32> = None;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
            decimals = decimals.map(|count| count.saturating_add(1));
        } else if byte == b'.' && decimals.is_none() {
            decimals = Some(0);
        } else {
            return None;
        }
    }
    let behind = decimals.unwrap_or(0);
    let point = usize::from(decimals.is_some()).saturating_add(usize::try_from(behind).ok()?);
    let whole = text.len().checked_sub(point)?;
    if decimals == Some(0) || !(1..=PLAIN_DIGITS_MAX).contains(&whole) {
        return None;
    }
    value.checked_mul(10_u64.checked_pow(scale.checked_sub(behind)?)?)
}

fn parse_decimal(text: &str) -> Result<Decimal, DecimalError> {
    let starts_like_a_number =
        text.bytes().next().is_some_and(|first| first == b'-' || first.is_ascii_digit());
    let only_digits_and_signs = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if text.len() > NUMBER_TEXT_MAX {
        return Err(if only_digits_and_signs {
            DecimalError::TooLarge
        } else {
            DecimalError::NotANumber
        });
    }
    if !starts_like_a_number || !only_digits_and_signs {
        return Err(DecimalError::NotANumber);
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, parse_exponent(exponent)?),
        None => (text, 0),
    };
    let whole_digits = digits.split('.').next().unwrap_or(digits);
    if whole_digits.trim_start_matches(['-', '0']).len() > WHOLE_DIGITS_MAX {
        return Err(DecimalError::TooLarge);
    }
    let number = digits.parse::<Decimal>().map_err(|_| DecimalError::NotANumber)?;
    move_point(number, exponent)
}

/// A power of ten; one beyond `i64` is as good as the largest.
fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    let furthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(text.parse().unwrap_or(furthest))
}

/// `number` times ten to the power of `exponent`; what is below 1e-28 falls off the end.
fn move_point(number: Decimal, exponent: i64) -> Result<Decimal, DecimalError> {
    let mut moved = number;
    let mut steps = exponent.unsigned_abs();
    while steps > 0 && !moved.is_zero() {
        let next = if exponent > 0 {
            moved.checked_mul(Decimal::TEN)
        } else {
            moved.checked_div(Decimal::TEN)
        };
        moved = next.ok_or(DecimalError::TooLarge)?;
        steps = steps.saturating_sub(1);
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<i128, DecimalError>) {
        assert_eq!(parse_scaled(text, 2, Precision::Exact), expected, "{text}");
    }

    #[test]
    fn what_is_read_at_a_glance_is_what_a_closer_look_finds() {
        for text in ["0", "955", "955.5", "955.50", "007.01", "999999999999.99"] {
            for scale in [0, 2, 3, 6] {
                let Some(plain) = plain_scaled(text, scale) else { continue };
                let unit = Decimal::from(10_u64.pow(scale));
                assert_eq!(Decimal::from(plain), parse_decimal(text).unwrap() * unit, "{text}");
            }
        }
        for closer in ["", ".5", "5.", "-1", "1e2", "1.005", "1.2.3", "1234567890123", "+1", "x"] {
            assert_eq!(plain_scaled(closer, 2), None, "{closer}");
        }
        assert_eq!((plain_scaled("7.5", 0), plain_scaled("7.5", 1)), (None, Some(75)));
    }

    #[test]
    fn decimals_count_by_value() {
        check("955", Ok(95_500));
        check("955.00", Ok(95_500));
        check("955.000", Ok(95_500));
        check("9.55e2", Ok(95_500));
        check("9.55E+2", Ok(95_500));
        check("0.01", Ok(1));
        check("3.3000000000000003", Ok(330));
        check("3.301", Err(DecimalError::TooManyDecimals(2)));
        check("3.300001", Ok(330));
        check("3.300002", Err(DecimalError::TooManyDecimals(2)));
        check("-5", Ok(-500));
        check("\"5\"", Err(DecimalError::NotANumber));
        check("", Err(DecimalError::NotANumber));
        check("true", Err(DecimalError::NotANumber));
        check("null", Err(DecimalError::NotANumber));
        check("1e400", Err(DecimalError::TooLarge));
        check("1e99999999999999999999", Err(DecimalError::TooLarge));
        check("99999999999999999999999999999999", Err(DecimalError::TooLarge));
    }

    #[test]
    fn exponents_move_the_point_however_far() {
        // 0.1 + 0.2 - 0.3 and 0.3 - 0.2 - 0.1 as JavaScript sends them.
        check("5.551115123125783e-17", Ok(0));
        check("-2.7755575615628914e-17", Ok(0));
        check("1e-400", Ok(0));
        check("0e400", Ok(0));
        check("1.50000000000000000000000000e1", Ok(1_500));
        check("12345.6789e-2", Err(DecimalError::TooManyDecimals(2)));
        check("12345e-2", Ok(12_345));
        for malformed in ["1e", "1e+", "1e2e3", "1e2.5", "e5", "1e-+5", "1-2", "1.2.3", "-", "1_0"]
        {
            check(malformed, Err(DecimalError::NotANumber));
        }
    }

    #[test]
    fn less_than_nothing_is_refused_however_it_would_round() {
        let check = |text: &str, precision: Precision, expected: Result<u64, DecimalError>| {
            assert_eq!(parse_unsigned(text, 2, precision), expected, "{text} {precision:?}");
        };
        for precision in [Precision::Exact, Precision::HalfUp] {
            check("-0.004", precision, Err(DecimalError::Negative));
            check("-3.301", precision, Err(DecimalError::Negative));
            check("-99999999999999999999999", precision, Err(DecimalError::Negative));
            check("-0", precision, Ok(0));
            check("-0.00", precision, Ok(0));
            check("-2.7755575615628914e-17", precision, Ok(0));
            check("99999999999999999999999", precision, Err(DecimalError::TooLarge));
        }
    }

    #[test]
    fn half_up_rounds_away_from_zero() {
        assert_eq!(parse_scaled("2.345", 2, Precision::HalfUp), Ok(235));
        assert_eq!(parse_scaled("2.3449", 2, Precision::HalfUp), Ok(234));
    }
}
