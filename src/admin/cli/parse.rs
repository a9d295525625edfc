//! Values of the command line, read once and exactly; a wrong one says what it must be.

use crate::ledger::OperatorName;
use crate::values::{Balance, Date, Money, Precision, TenantId, Timestamp};

pub(super) fn tenant_id(text: &str) -> Result<TenantId, String> {
    text.parse().map(TenantId).map_err(|_| "must be the number of a chain".into())
}

pub(super) fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| "must be a time with an offset, such as 2027-01-01T00:00:00Z".into())
}

pub(super) fn balance(text: &str) -> Result<Balance, String> {
    Balance::parse(text).map_err(|error| error.to_string())
}

/// A blank number, such as an unset shell variable, must not take a card away.
pub(super) fn card(text: &str) -> Result<String, String> {
    let number = text.trim();
    if number.is_empty() {
        return Err("must not be empty (--none takes the card away)".into());
    }
    Ok(number.to_owned())
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "must be a date, such as 2027-12-31".into())
}

pub(super) fn money(text: &str) -> Result<Money, String> {
    Money::parse(text, Precision::Exact).map_err(|error| error.to_string())
}

pub(super) fn operator_name(text: &str) -> Result<String, String> {
    let name = OperatorName::parse(text).map(|name| name.to_string());
    name.ok_or_else(|| "must be 1 to 32 of a-z, 0-9, dot, dash and underscore".into())
}
