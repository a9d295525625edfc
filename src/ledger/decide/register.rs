//! Opens an account, with the welcome bonus of the tenant's settings (rule 29).

use crate::ledger::account::Profile;
use crate::ledger::command::{Command, Register};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewLot, credit};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::telegram::link;
use crate::ledger::decide::{change_customer, referral};
use crate::ledger::event::{AccountEvent, CreditKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::rules::expiry;

pub(super) fn decide(register: &Register, command: &Command) -> Result<Draft, DraftError> {
    let at = command.now;
    let opened = AccountEvent::AccountOpened { customer: register.customer, at };
    let mut draft = Draft::opening(opened, &command.facts)?;
    draft.record(AccountEvent::PhoneAssigned { phone: register.phone })?;
    if let Some(full_name) = &register.full_name {
        let profile = Profile { full_name: Some(full_name.clone()), ..Profile::default() };
        draft.record(AccountEvent::ProfileChanged(Box::new(profile)))?;
    }
    if let Some(user) = &register.telegram {
        link(&mut draft, user)?;
    }
    if let Some(token) = register.token {
        draft.record(AccountEvent::TokenIssued { token: token.id, hash: token.hash, at })?;
    }
    if let Some(mark) = register.mark {
        draft.record(AccountEvent::PhoneMarked { mark })?;
    }
    if register.welcome {
        welcome(&mut draft, command)?;
    }
    referral::join(&mut draft, register, at)?;
    if register.confirmed {
        change_customer::note_confirmed(&mut draft, at)?;
    }
    match &register.change {
        Some(change) => change_customer::apply(draft, change, command),
        None => Ok(draft),
    }
}

fn welcome(draft: &mut Draft, command: &Command) -> Result<(), DraftError> {
    let rules = &command.facts.settings.at(command.now).rules;
    if rules.welcome_bonus.is_zero() {
        return Ok(());
    }
    let activates_at = command.now.plus_seconds(i64::from(rules.welcome_hold_seconds));
    let new = NewLot {
        transaction: draft.next_transaction(),
        kind: CreditKind::Welcome,
        pool: Pool::Welcome,
        origin: LotOrigin::Registration,
        amount: rules.welcome_bonus,
        activates_at,
        expires_at: expiry::expires_at(activates_at, rules.welcome_expire_after, rules.time_zone),
        field: "welcome_bonus",
    };
    credit(draft, &new, command.now)?;
    settle(draft, command.now)
}

#[cfg(test)]
mod tests {
    use crate::ledger::account::Misfit;
    use crate::ledger::command::{Action, FullName, Register};
    use crate::ledger::settings::{Days, SettingsDraft};
    use crate::ledger::step::StepError;
    use crate::ledger::testing::{
        DAY, Scene, bonus, check_next, instant, plain, register, sell, token,
    };
    use crate::values::{CustomerId, Phone, Timestamp};

    fn check(change: impl FnOnce(&mut SettingsDraft), asked: Register, expected: &str) -> Scene {
        let mut scene = Scene::empty(change);
        check_next(&mut scene, Action::Register(asked), expected);
        scene
    }

    fn asked() -> Register {
        Register {
            customer: CustomerId(7),
            phone: Phone::from_number(992_901_234_567).unwrap(),
            full_name: None,
            token: None,
            welcome: true,
            mark: None,
            telegram: None,
            referral_code: None,
            inviter: None,
            change: None,
            confirmed: false,
        }
    }

    fn ten(rules: &mut SettingsDraft) {
        rules.welcome_bonus = bonus("10.00");
    }

    #[test]
    fn an_account_is_opened_with_what_is_known() {
        let nothing = "| 0.00 = 0.00 + 0.00 - 0.00";
        check(plain, asked(), &format!("opened 7; phone +992901234567 {nothing}"));
        let full_name = Some(FullName::parse("John Smith").unwrap());
        check(
            plain,
            Register { full_name, token: Some(token(3)), ..asked() },
            &format!("opened 7; phone +992901234567; named John Smith; token 3 {nothing}"),
        );
    }

    #[test]
    fn a_welcome_bonus_is_paid_once_with_its_own_hold() {
        let opened = "opened 7; phone +992901234567";
        check(
            ten,
            asked(),
            &format!("{opened}; welcome 10.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00"),
        );
        check(
            ten,
            Register { welcome: false, ..asked() },
            &format!("{opened} | 0.00 = 0.00 + 0.00 - 0.00"),
        );
        let mut held = check(
            |rules| {
                ten(rules);
                rules.welcome_hold_seconds = 60;
                rules.redeem_hold_seconds = 0;
            },
            asked(),
            &format!("{opened}; welcome 10.00 lot 1 held | 10.00 = 0.00 + 10.00 - 0.00"),
        );
        held.wait(60);
        check_next(&mut held, Action::Settle, "active 10.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00");
    }

    #[test]
    fn a_welcome_bonus_has_its_own_expiry() {
        let check = |after: Days, hold_seconds: u32, expected: Option<Timestamp>| {
            let mut scene = Scene::empty(|rules| {
                ten(rules);
                rules.welcome_expire_after = after;
                rules.welcome_hold_seconds = hold_seconds;
            });
            scene.perform(register()).unwrap();
            assert_eq!(scene.account().lots[0].expires_at, expected, "{after:?}");
        };
        check(Days::Never, 0, None);
        check(Days::Days(0), 0, Some(instant("2026-01-11T00:00:00+05:00")));
        check(Days::Days(30), 0, Some(instant("2026-02-10T00:00:00+05:00")));
        check(Days::Months(1), 0, Some(instant("2026-02-11T00:00:00+05:00")));
        // The expiry clock starts at activation.
        check(Days::Days(30), 86_400, Some(instant("2026-02-11T00:00:00+05:00")));
    }

    #[test]
    fn a_welcome_bonus_expires_before_what_a_sale_earned() {
        let mut scene = Scene::new(|rules| {
            ten(rules);
            rules.welcome_expire_after = Days::Days(2);
            rules.redeem_hold_seconds = 0;
        });
        scene.perform(sell("100.00")).unwrap();
        let shown = scene.view(None);
        let last_second = instant("2026-01-12T23:59:59+05:00");
        assert_eq!(shown.welcome, (bonus("10.00"), Some(last_second)));
        assert_eq!(shown.balance.to_string(), "15.00");
        scene.wait(3 * DAY);
        assert_eq!(scene.view(None).welcome, (bonus("0.00"), None));
        check_next(&mut scene, Action::Settle, "expired 10.00 lot 1 | 5.00 = 5.00 + 0.00 - 0.00");
    }

    #[test]
    fn nobody_is_registered_over_an_account() {
        let scene = Scene::new(plain);
        let found = scene.try_step(register());
        assert_eq!(found.unwrap_err(), StepError::Misfit(Misfit::OpenedTwice));
    }
}
