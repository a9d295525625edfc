//! An instant as the contract writes it: RFC 3339 with the offset of the tenant's zone.

use crate::ledger::SettingsDraft;
use crate::values::Timestamp;
use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use std::cell::Cell;

/// `2026-01-10T14:00:00.000+05:00`
const LENGTH: usize = 29;
/// `2026-01-10T14:00:00` and `+05:00`
const BEFORE_FRACTION: usize = 19;
const BEHIND_FRACTION: usize = 6;
const MINUTE_SECONDS: u32 = 60;
/// Years are written with four digits, or otherwise than here.
const YEAR_MAX: u32 = 9_999;

thread_local! {
    /// The second that was written last: most answers tell when they were made, and many are made in a second.
    static LAST: Cell<Option<Second>> = const { Cell::new(None) };
}

/// A second as it is written in a zone, but for the milliseconds in it.
#[derive(Clone, Copy)]
struct Second {
    zone: &'static str,
    /// Since 1970.
    number: i64,
    before_fraction: [u8; BEFORE_FRACTION],
    behind_fraction: [u8; BEHIND_FRACTION],
}

/// An instant in the zone of a tenant.
pub(in crate::api) fn date_time(at: Timestamp, rules: &SettingsDraft) -> String {
    let zone = rules.time_zone.name();
    let (number, millis) = (at.millis().div_euclid(1_000), at.millis().rem_euclid(1_000));
    let millis = u32::try_from(millis).unwrap_or_default();
    let last = LAST.get().filter(|last| last.number == number && last.zone == zone);
    if let Some(text) = last.and_then(|last| last.with(millis)) {
        return text;
    }
    let local = at.to_utc().with_timezone(&rules.time_zone).fixed_offset();
    let Some(text) = usual(&local) else { return local.to_rfc3339() };
    LAST.set(Second::of(zone, number, &text));
    text
}

impl Second {
    /// Of a text as [`usual`] writes it.
    fn of(zone: &'static str, number: i64, text: &str) -> Option<Self> {
        let before_fraction = *text.as_bytes().first_chunk()?;
        let behind_fraction = *text.as_bytes().last_chunk()?;
        Some(Self { zone, number, before_fraction, behind_fraction })
    }

    fn with(&self, millis: u32) -> Option<String> {
        let mut text = String::with_capacity(LENGTH);
        text.push_str(str::from_utf8(&self.before_fraction).ok()?);
        push_millis(&mut text, millis);
        text.push_str(str::from_utf8(&self.behind_fraction).ok()?);
        Some(text)
    }
}

/// The same text as chrono's, digit by digit: every answer of a till has one. `None` where it takes more than
/// four digits of a year, milliseconds, and whole minutes of offset.
fn usual(local: &DateTime<FixedOffset>) -> Option<String> {
    let naive = local.naive_local();
    let year = u32::try_from(naive.year()).ok().filter(|year| *year <= YEAR_MAX)?;
    let offset = local.offset().local_minus_utc();
    let minutes = offset.unsigned_abs().checked_div(MINUTE_SECONDS)?;
    if !offset.unsigned_abs().is_multiple_of(MINUTE_SECONDS) {
        return None;
    }
    let mut text = String::with_capacity(LENGTH);
    for digits in [year.div_euclid(100), year.rem_euclid(100)] {
        push_two(&mut text, digits);
    }
    let (month, day, hour) = (naive.month(), naive.day(), naive.hour());
    let parts =
        [('-', month), ('-', day), ('T', hour), (':', naive.minute()), (':', naive.second())];
    for (before, number) in parts {
        text.push(before);
        push_two(&mut text, number);
    }
    push_fraction(&mut text, naive.nanosecond())?;
    text.push(if offset < 0 { '-' } else { '+' });
    push_two(&mut text, minutes.div_euclid(60));
    text.push(':');
    push_two(&mut text, minutes.rem_euclid(60));
    Some(text)
}

/// Milliseconds, if there are any; `None`: that does not do, or the second is a leap second.
fn push_fraction(text: &mut String, nanos: u32) -> Option<()> {
    const NANOS_PER_MILLI: u32 = 1_000_000;
    let millis = nanos.div_euclid(NANOS_PER_MILLI);
    if millis > 999 || !nanos.is_multiple_of(NANOS_PER_MILLI) {
        return None;
    }
    push_millis(text, millis);
    Some(())
}

fn push_millis(text: &mut String, millis: u32) {
    if millis > 0 {
        text.push('.');
        text.push(digit(millis.div_euclid(100)));
        push_two(text, millis.rem_euclid(100));
    }
}

/// A number below a hundred.
fn push_two(text: &mut String, number: u32) {
    text.push(digit(number.div_euclid(10)));
    text.push(digit(number.rem_euclid(10)));
}

fn digit(number: u32) -> char {
    char::from_digit(number, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::read_settings_document;
    use chrono::TimeDelta;

    fn written(local: &DateTime<FixedOffset>) -> String {
        usual(local).unwrap_or_else(|| local.to_rfc3339())
    }

    #[test]
    fn a_second_that_was_written_before_is_written_alike() {
        let zones = ["Asia/Dushanbe", "Asia/Kathmandu", "America/St_Johns", "UTC"];
        let rules = zones
            .map(|zone| read_settings_document(&format!(r#"{{"time_zone": "{zone}"}}"#)).unwrap());
        // The last ones are written as the offsets of long ago, with seconds, and as years beyond 9999 are.
        let seconds = [
            1_767_769_016_000,
            -1_000,
            0,
            1_711_846_799_000,
            -4_000_000_000_000,
            400_000_000_000_000,
        ];
        for second in seconds {
            for millis in [0, 1, 999, 999, 20, 0, -1, 1_000] {
                let at = Timestamp::from_millis(second + millis);
                for rules in &rules {
                    let local = at.to_utc().with_timezone(&rules.time_zone).fixed_offset();
                    for _ in 0..2 {
                        assert_eq!(date_time(at, rules), local.to_rfc3339(), "{at:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        let offsets = [0, 18_000, 20_700, -12_600, 50_400, -34_200, -60, 59, 17_753, -17_753];
        let starts = [
            "2026-01-10T14:00:00Z",
            "2024-02-29T23:59:59.999Z",
            "1970-01-01T00:00:00.001Z",
            "0000-01-01T00:00:00Z",
            "0999-12-31T23:59:59.5Z",
            "9999-12-31T23:59:59.010Z",
            "2016-12-31T23:59:60Z",
            "2026-01-10T14:00:00.000001Z",
        ];
        for offset in offsets {
            let zone = FixedOffset::east_opt(offset).unwrap();
            for start in starts {
                let start = DateTime::parse_from_rfc3339(start).unwrap();
                for seconds in [0, 1, 59, 3_601, 86_400 * 31, -1, -86_400 * 400] {
                    let local = (start + TimeDelta::seconds(seconds)).with_timezone(&zone);
                    assert_eq!(written(&local), local.to_rfc3339(), "{local:?}");
                }
            }
        }
        let usually = DateTime::parse_from_rfc3339("2026-01-10T14:00:00.250+05:00").unwrap();
        assert_eq!(usual(&usually).as_deref(), Some("2026-01-10T14:00:00.250+05:00"));
        let leap = DateTime::parse_from_rfc3339("2016-12-31T23:59:60+00:00").unwrap();
        assert_eq!(usual(&leap), None);
    }
}
