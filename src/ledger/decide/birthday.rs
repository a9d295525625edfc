//! Waits for the birthday of whoever told their birth date, and pays the bonus when it comes (rule 29).

use crate::ledger::account::Account;
use crate::ledger::birthday::Birthday;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewLot, credit};
use crate::ledger::event::{AccountEvent, CreditKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::rules::{birthday, expiry};
use crate::values::Timestamp;

/// In milliseconds: no two birthdays are closer.
const BETWEEN_MIN: i64 = 364 * 86_400_000;

/// How many birthdays an account may celebrate by `now`.
pub(super) fn passed(account: &Account, now: Timestamp) -> u64 {
    let next = account.birthday.map(|birthday| birthday.next_at).filter(|next| *next <= now);
    let years = next.map(|next| now.millis_since(next).div_euclid(BETWEEN_MIN).saturating_add(1));
    u64::try_from(years.unwrap_or(0)).unwrap_or(0)
}

/// After a command: the birthday of a date that is new, or none of a date that is gone.
pub(super) fn await_next(draft: &mut Draft, now: Timestamp) -> Result<(), DraftError> {
    let date = draft.account.profile.as_ref().and_then(|profile| profile.birth_date);
    if draft.account.birthday.map(|birthday| birthday.date) == date {
        return Ok(());
    }
    let zone = draft.settings.at(now).rules.time_zone;
    let next = date.map(|date| Birthday {
        date,
        known_since: now,
        next_at: birthday::next_after(date, now, zone),
    });
    draft.record(AccountEvent::BirthdayAwaited(next))
}

/// The birthday is there: the bonus where one is given, and the next one to wait for.
pub(super) fn celebrate(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let birthday = draft.account.birthday.expect("a birthday is due then");
    let zone = draft.settings.at(at).rules.time_zone;
    if birthday::pays(&birthday, draft.account.birthday_paid_at, zone) {
        pay(draft, at)?;
    }
    let next = Birthday { next_at: birthday::next_after(birthday.date, at, zone), ..birthday };
    draft.record(AccountEvent::BirthdayAwaited(Some(next)))
}

fn pay(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let rules = &draft.settings.at(at).rules;
    let amount = rules.policy.birthday.bonus;
    let expires_at = expiry::expires_at(at, rules.policy.birthday.expire_after, rules.time_zone);
    if amount.is_zero() {
        return Ok(());
    }
    let new = NewLot {
        transaction: draft.next_transaction(),
        kind: CreditKind::Birthday,
        pool: Pool::Birthday,
        origin: LotOrigin::Birthday,
        amount,
        activates_at: at,
        expires_at,
        field: "birthday_bonus",
    };
    match credit(draft, &new, at) {
        // Nobody asked for it, so nobody can be refused: an account that is full gets nothing.
        Err(DraftError::Refused(_)) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::account::Profile;
    use crate::ledger::command::Action;
    use crate::ledger::event::AccountEvent;
    use crate::ledger::settings::{Days, SettingsDraft};
    use crate::ledger::testing::{
        DAY, Scene, adjust, bonus, check_next, hold, instant, plain, replay,
    };
    use crate::values::Date;

    fn twenty(rules: &mut SettingsDraft) {
        rules.policy.birthday.bonus = bonus("20.00");
        rules.policy.birthday.expire_after = Days::Days(10);
    }

    /// As after a change of the profile.
    fn tell_date(scene: &mut Scene, date: Option<&str>) {
        let birth_date = date.map(|date| date.parse::<Date>().unwrap());
        let profile = Profile { birth_date, ..Profile::default() };
        scene.events.push(AccountEvent::ProfileChanged(Box::new(profile)));
        scene.account = Some(replay(&scene.events).0);
        scene.perform(Action::Settle).unwrap();
    }

    /// Customer 1, whose date is told on 10 January 2026 at 14:00.
    fn born(date: &str, change: impl FnOnce(&mut SettingsDraft)) -> Scene {
        let mut scene = Scene::new(change);
        tell_date(&mut scene, Some(date));
        scene
    }

    fn check_at(scene: &mut Scene, at: &str, expected: &str) {
        scene.now = instant(at);
        check_next(scene, Action::Settle, expected);
    }

    #[test]
    fn a_birthday_is_paid_at_local_midnight_with_its_own_expiry() {
        let mut scene = born("1990-05-01", twenty);
        check_at(&mut scene, "2026-04-30T23:59:59.999+05:00", " | 0.00 = 0.00 + 0.00 - 0.00");
        check_at(
            &mut scene,
            "2026-05-01T00:00:00+05:00",
            "birthday 20.00 lot 1; awaits 2027-04-30T19:00:00.000Z \
             | 20.00 = 20.00 + 0.00 - 0.00",
        );
        let last_second = instant("2026-05-11T23:59:59+05:00");
        assert_eq!(scene.view(None).birthday, (bonus("20.00"), Some(last_second)));
        check_at(
            &mut scene,
            "2026-05-12T00:00:00+05:00",
            "expired 20.00 lot 1 | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_read_shows_the_bonus_before_anybody_has_journaled_it() {
        let mut scene = born("1990-05-01", twenty);
        scene.perform(adjust("5.00")).unwrap();
        let before = scene.account().clone();
        scene.now = instant("2026-05-03T10:00:00+05:00");
        let foreseen = scene.view(None);
        assert_eq!(foreseen.balance.to_string(), "25.00");
        assert_eq!(scene.account(), &before);
        scene.perform(Action::Settle).unwrap();
        assert_eq!(scene.view(None).birthday, foreseen.birthday);
        // The row has the instant of the birthday.
        assert_eq!(scene.rows[1].at, instant("2026-05-01T00:00:00+05:00"));
    }

    #[test]
    fn a_date_that_is_told_too_late_is_celebrated_next_year() {
        let mut scene = born("1990-02-08", twenty);
        check_at(
            &mut scene,
            "2026-02-08T00:00:00+05:00",
            "awaits 2027-02-07T19:00:00.000Z | 0.00 = 0.00 + 0.00 - 0.00",
        );
        let mut scene = born("1990-02-09", twenty);
        check_at(
            &mut scene,
            "2026-02-09T00:00:00+05:00",
            "birthday 20.00 lot 1; awaits 2027-02-08T19:00:00.000Z \
             | 20.00 = 20.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn nobody_has_two_birthdays_in_a_year() {
        let mut scene = born("1990-05-01", twenty);
        scene.now = instant("2026-05-01T12:00:00+05:00");
        scene.perform(Action::Settle).unwrap();
        tell_date(&mut scene, Some("1990-08-01"));
        check_at(
            &mut scene,
            "2026-08-01T12:00:00+05:00",
            "expired 20.00 lot 1; awaits 2027-07-31T19:00:00.000Z | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_date_that_is_taken_back_is_not_celebrated() {
        let mut scene = born("1990-05-01", twenty);
        tell_date(&mut scene, None);
        assert_eq!(scene.account().birthday, None);
        check_at(&mut scene, "2026-05-01T12:00:00+05:00", " | 0.00 = 0.00 + 0.00 - 0.00");
    }

    /// The date is awaited whatever the bonus is, so that a setting that comes later reaches everybody.
    #[test]
    fn a_setting_that_comes_later_counts() {
        let mut scene = born("1990-05-01", plain);
        let next = scene.account().next_due();
        assert_eq!(next, Some(instant("2026-05-01T00:00:00+05:00")));
        scene.wait(DAY).adopt(twenty);
        check_at(
            &mut scene,
            "2026-05-01T00:00:00+05:00",
            "birthday 20.00 lot 1; awaits 2027-04-30T19:00:00.000Z \
             | 20.00 = 20.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn birthdays_come_before_expiry_and_after_activation() {
        let mut scene = born("1990-02-10", twenty);
        scene.perform(hold("1.00", 30 * DAY + 10 * 3_600)).unwrap();
        scene.perform(adjust("-0.00")).unwrap_err();
        check_at(
            &mut scene,
            "2026-02-10T00:00:00+05:00",
            "active 1.00 lot 1; birthday 20.00 lot 2; awaits 2027-02-09T19:00:00.000Z \
             | 21.00 = 21.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn several_birthdays_that_nobody_looked_at_are_all_celebrated() {
        let mut scene = born("2000-02-29", twenty);
        scene.perform(Action::Block).unwrap();
        scene.now = instant("2028-03-01T00:00:00+05:00");
        let needed = scene.ids_needed(&Action::Settle);
        assert!(needed.lots >= 3 && needed.transactions >= 6, "{needed:?}");
        check_next(
            &mut scene,
            Action::Settle,
            "birthday 20.00 lot 1; awaits 2027-02-27T19:00:00.000Z; expired 20.00 lot 1; \
             birthday 20.00 lot 2; awaits 2028-02-28T19:00:00.000Z; expired 20.00 lot 2; \
             birthday 20.00 lot 3; awaits 2029-02-27T19:00:00.000Z \
             | 20.00 = 20.00 + 0.00 - 0.00",
        );
    }
}
