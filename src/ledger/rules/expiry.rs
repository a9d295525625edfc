//! The last day of a lot: activation plus so many days gives a local date, and the lot can be spent
//! through it (rule 15).

use crate::ledger::calendar::{date_of, end_of_day, plus_days, plus_months};
use crate::ledger::settings::Days;
use crate::values::{Date, Timestamp};
use chrono_tz::Tz;

/// The first instant at which a lot can no longer be spent.
pub(in crate::ledger) fn expires_at(
    activates_at: Timestamp,
    after: Days,
    zone: Tz,
) -> Option<Timestamp> {
    let activation_day = date_of(activates_at, zone);
    let last_day = match after {
        Days::Never => return None,
        Days::Days(days) => plus_days(activation_day, days),
        Days::Months(months) => plus_months(activation_day, months),
    };
    Some(end_of_day(last_day, zone))
}

/// The end of the local day that lies so many days after that of an instant.
pub(in crate::ledger) fn end_after_days(instant: Timestamp, days: u32, zone: Tz) -> Timestamp {
    end_of_day(plus_days(date_of(instant, zone), days), zone)
}

/// The same for a last day that was named.
pub(in crate::ledger) fn expires_after(last_day: Date, zone: Tz) -> Timestamp {
    end_of_day(last_day, zone)
}

/// An expiry as it is shown: the last second of the last day.
pub(in crate::ledger) fn shown(expires_at: Timestamp) -> Timestamp {
    expires_at.plus_seconds(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(activates: &str, after: Days, zone: &str, expected: &str) {
        let found =
            expires_at(Timestamp::parse_rfc3339(activates).unwrap(), after, zone.parse().unwrap());
        assert_eq!(found, Timestamp::parse_rfc3339(expected), "{activates} {after:?} {zone}");
    }

    #[test]
    fn a_lot_is_spendable_through_its_last_local_day() {
        check(
            "2026-01-10T14:00:00+05:00",
            Days::Days(365),
            "Asia/Dushanbe",
            "2027-01-11T00:00:00+05:00",
        );
        // 23:30 in London is the next day in Dushanbe.
        check("2026-01-10T23:30:00Z", Days::Days(1), "Asia/Dushanbe", "2026-01-13T00:00:00+05:00");
        check("2026-01-31T12:00:00Z", Days::Months(1), "UTC", "2026-03-01T00:00:00Z");
        check("2026-01-10T12:00:00Z", Days::Never, "UTC", "never");
    }

    #[test]
    fn the_last_second_is_shown() {
        let end = Timestamp::parse_rfc3339("2027-01-11T00:00:00+05:00").unwrap();
        assert_eq!(shown(end), Timestamp::parse_rfc3339("2027-01-10T23:59:59+05:00").unwrap());
    }
}
