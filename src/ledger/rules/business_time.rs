//! When a sale took place, how far it may lie in the past, and when it counts as late (rule 20).

use crate::ledger::calendar::instant_read_by;
use crate::ledger::command::BusinessTime;
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::zoned::ZonedInstant;
use crate::values::Timestamp;

/// How far ahead of now a sale date may be; it then counts as now.
pub const AHEAD_MAX_SECONDS: i64 = 300;
/// A sale older than this is late.
pub const LATE_AFTER_SECONDS: i64 = 300;

const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: i64 = 3_600;

/// The business time of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct SaleTime {
    pub at: Timestamp,
    pub late: bool,
}

/// The instant a till means, not later than now.
#[must_use]
pub fn instant(said: Option<BusinessTime>, rules: &SettingsDraft, now: Timestamp) -> Timestamp {
    said_instant(said, rules, now).min(now)
}

/// The business time, within the limits of today's settings.
pub(in crate::ledger) fn accept(
    said: Option<BusinessTime>,
    rules: &SettingsDraft,
    opened_at: Timestamp,
    now: Timestamp,
) -> Result<SaleTime, Refusal> {
    let said = said_instant(said, rules, now);
    if said > now.plus_seconds(AHEAD_MAX_SECONDS) {
        return Err(Refusal::SaleDateAhead { at: ZonedInstant::of(said, rules) });
    }
    let at = said.min(now);
    let days = rules.backdate_days_max;
    if at < now.plus_seconds(days_in_seconds(days).saturating_neg()) {
        return Err(Refusal::SaleDateTooOld { at: ZonedInstant::of(at, rules), days });
    }
    let hours = rules.backdate_before_join_hours;
    if at < opened_at.plus_seconds(i64::from(hours).saturating_mul(HOUR_SECONDS).saturating_neg()) {
        return Err(Refusal::SaleDateBeforeJoin { at: ZonedInstant::of(at, rules), hours });
    }
    let late = at < now.plus_seconds(LATE_AFTER_SECONDS.saturating_neg());
    Ok(SaleTime { at, late })
}

/// The instant of a sale of an old system, however long ago.
pub(in crate::ledger) fn past_instant(
    said: Option<BusinessTime>,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let said = said_instant(said, rules, now);
    if said > now.plus_seconds(AHEAD_MAX_SECONDS) {
        return Err(Refusal::SaleDateAhead { at: ZonedInstant::of(said, rules) });
    }
    Ok(said.min(now))
}

/// The business time of a return of a sale made at `sold_at`, within the limits of today's settings.
pub(in crate::ledger) fn accept_return(
    said: Option<BusinessTime>,
    rules: &SettingsDraft,
    sold_at: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let said = said_instant(said, rules, now);
    if said > now.plus_seconds(AHEAD_MAX_SECONDS) {
        return Err(Refusal::RefundDateAhead { at: ZonedInstant::of(said, rules) });
    }
    let at = said.min(now);
    if at < now.plus_seconds(days_in_seconds(rules.backdate_days_max).saturating_neg()) {
        let (at, days) = (ZonedInstant::of(at, rules), rules.backdate_days_max);
        return Err(Refusal::RefundDateTooOld { at, days });
    }
    if at < sold_at {
        let (at, sold_at) = (ZonedInstant::of(at, rules), ZonedInstant::of(sold_at, rules));
        return Err(Refusal::RefundBeforeSale { at, sold_at });
    }
    let days = rules.policy.returns.days_max;
    if at > sold_at.plus_seconds(days_in_seconds(days)) {
        return Err(Refusal::ReturnTooOld { sold_at: ZonedInstant::of(sold_at, rules), days });
    }
    Ok(at)
}

fn days_in_seconds(days: u32) -> i64 {
    i64::from(days).saturating_mul(DAY_SECONDS)
}

/// A wall-clock time that occurs twice is the later one if that may be: a till that reports at once
/// is then never an hour late.
fn said_instant(said: Option<BusinessTime>, rules: &SettingsDraft, now: Timestamp) -> Timestamp {
    match said {
        Some(BusinessTime::Instant(instant)) => instant,
        Some(BusinessTime::Local(local)) => {
            instant_read_by(now.plus_seconds(AHEAD_MAX_SECONDS), local, rules.time_zone)
        }
        None => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::settings::tests::draft;

    const NOW: i64 = 1_800_000_000_000;
    const DAY: i64 = DAY_SECONDS * 1_000;

    fn check(before_now: i64, joined_before_now: i64, expected: Result<(i64, bool), &str>) {
        let now = Timestamp::from_millis(NOW);
        let said = BusinessTime::Instant(now.plus_millis(before_now.saturating_neg()));
        let found =
            accept(Some(said), &draft(), now.plus_millis(joined_before_now.saturating_neg()), now)
                .map(|time| (now.millis_since(time.at), time.late))
                .map_err(|refusal| refusal.code());
        assert_eq!(found, expected, "{before_now} ms before now");
    }

    #[test]
    fn a_sale_date_has_limits_on_both_sides() {
        check(0, 90 * DAY, Ok((0, false)));
        check(300_000, 90 * DAY, Ok((300_000, false)));
        check(300_001, 90 * DAY, Ok((300_001, true)));
        check(-300_000, 90 * DAY, Ok((0, false)));
        check(-300_001, 90 * DAY, Err("sale_date_ahead"));
        check(30 * DAY, 90 * DAY, Ok((30 * DAY, true)));
        check(30 * DAY + 1, 90 * DAY, Err("sale_date_too_old"));
        check(DAY, 0, Ok((DAY, true)));
        check(DAY + 1, 0, Err("sale_date_before_join"));
    }

    #[test]
    fn a_refund_date_lies_between_the_sale_and_now() {
        let check = |before_now: i64, sold_before_now: i64, expected: Result<i64, &str>| {
            let now = Timestamp::from_millis(NOW);
            let ago = |millis: i64| now.plus_millis(millis.saturating_neg());
            let said = Some(BusinessTime::Instant(ago(before_now)));
            let found = accept_return(said, &draft(), ago(sold_before_now), now)
                .map(|at| now.millis_since(at))
                .map_err(|refusal| refusal.code());
            assert_eq!(found, expected, "{before_now} ms before now");
        };
        check(0, 0, Ok(0));
        check(-300_000, 0, Ok(0));
        check(-300_001, 0, Err("refund_date_ahead"));
        check(DAY, 2 * DAY, Ok(DAY));
        check(30 * DAY, 90 * DAY, Ok(30 * DAY));
        check(30 * DAY + 1, 90 * DAY, Err("refund_date_too_old"));
        check(DAY, DAY, Ok(DAY));
        check(DAY, DAY - 1, Err("refund_before_sale"));
        check(0, 365 * DAY, Ok(0));
        check(0, 365 * DAY + 1, Err("return_too_old"));
        check(DAY, 366 * DAY, Ok(DAY));
    }

    #[test]
    fn a_date_without_offset_is_wall_clock_of_the_tenant() {
        let local =
            chrono::NaiveDate::from_ymd_opt(2026, 1, 10).unwrap().and_hms_opt(14, 0, 0).unwrap();
        let now = Timestamp::parse_rfc3339("2026-01-11T00:00:00Z").unwrap();
        let found = instant(Some(BusinessTime::Local(local)), &draft(), now);
        assert_eq!(found.to_string(), "2026-01-10T09:00:00.000Z");
    }

    #[test]
    fn a_repeated_hour_is_read_so_that_a_punctual_till_is_punctual() {
        let mut rules = draft();
        rules.time_zone = chrono_tz::America::New_York;
        let local =
            chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap().and_hms_opt(1, 30, 0).unwrap();
        let check = |now: &str, expected: &str| {
            let now = Timestamp::parse_rfc3339(now).unwrap();
            let found = instant(Some(BusinessTime::Local(local)), &rules, now);
            assert_eq!(found, Timestamp::parse_rfc3339(expected).unwrap(), "{now}");
        };
        check("2026-11-01T05:31:00Z", "2026-11-01T05:30:00Z");
        check("2026-11-01T06:24:59Z", "2026-11-01T05:30:00Z");
        // A till whose clock is ahead by up to five minutes.
        check("2026-11-01T06:25:00Z", "2026-11-01T06:25:00Z");
        check("2026-11-01T06:31:00Z", "2026-11-01T06:30:00Z");
        check("2026-11-02T00:00:00Z", "2026-11-01T06:30:00Z");
    }
}
