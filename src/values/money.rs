//! Money, bonuses and the one signed amount, as integers of hundredths.

use super::decimal::{DecimalError, Precision, parse_scaled, parse_unsigned};
use std::fmt;

/// The largest amount of money or bonuses, in hundredths: 9,999,999,999.99.
pub const MONEY_MAX_CENTS: u64 = 999_999_999_999;
/// The same as callers read it when they passed it.
const MONEY_MAX_TEXT: &str = "9999999999.99";

const SCALE: u32 = 2;

macro_rules! hundredths {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
        pub struct $name(u64);

        impl $name {
            pub const ZERO: Self = Self(0);
            /// One hundredth, the smallest amount there is.
            pub const CENT: Self = Self(1);

            /// The largest amount there is.
            pub const MAX: Self = Self(MONEY_MAX_CENTS);

            /// `None` above [`MONEY_MAX_CENTS`].
            #[must_use]
            pub const fn from_cents(cents: u64) -> Option<Self> {
                if cents <= MONEY_MAX_CENTS { Some(Self(cents)) } else { None }
            }

            #[must_use]
            pub const fn cents(self) -> u64 {
                self.0
            }

            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// `None` above [`MONEY_MAX_CENTS`].
            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).and_then(Self::from_cents)
            }

            /// `None` below zero.
            #[must_use]
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            #[must_use]
            pub fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// `None` above [`MONEY_MAX_CENTS`].
            pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
                amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
            }

            /// Reads a JSON or TOML number from its text.
            ///
            /// # Errors
            /// `NotANumber`, `TooManyDecimals`, `Negative`; `Above` the maximum.
            pub fn parse(text: &str, precision: Precision) -> Result<Self, DecimalError> {
                let cents = parse_unsigned(text, SCALE, precision)
                    .map_err(|error| error.at_most(MONEY_MAX_TEXT))?;
                Self::from_cents(cents).ok_or(DecimalError::Above(MONEY_MAX_TEXT))
            }
        }

        impl fmt::Display for $name {
            /// Two decimals, as on a receipt: `47.75`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_cents(f, self.0)
            }
        }
    };
}

hundredths!(Money, "Money of the tenant's currency, in hundredths, never negative.");
hundredths!(
    Bonus,
    "Bonuses, in hundredths, never negative. One bonus pays for one unit of currency."
);

impl Money {
    /// The same figure in bonuses, since one bonus pays for one unit of currency.
    #[must_use]
    pub const fn as_bonus(self) -> Bonus {
        Bonus(self.0)
    }
}

impl Bonus {
    /// The money these bonuses pay for.
    #[must_use]
    pub const fn as_money(self) -> Money {
        Money(self.0)
    }

    /// The largest multiple of `step` that is not above `self`; a zero step leaves it as it is.
    #[must_use]
    pub fn floor_to(self, step: Self) -> Self {
        let over = self.0.checked_rem(step.0).unwrap_or(0);
        Self(self.0.saturating_sub(over))
    }

    #[must_use]
    pub const fn as_balance(self) -> Balance {
        #[expect(clippy::cast_possible_wrap, reason = "MONEY_MAX_CENTS is far below i64::MAX")]
        Balance(self.0 as i64)
    }
}

/// A signed amount of bonuses in hundredths: a balance, a movement, an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Balance(i64);

impl Balance {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The amount without its sign; `None` above the largest amount.
    #[must_use]
    pub const fn magnitude(self) -> Option<Bonus> {
        Bonus::from_cents(self.0.unsigned_abs())
    }

    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// Reads a signed number from its text, two decimals at most.
    ///
    /// # Errors
    /// See [`parse_scaled`]; `TooLarge` beyond the largest amount in either direction.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let cents = parse_scaled(text, SCALE, Precision::Exact)?;
        let balance = i64::try_from(cents).map(Self).map_err(|_| DecimalError::TooLarge)?;
        balance.magnitude().map(|_| balance).ok_or(DecimalError::TooLarge)
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        write_cents(f, self.0.unsigned_abs())
    }
}

/// The shortest and the longest amount, in characters: `0.00`, and all that fits a `u64`.
const CENTS_LENGTH_MIN: usize = 4;
const CENTS_LENGTH_MAX: usize = 21;

fn write_cents(f: &mut fmt::Formatter<'_>, cents: u64) -> fmt::Result {
    let mut text = [b'0'; CENTS_LENGTH_MAX];
    let (mut rest, mut first) = (cents, CENTS_LENGTH_MAX);
    // From the last digit to the first; at least one before the point.
    while rest > 0 || first > CENTS_LENGTH_MAX.saturating_sub(CENTS_LENGTH_MIN) {
        first = first.saturating_sub(1);
        if first == CENTS_LENGTH_MAX.saturating_sub(3) {
            text[first] = b'.';
            continue;
        }
        let digit = u8::try_from(rest.rem_euclid(10)).unwrap_or_default();
        text[first] = b'0'.saturating_add(digit);
        rest = rest.div_euclid(10);
    }
    f.write_str(std::str::from_utf8(&text[first..]).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_with_two_decimals() {
        for cents in [0, 5, 50, 99, 100, 105, 4_775, 999_999_999_999, u64::MAX] {
            let (whole, part) = (cents.div_euclid(100), cents.rem_euclid(100));
            assert_eq!(Money(cents).to_string(), format!("{whole}.{part:02}"));
        }
        assert_eq!(Balance::from_cents(-5).to_string(), "-0.05");
    }

    #[test]
    fn amounts_stop_at_the_maximum() {
        assert_eq!(
            Money::parse("9999999999.99", Precision::Exact).unwrap().cents(),
            MONEY_MAX_CENTS
        );
        for text in ["10000000000", "1e400"] {
            let error = Money::parse(text, Precision::Exact).unwrap_err();
            assert_eq!(error, DecimalError::Above(MONEY_MAX_TEXT));
        }
        assert_eq!(Money::from_cents(MONEY_MAX_CENTS).unwrap().to_string(), MONEY_MAX_TEXT);
        assert_eq!(Money::parse("-0.01", Precision::Exact), Err(DecimalError::Negative));
        let most = Money::from_cents(MONEY_MAX_CENTS).unwrap();
        assert_eq!(most.checked_add(Money::CENT), None);
        assert_eq!(Money::ZERO.checked_sub(Money::CENT), None);
        assert_eq!(Balance::parse("-10000000000"), Err(DecimalError::TooLarge));
    }

    #[test]
    fn steps_floor() {
        let check = |cents, step, expected| {
            let floored =
                Bonus::from_cents(cents).unwrap().floor_to(Bonus::from_cents(step).unwrap());
            assert_eq!(floored.cents(), expected, "{cents} by {step}");
        };
        check(4_799, 100, 4_700);
        check(4_799, 1, 4_799);
        check(4_799, 0, 4_799);
    }

    #[test]
    fn balances_print_their_sign() {
        assert_eq!(Balance::from_cents(-5).to_string(), "-0.05");
        assert_eq!(Balance::from_cents(15_275).to_string(), "152.75");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_is_read_again(cents in 0_u64..=MONEY_MAX_CENTS, sign in any::<bool>()) {
            let money = Money::from_cents(cents).unwrap();
            prop_assert_eq!(Money::parse(&money.to_string(), Precision::Exact), Ok(money));
            prop_assert_eq!(Money::parse(&format!("{cents}e-2"), Precision::Exact), Ok(money));
            let signed = i64::try_from(cents).unwrap();
            let balance = Balance::from_cents(if sign { signed } else { signed.saturating_neg() });
            prop_assert_eq!(Balance::parse(&balance.to_string()), Ok(balance));
        }
    }
}
