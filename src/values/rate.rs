//! Percents, multipliers, quantities and unit prices: exact millionths, multiplied in 128 bits.

use super::decimal::{DecimalError, Precision, parse_unsigned};
use super::money::{MONEY_MAX_CENTS, Money};
use std::fmt;

const SCALE: u32 = 6;
const MILLION: u64 = 1_000_000;

/// A percent in exact millionths of one percent, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Percent(u32);

impl Percent {
    pub const ZERO: Self = Self(0);
    pub const HUNDRED: Self = Self(100_000_000);
    /// What a product of cents and millionths of a percent is divided by to give cents again.
    pub const SCALE: u128 = 100_000_000;

    /// `None` above 100 percent.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths <= Self::HUNDRED.0 { Some(Self(millionths)) } else { None }
    }

    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// # Errors
    /// `NotANumber`, `TooManyDecimals`, `Negative`; `Above` 100.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let above = DecimalError::Above("100");
        let millionths =
            parse_unsigned(text, SCALE, Precision::Exact).map_err(|error| error.at_most("100"))?;
        u32::try_from(millionths).ok().and_then(Self::from_millionths).ok_or(above)
    }

    /// Both together, at most 100.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0)).min(Self::HUNDRED)
    }

    /// This percent of `amount` cents, not yet rounded: divide by [`Percent::SCALE`].
    #[must_use]
    pub fn of_cents_unrounded(self, amount: u64) -> u128 {
        u128::from(amount).saturating_mul(u128::from(self.0))
    }

    /// This percent of `amount`, rounded down to 0.01.
    #[must_use]
    pub fn of_floor(self, amount: Money) -> Money {
        let cents = self.of_cents_unrounded(amount.cents()).div_euclid(Self::SCALE);
        u64::try_from(cents).ok().and_then(Money::from_cents).unwrap_or(amount)
    }
}

/// How many times as much, in exact millionths, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Multiplier(u32);

impl Multiplier {
    pub const ONE: Self = Self(1_000_000);
    pub const MOST: Self = Self(100_000_000);
    /// What a product with millionths is divided by.
    pub const SCALE: u128 = 1_000_000;

    /// `None` below 1 and above 100.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths >= Self::ONE.0 && millionths <= Self::MOST.0 {
            Some(Self(millionths))
        } else {
            None
        }
    }

    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// # Errors
    /// `NotANumber`, `TooManyDecimals`, `Negative`; `Above` 100. A figure below 1 is read as `None`.
    pub fn parse(text: &str) -> Result<Option<Self>, DecimalError> {
        let above = DecimalError::Above("100");
        let millionths =
            parse_unsigned(text, SCALE, Precision::Exact).map_err(|error| error.at_most("100"))?;
        let millionths = u32::try_from(millionths).ok().filter(|it| *it <= Self::MOST.0);
        Ok(Self::from_millionths(millionths.ok_or(above)?))
    }

    /// Both one after the other, rounded down to a millionth, at most 100.
    #[must_use]
    pub fn times_floor(self, other: Self) -> Self {
        let product = u64::from(self.0).saturating_mul(u64::from(other.0)).div_euclid(MILLION);
        u32::try_from(product).map_or(Self::MOST, |millionths| Self(millionths).min(Self::MOST))
    }
}

impl Default for Multiplier {
    fn default() -> Self {
        Self::ONE
    }
}

impl fmt::Display for Multiplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_millionths(f, u64::from(self.0))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_millionths(f, u64::from(self.0))
    }
}

macro_rules! millionths {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The largest value, in millionths: as many units as there is money.
            pub const MAX_MILLIONTHS: u64 = MONEY_MAX_CENTS.saturating_mul(10_000);

            /// `None` above [`Self::MAX_MILLIONTHS`].
            #[must_use]
            pub const fn from_millionths(millionths: u64) -> Option<Self> {
                if millionths <= Self::MAX_MILLIONTHS { Some(Self(millionths)) } else { None }
            }

            #[must_use]
            pub const fn millionths(self) -> u64 {
                self.0
            }

            /// # Errors
            /// `NotANumber`, `TooManyDecimals`, `Negative`; `TooLarge` above the maximum.
            pub fn parse(text: &str) -> Result<Self, DecimalError> {
                let millionths = parse_unsigned(text, SCALE, Precision::HalfUp)?;
                Self::from_millionths(millionths).ok_or(DecimalError::TooLarge)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_millionths(f, self.0)
            }
        }
    };
}

millionths!(
    Quantity,
    "How much of an article, in exact millionths of its unit (0.350 kg, 2 pieces)."
);
millionths!(
    UnitPrice,
    "The price of one unit, in exact millionths of the currency (0.001 for a screw)."
);

impl Quantity {
    pub const ONE: Self = Self(MILLION);

    /// Quantity times price, rounded half-up to 0.01; `None` above the largest amount of money.
    #[must_use]
    pub fn times_half_up(self, price: UnitPrice) -> Option<Money> {
        const CENT_OF_PRODUCT: u128 = 10_000_000_000;
        const HALF: u128 = 5_000_000_000;
        let product = u128::from(self.0).checked_mul(u128::from(price.0))?;
        let cents = product.checked_add(HALF)?.div_euclid(CENT_OF_PRODUCT);
        u64::try_from(cents).ok().and_then(Money::from_cents)
    }
}

impl UnitPrice {
    /// The price at which `quantity` makes up `amount`, rounded half-up; `None` for a quantity of 0, or
    /// above the largest price.
    #[must_use]
    pub fn of_half_up(amount: Money, quantity: Quantity) -> Option<Self> {
        const MILLIONTHS_OF_CENT: u128 = 10_000;
        let scaled = u128::from(amount.cents())
            .checked_mul(MILLIONTHS_OF_CENT)?
            .checked_mul(u128::from(MILLION))?;
        let divisor = u128::from(quantity.0);
        let half = divisor.checked_div(2)?;
        let millionths = scaled.checked_add(half)?.checked_div(divisor)?;
        u64::try_from(millionths).ok().and_then(Self::from_millionths)
    }
}

/// Without trailing zeros: `5`, `2.5`, `0.333333`.
fn write_millionths(f: &mut fmt::Formatter<'_>, millionths: u64) -> fmt::Result {
    let (whole, part) = (millionths.div_euclid(MILLION), millionths.rem_euclid(MILLION));
    if part == 0 {
        return write!(f, "{whole}");
    }
    let digits = format!("{part:06}");
    write!(f, "{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_print_and_parse() {
        for text in ["0", "5", "2.5", "0.333333", "100"] {
            assert_eq!(Percent::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Percent::parse("100.1"), Err(DecimalError::Above("100")));
        assert_eq!(Percent::parse("1e400"), Err(DecimalError::Above("100")));
        assert_eq!(Percent::parse("-1"), Err(DecimalError::Negative));
    }

    #[test]
    fn multipliers_lie_between_1_and_100() {
        let parse = |text: &str| Multiplier::parse(text).map(|it| it.map(|it| it.to_string()));
        for text in ["1", "1.5", "2", "3.333333", "100"] {
            assert_eq!(parse(text), Ok(Some(text.to_owned())));
        }
        assert_eq!(parse("0.999999"), Ok(None));
        assert_eq!(parse("100.000001"), Err(DecimalError::Above("100")));
        let check = |left: &str, right: &str, expected: &str| {
            let [left, right] = [left, right].map(|it| Multiplier::parse(it).unwrap().unwrap());
            assert_eq!(left.times_floor(right).to_string(), expected);
        };
        check("2", "1.5", "3");
        check("1.000001", "1.000001", "1.000002");
        check("20", "6", "100");
        assert_eq!(Percent::HUNDRED.plus(Percent(1)), Percent::HUNDRED);
    }

    #[test]
    fn quantity_times_price_rounds_half_up() {
        let check = |quantity: &str, price: &str, expected: u64| {
            let product =
                Quantity::parse(quantity).unwrap().times_half_up(UnitPrice::parse(price).unwrap());
            assert_eq!(product.unwrap().cents(), expected, "{quantity} x {price}");
        };
        check("2", "20", 4_000);
        check("0.350", "12.99", 455);
        check("5", "0.001", 1);
        check("4", "0.001", 0);
    }

    #[test]
    fn a_price_follows_from_an_amount_and_a_quantity() {
        let check = |cents: u64, quantity: &str, expected: Option<&str>| {
            let amount = Money::from_cents(cents).unwrap();
            let price = UnitPrice::of_half_up(amount, Quantity::parse(quantity).unwrap());
            assert_eq!(price.map(|price| price.to_string()).as_deref(), expected, "{cents}");
        };
        check(4_000, "2", Some("20"));
        check(1_000, "3", Some("3.333333"));
        check(2_000, "3", Some("6.666667"));
        check(455, "0.350", Some("13"));
        check(0, "5", Some("0"));
        check(100, "0", None);
        check(MONEY_MAX_CENTS, "1", Some("9999999999.99"));
        check(MONEY_MAX_CENTS, "0.5", None);
    }

    #[test]
    fn the_largest_product_is_refused_not_wrapped() {
        let most = Quantity::from_millionths(Quantity::MAX_MILLIONTHS).unwrap();
        let price = UnitPrice::from_millionths(UnitPrice::MAX_MILLIONTHS).unwrap();
        assert_eq!(most.times_half_up(price), None);
    }
}
