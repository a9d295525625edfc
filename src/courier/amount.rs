//! Amounts as JSON numbers, written digit by digit: by value, never through a float.

use crate::values::{Balance, Bonus, Money, Multiplier, Percent, Quantity, UnitPrice};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt::Display;

/// A JSON number without needless zeros: `47.75`, `47.5`, `955`, `0`, `-0.05`.
#[derive(Debug)]
pub struct Amount(Box<RawValue>);

impl Amount {
    fn of(value: impl Display) -> Self {
        let mut text = value.to_string();
        if text.contains('.') {
            text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        }
        Self(RawValue::from_string(text).expect("an amount is a JSON number"))
    }

    /// The number as it is written.
    pub(super) fn as_str(&self) -> &str {
        self.0.get()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.as_str() == "0"
    }
}

macro_rules! amount_from {
    ($($name:ident),+) => {
        $(impl From<$name> for Amount {
            fn from(value: $name) -> Self {
                Self::of(value)
            }
        })+
    };
}

amount_from!(Money, Bonus, Balance, Percent, Quantity, UnitPrice, Multiplier);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers_by_value() {
        let check = |cents: i64, expected: &str| {
            let amount = Amount::from(Balance::from_cents(cents));
            assert_eq!(serde_json::to_string(&amount).unwrap(), expected, "{cents}");
        };
        check(4_775, "47.75");
        check(4_750, "47.5");
        check(95_500, "955");
        check(100_000, "1000");
        check(0, "0");
        check(-5, "-0.05");
        check(-1_000, "-10");
        check(999_999_999_999, "9999999999.99");
        let percent = Amount::from(Percent::parse("0.333333").unwrap());
        assert_eq!(serde_json::to_string(&percent).unwrap(), "0.333333");
    }
}
