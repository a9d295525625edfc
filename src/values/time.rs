//! Instants and dates as data; only the engine's clock makes new ones.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use std::fmt;

/// A calendar date without a place.
pub type Date = NaiveDate;

/// An instant, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Earliest and latest instants taken: the years 1900 to 9999.
    const MIN_MILLIS: i64 = -2_208_988_800_000;
    const MAX_MILLIS: i64 = 253_402_300_799_999;

    /// Clamped into the years 1900 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN_MILLIS, Self::MAX_MILLIS))
    }

    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1_000))
    }

    /// How long `self` is after `earlier`, in milliseconds; negative if it is before.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 with an offset.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|instant| Self::from_millis(instant.timestamp_millis()))
    }

    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("a clamped instant is within chrono's range")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_print_rfc3339() {
        let instant = Timestamp::parse_rfc3339("2026-01-10T14:00:00+05:00").unwrap();
        assert_eq!(instant.to_string(), "2026-01-10T09:00:00.000Z");
        assert_eq!(Timestamp::parse_rfc3339("2026-01-10"), None);
    }

    #[test]
    fn extremes_are_clamped_not_wrapped() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(end.plus_seconds(i64::MAX), end);
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "1900-01-01T00:00:00.000Z");
    }
}
