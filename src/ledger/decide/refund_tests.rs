//! Returns as a table: what is clawed back, restored, let go and undone; and the ways to cheat.

use crate::ledger::command::{Action, BusinessTime, Sell};
use crate::ledger::policy::ReturnDebt;
use crate::ledger::settings::tests::tier;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{
    DAY, Scene, adjust, bonus, check, check_next, instant, money, owe, plain, redeem, redemption,
    sale, sell,
};
use crate::ledger::testing_returns::{give_back, pieces, refund, rest_of};
use crate::values::Percent;

/// What is earned can be spent at once, for the whole order, and at 10 percent.
fn quick(rules: &mut SettingsDraft) {
    rules.redeem_hold_seconds = 0;
    rules.max_redeem_percent = Percent::HUNDRED;
    rules.tiers[0].bonus_percent = Percent::parse("10").unwrap();
}

fn clamping(rules: &mut SettingsDraft) {
    quick(rules);
    rules.policy.returns.debt = ReturnDebt::Clamp;
}

fn lines() -> Sell {
    sale("90.00").gross("100.00").redeeming("10.00").of_lines(&["60.00", "40.00"])
}

#[test]
fn a_whole_return_undoes_its_sale() {
    check(
        quick,
        vec![(0, adjust("30.00")), (0, lines().act())],
        (0, give_back(1)),
        "reverse 9.00 of sale 1 from 2:9.00; restore 10.00 to 1:10.00; \
         return 2 of sale 1 pays 90.00 | 30.00 = 30.00 + 0.00 - 0.00",
    );
    // The lot is held still.
    check(
        plain,
        vec![(0, sell("100.00"))],
        (0, give_back(1)),
        "reverse 5.00 of sale 1 from 1:5.00 held; return 2 of sale 1 pays 100.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn lines_give_back_their_own_shares() {
    let given = || vec![(0, adjust("30.00")), (0, lines().act())];
    check(
        quick,
        given(),
        (0, refund(1).of(vec![rest_of(2)]).act()),
        "reverse 3.60 of sale 1 from 2:3.60; restore 4.00 to 1:4.00; \
         return 2 of sale 1 pays 36.00 | 29.40 = 29.40 + 0.00 - 0.00",
    );
    let mut scene = Scene::new(quick);
    scene.perform(adjust("30.00")).unwrap();
    scene.perform(lines().act()).unwrap();
    scene.perform(refund(1).of(vec![pieces(1, "0.5")]).act()).unwrap();
    check_next(&mut scene, refund(1).of(vec![pieces(1, "0.6")]).act(), "over_return lines");
    check_next(
        &mut scene,
        give_back(1),
        "reverse 6.30 of sale 1 from 2:6.30; restore 7.00 to 1:7.00; \
         return 3 of sale 1 pays 63.00 | 30.00 = 30.00 + 0.00 - 0.00",
    );
    check_next(&mut scene, give_back(1), "nothing_left_to_return sale_id");
    let view = scene.view(None);
    assert_eq!((view.purchases, view.total_spent.cents()), (0, 0));
}

#[test]
fn a_line_that_earned_nothing_claws_back_nothing() {
    let mut scene = Scene::new(plain);
    // A gift: no amount, and so no accrual.
    scene.perform(sale("50.00").of_lines(&["0.00", "50.00"]).act()).unwrap();
    check_next(
        &mut scene,
        refund(1).of(vec![rest_of(1)]).act(),
        "return 2 of sale 1 pays 0.00 | 2.50 = 0.00 + 2.50 - 0.00",
    );
    assert_eq!(scene.view(None).purchases, 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut scene = Scene::new(quick);
    scene.perform(adjust("30.00")).unwrap();
    scene.perform(lines().act()).unwrap();
    scene.perform(sell("10.00")).unwrap();
    let mut refuse = |action: Action, expected: &str| check_next(&mut scene, action, expected);
    refuse(refund(1).worth("5.00").act(), "return_needs_lines amount");
    refuse(refund(2).of(vec![rest_of(1)]).act(), "return_without_lines lines");
    refuse(refund(2).worth("10.01").act(), "over_return amount");
    refuse(refund(1).of(vec![rest_of(3)]).act(), "line_unknown lines");
    refuse(refund(1).of(vec![pieces(1, "1.01")]).act(), "over_return lines");
    refuse(refund(1).of(vec![rest_of(1), rest_of(1)]).act(), "over_return lines");
    refuse(
        refund(2).act(),
        "reverse 1.00 of sale 2 from 3:1.00; return 3 of sale 2 pays 10.00 \
         | 29.00 = 29.00 + 0.00 - 0.00",
    );
    refuse(give_back(3), "return_of_return sale_id");
}

#[test]
fn a_return_has_its_time() {
    let mut scene = Scene::new(quick);
    scene.perform(sell("10.00")).unwrap();
    scene.wait(2 * DAY);
    let on = |date: &str| {
        let refund_date = Some(BusinessTime::Instant(instant(date)));
        Action::Refund(Box::new(crate::ledger::Refund { refund_date, ..refund(1) }))
    };
    check_next(&mut scene, on("2026-01-10T13:59:59+05:00"), "refund_before_sale refund_date");
    check_next(&mut scene, on("2026-01-12T14:05:01+05:00"), "refund_date_ahead refund_date");
    scene.wait(364 * DAY);
    check_next(&mut scene, give_back(1), "return_too_old refund_date");
}

#[test]
fn spent_points_come_back_once() {
    let mut scene = Scene::new(quick);
    scene.perform(adjust("30.00")).unwrap();
    scene.perform(redeem("20.00", "20.00")).unwrap();
    check_next(
        &mut scene,
        refund(1).worth("5.00").act(),
        "restore 5.00 to 1:5.00; return 2 of sale 1 pays 0.00 | 15.00 = 15.00 + 0.00 - 0.00",
    );
    check_next(
        &mut scene,
        give_back(1),
        "restore 15.00 to 1:15.00; return 3 of sale 1 pays 0.00 | 30.00 = 30.00 + 0.00 - 0.00",
    );
    check_next(&mut scene, give_back(1), "nothing_left_to_return sale_id");
}

/// A redemption that a sale completed is returned through the sale; what came back of it before does
/// not come back again.
#[test]
fn a_completed_redemption_is_returned_with_its_sale() {
    let completed = |before: Option<&str>| {
        let mut scene = Scene::new(quick);
        scene.perform(adjust("30.00")).unwrap();
        scene.perform(redeem("20.00", "100.00")).unwrap();
        if let Some(amount) = before {
            scene.perform(refund(1).worth(amount).act()).unwrap();
        }
        scene.completes = Some(crate::ledger::RedemptionFact {
            customer: scene.account().id,
            sale: crate::values::SaleId(1),
            amount: redemption("20.00", "100.00").amount,
            order_total: money("100.00"),
        });
        scene.perform(sale("80.00").redeeming("0.00").act()).unwrap();
        scene
    };
    let mut scene = completed(None);
    check_next(&mut scene, give_back(1), "redemption_completed sale_id");
    check_next(
        &mut scene,
        give_back(2),
        "reverse 8.00 of sale 2 from 2:8.00; restore 20.00 to 1:20.00; \
         return 3 of sale 2 pays 80.00 | 30.00 = 30.00 + 0.00 - 0.00",
    );
    let mut scene = completed(Some("5.00"));
    check_next(
        &mut scene,
        give_back(3),
        "reverse 8.00 of sale 3 from 2:8.00; restore 15.00 to 1:15.00; \
         return 4 of sale 3 pays 80.00 | 30.00 = 30.00 + 0.00 - 0.00",
    );
}

/// Buy, spend what it earned, return: the customer owes what was spent.
#[test]
fn who_buys_spends_and_returns_keeps_nothing() {
    let given = || vec![(0, sell("100.00")), (0, sale("10.00").redeeming("10.00").act())];
    check(
        quick,
        given(),
        (0, give_back(1)),
        "reverse 10.00 of sale 1 from 2:1.00 debt 9.00; return 3 of sale 1 pays 100.00 \
         | -9.00 = 0.00 + 0.00 - 9.00",
    );
    check(
        clamping,
        given(),
        (0, give_back(1)),
        "reverse 1.00 of sale 1 from 2:1.00 let go 9.00; return 3 of sale 1 pays 100.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    // What was let go comes back with the second return, and goes where it belongs; so does the lot
    // that had paid.
    for rules in [quick, clamping] {
        let mut scene = Scene::new(rules);
        for (_, action) in given() {
            scene.perform(action).unwrap();
        }
        scene.perform(give_back(1)).unwrap();
        scene.perform(give_back(2)).unwrap();
        let view = scene.view(None);
        assert_eq!((view.balance.cents(), view.total_spent.cents(), view.purchases), (0, 0, 0));
        assert!(scene.account().clawed.iter().all(|clawed| clawed.let_go.is_zero()));
    }
}

#[test]
fn a_clawback_takes_its_own_lots_then_active_then_held_ones() {
    let mut scene = Scene::new(|rules| {
        quick(rules);
        rules.redeem_hold_seconds = 86_400;
    });
    scene.perform(sell("100.00")).unwrap();
    scene.wait(DAY).perform(adjust("2.00")).unwrap();
    scene.perform(redeem("9.00", "9.00")).unwrap();
    scene.perform(crate::ledger::testing::hold("3.00", 2 * DAY)).unwrap();
    scene.perform(crate::ledger::testing::hold("1.00", DAY)).unwrap();
    check_next(
        &mut scene,
        give_back(1),
        "reverse 10.00 of sale 1 from 1:1.00 2:2.00 4:1.00 held 3:3.00 held debt 3.00; \
         return 3 of sale 1 pays 100.00 | -3.00 = 0.00 + 0.00 - 3.00",
    );
}

#[test]
fn what_expired_unspent_is_not_taken_back_twice() {
    let mut scene = Scene::new(|rules| {
        quick(rules);
        rules.expire_after = Days::Days(10);
    });
    scene.perform(sell("100.00")).unwrap();
    scene.perform(redeem("4.00", "4.00")).unwrap();
    scene.wait(20 * DAY);
    // The rest of the lot expires in this very command.
    check_next(
        &mut scene,
        refund(1).worth("50.00").act(),
        "expired 6.00 lot 1; reverse 4.00 of sale 1 from debt 4.00; \
         return 3 of sale 1 pays 50.00 expired 1.00 | -4.00 = 0.00 + 0.00 - 4.00",
    );
    check_next(
        &mut scene,
        give_back(1),
        "return 4 of sale 1 pays 50.00 expired 5.00 | -4.00 = 0.00 + 0.00 - 4.00",
    );
}

/// Restored bonuses get a grace, and the same bonuses never a second one.
#[test]
fn restored_bonuses_are_put_off_once() {
    let mut scene = Scene::new(|rules| {
        quick(rules);
        rules.expire_after = Days::Days(10);
    });
    scene.perform(adjust("10.00")).unwrap();
    scene.perform(redeem("10.00", "10.00")).unwrap();
    scene.wait(20 * DAY);
    check_next(
        &mut scene,
        give_back(1),
        "restore 10.00 to 2:10.00; return 2 of sale 1 pays 0.00 | 10.00 = 10.00 + 0.00 - 0.00",
    );
    let lot = &scene.account().lots[0];
    assert_eq!(lot.expires_at, Some(instant("2026-02-14T00:00:00+05:00")));
    scene.perform(redeem("6.00", "6.00")).unwrap();
    scene.wait(5 * DAY);
    check_next(
        &mut scene,
        give_back(3),
        "restore 6.00 to 2:6.00; return 4 of sale 3 pays 0.00 | 10.00 = 10.00 + 0.00 - 0.00",
    );
    scene.perform(redeem("6.00", "6.00")).unwrap();
    scene.wait(20 * DAY);
    check_next(
        &mut scene,
        give_back(5),
        "expired 4.00 lot 2; restore 6.00 to 2:6.00; expired 6.00 lot 2; \
         return 6 of sale 5 pays 0.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
}

/// A lot that is gone is made again, with its own dates, as long as those reach further.
#[test]
fn a_lot_that_was_spent_to_zero_is_a_lot_again() {
    let mut scene = Scene::new(quick);
    scene.perform(adjust("10.00")).unwrap();
    let before = scene.account().lots.clone();
    scene.perform(redeem("10.00", "10.00")).unwrap();
    assert!(scene.account().lots.is_empty());
    scene.wait(DAY).perform(give_back(1)).unwrap();
    assert_eq!(scene.account().lots, before);
}

#[test]
fn a_restored_part_pays_debt_first() {
    let mut scene = Scene::new(quick);
    scene.perform(adjust("10.00")).unwrap();
    scene.perform(redeem("10.00", "10.00")).unwrap();
    scene.perform(owe("-4.00")).unwrap();
    check_next(
        &mut scene,
        give_back(1),
        "restore 10.00 to 1:6.00 paying 4.00; return 2 of sale 1 pays 0.00 \
         | 6.00 = 6.00 + 0.00 - 0.00",
    );
}

/// Sale 1 paid for sale 2, and lot 2 for the return of sale 1: what comes back of sale 2 goes there.
#[test]
fn what_comes_back_goes_first_to_what_paid_the_clawback() {
    let mut scene = Scene::new(quick);
    scene.perform(sell("100.00")).unwrap();
    scene.perform(redeem("10.00", "10.00")).unwrap();
    scene.wait(DAY).perform(adjust("7.00")).unwrap();
    check_next(
        &mut scene,
        give_back(1),
        "reverse 10.00 of sale 1 from 2:7.00 debt 3.00; return 3 of sale 1 pays 100.00 \
         | -3.00 = 0.00 + 0.00 - 3.00",
    );
    check_next(
        &mut scene,
        give_back(2),
        "restore 10.00 to 2:7.00 paying 3.00; return 4 of sale 2 pays 0.00 \
         | 7.00 = 7.00 + 0.00 - 0.00",
    );
    assert_eq!(scene.account().clawed, []);
}

#[test]
fn a_return_takes_the_tier_away_unless_the_shop_keeps_it() {
    let tiered = |keeps: bool| {
        move |rules: &mut SettingsDraft| {
            quick(rules);
            rules.tiers.push(tier("Gold", "100.00", "20"));
            rules.policy.returns.tier_drop = !keeps;
        }
    };
    let accrued_after_return = |keeps: bool| {
        let mut scene = Scene::new(tiered(keeps));
        scene.perform(sell("100.00")).unwrap();
        scene.perform(sell("10.00")).unwrap();
        assert_eq!(scene.last_sale().accrued, bonus("2.00"));
        scene.perform(give_back(1)).unwrap();
        // What was earned at the higher tier stays, and is taken back as it was earned.
        assert_eq!(scene.last_return().reversed, bonus("10.00"));
        scene.perform(sell("10.00")).unwrap();
        assert_eq!(scene.view(None).total_spent, money("20.00"));
        let accrued = scene.last_sale().accrued;
        scene.perform(give_back(2)).unwrap();
        assert_eq!(scene.last_return().reversed, bonus("2.00"));
        accrued
    };
    assert_eq!(accrued_after_return(false), bonus("1.00"));
    assert_eq!(accrued_after_return(true), bonus("2.00"));
}

/// A sale that arrives late is rated as if what was returned after it had not been yet.
#[test]
fn a_return_after_a_late_sale_does_not_touch_its_tier() {
    let mut scene = Scene::new(|rules| {
        quick(rules);
        rules.tiers.push(tier("Gold", "100.00", "20"));
    });
    scene.perform(sell("100.00")).unwrap();
    scene.wait(3 * DAY).perform(give_back(1)).unwrap();
    scene.perform(sale("10.00").on("2026-01-11T14:00:00+05:00").act()).unwrap();
    assert_eq!(scene.last_sale().accrued, bonus("2.00"));
    scene.perform(sell("10.00")).unwrap();
    assert_eq!(scene.last_sale().accrued, bonus("1.00"));
}

#[test]
fn a_blocked_customer_may_return() {
    check(
        quick,
        vec![(0, sell("10.00")), (0, Action::Block)],
        (0, give_back(1)),
        "reverse 1.00 of sale 1 from 1:1.00; return 2 of sale 1 pays 10.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
}
