//! What must hold of every history, whatever customers, tills and operators do: properties of random
//! histories against a naive model.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a naive model counts plainly; an overflow fails the test"
)]

mod forget;
mod histories;
mod merges;
mod naive;
mod reserves;
mod returns;
mod stage;

use crate::ledger::command::Action;
use crate::ledger::event::AccountEvent;
use crate::ledger::lot::LotOrigin;
use crate::ledger::testing::{Scene, sale};
use crate::values::{Bonus, Money, Timestamp};
use histories::{Deed, History, Twice, Wait};
use naive::NaiveRules;
use proptest::prelude::*;

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

/// Scene::perform checks after every command that a replay gives the same account, that rows and lots
/// add up and that the books balance; this compares with the model, before and after a sweeper.
fn agrees(twice: &Twice) -> Result<(), TestCaseError> {
    let expected = twice.naive.has(twice.now());
    let view = twice.scene.view(None);
    let cents = |bonus: Bonus| i128::from(bonus.cents());
    prop_assert_eq!(cents(view.redeemable), expected.redeemable);
    prop_assert_eq!(cents(view.held), expected.held);
    prop_assert_eq!(cents(view.debt), expected.debt);
    let balance = expected.redeemable + expected.held - expected.debt;
    prop_assert_eq!(i128::from(view.balance.cents()), balance);
    let mut left: Vec<_> =
        view.lots.iter().map(|lot| (lot.id.number(), cents(lot.remaining))).collect();
    left.sort_unstable();
    prop_assert_eq!(left, expected.left);
    let spent: i128 = twice.naive.sales.iter().map(|(_, total)| total).sum();
    prop_assert_eq!(i128::from(view.total_spent.cents()), spent);
    prop_assert_eq!(usize::try_from(view.purchases).unwrap(), twice.naive.sales.len());
    let visited = twice.naive.sales.iter().map(|(at, _)| Timestamp::from_millis(*at)).max();
    prop_assert_eq!(view.last_visit_at, visited);
    let swept = twice.scene.try_step(Action::Settle).unwrap();
    prop_assert_eq!(swept.account.balance(), view.balance);
    prop_assert_eq!(swept.account.redeemable(), view.redeemable);
    prop_assert_eq!(swept.account.held(), view.held);
    prop_assert_eq!(&swept.account.lots, &view.lots);
    prop_assert!(swept.account.next_due().is_none_or(|due| due > twice.scene.now));
    let mut later = twice.scene.clone();
    later.perform(Action::Settle).unwrap();
    prop_assert_eq!(later.view(None), view);
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn the_ledger_agrees_with_a_naive_model(
        rules in histories::rules(),
        history in histories::history(24),
    ) {
        let mut twice = Twice::new(rules);
        for (wait, deed) in history {
            twice.wait(wait);
            agrees(&twice)?;
            let before = twice.scene.clone();
            if twice.live(deed)?.is_empty() {
                prop_assert_eq!(&before.account, &twice.scene.account, "a refusal changes nothing");
                prop_assert_eq!(before.ids, twice.scene.ids);
            }
            agrees(&twice)?;
        }
    }

    #[test]
    fn reading_and_sweeping_change_no_outcome(
        rules in histories::rules(),
        history in histories::history(24),
        sweeps in prop::collection::vec((any::<bool>(), 0_i64..90_000_000), 24),
    ) {
        let mut left_alone = Twice::new(rules.clone());
        let mut swept = Twice::new(rules);
        for ((wait, deed), (sweep, millis)) in history.into_iter().zip(sweeps) {
            let from = left_alone.scene.now;
            left_alone.wait(wait);
            let to = left_alone.scene.now;
            if sweep {
                swept.scene.now = from.plus_millis(millis).min(to);
                swept.scene.view(Some(Money::CENT));
                swept.scene.perform(Action::Settle).unwrap();
            }
            swept.scene.now = to;
            let action = left_alone.action(deed);
            prop_assert_eq!(
                left_alone.scene.perform(action.clone()).is_ok(),
                swept.scene.perform(action).is_ok()
            );
        }
        left_alone.scene.perform(Action::Settle).unwrap();
        swept.scene.perform(Action::Settle).unwrap();
        prop_assert_eq!(&left_alone.scene.account, &swept.scene.account);
        prop_assert_eq!(&left_alone.scene.rows, &swept.scene.rows);
        prop_assert_eq!(&left_alone.scene.events, &swept.scene.events);
    }

    #[test]
    fn a_preview_is_the_most_that_a_sale_accepts(
        rules in histories::rules(),
        history in histories::history(10),
        order in 1_u64..5_000,
    ) {
        let mut twice = Twice::new(rules);
        live_all(&mut twice, history)?;
        twice.live(Deed::Unblock)?;
        let shown = twice.scene.view(Money::from_cents(order)).loyalty.max_redeem_amount.unwrap();
        let expected = twice.naive.preview(twice.now(), i128::from(order));
        prop_assert_eq!(i128::from(shown.cents()), expected);
        prop_assert_eq!(accepts(&twice.scene, order, shown), true, "{} of {}", shown, order);
        let step = u64::try_from(twice.naive.rules.step).unwrap();
        let more = Bonus::from_cents(shown.cents() + step).unwrap();
        prop_assert_eq!(accepts(&twice.scene, order, more), false, "{} of {}", more, order);
    }

    #[test]
    fn of_a_backlog_lots_spending_and_counts_do_not_depend_on_its_order(
        rules in histories::rules(),
        backlog in prop::collection::vec(
            (1_u64..20_000, 0_i64..900_000_000, 0_i64..100_000_000),
            1..12,
        ),
        order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        more_millis in 0_i64..3_000_000_000,
    ) {
        // One percent, and no debits.
        let rules = NaiveRules { tiers: vec![(0, rules.tiers[0].1)], ..rules };
        let in_order: Vec<usize> = (0..backlog.len()).collect();
        let shuffled: Vec<usize> =
            order.into_iter().filter(|index| *index < backlog.len()).collect();
        let end = |order: &[usize]| {
            let mut twice = Twice::new(rules.clone());
            let sales = post(&mut twice, &backlog, order);
            twice.scene.now = Timestamp::from_millis(twice.naive.opened_at)
                .plus_millis(4_000_000_000 + more_millis);
            outcome(&twice.scene, &sales)
        };
        prop_assert_eq!(end(&in_order), end(&shuffled));
    }
}

fn live_all(twice: &mut Twice, history: History) -> Result<(), TestCaseError> {
    for (wait, deed) in history {
        twice.wait(wait);
        twice.live(deed)?;
    }
    twice.wait(Wait::Due(0));
    Ok(())
}

/// Whether a sale of an order paid with so many bonuses would be taken.
fn accepts(scene: &Scene, order: u64, redeem: Bonus) -> bool {
    let total = order.saturating_sub(redeem.cents());
    let mut asked = sale("1.00");
    asked.total_amount = Money::from_cents(total).unwrap();
    asked.redeem = redeem;
    scene.try_step(asked.act()).is_ok()
}

/// Posts a backlog in an order, each sale some time after the last; all business times lie before
/// the first. Returns which sale of the backlog has which id.
fn post(twice: &mut Twice, backlog: &[(u64, i64, i64)], order: &[usize]) -> Vec<usize> {
    let opened = Timestamp::from_millis(twice.naive.opened_at);
    twice.scene.now = twice.scene.now.max(opened.plus_millis(900_000_000));
    for (place, index) in order.iter().enumerate() {
        let (cents, business, _) = backlog[*index];
        let (_, _, wait) = backlog[place];
        twice.scene.now = twice.scene.now.plus_millis(wait);
        let mut asked = sale("1.00").on(&opened.plus_millis(business).to_string());
        asked.total_amount = Money::from_cents(cents).unwrap();
        twice.scene.perform(asked.act()).unwrap();
    }
    order.to_vec()
}

/// A lot by its origin in the backlog, with its figures and dates.
type LotOutcome = (usize, Bonus, Bonus, bool, Timestamp, Option<Timestamp>);

/// What rule 21 claims: lots by origin, money spent, counts; and what follows from them.
fn outcome(scene: &Scene, sales: &[usize]) -> (Vec<LotOutcome>, Money, u64, Vec<(usize, Bonus)>) {
    let place = |number: u64| sales[usize::try_from(number - 1).unwrap()];
    let view = scene.view(None);
    let lot = |lot: &crate::ledger::Lot| {
        let LotOrigin::Sale(sale) = lot.origin else { panic!("{lot:?} of no sale") };
        let index = place(sale.number());
        (index, lot.amount, lot.remaining, lot.active, lot.activates_at, lot.expires_at)
    };
    let mut lots: Vec<LotOutcome> = view.lots.iter().map(lot).collect();
    lots.sort_unstable();
    let earned = |event: &AccountEvent| {
        let AccountEvent::SaleRecorded(sale) = event else { return None };
        Some((place(sale.id.number()), sale.accrued))
    };
    let mut accrued: Vec<_> = scene.events.iter().filter_map(earned).collect();
    accrued.sort_unstable();
    (lots, view.total_spent, view.purchases, accrued)
}
