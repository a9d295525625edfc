//! Returns of the sale that completed a referral, through the command itself.

use crate::ledger::command::{Action, Register};
use crate::ledger::policy::ReturnDebt;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{DAY, Scene, bonus, check_next, money, redeem, sell};
use crate::ledger::testing_reserves::set_aside;
use crate::ledger::testing_returns::{give_back, refund};
use crate::values::{CustomerId, Percent, Phone};

/// Twenty-five for the invitee, spendable at once, for sales from 100.00 on; sales earn nothing.
fn rewards(rules: &mut SettingsDraft) {
    rules.min_purchase_amount = money("1000000.00");
    rules.max_redeem_percent = Percent::HUNDRED;
    let program = &mut rules.policy.referral;
    program.inviter_bonus = bonus("50.00");
    program.invitee_bonus = bonus("25.00");
    program.min_amount = money("100.00");
    program.hold_days = 0;
}

/// Customer 1, who came by the code of customer 9 and has bought for 150.00.
fn invited(change: impl FnOnce(&mut SettingsDraft)) -> Scene {
    let mut scene = Scene::empty(|rules| {
        rewards(rules);
        change(rules);
    });
    let register = Register {
        customer: CustomerId(1),
        phone: Phone::from_number(992_901_234_567).unwrap(),
        full_name: None,
        token: None,
        welcome: true,
        telegram: None,
        referral_code: None,
        inviter: Some(CustomerId(9)),
        mark: None,
        change: None,
        confirmed: false,
    };
    scene.perform(Action::Register(register)).unwrap();
    scene.perform(sell("150.00")).unwrap();
    assert!(scene.account().referral.completed.is_some());
    scene
}

#[test]
fn a_return_that_leaves_too_little_reopens_the_referral() {
    let mut it = invited(|_| {});
    check_next(
        &mut it,
        refund(1).worth("50.00").act(),
        "return 2 of sale 1 pays 50.00 | 25.00 = 25.00 + 0.00 - 0.00",
    );
    check_next(
        &mut it,
        refund(1).worth("0.01").act(),
        "took back 25.00 of 1:25.00; reopened 50.00 of 9; return 3 of sale 1 pays 0.01 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    check_next(&mut it, give_back(1), "return 4 of sale 1 pays 99.99 | 0.00 = 0.00 + 0.00 - 0.00");
    // Open for the next sale that is large enough.
    it.perform(sell("99.99")).unwrap();
    assert_eq!(it.account().referral.completed, None);
    it.perform(sell("100.00")).unwrap();
    assert!(it.account().referral.completed.is_some());
}

#[test]
fn a_reward_goes_back_beside_an_open_reserve() {
    let check = |debt: ReturnDebt, expected: &str| {
        let mut it = invited(|rules| rules.policy.returns.debt = debt);
        it.perform(set_aside("a", "20.00")).unwrap();
        check_next(&mut it, give_back(1), expected);
        assert_eq!(it.account().covered(), bonus("20.00"));
    };
    check(
        ReturnDebt::Debt,
        "took back 25.00 of 1:5.00 debt 20.00; reopened 50.00 of 9; return 2 of sale 1 pays 150.00 \
         | 0.00 = 0.00 + 0.00 - 20.00",
    );
    check(
        ReturnDebt::Clamp,
        "took back 5.00 of 1:5.00; reopened 50.00 of 9; return 2 of sale 1 pays 150.00 \
         | 20.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn a_reward_that_expired_is_not_owed() {
    let short = |rules: &mut SettingsDraft| {
        rules.policy.referral.expire_after = Days::Days(5);
    };
    let mut it = invited(short);
    it.wait(20 * DAY);
    check_next(
        &mut it,
        give_back(1),
        "expired 25.00 lot 1; reopened 50.00 of 9; return 2 of sale 1 pays 150.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    // A day before its end it is; what was spent of it is owed.
    let mut it = invited(short);
    it.perform(redeem("10.00", "1000.00")).unwrap();
    it.wait(4 * DAY);
    check_next(
        &mut it,
        give_back(1),
        "took back 25.00 of 1:15.00 debt 10.00; reopened 50.00 of 9; return 3 of sale 1 pays 150.00 \
         | -10.00 = 0.00 + 0.00 - 10.00",
    );
}
