//! Tables of debits that arrive late, and of the debt that they and others leave.

use crate::ledger::command::{Action, Adjust};
use crate::ledger::event::AccountEvent;
use crate::ledger::expired::EXPIRED_SLICES_MAX;
use crate::ledger::policy::OfflineDebit;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, adjustment, bonus, check, check_next, figures, hold, owe, plain, told,
};
use crate::ledger::testing_reserves::set_aside;
use crate::ledger::testing_sales::sale;
use crate::values::Date;

fn accrue_only(rules: &mut SettingsDraft) {
    rules.policy.late.offline_debit = OfflineDebit::AccrueOnly;
}

/// Debts of up to 5.
fn allow_debt(rules: &mut SettingsDraft) {
    rules.policy.late.offline_debit = OfflineDebit::AllowDebt;
    rules.policy.late.debt_max = bonus("5.00");
    rules.min_purchase_amount = crate::ledger::testing::money("9999.00");
}

fn until(amount: &str, day: u32) -> Action {
    let expires = Date::from_ymd_opt(2026, 1, day);
    Action::Adjust(Adjust { expires, ..adjustment(amount) })
}

/// A sale of the 11th at noon, two days after which it arrives.
fn late(asked: &str) -> crate::ledger::command::Sell {
    sale("500.00").redeeming(asked).on("2026-01-11T12:00:00+05:00")
}

/// 10 that end with the 11th, 4 that end with the 12th, 20 that stay, 2 that ended with the 10th.
fn given() -> Vec<(i64, Action)> {
    vec![
        (0, until("10.00", 11)),
        (0, until("4.00", 12)),
        (0, until("20.00", 30)),
        (0, until("2.00", 10)),
    ]
}

const ARRIVES: i64 = 3 * DAY;

#[test]
fn accrue_only_redeems_nothing_and_says_what_is_not_funded() {
    let mut scene = Scene::new(accrue_only);
    scene.perform(adjust("100.00")).unwrap();
    scene.wait(ARRIVES);
    check_next(
        &mut scene,
        late("30.00").gross("530.00").act(),
        "accrual 25.00 lot 2; sale 1 of 500.00 earned 25.00 late | 125.00 = 125.00 + 0.00 - 0.00",
    );
    let sale = scene.last_sale();
    assert_eq!((sale.redeemed, sale.unfunded), (bonus("0.00"), bonus("30.00")));
    // The till's own figures must fit all the same.
    check_next(
        &mut scene,
        late("30.00").gross("529.98").act(),
        "gross_amount_too_small gross_amount",
    );
    // No limit of a redemption applies, since there is none.
    scene.perform(late("499.99").act()).unwrap();
    assert_eq!(scene.last_sale().unfunded, bonus("499.99"));
    // In time it is a redemption as ever.
    check_next(&mut scene, sale_now("600.00"), "redeem_over_cap bonus_redeem_amount");
}

fn sale_now(asked: &str) -> Action {
    sale("500.00").redeeming(asked).act()
}

#[test]
fn a_late_debit_draws_what_expired_since_then_the_balance_then_leaves_debt() {
    let after = |asked: &str, expected: &str| {
        check(allow_debt, given(), (ARRIVES, late(asked).act()), expected);
    };
    let lost = "expired 2.00 lot 4; expired 10.00 lot 1; expired 4.00 lot 2";
    let sold = "sale 1 of 500.00 earned 0.00 late";
    after(
        "3.00",
        &format!(
            "{lost}; revived 3.00 lot 1; redeem 3.00 of 1:3.00; {sold} | 20.00 = 20.00 + 0.00 - 0.00"
        ),
    );
    after(
        "12.00",
        &format!(
            "{lost}; revived 10.00 lot 1; revived 2.00 lot 2; redeem 12.00 of 1:10.00 2:2.00; {sold} \
             | 20.00 = 20.00 + 0.00 - 0.00"
        ),
    );
    after(
        "39.00",
        &format!(
            "{lost}; revived 10.00 lot 1; revived 4.00 lot 2; \
             redeem 39.00 of 1:10.00 2:4.00 3:20.00 debt 5.00; {sold} | -5.00 = 0.00 + 0.00 - 5.00"
        ),
    );
    after("39.01", "balance_too_low bonus_redeem_amount");
    // The percent part of the cap stays.
    check(
        |rules| {
            allow_debt(rules);
            rules.policy.late.debt_max = bonus("9999.00");
        },
        given(),
        (ARRIVES, late("300.00").act()),
        "redeem_over_cap bonus_redeem_amount",
    );
}

#[test]
fn what_was_revived_once_is_not_revived_again() {
    let mut scene = Scene::new(allow_debt);
    for (_, action) in given() {
        scene.perform(action).unwrap();
    }
    scene.wait(ARRIVES).perform(Action::Settle).unwrap();
    scene.perform(late("12.00").act()).unwrap();
    check_next(
        &mut scene,
        late("22.00").act(),
        "revived 2.00 lot 2; redeem 22.00 of 2:2.00 3:20.00; sale 2 of 500.00 earned 0.00 late \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    check_next(&mut scene, late("5.01").act(), "balance_too_low bonus_redeem_amount");
    scene.perform(late("3.00").act()).unwrap();
    // Debt that is there already counts: late debits together never owe more than the setting says.
    check_next(&mut scene, late("2.01").act(), "balance_too_low bonus_redeem_amount");
    check_next(
        &mut scene,
        late("2.00").act(),
        "redeem 2.00 of debt 2.00; sale 4 of 500.00 earned 0.00 late | -5.00 = 0.00 + 0.00 - 5.00",
    );
}

#[test]
fn a_late_debit_leaves_reserves_alone_and_what_a_named_one_pays_is_not_late() {
    let mut with_reserve = given();
    with_reserve.push((0, set_aside("a", "25.00")));
    let after = |rules: fn(&mut SettingsDraft), asked: &str, expected: &str| {
        check(rules, with_reserve.clone(), (ARRIVES, late(asked).from("a").act()), expected);
    };
    // 2, 10 and 4 are kept, 9 of lot 3 are covered.
    let kept = "kept 2.00 lot 4; kept 10.00 lot 1; kept 4.00 lot 2";
    let reject = |rules: &mut SettingsDraft| {
        allow_debt(rules);
        rules.policy.late.offline_debit = OfflineDebit::Reject;
    };
    after(reject, "25.01", "late_redemption bonus_redeem_amount");
    after(
        reject,
        "25.00",
        &format!(
            "{kept}; committed 25.00 freeing 4:2.00 1:10.00 2:4.00; \
             redeem 25.00 of 4:2.00 1:10.00 2:4.00 3:9.00; sale 1 of 500.00 earned 0.00 late \
             | 11.00 = 11.00 + 0.00 - 0.00"
        ),
    );
    after(
        allow_debt,
        "41.00",
        &format!(
            "{kept}; committed 25.00 freeing 4:2.00 1:10.00 2:4.00; \
             redeem 41.00 of 4:2.00 1:10.00 2:4.00 3:20.00 debt 5.00; \
             sale 1 of 500.00 earned 0.00 late | -5.00 = 0.00 + 0.00 - 5.00"
        ),
    );
    check(
        allow_debt,
        with_reserve.clone(),
        (ARRIVES, late("16.00").act()),
        &format!(
            "{kept}; redeem 16.00 of 3:11.00 debt 5.00; sale 1 of 500.00 earned 0.00 late \
             | 20.00 = 0.00 + 0.00 - 5.00"
        ),
    );
}

#[test]
fn only_so_many_expired_slices_are_remembered_and_not_for_ever() {
    let mut scene = Scene::new(allow_debt);
    for _ in 0..=EXPIRED_SLICES_MAX {
        scene.perform(until("1.00", 11)).unwrap();
    }
    scene.wait(2 * DAY).perform(Action::Settle).unwrap();
    let remembered = |scene: &Scene| scene.account().expired.len();
    assert_eq!(remembered(&scene), EXPIRED_SLICES_MAX);
    assert_eq!(scene.account().expired[0].lot.id.number(), 2, "the oldest left");
    scene.wait(100 * DAY).perform(hold("1.00", DAY)).unwrap();
    scene.adopt(|rules| rules.expire_after = Days::Days(0));
    scene.perform(adjust("1.00")).unwrap();
    scene.wait(DAY).perform(Action::Settle).unwrap();
    assert_eq!(remembered(&scene), 1);
}

#[test]
fn debt_is_written_off_so_many_days_after_it_arose() {
    let ten_days = |rules: &mut SettingsDraft| rules.policy.debt.write_off_days = Some(10);
    let mut scene = Scene::new(ten_days);
    let mut next = |seconds, action, expected| check_next(scene.wait(seconds), action, expected);
    next(
        0,
        owe("-8.00"),
        "adjust 8.00 of debt 8.00; adjusted -8.00; debt until 2026-01-20T19:00:00.000Z \
         | -8.00 = 0.00 + 0.00 - 8.00",
    );
    // The date stays when more is owed and when part of it is paid.
    next(
        DAY,
        owe("-1.00"),
        "adjust 1.00 of debt 1.00; adjusted -1.00 | -9.00 = 0.00 + 0.00 - 9.00",
    );
    next(
        0,
        adjust("2.00"),
        "adjust 2.00 lot 1 paying 2.00; adjusted 2.00 | -7.00 = 0.00 + 0.00 - 7.00",
    );
    next(9 * DAY + 10 * HOUR, Action::Settle, "written off 7.00 | 0.00 = 0.00 + 0.00 - 0.00");
    // What arises later has its own date, and none once it is paid.
    next(
        0,
        owe("-1.00"),
        "adjust 1.00 of debt 1.00; adjusted -1.00; debt until 2026-01-31T19:00:00.000Z \
         | -1.00 = 0.00 + 0.00 - 1.00",
    );
    next(
        0,
        adjust("1.00"),
        "adjust 1.00 lot 2 paying 1.00; adjusted 1.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
    next(100 * DAY, Action::Settle, " | 0.00 = 0.00 + 0.00 - 0.00");
}

#[test]
fn debt_that_arises_as_older_debt_is_written_off_is_dated_anew() {
    let mut scene = Scene::new(|rules| rules.policy.debt.write_off_days = Some(0));
    scene.perform(owe("-8.00")).unwrap();
    check_next(
        scene.wait(DAY),
        owe("-1.00"),
        "written off 8.00; adjust 1.00 of debt 1.00; adjusted -1.00; \
         debt until 2026-01-11T19:00:00.000Z | -1.00 = 0.00 + 0.00 - 1.00",
    );
}

#[test]
fn debt_of_before_the_setting_is_dated_when_it_grows() {
    let mut scene = Scene::new(plain);
    scene.perform(owe("-8.00")).unwrap();
    scene.adopt(|rules| rules.policy.debt.write_off_days = Some(1));
    let dated = |events: &[AccountEvent]| told(events).contains("debt until");
    assert!(!dated(&scene.perform(Action::Settle).unwrap()));
    assert!(dated(&scene.perform(owe("-1.00")).unwrap()));
    scene.wait(2 * DAY).perform(Action::Settle).unwrap();
    assert_eq!(figures(scene.account()), "0.00 = 0.00 + 0.00 - 0.00");
}
