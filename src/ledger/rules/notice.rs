//! When customers are told that bonuses expire soon: once for every expiry date, in the morning so many
//! days before the last day on which they can be spent.

use crate::ledger::account::Account;
use crate::ledger::calendar::{date_of, hour_of_day, minus_days};
use crate::ledger::settings::{SettingsDraft, SettingsHistory};
use crate::values::{Bonus, Timestamp};
use chrono_tz::Tz;

/// The local hour of a notice: nobody is woken.
const NOTICE_HOUR: u32 = 10;

/// A notice that will be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Notice {
    pub at: Timestamp,
    /// Of what can be spent by then.
    pub expires_at: Timestamp,
}

/// The next notice of an account. What expired by `now` is not worth one, and what can be spent only
/// after the hour has none.
pub(in crate::ledger) fn next(
    account: &Account,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Option<Notice> {
    let days = rules.policy.notice.expiry_days?;
    let done = account.noticed_through.unwrap_or(now).max(now);
    account.lots.expiring_after(done).find_map(|lot| {
        let expires_at = lot.expires_at?;
        let at = notice_at(expires_at, days, rules.time_zone);
        (lot.activates_at <= at).then_some(Notice { at, expires_at })
    })
}

/// When the next notice of an account is due, by the settings in force; for the table of due dates.
#[must_use]
pub fn next_notice(
    account: &Account,
    settings: &SettingsHistory,
    now: Timestamp,
) -> Option<Timestamp> {
    next(account, &settings.at(now).rules, now).map(|notice| notice.at)
}

/// What of the account expires at an instant, of what can be spent.
pub(in crate::ledger) fn expiring(account: &Account, expires_at: Timestamp) -> Bonus {
    let lots = account.lots.expiring_at(expires_at).filter(|lot| lot.is_unexpired());
    Bonus::checked_sum(lots.map(|lot| lot.remaining)).unwrap_or_default()
}

/// A lot expires at the first instant of a day: its last day is the one before.
fn notice_at(expires_at: Timestamp, days: u32, zone: Tz) -> Timestamp {
    let last_day = date_of(expires_at.plus_millis(-1), zone);
    hour_of_day(minus_days(last_day, days), NOTICE_HOUR, zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::{Action, Adjust};
    use crate::ledger::testing::{DAY, HOUR, Scene, adjustment, check_next, instant, redeem};
    use crate::values::Date;

    #[test]
    fn a_notice_comes_in_the_morning_so_many_days_before_the_last() {
        let check = |days: u32, expected: &str| {
            let end = instant("2026-01-20T00:00:00+05:00");
            let found = notice_at(end, days, chrono_tz::Asia::Dushanbe);
            assert_eq!(found, instant(expected), "{days}");
        };
        check(0, "2026-01-19T10:00:00+05:00");
        check(1, "2026-01-18T10:00:00+05:00");
        check(7, "2026-01-12T10:00:00+05:00");
    }

    /// Spendable through a day of January, after so many seconds.
    fn until(amount: &str, hold_seconds: i64, day: u32) -> Action {
        let expires = Date::from_ymd_opt(2026, 1, day);
        let hold_seconds = u32::try_from(hold_seconds).unwrap();
        Action::Adjust(Adjust { hold_seconds, expires, ..adjustment(amount) })
    }

    /// The scene begins on 10 January at 14:00.
    fn check(given: Vec<Action>, waits: &[(i64, &str)]) {
        let mut scene = Scene::new(|rules| rules.policy.notice.expiry_days = Some(3));
        for action in given {
            scene.perform(action).unwrap();
        }
        for (seconds, expected) in waits {
            scene.wait(*seconds);
            check_next(&mut scene, Action::Settle, expected);
        }
    }

    #[test]
    fn a_notice_is_given_once_per_expiry_date() {
        check(
            vec![until("1.00", 0, 20), until("2.00", DAY, 20), until("4.00", 0, 21)],
            &[
                (DAY, "active 2.00 lot 2 | 7.00 = 7.00 + 0.00 - 0.00"),
                (6 * DAY - 4 * HOUR - 1, " | 7.00 = 7.00 + 0.00 - 0.00"),
                (1, "noticed 3.00 | 7.00 = 7.00 + 0.00 - 0.00"),
                (HOUR, " | 7.00 = 7.00 + 0.00 - 0.00"),
                (23 * HOUR, "noticed 4.00 | 7.00 = 7.00 + 0.00 - 0.00"),
            ],
        );
    }

    #[test]
    fn what_comes_too_late_for_its_notice_has_none() {
        // On the 9th there was nothing yet.
        check(vec![until("1.00", 0, 12)], &[(DAY, " | 1.00 = 1.00 + 0.00 - 0.00")]);
        // Spendable from the 15th: on the 13th there is nothing to hurry for.
        check(
            vec![until("1.00", 5 * DAY, 16)],
            &[(5 * DAY, "active 1.00 lot 1 | 1.00 = 1.00 + 0.00 - 0.00")],
        );
        // Nobody is told of what has expired meanwhile.
        check(
            vec![until("1.00", 0, 20)],
            &[(30 * DAY, "expired 1.00 lot 1 | 0.00 = 0.00 + 0.00 - 0.00")],
        );
    }

    #[test]
    fn what_was_spent_is_not_told_of() {
        let mut scene = Scene::new(|rules| rules.policy.notice.expiry_days = Some(3));
        scene.perform(until("5.00", 0, 20)).unwrap();
        scene.perform(redeem("2.00", "100.00")).unwrap();
        scene.wait(8 * DAY);
        check_next(&mut scene, Action::Settle, "noticed 3.00 | 3.00 = 3.00 + 0.00 - 0.00");
        assert_eq!(scene.account().noticed_through, Some(instant("2026-01-21T00:00:00+05:00")));
    }
}
