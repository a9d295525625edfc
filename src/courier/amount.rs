//! Amounts as JSON numbers, written digit by digit: by value, never through a float.

use crate::values::{Balance, Bonus, Money, Multiplier, Percent, Quantity, UnitPrice};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// Decimals of money and bonuses, and of everything else.
const HUNDREDTHS: u8 = 2;
const MILLIONTHS: u8 = 6;
/// The longest number, in bytes: 20 digits, a sign and a point.
const LENGTH_MAX: usize = 22;

/// A JSON number without needless zeros: `47.75`, `47.5`, `955`, `0`, `-0.05`.
#[derive(Clone, Copy)]
pub struct Amount {
    is_negative: bool,
    /// How many of the last decimal there are.
    units: u64,
    /// None of them is a needless zero.
    decimals: u8,
}

/// The digits of an amount. They stand where they are asked for: an answer has dozens of amounts.
struct Digits {
    text: [u8; LENGTH_MAX],
    first: usize,
}

impl Amount {
    fn new(is_negative: bool, mut units: u64, mut decimals: u8) -> Self {
        while decimals > 0 && units.is_multiple_of(10) {
            (units, decimals) = (units.div_euclid(10), decimals.saturating_sub(1));
        }
        Self { is_negative, units, decimals }
    }

    /// Writes the number behind what stands there.
    pub fn append_to(self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.digits().as_bytes());
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.units == 0
    }

    /// The number, if it has no decimals.
    fn whole(&self) -> Option<i64> {
        let units = i64::try_from(self.units).ok().filter(|_| self.decimals == 0)?;
        Some(if self.is_negative { units.saturating_neg() } else { units })
    }

    fn digits(&self) -> Digits {
        let mut digits = Digits { text: [0; LENGTH_MAX], first: LENGTH_MAX };
        let mut rest = self.units;
        for _ in 0..self.decimals {
            rest = digits.put_last_of(rest);
        }
        if self.decimals > 0 {
            digits.put(b'.');
        }
        rest = digits.put_last_of(rest);
        while rest > 0 {
            rest = digits.put_last_of(rest);
        }
        if self.is_negative {
            digits.put(b'-');
        }
        digits
    }
}

impl Digits {
    /// Puts a character before the others.
    fn put(&mut self, character: u8) {
        self.first = self.first.saturating_sub(1);
        self.text[self.first] = character;
    }

    /// Puts the last digit of a number; the number without it.
    fn put_last_of(&mut self, number: u64) -> u64 {
        let digit = u8::try_from(number.rem_euclid(10)).unwrap_or_default();
        self.put(b'0'.saturating_add(digit));
        number.div_euclid(10)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.text[self.first..]
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("digits are text")
    }
}

macro_rules! amounts_of_hundredths {
    ($($name:ident),+) => {
        $(impl From<$name> for Amount {
            fn from(value: $name) -> Self {
                Self::new(false, value.cents(), HUNDREDTHS)
            }
        })+
    };
}

macro_rules! amounts_of_millionths {
    ($($name:ident),+) => {
        $(impl From<$name> for Amount {
            fn from(value: $name) -> Self {
                Self::new(false, value.millionths().into(), MILLIONTHS)
            }
        })+
    };
}

amounts_of_hundredths!(Money, Bonus);
amounts_of_millionths!(Percent, Multiplier);
amounts_of_millionths!(Quantity, UnitPrice);

/// A number that counts something.
impl From<u64> for Amount {
    fn from(value: u64) -> Self {
        Self::new(false, value, 0)
    }
}

impl From<Balance> for Amount {
    fn from(value: Balance) -> Self {
        Self::new(value.is_negative(), value.cents().unsigned_abs(), HUNDREDTHS)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Most amounts have no decimals.
        if let Some(whole) = self.whole() {
            return serializer.serialize_i64(whole);
        }
        let digits = self.digits();
        let number: &RawValue = serde_json::from_str(digits.as_str()).map_err(S::Error::custom)?;
        number.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(amount: Amount, expected: &str) {
        assert_eq!(serde_json::to_string(&amount).unwrap(), expected);
        assert_eq!(amount.to_string(), expected);
        assert_eq!(amount.is_zero(), expected == "0");
    }

    #[test]
    fn amounts_are_numbers_by_value() {
        let check_cents = |cents: i64, expected| check(Balance::from_cents(cents).into(), expected);
        check_cents(4_775, "47.75");
        check_cents(4_750, "47.5");
        check_cents(95_500, "955");
        check_cents(100_000, "1000");
        check_cents(0, "0");
        check_cents(-5, "-0.05");
        check_cents(-1_000, "-10");
        check_cents(999_999_999_999, "9999999999.99");
        check_cents(i64::MIN, "-92233720368547758.08");
        check(Percent::parse("0.333333").unwrap().into(), "0.333333");
        check(Percent::parse("5").unwrap().into(), "5");
        check(Quantity::parse("1.25").unwrap().into(), "1.25");
        check(Multiplier::ONE.into(), "1");
        check(Amount::new(true, u64::MAX, MILLIONTHS), "-18446744073709.551615");
        check(Amount::new(false, u64::MAX, 0), "18446744073709551615");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn they_are_what_is_printed_without_needless_zeros(cents: i64) {
            let printed = Balance::from_cents(cents).to_string();
            let needed = printed.trim_end_matches('0').trim_end_matches('.');
            check(Balance::from_cents(cents).into(), needed);
        }
    }
}
