//! Stored integers and texts back to checked values; what is out of range is named.

use crate::journal::codec::CodecError;
use crate::values::{
    Balance, Bonus, Date, Money, Percent, Phone, Quantity, Text, Timestamp, UnitPrice,
};

pub(in crate::journal) fn money(cents: u64) -> Result<Money, CodecError> {
    Money::from_cents(cents).ok_or(CodecError::OutOfRange("an amount of money"))
}

pub(in crate::journal) fn bonus(cents: u64) -> Result<Bonus, CodecError> {
    Bonus::from_cents(cents).ok_or(CodecError::OutOfRange("an amount of bonuses"))
}

pub(in crate::journal) fn balance(cents: i64) -> Balance {
    Balance::from_cents(cents)
}

pub(in crate::journal) fn percent(millionths: u32) -> Result<Percent, CodecError> {
    Percent::from_millionths(millionths).ok_or(CodecError::OutOfRange("a percent"))
}

pub(in crate::journal) fn quantity(millionths: u64) -> Result<Quantity, CodecError> {
    Quantity::from_millionths(millionths).ok_or(CodecError::OutOfRange("a quantity"))
}

pub(in crate::journal) fn unit_price(millionths: u64) -> Result<UnitPrice, CodecError> {
    UnitPrice::from_millionths(millionths).ok_or(CodecError::OutOfRange("a unit price"))
}

pub(in crate::journal) fn phone(number: u64) -> Result<Phone, CodecError> {
    Phone::from_number(number).ok_or(CodecError::OutOfRange("a phone number"))
}

pub(in crate::journal) fn date(epoch_days: i32) -> Result<Date, CodecError> {
    Date::from_epoch_days(epoch_days).ok_or(CodecError::OutOfRange("a date"))
}

pub(in crate::journal) fn instant(millis: i64) -> Result<Timestamp, CodecError> {
    let instant = Timestamp::from_millis(millis);
    if instant.millis() == millis { Ok(instant) } else { Err(CodecError::OutOfRange("an instant")) }
}

pub(in crate::journal) fn text<const MAX: usize>(text: &str) -> Result<Text<MAX>, CodecError> {
    Text::parse(text).map_err(|_| CodecError::OutOfRange("a text"))
}

/// Reads what may be absent.
pub(in crate::journal) fn optional<Stored, Value>(
    stored: Option<Stored>,
    read: impl FnOnce(Stored) -> Result<Value, CodecError>,
) -> Result<Option<Value>, CodecError> {
    stored.map(read).transpose()
}

/// Reads a list, one after the other.
pub(in crate::journal) fn all<Stored, Value>(
    stored: Vec<Stored>,
    read: impl FnMut(Stored) -> Result<Value, CodecError>,
) -> Result<Vec<Value>, CodecError> {
    stored.into_iter().map(read).collect()
}
