//! Local dates of a tenant's zone: the last spendable day of a lot, and wall-clock texts.

use crate::values::{Date, Timestamp};
use chrono::{
    DateTime, Days, LocalResult, Months, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike,
};
use chrono_tz::Tz;

/// A wall-clock time without an offset.
pub type LocalTime = NaiveDateTime;

/// How far past a skipped midnight the first instant of a day is looked for, in quarter hours:
/// Samoa once skipped a whole day.
const SKIPPED_QUARTERS_MAX: i64 = 100;

/// The instant of a wall-clock time; the earlier one if it occurs twice.
#[must_use]
pub(super) fn instant_of(local: LocalTime, zone: Tz) -> Timestamp {
    readings(local, zone).0
}

/// The instant of a wall-clock time that was read not after `latest`: of one that occurs twice the
/// later one, where that is possible.
#[must_use]
pub(super) fn instant_read_by(latest: Timestamp, local: LocalTime, zone: Tz) -> Timestamp {
    let (first, second) = readings(local, zone);
    if second <= latest { second } else { first }
}

/// The earliest and the latest instant of a wall-clock time. A skipped time is moved by quarter hours
/// past the gap, so a skipped midnight becomes the first instant of its day.
fn readings(local: LocalTime, zone: Tz) -> (Timestamp, Timestamp) {
    let instant = |found: DateTime<Tz>| Timestamp::from_millis(found.timestamp_millis());
    for quarter in 0..=SKIPPED_QUARTERS_MAX {
        let candidate = TimeDelta::try_minutes(quarter.saturating_mul(15))
            .and_then(|step| local.checked_add_signed(step))
            .map(|later| zone.from_local_datetime(&later));
        match candidate {
            Some(LocalResult::Single(only)) => return (instant(only), instant(only)),
            Some(LocalResult::Ambiguous(first, second)) => {
                return (instant(first), instant(second));
            }
            Some(LocalResult::None) => {}
            None => break,
        }
    }
    let as_utc = Timestamp::from_millis(local.and_utc().timestamp_millis());
    (as_utc, as_utc)
}

/// The local date of an instant.
#[must_use]
pub(super) fn date_of(instant: Timestamp, zone: Tz) -> Date {
    instant.to_utc().with_timezone(&zone).date_naive()
}

/// The instant of a wall-clock time; of one that occurs twice the earlier one.
#[must_use]
pub fn local_instant(local: LocalTime, zone: Tz) -> Timestamp {
    readings(local, zone).0
}

/// The first instant at which something good through the local day `last` is over: the start of the
/// next day (rule 15).
#[must_use]
pub fn end_of_day(last: Date, zone: Tz) -> Timestamp {
    let next = last.checked_add_days(Days::new(1)).unwrap_or(last);
    instant_of(next.and_time(NaiveTime::MIN), zone)
}

/// The first instant of a local day.
#[must_use]
pub fn start_of_day(date: Date, zone: Tz) -> Timestamp {
    instant_of(date.and_time(NaiveTime::MIN), zone)
}

/// The instant of a full hour of a local day.
#[must_use]
pub(super) fn hour_of_day(date: Date, hour: u32, zone: Tz) -> Timestamp {
    instant_of(date.and_hms_opt(hour, 0, 0).unwrap_or(date.and_time(NaiveTime::MIN)), zone)
}

/// The local hour of an instant.
#[must_use]
pub(super) fn hour_of(instant: Timestamp, zone: Tz) -> u32 {
    instant.to_utc().with_timezone(&zone).hour()
}

/// `date` less so many days, or the first date there is.
#[must_use]
pub(super) fn minus_days(date: Date, days: u32) -> Date {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(Date::MIN)
}

/// `date` plus so many days, or the last date there is.
#[must_use]
pub(super) fn plus_days(date: Date, days: u32) -> Date {
    date.checked_add_days(Days::new(u64::from(days))).unwrap_or(Date::MAX)
}

/// `date` plus so many months, clamped to the last day of the month.
#[must_use]
pub(super) fn plus_months(date: Date, months: u32) -> Date {
    date.checked_add_months(Months::new(months)).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let check = |zone: &str, date: (i32, u32, u32), expected: &str| {
            let date = Date::from_ymd_opt(date.0, date.1, date.2).unwrap();
            assert_eq!(end_of_day(date, zone.parse().unwrap()), instant(expected), "{zone} {date}");
        };
        check("Asia/Dushanbe", (2027, 1, 10), "2027-01-11T00:00:00+05:00");
        check("UTC", (2024, 2, 28), "2024-02-29T00:00:00Z");
        // Midnight of 2018-11-04 did not exist in Sao Paulo: the day began at one o'clock.
        check("America/Sao_Paulo", (2018, 11, 3), "2018-11-04T01:00:00-02:00");
        // Midnight of 2023-11-05 occurred twice in Havana.
        check("America/Havana", (2023, 11, 4), "2023-11-05T00:00:00-04:00");
        // The whole of 2011-12-30 was skipped in Samoa.
        check("Pacific/Apia", (2011, 12, 29), "2011-12-31T00:00:00+14:00");
    }

    #[test]
    fn months_clamp_to_the_last_day() {
        let date = Date::from_ymd_opt(2026, 1, 31).unwrap();
        assert_eq!(plus_months(date, 1), Date::from_ymd_opt(2026, 2, 28).unwrap());
        assert_eq!(plus_days(date, 1), Date::from_ymd_opt(2026, 2, 1).unwrap());
    }

    #[test]
    fn days_follow_one_another_in_every_kind_of_zone() {
        for name in ["UTC", "Asia/Dushanbe", "Africa/Cairo", "America/Nuuk", "Australia/Lord_Howe"]
        {
            let zone: Tz = name.parse().unwrap();
            let mut date = Date::from_ymd_opt(2026, 1, 1).unwrap();
            for _ in 0..800 {
                let end = end_of_day(date, zone);
                assert_eq!(date_of(end.plus_millis(-1), zone), date, "{name}");
                date = plus_days(date, 1);
                assert_eq!(date_of(end, zone), date, "{name}");
            }
        }
    }

    #[test]
    fn a_skipped_time_moves_past_the_gap() {
        let zone: Tz = "America/New_York".parse().unwrap();
        let local = Date::from_ymd_opt(2026, 3, 8).unwrap().and_hms_opt(2, 7, 0).unwrap();
        assert_eq!(instant_of(local, zone), instant("2026-03-08T03:07:00-04:00"));
    }

    #[test]
    fn the_ends_of_the_calendar_are_clamped() {
        for zone in [chrono_tz::UTC, chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Niue] {
            assert_eq!(end_of_day(Date::MAX, zone), Timestamp::from_millis(i64::MAX));
            assert_eq!(end_of_day(Date::MIN, zone), Timestamp::from_millis(i64::MIN));
            let last = date_of(Timestamp::from_millis(i64::MAX), zone);
            assert_eq!(plus_days(plus_months(last, u32::MAX), u32::MAX), Date::MAX);
        }
    }
}
