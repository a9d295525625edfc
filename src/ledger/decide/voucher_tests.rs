//! Tables of sales with gift cards and coupons, and of their returns (rules 2, 3, 23, 25 and 32).

use crate::ledger::command::Sell;
use crate::ledger::event::AccountEvent;
use crate::ledger::promotion::Promotion;
use crate::ledger::promotions::Promotions;
use crate::ledger::quote::quote;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{DAY, Scene, bonus, money, plain, sale};
use crate::ledger::testing_returns::{give_back, refund, rest_of};
use crate::ledger::testing_vouchers::{for_coupons, once};
use crate::ledger::voucher::{CouponTerms, GiftCardChange, Voucher};
use crate::values::{PromotionId, PromotionVersion};
use std::sync::Arc;

fn scene(change: impl FnOnce(&mut SettingsDraft)) -> Scene {
    let mut scene = Scene::new(change);
    scene.issue_card("G-1", "100.00", Some(10 * DAY));
    scene.issue_card("G-2", "50.00", None);
    scene
}

/// A scene with a promotion of 7.00 for those with a coupon.
fn with_promotion(terms: CouponTerms) -> Scene {
    let mut scene = scene(plain);
    let mut promotions = Promotions::default();
    let (id, version) = (PromotionId(1), PromotionVersion(1));
    let promotion = Promotion { id, version, set_at: scene.now, terms: for_coupons(bonus("7.00")) };
    promotions.set(&Arc::new(promotion));
    scene.promotions.all = Arc::new(promotions);
    scene.issue_coupon("SUMMER", terms);
    scene
}

fn change_card(scene: &mut Scene, name: &str, change: GiftCardChange) {
    let step = scene.card(name).change(change, scene.now).unwrap();
    scene.take_voucher(step);
}

#[test]
fn a_gift_card_pays_a_part_that_earns_nothing() {
    let mut scene = scene(plain);
    scene.perform(sale("40.00").with_card("g-1", "60.00").act()).unwrap();
    let recorded = scene.last_sale();
    // 5 % of the money.
    assert_eq!((recorded.total, recorded.accrued), (money("40.00"), bonus("2.00")));
    assert_eq!(recorded.unlisted.unwrap().gift_share, money("60.00"));
    assert_eq!(scene.card("G-1").balance, money("40.00"));
    // The same card twice is one part.
    let twice = sale("1.00").with_card("G-1", "10.00").with_card("G-1", "5.00");
    scene.perform(twice.act()).unwrap();
    assert_eq!(scene.last_sale().gift_cards.len(), 1);
    assert_eq!(scene.card("G-1").balance, money("25.00"));
}

#[test]
fn what_a_gift_card_cannot_pay_is_refused_whole() {
    let check = |turn: fn(&mut Scene), sell: Sell, expected: &str| {
        let mut scene = scene(plain);
        turn(&mut scene);
        let before = (scene.account().clone(), scene.vouchers.clone());
        let refusal = scene.perform(sell.act()).unwrap_err();
        assert_eq!(refusal.code(), expected);
        assert_eq!((scene.account().clone(), scene.vouchers.clone()), before);
    };
    let paid = || sale("10.00").with_card("G-2", "1.00").with_card("G-1", "100.00");
    check(|_| (), sale("10.00").with_card("G-1", "100.01"), "gift_card_balance_too_low");
    check(|_| (), sale("10.00").with_card("G-3", "1.00"), "gift_card_not_found");
    check(
        |scene| {
            scene.wait(10 * DAY);
        },
        paid(),
        "gift_card_expired",
    );
    check(|it| change_card(it, "G-1", GiftCardChange::Block), paid(), "gift_card_blocked");
    check(|it| change_card(it, "G-1", GiftCardChange::Void), paid(), "gift_card_void");
    let over = || sale("10.00").with_card("G-1", "90.02").gross("100.00");
    check(|_| (), over(), "gift_cards_over_receipt");
    let exact = sale("10.00").with_card("G-1", "90.00").gross("100.00");
    scene(plain).perform(exact.act()).unwrap();
}

#[test]
fn each_line_gives_back_its_own_share_to_the_cent() {
    let mut scene = scene(plain);
    let paid = sale("10.00").with_card("G-1", "10.00").with_card("G-2", "10.00");
    scene.perform(paid.of_lines(&["10.00", "10.00", "10.00"]).act()).unwrap();
    let sold = scene.last_sale().id;
    let mut back = Vec::new();
    for line in 1..=3 {
        scene.perform(refund(sold.number()).of(vec![rest_of(line)]).act()).unwrap();
        let returned = scene.last_return();
        let parts =
            returned.gift_cards.iter().map(|part| (part.card.to_string(), part.amount.cents()));
        back.push((returned.money.cents(), parts.collect::<Vec<_>>()));
    }
    let g = |name: &str, cents| (name.to_owned(), cents);
    let expected = [
        (333, vec![g("G-2", 667)]),
        (333, vec![g("G-2", 333), g("G-1", 334)]),
        (334, vec![g("G-1", 666)]),
    ];
    assert_eq!(back, expected);
    assert_eq!(scene.open_cents(), 15_000);
}

#[test]
fn a_dead_card_is_credited_and_gets_the_grace() {
    for void in [false, true] {
        let mut scene = scene(|rules| rules.policy.returns.restore_grace_days = 14);
        scene.perform(sale("10.00").with_card("G-1", "60.00").act()).unwrap();
        let sold = scene.last_sale().id;
        if void {
            change_card(&mut scene, "G-1", GiftCardChange::Void);
        } else {
            scene.wait(11 * DAY).settle_cards();
        }
        assert_eq!(scene.card("G-1").balance.cents(), 0);
        scene.perform(give_back(sold.number())).unwrap();
        let card = scene.card("G-1").clone();
        assert_eq!((card.balance, card.lost), (money("60.00"), money("40.00")));
        assert!(card.expires_at.unwrap() > scene.now.plus_seconds(14 * DAY));
        scene.perform(sale("1.00").with_card("G-1", "60.00").act()).unwrap();
    }
}

#[test]
fn a_coupon_unlocks_its_promotion_and_is_used_once() {
    let mut scene = with_promotion(once());
    scene.perform(sale("100.00").act()).unwrap();
    assert_eq!(scene.last_sale().accrued, bonus("5.00"));
    scene.perform(sale("100.00").with_coupon("summer").with_coupon("SUMMER").act()).unwrap();
    assert_eq!(scene.last_sale().accrued, bonus("12.00"));
    assert_eq!(scene.uses("SUMMER"), 1);
    let sold = scene.last_sale().id;
    let again = sale("100.00").with_coupon("SUMMER").act();
    assert_eq!(scene.perform(again.clone()).unwrap_err().code(), "coupon_used_up");
    // Given back by a return of all of it.
    scene.perform(refund(sold.number()).worth("40.00").act()).unwrap();
    assert_eq!(scene.uses("SUMMER"), 1);
    scene.perform(give_back(sold.number())).unwrap();
    assert_eq!(scene.uses("SUMMER"), 0);
    scene.perform(again).unwrap();
}

#[test]
fn a_coupon_has_its_time_and_its_uses_per_customer() {
    let mut scene = with_promotion(CouponTerms {
        uses_max: None,
        per_customer: Some(2),
        ends_at: Some(crate::ledger::testing::instant("2026-02-01T00:00:00Z")),
        ..once()
    });
    let coupon = || sale("100.00").with_coupon("SUMMER").act();
    scene.perform(coupon()).unwrap();
    scene.perform(coupon()).unwrap();
    let sold = scene.last_sale().id;
    assert_eq!(scene.perform(coupon()).unwrap_err().code(), "coupon_used_up");
    scene.perform(give_back(sold.number())).unwrap();
    scene.perform(coupon()).unwrap();
    scene.wait(40 * DAY);
    assert_eq!(scene.perform(coupon()).unwrap_err().code(), "coupon_expired");
    let unknown = sale("1.00").with_coupon("WINTER").act();
    assert_eq!(scene.perform(unknown).unwrap_err().code(), "coupon_not_found");
}

#[test]
fn a_quote_says_what_is_wrong_with_a_coupon_and_equals_the_sale_without_it() {
    let mut scene = with_promotion(once());
    let told = |scene: &Scene, sell: Sell| {
        let command = scene.command(sell.act());
        quote(Some(scene.account()), &command).unwrap().unwrap()
    };
    let quoted = told(&scene, sale("100.00").with_coupon("SUMMER").with_card("G-2", "20.00"));
    assert_eq!((quoted.sale.accrued, quoted.coupon_refusals.len()), (bonus("12.00"), 0));
    let wrong = told(&scene, sale("100.00").with_coupon("WINTER"));
    assert_eq!(wrong.coupon_refusals[0].code(), "coupon_not_found");
    assert_eq!(wrong.sale.accrued, bonus("5.00"));
    let events = scene
        .perform(sale("100.00").with_coupon("SUMMER").with_card("G-2", "20.00").act())
        .unwrap();
    let sold = events.iter().find_map(|event| {
        if let AccountEvent::SaleRecorded(sale) = event { Some(&**sale) } else { None }
    });
    assert_eq!(sold, Some(&quoted.sale));
}

#[test]
fn a_read_is_the_same_before_and_after_the_write_off() {
    let mut scene = scene(plain);
    scene.wait(10 * DAY - 1);
    assert_eq!(scene.card("G-1").balance_at(scene.now), money("100.00"));
    scene.wait(1);
    let before = (scene.card("G-1").balance_at(scene.now), scene.card("G-1").status(scene.now));
    scene.settle_cards();
    let after = (scene.card("G-1").balance_at(scene.now), scene.card("G-1").status(scene.now));
    assert_eq!(before, after);
    assert_eq!(scene.vouchers.0[0].settle(scene.now).events, []);
    assert!(
        matches!(&scene.vouchers.0[0], Voucher::GiftCard(card) if card.lost == money("100.00"))
    );
}
