//! An instant as the contract writes it: RFC 3339 with the offset of the tenant's zone.

use crate::ledger::SettingsDraft;
use crate::values::Timestamp;
use chrono::{DateTime, Datelike, FixedOffset, Timelike};

/// `2026-01-10T14:00:00.000+05:00`
const LENGTH: usize = 29;
const MINUTE_SECONDS: u32 = 60;
/// Years are written with four digits, or otherwise than here.
const YEAR_MAX: u32 = 9_999;

/// An instant in the zone of a tenant.
pub(in crate::api) fn date_time(at: Timestamp, rules: &SettingsDraft) -> String {
    written(&at.to_utc().with_timezone(&rules.time_zone).fixed_offset())
}

fn written(local: &DateTime<FixedOffset>) -> String {
    usual(local).unwrap_or_else(|| local.to_rfc3339())
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
    if millis > 0 {
        text.push('.');
        text.push(digit(millis.div_euclid(100)));
        push_two(text, millis.rem_euclid(100));
    }
    Some(())
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
    use chrono::TimeDelta;

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
