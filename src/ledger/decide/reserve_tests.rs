//! Tables of reserves: what they cover, what is kept for them beyond its end, and how each end of a
//! reserve frees it.

use crate::ledger::command::{Action, Adjust, SetAside};
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::RESERVES_PER_CUSTOMER_MAX;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, adjustment, bonus, check, check_next, hold, instant, money, owe,
    plain, redeem,
};
use crate::ledger::testing_reserves::{commit, named, release, set_aside};
use crate::ledger::testing_sales::sale;
use crate::values::Date;

/// A lot that can be spent through this day of January.
fn until(amount: &str, day: u32) -> Action {
    let expires = Date::from_ymd_opt(2026, 1, day);
    Action::Adjust(Adjust { expires, ..adjustment(amount) })
}

/// Lot 1 of 10 through the 12th, lot 2 of 10 through the 20th.
fn two_lots() -> Vec<(i64, Action)> {
    vec![(0, until("10.00", 12)), (0, until("10.00", 20))]
}

/// The first instant of the 13th.
const LOT_1_ENDS: i64 = 2 * DAY + 10 * HOUR;

/// 4 of lot 1 are kept.
fn kept() -> Vec<(i64, Action)> {
    let mut given = two_lots();
    given.extend([(0, set_aside("a", "4.00")), (LOT_1_ENDS, Action::Settle)]);
    given
}

fn check_kept(when: (i64, Action), expected: &str) {
    check(plain, kept(), when, expected);
}

#[test]
fn what_is_set_aside_is_not_spent_by_others() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("100.00")).unwrap();
    scene.perform(hold("5.00", 30 * DAY)).unwrap();
    let mut next = |action, expected| check_next(&mut scene, action, expected);
    next(set_aside("a", "40.00"), "reserved 40.00 of 40.00 | 105.00 = 60.00 + 5.00 - 0.00");
    next(redeem("60.01", "1000.00"), "balance_too_low amount");
    next(sale("1000.00").redeeming("60.01").act(), "balance_too_low bonus_redeem_amount");
    next(adjust("-60.01"), "adjustment_below_balance amount");
    next(set_aside("b", "60.01"), "balance_too_low amount");
    next(
        redeem("60.00", "1000.00"),
        "redeem 60.00 of 1:60.00; redemption 1 of 1000.00 | 45.00 = 0.00 + 5.00 - 0.00",
    );
    next(set_aside("b", "0.01"), "balance_too_low amount");
    next(commit("a", "40.01"), "redeem_over_reserve amount");
    next(commit("b", "40.00"), "reserve_not_found -");
    next(
        commit("a", "30.00"),
        "committed 30.00; redeem 30.00 of 1:30.00; rest 10.00; redemption 2 of 1000.00 \
         | 15.00 = 10.00 + 5.00 - 0.00",
    );
    next(release("a", None), "reserve_not_found -");
}

#[test]
fn more_can_be_put_in_and_taken_out_but_the_deadline_stays() {
    let mut scene = Scene::new(|rules| rules.policy.reserve.deadline_seconds = 3_600);
    scene.perform(adjust("100.00")).unwrap();
    let mut next = |seconds, action, expected| check_next(scene.wait(seconds), action, expected);
    next(0, set_aside("a", "10.00"), "reserved 10.00 of 10.00 | 100.00 = 90.00 + 0.00 - 0.00");
    next(HOUR - 1, set_aside("a", "5.00"), "reserved 5.00 of 15.00 | 100.00 = 85.00 + 0.00 - 0.00");
    next(0, release("a", Some("7.00")), "released 7.00 | 100.00 = 92.00 + 0.00 - 0.00");
    next(1, Action::Settle, "lapsed 8.00 | 100.00 = 100.00 + 0.00 - 0.00");
    next(0, commit("a", "1.00"), "reserve_not_found -");
    // More than it holds is what it holds.
    next(0, set_aside("a", "10.00"), "reserved 10.00 of 10.00 | 100.00 = 90.00 + 0.00 - 0.00");
    next(0, release("a", Some("11.00")), "released 10.00 | 100.00 = 100.00 + 0.00 - 0.00");
}

#[test]
fn the_cover_lies_on_the_earliest_lots_and_moves_on() {
    let mut given = two_lots();
    given.extend([(0, set_aside("a", "10.00")), (0, redeem("10.00", "1000.00"))]);
    let drawn: Vec<u64> = {
        let mut scene = Scene::new(plain);
        for (_, action) in given.clone() {
            scene.perform(action).unwrap();
        }
        scene.account().lots.iter().map(|lot| lot.id.number()).collect()
    };
    assert_eq!(drawn, [2], "the debit drew lot 1, which had been covered");
    check(plain, given.clone(), (LOT_1_ENDS, Action::Settle), " | 10.00 = 0.00 + 0.00 - 0.00");
    check(
        plain,
        given,
        (LOT_1_ENDS, commit("a", "10.00")),
        "committed 10.00; redeem 10.00 of 2:10.00; redemption 2 of 1000.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn of_a_lot_that_ends_what_is_covered_is_kept() {
    let mut given = two_lots();
    given.push((0, set_aside("a", "4.00")));
    let settle = |given, expected| check(plain, given, (LOT_1_ENDS, Action::Settle), expected);
    settle(given.clone(), "kept 4.00 lot 1; expired 6.00 lot 1 | 14.00 = 10.00 + 0.00 - 0.00");
    given.push((0, set_aside("b", "6.00")));
    settle(given.clone(), "kept 10.00 lot 1 | 20.00 = 10.00 + 0.00 - 0.00");
    given.push((0, set_aside("a", "1.00")));
    settle(given, "kept 10.00 lot 1 | 20.00 = 9.00 + 0.00 - 0.00");
}

#[test]
fn as_long_as_it_is_covered_only_a_commit_draws_what_is_kept() {
    check_kept(
        (0, redeem("10.00", "1000.00")),
        "redeem 10.00 of 2:10.00; redemption 1 of 1000.00 | 4.00 = 0.00 + 0.00 - 0.00",
    );
    check_kept((0, redeem("10.01", "1000.00")), "balance_too_low amount");
    check_kept(
        (DAY, commit("a", "4.00")),
        "committed 4.00 freeing 1:4.00; redeem 4.00 of 1:4.00; redemption 1 of 1000.00 \
         | 10.00 = 10.00 + 0.00 - 0.00",
    );
}

#[test]
fn the_rest_after_a_commit_and_a_lapsed_reserve_expire_at_once() {
    check_kept(
        (0, commit("a", "3.00")),
        "committed 3.00 freeing 1:3.00; redeem 3.00 of 1:3.00; rest 1.00 freeing 1:1.00; \
         expired 1.00 lot 1; redemption 1 of 1000.00 | 10.00 = 10.00 + 0.00 - 0.00",
    );
    let mut scene = Scene::new(plain);
    for (seconds, action) in kept() {
        scene.wait(seconds).perform(action).unwrap();
    }
    scene.now = instant("2026-01-17T14:00:00+05:00");
    check_next(
        &mut scene,
        Action::Settle,
        "lapsed 4.00 freeing 1:4.00; expired 4.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00",
    );
}

#[test]
fn after_a_release_any_debit_draws_it_for_fifteen_minutes() {
    let mut given = kept();
    given.push((0, release("a", None)));
    check_kept(
        (0, release("a", None)),
        "released 4.00 freeing 1:4.00 | 14.00 = 14.00 + 0.00 - 0.00",
    );
    check(
        plain,
        given.clone(),
        (899, redeem("5.00", "1000.00")),
        "redeem 5.00 of 1:4.00 2:1.00; redemption 1 of 1000.00 | 9.00 = 9.00 + 0.00 - 0.00",
    );
    let lost = "expired 4.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00";
    check(plain, given.clone(), (900, Action::Settle), lost);
    check(plain, given.clone(), (900, redeem("10.01", "1000.00")), "balance_too_low amount");
    // It cannot be set aside again, or it would live for ever.
    check(plain, given.clone(), (0, set_aside("b", "10.01")), "balance_too_low amount");
    given.push((0, set_aside("b", "10.00")));
    check(
        plain,
        given.clone(),
        (900, Action::Settle),
        "expired 4.00 lot 1 | 10.00 = 0.00 + 0.00 - 0.00",
    );
    check(
        plain,
        given,
        (0, redeem("4.00", "1000.00")),
        "redeem 4.00 of 1:4.00; redemption 1 of 1000.00 | 10.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn several_releases_end_each_at_its_own_time() {
    let mut given = kept();
    given.extend([(0, release("a", Some("1.00"))), (60, release("a", Some("2.00")))]);
    check(
        plain,
        given.clone(),
        (60, commit("a", "1.00")),
        "committed 1.00 freeing 1:1.00; redeem 1.00 of 1:1.00; redemption 1 of 1000.00 \
         | 13.00 = 13.00 + 0.00 - 0.00",
    );
    check(
        plain,
        given,
        (2_000, Action::Settle),
        "expired 1.00 lot 1; expired 2.00 lot 1 | 11.00 = 10.00 + 0.00 - 0.00",
    );
}

#[test]
fn what_another_reserve_covers_stays_kept() {
    let mut given = two_lots();
    given.extend([(0, set_aside("a", "4.00")), (60, set_aside("b", "8.00"))]);
    given.push((LOT_1_ENDS, Action::Settle));
    // 10 are kept, 2 lie on lot 2.
    let after = |when, expected| check(plain, given.clone(), when, expected);
    after((0, release("a", None)), "released 4.00 freeing 1:2.00 | 20.00 = 12.00 + 0.00 - 0.00");
    after(
        (0, commit("b", "5.00")),
        "committed 5.00 freeing 1:5.00; redeem 5.00 of 1:5.00; rest 3.00 freeing 1:1.00; \
         expired 1.00 lot 1; redemption 1 of 1000.00 | 14.00 = 10.00 + 0.00 - 0.00",
    );
    after(
        (6 * DAY, Action::Settle),
        "lapsed 4.00 freeing 1:2.00; expired 2.00 lot 1; lapsed 8.00 freeing 1:8.00; \
         expired 8.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00",
    );
}

#[test]
fn at_one_instant_a_reserve_lapses_before_a_lot_ends() {
    let exactly = u32::try_from(LOT_1_ENDS).unwrap();
    let mut given = two_lots();
    given.push((0, set_aside("a", "4.00")));
    check(
        |rules| rules.policy.reserve.deadline_seconds = exactly,
        given,
        (LOT_1_ENDS, Action::Settle),
        "lapsed 4.00; expired 10.00 lot 1 | 10.00 = 10.00 + 0.00 - 0.00",
    );
}

#[test]
fn a_commit_is_honoured_in_debt_and_every_release_pays_debt() {
    let mut given = two_lots();
    // 12 are owed beside 15 that are covered.
    given.extend([(0, set_aside("a", "15.00")), (0, owe("-17.00"))]);
    let after = |when, expected| check(plain, given.clone(), when, expected);
    after((0, Action::Settle), " | 3.00 = 0.00 + 0.00 - 12.00");
    after((0, redeem("0.01", "1000.00")), "balance_too_low amount");
    after(
        (0, commit("a", "15.00")),
        "committed 15.00; redeem 15.00 of 1:5.00 2:10.00; redemption 1 of 1000.00 \
         | -12.00 = 0.00 + 0.00 - 12.00",
    );
    after(
        (0, commit("a", "1.00")),
        "committed 1.00; redeem 1.00 of 1:1.00; rest 14.00; debt paid of 1:4.00 2:8.00; \
         redemption 1 of 1000.00 | 2.00 = 2.00 + 0.00 - 0.00",
    );
    after(
        (0, release("a", Some("3.00"))),
        "released 3.00; debt paid of 1:3.00 | 3.00 = 0.00 + 0.00 - 9.00",
    );
    // Value that would be lost at once pays first.
    after(
        (8 * DAY, Action::Settle),
        "kept 5.00 lot 1; lapsed 15.00 freeing 1:5.00; debt paid of 1:5.00 2:7.00 \
         | 3.00 = 3.00 + 0.00 - 0.00",
    );
}

#[test]
fn a_sale_spends_its_reserve_first_and_releases_the_rest() {
    let given = || vec![(0, adjust("50.00")), (0, set_aside("a", "20.00"))];
    let sell = |asked: &str, reserve: &str| sale("1000.00").redeeming(asked).from(reserve).act();
    let after = |when: Action, expected: &str| check(plain, given(), (0, when), expected);
    let earned = |lot: u64| format!("accrual 50.00 lot {lot} held; sale 1 of 1000.00 earned 50.00");
    after(
        sell("15.00", "a"),
        &format!(
            "committed 15.00; redeem 15.00 of 1:15.00; rest 5.00; {} \
             | 85.00 = 35.00 + 50.00 - 0.00",
            earned(2)
        ),
    );
    after(
        sell("45.00", "a"),
        &format!(
            "committed 20.00; redeem 45.00 of 1:45.00; {} | 55.00 = 5.00 + 50.00 - 0.00",
            earned(2)
        ),
    );
    after(sell("0.00", "a"), &format!("rest 20.00; {} | 100.00 = 50.00 + 50.00 - 0.00", earned(2)));
    after(sell("50.01", "a"), "balance_too_low bonus_redeem_amount");
    after(sell("15.00", "b"), "reserve_not_open reserve_id");
    // Without its name the reserve stays as it is.
    after(sale("1000.00").redeeming("30.01").act(), "balance_too_low bonus_redeem_amount");
    check_kept(
        (0, sell("6.00", "a")),
        "committed 4.00 freeing 1:4.00; redeem 6.00 of 1:4.00 2:2.00; \
         accrual 50.00 lot 3 held; sale 1 of 1000.00 earned 50.00 | 58.00 = 8.00 + 50.00 - 0.00",
    );
}

#[test]
fn a_reserve_for_an_order_keeps_to_its_limits() {
    let aside = |amount: &str| {
        Action::SetAside(Box::new(SetAside {
            reserve: named("a"),
            amount: bonus(amount),
            order_total: Some(money("200.00")),
            external_id: None,
            claimed: true,
            by_plus: false,
        }))
    };
    let check =
        |change: fn(&mut SettingsDraft), given: Vec<Action>, when: Action, expected: &str| {
            let mut all = vec![(0, adjust("500.00"))];
            all.extend(given.into_iter().map(|action| (0, action)));
            check(change, all, (0, when), expected);
        };
    check(plain, vec![], aside("60.00"), "reserved 60.00 of 60.00 | 500.00 = 440.00 + 0.00 - 0.00");
    check(plain, vec![], aside("60.01"), "redeem_over_cap amount");
    check(plain, vec![aside("50.00")], aside("10.01"), "redeem_over_cap amount");
    check(
        |rules| rules.min_redeem = bonus("20.00"),
        vec![],
        aside("10.00"),
        "redeem_too_small amount",
    );
    check(plain, vec![Action::Block], aside("1.00"), "customer_blocked -");
    check(plain, vec![aside("9.00"), Action::Block], commit("a", "1.00"), "customer_blocked -");
    check(
        plain,
        vec![aside("9.00"), Action::Block],
        release("a", None),
        "released 9.00 | 500.00 = 500.00 + 0.00 - 0.00",
    );
    check(
        |rules| rules.redeem_from_app = false,
        vec![aside("9.00")],
        commit("a", "1.00"),
        "redeem_from_app_disabled -",
    );
}

#[test]
fn a_customer_has_only_so_many_open_reserves() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("500.00")).unwrap();
    for number in 0..RESERVES_PER_CUSTOMER_MAX {
        scene.perform(set_aside(&number.to_string(), "1.00")).unwrap();
    }
    check_next(&mut scene, set_aside("more", "1.00"), "too_many_reserves -");
    scene.perform(set_aside("7", "1.00")).unwrap();
    scene.perform(release("7", None)).unwrap();
    scene.perform(set_aside("more", "1.00")).unwrap();
}

#[test]
fn a_name_that_is_not_claimed_must_be_that_of_an_open_reserve() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("50.00")).unwrap();
    let unclaimed = || {
        let Action::SetAside(mut asked) = set_aside("a", "1.00") else { panic!() };
        asked.claimed = false;
        Action::SetAside(asked)
    };
    let refused = scene.perform(unclaimed()).unwrap_err();
    assert_eq!(refused, Refusal::ReserveNotOpen { reserve: named("a") });
    scene.perform(set_aside("a", "1.00")).unwrap();
    scene.perform(unclaimed()).unwrap();
    // It lapses in this very command, and nobody else could have taken the name.
    let told = "lapsed 2.00; reserved 1.00 of 1.00 | 50.00 = 49.00 + 0.00 - 0.00";
    check_next(scene.wait(7 * DAY), unclaimed(), told);
}

#[test]
fn a_lot_that_arrives_past_its_end_is_never_covered() {
    let mut scene = Scene::new(|rules| {
        rules.expire_after = crate::ledger::Days::Days(0);
        rules.redeem_hold_seconds = 0;
    });
    scene.perform(until("10.00", 30)).unwrap();
    scene.perform(set_aside("a", "10.00")).unwrap();
    scene.wait(DAY);
    check_next(
        &mut scene,
        sale("100.00").on("2026-01-10T15:00:00+05:00").act(),
        "accrual 5.00 lot 2; expired 5.00 lot 2; sale 1 of 100.00 earned 5.00 late \
         | 10.00 = 0.00 + 0.00 - 0.00",
    );
}
