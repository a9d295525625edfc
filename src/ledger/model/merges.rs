//! Two random histories that become one: nothing is made or lost on the way, whatever came before.

use super::histories::{self, History, Twice};
use super::{cases, live_all};
use crate::ledger::command::Action;
use crate::ledger::facts::IdBlock;
use crate::ledger::testing::{Scene, sell, trial_balance};
use crate::ledger::testing_merges::{Pair, register_as};
use crate::values::{Balance, LotId, SaleId, TransactionId};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The figures of an account that must add up.
fn figures(scene: &Scene) -> [i128; 7] {
    let account = scene.account();
    let bonus = |bonus: crate::values::Bonus| i128::from(bonus.cents());
    [
        bonus(account.redeemable()) - bonus(account.debt),
        bonus(account.held()),
        bonus(account.covered()),
        i128::from(account.total_spent.cents()),
        i128::from(account.purchases),
        i128::from(account.balance().cents()),
        i128::from(account.lots.iter().map(|lot| lot.amount.cents()).sum::<u64>()),
    ]
}

fn sums(pair: &Pair) -> [i128; 7] {
    let [source, target] = [figures(&pair.source), figures(&pair.target)];
    std::array::from_fn(|index| source[index] + target[index])
}

/// All books of the tenant.
fn books(pair: &Pair) -> BTreeMap<String, i64> {
    let mut books = BTreeMap::new();
    for (book, amount) in
        [&pair.source, &pair.target].map(|scene| trial_balance(&scene.events)).into_iter().flatten()
    {
        *books.entry(format!("{book:?}")).or_default() += Balance::cents(amount);
    }
    books
}

fn lived(pair: &Twice) -> Scene {
    pair.scene.clone()
}

fn pair_of(
    rules: &super::naive::NaiveRules,
    histories: (History, History),
) -> Result<Pair, TestCaseError> {
    let mut target = Twice::new(rules.clone());
    live_all(&mut target, histories.0)?;
    let mut source = Twice::new(rules.clone());
    // Another customer, with ids of their own.
    source.scene.account = None;
    source.scene.events.clear();
    source.scene.rows.clear();
    let first = 5_001;
    source.scene.ids =
        IdBlock { sale: SaleId(first), transaction: TransactionId(first), lot: LotId(first) };
    source.scene.operations = Default::default();
    source.scene.perform(register_as(2, None)).unwrap();
    for (wait, deed) in histories.1 {
        source.wait(wait);
        let action = source.action(deed);
        let _ = source.scene.perform(action);
    }
    let mut pair = Pair { source: lived(&source), target: lived(&target) };
    let now = pair.source.now.max(pair.target.now);
    for scene in [&mut pair.source, &mut pair.target] {
        scene.now = now;
        scene.perform(Action::Settle).unwrap();
    }
    Ok(pair)
}

proptest! {
    #![proptest_config(cases(256))]

    /// `Pair::merge` checks that both replay, that both histories add up and that the books balance.
    #[test]
    fn a_merge_makes_and_loses_nothing(
        rules in histories::rules(),
        one in histories::history(16),
        other in histories::history(16),
        more in 0_i64..8,
    ) {
        let mut pair = pair_of(&rules, (one, other))?;
        let (before, books_before) = (sums(&pair), books(&pair));
        let lots = [&pair.source, &pair.target].map(|scene| scene.account().lots.clone());
        let blocked = pair.source.account().blocked || pair.target.account().blocked;
        pair.try_merge().unwrap();
        let mut after = sums(&pair);
        // A lot that paid a debt wholly is gone.
        after[6] = before[6];
        prop_assert_eq!(after, before);
        let [mut had, has] = [books_before, books(&pair)];
        for moved in ["Moved", "CustomerActive", "CustomerDebt"] {
            had.remove(moved);
        }
        for (book, cents) in had {
            prop_assert_eq!(has.get(&book).copied().unwrap_or_default(), cents, "{}", book);
        }
        prop_assert_eq!(has.get("Moved").copied().unwrap_or_default(), 0);
        prop_assert_eq!(pair.target.account().blocked, blocked);
        for lot in &pair.target.account().lots {
            let was = lots.iter().flatten().find(|known| known.id == lot.id).unwrap();
            prop_assert_eq!((lot.origin, lot.amount, lot.expires_at), (was.origin, was.amount, was.expires_at));
        }
        // Life goes on.
        for step in 0..more {
            pair.target.wait(40_000 * step);
            let _ = pair.target.perform(sell("10.00"));
        }
    }
}
