//! Returns beside reserves, late debits and debt that is written off some day.

use crate::ledger::command::{Action, Adjust, BusinessTime, Sell};
use crate::ledger::policy::OfflineDebit;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, adjustment, check, check_next, redeem, sale, sell,
};
use crate::ledger::testing_reserves::{commit, release, set_aside};
use crate::ledger::testing_returns::give_back;
use crate::values::{Date, Percent};

/// What is earned can be spent at once, for the whole order, and at 10 percent.
fn quick(rules: &mut SettingsDraft) {
    rules.redeem_hold_seconds = 0;
    rules.max_redeem_percent = Percent::HUNDRED;
    rules.tiers[0].bonus_percent = Percent::parse("10").unwrap();
    rules.policy.reserve.deadline_seconds = 30 * 86_400;
}

fn ending(amount: &str, day: u32) -> Action {
    Action::Adjust(Adjust { expires: Date::from_ymd_opt(2026, 1, day), ..adjustment(amount) })
}

#[test]
fn a_clawback_leaves_what_reserves_cover() {
    // Of 10 + 4, the reserve covers 9; it does not matter which lot is the sale's own.
    check(
        quick,
        vec![(0, sell("100.00")), (0, adjust("4.00")), (0, set_aside("a", "9.00"))],
        (0, give_back(1)),
        "reverse 10.00 of sale 1 from 1:5.00 debt 5.00; return 2 of sale 1 pays 100.00 \
         | 4.00 = 0.00 + 0.00 - 5.00",
    );
    // What the release frees pays the debt.
    check(
        quick,
        vec![(0, sell("100.00")), (0, set_aside("a", "9.00")), (0, give_back(1))],
        (0, release("a", None)),
        "released 9.00; debt paid of 1:9.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
    // A commit is honoured in debt.
    check(
        quick,
        vec![(0, sell("100.00")), (0, set_aside("a", "9.00")), (0, give_back(1))],
        (0, commit("a", "9.00")),
        "committed 9.00; redeem 9.00 of 1:9.00; redemption 3 of 1000.00 \
         | -9.00 = 0.00 + 0.00 - 9.00",
    );
}

#[test]
fn what_is_kept_for_a_reserve_is_not_clawed_back_and_what_was_released_is() {
    let kept = || {
        let mut given = vec![(0, ending("6.00", 11)), (0, sell("100.00"))];
        given.push((0, set_aside("a", "6.00")));
        given
    };
    check(
        quick,
        kept(),
        (2 * DAY, give_back(1)),
        "kept 6.00 lot 1; reverse 10.00 of sale 1 from 2:10.00; return 2 of sale 1 pays 100.00 \
         | 6.00 = 0.00 + 0.00 - 0.00",
    );
    let mut released = kept();
    released.extend([(2 * DAY, release("a", None)), (0, redeem("12.00", "1000.00"))]);
    // The redemption drew what was released first, so of the sale's own 4.00 are left.
    check(
        quick,
        released,
        (0, give_back(1)),
        "reverse 10.00 of sale 1 from 2:4.00 debt 6.00; return 3 of sale 1 pays 100.00 \
         | -6.00 = 0.00 + 0.00 - 6.00",
    );
}

#[test]
fn what_was_spent_of_a_kept_slice_comes_back_with_its_grace() {
    check(
        quick,
        vec![
            (0, ending("6.00", 11)),
            (0, set_aside("a", "6.00")),
            (2 * DAY, sale("94.00").redeeming("6.00").from("a").act()),
        ],
        (0, give_back(1)),
        "reverse 9.40 of sale 1 from 2:9.40; restore 6.00 to 3:6.00; \
         return 2 of sale 1 pays 94.00 | 6.00 = 6.00 + 0.00 - 0.00",
    );
}

/// A sale whose bonuses expired, and which a late debit drew after all.
#[test]
fn what_a_late_debit_drew_of_expired_bonuses_is_clawed_back() {
    let rules = |rules: &mut SettingsDraft| {
        quick(rules);
        rules.policy.late.offline_debit = OfflineDebit::AllowDebt;
        rules.expire_after = Days::Days(1);
    };
    let expired = || vec![(0, sell("100.00")), (3 * DAY, Action::Settle)];
    check(
        rules,
        expired(),
        (0, give_back(1)),
        "return 2 of sale 1 pays 100.00 expired 10.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
    let mut scene = Scene::new(rules);
    for (seconds, action) in expired() {
        scene.wait(seconds).perform(action).unwrap();
    }
    let at = scene.now.plus_seconds(-3 * DAY + HOUR);
    let late = Sell { sale_date: Some(BusinessTime::Instant(at)), ..sale("96.00") };
    scene.perform(late.redeeming("4.00").act()).unwrap();
    scene.perform(Action::Settle).unwrap();
    check_next(
        &mut scene,
        give_back(1),
        "reverse 4.00 of sale 1 from debt 4.00; return 3 of sale 1 pays 100.00 expired 6.00 \
         | -4.00 = 0.00 + 0.00 - 4.00",
    );
}

#[test]
fn debt_that_a_return_leaves_is_written_off_some_day() {
    let mut scene = Scene::new(|rules| {
        quick(rules);
        rules.policy.debt.write_off_days = Some(30);
    });
    scene.perform(sell("100.00")).unwrap();
    scene.perform(redeem("10.00", "1000.00")).unwrap();
    check_next(
        &mut scene,
        give_back(1),
        "reverse 10.00 of sale 1 from debt 10.00; return 3 of sale 1 pays 100.00; \
         debt until 2026-02-09T19:00:00.000Z | -10.00 = 0.00 + 0.00 - 10.00",
    );
    // The redemption comes back: nothing is owed any more.
    check_next(
        &mut scene,
        give_back(2),
        "restore 10.00 to paying 10.00; return 4 of sale 2 pays 0.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    assert_eq!(scene.account().debt_write_off_at, None);
}
