//! What operators do to a customer: block, unblock, hand out a club card, set a flag.

use crate::ledger::command::{CardNumber, Command};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::guard::AccountFlag;

/// Blocking twice changes nothing.
pub(super) fn block(mut draft: Draft, command: &Command) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if !draft.account.blocked {
        draft.record(AccountEvent::Blocked { at: command.now })?;
    }
    Ok(draft)
}

/// Unblocking twice changes nothing.
pub(super) fn unblock(mut draft: Draft, command: &Command) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.blocked {
        draft.record(AccountEvent::Unblocked { at: command.now })?;
    }
    Ok(draft)
}

/// The same card again changes nothing. That no other customer has it is the directory's claim.
pub(super) fn set_card(
    mut draft: Draft,
    card: Option<&CardNumber>,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.card.as_ref() != card {
        draft.record(AccountEvent::CardAssigned { card: card.cloned() })?;
    }
    Ok(draft)
}

/// Saying it again changes nothing.
pub(super) fn set_flag(
    mut draft: Draft,
    flag: AccountFlag,
    on: bool,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    let is_on = match flag {
        AccountFlag::Staff => draft.account.staff,
        AccountFlag::DebitDenied => draft.account.debit_denied,
    };
    if is_on != on {
        draft.record(AccountEvent::FlagSet { flag, on, at: command.now })?;
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, CardNumber};
    use crate::ledger::testing::{DAY, Scene, check, check_next, hold, plain};

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    fn card(number: Option<&str>) -> Action {
        Action::SetCard(number.map(|number| CardNumber::parse(number).unwrap()))
    }

    #[test]
    fn whatever_is_so_already_changes_nothing() {
        let check = |given: Vec<(i64, Action)>, when: Action, expected: &str| {
            check(plain, given, (1, when), &format!("{expected}{NOTHING}"));
        };
        check(vec![], Action::Block, "blocked ");
        check(vec![(0, Action::Block)], Action::Block, " ");
        check(vec![], Action::Unblock, " ");
        check(vec![(0, Action::Block)], Action::Unblock, "unblocked ");
        check(vec![(0, Action::Block), (0, Action::Unblock)], Action::Block, "blocked ");
        check(vec![], card(Some("001-7")), "card 001-7 ");
        check(vec![], card(None), " ");
        check(vec![(0, card(Some("001-7")))], card(Some("001-7")), " ");
        check(vec![(0, card(Some("001-7")))], card(Some("001-8")), "card 001-8 ");
        check(vec![(0, card(Some("001-7")))], card(None), "no card ");
        check(vec![], Action::Settle, " ");
    }

    #[test]
    fn what_is_due_is_settled_whoever_asks() {
        for (action, then) in [
            (Action::Block, "; blocked"),
            (Action::Unblock, ""),
            (card(Some("001-7")), "; card 001-7"),
            (Action::Settle, ""),
        ] {
            let mut scene = Scene::new(plain);
            scene.perform(hold("10.00", DAY)).unwrap();
            scene.wait(DAY);
            let expected = format!("active 10.00 lot 1{then} | 10.00 = 10.00 + 0.00 - 0.00");
            check_next(&mut scene, action, &expected);
        }
    }
}
