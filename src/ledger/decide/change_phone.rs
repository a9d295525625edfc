//! An operator gives a customer another phone; the one before leads to them as long as sales may still
//! arrive late (rule 34a). That no other customer has the new one is the directory's claim.

use crate::ledger::command::{Command, PhoneChange};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::former_phone::FORMER_PHONES_MAX;
use crate::ledger::refusal::Refusal;
use crate::values::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// The same phone again changes nothing.
pub(super) fn decide(
    mut draft: Draft,
    change: &PhoneChange,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    let before = draft.account.phone;
    if before == Some(change.phone) {
        return Ok(draft);
    }
    if draft.account.former_phones.len() >= FORMER_PHONES_MAX {
        return Err(Refusal::TooManyPhones { most: FORMER_PHONES_MAX }.into());
    }
    for mark in &change.marks {
        draft.record(AccountEvent::PhoneMarked { mark: *mark })?;
    }
    if let Some(phone) = before {
        let until = kept_until(command);
        let reason = Some(change.reason.clone());
        draft.record(AccountEvent::PhoneRetired { phone, until, reason })?;
    }
    draft.record(AccountEvent::PhoneAssigned { phone: change.phone })?;
    Ok(draft)
}

/// As long as a sale of now could arrive by the settings of today.
fn kept_until(command: &Command) -> Timestamp {
    let days = command.facts.settings.at(command.now).rules.backdate_days_max;
    command.now.plus_seconds(i64::from(days).saturating_mul(DAY_SECONDS))
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, PhoneChange, Reason};
    use crate::ledger::former_phone::FORMER_PHONES_MAX;
    use crate::ledger::testing::{DAY, Scene, check_next, plain};
    use crate::values::Phone;

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    fn phone(last: u64) -> Phone {
        Phone::from_number(992_901_234_000_u64.saturating_add(last)).unwrap()
    }

    fn change(last: u64) -> Action {
        let reason = Reason::parse("lost the number").unwrap();
        Action::ChangePhone(PhoneChange { phone: phone(last), marks: Vec::new(), reason })
    }

    #[test]
    fn the_phone_before_leads_here_as_long_as_a_sale_may_be_late() {
        let mut scene = Scene::new(|rules| rules.backdate_days_max = 3);
        let before = scene.account().phone.unwrap();
        let until = scene.now.plus_seconds(3 * DAY);
        let told = format!("retired {before} until {until}; phone {} {NOTHING}", phone(1));
        check_next(&mut scene, change(1), &told);
        check_next(&mut scene, change(1), &format!(" {NOTHING}"));
        let kept = |at| scene.account().kept_phone(before, at);
        assert_eq!(kept(until.plus_millis(-1)), Some(until));
        assert_eq!(kept(until), None);
        assert_eq!(scene.account().kept_phone(phone(1), scene.now), None);
    }

    #[test]
    fn another_phone_is_not_confirmed_before_its_own_code() {
        let mut scene = Scene::new(plain);
        let confirmed = |scene: &Scene| scene.account().membership.confirmed_at;
        scene.perform(Action::ConfirmPhone).unwrap();
        let same = scene.account().phone.unwrap().number() - 992_901_234_000;
        scene.perform(change(same)).unwrap();
        assert_eq!(confirmed(&scene), Some(scene.now), "it is the same phone");
        scene.wait(DAY).perform(change(1)).unwrap();
        assert_eq!(confirmed(&scene), None);
        scene.wait(DAY).perform(Action::ConfirmPhone).unwrap();
        assert_eq!(confirmed(&scene), Some(scene.now));
    }

    #[test]
    fn back_to_the_first_phone_and_away_again_is_one_former_phone() {
        let mut scene = Scene::new(plain);
        let first = scene.account().phone.unwrap().number();
        let last = first - 992_901_234_000;
        for last in [1, last, 1] {
            scene.wait(DAY).perform(change(last)).unwrap();
        }
        assert_eq!(scene.account().former_phones.len(), 2);
        assert!(
            scene.account().kept_phone(phone(last), scene.now.plus_seconds(29 * DAY)).is_some()
        );
    }

    #[test]
    fn so_many_phones_are_enough() {
        let mut scene = Scene::new(plain);
        for number in 1..=FORMER_PHONES_MAX {
            scene.perform(change(u64::try_from(number).unwrap())).unwrap();
        }
        check_next(&mut scene, change(999), "too_many_phones phone");
    }
}
