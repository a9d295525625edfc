//! What a report or an export is about: an event, an instant, or a day of the tenant's zone.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::request::Asked;
use crate::engine::AsOf;
use crate::ledger::{SettingsDraft, end_of_day, start_of_day};
use crate::values::{Date, EventNumber, Timestamp};

/// The length of `2026-12-31`.
const DATE_LENGTH: usize = 10;

/// Which end of a day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayEnd {
    First,
    Last,
}

/// The cut of a query: an instant under one name, an event under another.
pub(super) fn read(
    asked: &Asked,
    (at, event): (&'static str, &'static str),
    day_end: DayEnd,
    rules: &SettingsDraft,
) -> Result<AsOf, FieldError> {
    Ok(AsOf {
        event: asked.whole(event, 1, u64::MAX)?.map(EventNumber),
        at: instant(asked, at, day_end, rules)?,
    })
}

/// The first instant of a day is the last one before it: what falls due at midnight is of that day.
pub(super) fn instant(
    asked: &Asked,
    name: &'static str,
    day_end: DayEnd,
    rules: &SettingsDraft,
) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = asked.query(name)? else { return Ok(None) };
    let day: Option<Date> = text.parse().ok().filter(|_| text.len() == DATE_LENGTH);
    let found = match (day, day_end) {
        (Some(day), DayEnd::First) => Some(start_of_day(day, rules.time_zone).plus_millis(-1)),
        (Some(day), DayEnd::Last) => Some(end_of_day(day, rules.time_zone).plus_millis(-1)),
        (None, _) => Timestamp::parse_rfc3339(&text),
    };
    found.map(Some).ok_or_else(|| FieldError::new(name, Complaint::NotInstant))
}
