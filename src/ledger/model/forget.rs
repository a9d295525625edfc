//! Random histories that end in forgetting: nothing is lost from the books, and nothing comes back but money.

use super::histories::{self, Twice};
use super::{cases, live_all};
use crate::ledger::books::Book;
use crate::ledger::command::{Action, Reason};
use crate::ledger::forget::Forget;
use crate::ledger::testing::{Scene, sale_of, trial_balance};
use crate::ledger::testing_returns::{give_back, return_of};
use crate::values::Bonus;
use proptest::prelude::*;

fn forget() -> Action {
    let reason = Reason::parse("letter").unwrap();
    Action::Forget(Box::new(Forget { reason, marks: Vec::new(), aliases: Vec::new() }))
}

/// What was given up, less the debt that was.
fn given_up(scene: &Scene) -> i64 {
    let books = trial_balance(&scene.events);
    let book = |book| books.get(&book).copied().unwrap_or_default().cents();
    book(Book::Forfeited) + book(Book::DebtWrittenOff)
}

proptest! {
    #![proptest_config(cases(256))]

    /// `Scene::perform` checks after every command that the books balance and that rows add up.
    #[test]
    fn forgetting_leaves_totals_and_takes_the_rest(
        rules in histories::rules(),
        history in histories::history(20),
    ) {
        let mut twice = Twice::new(rules);
        live_all(&mut twice, history)?;
        let mut scene = twice.scene.clone();
        scene.perform(Action::Settle).unwrap();
        let (before, given_up_before) = (scene.account().clone(), given_up(&scene));
        scene.perform(forget()).unwrap();
        let after = scene.account();
        prop_assert_eq!(given_up(&scene) - given_up_before, before.balance().cents());
        prop_assert_eq!(after.balance().cents(), 0);
        prop_assert_eq!((after.total_spent, after.purchases), (before.total_spent, before.purchases));
        prop_assert_eq!(after.phone, None);
        let sales: Vec<u64> =
            scene.events.iter().filter_map(sale_of).map(|sale| sale.id.number()).collect();
        for sale in sales {
            let spent = scene.account().total_spent;
            let Ok(events) = scene.perform(give_back(sale)) else { continue };
            let returned = events.iter().find_map(return_of).unwrap();
            prop_assert_eq!(returned.restored, Bonus::ZERO);
            prop_assert_eq!(scene.account().total_spent.checked_add(returned.money), Some(spent));
            prop_assert!(scene.account().lots.is_empty() && scene.account().debt.is_zero());
        }
        let again = scene.perform(forget()).unwrap();
        prop_assert!(again.is_empty());
    }
}
