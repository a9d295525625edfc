//! Links a Telegram user to a customer (rule 39). That no other customer has this user is the
//! directory's claim.

use crate::ledger::command::Command;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::refusal::Refusal;
use crate::ledger::telegram::TelegramUser;

pub(super) fn decide(
    mut draft: Draft,
    user: &TelegramUser,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    link(&mut draft, user)?;
    Ok(draft)
}

/// The same user again changes nothing but, where it did, the user name.
pub(super) fn link(draft: &mut Draft, user: &TelegramUser) -> Result<(), DraftError> {
    let known = draft.account.telegram.as_deref();
    if known.is_some_and(|known| known.id != user.id) {
        return Err(Refusal::TelegramOfPhoneDiffers.into());
    }
    if known != Some(user) {
        draft.record(AccountEvent::TelegramLinked(Box::new(user.clone())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, Authenticate};
    use crate::ledger::telegram::{TelegramName, TelegramUser};
    use crate::ledger::testing::{Scene, check, check_next, plain, token};
    use crate::values::TelegramId;

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    fn user(id: u64, name: Option<&str>) -> TelegramUser {
        let username = name.map(|name| TelegramName::parse(name).unwrap());
        TelegramUser { id: TelegramId(id), username }
    }

    fn link(id: u64, name: Option<&str>) -> Action {
        Action::LinkTelegram(user(id, name))
    }

    #[test]
    fn a_customer_has_one_telegram_user_whose_name_may_change() {
        let linked = || vec![(0, link(7, Some("john")))];
        check(plain, vec![], (0, link(7, None)), &format!("telegram 7 - {NOTHING}"));
        check(plain, linked(), (0, link(7, Some("john"))), &format!(" {NOTHING}"));
        check(plain, linked(), (0, link(7, Some("jack"))), &format!("telegram 7 jack {NOTHING}"));
        check(plain, linked(), (0, link(8, Some("john"))), "telegram_of_phone_differs init_data");
    }

    #[test]
    fn a_login_links_and_is_refused_to_another_user() {
        let log_in = |id, telegram| {
            Action::Authenticate(Authenticate {
                telegram: Some(telegram),
                ..Authenticate::of(token(id))
            })
        };
        let mut scene = Scene::new(plain);
        let expected = format!("telegram 7 john; token 1 {NOTHING}");
        check_next(&mut scene, log_in(1, user(7, Some("john"))), &expected);
        check_next(&mut scene, log_in(2, user(7, Some("john"))), &format!("token 2 {NOTHING}"));
        let refused = "telegram_of_phone_differs init_data";
        check_next(&mut scene, log_in(3, user(8, None)), refused);
    }
}
