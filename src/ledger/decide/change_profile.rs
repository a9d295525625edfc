//! A customer changes what they told about themselves.

use crate::ledger::calendar::date_of;
use crate::ledger::command::{Change, Command, ProfileChange};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::refusal::Refusal;
use crate::values::Date;
use chrono::Datelike;

/// No customer was born before this year.
const BIRTH_YEAR_MIN: i32 = 1900;

/// The same profile again changes nothing.
pub(super) fn decide(
    mut draft: Draft,
    change: &ProfileChange,
    command: &Command,
) -> Result<Draft, DraftError> {
    if let Change::Set(date) = &change.birth_date {
        check_birth_date(*date, command)?;
    }
    settle(&mut draft, command.now)?;
    let before = draft.account.profile.as_deref().cloned().unwrap_or_default();
    let mut after = before.clone();
    let ProfileChange { full_name, birth_date, gender } = change.clone();
    after.full_name = full_name.applied_to(after.full_name);
    after.birth_date = birth_date.applied_to(after.birth_date);
    after.gender = gender.applied_to(after.gender);
    if after != before {
        draft.record(AccountEvent::ProfileChanged(Box::new(after)))?;
    }
    Ok(draft)
}

/// Today is what the calendar of the tenant's zone says.
fn check_birth_date(date: Date, command: &Command) -> Result<(), Refusal> {
    let zone = command.facts.settings.at(command.now).rules.time_zone;
    if date.year() < BIRTH_YEAR_MIN || date > date_of(command.now, zone) {
        return Err(Refusal::BirthDateOutOfRange);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::account::Profile;
    use crate::ledger::command::Action;
    use crate::ledger::testing::{DAY, Scene, check_next, hold, instant, plain};
    use crate::values::Text;

    fn born(date: &str) -> ProfileChange {
        ProfileChange { birth_date: Change::Set(date.parse().unwrap()), ..ProfileChange::default() }
    }

    /// How many events about the profile there are; a birth date leads to others.
    fn perform(scene: &mut Scene, change: ProfileChange) -> Result<usize, &'static str> {
        let done = scene.perform(Action::ChangeProfile(Box::new(change)));
        let changes = |event: &&AccountEvent| matches!(event, AccountEvent::ProfileChanged(_));
        done.map(|events| events.iter().filter(changes).count()).map_err(|refusal| refusal.code())
    }

    #[test]
    fn what_is_not_mentioned_stays_and_null_clears() {
        let mut scene = Scene::new(plain);
        let name = |text| Change::Set(Text::parse(text).unwrap());
        let gender = |text| Change::Set(Text::parse(text).unwrap());
        let all = ProfileChange {
            full_name: name("Anna"),
            gender: gender("female"),
            ..born("1990-05-01")
        };
        assert_eq!(perform(&mut scene, all.clone()), Ok(1));
        assert_eq!(perform(&mut scene, all), Ok(0), "the same again");
        assert_eq!(perform(&mut scene, ProfileChange::default()), Ok(0));
        let renamed = ProfileChange { full_name: name("Anna K."), ..ProfileChange::default() };
        assert_eq!(perform(&mut scene, renamed), Ok(1));
        let cleared = ProfileChange { birth_date: Change::Clear, ..ProfileChange::default() };
        assert_eq!(perform(&mut scene, cleared.clone()), Ok(1));
        assert_eq!(perform(&mut scene, cleared), Ok(0));
        let expected = Profile {
            full_name: Text::parse("Anna K.").ok(),
            birth_date: None,
            gender: Text::parse("female").ok(),
        };
        assert_eq!(scene.account().profile.as_deref(), Some(&expected));
    }

    #[test]
    fn a_birth_date_lies_between_1900_and_today_of_the_tenants_zone() {
        let check = |now: &str, date: &str, expected| {
            let mut scene = Scene::new(plain);
            scene.now = instant(now);
            assert_eq!(perform(&mut scene, born(date)), expected, "{now} {date}");
        };
        let refused = Err("birth_date_out_of_range");
        check("2026-03-01T12:00:00+05:00", "1900-01-01", Ok(1));
        check("2026-03-01T12:00:00+05:00", "1899-12-31", refused);
        check("2026-03-01T12:00:00+05:00", "2026-03-01", Ok(1));
        check("2026-03-01T12:00:00+05:00", "2026-03-02", refused);
        // It is tomorrow already in Dushanbe.
        check("2026-03-01T20:00:00Z", "2026-03-02", Ok(1));
    }

    #[test]
    fn what_is_due_is_settled_first() {
        let mut scene = Scene::new(plain);
        scene.perform(hold("10.00", DAY)).unwrap();
        scene.wait(DAY);
        let same = Action::ChangeProfile(Box::default());
        check_next(&mut scene, same, "active 10.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00");
    }
}
