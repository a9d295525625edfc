//! Issues a Bearer token to a customer who is known; the eleventh revokes the oldest (rule 37).

use crate::ledger::account::{Profile, TOKENS_PER_CUSTOMER_MAX};
use crate::ledger::command::{Authenticate, Command};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::telegram::link;
use crate::ledger::event::AccountEvent;
use crate::ledger::refusal::Refusal;

pub(super) fn decide(
    mut draft: Draft,
    asked: &Authenticate,
    command: &Command,
) -> Result<Draft, DraftError> {
    let at = command.now;
    settle(&mut draft, at)?;
    if asked.unless_blocked && draft.account.blocked {
        return Err(Refusal::LoginOfBlocked.into());
    }
    if let Some(user) = &asked.telegram {
        link(&mut draft, user)?;
    }
    let named = draft.account.profile.as_ref().is_some_and(|profile| profile.full_name.is_some());
    if let Some(full_name) = asked.full_name.as_ref().filter(|_| !named) {
        let known = draft.account.profile.as_deref().cloned().unwrap_or_default();
        let profile = Profile { full_name: Some(full_name.clone()), ..known };
        draft.record(AccountEvent::ProfileChanged(Box::new(profile)))?;
    }
    while draft.account.tokens.len() >= TOKENS_PER_CUSTOMER_MAX {
        let oldest = draft.account.tokens.first().expect("there are ten").id;
        draft.record(AccountEvent::TokenRevoked { token: oldest, at })?;
    }
    draft.record(AccountEvent::TokenIssued {
        token: asked.token.id,
        hash: asked.token.hash,
        at,
    })?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use crate::ledger::account::Profile;
    use crate::ledger::command::{Action, Authenticate, FullName};
    use crate::ledger::event::AccountEvent;
    use crate::ledger::testing::{DAY, Scene, authenticate, check, check_next, hold, plain, token};
    use crate::values::Text;

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    #[test]
    fn a_name_is_taken_only_where_there_is_none() {
        let named = format!("named John; token 2 {NOTHING}");
        check(plain, vec![], (0, authenticate(2, None)), &format!("token 2 {NOTHING}"));
        check(plain, vec![], (0, authenticate(2, Some("John"))), &named);
        check(
            plain,
            vec![(0, authenticate(1, Some("Mary")))],
            (0, authenticate(2, Some("John"))),
            &format!("token 2 {NOTHING}"),
        );
        check(plain, vec![(0, authenticate(1, None))], (0, authenticate(2, Some("John"))), &named);
    }

    #[test]
    fn the_rest_of_a_profile_is_kept() {
        let mut scene = Scene::new(plain);
        let gender = Some(Text::parse("female").unwrap());
        let known = Profile { gender: gender.clone(), ..Profile::default() };
        let mut account = scene.account().clone();
        account.apply(&AccountEvent::ProfileChanged(Box::new(known.clone()))).unwrap();
        scene.events.push(AccountEvent::ProfileChanged(Box::new(known)));
        scene.account = Some(account);
        scene.perform(authenticate(1, Some("Mary"))).unwrap();
        let full_name = Some(FullName::parse("Mary").unwrap());
        let expected = Profile { full_name, gender, birth_date: None };
        assert_eq!(scene.account().profile.as_deref(), Some(&expected));
    }

    #[test]
    fn the_eleventh_token_revokes_the_oldest() {
        let ten = || (1..=10).map(|id| (1, authenticate(id, None))).collect::<Vec<_>>();
        check(plain, ten(), (0, authenticate(11, None)), &format!("revoked 1; token 11 {NOTHING}"));
        let mut eleven = ten();
        eleven.push((1, authenticate(11, None)));
        check(
            plain,
            eleven,
            (0, authenticate(12, None)),
            &format!("revoked 2; token 12 {NOTHING}"),
        );
        let mut nine = ten();
        nine.pop();
        check(plain, nine, (0, authenticate(10, None)), &format!("token 10 {NOTHING}"));
    }

    #[test]
    fn a_blocked_customer_logs_in_where_the_partner_vouches_and_what_is_due_is_settled() {
        let mut scene = Scene::new(plain);
        scene.perform(hold("10.00", DAY)).unwrap();
        scene.perform(Action::Block).unwrap();
        scene.wait(DAY);
        check_next(
            &mut scene,
            authenticate(1, None),
            "active 10.00 lot 1; token 1 | 10.00 = 10.00 + 0.00 - 0.00",
        );
        let by_code = Authenticate { unless_blocked: true, ..Authenticate::of(token(2)) };
        check_next(&mut scene, Action::Authenticate(by_code), "login_of_blocked -");
    }
}
