//! For fuzzers: texts that claim to be amounts, percents, quantities, dates and instants, in the manners of
//! both dialects.

use crate::api::fields::Object;
use crate::fuzzing;
use crate::values::{
    Balance, Bonus, Date, DecimalError, Money, Multiplier, Percent, Precision, Quantity, Timestamp,
    UnitPrice, parse_scaled,
};
use std::fmt::{Debug, Display};

const SEEDS: &str = "955.00
9.55e2
0.01
3.3000000000000003
-45.00
9999999999.99
1e-28
12.345678
2.5
2026-12-31
2026-01-10T14:00:00+05:00
31.12.2026
{\"amount\": 955.00, \"date\": \"2026-12-31\", \"list\": [1, 2.50]}";

const FIELDS: [&str; 3] = ["amount", "date", "list"];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    fuzzing::lines(SEEDS)
}

/// A figure that is taken is written so that it is read as the same one.
pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for precision in [Precision::Exact, Precision::HalfUp] {
        check(text, |text| Money::parse(text, precision));
        check(text, |text| Bonus::parse(text, precision));
        check_scales(text, precision);
    }
    check(text, Balance::parse);
    check(text, Percent::parse);
    check(text, Quantity::parse);
    check(text, UnitPrice::parse);
    check_multiplier(text);
    if let Some(instant) = Timestamp::parse_rfc3339(text) {
        assert_eq!(Timestamp::parse_rfc3339(&instant.to_string()), Some(instant), "{text}");
    }
    check_object(text);
}

fn check<T: Debug + Display + PartialEq>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, DecimalError>,
) {
    let Ok(figure) = parse(text) else { return };
    let written = figure.to_string();
    assert_eq!(parse(&written), Ok(figure), "{text} is written as {written}");
}

/// One that is not there is none; one that is comes back.
fn check_multiplier(text: &str) {
    let Ok(Some(multiplier)) = Multiplier::parse(text) else { return };
    let written = multiplier.to_string();
    assert_eq!(Multiplier::parse(&written), Ok(Some(multiplier)), "{text}");
}

/// What is exact at a scale is rounded to nothing else; the sign of a figure is that of its text.
fn check_scales(text: &str, precision: Precision) {
    for scale in [0, 2, 6, 19, 20] {
        let Ok(scaled) = parse_scaled(text, scale, precision) else { continue };
        assert_eq!(parse_scaled(text, scale, Precision::HalfUp), Ok(scaled), "{text} at {scale}");
        let sign = if text.starts_with('-') { -1 } else { 1 };
        assert!(scaled == 0 || scaled.signum() == sign, "{text} at {scale}");
    }
}

/// Fields of a body: what is no figure is refused by name.
fn check_object(text: &str) {
    let Ok(object) = Object::parse(text, &FIELDS) else { return };
    let amount = object.number("amount", |text| Money::parse(text, Precision::Exact));
    let named = amount.is_err_and(|error| error.field == "amount");
    assert!(named || object.number("amount", |text| Money::parse(text, Precision::Exact)).is_ok());
    let date: Option<Date> = object.date("date").ok().flatten();
    assert!(date.is_none_or(|date| object.string("date") == Ok(Some(date.to_string().into()))));
    let most = 2;
    let listed = object.list("list", most).ok().flatten();
    assert!(listed.is_none_or(|listed| listed.len() <= most));
}
