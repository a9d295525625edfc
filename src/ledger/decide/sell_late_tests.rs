//! Tables of sales that arrive after their business time: rules of then and of today, tiers out of
//! order, lots that arrive active or expired.

use crate::ledger::command::Action;
use crate::ledger::row::RowKind;
use crate::ledger::settings::tests::tier;
use crate::ledger::settings::{Days, HoldFrom, SettingsDraft};
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, check, check_next, instant, money, owe, plain, sale, sell, told,
};
use crate::values::Percent;

/// The wall clock of ten days after a scene begins, moved back.
fn ago(seconds: i64) -> String {
    instant("2026-01-20T14:00:00+05:00").plus_seconds(seconds.saturating_neg()).to_string()
}

/// A sale of 100 made so long ago, told ten days after the customer joined.
fn check_late(change: fn(&mut SettingsDraft), seconds: i64, expected: &str) {
    check(change, vec![], (10 * DAY, sale("100.00").on(&ago(seconds)).act()), expected);
}

#[test]
fn a_sale_date_has_limits_on_both_sides() {
    let earned = |late: &str| {
        format!(
            "accrual 5.00 lot 1 held; sale 1 of 100.00 earned 5.00{late} \
             | 5.00 = 0.00 + 5.00 - 0.00"
        )
    };
    check_late(plain, 0, &earned(""));
    check_late(plain, -300, &earned(""));
    check_late(plain, -301, "sale_date_ahead sale_date");
    check_late(plain, 300, &earned(""));
    check_late(plain, 301, &earned(" late"));
    check_late(|rules| rules.backdate_days_max = 2, 2 * DAY + 1, "sale_date_too_old sale_date");
    check_late(plain, 11 * DAY + 1, "sale_date_before_join sale_date");
    check_late(
        |rules| rules.backdate_before_join_hours = 0,
        10 * DAY + 1,
        "sale_date_before_join sale_date",
    );
}

#[test]
fn a_date_ahead_counts_as_now() {
    let mut scene = Scene::new(plain);
    scene.perform(sale("100.00").on("2026-01-10T14:05:00+05:00").act()).unwrap();
    assert_eq!(scene.last_sale().at, scene.now);
    assert_eq!(scene.view(None).last_visit_at, Some(scene.now));
}

#[test]
fn a_lot_may_arrive_active_or_expired() {
    check_late(
        plain,
        DAY,
        "accrual 5.00 lot 1; sale 1 of 100.00 earned 5.00 late | 5.00 = 5.00 + 0.00 - 0.00",
    );
    check_late(
        plain,
        DAY - 1,
        "accrual 5.00 lot 1 held; sale 1 of 100.00 earned 5.00 late | 5.00 = 0.00 + 5.00 - 0.00",
    );
    check_late(
        |rules| rules.expire_after = Days::Days(1),
        4 * DAY,
        "accrual 5.00 lot 1; expired 5.00 lot 1; sale 1 of 100.00 earned 5.00 late \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    check_late(
        |rules| rules.hold_from = HoldFrom::Arrival,
        4 * DAY,
        "accrual 5.00 lot 1 held; sale 1 of 100.00 earned 5.00 late | 5.00 = 0.00 + 5.00 - 0.00",
    );
}

#[test]
fn a_lot_that_arrives_expired_writes_both_rows() {
    let mut scene = Scene::new(|rules| rules.expire_after = Days::Days(1));
    scene.wait(10 * DAY);
    scene.perform(sale("100.00").on(&ago(4 * DAY)).act()).unwrap();
    let rows: Vec<_> =
        scene.rows.iter().map(|row| (row.kind, row.at, row.created_at, row.sale)).collect();
    let sale = scene.last_sale();
    // Active on the 17th, spendable through the 18th.
    let expired = instant("2026-01-19T00:00:00+05:00");
    assert_eq!(
        rows,
        [
            (RowKind::Accrual, scene.now, scene.now, Some(sale.id)),
            (RowKind::Expire, expired, scene.now, None),
        ]
    );
    assert_eq!(sale.accrued.to_string(), "5.00");
    assert!(sale.balance_after.is_zero());
}

#[test]
fn a_late_lot_pays_debt_before_it_expires() {
    check(
        |rules| rules.expire_after = Days::Days(1),
        vec![(0, owe("-3.00"))],
        (10 * DAY, sale("100.00").on(&ago(4 * DAY)).act()),
        "accrual 5.00 lot 1 paying 3.00; expired 2.00 lot 1; sale 1 of 100.00 earned 5.00 late \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn a_late_sale_redeems_nothing() {
    let check = |seconds: i64, expected: &str| {
        check(
            plain,
            vec![(0, adjust("50.00"))],
            (10 * DAY, sale("100.00").redeeming("10.00").on(&ago(seconds)).act()),
            expected,
        );
    };
    check(301, "late_redemption bonus_redeem_amount");
    check(
        300,
        "redeem 10.00 of 1:10.00; accrual 5.00 lot 2 held; sale 1 of 100.00 earned 5.00 \
         | 45.00 = 40.00 + 5.00 - 0.00",
    );
}

/// 5 % and a cap of 30 % until a minute ago, 10 % and a cap of 20 % since.
fn changed_a_minute_ago() -> Scene {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("50.00")).unwrap();
    scene.wait(10 * DAY - 60);
    scene.adopt(|rules| {
        rules.max_redeem_percent = Percent::parse("20").unwrap();
        rules.min_purchase_amount = money("100.00");
        rules.redeem_hold_seconds = 0;
        rules.expire_after = Days::Days(1);
        rules.require_external_id = false;
        rules.tiers = vec![tier("Base", "0.00", "10")];
    });
    scene.wait(60);
    scene
}

#[test]
fn earning_follows_the_rules_of_then() {
    let check = |total: &str, seconds: i64, expected: &str| {
        let mut scene = changed_a_minute_ago();
        check_next(&mut scene, sale(total).on(&ago(seconds)).act(), expected);
        let expires = scene.account().lots.iter().next_back().and_then(|lot| lot.expires_at);
        (scene.last_sale().earned_under.number(), expires.map(|end| end.to_string()))
    };
    let now = check(
        "100.00",
        60,
        "accrual 10.00 lot 2; sale 1 of 100.00 earned 10.00 | 60.00 = 60.00 + 0.00 - 0.00",
    );
    // The lot made under the new rules is the first to expire, the adjustment the last.
    assert_eq!(now, (2, Some("2027-01-10T19:00:00.000Z".into())));
    let then = check(
        "99.99",
        61,
        "accrual 5.00 lot 2 held; sale 1 of 99.99 earned 5.00 | 55.00 = 50.00 + 5.00 - 0.00",
    );
    assert_eq!(then, (1, Some("2027-01-21T19:00:00.000Z".into())));
    check("99.99", 60, "sale 1 of 99.99 earned 0.00 | 50.00 = 50.00 + 0.00 - 0.00");
}

#[test]
fn redeeming_follows_the_rules_of_today() {
    let mut scene = changed_a_minute_ago();
    let asked = |amount| sale("80.00").redeeming(amount).on(&ago(120)).act();
    check_next(&mut scene, asked("20.01"), "redeem_over_cap bonus_redeem_amount");
    check_next(
        &mut scene,
        asked("20.00"),
        "redeem 20.00 of 1:20.00; accrual 4.00 lot 2 held; sale 1 of 80.00 earned 4.00 \
         | 34.00 = 30.00 + 4.00 - 0.00",
    );
    scene.adopt(|rules| {
        rules.require_external_id = true;
        rules.backdate_days_max = 1;
    });
    check_next(&mut scene, asked("1.00"), "external_id_required external_sale_id");
    scene.adopt(|rules| rules.require_external_id = false);
    let old = sale("80.00").on(&ago(2 * DAY)).act();
    check_next(&mut scene, old, "sale_date_too_old sale_date");
}

#[test]
fn the_first_rules_serve_every_earlier_time() {
    let mut scene = Scene::new(plain);
    scene.wait(HOUR);
    scene.perform(sale("100.00").on("2026-01-09T15:00:00+05:00").act()).unwrap();
    assert_eq!(scene.last_sale().earned_under.number(), 1);
}

/// What a sale of 100 of so long ago earns after one of 100 told ten days in.
fn check_tier(first: Option<i64>, second: i64, expected: &str) {
    let mut scene = Scene::new(|rules| rules.tiers.push(tier("Silver", "100.00", "10")));
    scene.wait(10 * DAY);
    let on = |seconds| sale("100.00").on(&ago(seconds)).act();
    scene.perform(first.map_or_else(|| sell("100.00"), on)).unwrap();
    let events = told(&scene.perform(on(second)).unwrap());
    assert!(events.contains(&format!("earned {expected}")), "{first:?} {second}: {events}");
    let (sale, earned) = (scene.last_sale(), scene.last_sale().accrued);
    assert_eq!(
        (sale.tier.number(), sale.percent.to_string()),
        match earned.cents() {
            500 => (1, "5".into()),
            _ => (2, "10".into()),
        }
    );
}

#[test]
fn a_tier_comes_from_what_was_bought_before() {
    check_tier(None, 0, "10.00");
    check_tier(None, 1, "5.00");
    check_tier(Some(DAY), DAY + 1, "5.00");
    // At one instant what was told before was bought before.
    check_tier(Some(DAY), DAY, "10.00");
    check_tier(Some(DAY), DAY - 1, "10.00");
}

#[test]
fn nothing_is_rated_again() {
    let mut scene = Scene::new(|rules| rules.tiers.push(tier("Silver", "150.00", "10")));
    scene.wait(10 * DAY);
    scene.perform(sell("100.00")).unwrap();
    scene.perform(sale("100.00").on(&ago(DAY)).act()).unwrap();
    assert_eq!(scene.last_sale().accrued.to_string(), "5.00");
    check_next(
        &mut scene,
        sale("100.00").on(&ago(HOUR)).act(),
        "accrual 5.00 lot 3 held; sale 3 of 100.00 earned 5.00 late | 15.00 = 5.00 + 10.00 - 0.00",
    );
    check_next(
        &mut scene,
        sell("100.00"),
        "accrual 10.00 lot 4 held; sale 4 of 100.00 earned 10.00 | 25.00 = 5.00 + 20.00 - 0.00",
    );
    assert_eq!(scene.view(None).last_visit_at, Some(scene.now));
    assert_eq!(scene.perform(Action::Settle).unwrap(), []);
}
