//! The birthday bonus: at local 00:00 of the birthday, at least 300 days after the last one, to a customer
//! whose birth date has been known for 30 days (rule 29).

use crate::ledger::birthday::Birthday;
use crate::ledger::calendar::{date_of, start_of_day};
use crate::values::{Date, Timestamp};
use chrono::Datelike;
use chrono_tz::Tz;

/// Local days between two birthday bonuses, at least.
const BETWEEN_DAYS_MIN: i64 = 300;
/// Local days for which the birth date must be known by then.
const KNOWN_DAYS_MIN: i64 = 30;
/// A year further on there is a birthday: two years are enough to meet the next one.
const YEARS_AHEAD: i32 = 2;

/// The first birthday that begins after an instant; the last instant there is if the calendar ends.
pub(in crate::ledger) fn next_after(birth: Date, after: Timestamp, zone: Tz) -> Timestamp {
    let year = date_of(after, zone).year();
    (0..=YEARS_AHEAD)
        .filter_map(|ahead| birthday_in(birth, year.saturating_add(ahead)))
        .map(|date| start_of_day(date, zone))
        .find(|start| *start > after)
        .unwrap_or(Timestamp::from_millis(i64::MAX))
}

/// 29 February is celebrated on the 28th in common years.
fn birthday_in(birth: Date, year: i32) -> Option<Date> {
    birth.with_year(year).or_else(|| Date::from_ymd_opt(year, 2, 28))
}

/// Whether a birthday brings a bonus.
pub(in crate::ledger) fn pays(birthday: &Birthday, paid_at: Option<Timestamp>, zone: Tz) -> bool {
    let today = date_of(birthday.next_at, zone);
    let days_since = |instant| today.signed_duration_since(date_of(instant, zone)).num_days();
    days_since(birthday.known_since) >= KNOWN_DAYS_MIN
        && paid_at.is_none_or(|paid_at| days_since(paid_at) >= BETWEEN_DAYS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::instant;

    const ZONE: Tz = chrono_tz::Asia::Dushanbe;

    #[test]
    fn the_next_birthday_begins_at_local_midnight() {
        let check = |birth: &str, after: &str, expected: &str| {
            let found = next_after(birth.parse().unwrap(), instant(after), ZONE);
            assert_eq!(found, instant(expected), "{birth} after {after}");
        };
        check("1990-05-01", "2026-01-10T14:00:00+05:00", "2026-05-01T00:00:00+05:00");
        check("1990-05-01", "2026-04-30T23:59:59.999+05:00", "2026-05-01T00:00:00+05:00");
        check("1990-05-01", "2026-05-01T00:00:00+05:00", "2027-05-01T00:00:00+05:00");
        check("1990-01-01", "2026-12-31T23:00:00+05:00", "2027-01-01T00:00:00+05:00");
        // In Dushanbe it is the next year already.
        check("1990-01-01", "2026-12-31T20:00:00Z", "2028-01-01T00:00:00+05:00");
        check("2000-02-29", "2026-01-10T14:00:00+05:00", "2026-02-28T00:00:00+05:00");
        check("2000-02-29", "2028-01-10T14:00:00+05:00", "2028-02-29T00:00:00+05:00");
        check("2000-02-29", "2028-02-28T12:00:00+05:00", "2028-02-29T00:00:00+05:00");
        check("2027-06-01", "2026-01-10T14:00:00+05:00", "2026-06-01T00:00:00+05:00");
        check("1990-05-01", "9999-12-31T00:00:00+05:00", "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_bonus_needs_a_date_known_and_a_year_gone() {
        let check = |known: &str, paid: Option<&str>, expected: bool| {
            let next_at = instant("2026-05-01T00:00:00+05:00");
            let date = Date::from_ymd_opt(1990, 5, 1).unwrap();
            let birthday = Birthday { date, known_since: instant(known), next_at };
            assert_eq!(pays(&birthday, paid.map(instant), ZONE), expected, "{known} {paid:?}");
        };
        check("2026-04-01T23:59:59+05:00", None, true);
        check("2026-04-02T00:00:00+05:00", None, false);
        check("2025-01-01T00:00:00+05:00", Some("2025-05-01T00:00:00+05:00"), true);
        check("2025-01-01T00:00:00+05:00", Some("2025-07-05T00:00:00+05:00"), true);
        check("2025-01-01T00:00:00+05:00", Some("2025-07-06T00:00:00+05:00"), false);
    }
}
